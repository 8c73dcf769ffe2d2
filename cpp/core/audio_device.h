// Sound devices of the machine, by libwebrtc's audio device module: PulseAudio or, without a server of it, ALSA.
// Both are loaded at run time; where they are absent there is no device.
#pragma once

#include <string>
#include <vector>

#include "api/audio/audio_device.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/device_info.h"

namespace pywebrtc {

// The devices thread, all of it: a module belongs to the thread that made it, and calls to the system may wait.

// A module of its own for each device that is open: it knows one of either kind.
webrtc::scoped_refptr<webrtc::AudioDeviceModule> CreateAudioDevice();

// The first is the system's default, with the id "default", and also among those that follow.
std::vector<DeviceInfo> Microphones(webrtc::AudioDeviceModule& module);
std::vector<DeviceInfo> Loudspeakers(webrtc::AudioDeviceModule& module);

// Starts recording from a device, or playing to one. INVALID_PARAMETER where there is no such device,
// INTERNAL_ERROR where it cannot be used.
webrtc::RTCError StartRecording(webrtc::AudioDeviceModule& module,
                                const std::string& id,
                                webrtc::AudioTransport& transport);
webrtc::RTCError StartPlaying(webrtc::AudioDeviceModule& module,
                              const std::string& id,
                              webrtc::AudioTransport& transport);

}  // namespace pywebrtc

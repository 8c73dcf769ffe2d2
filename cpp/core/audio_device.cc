#include "core/audio_device.h"

#include <array>
#include <cstdint>
#include <optional>

#include "api/audio/create_audio_device_module.h"
#include "core/engine.h"

namespace pywebrtc {
namespace {

using webrtc::AudioDeviceModule;
using webrtc::RTCError;

using Name = std::array<char, webrtc::kAdmMaxDeviceNameSize>;
using Guid = std::array<char, webrtc::kAdmMaxGuidSize>;

#if defined(WEBRTC_LINUX)
constexpr std::array kLayers{AudioDeviceModule::kLinuxPulseAudio, AudioDeviceModule::kLinuxAlsaAudio};
// libwebrtc lists the default device first, as another name of one that follows.
constexpr bool kFirstIsDefault = true;
#else
constexpr std::array kLayers{AudioDeviceModule::kPlatformDefaultAudio};
constexpr bool kFirstIsDefault = true;
#endif

std::vector<DeviceInfo> List(AudioDeviceModule& module, DeviceKind kind) {
  const bool input = kind == DeviceKind::kAudioInput;
  const int16_t count = input ? module.RecordingDevices() : module.PlayoutDevices();
  std::vector<DeviceInfo> devices;
  for (int16_t i = 0; i < count; ++i) {
    Name name{};
    Guid guid{};
    const auto index = static_cast<uint16_t>(i);
    const int32_t failed = input ? module.RecordingDeviceName(index, name.data(), guid.data())
                                 : module.PlayoutDeviceName(index, name.data(), guid.data());
    if (failed != 0) {
      continue;
    }
    // ALSA's devices have a name only.
    std::string id = i == 0 && kFirstIsDefault ? "default" : guid[0] ? guid.data() : name.data();
    devices.push_back({.kind = kind, .id = std::move(id), .label = name.data(), .formats = {}});
  }
  return devices;
}

std::optional<uint16_t> Find(AudioDeviceModule& module, DeviceKind kind, const std::string& id) {
  const std::vector<DeviceInfo> devices = List(module, kind);
  for (size_t i = 0; i < devices.size(); ++i) {
    if (devices[i].id == id) {
      return static_cast<uint16_t>(i);
    }
  }
  return std::nullopt;
}

RTCError CannotBeUsed(const std::string& id) {
  return RTCError::InternalError("the device " + id + " cannot be opened: it is in use, or the system refuses it");
}

}  // namespace

webrtc::scoped_refptr<AudioDeviceModule> CreateAudioDevice() {
  for (const auto layer : kLayers) {
    auto module = webrtc::CreateAudioDeviceModule(Engine::CreateEnvironment(), layer);
    if (module && module->Init() == 0) {
      return module;
    }
  }
  return nullptr;
}

std::vector<DeviceInfo> Microphones(AudioDeviceModule& module) {
  return List(module, DeviceKind::kAudioInput);
}

std::vector<DeviceInfo> Loudspeakers(AudioDeviceModule& module) {
  return List(module, DeviceKind::kAudioOutput);
}

RTCError StartRecording(AudioDeviceModule& module, const std::string& id, webrtc::AudioTransport& transport) {
  const auto index = Find(module, DeviceKind::kAudioInput, id);
  if (!index) {
    return RTCError::InvalidParameter("there is no microphone " + id);
  }
  bool stereo = false;
  const bool started = module.SetRecordingDevice(*index) == 0 && module.InitMicrophone() == 0 &&
                       module.StereoRecordingIsAvailable(&stereo) == 0 && module.SetStereoRecording(stereo) == 0 &&
                       module.RegisterAudioCallback(&transport) == 0 && module.InitRecording() == 0 &&
                       module.StartRecording() == 0;
  return started ? RTCError::OK() : CannotBeUsed(id);
}

RTCError StartPlaying(AudioDeviceModule& module, const std::string& id, webrtc::AudioTransport& transport) {
  const auto index = Find(module, DeviceKind::kAudioOutput, id);
  if (!index) {
    return RTCError::InvalidParameter("there is no loudspeaker " + id);
  }
  bool stereo = false;
  const bool started = module.SetPlayoutDevice(*index) == 0 && module.InitSpeaker() == 0 &&
                       module.StereoPlayoutIsAvailable(&stereo) == 0 && module.SetStereoPlayout(stereo) == 0 &&
                       module.RegisterAudioCallback(&transport) == 0 && module.InitPlayout() == 0 &&
                       module.StartPlayout() == 0;
  return started ? RTCError::OK() : CannotBeUsed(id);
}

}  // namespace pywebrtc

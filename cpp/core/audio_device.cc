#include "core/audio_device.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

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
#else
constexpr std::array kLayers{AudioDeviceModule::kPlatformDefaultAudio};
#endif

constexpr std::string_view kDefault = "default: ";

// In the order of libwebrtc's indices. The default device comes first, as another name of one that follows; with
// PulseAudio it comes too where there is none.
std::vector<DeviceInfo> List(AudioDeviceModule& module, DeviceKind kind) {
  const bool input = kind == DeviceKind::kAudioInput;
  const int16_t count = input ? module.RecordingDevices() : module.PlayoutDevices();
  std::vector<DeviceInfo> devices;
  for (int16_t i = 0; i < count; ++i) {
    Name name{};
    Guid guid{};
    const auto index = static_cast<uint16_t>(i);
    if (input) {
      module.RecordingDeviceName(index, name.data(), guid.data());
    } else {
      module.PlayoutDeviceName(index, name.data(), guid.data());
    }
    std::string label = name.data();
    std::string id = guid[0] ? std::string(guid.data()) : label;
    if (i == 0) {
      label.erase(0, label.starts_with(kDefault) ? kDefault.size() : 0);
      id = "default";
    }
    // PulseAudio's have the name for people only, which need not be another's.
    const auto same = std::ranges::count(devices, id, &DeviceInfo::id);
    if (same > 0) {
      id += "#" + std::to_string(index);
    }
    devices.push_back({.kind = kind, .id = std::move(id), .label = std::move(label), .formats = {}});
  }
  if (devices.size() == 1) {
    devices.clear();
  }
  return devices;
}

std::optional<uint16_t> Find(AudioDeviceModule& module, DeviceKind kind, const std::string& id) {
  const std::vector<DeviceInfo> devices = List(module, kind);
  const auto found = std::ranges::find(devices, id, &DeviceInfo::id);
  if (found == devices.end()) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(found - devices.begin());
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

// The audio device of a machine without one: it pulls remote audio every 10 ms, so that it is
// decoded and reaches the sinks. The mix is the far end of whoever cancels echo.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "core/audio_clock.h"
#include "core/far_end.h"
#include "modules/audio_device/include/audio_device_default.h"

namespace pywebrtc {

class PlayoutDevice : public webrtc::webrtc_impl::AudioDeviceModuleDefault<webrtc::AudioDeviceModule>,
                      private AudioClock::Listener {
 public:
  PlayoutDevice(AudioClock& clock, FarEnd& far_end) : clock_(clock), far_end_(far_end) {}

  int32_t RegisterAudioCallback(webrtc::AudioTransport* transport) override;
  int32_t StartPlayout() override;
  int32_t StopPlayout() override;
  bool Playing() const override { return playing_; }
  int32_t StartRecording() override;
  int32_t StopRecording() override;
  // Local audio comes from sources, not from a device; libwebrtc only wants to hear that it runs.
  bool Recording() const override { return recording_; }
  std::optional<Stats> GetStats() const override;

 protected:
  ~PlayoutDevice() override;

 private:
  static constexpr int kRate = kFarEndRate;
  static constexpr size_t kSamples = kRate / 100;
  static constexpr size_t kChannels = kFarEndChannels;

  void OnTick() override;

  AudioClock& clock_;
  FarEnd& far_end_;
  std::atomic<webrtc::AudioTransport*> transport_{nullptr};
  std::atomic<bool> playing_{false};
  std::atomic<bool> recording_{false};
  std::atomic<uint64_t> played_samples_{0};
  std::array<int16_t, kSamples * kChannels> mix_;
};

}  // namespace pywebrtc

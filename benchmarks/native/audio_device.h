// An audio device without hardware: it pulls the mix of what was received every 10 ms.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "modules/audio_device/include/audio_device_default.h"

namespace bench {

class AudioDevice : public webrtc::webrtc_impl::AudioDeviceModuleDefault<webrtc::AudioDeviceModule> {
 public:
  int32_t RegisterAudioCallback(webrtc::AudioTransport* transport) override {
    std::lock_guard lock(mutex_);
    transport_ = transport;
    return 0;
  }
  int32_t StartPlayout() override {
    if (!playing_.exchange(true)) {
      thread_ = std::thread([this] { Pull(); });
    }
    return 0;
  }
  int32_t StopPlayout() override {
    if (playing_.exchange(false)) {
      thread_.join();
    }
    return 0;
  }
  bool Playing() const override { return playing_; }
  int32_t StartRecording() override {
    recording_ = true;
    return 0;
  }
  bool Recording() const override { return recording_; }

 protected:
  ~AudioDevice() override { StopPlayout(); }

 private:
  static constexpr int kRate = 48000;
  static constexpr size_t kSamples = kRate / 100;
  static constexpr size_t kChannels = 2;

  void Pull() {
    auto due = std::chrono::steady_clock::now();
    std::array<int16_t, kSamples * kChannels> mix;
    while (playing_) {
      std::this_thread::sleep_until(due += std::chrono::milliseconds(10));
      std::lock_guard lock(mutex_);
      if (transport_) {
        size_t samples = 0;
        int64_t elapsed_ms = 0;
        int64_t ntp_ms = 0;
        transport_->NeedMorePlayData(kSamples, sizeof(int16_t) * kChannels, kChannels, kRate, mix.data(), samples,
                                     &elapsed_ms, &ntp_ms);
      }
    }
  }

  std::mutex mutex_;
  webrtc::AudioTransport* transport_ = nullptr;
  std::atomic<bool> playing_ = false;
  std::atomic<bool> recording_ = false;
  std::thread thread_;
};

}  // namespace bench

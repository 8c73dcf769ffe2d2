#include "core/microphone.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/audio_converter.h"
#include "core/audio_device.h"
#include "core/engine.h"
#include "core/open_device.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

// What feeds get, whatever the device has.
constexpr int kRate = 48000;

}  // namespace

using webrtc::RTCError;

class Microphone::Recording final : public OpenDevice, private webrtc::AudioTransport {
 public:
  using OpenDevice::OpenDevice;

  AudioFeeds& feeds() { return feeds_; }

 private:
  RTCError Start() override {
    module_ = CreateAudioDevice();
    return module_ ? StartRecording(*module_, id(), *this)
                   : RTCError::InvalidParameter("there is no microphone: neither PulseAudio nor ALSA answers");
  }

  void Close() override {
    if (module_) {
      module_->StopRecording();
      module_->Terminate();
    }
    module_ = nullptr;
  }

  // PulseAudio moves what it loses to the default device, and says nothing.
  bool IsThere(bool /*silent*/) override {
    return std::ranges::any_of(Microphones(*module_), [this](const DeviceInfo& d) { return d.id == id(); });
  }

  // webrtc::AudioTransport; the device's thread.
  int32_t RecordedDataIsAvailable(const void* samples,
                                  size_t frames,
                                  size_t /*bytes_per_frame*/,
                                  size_t channels,
                                  uint32_t sample_rate,
                                  uint32_t delay_ms,
                                  int32_t /*clock_drift*/,
                                  uint32_t /*volume*/,
                                  bool /*key_pressed*/,
                                  uint32_t& new_volume) override {
    // None asked for.
    new_volume = 0;
    Alive();
    const AudioFormat given{.sample_rate = static_cast<int>(sample_rate), .channels = channels};
    const AudioFormat wanted{.sample_rate = kRate, .channels = channels};
    std::span block(static_cast<const int16_t*>(samples), frames * channels);
    if (given != wanted) {
      if (!converter_ || converter_->from() != given) {
        converter_.emplace(given, wanted);
      }
      converter_->Process(block, converted_);
      block = converted_;
    }
    const size_t length = kRate / 100 * channels;
    for (; block.size() >= length; block = block.subspan(length)) {
      feeds_.Deliver(block.first(length), wanted, webrtc::TimeMillis() - delay_ms, static_cast<int>(delay_ms));
    }
    // What is no whole 10 ms waits.
    converted_.erase(converted_.begin(),
                     converted_.end() - static_cast<std::ptrdiff_t>(std::min(converted_.size(), block.size())));
    return 0;
  }
  int32_t NeedMorePlayData(size_t /*frames*/,
                           size_t /*bytes_per_frame*/,
                           size_t /*channels*/,
                           uint32_t /*sample_rate*/,
                           void* /*samples*/,
                           size_t& frames_out,
                           int64_t* /*elapsed_ms*/,
                           int64_t* /*ntp_ms*/) override {
    frames_out = 0;
    return 0;
  }
  void PullRenderData(int /*bits*/,
                      int /*sample_rate*/,
                      size_t /*channels*/,
                      size_t /*frames*/,
                      void* /*samples*/,
                      int64_t* /*elapsed_ms*/,
                      int64_t* /*ntp_ms*/) override {}

  webrtc::scoped_refptr<webrtc::AudioDeviceModule> module_;
  AudioFeeds feeds_;
  // The device's thread.
  std::optional<AudioConverter> converter_;
  std::vector<int16_t> converted_;
};

RTCError Microphone::Open(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation, std::string id) {
  return OpenDevice::Open<Microphone>(std::move(mailbox), target, operation,
                                      std::make_shared<Recording>(std::move(id)));
}

Microphone::Microphone(std::shared_ptr<Recording> recording) : Object("Microphone"), recording_(std::move(recording)) {}

Microphone::~Microphone() = default;

void Microphone::AddFeed(const std::shared_ptr<AudioFeed>& feed) {
  recording_->feeds().Add(feed);
}

void Microphone::RemoveFeed(const std::shared_ptr<AudioFeed>& feed) {
  recording_->feeds().Remove(feed);
}

void Microphone::Dispose() {
  recording_->PostClose();
}

}  // namespace pywebrtc

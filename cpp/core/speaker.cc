#include "core/speaker.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <utility>

#include "audio/remix_resample.h"
#include "audio/utility/audio_frame_operations.h"
#include "common_audio/resampler/include/push_resampler.h"
#include "core/audio_device.h"
#include "core/engine.h"
#include "core/far_end.h"
#include "core/open_device.h"
#include "core/track_mix.h"

namespace pywebrtc {
namespace {

// PulseAudio asks for several blocks at once.
constexpr int kCushionMs = 40;

}  // namespace

using webrtc::RTCError;

class Speaker::Playing final : public OpenDevice, private webrtc::AudioTransport {
 public:
  using OpenDevice::OpenDevice;

  TrackMix& mix() { return mix_; }
  void SetVolume(float volume) { volume_ = volume; }

 private:
  RTCError Start() override {
    module_ = CreateAudioDevice();
    if (!module_) {
      return RTCError::InvalidParameter("there is no loudspeaker: neither PulseAudio nor ALSA answers");
    }
    Engine::far_end().AddPlayer(this, FarEnd::Kind::kLoudspeaker);
    return StartPlaying(*module_, id(), *this);
  }

  void Close() override {
    if (module_) {
      module_->StopPlayout();
      module_->Terminate();
      Engine::far_end().RemovePlayer(this);
    }
    module_ = nullptr;
  }

  // PulseAudio moves what it loses to the default device, and says nothing.
  bool IsThere(bool /*silent*/) override {
    return std::ranges::any_of(Loudspeakers(*module_), [this](const DeviceInfo& d) { return d.id == id(); });
  }

  // webrtc::AudioTransport; the device's thread.
  int32_t NeedMorePlayData(size_t frames,
                           size_t /*bytes_per_frame*/,
                           size_t channels,
                           uint32_t sample_rate,
                           void* samples,
                           size_t& frames_out,
                           int64_t* elapsed_ms,
                           int64_t* ntp_ms) override {
    Alive();
    *elapsed_ms = -1;
    *ntp_ms = -1;
    scaled_.CopyFrom(mix_.Mix());
    if (const float volume = volume_; volume != 1.0F) {
      webrtc::AudioFrameOperations::ScaleWithSat(volume, &scaled_);
    }
    Engine::far_end().Play(this, scaled_.data_view().data());
    played_.SetSampleRateAndChannelSize(static_cast<int>(sample_rate));
    played_.num_channels_ = channels;
    webrtc::voe::RemixAndResample(scaled_, &resampler_, &played_);
    frames_out = std::min(frames, played_.samples_per_channel());
    std::memcpy(samples, played_.data(), frames_out * channels * sizeof(int16_t));
    return 0;
  }
  int32_t RecordedDataIsAvailable(const void* /*samples*/,
                                  size_t /*frames*/,
                                  size_t /*bytes_per_frame*/,
                                  size_t /*channels*/,
                                  uint32_t /*sample_rate*/,
                                  uint32_t /*delay_ms*/,
                                  int32_t /*clock_drift*/,
                                  uint32_t /*volume*/,
                                  bool /*key_pressed*/,
                                  uint32_t& new_volume) override {
    new_volume = 0;
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
  TrackMix mix_{kFarEndRate, kFarEndChannels, kCushionMs};
  std::atomic<float> volume_{1.0F};
  // The device's thread.
  webrtc::AudioFrame scaled_;
  webrtc::AudioFrame played_;
  webrtc::PushResampler<int16_t> resampler_;
};

RTCError Speaker::Open(std::shared_ptr<Mailbox> mailbox, Key target, OperationId operation, std::string id) {
  return OpenDevice::Open<Speaker>(std::move(mailbox), target, operation, std::make_shared<Playing>(std::move(id)));
}

Speaker::Speaker(std::shared_ptr<Playing> playing) : Object("Speaker"), playing_(std::move(playing)) {}

Speaker::~Speaker() = default;

RTCError Speaker::Add(const std::shared_ptr<Track>& track, float gain) {
  return Engine::CallOnSignaling([&] { return playing_->mix().Add(track, gain); });
}

void Speaker::Remove(const std::shared_ptr<Track>& track) {
  std::ignore = Engine::CallOnSignaling([&] {
    playing_->mix().Remove(track);
    return RTCError::OK();
  });
}

void Speaker::SetVolume(float volume) {
  playing_->SetVolume(volume);
}

void Speaker::Dispose() {
  playing_->mix().Clear();
  playing_->PostClose();
}

}  // namespace pywebrtc

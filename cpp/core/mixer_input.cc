#include "core/mixer_input.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "audio/remix_resample.h"
#include "audio/utility/audio_frame_operations.h"

namespace pywebrtc {

MixerInput::MixerInput(const Track& track, int sample_rate, int cushion_ms)
    : track_(static_cast<webrtc::AudioTrackInterface*>(track.native().get())),
      enabled_(track.enabled()),
      sample_rate_(sample_rate),
      cushion_(static_cast<size_t>(std::max(cushion_ms / 10, 1))) {
  track_->AddSink(this);
}

MixerInput::~MixerInput() {
  track_->RemoveSink(this);
}

void MixerInput::OnData(const void* data, int /*bits_per_sample*/, int sample_rate, size_t channels, size_t frames) {
  if (!*enabled_ || channels > webrtc::kMaxNumberOfAudioChannels) {
    return;
  }
  resampled_.SetSampleRateAndChannelSize(sample_rate_);
  // What libwebrtc downmixes: four channels to two, and any number to one.
  resampled_.num_channels_ = channels == 2 || channels == 4 ? 2 : 1;
  webrtc::voe::RemixAndResample(
      webrtc::InterleavedView<const int16_t>(static_cast<const int16_t*>(data), frames, channels), sample_rate,
      &resampler_, &resampled_);
  const auto samples = resampled_.data_view();
  Block block{.channels = samples.num_channels(), .samples = {samples.begin(), samples.end()}};
  const webrtc::MutexLock lock(&mutex_);
  blocks_.push_back(std::move(block));
  if (blocks_.size() > 3 * cushion_) {
    blocks_.erase(blocks_.begin(), blocks_.end() - static_cast<std::ptrdiff_t>(cushion_));
  }
}

MixerInput::AudioFrameInfo MixerInput::GetAudioFrameWithInfo(int sample_rate, webrtc::AudioFrame* frame) {
  frame->Reset();
  frame->sample_rate_hz_ = sample_rate;
  std::optional<Block> block;
  {
    const webrtc::MutexLock lock(&mutex_);
    filling_ = blocks_.empty() || (filling_ && blocks_.size() < cushion_);
    if (!filling_) {
      block = std::move(blocks_.front());
      blocks_.pop_front();
    }
  }
  if (!block) {
    std::ignore = frame->mutable_data(static_cast<size_t>(sample_rate / 100), 1);
    frame->Mute();
    return AudioFrameInfo::kMuted;
  }
  const auto target = frame->mutable_data(block->samples.size() / block->channels, block->channels);
  std::ranges::copy(block->samples, target.begin());
  if (const float gain = gain_; gain != 1.0F) {
    webrtc::AudioFrameOperations::ScaleWithSat(gain, frame);
  }
  return AudioFrameInfo::kNormal;
}

}  // namespace pywebrtc

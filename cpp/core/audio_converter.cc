#include "core/audio_converter.h"

#include <algorithm>
#include <variant>

#include "api/audio/channel_layout.h"

namespace pywebrtc {
namespace {

constexpr int kMinRate = 4000;
constexpr int kMaxRate = 384000;

}  // namespace

bool IsConvertible(const AudioFormat& format) {
  return kMinRate <= format.sample_rate && format.sample_rate <= kMaxRate && format.sample_rate % 10 == 0 &&
         1 <= format.channels && format.channels <= kMaxChannels;
}

AudioConverter::AudioConverter(AudioFormat from, AudioFormat to) : from_(from), to_(to) {
  if (from.sample_rate != to.sample_rate) {
    // The fewer channels are resampled.
    resampler_ =
        std::make_unique<AudioResampler>(from.sample_rate, to.sample_rate, std::min(from.channels, to.channels));
  }
  if (from.channels != to.channels) {
    mixer_ = std::make_unique<webrtc::ChannelMixer>(
        webrtc::GuessChannelLayout(static_cast<int>(from.channels)), from.channels,
        webrtc::GuessChannelLayout(static_cast<int>(to.channels)), to.channels);
    frame_ = std::make_unique<webrtc::AudioFrame>();
  }
}

AudioConverter::~AudioConverter() = default;

void AudioConverter::Process(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  if (!resampler_) {
    MixUp(samples, out);
    return;
  }
  std::vector<int16_t> fewer;
  if (to_.channels < from_.channels) {
    Remix(samples, fewer);
    samples = fewer;
  }
  // Integers are always good samples.
  const Samples resampled = resampler_->Process(samples).MoveValue();
  MixUp(std::get<std::vector<int16_t>>(resampled), out);
}

void AudioConverter::Flush(std::vector<int16_t>& out) {
  if (resampler_) {
    const Samples rest = resampler_->Flush(std::span<const int16_t>());
    MixUp(std::get<std::vector<int16_t>>(rest), out);
  }
}

size_t AudioConverter::waiting() {
  return resampler_ ? resampler_->waiting() : 0;
}

// Where they were mixed before, they are ready.
void AudioConverter::MixUp(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  const bool ready = !mixer_ || (resampler_ && to_.channels < from_.channels);
  if (ready) {
    out.insert(out.end(), samples.begin(), samples.end());
  } else {
    Remix(samples, out);
  }
}

void AudioConverter::Remix(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  const size_t piece = webrtc::AudioFrame::kMaxDataSizeSamples / std::max(from_.channels, to_.channels);
  for (size_t count = samples.size() / from_.channels; count > 0;) {
    const size_t part = std::min(piece, count);
    frame_->UpdateFrame(0, samples.data(), part, from_.sample_rate, webrtc::AudioFrame::kNormalSpeech,
                        webrtc::AudioFrame::kVadUnknown, from_.channels);
    mixer_->Transform(frame_.get());
    out.insert(out.end(), frame_->data(), frame_->data() + part * to_.channels);
    samples = samples.subspan(part * from_.channels);
    count -= part;
  }
}

}  // namespace pywebrtc

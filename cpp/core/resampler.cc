#include "core/resampler.h"

#include <algorithm>
#include <numeric>

#include "api/audio/audio_view.h"
#include "api/audio/channel_layout.h"

namespace pywebrtc {
namespace {

// The shortest time, in hundredths of a second, in which both rates have whole numbers of samples.
int BlockLength(int a, int b) {
  return std::lcm(100 / std::gcd(a, 100), 100 / std::gcd(b, 100));
}

size_t BlockSize(int rate, int other) {
  return static_cast<size_t>(rate) * static_cast<size_t>(BlockLength(rate, other)) / 100;
}

}  // namespace

Resampler::Resampler(AudioFormat from, AudioFormat to)
    : from_(from),
      to_(to),
      block_in_(BlockSize(from.sample_rate, to.sample_rate)),
      block_out_(BlockSize(to.sample_rate, from.sample_rate)) {
  if (from.sample_rate != to.sample_rate) {
    resampler_ =
        std::make_unique<webrtc::PushResampler<int16_t>>(block_in_, block_out_, std::min(from.channels, to.channels));
  }
  if (from.channels != to.channels) {
    mixer_ = std::make_unique<webrtc::ChannelMixer>(
        webrtc::GuessChannelLayout(static_cast<int>(from.channels)), from.channels,
        webrtc::GuessChannelLayout(static_cast<int>(to.channels)), to.channels);
    frame_ = std::make_unique<webrtc::AudioFrame>();
  }
}

Resampler::~Resampler() = default;

void Resampler::Process(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  if (!resampler_) {  // then there are no blocks to fill
    Convert(samples, out);
    return;
  }
  const size_t block = block_in_ * from_.channels;
  if (!pending_.empty()) {
    const size_t missing = std::min(block - pending_.size(), samples.size());
    pending_.insert(pending_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(missing));
    samples = samples.subspan(missing);
    if (pending_.size() < block) {
      return;
    }
    Convert(pending_, out);
    pending_.clear();
  }
  while (samples.size() >= block) {
    Convert(samples.first(block), out);
    samples = samples.subspan(block);
  }
  pending_.assign(samples.begin(), samples.end());
}

void Resampler::Flush(std::vector<int16_t>& out) {
  if (!pending_.empty()) {
    pending_.resize(block_in_ * from_.channels);
    Convert(pending_, out);
    pending_.clear();
  }
}

void Resampler::Convert(std::span<const int16_t> block, std::vector<int16_t>& out) {
  if (mixer_ && resampler_) {
    // The fewer channels are resampled.
    between_.clear();
    if (to_.channels < from_.channels) {
      Remix(block, between_);
      Resample(between_, out);
    } else {
      Resample(block, between_);
      Remix(between_, out);
    }
  } else if (mixer_) {
    Remix(block, out);
  } else if (resampler_) {
    Resample(block, out);
  } else {
    out.insert(out.end(), block.begin(), block.end());
  }
}

void Resampler::Resample(std::span<const int16_t> block, std::vector<int16_t>& out) {
  const size_t channels = std::min(from_.channels, to_.channels);
  const size_t begin = out.size();
  out.resize(begin + block_out_ * channels);
  resampler_->Resample(webrtc::InterleavedView<const int16_t>(block.data(), block_in_, channels),
                       webrtc::InterleavedView<int16_t>(out.data() + begin, block_out_, channels));
}

void Resampler::Remix(std::span<const int16_t> samples, std::vector<int16_t>& out) {
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

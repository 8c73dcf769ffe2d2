#include "core/sound.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "api/audio/channel_layout.h"
#include "audio/utility/channel_mixing_matrix.h"
#include "common_audio/include/audio_util.h"
#include "common_audio/resampler/sinc_resampler.h"

namespace pywebrtc {
namespace {

using webrtc::SincResampler;

// One channel out of many, with what it would be before its begin and after its end: mirrored in its first and last
// sample, so that a tone goes on where silence would click.
class Channel : public webrtc::SincResamplerCallback {
 public:
  Channel(std::span<const float> samples, size_t channel, size_t channels, size_t lead)
      : samples_(samples.subspan(channel)),
        channels_(channels),
        length_(static_cast<ptrdiff_t>(samples.size() / channels)),
        next_(-static_cast<ptrdiff_t>(lead)) {}

  void Run(size_t frames, float* destination) override {
    for (float& sample : std::span(destination, frames)) {
      sample = At(next_++);
    }
  }

 private:
  float Given(ptrdiff_t index) const {
    return samples_[static_cast<size_t>(std::clamp<ptrdiff_t>(index, 0, length_ - 1)) * channels_];
  }

  float At(ptrdiff_t index) const {
    const ptrdiff_t end = std::clamp<ptrdiff_t>(index, 0, length_ - 1);
    return index == end ? Given(index) : 2 * Given(end) - Given(2 * end - index);
  }

  const std::span<const float> samples_;
  const size_t channels_;
  const ptrdiff_t length_;
  ptrdiff_t next_;
};

// `length` samples of each channel.
std::vector<float> Resampled(std::span<const float> source, SoundFormat from, int to_rate, size_t length) {
  // The kernel has 32 taps, too few to divide a rate by much.
  if (from.sample_rate > 3 * to_rate && from.sample_rate % 2 == 0) {
    const int half = from.sample_rate / 2;
    const std::vector<float> halved = Resampled(source, from, half, (source.size() / from.channels + 1) / 2);
    return Resampled(halved, {.sample_rate = half, .channels = from.channels}, to_rate, length);
  }
  const int divisor = std::gcd(from.sample_rate, to_rate);
  // The resampler's first sample lies on the source's first: what leads in is as long as some whole number of
  // samples at both rates, and at least as long as half of the kernel.
  const auto period = static_cast<size_t>(from.sample_rate / divisor);
  const size_t periods = (SincResampler::kKernelSize + period - 1) / period;
  const size_t lead = periods * static_cast<size_t>(to_rate / divisor);
  std::vector<float> target(length * from.channels);
  std::vector<float> resampled(lead + length);
  for (size_t i = 0; i < from.channels; ++i) {
    Channel channel(source, i, from.channels, periods * period);
    SincResampler(static_cast<double>(from.sample_rate) / to_rate, SincResampler::kDefaultRequestSize, &channel)
        .Resample(resampled.size(), resampled.data());
    for (size_t j = 0; j < length; ++j) {
      target[j * from.channels + i] = resampled[lead + j];
    }
  }
  return target;
}

// A row of weights for each channel that comes out.
std::vector<std::vector<float>> Weights(size_t from, size_t to) {
  if (from > kMaxSpeakers || to > kMaxSpeakers) {
    return std::vector(to, std::vector(from, 1.0F / static_cast<float>(from)));
  }
  const int inputs = static_cast<int>(from);
  const int outputs = static_cast<int>(to);
  std::vector<std::vector<float>> weights;
  webrtc::ChannelMixingMatrix(webrtc::GuessChannelLayout(inputs), inputs, webrtc::GuessChannelLayout(outputs), outputs)
      .CreateTransformationMatrix(&weights);
  return weights;
}

std::vector<float> Remixed(std::span<const float> source, size_t from, size_t to) {
  const auto weights = Weights(from, to);
  std::vector<float> target;
  target.reserve(source.size() / from * to);
  for (size_t start = 0; start < source.size(); start += from) {
    for (const std::vector<float>& row : weights) {
      target.push_back(
          std::transform_reduce(row.begin(), row.end(), source.begin() + static_cast<ptrdiff_t>(start), 0.0F));
    }
  }
  return target;
}

}  // namespace

size_t LengthAt(int to_rate, size_t length, int from_rate) {
  const auto from = static_cast<size_t>(from_rate);
  return (length * static_cast<size_t>(to_rate) + from / 2) / from;
}

void ConvertSound(std::span<const float> source, SoundFormat from, std::span<float> target, SoundFormat to) {
  // Fewer channels are resampled where they are mixed first or last.
  std::vector<float> mixed;
  if (to.channels < from.channels) {
    mixed = Remixed(source, from.channels, to.channels);
    source = mixed;
    from.channels = to.channels;
  }
  std::vector<float> resampled;
  if (to.sample_rate != from.sample_rate) {
    resampled = Resampled(source, from, to.sample_rate, target.size() / to.channels);
    source = resampled;
  }
  if (to.channels > from.channels) {
    mixed = Remixed(source, from.channels, to.channels);
    source = mixed;
  }
  std::ranges::copy(source, target.begin());
}

void ToFloat(std::span<const int16_t> source, std::span<float> target) {
  webrtc::S16ToFloat(source.data(), source.size(), target.data());
}

void ToInt16(std::span<const float> source, std::span<int16_t> target) {
  webrtc::FloatToS16(source.data(), source.size(), target.data());
}

}  // namespace pywebrtc

#include "core/audio_samples.h"

#include <algorithm>
#include <cmath>

#include "common_audio/include/audio_util.h"

namespace pywebrtc {

webrtc::RTCError CheckSamples(const SamplesView& view) {
  const auto* floats = std::get_if<std::span<const float>>(&view);
  if (floats && !std::ranges::all_of(*floats, [](float sample) { return std::isfinite(sample); })) {
    return webrtc::RTCError::InvalidRange("samples must be finite numbers, not NaN or infinity");
  }
  return webrtc::RTCError::OK();
}

void AppendFloats(const SamplesView& view, std::vector<float>& samples) {
  if (const auto* integers = std::get_if<std::span<const int16_t>>(&view)) {
    const size_t before = samples.size();
    samples.resize(before + integers->size());
    webrtc::S16ToFloat(integers->data(), integers->size(), samples.data() + before);
  } else {
    const auto floats = std::get<std::span<const float>>(view);
    samples.insert(samples.end(), floats.begin(), floats.end());
  }
}

Samples SamplesLike(const SamplesView& like, std::vector<float> floats) {
  if (std::holds_alternative<std::span<const float>>(like)) {
    return floats;
  }
  std::vector<int16_t> integers(floats.size());
  webrtc::FloatToS16(floats.data(), floats.size(), integers.data());
  return integers;
}

void SampleBlocks::Push(const SamplesView& view) {
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  AppendFloats(view, samples_);
}

std::span<const float> SampleBlocks::Next() {
  const std::span<const float> block(samples_.data() + next_, length_);
  next_ += length_;
  return block;
}

void SampleBlocks::Clear() {
  samples_.clear();
  next_ = 0;
}

}  // namespace pywebrtc

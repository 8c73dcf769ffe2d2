// Arrays of samples as Python has them: 16 bits, or floats of which -1 to 1 is the full scale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "api/rtc_error.h"

namespace pywebrtc {

// Interleaved. Who takes a view gives samples of the same kind.
using SamplesView = std::variant<std::span<const int16_t>, std::span<const float>>;
using Samples = std::variant<std::vector<int16_t>, std::vector<float>>;

// INVALID_RANGE where a float is infinite or no number: filters would keep it for ever.
webrtc::RTCError CheckSamples(const SamplesView& view);

// Appended to `samples` as floats.
void AppendFloats(const SamplesView& view, std::vector<float>& samples);

// What `like` is of: floats as they are, or 16 bits, rounded and cut off at the full scale.
Samples SamplesLike(const SamplesView& like, std::vector<float> floats);

// Cuts interleaved samples in blocks of one length; what does not fill a block waits for more.
class SampleBlocks {
 public:
  // The length is in samples of all channels.
  explicit SampleBlocks(size_t length) : length_(length) {}

  void Push(const SamplesView& view);
  bool ready() const { return waiting() >= length_; }
  // Only when ready. Valid until the next call.
  std::span<const float> Next();

  size_t length() const { return length_; }
  size_t waiting() const { return samples_.size() - next_; }
  void Clear();

 private:
  const size_t length_;
  std::vector<float> samples_;
  size_t next_ = 0;
};

}  // namespace pywebrtc

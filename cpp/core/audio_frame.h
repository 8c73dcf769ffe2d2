// Samples with what is known of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pywebrtc {

struct AudioFrame {
  // Interleaved.
  std::vector<int16_t> samples;
  int sample_rate;
  size_t channels;
  // Of libwebrtc's monotonic clock, when the frame reached the sink.
  int64_t timestamp_us;
};

}  // namespace pywebrtc

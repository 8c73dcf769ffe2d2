// The format of a stream of samples.
#pragma once

#include <cstddef>

namespace pywebrtc {

struct AudioFormat {
  int sample_rate;
  size_t channels;

  bool operator==(const AudioFormat&) const = default;
};

}  // namespace pywebrtc

// When pictures were taken, on libwebrtc's clock, from what the program says on whatever clock it has.
#pragma once

#include <cstdint>
#include <optional>

#include "rtc_base/timestamp_aligner.h"

namespace pywebrtc {

// One for each source. One thread at a time.
class CaptureClock {
 public:
  // `timestamp_us` is believed where it lies in the last seconds before `now_us`, on libwebrtc's monotonic
  // clock. Else the program has a clock of its own, with any origin: its steps count, libwebrtc's filter
  // finds the offset, and finds another when the clock jumps. Absent: now. Results are never in the future
  // and, where the program's do not repeat, never go back: encoders drop pictures that are as old as others.
  int64_t Translate(std::optional<int64_t> timestamp_us, int64_t now_us);

 private:
  bool own_clock_ = false;
  webrtc::TimestampAligner aligner_;
  std::optional<int64_t> last_given_us_;
  int64_t last_us_ = 0;
};

}  // namespace pywebrtc

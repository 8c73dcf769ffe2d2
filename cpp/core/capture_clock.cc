#include "core/capture_clock.h"

#include <algorithm>
#include <utility>

namespace pywebrtc {
namespace {

// The longest that a picture may have been on its way to the source.
constexpr int64_t kMaxAgeUs = 5'000'000;

}  // namespace

int64_t CaptureClock::Translate(std::optional<int64_t> timestamp_us, int64_t now_us) {
  int64_t result = now_us;
  // The same picture again, with its timestamp: it is shown now.
  const bool repeated = timestamp_us == std::exchange(last_given_us_, timestamp_us);
  if (timestamp_us && !repeated) {
    own_clock_ = own_clock_ || *timestamp_us < now_us - kMaxAgeUs || *timestamp_us > now_us + kMaxAgeUs;
    result = own_clock_ ? aligner_.TranslateTimestamp(*timestamp_us, now_us) : std::min(*timestamp_us, now_us);
  }
  if (result <= last_us_) {
    result = now_us;
  }
  last_us_ = result;
  return result;
}

}  // namespace pywebrtc

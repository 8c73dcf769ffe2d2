// Where frames wait for Python: a bounded ring that drops and counts.
//
// A frame never travels in a message. A sink posts FramesWaiting when its ring turns non-empty;
// Python pops until it is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// What a full ring drops: the frame that waits longest, or the one that comes. It never waits itself,
// for whoever brings frames is a thread of libwebrtc's.
enum class Drop { kOldest, kNewest };

template <class Frame>
class FrameRing {
 public:
  explicit FrameRing(size_t capacity, Drop drop = Drop::kOldest) : capacity_(capacity), drop_(drop) {}

  // True where the ring was empty.
  bool Push(Frame frame) {
    std::optional<Frame> oldest;  // destroyed outside of the lock
    webrtc::MutexLock lock(&mutex_);
    // Before the oldest goes: a full ring of one frame is not empty.
    const bool was_empty = frames_.empty();
    if (frames_.size() == capacity_) {
      ++dropped_;
      if (drop_ == Drop::kNewest) {
        return false;
      }
      oldest = std::move(frames_.front());
      frames_.pop_front();
    }
    frames_.push_back(std::move(frame));
    return was_empty;
  }

  std::optional<Frame> Pop() {
    webrtc::MutexLock lock(&mutex_);
    if (frames_.empty()) {
      return std::nullopt;
    }
    std::optional<Frame> frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
  }

  bool empty() const {
    webrtc::MutexLock lock(&mutex_);
    return frames_.empty();
  }

  uint64_t dropped() const {
    webrtc::MutexLock lock(&mutex_);
    return dropped_;
  }

 private:
  const size_t capacity_;
  const Drop drop_;
  mutable webrtc::Mutex mutex_;
  std::deque<Frame> frames_ RTC_GUARDED_BY(mutex_);
  uint64_t dropped_ RTC_GUARDED_BY(mutex_) = 0;
};

}  // namespace pywebrtc

// Threads on which pictures are converted for readers: neither a decoder nor an event loop waits for it.
//
// Each is started with the first task that it gets, so that a process that converts nothing has none.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class PixelWorkers {
 public:
  // One a core, at most 8.
  PixelWorkers();

  // Any thread. Whose tasks are to run one after the other always posts to the same.
  size_t Next();
  void Post(size_t worker, absl::AnyInvocable<void() &&> task);

  // Joins them; what is posted after it is dropped.
  void Stop();

 private:
  const size_t count_;
  webrtc::Mutex mutex_;
  // Those that have had a task; none once stopped.
  std::vector<std::unique_ptr<webrtc::Thread>> threads_ RTC_GUARDED_BY(mutex_);
  size_t next_ RTC_GUARDED_BY(mutex_) = 0;
};

}  // namespace pywebrtc

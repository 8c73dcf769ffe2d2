// The 10 ms tick of audio: one thread for all sources and all playout of a process.
//
// It keeps the rate of libwebrtc's monotonic clock: ticks that come late are followed by as many as were
// missed, up to a fifth of a second. Of a longer stall (a stopped process) they are left out.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "api/environment/environment.h"
#include "api/task_queue/task_queue_base.h"
#include "api/units/time_delta.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/task_utils/repeating_task.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class AudioClock {
 public:
  class Listener {
   public:
    // The clock's thread, every 10 ms.
    virtual void OnTick() = 0;

   protected:
    ~Listener() = default;
  };

  explicit AudioClock(const webrtc::Environment& env);
  ~AudioClock();

  // Any thread but the clock's own. Idempotent. The clock runs only while somebody listens.
  void Add(Listener* listener);
  // After it returns no tick is under way and none comes.
  void Remove(Listener* listener);

  // Joins the clock's thread; no tick comes after it.
  void Stop();

 private:
  // How long until the next.
  webrtc::TimeDelta Tick();

  webrtc::Mutex mutex_;
  std::vector<Listener*> listeners_ RTC_GUARDED_BY(mutex_);
  std::unique_ptr<webrtc::TaskQueueBase, webrtc::TaskQueueDeleter> queue_ RTC_GUARDED_BY(mutex_);
  // Used on the queue only.
  webrtc::RepeatingTaskHandle repeating_;
  int64_t due_us_ = 0;
};

}  // namespace pywebrtc

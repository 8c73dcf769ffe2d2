// The queue between libwebrtc's threads and one Python event loop.
//
// Any thread posts and never waits for Python: a post takes the lock for the time of a push_back.
// One thread, the loop's, drains. The file descriptor is readable exactly while messages wait, so a
// loop needs one add_reader and a burst of messages costs one wake.
#pragma once

#include <cstddef>
#include <deque>

#include "core/events.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// One descriptor that can be made readable from any thread. An eventfd on Linux, a pipe elsewhere.
class WakeFd {
 public:
  WakeFd();
  ~WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  int fd() const { return read_fd_; }
  void Set();
  void Clear();

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
};

class Mailbox {
 public:
  // As one event.
  static constexpr size_t kMaxMessages = 256;

  Mailbox() = default;

  // Any thread. After Close() the event is destroyed on the caller's thread: nobody is there to read it.
  void Post(Event event);

  // The same for a message of a channel. It joins those of that channel which were posted last and wait.
  void PostMessage(Key target, DataChannelMessage message);

  // The loop's thread: events in the order of their posting, until there are `max` or more, each message of a
  // channel for one. What is left keeps the descriptor readable, so that a flood shares the loop with
  // everything else that is ready.
  std::deque<Event> Drain(size_t max);

  // Idempotent. Events that wait are dropped; the objects in them let go of their native side.
  void Close();

  // Readable while events wait.
  int fd() const { return wake_.fd(); }

 private:
  WakeFd wake_;
  webrtc::Mutex mutex_;
  std::deque<Event> events_ RTC_GUARDED_BY(mutex_);
  bool closed_ RTC_GUARDED_BY(mutex_) = false;
};

}  // namespace pywebrtc

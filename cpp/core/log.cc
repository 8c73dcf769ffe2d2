#include "core/log.h"

#include <utility>

#include "rtc_base/synchronization/mutex.h"

namespace pywebrtc {
namespace {

constexpr size_t kCapacity = 4096;

class Sink : public webrtc::LogSink {
 public:
  // The old mailbox is destroyed outside of the lock: what is in it may log when it goes.
  void SetTarget(std::shared_ptr<Mailbox> mailbox, Key target) {
    webrtc::MutexLock lock(&mutex_);
    mailbox_.swap(mailbox);
    target_ = target;
    // Lines that the old target did not take are the new one's.
    if (mailbox_ && !lines_.empty()) {
      mailbox_->Post(LogWaiting{target_});
    }
  }

  // Any thread, under a lock of libwebrtc's: it may not log and not wait.
  void OnLogMessage(const std::string& message, webrtc::LoggingSeverity severity) override {
    std::shared_ptr<Mailbox> mailbox;
    Key target = 0;
    {
      webrtc::MutexLock lock(&mutex_);
      if (lines_.size() == kCapacity) {
        lines_.pop_front();
        ++dropped_;
      }
      lines_.push_back({severity, message});
      if (lines_.size() == 1) {
        mailbox = mailbox_;
        target = target_;
      }
    }
    if (mailbox) {
      mailbox->Post(LogWaiting{target});
    }
  }
  void OnLogMessage(const std::string& message) override { OnLogMessage(message, webrtc::LS_INFO); }

  LogBatch Take() {
    webrtc::MutexLock lock(&mutex_);
    return {std::exchange(lines_, {}), std::exchange(dropped_, 0)};
  }

 private:
  webrtc::Mutex mutex_;
  std::shared_ptr<Mailbox> mailbox_ RTC_GUARDED_BY(mutex_);
  Key target_ RTC_GUARDED_BY(mutex_) = 0;
  std::deque<LogLine> lines_ RTC_GUARDED_BY(mutex_);
  uint64_t dropped_ RTC_GUARDED_BY(mutex_) = 0;
};

// Never destroyed: libwebrtc's threads log until the very end.
Sink& sink() {
  static auto* const instance = new Sink();
  return *instance;
}

}  // namespace

void SetLog(std::shared_ptr<Mailbox> mailbox, Key target, webrtc::LoggingSeverity severity) {
  // libwebrtc's list of sinks becomes a ring when one is added twice.
  static webrtc::Mutex mutex;
  webrtc::MutexLock lock(&mutex);
  webrtc::LogMessage::RemoveLogToStream(&sink());
  sink().SetTarget(std::move(mailbox), target);
  if (severity != webrtc::LS_NONE) {
    webrtc::LogMessage::AddLogToStream(&sink(), severity);
  }
}

LogBatch TakeLog() {
  return sink().Take();
}

}  // namespace pywebrtc

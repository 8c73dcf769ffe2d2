#include "core/lease.h"

#include <utility>

#include "core/engine.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {
namespace {

struct Returned {
  webrtc::Mutex mutex;
  std::vector<Key> keys RTC_GUARDED_BY(mutex);
};

// Never destroyed: frames may be let go of while static destructors run.
Returned& returned() {
  static auto* const instance = new Returned();
  return *instance;
}

}  // namespace

Lease::Lease(std::shared_ptr<Mailbox> mailbox, Key target)
    : mailbox_(std::move(mailbox)), target_(target), key_(NextKey()) {}

Lease::~Lease() {
  // A thread that does not exist in the child may have held the lock.
  if (Engine::forked()) {
    return;
  }
  {
    webrtc::MutexLock lock(&returned().mutex);
    returned().keys.push_back(key_);
  }
  if (mailbox_) {
    mailbox_->Post(LeasesReturned{target_});
  }
}

std::vector<Key> Lease::TakeReturned() {
  if (Engine::forked()) {
    return {};
  }
  webrtc::MutexLock lock(&returned().mutex);
  return std::exchange(returned().keys, {});
}

}  // namespace pywebrtc

#include "core/audio_clock.h"

#include <algorithm>

#include "api/task_queue/task_queue_factory.h"
#include "api/units/time_delta.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

constexpr webrtc::TimeDelta kPeriod = webrtc::TimeDelta::Millis(10);
constexpr webrtc::TimeDelta kMaxLag = webrtc::TimeDelta::Millis(200);

}  // namespace

AudioClock::AudioClock(const webrtc::Environment& env)
    : queue_(env.task_queue_factory().CreateTaskQueue("webrtc-audio", webrtc::TaskQueueFactory::Priority::kHigh)) {}

AudioClock::~AudioClock() = default;

void AudioClock::Add(Listener* listener) {
  webrtc::MutexLock lock(&mutex_);
  if (std::ranges::find(listeners_, listener) != listeners_.end()) {
    return;
  }
  listeners_.push_back(listener);
  if (listeners_.size() == 1 && queue_) {
    queue_->PostTask([this, queue = queue_.get()] {
      // A tick that found nobody may not have run yet: two repeating tasks would double the rate.
      if (!repeating_.Running()) {
        due_us_ = webrtc::TimeMicros();
        repeating_ = webrtc::RepeatingTaskHandle::Start(
            queue, [this] { return Tick(); }, webrtc::TaskQueueBase::DelayPrecision::kHigh);
      }
    });
  }
}

void AudioClock::Remove(Listener* listener) {
  webrtc::MutexLock lock(&mutex_);
  std::erase(listeners_, listener);
}

void AudioClock::Stop() {
  // Joined outside of the lock: a tick may be waiting for it.
  std::unique_ptr<webrtc::TaskQueueBase, webrtc::TaskQueueDeleter> queue;
  webrtc::MutexLock lock(&mutex_);
  queue.swap(queue_);
}

webrtc::TimeDelta AudioClock::Tick() {
  {
    webrtc::MutexLock lock(&mutex_);
    if (listeners_.empty()) {
      repeating_.Stop();
      return kPeriod;
    }
    for (Listener* listener : listeners_) {
      listener->OnTick();
    }
  }
  // libwebrtc takes from the delay what this tick was late.
  due_us_ += kPeriod.us();
  const webrtc::TimeDelta lag = webrtc::TimeDelta::Micros(webrtc::TimeMicros() - due_us_);
  const webrtc::TimeDelta skipped = lag > kMaxLag ? lag : webrtc::TimeDelta::Zero();
  due_us_ += skipped.us();
  return kPeriod + skipped;
}

}  // namespace pywebrtc

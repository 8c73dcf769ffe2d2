#include "core/pixel_workers.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace pywebrtc {

PixelWorkers::PixelWorkers() : count_(std::clamp(std::thread::hardware_concurrency(), 1U, 8U)), threads_(count_) {}

size_t PixelWorkers::Next() {
  const webrtc::MutexLock lock(&mutex_);
  return next_++ % count_;
}

void PixelWorkers::Post(size_t worker, absl::AnyInvocable<void() &&> task) {
  const webrtc::MutexLock lock(&mutex_);
  if (threads_.empty()) {
    return;
  }
  std::unique_ptr<webrtc::Thread>& thread = threads_[worker];
  if (!thread) {
    thread = webrtc::Thread::Create();
    thread->SetName("webrtc-pixels-" + std::to_string(worker), nullptr);
    thread->Start();
  }
  thread->PostTask(std::move(task));
}

void PixelWorkers::Stop() {
  // Joined where they are destroyed, and not under the lock: a task that runs may post.
  std::vector<std::unique_ptr<webrtc::Thread>> threads;
  const webrtc::MutexLock lock(&mutex_);
  threads.swap(threads_);
}

}  // namespace pywebrtc

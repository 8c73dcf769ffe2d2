#include "core/mailbox.h"

#include <fcntl.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/eventfd.h>
#endif

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace pywebrtc {

WakeFd::WakeFd() {
#if defined(__linux__)
  read_fd_ = write_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (read_fd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
#else
  int fds[2];
  if (::pipe(fds) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  for (int fd : fds) {
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  read_fd_ = fds[0];
  write_fd_ = fds[1];
#endif
}

WakeFd::~WakeFd() {
  ::close(read_fd_);
  if (write_fd_ != read_fd_) {
    ::close(write_fd_);
  }
}

// A full pipe or counter is readable already, so a failed write loses nothing.
void WakeFd::Set() {
  const uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(write_fd_, &one, sizeof(one));
}

void WakeFd::Clear() {
  uint64_t buffer[64];
  while (::read(read_fd_, buffer, sizeof(buffer)) == static_cast<ssize_t>(sizeof(buffer))) {
  }
}

void Mailbox::Post(Event event) {
  webrtc::MutexLock lock(&mutex_);
  if (closed_) {
    return;
  }
  events_.push_back(std::move(event));
  if (events_.size() == 1) {
    wake_.Set();
  }
}

void Mailbox::PostMessage(Key target, DataChannelMessage message) {
  {
    webrtc::MutexLock lock(&mutex_);
    auto* last = events_.empty() ? nullptr : std::get_if<DataChannelMessages>(&events_.back());
    if (last && last->target == target && last->messages.size() < kMaxMessages) {
      last->messages.push_back(std::move(message));
      return;
    }
  }
  DataChannelMessages messages{.target = target, .messages = {}};
  messages.messages.push_back(std::move(message));
  Post(std::move(messages));
}

std::deque<Event> Mailbox::Drain(size_t max) {
  std::deque<Event> drained;
  webrtc::MutexLock lock(&mutex_);
  auto end = events_.begin();
  for (size_t count = 0; end != events_.end() && count < max; ++end) {
    const auto* channel = std::get_if<DataChannelMessages>(&*end);
    count += channel ? channel->messages.size() : 1;
  }
  if (end == events_.end()) {
    drained.swap(events_);
    wake_.Clear();
  } else {
    drained.insert(drained.end(), std::make_move_iterator(events_.begin()), std::make_move_iterator(end));
    events_.erase(events_.begin(), end);
  }
  return drained;
}

void Mailbox::Close() {
  // Destroyed after the lock is released: an event may hold the last reference to an object.
  std::deque<Event> dropped;
  webrtc::MutexLock lock(&mutex_);
  closed_ = true;
  dropped.swap(events_);
  wake_.Clear();
}

}  // namespace pywebrtc

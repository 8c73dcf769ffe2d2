// What the dispatcher is in Python, in small: one mailbox, drained by the test's thread.
#pragma once

#include <poll.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "core/mailbox.h"

namespace pywebrtc {

class Loop {
 public:
  using Handler = std::function<void(const Event&)>;

  ~Loop() { mailbox->Close(); }

  // Generous: a sanitizer on a machine with other work is slow.
  static constexpr std::chrono::seconds kPatience{60};

  // Handles messages until `done`; false where that takes too long.
  bool RunUntil(const std::function<bool()>& done, std::chrono::milliseconds patience = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      pollfd waiting{.fd = mailbox->fd(), .events = POLLIN, .revents = 0};
      ::poll(&waiting, 1, 10);
      for (const Event& event : mailbox->Drain(256)) {
        const Key target = std::visit([](const auto& message) { return message.target; }, event);
        if (const auto found = handlers.find(target); found != handlers.end()) {
          Handler handler = found->second;
          handler(event);
        }
      }
    }
    return true;
  }

  void RunFor(std::chrono::milliseconds time) {
    RunUntil([] { return false; }, time);
  }

  const std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::map<Key, Handler> handlers;
};

// Whether a descriptor can be read now.
inline bool Readable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace pywebrtc

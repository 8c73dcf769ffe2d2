#include "link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>
#include <utility>

namespace bench {
namespace {

// Steps of a measurement, as opposed to what a connection needs to come about.
const std::set<std::string> kSteps = {"ready", "go", "result", "bye"};

class MemoryLink : public Link {
 public:
  using Link::Link;
  void Send(Message message) override { other->Deliver(std::move(message)); }

  Link* other = nullptr;
};

class SocketLink : public Link {
 public:
  SocketLink(webrtc::Thread& signaling, int fd) : Link(signaling), fd_(fd), reader_([this] { Read(); }) {}
  ~SocketLink() override {
    ::shutdown(fd_, SHUT_RDWR);
    reader_.join();
    ::close(fd_);
  }

  void Send(Message message) override {
    const std::string bytes = message.type + " " + std::to_string(message.index) + " " +
                              std::to_string(message.text.size()) + "\n" + message.text;
    std::lock_guard lock(send_mutex_);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) {
        return;
      }
      sent += static_cast<size_t>(count);
    }
  }

 private:
  void Read() {
    std::string waiting;
    char buffer[65536];
    while (true) {
      const ssize_t count = ::recv(fd_, buffer, sizeof(buffer), 0);
      if (count <= 0) {
        Deliver({"bye", 0, ""});
        return;
      }
      waiting.append(buffer, static_cast<size_t>(count));
      for (size_t newline; (newline = waiting.find('\n')) != std::string::npos;) {
        Message message;
        size_t length = 0;
        std::istringstream(waiting.substr(0, newline)) >> message.type >> message.index >> length;
        if (waiting.size() < newline + 1 + length) {
          break;
        }
        message.text = waiting.substr(newline + 1, length);
        waiting.erase(0, newline + 1 + length);
        Deliver(std::move(message));
      }
    }
  }

  const int fd_;
  std::mutex send_mutex_;
  std::thread reader_;
};

}  // namespace

void Link::Start(Handler handler) {
  std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  for (Message& message : early_) {
    signaling_.PostTask([this, message = std::move(message)] { handler_(message); });
  }
  early_.clear();
}

Message Link::Wait(const std::string& type) {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto found = std::ranges::find_if(
        steps_, [&](const Message& message) { return message.type == type || message.type == "bye"; });
    if (found != steps_.end()) {
      Message message = std::move(*found);
      steps_.erase(found);
      return message;
    }
    changed_.wait(lock);
  }
}

void Link::Deliver(Message message) {
  std::lock_guard lock(mutex_);
  if (kSteps.contains(message.type)) {
    steps_.push_back(std::move(message));
    changed_.notify_all();
  } else if (handler_) {
    signaling_.PostTask([this, message = std::move(message)] { handler_(message); });
  } else {
    early_.push_back(std::move(message));
  }
}

std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> MakeLinks(webrtc::Thread& signaling) {
  auto one = std::make_unique<MemoryLink>(signaling);
  auto two = std::make_unique<MemoryLink>(signaling);
  one->other = two.get();
  two->other = one.get();
  return {std::move(one), std::move(two)};
}

std::unique_ptr<Link> MakeLink(webrtc::Thread& signaling, int fd) {
  return std::make_unique<SocketLink>(signaling, fd);
}

}  // namespace bench

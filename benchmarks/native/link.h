// What two peers tell each other beside the connection: descriptions, candidates, and the steps of a measurement.
//
// In one process a message is a task of the other peer's signaling thread; between two it goes over a socket as
// "TYPE INDEX LENGTH\n" and its text. All implementations speak that, so that peers of two can be measured together.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "rtc_base/thread.h"

namespace bench {

struct Message {
  std::string type;
  // Of the connection that it is about.
  int index = 0;
  std::string text;
};

class Link {
 public:
  using Handler = std::function<void(const Message&)>;

  explicit Link(webrtc::Thread& signaling) : signaling_(signaling) {}
  virtual ~Link() = default;

  virtual void Send(Message message) = 0;

  // Called on the signaling thread for every message but those that Wait() is for.
  void Start(Handler handler);

  // Takes the next message of this type, and of this type only; for the thread that runs the measurement.
  Message Wait(const std::string& type);

  // What arrived; any thread.
  void Deliver(Message message);

 private:
  webrtc::Thread& signaling_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> steps_;
  Handler handler_;
  std::deque<Message> early_;
};

// The two ends inside a process.
std::pair<std::unique_ptr<Link>, std::unique_ptr<Link>> MakeLinks(webrtc::Thread& signaling);

// The end of a connected socket.
std::unique_ptr<Link> MakeLink(webrtc::Thread& signaling, int fd);

}  // namespace bench

// Datagrams on their way between the kernel and the sockets of one thread: many for one system call.
//
// Linux cuts one buffer into datagrams of equal size (UDP_SEGMENT, since 4.18), and gives those of one sender back as
// one buffer (UDP_GRO, 5.0). Where it does not, as on a path with a small MTU, there are still several for one call.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <span>

#include "rtc_base/socket.h"

namespace pywebrtc {

// What one socket has received, for the time of one event.
class Inbox {
 public:
  Inbox();
  ~Inbox();

  // Once for each socket.
  static void Prepare(int fd);

  // 0, or the number of the error.
  int Fill(int fd);
  // Datagrams, where Fill() found any.
  size_t left() const { return left_; }
  // The size of the first that is left.
  int Take(webrtc::Socket::ReceiveBuffer& buffer);
  void Clear() { left_ = 0; }

 private:
  struct Messages;

  const std::unique_ptr<Messages> messages_;
  size_t left_ = 0;
};

// What is sent in one turn; of one socket at a time, as streams are made of packets in a row.
class Outbox {
 public:
  // A socket, as the outbox knows it.
  struct Sender {
    int fd = -1;
    // Of a datagram that the outbox had taken, and that is lost.
    int error = 0;
    bool segmentation = true;
  };

  Outbox();
  ~Outbox();

  // False where it is not taken, but to be sent by the caller: it is too long.
  bool Add(Sender& sender, std::span<const char> datagram, const sockaddr* to, socklen_t to_length);
  void Flush();
  // For a sender that is destroyed.
  void Forget(Sender& sender);

 private:
  struct Messages;

  const std::unique_ptr<Messages> messages_;
  Sender* sender_ = nullptr;
};

}  // namespace pywebrtc

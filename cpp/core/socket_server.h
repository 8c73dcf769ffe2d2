// libwebrtc's socket server, with UDP sockets that survive a burst and make few system calls.
#pragma once

#include <memory>
#include <vector>

#include "api/units/time_delta.h"
#include "core/datagrams.h"
#include "rtc_base/physical_socket_server.h"

namespace pywebrtc {

// What a network thread does from one wake to the next is a turn: the event of one socket, or the tasks that wait.
class TurnEnd {
 public:
  // The network thread, once for each call of CallAtTurnEnd().
  virtual void OnTurnEnd() = 0;

 protected:
  ~TurnEnd() = default;
};

// All of it belongs to the thread that waits in it.
class UdpSocketServer : public webrtc::PhysicalSocketServer {
 public:
  // The kernel's default of about 200 kB holds 1.6 ms of a 1 Gbit/s stream: while the network thread
  // does crypto, datagrams are lost, SCTP takes that for congestion and stalls.
  static constexpr int kBufferBytes = 8 * 1024 * 1024;

  webrtc::Socket* CreateSocket(int family, int type) override;
  webrtc::Socket* WrapSocket(SOCKET socket) override;
  bool Wait(webrtc::TimeDelta max_wait_duration, bool process_io) override;

  void CallAtTurnEnd(TurnEnd& waiting);
  // For whoever is destroyed while it waits.
  void Forget(TurnEnd& waiting);
  // First those that wait, then what they and others sent.
  void EndTurn();

  Inbox& inbox() { return inbox_; }
  Outbox& outbox() { return outbox_; }

 private:
  std::vector<TurnEnd*> waiting_;
  Inbox inbox_;
  Outbox outbox_;
};

}  // namespace pywebrtc

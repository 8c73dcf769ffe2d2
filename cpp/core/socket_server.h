// libwebrtc's socket server with UDP sockets that survive a burst.
#pragma once

#include "rtc_base/physical_socket_server.h"

namespace pywebrtc {

// The kernel's default of about 200 kB holds 1.6 ms of a 1 Gbit/s stream: while the network thread
// does crypto, datagrams are lost, SCTP takes that for congestion and stalls.
class UdpSocketServer : public webrtc::PhysicalSocketServer {
 public:
  static constexpr int kBufferBytes = 8 * 1024 * 1024;

  webrtc::Socket* CreateSocket(int family, int type) override;
};

}  // namespace pywebrtc

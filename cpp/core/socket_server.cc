#include "core/socket_server.h"

#include <sys/socket.h>

#include <memory>

namespace pywebrtc {
namespace {

// SO_RCVBUF is capped by net.core.rmem_max without an error. SO_RCVBUFFORCE is not, but needs
// CAP_NET_ADMIN; where that is missing the capped value stands.
void GrowReceiveBuffer(int fd) {
  const int bytes = UdpSocketServer::kBufferBytes;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
#if defined(SO_RCVBUFFORCE)
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
#endif
}

}  // namespace

webrtc::Socket* UdpSocketServer::CreateSocket(int family, int type) {
  auto socket = std::make_unique<webrtc::SocketDispatcher>(this);
  if (!socket->Create(family, type)) {
    return nullptr;
  }
  if (type == SOCK_DGRAM) {
    GrowReceiveBuffer(socket->GetSocketFD());
  }
  return socket.release();
}

}  // namespace pywebrtc

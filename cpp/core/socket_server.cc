#include "core/socket_server.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "rtc_base/socket_address.h"

namespace pywebrtc {
namespace {

using webrtc::SocketDispatcher;

// SO_RCVBUF is capped by net.core.rmem_max without an error. SO_RCVBUFFORCE is not, but needs
// CAP_NET_ADMIN; where that is missing the capped value stands.
void GrowReceiveBuffer(int fd) {
  const int bytes = UdpSocketServer::kBufferBytes;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
#if defined(SO_RCVBUFFORCE)
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
#endif
}

class TcpSocket final : public SocketDispatcher {
 public:
  explicit TcpSocket(UdpSocketServer& server) : SocketDispatcher(&server), server_(server) {}
  TcpSocket(SOCKET socket, UdpSocketServer& server) : SocketDispatcher(socket, &server), server_(server) {}

  void OnEvent(uint32_t events, int error) override {
    SocketDispatcher::OnEvent(events, error);
    server_.EndTurn();
  }

 private:
  UdpSocketServer& server_;
};

class UdpSocket final : public SocketDispatcher {
 public:
  explicit UdpSocket(UdpSocketServer& server) : SocketDispatcher(&server), server_(server) {}
  ~UdpSocket() override { server_.outbox().Forget(sending_); }
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  using SocketDispatcher::Create;
  bool Create(int family, int type) override {
    if (!SocketDispatcher::Create(family, type)) {
      return false;
    }
    GrowReceiveBuffer(s_);
    Inbox::Prepare(s_);
    sending_.fd = s_;
    return true;
  }

  // libwebrtc asks with every packet that it sends.
  webrtc::SocketAddress GetLocalAddress() const override {
    if (local_address_.port() == 0) {
      local_address_ = SocketDispatcher::GetLocalAddress();
    }
    return local_address_;
  }
  int Bind(const webrtc::SocketAddress& address) override {
    local_address_ = {};
    return SocketDispatcher::Bind(address);
  }
  int Connect(const webrtc::SocketAddress& address) override {
    local_address_ = {};
    return SocketDispatcher::Connect(address);
  }

  // It holds for what is sent from now on.
  int SetOption(Option option, int value) override {
    server_.outbox().Flush();
    return SocketDispatcher::SetOption(option, value);
  }

  int Close() override {
    server_.outbox().Flush();
    if (receiving_) {
      server_.inbox().Clear();
    }
    local_address_ = {};
    return SocketDispatcher::Close();
  }

  void OnEvent(uint32_t events, int error) override {
    Inbox& inbox = server_.inbox();
    if ((events & webrtc::DE_READ) != 0) {
      receiving_ = true;
      receive_error_ = inbox.Fill(s_);
      // libwebrtc takes a datagram for each event; the last one is left for the event itself.
      for (size_t left = inbox.left() + 1; inbox.left() > 1 && inbox.left() < left;) {
        left = inbox.left();
        NotifyReadEvent(this);
      }
    }
    if (s_ != INVALID_SOCKET) {
      SocketDispatcher::OnEvent(events, error);
    }
    inbox.Clear();
    receiving_ = false;
    server_.EndTurn();
  }

  int RecvFrom(ReceiveBuffer& buffer) override {
    EnableEvents(webrtc::DE_READ);
    if (server_.inbox().left() == 0) {
      SetError(std::exchange(receive_error_, EWOULDBLOCK));
      return SOCKET_ERROR;
    }
    SetError(0);
    return server_.inbox().Take(buffer);
  }

 private:
  int DoSendTo(SOCKET socket, const char* data, int length, int flags, const sockaddr* to, socklen_t to_length)
      override {
    // As a connected socket tells of the datagram before. EAGAIN makes libwebrtc wait until it may send again.
    if (const int error = std::exchange(sending_.error, 0)) {
      errno = error;
      return SOCKET_ERROR;
    }
    if (!server_.outbox().Add(sending_, {data, static_cast<size_t>(length)}, to, to_length)) {
      return SocketDispatcher::DoSendTo(socket, data, length, flags, to, to_length);
    }
    errno = 0;
    return length;
  }

  UdpSocketServer& server_;
  Outbox::Sender sending_;
  bool receiving_ = false;
  int receive_error_ = EWOULDBLOCK;
  mutable webrtc::SocketAddress local_address_;
};

}  // namespace

webrtc::Socket* UdpSocketServer::CreateSocket(int family, int type) {
  std::unique_ptr<SocketDispatcher> socket;
  if (type == SOCK_DGRAM) {
    socket = std::make_unique<UdpSocket>(*this);
  } else {
    socket = std::make_unique<TcpSocket>(*this);
  }
  return socket->Create(family, type) ? socket.release() : nullptr;
}

webrtc::Socket* UdpSocketServer::WrapSocket(SOCKET socket) {
  auto wrapped = std::make_unique<TcpSocket>(socket, *this);
  return wrapped->Initialize() ? wrapped.release() : nullptr;
}

bool UdpSocketServer::Wait(webrtc::TimeDelta max_wait_duration, bool process_io) {
  // The tasks that waited have run.
  EndTurn();
  return PhysicalSocketServer::Wait(max_wait_duration, process_io);
}

void UdpSocketServer::CallAtTurnEnd(TurnEnd& waiting) {
  waiting_.push_back(&waiting);
}

void UdpSocketServer::Forget(TurnEnd& waiting) {
  std::erase(waiting_, &waiting);
}

void UdpSocketServer::EndTurn() {
  while (!waiting_.empty()) {
    TurnEnd* const waiting = waiting_.back();
    waiting_.pop_back();
    waiting->OnTurnEnd();
  }
  outbox_.Flush();
}

}  // namespace pywebrtc

#include "core/socket_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/units/time_delta.h"
#include "rtc_base/buffer.h"
#include "rtc_base/socket_address.h"

namespace pywebrtc {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using webrtc::TimeDelta;

const webrtc::SocketAddress kLoopback("127.0.0.1", 0);

// A bound socket, and what it has received.
class Port {
 public:
  explicit Port(UdpSocketServer& server) : socket_(server.CreateSocket(AF_INET, SOCK_DGRAM)) {
    EXPECT_EQ(socket_->Bind(kLoopback), 0);
    socket_->SubscribeReadEvent(this, [this](webrtc::Socket* socket) {
      webrtc::Buffer payload;
      webrtc::Socket::ReceiveBuffer buffer(payload);
      if (const int size = socket->RecvFrom(buffer); size >= 0) {
        received.emplace_back(payload.data<char>(), static_cast<size_t>(size));
        sources.push_back(buffer.source_address);
      }
      if (close_when_received == received.size()) {
        socket->Close();
      }
    });
  }

  webrtc::SocketAddress address() const { return socket_->GetLocalAddress(); }
  webrtc::Socket& socket() { return *socket_; }
  int Send(const std::string& datagram, const Port& to) {
    return socket_->SendTo(datagram.data(), datagram.size(), to.address());
  }

  std::vector<std::string> received;
  std::vector<webrtc::SocketAddress> sources;
  size_t close_when_received = 0;

 private:
  const std::unique_ptr<webrtc::Socket> socket_;
};

void Turn(UdpSocketServer& server, const std::vector<std::string>& received, size_t count) {
  for (int i = 0; i < 500 && received.size() < count; ++i) {
    server.Wait(TimeDelta::Millis(10), true);
  }
}

std::string Datagram(size_t size, size_t seed) {
  std::string datagram(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    datagram[i] = static_cast<char>(i * 31 + seed);
  }
  return datagram;
}

TEST(UdpSocketServer, GrowsTheReceiveBufferOfDatagrams) {
  webrtc::PhysicalSocketServer plain;
  UdpSocketServer server;
  const auto buffer = [](webrtc::SocketServer& from, int type) {
    std::unique_ptr<webrtc::Socket> socket(from.CreateSocket(AF_INET, type));
    int bytes = 0;
    EXPECT_EQ(socket->GetOption(webrtc::Socket::OPT_RCVBUF, &bytes), 0);
    return bytes;
  };
  EXPECT_GE(buffer(server, SOCK_DGRAM), buffer(plain, SOCK_DGRAM));
  EXPECT_EQ(buffer(server, SOCK_STREAM), buffer(plain, SOCK_STREAM));
}

TEST(UdpSocketServer, RefusesWhatTheSystemDoesNotHave) {
  UdpSocketServer server;
  EXPECT_EQ(server.CreateSocket(12345, SOCK_DGRAM), nullptr);
}

TEST(UdpSocketServer, DatagramsOfOneTurnArriveAsTheyAre) {
  UdpSocketServer server;
  Port a(server);
  Port b(server);
  // Runs of one size, shorter ones in between, the longest that there is, and more than fit into one call.
  std::vector<std::string> sent;
  for (const size_t size : {1200, 1200, 1200, 100, 1200, 1300, 1300, 1, 65507, 2, 2}) {
    sent.push_back(Datagram(size, sent.size()));
  }
  for (size_t i = 0; i < 500; ++i) {
    sent.push_back(Datagram(1191, i));
  }
  for (const std::string& datagram : sent) {
    EXPECT_EQ(a.Send(datagram, b), static_cast<int>(datagram.size()));
  }
  Turn(server, b.received, sent.size());
  EXPECT_THAT(b.received, ElementsAreArray(sent));
  for (const webrtc::SocketAddress& source : b.sources) {
    EXPECT_EQ(source, a.address());
  }
}

TEST(UdpSocketServer, SocketsTakeTurns) {
  UdpSocketServer server;
  Port a(server);
  Port b(server);
  Port c(server);
  for (int i = 0; i < 3; ++i) {
    a.Send("from a to c", c);
    a.Send("from a to b", b);
    b.Send("from b to c", c);
  }
  Turn(server, c.received, 6);
  Turn(server, b.received, 3);
  EXPECT_THAT(c.received, testing::SizeIs(6));
  EXPECT_THAT(b.received, ElementsAre("from a to b", "from a to b", "from a to b"));
}

TEST(UdpSocketServer, WhatWaitsIsSentWhenTheSocketIsClosedOrDestroyed) {
  UdpSocketServer server;
  Port receiver(server);
  {
    Port closed(server);
    closed.Send("before it closes", receiver);
    closed.socket().Close();
    Port destroyed(server);
    destroyed.Send("before it is destroyed", receiver);
  }
  Turn(server, receiver.received, 2);
  EXPECT_THAT(receiver.received, ElementsAre("before it closes", "before it is destroyed"));
}

TEST(UdpSocketServer, ASocketMayCloseWhileItReceives) {
  UdpSocketServer server;
  Port a(server);
  Port b(server);
  b.close_when_received = 2;
  for (int i = 0; i < 5; ++i) {
    a.Send("x", b);
  }
  Turn(server, b.received, 2);
  server.Wait(TimeDelta::Zero(), true);
  EXPECT_THAT(b.received, ElementsAre("x", "x"));
  // The others go on.
  Port c(server);
  a.Send("y", c);
  Turn(server, c.received, 1);
  EXPECT_THAT(c.received, ElementsAre("y"));
}

TEST(UdpSocketServer, AnErrorIsToldWithTheNextDatagram) {
  UdpSocketServer server;
  Port a(server);
  const webrtc::SocketAddress broadcast("255.255.255.255", 9);  // not permitted without an option
  EXPECT_EQ(a.socket().SendTo("x", 1, broadcast), 1);
  server.Wait(TimeDelta::Zero(), true);
  EXPECT_EQ(a.socket().SendTo("x", 1, a.address()), -1);
  EXPECT_EQ(a.socket().GetError(), EACCES);
  // Once.
  EXPECT_EQ(a.Send("y", a), 1);
  Turn(server, a.received, 1);
  EXPECT_THAT(a.received, ElementsAre("y"));
}

class Waiting final : public TurnEnd {
 public:
  Waiting(UdpSocketServer& server, std::vector<int>& order, int number)
      : server_(server), order_(order), number_(number) {}
  void OnTurnEnd() override {
    order_.push_back(number_);
    if (next) {
      server_.CallAtTurnEnd(*std::exchange(next, nullptr));
    }
  }

  Waiting* next = nullptr;

 private:
  UdpSocketServer& server_;
  std::vector<int>& order_;
  const int number_;
};

TEST(UdpSocketServer, TheEndOfATurnIsToldOnce) {
  UdpSocketServer server;
  std::vector<int> order;
  Waiting first(server, order, 1);
  Waiting second(server, order, 2);
  Waiting forgotten(server, order, 3);
  first.next = &second;
  server.CallAtTurnEnd(first);
  server.CallAtTurnEnd(forgotten);
  server.Forget(forgotten);
  server.Wait(TimeDelta::Zero(), true);
  server.Wait(TimeDelta::Zero(), true);
  EXPECT_THAT(order, ElementsAre(1, 2));
}

}  // namespace
}  // namespace pywebrtc

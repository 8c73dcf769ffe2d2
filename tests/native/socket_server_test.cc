#include "core/socket_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>

namespace pywebrtc {
namespace {

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

}  // namespace
}  // namespace pywebrtc

#include "core/data_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/object.h"
#include "loop.h"
#include "peer.h"

namespace pywebrtc {
namespace {

// Every message differs from its neighbours in length and in each byte.
std::string Payload(int i) {
  std::string payload(static_cast<size_t>(1 + i * 37 % 1200), '\0');
  for (size_t j = 0; j < payload.size(); ++j) {
    payload[j] = static_cast<char>((static_cast<size_t>(i) + j) % 251);
  }
  return payload;
}

class DataChannelTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(LiveObjects(), testing::IsEmpty()); }

  // Two connected peers with a channel between them.
  struct Call {
    explicit Call(const webrtc::DataChannelInit& init = {}) : offerer(loop), answerer(loop) {
      here = offerer.CreateChannel("label", init);
      Connect(offerer, answerer);
      EXPECT_TRUE(loop.RunUntil([&] { return here->open() && !answerer.announced.empty() && there().open(); }));
    }
    Channel& there() { return *answerer.announced.at(0); }

    Loop loop;
    Peer offerer;
    Peer answerer;
    std::unique_ptr<Channel> here;
  };
};

TEST_F(DataChannelTest, TellsWhatItWasCreatedWith) {
  webrtc::DataChannelInit init;
  init.ordered = false;
  init.maxRetransmits = 3;
  init.protocol = "chat";
  init.priority = webrtc::PriorityValue(512);
  Call call(init);
  for (Channel* channel : {call.here.get(), &call.there()}) {
    const DataChannel::Information& information = channel->native->information();
    EXPECT_EQ(information.label, "label");
    EXPECT_EQ(information.protocol, "chat");
    EXPECT_FALSE(information.ordered);
    EXPECT_FALSE(information.negotiated);
    EXPECT_EQ(information.max_retransmits, 3);
    EXPECT_FALSE(information.max_packet_life_time);
    EXPECT_EQ(information.priority.value(), 512);
  }
  EXPECT_FALSE(call.here->native->information().id) << "there was no transport yet";
  EXPECT_TRUE(call.there().native->information().id);
}

TEST_F(DataChannelTest, TenThousandMessagesEachWayByteByByte) {
  constexpr int kMessages = 10000;
  Call call;
  uint64_t bytes = 0;
  for (int i = 0; i < kMessages; ++i) {
    const std::string payload = Payload(i);
    call.here->Send(payload, i % 2 == 0);
    call.there().Send(payload, i % 2 == 1);
    bytes += payload.size();
  }
  ASSERT_TRUE(call.loop.RunUntil(
      [&] { return call.here->messages.size() >= kMessages && call.there().messages.size() >= kMessages; }));
  for (int i = 0; i < kMessages; ++i) {
    const std::string payload = Payload(i);
    const auto index = static_cast<size_t>(i);
    ASSERT_EQ(call.there().messages[index].data, payload) << i;
    ASSERT_EQ(call.here->messages[index].data, payload) << i;
    ASSERT_EQ(call.there().messages[index].binary, i % 2 == 0);
    ASSERT_EQ(call.here->messages[index].binary, i % 2 == 1);
  }
  EXPECT_TRUE(call.loop.RunUntil([&] { return call.here->sent_bytes == bytes && call.there().sent_bytes == bytes; }));
}

TEST_F(DataChannelTest, EmptyAndLargeMessagesArrive) {
  Call call;
  const std::string large(200 * 1024, 'x');
  call.here->Send("", true);
  call.here->Send("", false);
  call.here->Send(large, true);
  ASSERT_TRUE(call.loop.RunUntil([&] { return call.there().messages.size() == 3; }));
  EXPECT_EQ(call.there().messages[0].data, "");
  EXPECT_TRUE(call.there().messages[0].binary);
  EXPECT_FALSE(call.there().messages[1].binary);
  EXPECT_EQ(call.there().messages[2].data, large);
}

TEST_F(DataChannelTest, CloseAfterSendLosesNothing) {
  constexpr int kMessages = 3000;
  Call call;
  for (int i = 0; i < kMessages; ++i) {
    call.here->Send(Payload(i));
  }
  call.here->native->Close();
  ASSERT_TRUE(call.loop.RunUntil([&] { return call.here->closed() && call.there().closed(); }));
  ASSERT_EQ(call.there().messages.size(), static_cast<size_t>(kMessages));
  EXPECT_EQ(call.there().messages.back().data, Payload(kMessages - 1));
}

TEST_F(DataChannelTest, WhatIsSentAfterCloseGoesNowhere) {
  Call call;
  call.here->native->Close();
  call.here->Send("late");
  call.here->native->Close();
  ASSERT_TRUE(call.loop.RunUntil([&] { return call.here->closed() && call.there().closed(); }));
  call.here->Send("later");
  call.here->native->Close();
  call.loop.RunFor(std::chrono::milliseconds(50));
  EXPECT_TRUE(call.here->closed());
}

TEST_F(DataChannelTest, ClosesBeforeItOpens) {
  Loop loop;
  Peer peer(loop);
  auto channel = peer.CreateChannel("label");
  channel->native->Close();
  EXPECT_TRUE(loop.RunUntil([&] { return channel->closed(); }));
}

// Sent before the other side has seen its open event, and at once in answer to it.
TEST_F(DataChannelTest, TheFirstMessageFollowsTheAnnouncement) {
  constexpr int kChannels = 50;
  Loop loop;
  Peer offerer(loop), answerer(loop);
  std::vector<std::unique_ptr<Channel>> channels;
  for (int i = 0; i < kChannels; ++i) {
    channels.push_back(offerer.CreateChannel(std::to_string(i)));
    channels.back()->Send("early " + std::to_string(i), false);
  }
  Connect(offerer, answerer);
  ASSERT_TRUE(loop.RunUntil([&] {
    size_t received = 0;
    for (const auto& channel : answerer.announced) {
      received += channel->messages.size();
    }
    return received == kChannels;
  }));
  for (const auto& channel : answerer.announced) {
    ASSERT_EQ(channel->messages.size(), 1u);
    EXPECT_EQ(channel->messages[0].data, "early " + channel->native->information().label);
  }
}

TEST_F(DataChannelTest, MayBeNegotiatedByBoth) {
  Loop loop;
  Peer offerer(loop), answerer(loop);
  webrtc::DataChannelInit init;
  init.negotiated = true;
  init.id = 7;
  auto here = offerer.CreateChannel("here", init);
  auto there = answerer.CreateChannel("there", init);
  Connect(offerer, answerer);
  ASSERT_TRUE(loop.RunUntil([&] { return here->open() && there->open(); }));
  here->Send("over");
  there->Send("and out");
  ASSERT_TRUE(loop.RunUntil([&] { return here->messages.size() == 1 && there->messages.size() == 1; }));
  EXPECT_EQ(there->messages[0].data, "over");
  EXPECT_EQ(here->native->information().id, 7);
  EXPECT_TRUE(answerer.announced.empty());
}

TEST_F(DataChannelTest, ClosesWithItsConnection) {
  Call call;
  call.offerer.native->Close();
  EXPECT_TRUE(call.loop.RunUntil([&] { return call.here->closed() && call.offerer.closed == 1; }));
  call.here->Send("late");
  call.here->native->Close();
  EXPECT_TRUE(call.loop.RunUntil([&] { return call.there().closed(); }));
}

// Python may let go of a channel with messages on their way in both directions.
TEST_F(DataChannelTest, IsLetGoOfInFullTraffic) {
  Call call;
  for (int i = 0; i < 2000; ++i) {
    call.here->Send(Payload(i));
    call.there().Send(Payload(i));
  }
  call.here = nullptr;
  call.answerer.announced.clear();
  call.loop.RunFor(std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace pywebrtc

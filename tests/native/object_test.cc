#include "core/object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/audio_sink.h"
#include "core/audio_source.h"
#include "core/engine.h"
#include "core/video_sink.h"
#include "core/video_source.h"
#include "loop.h"
#include "peer.h"

namespace pywebrtc {
namespace {

TEST(Object, IsCountedByKind) {
  EXPECT_THAT(LiveObjects(), testing::IsEmpty());
  Loop loop;
  auto peer = std::make_unique<Peer>(loop);
  auto channel = peer->CreateChannel("channel");
  auto source = VideoSource::Create(false).MoveValue();
  const std::map<std::string, int> expected{{"RTCPeerConnection", 1}, {"RTCDataChannel", 1}, {"VideoSource", 1}};
  EXPECT_EQ(LiveObjects(), expected);
  channel = nullptr;
  peer = nullptr;
  source = nullptr;
  EXPECT_THAT(LiveObjects(), testing::IsEmpty());
}

TEST(Object, IsDisposedOfAndDestroyedOnTheSignalingThread) {
  class Probe : public Object {
   public:
    explicit Probe(std::vector<std::thread::id>& seen) : Object("Probe"), seen_(seen) {}
    ~Probe() override { seen_.push_back(std::this_thread::get_id()); }

   private:
    void Dispose() override { seen_.push_back(std::this_thread::get_id()); }
    std::vector<std::thread::id>& seen_;
  };
  ASSERT_TRUE(Engine::Start().ok());
  std::thread::id signaling;
  Engine::CallOnSignaling([&] {
    signaling = std::this_thread::get_id();
    return webrtc::RTCError::OK();
  });
  std::vector<std::thread::id> seen;
  auto probe = MakeObject<Probe>(seen);
  EXPECT_EQ(LiveObjects()["Probe"], 1);
  std::thread([&] { probe = nullptr; }).join();
  Engine::Flush();
  EXPECT_EQ(seen, (std::vector<std::thread::id>{signaling, signaling}));
  EXPECT_NE(signaling, std::this_thread::get_id());
}

TEST(Object, IsLetGoOfOnAnyThreadInAnyOrder) {
  constexpr int kRounds = 20;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      auto mailbox = std::make_shared<Mailbox>();
      for (int round = 0; round < kRounds; ++round) {
        auto peer = PeerConnection::Create(mailbox, {}).MoveValue();
        auto channel = peer->CreateDataChannel("channel", {}).MoveValue();
        auto source = AudioSource::Create(48000, 2, 100).MoveValue();
        const AudioLine line(source, "track");
        auto track = line.track;
        auto sink = AudioSink::Create(mailbox, track, 4).MoveValue();
        auto transceiver = peer->AddTrack(track, {}).MoveValue().transceiver;
        channel->Send(webrtc::CopyOnWriteBuffer("x", 1), true);
        std::thread elsewhere([channel = std::move(channel), source = std::move(source)]() mutable {
          channel = nullptr;
          source = nullptr;
        });
        if (round % 2) {
          peer->Close();
        }
        peer = nullptr;
        elsewhere.join();
      }
      mailbox->Close();
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_THAT(LiveObjects(), testing::IsEmpty());
}

// A message that nobody reads holds an announced channel.
TEST(Object, InAMailboxGoesWithIt) {
  Loop loop;
  {
    Peer offerer(loop);
    auto unread = std::make_shared<Mailbox>();
    auto channel = offerer.CreateChannel("channel");
    {
      Peer answerer(loop);
      Connect(offerer, answerer);
      ASSERT_TRUE(loop.RunUntil([&] { return answerer.announced.size() == 1; }));
    }
  }
  loop.mailbox->Close();
  EXPECT_THAT(LiveObjects(), testing::IsEmpty());
}

}  // namespace
}  // namespace pywebrtc

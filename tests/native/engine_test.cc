// What starts or stops the engine for good runs in a process of its own: gtest's death tests.
#include "core/engine.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>
#include <thread>
#include <vector>

#include "core/audio_sink.h"
#include "core/audio_source.h"
#include "core/object.h"
#include "core/video_sink.h"
#include "core/video_source.h"
#include "peer.h"

namespace pywebrtc {
namespace {

using webrtc::RTCErrorType;

#define CHECK_IN_CHILD(condition)                 \
  do {                                            \
    if (!(condition)) {                           \
      std::cerr << "not so: " #condition << "\n"; \
      ::_exit(1);                                 \
    }                                             \
  } while (false)

#define EXPECT_CHILD_SUCCEEDS(function) EXPECT_EXIT((function(), ::_exit(0)), testing::ExitedWithCode(0), "")

class EngineDeathTest : public testing::Test {
 protected:
  // The child is started afresh, without the threads of this process.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

RTCErrorType Configure(EngineOptions options) {
  return Engine::Configure(std::move(options)).type();
}

EngineOptions With(int network_threads, const char* field_trials) {
  return {.network_threads = network_threads, .loopback = true, .field_trials = field_trials};
}

void ConfigureThenStart() {
  CHECK_IN_CHILD(Configure(With(-1, "")) == RTCErrorType::INVALID_RANGE);
  CHECK_IN_CHILD(Configure(With(65, "")) == RTCErrorType::INVALID_RANGE);
  CHECK_IN_CHILD(Configure(With(0, "oops")) == RTCErrorType::INVALID_PARAMETER);
  CHECK_IN_CHILD(Configure(With(3, "A/B/")) == RTCErrorType::NONE);
  CHECK_IN_CHILD(Engine::thread_count() == 0);
  CHECK_IN_CHILD(Engine::Start().ok());
  CHECK_IN_CHILD(Engine::Start().ok());
  CHECK_IN_CHILD(Engine::thread_count() == 3 + 5);
  CHECK_IN_CHILD(Configure({}) == RTCErrorType::INVALID_STATE);
  Engine::Shutdown();
}

TEST_F(EngineDeathTest, IsConfiguredBeforeItStarts) {
  EXPECT_CHILD_SUCCEEDS(ConfigureThenStart);
}

void ShutDownUnstarted() {
  Engine::Shutdown();
  Engine::Shutdown();
  CHECK_IN_CHILD(Engine::Start().type() == RTCErrorType::INVALID_STATE);
  CHECK_IN_CHILD(Configure({}) == RTCErrorType::INVALID_STATE);
  CHECK_IN_CHILD(Engine::thread_count() == 0);
  Engine::PostToSignaling([] { ::_exit(2); });
  Engine::Flush();
}

TEST_F(EngineDeathTest, MayBeShutDownUnstarted) {
  EXPECT_CHILD_SUCCEEDS(ShutDownUnstarted);
}

int Threads() {
  int threads = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    ++threads;
  }
  return threads;
}

void ShutDownWithObjects() {
  // A sanitizer's own thread comes with the first one.
  std::thread([] {}).join();
  const int threads_before = Threads();
  Loop loop;
  Peer offerer(loop), answerer(loop);
  auto channel = offerer.CreateChannel("channel");
  auto video = VideoSource::Create(false).MoveValue();
  auto audio = AudioSource::Create(48000, 1, 100).MoveValue();
  auto video_track = video->CreateTrack("video").MoveValue();
  const AudioLine microphone(audio, "audio");
  auto video_sink = VideoSink::Create(loop.mailbox, video_track, 4).MoveValue();
  auto audio_sink = AudioSink::Create(loop.mailbox, microphone.track, 4).MoveValue();
  auto line = offerer.native->AddTrack(video_track, {"stream"}).MoveValue();
  Connect(offerer, answerer);
  CHECK_IN_CHILD(LiveObjects()["RTCPeerConnection"] == 2);
  CHECK_IN_CHILD(Threads() > threads_before);

  Engine::Shutdown();
  Engine::Shutdown();
  CHECK_IN_CHILD(Engine::thread_count() == 0);
  CHECK_IN_CHILD(Threads() == threads_before);

  // Nothing hangs, nothing crashes, and what can say no says it.
  CHECK_IN_CHILD(Engine::CallOnSignaling([] { return webrtc::RTCError::OK(); }).type() == RTCErrorType::INVALID_STATE);
  CHECK_IN_CHILD(PeerConnection::Create(loop.mailbox, {}).error().type() == RTCErrorType::INVALID_STATE);
  CHECK_IN_CHILD(offerer.native->CreateDataChannel("late", {}).error().type() == RTCErrorType::INVALID_STATE);
  CHECK_IN_CHILD(VideoSource::Create(false).error().type() == RTCErrorType::INVALID_STATE);
  offerer.native->CreateOffer(1000, {});
  offerer.native->Close();
  channel->Send("late");
  channel->native->Close();
  video_track->SetEnabled(false);
  audio->Push(std::vector<int16_t>(480), {.sample_rate = 48000, .channels = 1});
  video_sink->Pop();
  Engine::Flush();
  LiveObjects();
}

// Without the child's own end: what is let go of after the shutdown is part of it.
TEST_F(EngineDeathTest, ShutdownDisposesOfEverything) {
  EXPECT_CHILD_SUCCEEDS(ShutDownWithObjects);
}

void ShutDownWhileOthersCall() {
  CHECK_IN_CHILD(Engine::Start().ok());
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      auto mailbox = std::make_shared<Mailbox>();
      while (true) {
        auto source = AudioSource::Create(48000, 1, 100);
        auto created = PeerConnection::Create(mailbox, {});
        if (!created.ok()) {
          CHECK_IN_CHILD(created.error().type() == RTCErrorType::INVALID_STATE);
          break;
        }
        created.value()->CreateDataChannel("channel", {});
        LiveObjects();
      }
      ++refused;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  Engine::Shutdown();
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK_IN_CHILD(refused == 4);
}

TEST_F(EngineDeathTest, ShutsDownWhileOthersCall) {
  EXPECT_CHILD_SUCCEEDS(ShutDownWhileOthersCall);
}

void ForkWithObjects() {
  Loop loop;
  auto connection = PeerConnection::Create(loop.mailbox, {}).MoveValue();
  CHECK_IN_CHILD(!Engine::forked());
  const pid_t child = ::fork();
  if (child == 0) {
    CHECK_IN_CHILD(Engine::forked());
    CHECK_IN_CHILD(Engine::Start().type() == RTCErrorType::INVALID_STATE);
    CHECK_IN_CHILD(PeerConnection::Create(loop.mailbox, {}).error().type() == RTCErrorType::INVALID_STATE);
    connection = nullptr;
    Engine::Flush();
    Engine::Shutdown();
    ::_exit(0);
  }
  int status = 0;
  CHECK_IN_CHILD(::waitpid(child, &status, 0) == child);
  CHECK_IN_CHILD(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK_IN_CHILD(connection->CreateDataChannel("the parent goes on", {}).ok());
  connection = nullptr;
  CHECK_IN_CHILD(LiveObjects().empty());
  Engine::Shutdown();
}

TEST_F(EngineDeathTest, AForkedChildGetsAnError) {
  EXPECT_CHILD_SUCCEEDS(ForkWithObjects);
}

TEST(Engine, CallsHappenInOrderAndGiveTheirError) {
  std::vector<int> order;
  ASSERT_TRUE(Engine::Start().ok());
  for (int i = 0; i < 100; ++i) {
    Engine::PostToSignaling([&order, i] { order.push_back(i); });
  }
  const webrtc::RTCError error = Engine::CallOnSignaling([&] {
    EXPECT_EQ(order.size(), 100u);
    return webrtc::RTCError::InvalidState("as expected");
  });
  EXPECT_EQ(error.type(), RTCErrorType::INVALID_STATE);
  EXPECT_STREQ(error.message(), "as expected");
}

TEST(Engine, LanesAreTakenInTurn) {
  ASSERT_TRUE(Engine::Start().ok());
  const int lanes = Engine::thread_count() - 5;
  Engine::CallOnSignaling([&] {
    std::vector<webrtc::Thread*> seen;
    for (int i = 0; i < 2 * lanes; ++i) {
      seen.push_back(Engine::NextLane().network);
    }
    for (int i = 0; i < lanes; ++i) {
      EXPECT_EQ(seen[static_cast<size_t>(i)], seen[static_cast<size_t>(i + lanes)]);
      EXPECT_TRUE(i == 0 || seen[static_cast<size_t>(i)] != seen[0]);
    }
    return webrtc::RTCError::OK();
  });
}

}  // namespace
}  // namespace pywebrtc

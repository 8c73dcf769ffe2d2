#include "core/log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "loop.h"

namespace pywebrtc {
namespace {

constexpr Key kTarget = 77;
constexpr size_t kCapacity = 4096;

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    webrtc::LogMessage::LogToDebug(webrtc::LS_NONE);
    TakeLog();
  }
  void TearDown() override {
    SetLog(nullptr, 0, webrtc::LS_NONE);
    TakeLog();
  }
  size_t Wakes() {
    size_t wakes = 0;
    for (const Event& event : mailbox->Drain(1 << 20)) {
      EXPECT_EQ(std::get<LogWaiting>(event).target, kTarget);
      ++wakes;
    }
    return wakes;
  }

  const std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
};

TEST_F(LogTest, LinesWaitBehindOneWake) {
  SetLog(mailbox, kTarget, webrtc::LS_WARNING);
  RTC_LOG(LS_INFO) << "below";
  EXPECT_EQ(Wakes(), 0u);
  RTC_LOG(LS_WARNING) << "first";
  RTC_LOG(LS_ERROR) << "second";
  EXPECT_EQ(Wakes(), 1u);
  LogBatch batch = TakeLog();
  ASSERT_EQ(batch.lines.size(), 2u);
  EXPECT_EQ(batch.dropped, 0u);
  EXPECT_EQ(batch.lines[0].severity, webrtc::LS_WARNING);
  EXPECT_NE(batch.lines[0].text.find("first"), std::string::npos);
  EXPECT_EQ(batch.lines[1].severity, webrtc::LS_ERROR);
  EXPECT_NE(batch.lines[1].text.find("second"), std::string::npos);
  RTC_LOG(LS_ERROR) << "third";
  EXPECT_EQ(Wakes(), 1u);
}

TEST_F(LogTest, TurnsOff) {
  SetLog(mailbox, kTarget, webrtc::LS_WARNING);
  SetLog(nullptr, 0, webrtc::LS_NONE);
  RTC_LOG(LS_ERROR) << "nobody";
  EXPECT_EQ(Wakes(), 0u);
  EXPECT_TRUE(TakeLog().lines.empty());
  EXPECT_EQ(mailbox.use_count(), 1);
}

TEST_F(LogTest, KeepsTheNewestAndCountsTheRest) {
  SetLog(mailbox, kTarget, webrtc::LS_WARNING);
  for (size_t i = 0; i < kCapacity + 100; ++i) {
    RTC_LOG(LS_WARNING) << "line " << i << ".";
  }
  EXPECT_EQ(Wakes(), 1u);
  LogBatch batch = TakeLog();
  EXPECT_EQ(batch.lines.size(), kCapacity);
  EXPECT_EQ(batch.dropped, 100u);
  EXPECT_NE(batch.lines.front().text.find("line 100."), std::string::npos);
  EXPECT_EQ(TakeLog().dropped, 0u);
}

// A loop that ended may have left lines behind: they do not keep the next one from waking.
TEST_F(LogTest, ANewMailboxHearsOfLinesThatWait) {
  SetLog(std::make_shared<Mailbox>(), 1, webrtc::LS_WARNING);
  RTC_LOG(LS_WARNING) << "left behind";
  SetLog(mailbox, kTarget, webrtc::LS_WARNING);
  EXPECT_EQ(Wakes(), 1u);
  EXPECT_EQ(TakeLog().lines.size(), 1u);
  RTC_LOG(LS_WARNING) << "next";
  EXPECT_EQ(Wakes(), 1u);
}

TEST_F(LogTest, SeveralThreadsLogWhileOthersTakeAndTurn) {
  constexpr int kThreads = 4;
  constexpr int kLines = 2000;
  SetLog(mailbox, kTarget, webrtc::LS_WARNING);
  std::atomic<bool> stop{false};
  uint64_t taken = 0;
  std::thread taker([&] {
    while (!stop) {
      LogBatch batch = TakeLog();
      taken += batch.lines.size() + batch.dropped;
    }
  });
  std::vector<std::thread> loggers;
  for (int t = 0; t < kThreads; ++t) {
    loggers.emplace_back([] {
      for (int i = 0; i < kLines; ++i) {
        RTC_LOG(LS_WARNING) << i;
      }
    });
  }
  for (std::thread& logger : loggers) {
    logger.join();
  }
  stop = true;
  taker.join();
  LogBatch rest = TakeLog();
  EXPECT_EQ(taken + rest.lines.size() + rest.dropped, static_cast<uint64_t>(kThreads * kLines));
}

// Two loops in two threads: libwebrtc's list of sinks must not hold ours twice.
TEST_F(LogTest, SeveralThreadsTurnItOn) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        SetLog(mailbox, kTarget, webrtc::LS_WARNING);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  TakeLog();
  RTC_LOG(LS_WARNING) << "once";
  EXPECT_EQ(TakeLog().lines.size(), 1u);
}

}  // namespace
}  // namespace pywebrtc

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "core/frame_ring.h"

namespace pywebrtc {
namespace {

TEST(FrameRing, IsFirstInFirstOut) {
  FrameRing<int> ring(3);
  EXPECT_FALSE(ring.Pop());
  EXPECT_TRUE(ring.Push(1));
  EXPECT_FALSE(ring.Push(2));
  EXPECT_EQ(ring.Pop(), 1);
  EXPECT_EQ(ring.Pop(), 2);
  EXPECT_FALSE(ring.Pop());
  EXPECT_TRUE(ring.Push(3)) << "it was empty again";
  EXPECT_EQ(ring.dropped(), 0u);
}

TEST(FrameRing, DropsTheOldestAndCounts) {
  FrameRing<int> ring(3);
  for (int i = 0; i < 10; ++i) {
    ring.Push(i);
  }
  EXPECT_EQ(ring.dropped(), 7u);
  for (int expected : {7, 8, 9}) {
    EXPECT_EQ(ring.Pop(), expected);
  }
  EXPECT_FALSE(ring.Pop());
}

TEST(FrameRing, DropsTheNewestWhereThatIsWanted) {
  FrameRing<int> ring(2, Drop::kNewest);
  EXPECT_TRUE(ring.empty());
  EXPECT_TRUE(ring.Push(1));
  for (int i = 2; i < 10; ++i) {
    EXPECT_FALSE(ring.Push(i));
  }
  EXPECT_FALSE(ring.empty());
  EXPECT_EQ(ring.dropped(), 7u);
  EXPECT_EQ(ring.Pop(), 1);
  EXPECT_EQ(ring.Pop(), 2);
  EXPECT_FALSE(ring.Pop());
}

// Else a sink of one frame would flood its mailbox.
TEST(FrameRing, OfOneFrameTurnsNonEmptyOnce) {
  FrameRing<int> ring(1);
  EXPECT_TRUE(ring.Push(1));
  EXPECT_FALSE(ring.Push(2));
  EXPECT_FALSE(ring.Push(3));
  EXPECT_EQ(ring.Pop(), 3);
  EXPECT_TRUE(ring.Push(4));
  EXPECT_EQ(ring.dropped(), 2u);
}

TEST(FrameRing, LetsGoOfTheDroppedAtOnce) {
  FrameRing<std::shared_ptr<int>> ring(1);
  auto frame = std::make_shared<int>(1);
  std::weak_ptr<int> watched = frame;
  ring.Push(std::move(frame));
  EXPECT_FALSE(watched.expired());
  ring.Push(std::make_shared<int>(2));
  EXPECT_TRUE(watched.expired());
}

TEST(FrameRing, EveryFrameIsPoppedOrCounted) {
  constexpr int kFrames = 100000;
  FrameRing<std::unique_ptr<int>> ring(8);
  std::atomic<bool> done{false};
  std::thread producer([&] {
    for (int i = 0; i < kFrames; ++i) {
      ring.Push(std::make_unique<int>(i));
    }
    done = true;
  });
  uint64_t popped = 0;
  int last = -1;
  while (true) {
    const bool ended = done;
    if (auto frame = ring.Pop()) {
      EXPECT_GT(**frame, last);
      last = **frame;
      ++popped;
    } else if (ended) {
      break;
    }
  }
  producer.join();
  EXPECT_EQ(popped + ring.dropped(), static_cast<uint64_t>(kFrames));
  EXPECT_EQ(last, kFrames - 1);
}

}  // namespace
}  // namespace pywebrtc

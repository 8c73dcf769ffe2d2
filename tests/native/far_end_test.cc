#include "core/far_end.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pywebrtc {
namespace {

using testing::ElementsAre;

class Ear : public FarEnd::Listener {
 public:
  std::vector<int16_t> heard;

 private:
  void OnFarEnd(std::span<const int16_t> block) override {
    EXPECT_EQ(block.size(), kFarEndBlock);
    heard.push_back(block.front());
  }
};

std::vector<int16_t> Block(int16_t value) {
  return std::vector<int16_t>(kFarEndBlock, value);
}

TEST(FarEnd, IsTheSumOfAllThatPlay) {
  FarEnd far_end;
  Ear ear;
  far_end.AddListener(&ear);
  far_end.AddListener(&ear);
  const int a = 0, b = 0, unknown = 0;
  far_end.AddPlayer(&a, FarEnd::Kind::kReceived);
  far_end.AddPlayer(&b, FarEnd::Kind::kReceived);
  far_end.Play(&b, Block(5));
  far_end.Play(&unknown, Block(1000));
  far_end.Play(&a, Block(1));
  far_end.Play(&a, Block(2));
  EXPECT_THAT(ear.heard, ElementsAre(6, 2)) << "the first gives the beat, and waits for nobody";
  far_end.Play(&b, Block(30000));
  far_end.Play(&a, Block(30000));
  EXPECT_EQ(ear.heard.back(), 32767);
  far_end.RemoveListener(&ear);
  far_end.Play(&a, Block(3));
  EXPECT_EQ(ear.heard.size(), 3u);
}

TEST(FarEnd, IsWhatALoudspeakerPlaysWhereThereIsOne) {
  FarEnd far_end;
  Ear ear;
  far_end.AddListener(&ear);
  const int received = 0, loudspeaker = 0;
  far_end.AddPlayer(&received, FarEnd::Kind::kReceived);
  far_end.Play(&received, Block(1));
  far_end.AddPlayer(&loudspeaker, FarEnd::Kind::kLoudspeaker);
  far_end.Play(&received, Block(2));
  far_end.Play(&loudspeaker, Block(3));
  far_end.RemovePlayer(&loudspeaker);
  far_end.Play(&received, Block(4));
  EXPECT_THAT(ear.heard, ElementsAre(1, 3, 4));
}

TEST(FarEnd, ForgetsWhatIsTooLate) {
  FarEnd far_end;
  Ear ear;
  far_end.AddListener(&ear);
  const int fast = 0, beat = 0;
  far_end.AddPlayer(&beat, FarEnd::Kind::kReceived);
  far_end.AddPlayer(&fast, FarEnd::Kind::kReceived);
  for (int16_t i = 0; i < 11; ++i) {
    far_end.Play(&fast, Block(static_cast<int16_t>(100 + i)));
  }
  far_end.Play(&beat, Block(0));
  far_end.Play(&beat, Block(0));
  EXPECT_THAT(ear.heard, ElementsAre(110, 0));
}

// Devices, the clock and Python's threads meet here.
TEST(FarEnd, IsUsedOnAnyThread) {
  FarEnd far_end;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  std::vector<int> keys(2);
  for (const int& key : keys) {
    threads.emplace_back([&] {
      while (!stop) {
        far_end.AddPlayer(&key, FarEnd::Kind::kLoudspeaker);
        far_end.Play(&key, Block(1));
        far_end.RemovePlayer(&key);
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    Ear ear;
    far_end.AddListener(&ear);
    far_end.RemoveListener(&ear);
  }
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace pywebrtc

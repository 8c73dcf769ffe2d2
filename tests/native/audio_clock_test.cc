#include "core/audio_clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "api/environment/environment_factory.h"

namespace pywebrtc {
namespace {

using std::chrono::milliseconds;

class Counter final : public AudioClock::Listener {
 public:
  void OnTick() override {
    inside = true;
    std::this_thread::sleep_for(work.load());
    ++ticks;
    inside = false;
  }

  bool Reaches(int count) const {
    for (int i = 0; i < 2000 && ticks < count; ++i) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    return ticks >= count;
  }

  std::atomic<milliseconds> work{milliseconds(0)};
  std::atomic<int> ticks{0};
  std::atomic<bool> inside{false};
};

TEST(AudioClock, TicksWhileSomebodyListens) {
  AudioClock clock(webrtc::CreateEnvironment());
  Counter first, second;
  clock.Add(&first);
  clock.Add(&first);  // idempotent
  EXPECT_TRUE(first.Reaches(3));
  clock.Add(&second);
  EXPECT_TRUE(second.Reaches(3));
  clock.Remove(&first);
  clock.Remove(&second);
  const int ticks = first.ticks;
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(first.ticks, ticks);
  // It starts again.
  clock.Add(&first);
  EXPECT_TRUE(first.Reaches(ticks + 3));
  clock.Remove(&first);
}

TEST(AudioClock, KeepsItsRate) {
  AudioClock clock(webrtc::CreateEnvironment());
  Counter counter;
  const auto start = std::chrono::steady_clock::now();
  // Each comes while the tick that stops the clock may be on its way.
  for (int i = 0; i < 100; ++i) {
    clock.Add(&counter);
    clock.Remove(&counter);
  }
  clock.Add(&counter);
  EXPECT_TRUE(counter.Reaches(100));
  clock.Remove(&counter);
  const auto elapsed = std::chrono::steady_clock::now() - start;
  // Not twice the rate; how late a loaded machine is says nothing. Ticks that were missed are caught up.
  EXPECT_GT(elapsed, milliseconds(700));
}

// Else a process that was stopped for a minute would play six thousand ticks at once.
TEST(AudioClock, LeavesOutWhatALongStallMissed) {
  AudioClock clock(webrtc::CreateEnvironment());
  Counter counter;
  counter.work = milliseconds(1000);
  clock.Add(&counter);
  EXPECT_TRUE(counter.Reaches(1));
  counter.work = milliseconds(0);
  const auto resumed = std::chrono::steady_clock::now();
  EXPECT_TRUE(counter.Reaches(10));
  std::this_thread::sleep_for(milliseconds(50));
  const int ticks = counter.ticks;
  const auto elapsed = std::chrono::steady_clock::now() - resumed;
  clock.Remove(&counter);
  // One more stall may be under way, and a fifth of a second is caught up after each.
  EXPECT_LE(ticks, elapsed / milliseconds(10) + 45);
}

TEST(AudioClock, RemoveWaitsForTheTickUnderWay) {
  AudioClock clock(webrtc::CreateEnvironment());
  for (int i = 0; i < 20; ++i) {
    auto counter = std::make_unique<Counter>();
    counter->work = milliseconds(3);
    clock.Add(counter.get());
    while (!counter->inside) {
      std::this_thread::yield();
    }
    clock.Remove(counter.get());
    EXPECT_FALSE(counter->inside);
  }
}

TEST(AudioClock, NoTickComesAfterStop) {
  AudioClock clock(webrtc::CreateEnvironment());
  Counter counter;
  clock.Add(&counter);
  EXPECT_TRUE(counter.Reaches(1));
  clock.Stop();
  const int ticks = counter.ticks;
  Counter late;
  clock.Add(&late);
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(counter.ticks, ticks);
  EXPECT_EQ(late.ticks, 0);
  clock.Remove(&counter);
  clock.Remove(&late);
  clock.Stop();
}

TEST(AudioClock, StopsWhileOthersComeAndGo) {
  AudioClock clock(webrtc::CreateEnvironment());
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      Counter counter;
      while (!stop) {
        clock.Add(&counter);
        std::this_thread::yield();
        clock.Remove(&counter);
      }
    });
  }
  std::this_thread::sleep_for(milliseconds(100));
  clock.Stop();
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace pywebrtc

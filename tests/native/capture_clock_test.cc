#include "core/capture_clock.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <optional>

namespace pywebrtc {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kNow = 5000 * kSecond;

TEST(CaptureClock, NowIsNow) {
  CaptureClock clock;
  EXPECT_EQ(clock.Translate(std::nullopt, kNow), kNow);
  EXPECT_EQ(clock.Translate(std::nullopt, kNow + 10), kNow + 10);
}

TEST(CaptureClock, BelievesLibwebrtcsClock) {
  CaptureClock clock;
  for (int i = 0; i < 100; ++i) {
    const int64_t taken = kNow + i * 33333;
    EXPECT_EQ(clock.Translate(taken, taken + 40000), taken) << "40 ms on the way";
  }
}

TEST(CaptureClock, NothingIsInTheFuture) {
  CaptureClock clock;
  EXPECT_EQ(clock.Translate(kNow + kSecond, kNow), kNow);
  EXPECT_LE(clock.Translate(kNow + 100 * kSecond, kNow + 1000), kNow + 1000);
}

TEST(CaptureClock, APictureThatRepeatsIsShownNow) {
  CaptureClock clock;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(clock.Translate(kNow, kNow + i * kSecond), kNow + i * kSecond);
  }
}

TEST(CaptureClock, StepsOfAnotherClockAreKept) {
  for (const int64_t origin : {int64_t{0}, 1'700'000'000 * kSecond, -300 * kSecond}) {
    CaptureClock clock;
    int64_t last = 0;
    for (int i = 0; i < 300; ++i) {
      // Even steps, given between 0 and 10 ms late.
      const int64_t now = kNow + i * 40000 + i * 7919 % 10000;
      const int64_t time = clock.Translate(origin + i * 40000, now);
      EXPECT_LE(time, now);
      EXPECT_GT(time, last);
      if (i > 250) {
        EXPECT_LT(std::abs(time - last - 40000), 1000) << "the filter has settled";
      }
      last = time;
    }
  }
}

TEST(CaptureClock, AClockThatDriftsIsFollowed) {
  CaptureClock clock;
  int64_t last = 0;
  for (int i = 0; i < 30000; ++i) {
    // 0.1 % too quick, for a quarter of an hour.
    const int64_t now = kNow + i * 33333LL;
    const int64_t time = clock.Translate(i * 33366LL, now);
    EXPECT_LE(time, now);
    EXPECT_GT(time, now - kSecond / 2);
    EXPECT_GT(time, last);
    last = time;
  }
}

TEST(CaptureClock, AJumpFindsANewOffset) {
  CaptureClock clock;
  int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const int64_t given = i < 50 ? i * 40000 : 9 * 3600 * kSecond - i * kSecond / 2 + i * 40000;
    const int64_t now = kNow + i * 40000;
    const int64_t time = clock.Translate(given, now);
    EXPECT_LE(time, now);
    EXPECT_GT(time, now - kSecond / 2);
    EXPECT_GT(time, last);
    last = time;
  }
}

TEST(CaptureClock, GoesBackForNobody) {
  CaptureClock clock;
  EXPECT_EQ(clock.Translate(kNow - 10, kNow), kNow - 10);
  EXPECT_EQ(clock.Translate(kNow - kSecond, kNow + 40000), kNow + 40000);
  EXPECT_EQ(clock.Translate(kNow - kSecond + 40000, kNow + 80000), kNow + 80000);
}

}  // namespace
}  // namespace pywebrtc

#include "core/sound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace pywebrtc {
namespace {

std::vector<float> Tone(int rate, size_t length, size_t channels) {
  std::vector<float> samples;
  for (size_t i = 0; i < length; ++i) {
    const auto t = static_cast<double>(i) / rate;
    samples.insert(samples.end(), channels, static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * 440 * t)));
  }
  return samples;
}

TEST(Sound, LengthsAreRounded) {
  EXPECT_EQ(LengthAt(48000, 441, 44100), 480u);
  EXPECT_EQ(LengthAt(44100, 480, 48000), 441u);
  EXPECT_EQ(LengthAt(16000, 1, 48000), 0u);
  EXPECT_EQ(LengthAt(16000, 2, 48000), 1u);
}

// The target is exactly as long as it needs to be: AddressSanitizer sees what is beyond.
TEST(Sound, AnyRateToAnyRate) {
  for (int from : {8000, 11025, 44100, 48000}) {
    for (int to : {8000, 12345, 44100, 47999, 96000}) {
      for (size_t channels : {1u, 2u, 24u}) {
        const size_t length = static_cast<size_t>(from) / 20;
        const std::vector<float> source = Tone(from, length, channels);
        const std::vector<float> expected = Tone(to, LengthAt(to, length, from), channels);
        std::vector<float> target(expected.size());
        ConvertSound(source, {from, channels}, target, {to, channels});
        for (size_t i = 0; i < target.size(); ++i) {
          ASSERT_NEAR(target[i], expected[i], 0.03) << i << " of " << target.size() << " from " << from << " to " << to;
        }
      }
    }
  }
}

TEST(Sound, AnyNumberOfSpeakersToAnyOther) {
  for (size_t from = 1; from <= kMaxSpeakers; ++from) {
    for (size_t to = 1; to <= kMaxSpeakers; ++to) {
      const std::vector<float> source(from * 10, 0.25F);
      std::vector<float> target(to * 10);
      ConvertSound(source, {48000, from}, target, {48000, to});
      float loudest = 0;
      for (float sample : target) {
        ASSERT_GE(sample, 0.0F);
        loudest = std::max(loudest, sample);
      }
      EXPECT_GT(loudest, 0.1F) << from << " to " << to;
    }
  }
}

TEST(Sound, WhatIsBeyondFullScaleIsCut) {
  const std::vector<float> source{0, 0.5F, 1, 2, -1, -2, 1e30F};
  std::vector<int16_t> target(source.size());
  ToInt16(source, target);
  EXPECT_EQ(target, (std::vector<int16_t>{0, 16384, 32767, 32767, -32768, -32768, 32767}));
  std::vector<float> back(target.size());
  ToFloat(target, back);
  EXPECT_EQ(back[1], 0.5F);
  EXPECT_EQ(back[4], -1.0F);
}

}  // namespace
}  // namespace pywebrtc

#include "core/resampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace pywebrtc {
namespace {

std::vector<int16_t> Tone(double frequency, AudioFormat format, int samples) {
  std::vector<int16_t> tone;
  for (int i = 0; i < samples; ++i) {
    const double angle = 2 * std::numbers::pi * frequency * i / format.sample_rate;
    tone.insert(tone.end(), format.channels, static_cast<int16_t>(10000 * std::sin(angle)));
  }
  return tone;
}

TEST(Resampler, PassesOnWhatFits) {
  Resampler resampler({.sample_rate = 48000, .channels = 2}, {.sample_rate = 48000, .channels = 2});
  std::vector<int16_t> out{7};
  resampler.Process(std::vector<int16_t>{1, 2, 3, 4}, out);
  EXPECT_EQ(out, (std::vector<int16_t>{7, 1, 2, 3, 4}));
  EXPECT_EQ(resampler.pending(), 0u);
  resampler.Flush(out);
  EXPECT_EQ(out.size(), 5u);
}

TEST(Resampler, WhereTheStreamIsCutMakesNoDifference) {
  const AudioFormat from{.sample_rate = 44100, .channels = 2};
  const AudioFormat to{.sample_rate = 48000, .channels = 1};
  const std::vector<int16_t> tone = Tone(700, from, 4410);
  std::vector<int16_t> whole;
  Resampler(from, to).Process(tone, whole);
  EXPECT_EQ(whole.size(), 4800u);
  Resampler resampler(from, to);
  std::vector<int16_t> pieces;
  std::span<const int16_t> rest(tone);
  for (size_t size = 2; !rest.empty(); size = size * 3 % 1000 + 2) {
    const size_t part = std::min(size / 2 * 2, rest.size());
    resampler.Process(rest.first(part), pieces);
    rest = rest.subspan(part);
  }
  EXPECT_EQ(pieces, whole);
}

TEST(Resampler, WhatFillsNoBlockWaits) {
  // 20 ms are the least that is a whole number of samples of 22050 Hz.
  Resampler resampler({.sample_rate = 22050, .channels = 1}, {.sample_rate = 48000, .channels = 1});
  std::vector<int16_t> out;
  resampler.Process(Tone(100, {.sample_rate = 22050, .channels = 1}, 440), out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(resampler.pending(), 440u);
  resampler.Flush(out);
  EXPECT_EQ(out.size(), 960u);
  EXPECT_EQ(resampler.pending(), 0u);
}

TEST(Resampler, EveryPairOfFormatsGivesWhatItShould) {
  for (const int from_rate : {4000, 8000, 11025, 12345, 44100, 48000, 192000, 384000}) {
    for (const int to_rate : {4000, 16000, 44100, 48000, 384000}) {
      for (size_t from_channels = 1; from_channels <= kMaxChannels; ++from_channels) {
        for (size_t to_channels = 1; to_channels <= kMaxChannels; ++to_channels) {
          const AudioFormat from{.sample_rate = from_rate, .channels = from_channels};
          Resampler resampler(from, {.sample_rate = to_rate, .channels = to_channels});
          std::vector<int16_t> out;
          resampler.Process(std::vector<int16_t>(static_cast<size_t>(from_rate) * from_channels), out);
          EXPECT_EQ(out.size(), static_cast<size_t>(to_rate) * to_channels);
        }
      }
    }
  }
}

TEST(Resampler, MixesChannels) {
  std::vector<int16_t> out;
  const std::vector<int16_t> left{1000, 0, 2000, 0};
  Resampler({.sample_rate = 8000, .channels = 2}, {.sample_rate = 8000, .channels = 1}).Process(left, out);
  EXPECT_EQ(out, (std::vector<int16_t>{500, 1000}));
  out.clear();
  const std::vector<int16_t> mono{3, -4};
  Resampler({.sample_rate = 8000, .channels = 1}, {.sample_rate = 8000, .channels = 2}).Process(mono, out);
  EXPECT_EQ(out, (std::vector<int16_t>{3, 3, -4, -4}));
}

}  // namespace
}  // namespace pywebrtc

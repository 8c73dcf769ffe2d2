#include "core/audio_converter.h"

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

TEST(AudioConverter, PassesOnWhatFits) {
  AudioConverter converter({.sample_rate = 48000, .channels = 2}, {.sample_rate = 48000, .channels = 2});
  std::vector<int16_t> out{7};
  converter.Process(std::vector<int16_t>{1, 2, 3, 4}, out);
  EXPECT_EQ(out, (std::vector<int16_t>{7, 1, 2, 3, 4}));
  EXPECT_EQ(converter.waiting(), 0u);
  converter.Flush(out);
  EXPECT_EQ(out.size(), 5u);
}

TEST(AudioConverter, WhereTheStreamIsCutMakesNoDifference) {
  const AudioFormat from{.sample_rate = 44100, .channels = 2};
  const AudioFormat to{.sample_rate = 48000, .channels = 1};
  const std::vector<int16_t> tone = Tone(700, from, 4410);
  std::vector<int16_t> whole;
  AudioConverter(from, to).Process(tone, whole);
  EXPECT_EQ(whole.size(), 4800u);
  AudioConverter converter(from, to);
  std::vector<int16_t> pieces;
  std::span<const int16_t> rest(tone);
  for (size_t size = 2; !rest.empty(); size = size * 3 % 1000 + 2) {
    const size_t part = std::min(size / 2 * 2, rest.size());
    converter.Process(rest.first(part), pieces);
    rest = rest.subspan(part);
  }
  EXPECT_EQ(pieces, whole);
}

TEST(AudioConverter, WhatFillsNoBlockWaits) {
  const AudioFormat from{.sample_rate = 22050, .channels = 1};
  AudioConverter converter(from, {.sample_rate = 48000, .channels = 1});
  std::vector<int16_t> out;
  converter.Process(Tone(100, from, 100), out);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(converter.waiting(), 100u);
  converter.Flush(out);
  EXPECT_GE(out.size(), 217u);
  EXPECT_EQ(converter.waiting(), 0u);
}

TEST(AudioConverter, EveryPairOfFormatsGivesWhatItShould) {
  for (const int from_rate : {4000, 8000, 11020, 12340, 44100, 48000, 192000, 384000}) {
    for (const int to_rate : {4000, 16000, 44100, 48000, 384000}) {
      for (size_t from_channels = 1; from_channels <= kMaxChannels; ++from_channels) {
        for (size_t to_channels = 1; to_channels <= kMaxChannels; to_channels += to_channels) {
          const AudioFormat from{.sample_rate = from_rate, .channels = from_channels};
          const AudioFormat to{.sample_rate = to_rate, .channels = to_channels};
          EXPECT_TRUE(IsConvertible(from));
          AudioConverter converter(from, to);
          std::vector<int16_t> out;
          converter.Process(std::vector<int16_t>(static_cast<size_t>(from_rate / 10) * from_channels), out);
          EXPECT_LE(out.size(), static_cast<size_t>(to_rate / 10) * to_channels);
          converter.Flush(out);
          EXPECT_GE(out.size(), static_cast<size_t>(to_rate / 10) * to_channels);
          EXPECT_EQ(out.size() % to_channels, 0u);
        }
      }
    }
  }
}

TEST(AudioConverter, FormatsThatItDoesNotTake) {
  EXPECT_FALSE(IsConvertible({.sample_rate = 3990, .channels = 1}));
  EXPECT_FALSE(IsConvertible({.sample_rate = 384010, .channels = 1}));
  EXPECT_FALSE(IsConvertible({.sample_rate = 12345, .channels = 1}));
  EXPECT_FALSE(IsConvertible({.sample_rate = 48000, .channels = 0}));
  EXPECT_FALSE(IsConvertible({.sample_rate = 48000, .channels = 9}));
}

TEST(AudioConverter, MixesChannels) {
  std::vector<int16_t> out;
  const std::vector<int16_t> left{1000, 0, 2000, 0};
  AudioConverter({.sample_rate = 8000, .channels = 2}, {.sample_rate = 8000, .channels = 1}).Process(left, out);
  EXPECT_EQ(out, (std::vector<int16_t>{500, 1000}));
  out.clear();
  const std::vector<int16_t> mono{3, -4};
  AudioConverter({.sample_rate = 8000, .channels = 1}, {.sample_rate = 8000, .channels = 2}).Process(mono, out);
  EXPECT_EQ(out, (std::vector<int16_t>{3, 3, -4, -4}));
}

}  // namespace
}  // namespace pywebrtc

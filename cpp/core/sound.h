// Sound converted between rates and numbers of channels, by libwebrtc's resampler and mixing matrices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pywebrtc {

struct SoundFormat {
  int sample_rate;
  size_t channels;
};

// Up to eight channels have the speakers that libwebrtc guesses for their number; more are mixed to or from one only.
constexpr size_t kMaxSpeakers = 8;

// Samples of one channel that a piece of sound has at another rate.
size_t LengthAt(int to_rate, size_t length, int from_rate);

// One piece of sound by itself, interleaved, from -1 to 1 in float. What is before and after it is not known and
// goes on from its ends, so a long piece is better than many short ones. `target` has LengthAt() samples of each
// channel.
void ConvertSound(std::span<const float> source, SoundFormat from, std::span<float> target, SoundFormat to);

// Between int16 and float, as everywhere in libwebrtc: 32768 is 1, what is beyond is the greatest or least.
void ToFloat(std::span<const int16_t> source, std::span<float> target);
void ToInt16(std::span<const float> source, std::span<int16_t> target);

}  // namespace pywebrtc

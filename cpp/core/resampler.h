// Brings a stream of samples to another rate and another number of channels, wherever the stream is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "api/audio/audio_frame.h"
#include "audio/utility/channel_mixer.h"
#include "common_audio/resampler/include/push_resampler.h"

namespace pywebrtc {

struct AudioFormat {
  int sample_rate;
  size_t channels;

  bool operator==(const AudioFormat&) const = default;
};

// What resamplers take: libwebrtc knows the layout of so many channels.
constexpr int kMinSampleRate = 4000;
constexpr int kMaxSampleRate = 384000;
constexpr size_t kMaxChannels = 8;

// libwebrtc's sinc filter and channel matrix. Both formats are within the limits above.
class Resampler {
 public:
  Resampler(AudioFormat from, AudioFormat to);
  ~Resampler();

  const AudioFormat& from() const { return from_; }

  // Appends to `out` what the samples, interleaved, become. What does not fill a block waits for more:
  // 10 ms, or as many more as make whole numbers of samples of both rates.
  void Process(std::span<const int16_t> samples, std::vector<int16_t>& out);
  // Fills the block that has begun with silence.
  void Flush(std::vector<int16_t>& out);
  // Samples of one channel that wait, at the rate that they came in.
  size_t pending() const { return pending_.size() / from_.channels; }

 private:
  // Each appends to `out`.
  void Convert(std::span<const int16_t> block, std::vector<int16_t>& out);
  void Resample(std::span<const int16_t> block, std::vector<int16_t>& out);
  void Remix(std::span<const int16_t> samples, std::vector<int16_t>& out);

  const AudioFormat from_;
  const AudioFormat to_;
  // Samples of one channel in a block.
  const size_t block_in_;
  const size_t block_out_;
  std::vector<int16_t> pending_;
  // Each where it has something to do.
  std::unique_ptr<webrtc::PushResampler<int16_t>> resampler_;
  std::unique_ptr<webrtc::ChannelMixer> mixer_;
  // What the mixer works in: 15 kB.
  std::unique_ptr<webrtc::AudioFrame> frame_;
  std::vector<int16_t> between_;
};

}  // namespace pywebrtc

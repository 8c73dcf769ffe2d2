// Brings a stream of samples to another rate and another number of channels, wherever the stream is cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "api/audio/audio_frame.h"
#include "audio/utility/channel_mixer.h"
#include "core/audio_format.h"
#include "core/audio_resampler.h"

namespace pywebrtc {

// libwebrtc knows the layout of so many channels.
constexpr size_t kMaxChannels = 8;

// Whether an AudioConverter takes it. Rates are multiples of 10, so that any two have short blocks in common.
bool IsConvertible(const AudioFormat& format);

// AudioResampler, and libwebrtc's channel matrix.
class AudioConverter {
 public:
  AudioConverter(AudioFormat from, AudioFormat to);
  ~AudioConverter();

  const AudioFormat& from() const { return from_; }

  // Appends to `out` what the samples, interleaved, become by now.
  void Process(std::span<const int16_t> samples, std::vector<int16_t>& out);
  // Appends the rest; after it a new stream begins.
  void Flush(std::vector<int16_t>& out);
  // Samples of one channel that were given, and did not come out yet.
  size_t waiting();

 private:
  // Each appends to `out`. MixUp is for what was resampled, or needs no resampling.
  void Remix(std::span<const int16_t> samples, std::vector<int16_t>& out);
  void MixUp(std::span<const int16_t> samples, std::vector<int16_t>& out);

  const AudioFormat from_;
  const AudioFormat to_;
  // Each where it has something to do.
  std::unique_ptr<AudioResampler> resampler_;
  std::unique_ptr<webrtc::ChannelMixer> mixer_;
  // What the mixer works in: 15 kB.
  std::unique_ptr<webrtc::AudioFrame> frame_;
};

}  // namespace pywebrtc

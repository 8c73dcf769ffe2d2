// libwebrtc's audio processing of one captured stream: echo, noise, gain, voice.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "api/audio/audio_processing.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "common_audio/channel_buffer.h"
#include "core/audio_format.h"
#include "core/audio_samples.h"
#include "core/voice_detector.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// AGC2, in dB and dBFS; the numbers are libwebrtc's own.
struct GainControl {
  bool adaptive = true;
  float headroom = 5;
  float max_gain = 50;
  float initial_gain = 15;
  float max_gain_change = 6;
  float max_noise_level = -50;
  float fixed_gain = 0;
};

// AGC1, which has no network that tells speech from noise.
struct LegacyGainControl {
  bool adaptive = true;
  int target_level = 3;
  int compression_gain = 9;
  bool limiter = true;
};

using NoiseSuppressionLevel = webrtc::AudioProcessing::Config::NoiseSuppression::Level;

// What is done to a stream, all of it or some.
struct ProcessingOptions {
  bool echo_cancellation = false;
  std::optional<NoiseSuppressionLevel> noise_suppression = std::nullopt;
  bool high_pass_filter = false;
  std::optional<GainControl> gain_control = std::nullopt;
  std::optional<LegacyGainControl> legacy_gain_control = std::nullopt;
  bool voice_detection = false;
};

// Streams are cut in blocks of 10 ms: rates are multiples of 100, from 8000 to 384000; 1 to 8 channels.
class AudioProcessor {
 public:
  // Of the last block.
  struct Statistics {
    std::optional<double> echo_return_loss;
    std::optional<double> echo_return_loss_enhancement;
    std::optional<double> divergent_filter_fraction;
    std::optional<int> delay_ms;
    std::optional<float> voice_probability;
  };

  AudioProcessor(const AudioFormat& near, const AudioFormat& far, const ProcessingOptions& options);

  // Any thread. The near end comes out processed, as many whole blocks as there are; the rest waits. What
  // `far` has was played, or is about to be, while `near` was recorded.
  webrtc::RTCErrorOr<Samples> Process(const SamplesView& near, const std::optional<SamplesView>& far);
  // Any thread, also beside Process() without a far end: a loudspeaker's is not that of a microphone.
  webrtc::RTCError ProcessFar(const SamplesView& far);
  // What waits of the near end, filled up with silence for the filters and cut off again; of the kind of `like`.
  Samples Flush(const SamplesView& like);
  // As if nothing had been processed.
  void Reset();

  void set_delay_ms(int delay_ms);
  Statistics statistics() const;
  size_t channels() const { return near_format_.num_channels(); }
  size_t far_channels() const { return far_format_.num_channels(); }

 private:
  void ProcessNearBlock(std::vector<float>& processed) RTC_EXCLUSIVE_LOCKS_REQUIRED(near_mutex_);
  void ProcessFarBlock() RTC_EXCLUSIVE_LOCKS_REQUIRED(far_mutex_);

  const webrtc::StreamConfig near_format_;
  const webrtc::StreamConfig far_format_;
  const bool voice_detection_;
  const webrtc::scoped_refptr<webrtc::AudioProcessing> native_;

  mutable webrtc::Mutex near_mutex_ RTC_ACQUIRED_BEFORE(far_mutex_);
  SampleBlocks near_ RTC_GUARDED_BY(near_mutex_);
  webrtc::ChannelBuffer<float> near_channels_ RTC_GUARDED_BY(near_mutex_);
  int delay_ms_ RTC_GUARDED_BY(near_mutex_) = 0;
  std::unique_ptr<VoiceDetector> voice_detector_ RTC_GUARDED_BY(near_mutex_);
  webrtc::AudioProcessingStats statistics_ RTC_GUARDED_BY(near_mutex_);
  std::optional<float> voice_probability_ RTC_GUARDED_BY(near_mutex_);

  webrtc::Mutex far_mutex_;
  SampleBlocks far_ RTC_GUARDED_BY(far_mutex_);
  webrtc::ChannelBuffer<float> far_channels_ RTC_GUARDED_BY(far_mutex_);
};

}  // namespace pywebrtc

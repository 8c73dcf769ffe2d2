// How likely it is that somebody speaks: libwebrtc's two detectors.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "api/rtc_error.h"
#include "common_audio/resampler/include/push_resampler.h"
#include "common_audio/vad/include/vad.h"
#include "core/audio_samples.h"
#include "modules/audio_processing/agc2/vad_wrapper.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class VoiceDetector {
 public:
  // Rates are multiples of 100. Without an aggressiveness it is the recurrent network of the gain control, with
  // one (0 to 3) the older mixture of Gaussians, which says yes or no.
  VoiceDetector(int sample_rate, size_t channels, std::optional<int> aggressiveness);

  // Any thread. A probability for each 10 ms; the rest waits. The channels are averaged.
  webrtc::RTCErrorOr<std::vector<float>> Process(const SamplesView& samples);
  // Any thread. Of one block of 10 ms.
  float Analyze(std::span<const float> block);
  void Reset();

  size_t channels() const { return channels_; }

 private:
  float AnalyzeBlock(std::span<const float> block) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int sample_rate_;
  const size_t channels_;
  const std::optional<int> aggressiveness_;
  webrtc::Mutex mutex_;
  SampleBlocks blocks_ RTC_GUARDED_BY(mutex_);
  std::vector<float> mono_ RTC_GUARDED_BY(mutex_);
  // One of the two.
  std::unique_ptr<webrtc::VoiceActivityDetectorWrapper> network_ RTC_GUARDED_BY(mutex_);
  std::unique_ptr<webrtc::Vad> gaussian_ RTC_GUARDED_BY(mutex_);
  // To the rate of the latter; the former has its own.
  std::optional<webrtc::PushResampler<float>> resampler_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc

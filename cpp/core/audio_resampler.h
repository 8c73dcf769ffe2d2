// Another sample rate, by libwebrtc's windowed sinc; what comes is a stream.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "api/rtc_error.h"
#include "common_audio/resampler/push_sinc_resampler.h"
#include "core/audio_samples.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// One filter has 32 taps, too few to divide a rate by much: the rate is halved until less than a third is to go.
class AudioResampler {
 public:
  AudioResampler(int in_rate, int out_rate, size_t channels);

  // Any thread. As many whole blocks as there are, resampled; the rest waits.
  webrtc::RTCErrorOr<Samples> Process(const SamplesView& samples);
  // What waits, and what is in the filters; of the kind of `like`. After it a new stream begins.
  Samples Flush(const SamplesView& like);
  void Reset();

  // Samples of one channel that were given, and wait for a whole block.
  size_t waiting();

  size_t channels() const { return channels_; }
  // Of all filters, in samples of what is given.
  size_t delay() const { return delay_; }

 private:
  // A filter for each channel, and the samples of one channel that it makes of a block.
  struct Stage {
    size_t out_length;
    std::vector<std::unique_ptr<webrtc::PushSincResampler>> channels;
  };

  void ProcessBlocks(std::vector<float>& resampled) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Begin() RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t channels_;
  // The first is what is given, the last what is wanted; only that where both are the same.
  const std::vector<int> rates_;
  const size_t delay_;
  // Samples of one channel that are resampled at once.
  const size_t in_length_;

  webrtc::Mutex mutex_;
  SampleBlocks blocks_ RTC_GUARDED_BY(mutex_);
  std::vector<Stage> stages_ RTC_GUARDED_BY(mutex_);
  // Of one channel, since the stream began.
  size_t taken_ RTC_GUARDED_BY(mutex_) = 0;
  size_t given_ RTC_GUARDED_BY(mutex_) = 0;
};

}  // namespace pywebrtc

// libwebrtc's mixer: adds streams up, and keeps the sum from clipping.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "api/audio/audio_frame.h"
#include "api/audio/audio_mixer.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/audio_samples.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

// One that mixes at this rate, whatever its sources prefer: 8000, 16000, 32000 or 48000.
webrtc::scoped_refptr<webrtc::AudioMixer> CreateMixer(int sample_rate, bool limiter);

// Mixes arrays.
class AudioMixer {
 public:
  AudioMixer(int sample_rate, size_t channels, bool limiter);
  ~AudioMixer();

  // Any thread. Each stream has a place, and so many samples of all channels; what of all is no whole 10 ms waits.
  // The result is of the kind of the first.
  webrtc::RTCErrorOr<Samples> Process(std::span<const SamplesView> streams);
  void Reset();

  size_t channels() const { return channels_; }

 private:
  class Stream;

  const int sample_rate_;
  const size_t channels_;
  const bool limiter_;
  webrtc::Mutex mutex_;
  webrtc::scoped_refptr<webrtc::AudioMixer> native_ RTC_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Stream>> streams_ RTC_GUARDED_BY(mutex_);
  webrtc::AudioFrame mixed_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc

// A track's samples on their way to a mixer: they come on one thread's beat and go on another's.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "api/audio/audio_frame.h"
#include "api/audio/audio_mixer.h"
#include "api/media_stream_interface.h"
#include "api/scoped_refptr.h"
#include "common_audio/resampler/include/push_resampler.h"
#include "core/track.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class MixerInput final : public webrtc::AudioMixer::Source, private webrtc::AudioTrackSinkInterface {
 public:
  // Signaling thread. `cushion_ms` of samples wait before the first leave, so that no gap is heard when the two
  // beats do not fit; when three times as many and more wait, the oldest are dropped.
  MixerInput(const Track& track, int sample_rate, int cushion_ms);
  ~MixerInput() override;

  // Any thread.
  void SetGain(float gain) { gain_ = gain; }

  // webrtc::AudioMixer::Source; the mixer's thread.
  AudioFrameInfo GetAudioFrameWithInfo(int sample_rate, webrtc::AudioFrame* frame) override;
  int Ssrc() const override { return 0; }
  int PreferredSampleRate() const override { return sample_rate_; }

 private:
  struct Block {
    size_t channels;
    std::vector<int16_t> samples;
  };

  // The track's thread: 10 ms.
  void OnData(const void* data, int bits_per_sample, int sample_rate, size_t channels, size_t frames) override;

  const webrtc::scoped_refptr<webrtc::AudioTrackInterface> track_;
  const std::shared_ptr<const std::atomic<bool>> enabled_;
  const int sample_rate_;
  const size_t cushion_;
  std::atomic<float> gain_{1.0F};

  // The track's thread.
  webrtc::PushResampler<int16_t> resampler_;
  webrtc::AudioFrame resampled_;

  webrtc::Mutex mutex_;
  std::deque<Block> blocks_ RTC_GUARDED_BY(mutex_);
  bool filling_ RTC_GUARDED_BY(mutex_) = true;
};

}  // namespace pywebrtc

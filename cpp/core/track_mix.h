// Tracks that are mixed, on whatever beat.
#pragma once

#include <map>
#include <memory>

#include "api/audio/audio_frame.h"
#include "api/audio/audio_mixer.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/mixer_input.h"
#include "core/track.h"

namespace pywebrtc {

class TrackMix {
 public:
  // The rate is one that mixers have: core/audio_mixer.h.
  TrackMix(int sample_rate, size_t channels, int cushion_ms);
  ~TrackMix();

  // Signaling thread. Adding a track again changes its gain. INVALID_STATE where its connection is closed.
  webrtc::RTCError Add(const std::shared_ptr<Track>& track, float gain);
  void Remove(const std::shared_ptr<Track>& track);
  void Clear();

  // One thread at a time: 10 ms. Valid until the next call.
  const webrtc::AudioFrame& Mix();

 private:
  const int sample_rate_;
  const size_t channels_;
  const int cushion_ms_;
  const webrtc::scoped_refptr<webrtc::AudioMixer> mixer_;
  // Of the signaling thread; the mixer has a lock of its own.
  std::map<Key, std::unique_ptr<MixerInput>> inputs_;
  webrtc::AudioFrame mixed_;
};

}  // namespace pywebrtc

// A source whose samples are those of tracks, mixed on the tick: no sample goes through Python.
#pragma once

#include <memory>

#include "api/rtc_error.h"
#include "core/audio_clock.h"
#include "core/audio_feed.h"
#include "core/object.h"
#include "core/track.h"
#include "core/track_mix.h"

namespace pywebrtc {

class TrackMixer final : public Object, private AudioClock::Listener {
 public:
  // Blocking. Of 8000, 16000, 32000 and 48000 Hz, in 1 or 2 channels.
  static webrtc::RTCErrorOr<std::shared_ptr<TrackMixer>> Create(int sample_rate, size_t channels);
  webrtc::RTCError Add(const std::shared_ptr<Track>& track, float gain);
  void Remove(const std::shared_ptr<Track>& track);

  // Any thread.
  void AddFeed(const std::shared_ptr<AudioFeed>& feed) { feeds_.Add(feed); }
  void RemoveFeed(const std::shared_ptr<AudioFeed>& feed) { feeds_.Remove(feed); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  TrackMixer(int sample_rate, size_t channels);
  void Dispose() override;
  void OnTick() override;

  const AudioFormat format_;
  TrackMix mix_;
  AudioFeeds feeds_;
};

}  // namespace pywebrtc

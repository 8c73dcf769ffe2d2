#include "core/track_mixer.h"

#include <span>
#include <tuple>

#include "core/engine.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

// Tracks of connections and sources have the mixer's own beat, those of microphones nearly.
constexpr int kCushionMs = 20;

}  // namespace

using webrtc::RTCError;

webrtc::RTCErrorOr<std::shared_ptr<TrackMixer>> TrackMixer::Create(int sample_rate, size_t channels) {
  std::shared_ptr<TrackMixer> mixer;
  RTCError error = Engine::CallOnSignaling([&] {
    mixer = MakeObject<TrackMixer>(sample_rate, channels);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return mixer;
}

TrackMixer::TrackMixer(int sample_rate, size_t channels)
    : Object("TrackMixer"),
      format_{.sample_rate = sample_rate, .channels = channels},
      mix_(sample_rate, channels, kCushionMs) {
  Engine::audio_clock().Add(this);
}

RTCError TrackMixer::Add(const std::shared_ptr<Track>& track, float gain) {
  return Engine::CallOnSignaling([&] { return mix_.Add(track, gain); });
}

void TrackMixer::Remove(const std::shared_ptr<Track>& track) {
  std::ignore = Engine::CallOnSignaling([&] {
    mix_.Remove(track);
    return RTCError::OK();
  });
}

void TrackMixer::Dispose() {
  Engine::audio_clock().Remove(this);
  mix_.Clear();
}

void TrackMixer::OnTick() {
  const webrtc::AudioFrame& mixed = mix_.Mix();
  feeds_.Deliver(mixed.data_view().data(), format_, webrtc::TimeMillis());
}

}  // namespace pywebrtc

#include "core/track_mix.h"

#include <utility>

#include "core/audio_mixer.h"

namespace pywebrtc {

using webrtc::RTCError;

TrackMix::TrackMix(int sample_rate, size_t channels, int cushion_ms)
    : sample_rate_(sample_rate),
      channels_(channels),
      cushion_ms_(cushion_ms),
      mixer_(CreateMixer(sample_rate, /*limiter=*/true)) {}

TrackMix::~TrackMix() {
  Clear();
}

RTCError TrackMix::Add(const std::shared_ptr<Track>& track, float gain) {
  if (const auto found = inputs_.find(track->key()); found != inputs_.end()) {
    found->second->SetGain(gain);
    return RTCError::OK();
  }
  if (!track->native()) {
    return RTCError::InvalidState("the track's connection is closed");
  }
  auto input = std::make_unique<MixerInput>(*track, sample_rate_, cushion_ms_);
  input->SetGain(gain);
  mixer_->AddSource(input.get());
  inputs_.emplace(track->key(), std::move(input));
  return RTCError::OK();
}

void TrackMix::Remove(const std::shared_ptr<Track>& track) {
  if (const auto found = inputs_.find(track->key()); found != inputs_.end()) {
    mixer_->RemoveSource(found->second.get());
    inputs_.erase(found);
  }
}

void TrackMix::Clear() {
  for (const auto& [key, input] : inputs_) {
    mixer_->RemoveSource(input.get());
  }
  inputs_.clear();
}

const webrtc::AudioFrame& TrackMix::Mix() {
  mixer_->Mix(channels_, &mixed_);
  return mixed_;
}

}  // namespace pywebrtc

#include "core/playout_device.h"

namespace pywebrtc {

PlayoutDevice::~PlayoutDevice() {
  clock_.Remove(this);
  far_end_.RemovePlayer(this);
}

int32_t PlayoutDevice::RegisterAudioCallback(webrtc::AudioTransport* transport) {
  // The old transport may be destroyed as soon as this returns: no tick may be inside it.
  clock_.Remove(this);
  transport_ = transport;
  if (playing_ && transport) {
    clock_.Add(this);
  }
  return 0;
}

int32_t PlayoutDevice::StartPlayout() {
  playing_ = true;
  far_end_.AddPlayer(this, FarEnd::Kind::kReceived);
  clock_.Add(this);
  return 0;
}

int32_t PlayoutDevice::StopPlayout() {
  clock_.Remove(this);
  far_end_.RemovePlayer(this);
  playing_ = false;
  return 0;
}

int32_t PlayoutDevice::StartRecording() {
  recording_ = true;
  return 0;
}

int32_t PlayoutDevice::StopRecording() {
  recording_ = false;
  return 0;
}

std::optional<webrtc::AudioDeviceModule::Stats> PlayoutDevice::GetStats() const {
  const uint64_t samples = played_samples_;
  return Stats{.total_samples_duration_s = static_cast<double>(samples) / kRate, .total_samples_count = samples};
}

void PlayoutDevice::OnTick() {
  webrtc::AudioTransport* transport = transport_;
  if (!transport) {
    return;
  }
  size_t samples = 0;
  int64_t elapsed_ms = 0;
  int64_t ntp_ms = 0;
  transport->NeedMorePlayData(kSamples, sizeof(int16_t) * kChannels, kChannels, kRate, mix_.data(), samples,
                              &elapsed_ms, &ntp_ms);
  far_end_.Play(this, mix_);
  played_samples_ += kSamples;
}

}  // namespace pywebrtc

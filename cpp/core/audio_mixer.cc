#include "core/audio_mixer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common_audio/include/audio_util.h"
#include "modules/audio_mixer/audio_mixer_impl.h"
#include "modules/audio_mixer/output_rate_calculator.h"

namespace pywebrtc {
namespace {

class FixedRate final : public webrtc::OutputRateCalculator {
 public:
  explicit FixedRate(int sample_rate) : sample_rate_(sample_rate) {}
  int CalculateOutputRateFromRange(std::span<const int> /*preferred_sample_rates*/) override { return sample_rate_; }

 private:
  const int sample_rate_;
};

}  // namespace

webrtc::scoped_refptr<webrtc::AudioMixer> CreateMixer(int sample_rate, bool limiter) {
  return webrtc::AudioMixerImpl::Create(std::make_unique<FixedRate>(sample_rate), limiter);
}

class AudioMixer::Stream final : public webrtc::AudioMixer::Source {
 public:
  Stream(int sample_rate, size_t channels)
      : sample_rate_(sample_rate), channels_(channels), blocks_(static_cast<size_t>(sample_rate / 100) * channels) {}

  SampleBlocks& blocks() { return blocks_; }

  AudioFrameInfo GetAudioFrameWithInfo(int sample_rate, webrtc::AudioFrame* frame) override {
    const auto block = blocks_.Next();
    frame->ResetWithoutMuting();
    frame->sample_rate_hz_ = sample_rate;
    const auto samples = frame->mutable_data(block.size() / channels_, channels_);
    webrtc::FloatToS16(block.data(), block.size(), samples.data().data());
    return AudioFrameInfo::kNormal;
  }
  int Ssrc() const override { return 0; }
  int PreferredSampleRate() const override { return sample_rate_; }

 private:
  const int sample_rate_;
  const size_t channels_;
  SampleBlocks blocks_;
};

AudioMixer::AudioMixer(int sample_rate, size_t channels, bool limiter)
    : sample_rate_(sample_rate), channels_(channels), limiter_(limiter) {
  Reset();
}

AudioMixer::~AudioMixer() = default;

webrtc::RTCErrorOr<Samples> AudioMixer::Process(std::span<const SamplesView> streams) {
  for (const SamplesView& stream : streams) {
    if (webrtc::RTCError error = CheckSamples(stream); !error.ok()) {
      return error;
    }
  }
  const size_t count = std::visit([](const auto& samples) { return samples.size(); }, streams.front());
  std::vector<float> mixed;
  const webrtc::MutexLock lock(&mutex_);
  const size_t waiting = streams_.empty() ? 0 : streams_.front()->blocks().waiting();
  const std::vector<float> silence(std::max(waiting, count));
  while (streams_.size() < streams.size()) {
    streams_.push_back(std::make_unique<Stream>(sample_rate_, channels_));
    streams_.back()->blocks().Push(std::span(silence).first(waiting));
    native_->AddSource(streams_.back().get());
  }
  for (size_t i = 0; i < streams_.size(); ++i) {
    streams_[i]->blocks().Push(i < streams.size() ? streams[i] : std::span(silence).first(count));
  }
  while (streams_.front()->blocks().ready()) {
    native_->Mix(channels_, &mixed_);
    AppendFloats(std::span<const int16_t>(mixed_.data(), mixed_.samples_per_channel() * channels_), mixed);
  }
  if (streams_.front()->blocks().waiting() == 0) {
    while (streams_.size() > streams.size()) {
      native_->RemoveSource(streams_.back().get());
      streams_.pop_back();
    }
  }
  return SamplesLike(streams.front(), std::move(mixed));
}

void AudioMixer::Reset() {
  const webrtc::MutexLock lock(&mutex_);
  native_ = CreateMixer(sample_rate_, limiter_);
  streams_.clear();
}

}  // namespace pywebrtc

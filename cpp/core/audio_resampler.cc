#include "core/audio_resampler.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace pywebrtc {
namespace {

std::vector<int> Rates(int in_rate, int out_rate) {
  std::vector<int> rates{in_rate};
  while (rates.back() > 3 * out_rate && rates.back() % 2 == 0) {
    rates.push_back(rates.back() / 2);
  }
  if (rates.back() != out_rate) {
    rates.push_back(out_rate);
  }
  return rates;
}

// Each filter looks half of its taps ahead.
size_t Delay(const std::vector<int>& rates) {
  size_t delay = 0;
  for (size_t i = 0; i + 1 < rates.size(); ++i) {
    delay += webrtc::SincResampler::kKernelSize / 2 * static_cast<size_t>(rates.front() / rates[i]);
  }
  return delay;
}

// A filter refuses blocks that are shorter, in samples of what it is given.
constexpr int kMinBlock = webrtc::SincResampler::kKernelSize * 3 / 2 + 1;

// The least number that is whole at each of the rates, but 10 ms at least.
size_t BlockLength(const std::vector<int>& rates) {
  int least = 1;
  for (const int rate : rates) {
    least = std::lcm(least, rates.front() / std::gcd(rates.front(), rate));
  }
  const int length = std::max(rates.front() / 100, kMinBlock);
  const int blocks = (length + least - 1) / least;
  return static_cast<size_t>(least) * static_cast<size_t>(blocks);
}

size_t Scaled(size_t length, int from, int to) {
  return length * static_cast<size_t>(to) / static_cast<size_t>(from);
}

}  // namespace

AudioResampler::AudioResampler(int in_rate, int out_rate, size_t channels)
    : channels_(channels),
      rates_(Rates(in_rate, out_rate)),
      delay_(Delay(rates_)),
      in_length_(BlockLength(rates_)),
      blocks_(in_length_ * channels) {
  Reset();
}

webrtc::RTCErrorOr<Samples> AudioResampler::Process(const SamplesView& samples) {
  if (webrtc::RTCError error = CheckSamples(samples); !error.ok()) {
    return error;
  }
  std::vector<float> resampled;
  const webrtc::MutexLock lock(&mutex_);
  const size_t before = blocks_.waiting();
  blocks_.Push(samples);
  taken_ += (blocks_.waiting() - before) / channels_;
  ProcessBlocks(resampled);
  return SamplesLike(samples, std::move(resampled));
}

Samples AudioResampler::Flush(const SamplesView& like) {
  std::vector<float> resampled;
  const webrtc::MutexLock lock(&mutex_);
  const size_t total = Scaled(taken_ + delay_, rates_.front(), rates_.back());
  const size_t left = (total - given_) * channels_;
  while (resampled.size() < left) {
    const std::vector<float> silence(blocks_.length() - blocks_.waiting());
    blocks_.Push(std::span(silence));
    ProcessBlocks(resampled);
  }
  resampled.resize(left);
  Begin();
  return SamplesLike(like, std::move(resampled));
}

void AudioResampler::Reset() {
  const webrtc::MutexLock lock(&mutex_);
  Begin();
}

size_t AudioResampler::waiting() {
  const webrtc::MutexLock lock(&mutex_);
  return blocks_.waiting() / channels_;
}

void AudioResampler::Begin() {
  blocks_.Clear();
  stages_.clear();
  taken_ = 0;
  given_ = 0;
  size_t length = in_length_;
  for (size_t i = 1; i < rates_.size(); ++i) {
    Stage stage{.out_length = Scaled(length, rates_[i - 1], rates_[i]), .channels = {}};
    for (size_t channel = 0; channel < channels_; ++channel) {
      stage.channels.push_back(std::make_unique<webrtc::PushSincResampler>(length, stage.out_length));
    }
    length = stage.out_length;
    stages_.push_back(std::move(stage));
  }
}

void AudioResampler::ProcessBlocks(std::vector<float>& resampled) {
  const size_t out_length = Scaled(in_length_, rates_.front(), rates_.back());
  std::vector<float> samples;
  std::vector<float> next;
  while (blocks_.ready()) {
    const auto block = blocks_.Next();
    const size_t before = resampled.size();
    resampled.resize(before + out_length * channels_);
    for (size_t channel = 0; channel < channels_; ++channel) {
      samples.resize(in_length_);
      for (size_t i = 0; i < in_length_; ++i) {
        samples[i] = block[i * channels_ + channel];
      }
      for (const Stage& stage : stages_) {
        next.resize(stage.out_length);
        stage.channels[channel]->Resample(samples.data(), samples.size(), next.data(), next.size());
        std::swap(samples, next);
      }
      for (size_t i = 0; i < out_length; ++i) {
        resampled[before + i * channels_ + channel] = samples[i];
      }
    }
    given_ += out_length;
  }
}

}  // namespace pywebrtc

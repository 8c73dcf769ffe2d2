#include "core/voice_detector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "common_audio/include/audio_util.h"
#include "modules/audio_processing/agc2/cpu_features.h"

namespace pywebrtc {
namespace {

constexpr int kGaussianRate = 16000;
constexpr size_t kGaussianSamples = kGaussianRate / 100;

}  // namespace

VoiceDetector::VoiceDetector(int sample_rate, size_t channels, std::optional<int> aggressiveness)
    : sample_rate_(sample_rate),
      channels_(channels),
      aggressiveness_(aggressiveness),
      blocks_(static_cast<size_t>(sample_rate / 100) * channels),
      mono_(static_cast<size_t>(sample_rate / 100)) {
  Reset();
}

webrtc::RTCErrorOr<std::vector<float>> VoiceDetector::Process(const SamplesView& samples) {
  if (webrtc::RTCError error = CheckSamples(samples); !error.ok()) {
    return error;
  }
  const webrtc::MutexLock lock(&mutex_);
  blocks_.Push(samples);
  std::vector<float> probabilities;
  while (blocks_.ready()) {
    probabilities.push_back(AnalyzeBlock(blocks_.Next()));
  }
  return probabilities;
}

float VoiceDetector::Analyze(std::span<const float> block) {
  const webrtc::MutexLock lock(&mutex_);
  return AnalyzeBlock(block);
}

float VoiceDetector::AnalyzeBlock(std::span<const float> block) {
  for (size_t i = 0; i < mono_.size(); ++i) {
    const auto frame = block.subspan(i * channels_, channels_);
    float sum = 0;
    for (const float sample : frame) {
      sum += sample;
    }
    mono_[i] = webrtc::FloatToFloatS16(sum / static_cast<float>(channels_));
  }
  if (gaussian_) {
    std::array<float, kGaussianSamples> resampled;
    resampler_->Resample(webrtc::MonoView<const float>(mono_), webrtc::MonoView<float>(resampled));
    std::array<int16_t, kGaussianSamples> integers;
    webrtc::FloatS16ToS16(resampled.data(), resampled.size(), integers.data());
    const auto activity = gaussian_->VoiceActivity(integers.data(), integers.size(), kGaussianRate);
    return activity == webrtc::Vad::kActive ? 1.0f : 0.0f;
  }
  return network_->Analyze(webrtc::DeinterleavedView<const float>(mono_.data(), mono_.size(), /*num_channels=*/1));
}

void VoiceDetector::Reset() {
  const webrtc::MutexLock lock(&mutex_);
  blocks_.Clear();
  if (aggressiveness_) {
    gaussian_ = webrtc::CreateVad(static_cast<webrtc::Vad::Aggressiveness>(*aggressiveness_));
    resampler_.emplace(mono_.size(), kGaussianSamples, 1);
  } else {
    network_ = std::make_unique<webrtc::VoiceActivityDetectorWrapper>(webrtc::GetAvailableCpuFeatures(), sample_rate_);
  }
}

}  // namespace pywebrtc

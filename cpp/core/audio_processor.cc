#include "core/audio_processor.h"

#include <algorithm>
#include <span>
#include <utility>

#include "api/audio/audio_view.h"
#include "api/audio/builtin_audio_processing_builder.h"
#include "common_audio/include/audio_util.h"
#include "core/engine.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;

using Config = webrtc::AudioProcessing::Config;

Config ToConfig(const ProcessingOptions& options) {
  Config config;
  // By default all above 16 kHz is lost.
  config.pipeline.maximum_internal_processing_rate = 48000;
  config.echo_canceller.enabled = options.echo_cancellation;
  config.high_pass_filter.enabled = options.high_pass_filter;
  config.noise_suppression.enabled = options.noise_suppression.has_value();
  if (options.noise_suppression) {
    config.noise_suppression.level = *options.noise_suppression;
  }
  if (const auto& gain = options.gain_control) {
    config.gain_controller2.enabled = true;
    config.gain_controller2.adaptive_digital = {.enabled = gain->adaptive,
                                                .headroom_db = gain->headroom,
                                                .max_gain_db = gain->max_gain,
                                                .initial_gain_db = gain->initial_gain,
                                                .max_gain_change_db_per_second = gain->max_gain_change,
                                                .max_output_noise_level_dbfs = gain->max_noise_level};
    config.gain_controller2.fixed_digital.gain_db = gain->fixed_gain;
  }
  if (const auto& gain = options.legacy_gain_control) {
    config.gain_controller1.enabled = true;
    config.gain_controller1.mode =
        gain->adaptive ? Config::GainController1::kAdaptiveDigital : Config::GainController1::kFixedDigital;
    config.gain_controller1.target_level_dbfs = gain->target_level;
    config.gain_controller1.compression_gain_db = gain->compression_gain;
    config.gain_controller1.enable_limiter = gain->limiter;
    // There is no volume of a device to be turned.
    config.gain_controller1.analog_gain_controller.enabled = false;
  }
  return config;
}

void Deinterleave(std::span<const float> block, webrtc::ChannelBuffer<float>& channels) {
  webrtc::Deinterleave(
      webrtc::InterleavedView<const float>(block.data(), channels.num_frames(), channels.num_channels()),
      webrtc::DeinterleavedView<float>(channels.channels(), channels.num_frames(), channels.num_channels()));
}

}  // namespace

AudioProcessor::AudioProcessor(const AudioFormat& near, const AudioFormat& far, const ProcessingOptions& options)
    : near_format_(near.sample_rate, near.channels),
      far_format_(far.sample_rate, far.channels),
      voice_detection_(options.voice_detection),
      native_(webrtc::BuiltinAudioProcessingBuilder(ToConfig(options)).Build(Engine::CreateEnvironment())),
      near_(near_format_.num_samples()),
      near_channels_(near_format_.num_frames(), near.channels),
      far_(far_format_.num_samples()),
      far_channels_(far_format_.num_frames(), far.channels) {
  Reset();
}

webrtc::RTCErrorOr<Samples> AudioProcessor::Process(const SamplesView& near, const std::optional<SamplesView>& far) {
  if (RTCError error = CheckSamples(near); !error.ok()) {
    return error;
  }
  if (far) {
    if (RTCError error = CheckSamples(*far); !error.ok()) {
      return error;
    }
  }
  std::vector<float> processed;
  const webrtc::MutexLock lock(&near_mutex_);
  near_.Push(near);
  processed.reserve(near_.waiting());
  if (far) {
    const webrtc::MutexLock far_lock(&far_mutex_);
    far_.Push(*far);
    // In turn, as they would come: the echo canceller keeps no more than a second of the far end.
    while (near_.ready() || far_.ready()) {
      if (far_.ready()) {
        ProcessFarBlock();
      }
      if (near_.ready()) {
        ProcessNearBlock(processed);
      }
    }
  }
  while (near_.ready()) {
    ProcessNearBlock(processed);
  }
  return SamplesLike(near, std::move(processed));
}

RTCError AudioProcessor::ProcessFar(const SamplesView& far) {
  if (RTCError error = CheckSamples(far); !error.ok()) {
    return error;
  }
  const webrtc::MutexLock lock(&far_mutex_);
  far_.Push(far);
  while (far_.ready()) {
    ProcessFarBlock();
  }
  return RTCError::OK();
}

Samples AudioProcessor::Flush(const SamplesView& like) {
  const webrtc::MutexLock lock(&near_mutex_);
  const size_t waiting = near_.waiting();
  std::vector<float> processed;
  if (waiting > 0) {
    const std::vector<float> silence(near_.length() - waiting);
    near_.Push(std::span(silence));
    ProcessNearBlock(processed);
    processed.resize(waiting);
  }
  return SamplesLike(like, std::move(processed));
}

void AudioProcessor::Reset() {
  const webrtc::MutexLock lock(&near_mutex_);
  const webrtc::MutexLock far_lock(&far_mutex_);
  native_->Initialize({{near_format_, near_format_, far_format_, far_format_}});
  near_.Clear();
  far_.Clear();
  statistics_ = {};
  voice_probability_.reset();
  voice_detector_.reset();
  if (voice_detection_) {
    voice_detector_ = std::make_unique<VoiceDetector>(near_format_.sample_rate_hz(), channels(), std::nullopt);
  }
}

void AudioProcessor::set_delay_ms(int delay_ms) {
  const webrtc::MutexLock lock(&near_mutex_);
  delay_ms_ = delay_ms;
}

AudioProcessor::Statistics AudioProcessor::statistics() const {
  const webrtc::MutexLock lock(&near_mutex_);
  return {.echo_return_loss = statistics_.echo_return_loss,
          .echo_return_loss_enhancement = statistics_.echo_return_loss_enhancement,
          .divergent_filter_fraction = statistics_.divergent_filter_fraction,
          .delay_ms = statistics_.delay_ms,
          .voice_probability = voice_probability_};
}

void AudioProcessor::ProcessNearBlock(std::vector<float>& processed) {
  float* const* const channels = near_channels_.channels();
  Deinterleave(near_.Next(), near_channels_);
  native_->set_stream_delay_ms(delay_ms_);
  native_->ProcessStream(channels, near_format_, near_format_, channels);
  // Each time: libwebrtc keeps the oldest that nobody has taken.
  statistics_ = native_->GetStatistics();
  const size_t before = processed.size();
  processed.resize(before + near_.length());
  const size_t frames = near_format_.num_frames();
  const webrtc::InterleavedView<float> block(processed.data() + before, frames, near_format_.num_channels());
  webrtc::Interleave(webrtc::DeinterleavedView<const float>(channels, frames, near_format_.num_channels()), block);
  if (voice_detector_) {
    voice_probability_ = voice_detector_->Analyze(block.data());
  }
}

void AudioProcessor::ProcessFarBlock() {
  Deinterleave(far_.Next(), far_channels_);
  native_->AnalyzeReverseStream(far_channels_.channels(), far_format_);
}

}  // namespace pywebrtc

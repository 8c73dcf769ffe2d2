#include "core/audio_sink.h"

#include <algorithm>
#include <span>
#include <utility>

#include "rtc_base/time_utils.h"

namespace pywebrtc {

webrtc::RTCErrorOr<std::shared_ptr<AudioSink>> AudioSink::Create(std::shared_ptr<Mailbox> mailbox,
                                                                 const std::shared_ptr<Track>& track,
                                                                 size_t capacity,
                                                                 Drop drop,
                                                                 AudioFormat format) {
  return Make<AudioSink>(track, std::move(mailbox), capacity, drop, format);
}

AudioSink::AudioSink(const Track& track,
                     std::shared_ptr<Mailbox> mailbox,
                     size_t capacity,
                     Drop drop,
                     AudioFormat format)
    : Sink("AudioSink", track),
      mailbox_(std::move(mailbox)),
      enabled_(track.enabled()),
      format_(format),
      ring_(capacity, drop) {
  native().AddSink(this);
}

void AudioSink::OnData(const void* data, int /*bits_per_sample*/, int sample_rate, size_t channels, size_t frames) {
  const std::span samples(static_cast<const int16_t*>(data), frames * channels);
  const AudioFormat from{.sample_rate = sample_rate, .channels = channels};
  const AudioFormat to{.sample_rate = format_.sample_rate > 0 ? format_.sample_rate : sample_rate,
                       .channels = format_.channels > 0 ? format_.channels : channels};
  AudioFrame frame{
      .samples = {}, .sample_rate = to.sample_rate, .channels = to.channels, .timestamp_us = webrtc::TimeMicros()};
  if (!converter_ || converter_->from() != from) {
    converter_.emplace(from, to);
  }
  converter_->Process(samples, frame.samples);
  if (frame.samples.empty()) {
    return;
  }
  if (!*enabled_) {
    std::ranges::fill(frame.samples, int16_t{0});
  }
  if (ring_.Push(std::move(frame))) {
    mailbox_->Post(FramesWaiting{key()});
  }
}

}  // namespace pywebrtc

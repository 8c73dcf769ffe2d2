#include "core/media_sink.h"

#include <algorithm>

#include "api/video/video_source_interface.h"
#include "core/engine.h"
#include "rtc_base/time_utils.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

// The two kinds of sink differ in the interface that the track is downcast to.
template <class Sink, class Interface>
RTCErrorOr<std::shared_ptr<Sink>> Attach(const std::shared_ptr<Track>& track, auto make) {
  std::shared_ptr<Sink> sink;
  RTCError error = Engine::CallOnSignaling([&] {
    if (!track->native()) {
      return RTCError::InvalidState("the track's connection is closed");
    }
    sink = make(webrtc::scoped_refptr<Interface>(static_cast<Interface*>(track->native().get())));
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return sink;
}

}  // namespace

RTCErrorOr<std::shared_ptr<VideoSink>> VideoSink::Create(std::shared_ptr<Mailbox> mailbox,
                                                         const std::shared_ptr<Track>& track,
                                                         size_t capacity) {
  return Attach<VideoSink, webrtc::VideoTrackInterface>(
      track, [&](auto native) { return MakeObject<VideoSink>(std::move(mailbox), std::move(native), capacity); });
}

VideoSink::VideoSink(std::shared_ptr<Mailbox> mailbox,
                     webrtc::scoped_refptr<webrtc::VideoTrackInterface> track,
                     size_t capacity)
    : Object("VideoSink"), mailbox_(std::move(mailbox)), track_(std::move(track)), ring_(capacity) {
  track_->AddOrUpdateSink(this, webrtc::VideoSinkWants());
}

void VideoSink::Dispose() {
  track_->RemoveSink(this);
  track_ = nullptr;
}

void VideoSink::OnFrame(const webrtc::VideoFrame& frame) {
  if (ring_.Push(frame)) {
    mailbox_->Post(FramesWaiting{key()});
  }
}

RTCErrorOr<std::shared_ptr<AudioSink>> AudioSink::Create(std::shared_ptr<Mailbox> mailbox,
                                                         const std::shared_ptr<Track>& track,
                                                         size_t capacity) {
  return Attach<AudioSink, webrtc::AudioTrackInterface>(track, [&](auto native) {
    return MakeObject<AudioSink>(std::move(mailbox), std::move(native), track->enabled(), capacity);
  });
}

AudioSink::AudioSink(std::shared_ptr<Mailbox> mailbox,
                     webrtc::scoped_refptr<webrtc::AudioTrackInterface> track,
                     std::shared_ptr<const std::atomic<bool>> enabled,
                     size_t capacity)
    : Object("AudioSink"),
      mailbox_(std::move(mailbox)),
      track_(std::move(track)),
      enabled_(std::move(enabled)),
      ring_(capacity) {
  track_->AddSink(this);
}

void AudioSink::Dispose() {
  track_->RemoveSink(this);
  track_ = nullptr;
}

void AudioSink::OnData(const void* data, int /*bits_per_sample*/, int sample_rate, size_t channels, size_t frames) {
  const auto* samples = static_cast<const int16_t*>(data);
  AudioFrame frame{.samples = {samples, samples + frames * channels},
                   .sample_rate = sample_rate,
                   .channels = channels,
                   .timestamp_us = webrtc::TimeMicros()};
  if (!*enabled_) {
    std::ranges::fill(frame.samples, int16_t{0});
  }
  if (ring_.Push(std::move(frame))) {
    mailbox_->Post(FramesWaiting{key()});
  }
}

}  // namespace pywebrtc

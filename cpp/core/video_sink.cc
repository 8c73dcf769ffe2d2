#include "core/video_sink.h"

#include <utility>

#include "api/video/video_source_interface.h"

namespace pywebrtc {

webrtc::RTCErrorOr<std::shared_ptr<VideoSink>> VideoSink::Create(std::shared_ptr<Mailbox> mailbox,
                                                                 const std::shared_ptr<Track>& track,
                                                                 size_t capacity,
                                                                 Drop drop) {
  return Make<VideoSink>(track, std::move(mailbox), capacity, drop);
}

VideoSink::VideoSink(const Track& track, std::shared_ptr<Mailbox> mailbox, size_t capacity, Drop drop)
    : Sink("VideoSink", track), mailbox_(std::move(mailbox)), ring_(capacity, drop) {
  native().AddOrUpdateSink(this, webrtc::VideoSinkWants());
}

void VideoSink::OnFrame(const webrtc::VideoFrame& frame) {
  if (ring_.Push(frame)) {
    mailbox_->Post(FramesWaiting{key()});
  }
}

}  // namespace pywebrtc

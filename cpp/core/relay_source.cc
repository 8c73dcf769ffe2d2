#include "core/relay_source.h"

#include <utility>

#include "api/video/video_source_interface.h"

namespace pywebrtc {

RelaySource::RelaySource(webrtc::scoped_refptr<webrtc::VideoTrackInterface> track)
    : AdaptingSource(/*key=*/0, /*screencast=*/false), track_(std::move(track)) {}

void RelaySource::AddOrUpdateSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink,
                                  const webrtc::VideoSinkWants& wants) {
  const bool wanted = this->wants().wanted;
  AdaptingSource::AddOrUpdateSink(sink, wants);
  if (!wanted) {
    track_->AddOrUpdateSink(this, webrtc::VideoSinkWants());
  }
}

void RelaySource::RemoveSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink) {
  AdaptingSource::RemoveSink(sink);
  if (!wants().wanted) {
    track_->RemoveSink(this);
  }
}

void RelaySource::OnFrame(const webrtc::VideoFrame& frame) {
  Push(frame, frame.timestamp_us());
}

}  // namespace pywebrtc

// A received video track on its way to another connection: its pictures, decoded once, made smaller and fewer as that
// connection's encoder asks. Each sender has one of its own, so that a slow one takes nothing from the others, nor from
// whoever reads the track.
#pragma once

#include "api/media_stream_interface.h"
#include "api/scoped_refptr.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "core/adapting_source.h"

namespace pywebrtc {

class RelaySource : public AdaptingSource, private webrtc::VideoSinkInterface<webrtc::VideoFrame> {
 public:
  explicit RelaySource(webrtc::scoped_refptr<webrtc::VideoTrackInterface> track);

  // libwebrtc's worker thread. The track is listened to as long as somebody listens to this.
  void AddOrUpdateSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink,
                       const webrtc::VideoSinkWants& wants) override;
  void RemoveSink(webrtc::VideoSinkInterface<webrtc::VideoFrame>* sink) override;

 private:
  // A decoder's thread.
  void OnFrame(const webrtc::VideoFrame& frame) override;

  const webrtc::scoped_refptr<webrtc::VideoTrackInterface> track_;
};

}  // namespace pywebrtc

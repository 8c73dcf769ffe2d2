// The frames of a video track, for whoever takes them as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/media_stream_interface.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "core/frame_ring.h"
#include "core/mailbox.h"
#include "core/sink.h"
#include "core/track.h"

namespace pywebrtc {

class VideoSink final : public Sink<webrtc::VideoTrackInterface>,
                        private webrtc::VideoSinkInterface<webrtc::VideoFrame> {
 public:
  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<VideoSink>> Create(std::shared_ptr<Mailbox> mailbox,
                                                               const std::shared_ptr<Track>& track,
                                                               size_t capacity,
                                                               Drop drop = Drop::kOldest);

  std::optional<webrtc::VideoFrame> Pop() { return ring_.Pop(); }
  bool empty() const { return ring_.empty(); }
  uint64_t dropped() const { return ring_.dropped(); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  VideoSink(const Track& track, std::shared_ptr<Mailbox> mailbox, size_t capacity, Drop drop);
  void Remove(webrtc::VideoTrackInterface& track) override { track.RemoveSink(this); }
  // A decoder's thread, or the thread that pushes to a local source.
  void OnFrame(const webrtc::VideoFrame& frame) override;

  const std::shared_ptr<Mailbox> mailbox_;
  FrameRing<webrtc::VideoFrame> ring_;
};

}  // namespace pywebrtc

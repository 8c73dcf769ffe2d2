// The pictures of a video track as arrays of one format and size, for whoever asks for them one by one.
//
// Frames wait as they came. One is converted when it is asked for and there, on a thread that does nothing else, so
// that neither the decoder nor Python's threads wait for it and nothing is converted that nobody takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/media_stream_interface.h"
#include "api/rtc_error.h"
#include "api/video/video_frame.h"
#include "api/video/video_sink_interface.h"
#include "core/frame_ring.h"
#include "core/mailbox.h"
#include "core/pixel_array.h"
#include "core/sink.h"
#include "core/track.h"

namespace pywebrtc {

struct ArrayFormat {
  PixelFormat format;
  // That of each frame where absent.
  std::optional<VideoSize> size;
};

class ArraySink final : public Sink<webrtc::VideoTrackInterface>,
                        private webrtc::VideoSinkInterface<webrtc::VideoFrame> {
 public:
  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<ArraySink>> Create(std::shared_ptr<Mailbox> mailbox,
                                                               const std::shared_ptr<Track>& track,
                                                               size_t capacity,
                                                               Drop drop,
                                                               ArrayFormat format);

  // The next. Where it is not there yet, it is asked for: FramesWaiting is posted when it is.
  std::optional<webrtc::RTCErrorOr<PixelArray>> Pop();
  // Nothing waits, as it came or converted, and nothing is being converted.
  bool empty() const;
  uint64_t dropped() const;

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Queue;

  ArraySink(const Track& track, std::shared_ptr<Mailbox> mailbox, size_t capacity, Drop drop, ArrayFormat format);
  void Remove(webrtc::VideoTrackInterface& track) override { track.RemoveSink(this); }
  // A decoder's thread, or the thread that pushes to a local source.
  void OnFrame(const webrtc::VideoFrame& frame) override;

  // A conversion may outlive the sink.
  const std::shared_ptr<Queue> queue_;
};

}  // namespace pywebrtc

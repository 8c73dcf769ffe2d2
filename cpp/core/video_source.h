// Where Python's pixels enter libwebrtc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "api/video/video_frame.h"
#include "core/adapting_source.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/picture.h"
#include "core/track.h"

namespace pywebrtc {

class VideoSource final : public Object {
 public:
  ~VideoSource() override;

  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<VideoSource>> Create(bool screencast);
  webrtc::RTCErrorOr<std::shared_ptr<Track>> CreateTrack(const std::string& id);

  // As those of AdaptingSource.
  void SetOutput(VideoSize size, double frame_rate) { native_->SetOutput(size, frame_rate); }
  bool Push(const Picture& picture, int64_t timestamp_us);
  bool Push(const webrtc::VideoFrame& frame, int64_t timestamp_us) { return native_->Push(frame, timestamp_us); }
  VideoWants wants() { return native_->wants(); }
  void Watch(std::shared_ptr<Mailbox> mailbox) { native_->Watch(std::move(mailbox)); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  explicit VideoSource(bool screencast);
  void Dispose() override;

  const webrtc::scoped_refptr<AdaptingSource> native_;
};

}  // namespace pywebrtc

// Where pictures that are encoded already enter libwebrtc: nothing crops, scales or slows them down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "api/media_stream_interface.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "core/encoded_feed.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"

namespace pywebrtc {

class EncodedSource final : public Object {
 public:
  ~EncodedSource() override;

  // Blocking. The codec as SDP names it.
  static webrtc::RTCErrorOr<std::shared_ptr<EncodedSource>> Create(const std::string& codec);
  webrtc::RTCErrorOr<std::shared_ptr<Track>> CreateTrack(const std::string& id);

  // Any thread, but one at a time. False: nobody listens.
  bool Push(std::span<const uint8_t> data, bool key_frame, int width, int height, int64_t timestamp_us);
  // A picture that is not pushed: those after it may depend on it.
  void Skip() { ++next_number_; }

  EncodedFeed::State state() const { return feed_->state(); }
  EncodedFeed::State Take() { return feed_->Take(); }
  void Watch(std::shared_ptr<Mailbox> mailbox) { feed_->Watch(std::move(mailbox)); }

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);
  class Native;

  explicit EncodedSource(std::string codec);
  void Dispose() override;

  const std::string codec_;
  const std::shared_ptr<EncodedFeed> feed_;
  const webrtc::scoped_refptr<Native> native_;
  uint64_t next_number_ = 1;
};

}  // namespace pywebrtc

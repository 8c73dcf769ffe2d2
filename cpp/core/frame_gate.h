// What stands between an encoder and the packetizer, or a depacketizer and the decoder, for good.
//
// libwebrtc takes a frame transformer for a sender or receiver, and can neither take it away again (null is
// dereferenced) nor be asked to stop passing frames by. So the gate stays where it is once put: closed, it
// keeps frames for Python in a bounded ring; open, frames pass straight on. Received frames without data always do.
//
// A ring that is full drops. Of audio, the oldest. Of video, all of a stream from there to its next key
// frame, as nothing in between could be decoded; a key frame is asked for when there is room again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "api/frame_transformer_interface.h"
#include "api/scoped_refptr.h"
#include "core/encoded_frame.h"
#include "core/mailbox.h"
#include "rtc_base/synchronization/mutex.h"
#include "rtc_base/thread_annotations.h"

namespace pywebrtc {

class FrameGate : public webrtc::FrameTransformerInterface {
 public:
  // How a frame that is handed back fared.
  enum class HandedBack {
    kOn,
    // Its stream, or the transform, has ended.
    kLate,
    // It was handed back before.
    kTwice,
    // A later one was: order is kept.
    kOutOfOrder,
  };

  struct Counts {
    uint64_t overflowed = 0;
    uint64_t late = 0;
  };

  // `installed` is called on a thread of libwebrtc's when streams begin or cease to go through the gate.
  FrameGate(
      Key key,
      std::shared_ptr<Mailbox> mailbox,
      bool video,
      size_t capacity,
      std::function<void()> installed = [] {});

  // Any thread. Opening drops what waits.
  void SetClosed(bool closed);
  // No frame passes from now on, and none comes back.
  void End();

  // Null where none waits.
  std::unique_ptr<EncodedFrame> Pop();
  HandedBack HandBack(EncodedFrame& frame);

  bool video() const { return video_; }
  bool installed() const;
  Counts counts() const;
  size_t waiting() const;
  // Whether a key frame is to be asked for; true once.
  bool TakeKeyFrameWish();

  // webrtc::FrameTransformerInterface, on threads of libwebrtc's.
  void Transform(std::unique_ptr<webrtc::TransformableFrameInterface> frame) override;
  void RegisterTransformedFrameCallback(webrtc::scoped_refptr<webrtc::TransformedFrameCallback> callback) override;
  void RegisterTransformedFrameSinkCallback(webrtc::scoped_refptr<webrtc::TransformedFrameCallback> callback,
                                            uint32_t ssrc) override;
  void UnregisterTransformedFrameCallback() override;
  void UnregisterTransformedFrameSinkCallback(uint32_t ssrc) override;

 private:
  struct Stream {
    webrtc::scoped_refptr<webrtc::TransformedFrameCallback> callback;
    // Frames were dropped, and no key frame came yet.
    bool broken = false;
  };

  void Register(uint32_t ssrc, webrtc::scoped_refptr<webrtc::TransformedFrameCallback> callback);
  void Unregister(uint32_t ssrc);
  Stream* Find(uint32_t ssrc) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoom(const webrtc::TransformableFrameInterface& frame) RTC_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Key key_;
  const std::shared_ptr<Mailbox> mailbox_;
  const bool video_;
  const size_t capacity_;
  const std::function<void()> installed_;

  mutable webrtc::Mutex mutex_;
  bool closed_ RTC_GUARDED_BY(mutex_) = false;
  bool ended_ RTC_GUARDED_BY(mutex_) = false;
  bool key_frame_wish_ RTC_GUARDED_BY(mutex_) = false;
  // By SSRC; audio's one stream has none and stands at 0.
  std::map<uint32_t, Stream> streams_ RTC_GUARDED_BY(mutex_);
  std::deque<std::unique_ptr<EncodedFrame>> ring_ RTC_GUARDED_BY(mutex_);
  uint64_t next_number_ RTC_GUARDED_BY(mutex_) = 1;
  uint64_t last_handed_back_ RTC_GUARDED_BY(mutex_) = 0;
  Counts counts_ RTC_GUARDED_BY(mutex_);
};

}  // namespace pywebrtc

// The frame gate of a sender or receiver, as Python holds it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/rtc_error.h"
#include "api/rtp_receiver_interface.h"
#include "api/rtp_sender_interface.h"
#include "api/scoped_refptr.h"
#include "api/task_queue/pending_task_safety_flag.h"
#include "core/encoded_frame.h"
#include "core/frame_gate.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/sender_guard.h"

namespace pywebrtc {

class EncodedTransform final : public Object {
 public:
  // Any thread. Whether frames wait for Python, which FramesWaiting tells of when the first does; else they
  // pass straight on.
  void SetClosed(bool closed) { gate_->SetClosed(closed); }
  std::unique_ptr<EncodedFrame> Pop();
  FrameGate::HandedBack HandBack(EncodedFrame& frame) { return gate_->HandBack(frame); }
  FrameGate::Counts counts() const { return gate_->counts(); }
  size_t waiting() const { return gate_->waiting(); }

  // Blocking. INVALID_STATE where the connection is closed; NOT_FOUND has no type of its own in libwebrtc, so an
  // unknown rid is INVALID_PARAMETER. Without a rid, all layers of a sender.
  webrtc::RTCError RequestKeyFrame(const std::vector<std::string>& rids);

  // Signaling thread. The sender's track was changed.
  void TrackChanged();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // Signaling thread.
  EncodedTransform(std::shared_ptr<Mailbox> mailbox,
                   webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender,
                   size_t capacity);
  EncodedTransform(std::shared_ptr<Mailbox> mailbox,
                   webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver,
                   size_t capacity);
  void Dispose() override;
  webrtc::RTCError Request(const std::vector<std::string>& rids);

  const webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_;
  const webrtc::scoped_refptr<FrameGate> gate_;
  // One of the two; null once disposed of.
  webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender_;
  webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver_;
  std::unique_ptr<SenderGuard> guard_;
};

}  // namespace pywebrtc

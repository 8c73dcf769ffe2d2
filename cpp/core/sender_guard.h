// Keeps a sender's track back until its frame gate is in place.
//
// When a description gives a sender its stream, libwebrtc attaches the track first and the frame transformer
// afterwards, in two tasks of its worker. On a connection that is up already, a frame in between goes out
// untransformed: one that was to be encrypted, in the clear. So a track that gives no frames stands in until
// the gate says that a stream goes through it.
#pragma once

#include "api/media_stream_interface.h"
#include "api/rtp_sender_interface.h"
#include "api/scoped_refptr.h"
#include "core/frame_gate.h"

namespace pywebrtc {

// Signaling thread.
class SenderGuard {
 public:
  SenderGuard(webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender, webrtc::scoped_refptr<FrameGate> gate);

  // To be called when the sender's track, or what the gate says, has changed.
  void Update();

 private:
  const webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender_;
  const webrtc::scoped_refptr<FrameGate> gate_;
  const webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> stand_in_;
  // What is to be sent; null for nothing.
  webrtc::scoped_refptr<webrtc::MediaStreamTrackInterface> track_;
};

}  // namespace pywebrtc

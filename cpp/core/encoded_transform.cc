#include "core/encoded_transform.h"

#include <tuple>
#include <utility>

#include "api/make_ref_counted.h"
#include "api/media_stream_interface.h"
#include "api/media_types.h"
#include "core/engine.h"

namespace pywebrtc {

using webrtc::RTCError;

// `this` outlives the tasks that ask `alive_`: it is disposed of on their thread.
EncodedTransform::EncodedTransform(std::shared_ptr<Mailbox> mailbox,
                                   webrtc::scoped_refptr<webrtc::RtpSenderInterface> sender,
                                   size_t capacity)
    : Object("EncodedTransform"),
      alive_(webrtc::PendingTaskSafetyFlag::Create()),
      gate_(webrtc::make_ref_counted<FrameGate>(key(),
                                                std::move(mailbox),
                                                sender->media_type() == webrtc::MediaType::VIDEO,
                                                capacity,
                                                [this, alive = alive_] {
                                                  Engine::PostToSignaling([this, alive] {
                                                    if (alive->alive()) {
                                                      TrackChanged();
                                                    }
                                                  });
                                                })),
      sender_(std::move(sender)) {
  // A sender that has a stream keeps its track: what it sent, it sent before it was asked for a transform.
  sender_->SetFrameTransformer(gate_);
  if (sender_->ssrc() == 0) {
    guard_ = std::make_unique<SenderGuard>(sender_, gate_);
  }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the mailbox is moved, through make_ref_counted
EncodedTransform::EncodedTransform(std::shared_ptr<Mailbox> mailbox,
                                   webrtc::scoped_refptr<webrtc::RtpReceiverInterface> receiver,
                                   size_t capacity)
    : Object("EncodedTransform"),
      alive_(webrtc::PendingTaskSafetyFlag::Create()),
      gate_(webrtc::make_ref_counted<FrameGate>(key(),
                                                std::move(mailbox),
                                                receiver->media_type() == webrtc::MediaType::VIDEO,
                                                capacity)),
      receiver_(std::move(receiver)) {
  receiver_->SetFrameTransformer(gate_);
}

void EncodedTransform::Dispose() {
  alive_->SetNotAlive();
  gate_->End();
  guard_ = nullptr;
  sender_ = nullptr;
  receiver_ = nullptr;
}

void EncodedTransform::TrackChanged() {
  if (!guard_ && sender_) {
    guard_ = std::make_unique<SenderGuard>(sender_, gate_);
  } else if (guard_) {
    guard_->Update();
  }
}

std::unique_ptr<EncodedFrame> EncodedTransform::Pop() {
  std::unique_ptr<EncodedFrame> frame = gate_->Pop();
  if (gate_->TakeKeyFrameWish()) {
    Engine::PostToSignaling([this, alive = alive_] {
      if (alive->alive()) {
        std::ignore = Request({});
      }
    });
  }
  return frame;
}

RTCError EncodedTransform::RequestKeyFrame(const std::vector<std::string>& rids) {
  return Engine::CallOnSignaling([&] { return Request(rids); });
}

RTCError EncodedTransform::Request(const std::vector<std::string>& rids) {
  if (sender_) {
    return sender_->GenerateKeyFrame(rids);
  }
  if (!receiver_) {
    return RTCError::InvalidState("the RTCPeerConnection is closed");
  }
  // The source of a remote track passes it on to the receiver.
  const auto track = receiver_->track();
  static_cast<webrtc::VideoTrackInterface*>(track.get())->GetSource()->GenerateKeyFrame();
  return RTCError::OK();
}

}  // namespace pywebrtc

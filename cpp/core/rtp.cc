#include "core/rtp.h"

#include <utility>

#include "core/engine.h"

namespace pywebrtc {

using webrtc::RTCError;
using webrtc::RTCErrorOr;

RtpTransceiver::RtpTransceiver(std::shared_ptr<Mailbox> mailbox,
                               webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver)
    : Object("RTCRtpTransceiver"),
      mailbox_(std::move(mailbox)),
      transceiver_(std::move(transceiver)),
      receiver_track_(MakeObject<Track>(mailbox_, transceiver_->receiver())) {}

void RtpTransceiver::Dispose() {
  // Python may keep the track; what it holds of libwebrtc, the receiver, goes now.
  ObjectAccess::DisposeOnce(*receiver_track_);
  for (const auto& transform : {sender_transform_, receiver_transform_}) {
    if (transform) {
      ObjectAccess::DisposeOnce(*transform);
    }
  }
  transceiver_ = nullptr;
}

template <class Verb>
RTCError RtpTransceiver::Call(Verb verb) {
  return Engine::CallOnSignaling(
      [&] { return transceiver_ ? verb() : RTCError::InvalidState("the RTCPeerConnection is closed"); });
}

template <class Value, class Getter>
RTCErrorOr<Value> RtpTransceiver::Get(Getter getter) {
  Value value;
  RTCError error = Call([&] {
    value = getter();
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return value;
}

RTCError RtpTransceiver::SetCodecPreferences(std::vector<webrtc::RtpCodecCapability> codecs) {
  return Call([&] { return transceiver_->SetCodecPreferences(codecs); });
}

RTCErrorOr<RtpTransceiver::HeaderExtensions> RtpTransceiver::HeaderExtensionsToNegotiate() {
  return Get<HeaderExtensions>([&] { return transceiver_->GetHeaderExtensionsToNegotiate(); });
}

RTCErrorOr<RtpTransceiver::HeaderExtensions> RtpTransceiver::NegotiatedHeaderExtensions() {
  return Get<HeaderExtensions>([&] { return transceiver_->GetNegotiatedHeaderExtensions(); });
}

RTCError RtpTransceiver::SetHeaderExtensionsToNegotiate(HeaderExtensions extensions) {
  return Call([&] { return transceiver_->SetHeaderExtensionsToNegotiate(extensions); });
}

RTCErrorOr<webrtc::RtpParameters> RtpTransceiver::SenderParameters() {
  return Get<webrtc::RtpParameters>([&] { return transceiver_->sender()->GetParameters(); });
}

RTCErrorOr<webrtc::RtpParameters> RtpTransceiver::ReceiverParameters() {
  return Get<webrtc::RtpParameters>([&] { return transceiver_->receiver()->GetParameters(); });
}

RTCError RtpTransceiver::SetStreams(std::vector<std::string> ids) {
  return Call([&] {
    transceiver_->sender()->SetStreams(ids);
    return RTCError::OK();
  });
}

RTCErrorOr<std::shared_ptr<DtmfSender>> RtpTransceiver::MakeDtmfSender() {
  return Get<std::shared_ptr<DtmfSender>>(
      [&] { return MakeObject<DtmfSender>(mailbox_, transceiver_->sender()->GetDtmfSender()); });
}

RTCErrorOr<std::vector<webrtc::RtpSource>> RtpTransceiver::Sources() {
  return Get<std::vector<webrtc::RtpSource>>([&] { return transceiver_->receiver()->GetSources(); });
}

RTCError RtpTransceiver::SetJitterBufferTarget(std::optional<double> seconds) {
  return Call([&] {
    transceiver_->receiver()->SetJitterBufferMinimumDelay(seconds);
    return RTCError::OK();
  });
}

RTCErrorOr<std::shared_ptr<EncodedTransform>> RtpTransceiver::SenderTransform(size_t capacity) {
  return Get<std::shared_ptr<EncodedTransform>>([&] {
    if (!sender_transform_) {
      sender_transform_ = MakeObject<EncodedTransform>(mailbox_, transceiver_->sender(), capacity);
    }
    return sender_transform_;
  });
}

RTCErrorOr<std::shared_ptr<EncodedTransform>> RtpTransceiver::ReceiverTransform(size_t capacity) {
  return Get<std::shared_ptr<EncodedTransform>>([&] {
    if (!receiver_transform_) {
      receiver_transform_ = MakeObject<EncodedTransform>(mailbox_, transceiver_->receiver(), capacity);
    }
    return receiver_transform_;
  });
}

void RtpTransceiver::TrackChanged() {
  if (sender_transform_) {
    sender_transform_->TrackChanged();
  }
}

RTCErrorOr<webrtc::RtpCapabilities> RtpTransceiver::SenderCapabilities(webrtc::MediaType kind) {
  webrtc::RtpCapabilities capabilities;
  RTCError error = Engine::CallOnSignaling([&] {
    capabilities = Engine::Factory().GetRtpSenderCapabilities(kind);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return capabilities;
}

RTCErrorOr<webrtc::RtpCapabilities> RtpTransceiver::ReceiverCapabilities(webrtc::MediaType kind) {
  webrtc::RtpCapabilities capabilities;
  RTCError error = Engine::CallOnSignaling([&] {
    capabilities = Engine::Factory().GetRtpReceiverCapabilities(kind);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return capabilities;
}

}  // namespace pywebrtc

// A transceiver with its sender and receiver.
//
// What concerns the connection too, such as a change of direction, is one of its verbs (core/peer_connection.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/rtc_error.h"
#include "api/rtp_parameters.h"
#include "api/rtp_transceiver_interface.h"
#include "api/transport/rtp/rtp_source.h"
#include "core/dtmf_sender.h"
#include "core/encoded_transform.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/track.h"

namespace pywebrtc {

class RtpTransceiver final : public Object {
 public:
  using HeaderExtensions = std::vector<webrtc::RtpHeaderExtensionCapability>;

  const std::shared_ptr<Track>& receiver_track() const { return receiver_track_; }

  // Blocking, all of them. INVALID_STATE where the connection is closed.
  webrtc::RTCError SetCodecPreferences(std::vector<webrtc::RtpCodecCapability> codecs);
  webrtc::RTCErrorOr<HeaderExtensions> HeaderExtensionsToNegotiate();
  webrtc::RTCErrorOr<HeaderExtensions> NegotiatedHeaderExtensions();
  webrtc::RTCError SetHeaderExtensionsToNegotiate(HeaderExtensions extensions);
  webrtc::RTCErrorOr<webrtc::RtpParameters> SenderParameters();
  webrtc::RTCErrorOr<webrtc::RtpParameters> ReceiverParameters();
  webrtc::RTCError SetStreams(std::vector<std::string> ids);
  webrtc::RTCErrorOr<std::shared_ptr<DtmfSender>> MakeDtmfSender();
  webrtc::RTCErrorOr<std::vector<webrtc::RtpSource>> Sources();
  webrtc::RTCError SetJitterBufferTarget(std::optional<double> seconds);
  // Once made, they stay: each time the same. At most `capacity` frames wait.
  webrtc::RTCErrorOr<std::shared_ptr<EncodedTransform>> SenderTransform(size_t capacity);
  webrtc::RTCErrorOr<std::shared_ptr<EncodedTransform>> ReceiverTransform(size_t capacity);

  static webrtc::RTCErrorOr<webrtc::RtpCapabilities> SenderCapabilities(webrtc::MediaType kind);
  static webrtc::RTCErrorOr<webrtc::RtpCapabilities> ReceiverCapabilities(webrtc::MediaType kind);

  // Signaling thread; null once disposed of.
  const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& native() const { return transceiver_; }
  // The sender's track was changed.
  void TrackChanged();

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  // Signaling thread.
  RtpTransceiver(std::shared_ptr<Mailbox> mailbox, webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver);
  void Dispose() override;

  template <class Verb>
  webrtc::RTCError Call(Verb verb);
  template <class Value, class Getter>
  webrtc::RTCErrorOr<Value> Get(Getter getter);

  const std::shared_ptr<Mailbox> mailbox_;
  webrtc::scoped_refptr<webrtc::RtpTransceiverInterface> transceiver_;
  const std::shared_ptr<Track> receiver_track_;
  std::shared_ptr<EncodedTransform> sender_transform_;
  std::shared_ptr<EncodedTransform> receiver_transform_;
};

}  // namespace pywebrtc

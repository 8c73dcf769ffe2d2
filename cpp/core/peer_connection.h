// The connection: verbs go down to the signaling thread, what happens there goes up as messages.
//
// Awaitable verbs take an operation id, post and return; OperationDone carries the id back. Blocking
// verbs run on the signaling thread while the caller waits, with nothing of Python's held.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/peer_connection_interface.h"
#include "api/rtp_sender_interface.h"
#include "api/task_queue/pending_task_safety_flag.h"
#include "core/certificate.h"
#include "core/connection_options.h"
#include "core/data_channel.h"
#include "core/external_codecs.h"
#include "core/mailbox.h"
#include "core/object.h"
#include "core/rtp.h"
#include "core/snapshot.h"
#include "core/track.h"
#include "core/transports.h"

namespace pywebrtc {

class PeerConnection final : public Object, private webrtc::PeerConnectionObserver {
 public:
  using Configuration = webrtc::PeerConnectionInterface::RTCConfiguration;
  struct Fingerprint {
    std::string algorithm;
    std::string digest;
  };
  using OfferAnswerOptions = webrtc::PeerConnectionInterface::RTCOfferAnswerOptions;

  // Blocking.
  static webrtc::RTCErrorOr<std::shared_ptr<PeerConnection>> Create(
      std::shared_ptr<Mailbox> mailbox,
      Configuration configuration,
      const std::vector<std::shared_ptr<Certificate>>& certificates = {},
      const ConnectionOptions& options = {},
      const ExternalCodecs& codecs = {});

  // How the certificate shows in a=fingerprint; known from the beginning, and for ever.
  const Fingerprint& fingerprint() const { return fingerprint_; }

  // Awaitable: these post. An operation on a connection that was closed ends with INVALID_STATE.
  void CreateOffer(OperationId operation, OfferAnswerOptions options);
  void CreateAnswer(OperationId operation, OfferAnswerOptions options);
  // Without a description: the implicit form of webrtc-pc.
  void SetLocalDescription(OperationId operation, std::optional<Description> description);
  void SetRemoteDescription(OperationId operation, Description description);
  void AddIceCandidate(OperationId operation, std::string candidate, std::string sdp_mid, int sdp_mline_index);
  // The value is a StatsReport.
  void GetStats(OperationId operation);

  // Replaces what the members of RTCRtpEncodingParameters and `degradation` stand for; the rest of the sender's
  // parameters stays. `key_frames` is empty or says for each encoding whether to make a key frame now.
  void SetParameters(OperationId operation,
                     std::shared_ptr<RtpTransceiver> transceiver,
                     std::vector<webrtc::RtpEncodingParameters> encodings,
                     std::optional<webrtc::DegradationPreference> degradation,
                     std::vector<bool> key_frames);
  // The sender's; null sends nothing.
  void ReplaceTrack(OperationId operation, std::shared_ptr<RtpTransceiver> transceiver, std::shared_ptr<Track> track);

  // Posts; PeerConnectionClosed follows when all of libwebrtc's is gone. Idempotent.
  void Close();
  void RestartIce();

  // Blocking.
  webrtc::RTCErrorOr<std::shared_ptr<DataChannel>> CreateDataChannel(const std::string& label,
                                                                     const webrtc::DataChannelInit& init);
  webrtc::RTCErrorOr<TransceiverSnapshot> AddTrack(const std::shared_ptr<Track>& track,
                                                   const std::vector<std::string>& stream_ids);
  webrtc::RTCErrorOr<TransceiverSnapshot> RemoveTrack(const std::shared_ptr<RtpTransceiver>& transceiver);
  // `track` may be null.
  webrtc::RTCErrorOr<TransceiverSnapshot> AddTransceiver(webrtc::MediaType kind,
                                                         const std::shared_ptr<Track>& track,
                                                         webrtc::RtpTransceiverDirection direction,
                                                         const std::vector<std::string>& stream_ids,
                                                         const std::vector<webrtc::RtpEncodingParameters>& encodings);
  webrtc::RTCErrorOr<TransceiverSnapshot> SetDirection(const std::shared_ptr<RtpTransceiver>& transceiver,
                                                       webrtc::RtpTransceiverDirection direction);
  webrtc::RTCErrorOr<TransceiverSnapshot> StopTransceiver(const std::shared_ptr<RtpTransceiver>& transceiver);
  // Of the configuration: what may change.
  webrtc::RTCError SetConfiguration(const Configuration& configuration);
  webrtc::RTCErrorOr<bool> ShouldFireNegotiationNeeded(uint32_t event_id);

 private:
  template <class T, class... Args>
  friend std::shared_ptr<T> MakeObject(Args&&... args);

  class CreateObserver;
  class SetObserver;
  class StatsObserver;
  class LastStatsObserver;
  class Reply;

  explicit PeerConnection(std::shared_ptr<Mailbox> mailbox);
  void Dispose() override;

  // webrtc::PeerConnectionObserver, on the signaling thread.
  // The state comes from the snapshot of the operation that changed it, so that the two cannot disagree.
  void OnSignalingChange(webrtc::PeerConnectionInterface::SignalingState) override {}
  void OnDataChannel(webrtc::scoped_refptr<webrtc::DataChannelInterface> channel) override;
  void OnNegotiationNeededEvent(uint32_t event_id) override;
  // These come from the transports, as webrtc-pc derives them: no event of a transport can disagree with them.
  void OnStandardizedIceConnectionChange(webrtc::PeerConnectionInterface::IceConnectionState) override {}
  void OnConnectionChange(webrtc::PeerConnectionInterface::PeerConnectionState) override {}
  void OnIceGatheringChange(webrtc::PeerConnectionInterface::IceGatheringState) override {}
  void OnIceCandidate(const webrtc::IceCandidate* candidate) override;
  void OnIceCandidateError(const std::string& address,
                           int port,
                           const std::string& url,
                           int error_code,
                           const std::string& error_text) override;

  // Posts `verb` to the signaling thread; ends the operation there when the connection is closed.
  template <class Verb>
  void Start(OperationId operation, Verb verb);
  template <class Verb>
  webrtc::RTCError Call(Verb verb);
  // Calls `verb` with what libwebrtc has for `transceiver`; what it looks like afterwards.
  template <class Verb>
  webrtc::RTCErrorOr<TransceiverSnapshot> Change(const std::shared_ptr<RtpTransceiver>& transceiver, Verb verb);

  // Signaling thread.
  void Done(OperationId operation, webrtc::RTCError error, OperationValue value = {});
  std::shared_ptr<const PeerSnapshot> Snapshot();
  void RememberCreated(const webrtc::SessionDescriptionInterface& description);
  TransceiverSnapshot Describe(const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& transceiver);

  const std::shared_ptr<Mailbox> mailbox_;
  Fingerprint fingerprint_;

  // All below: signaling thread.
  webrtc::scoped_refptr<webrtc::PeerConnectionInterface> pc_;
  webrtc::Thread* network_ = nullptr;
  std::unique_ptr<Transports> transports_;
  // One handle for each transceiver, for ever: identity is part of the specification.
  std::map<webrtc::RtpTransceiverInterface*, std::shared_ptr<RtpTransceiver>> transceivers_;
  uint64_t version_ = 0;
  bool closing_ = false;
  StatsReport last_stats_;
  // As libwebrtc created them last.
  std::unique_ptr<webrtc::SessionDescriptionInterface> created_offer_;
  std::unique_ptr<webrtc::SessionDescriptionInterface> created_answer_;
  // Observers may outlive the connection inside libwebrtc; they ask before they call.
  webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_;
};

}  // namespace pywebrtc

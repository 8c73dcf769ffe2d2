#include "core/peer_connection.h"

#include <algorithm>
#include <utility>

#include "api/jsep.h"
#include "api/make_ref_counted.h"
#include "api/set_local_description_observer_interface.h"
#include "api/set_remote_description_observer_interface.h"
#include "api/stats/rtc_stats_collector_callback.h"
#include "core/engine.h"
#include "core/field_trials.h"
#include "core/sdp_checks.h"
#include "p2p/base/transport_description.h"
#include "p2p/base/transport_info.h"
#include "pc/session_description.h"
#include "rtc_base/rtc_certificate_generator.h"
#include "rtc_base/ssl_fingerprint.h"
#include "rtc_base/ssl_identity.h"

namespace pywebrtc {
namespace {

using webrtc::RTCError;
using webrtc::RTCErrorOr;
using webrtc::RTCErrorType;

RTCError Closed() {
  return RTCError::InvalidState("the RTCPeerConnection is closed");
}

// The number of the line that the parser refused; it tells the line's text only.
std::optional<int> LineNumber(const std::string& sdp, const std::string& line) {
  if (line.empty()) {
    return std::nullopt;
  }
  const size_t position = sdp.find(line);
  if (position == std::string::npos) {
    return std::nullopt;
  }
  return 1 + static_cast<int>(std::count(sdp.begin(), sdp.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
}

struct ParsedDescription {
  std::unique_ptr<webrtc::SessionDescriptionInterface> description;
  RTCError error;
  std::optional<int> line;
};

// libwebrtc checks these when it has begun to apply a description, and then takes no other for the rest
// of the connection's life. It finds by itself, and in time, that they are missing.
std::string WrongInIceParameters(const webrtc::SessionDescription& description) {
  for (const webrtc::TransportInfo& transport : description.transport_infos()) {
    const webrtc::IceParameters ice = transport.description.GetIceParameters();
    if (const RTCError error = ice.Validate(); !error.ok() && !(ice.ufrag.empty() && ice.pwd.empty())) {
      return error.message();
    }
  }
  return "";
}

ParsedDescription Parse(const Description& description) {
  webrtc::SdpParseError parse_error;
  ParsedDescription parsed;
  parsed.description = webrtc::CreateSessionDescription(description.type, description.sdp, &parse_error);
  std::string wrong;
  if (!parsed.description) {
    wrong = parse_error.description.empty() ? "it cannot be parsed" : parse_error.description;
    if (!parse_error.line.empty()) {
      wrong += " in the line \"" + parse_error.line.substr(0, 200) + "\"";
    }
    parsed.line = LineNumber(description.sdp, parse_error.line);
  } else if (parsed.description->description()) {  // a rollback has none
    wrong = WrongInIceParameters(*parsed.description->description());
  }
  if (!wrong.empty()) {
    // https://w3c.github.io/webrtc-pc/#set-description: "invalid SDP syntax" is an RTCError.
    parsed.description = nullptr;
    parsed.error = RTCError::OperationErrorWithData("the SDP is invalid: ");
    parsed.error.string_builder() << wrong;
    parsed.error.set_error_detail(webrtc::RTCErrorDetailType::SDP_SYNTAX_ERROR);
  }
  return parsed;
}

// libwebrtc looks for changes between a local description and the one that it created last, and takes a
// data section of that for one of the other's without looking: a null pointer.
RTCError CompareDataSections(const webrtc::SessionDescriptionInterface* created,
                             const webrtc::SessionDescriptionInterface& given) {
  if (!created || !given.description()) {  // a rollback has none
    return RTCError::OK();
  }
  const webrtc::ContentInfos& old_contents = created->description()->contents();
  const webrtc::ContentInfos& contents = given.description()->contents();
  for (size_t i = 0; i < std::min(old_contents.size(), contents.size()); ++i) {
    const webrtc::ContentInfo& before = old_contents[i];
    const webrtc::ContentInfo& now = contents[i];
    if (before.mid() == now.mid() && before.media_description()->as_sctp() && !now.media_description()->as_sctp()) {
      RTCError error(RTCErrorType::INVALID_MODIFICATION, "the data section is of another kind now: mid ");
      error.string_builder() << now.mid().substr(0, 200);
      return error;
    }
  }
  return RTCError::OK();
}

}  // namespace

// The observers hold the flag besides the connection: libwebrtc may call them when it is gone.
class PeerConnection::CreateObserver : public webrtc::CreateSessionDescriptionObserver {
 public:
  CreateObserver(PeerConnection& pc, OperationId operation) : pc_(pc), alive_(pc.alive_), operation_(operation) {}

  void OnSuccess(webrtc::SessionDescriptionInterface* raw) override {
    std::unique_ptr<webrtc::SessionDescriptionInterface> description(raw);
    if (alive_->alive()) {
      pc_.RememberCreated(*description);
      pc_.Done(operation_, RTCError::OK(), Description{description->GetType(), description->ToString()});
    }
  }
  void OnFailure(RTCError error) override {
    if (alive_->alive()) {
      pc_.Done(operation_, std::move(error));
    }
  }

 private:
  PeerConnection& pc_;
  const webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_;
  const OperationId operation_;
};

class PeerConnection::SetObserver : public webrtc::SetLocalDescriptionObserverInterface,
                                    public webrtc::SetRemoteDescriptionObserverInterface {
 public:
  SetObserver(PeerConnection& pc, OperationId operation) : pc_(pc), alive_(pc.alive_), operation_(operation) {}

  void OnSetLocalDescriptionComplete(RTCError error) override {
    // The implicit form has created what it has set.
    if (alive_->alive() && error.ok() && pc_.pc_->local_description()) {
      pc_.RememberCreated(*pc_.pc_->local_description());
    }
    Complete(std::move(error));
  }
  void OnSetRemoteDescriptionComplete(RTCError error) override { Complete(std::move(error)); }

 private:
  void Complete(RTCError error) {
    if (alive_->alive()) {
      pc_.Done(operation_, std::move(error));
    }
  }

  PeerConnection& pc_;
  const webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_;
  const OperationId operation_;
};

class PeerConnection::StatsObserver : public webrtc::RTCStatsCollectorCallback {
 public:
  StatsObserver(PeerConnection& pc, OperationId operation)
      : mailbox_(pc.mailbox_), key_(pc.key()), operation_(operation) {}

  void OnStatsDelivered(const webrtc::scoped_refptr<const webrtc::RTCStatsReport>& report) override {
    mailbox_->Post(OperationDone{key_, operation_, RTCError::OK(), report, nullptr, std::nullopt});
  }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const Key key_;
  const OperationId operation_;
};

class PeerConnection::LastStatsObserver : public webrtc::RTCStatsCollectorCallback {
 public:
  explicit LastStatsObserver(PeerConnection& pc) : pc_(pc), alive_(pc.alive_) {}

  void OnStatsDelivered(const webrtc::scoped_refptr<const webrtc::RTCStatsReport>& report) override {
    // Not from inside the connection that is closed.
    Engine::PostToSignaling([&pc = pc_, alive = alive_, report] {
      if (alive->alive()) {
        pc.last_stats_ = report;
        pc.Dispose();
      }
    });
  }

 private:
  PeerConnection& pc_;
  const webrtc::scoped_refptr<webrtc::PendingTaskSafetyFlag> alive_;
};

// Ends an operation on any thread, once; libwebrtc lets go of a callback unheard when its sender stops.
class PeerConnection::Reply {
 public:
  Reply(const PeerConnection& pc, OperationId operation)
      : mailbox_(pc.mailbox_), key_(pc.key()), operation_(operation) {}
  Reply(Reply&& other) = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply() {
    if (mailbox_) {
      (*this)(RTCError::InvalidState("the transceiver was stopped meanwhile"));
    }
  }

  void operator()(RTCError error) {
    std::exchange(mailbox_, nullptr)
        ->Post(OperationDone{key_, operation_, std::move(error), {}, nullptr, std::nullopt});
  }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  const Key key_;
  const OperationId operation_;
};

PeerConnection::PeerConnection(std::shared_ptr<Mailbox> mailbox)
    : Object("RTCPeerConnection"),
      mailbox_(std::move(mailbox)),
      alive_(webrtc::PendingTaskSafetyFlag::CreateDetached()) {}

RTCErrorOr<std::shared_ptr<PeerConnection>> PeerConnection::Create(
    std::shared_ptr<Mailbox> mailbox,
    Configuration configuration,
    const std::vector<std::shared_ptr<Certificate>>& certificates,
    const ConnectionOptions& options,
    const ExternalCodecs& codecs) {
  // webrtc-pc has it: a remote offer rolls a pending local one back.
  configuration.enable_implicit_rollback = true;
  for (const auto& certificate : certificates) {
    configuration.certificates.push_back(certificate->native());
  }
  Apply(options, configuration);
  // libwebrtc would make one too, but does not tell what it is.
  if (configuration.certificates.empty()) {
    configuration.certificates.push_back(
        webrtc::RTCCertificateGenerator::GenerateCertificate(webrtc::KeyParams(), std::nullopt));
  }
  const auto& certificate = configuration.certificates.front();
  const auto fingerprint = certificate ? webrtc::SSLFingerprint::CreateFromCertificate(*certificate) : nullptr;
  if (!fingerprint) {
    return RTCError(RTCErrorType::INTERNAL_ERROR, "there is no certificate, or it has no fingerprint");
  }
  if (!FieldTrials::Parse(options.field_trials)) {
    return RTCError::InvalidParameter("field_trials must look like \"Name/Value/Name2/Value2/\"");
  }
  std::shared_ptr<PeerConnection> connection;
  RTCError error = Engine::CallOnSignaling([&] {
    connection = MakeObject<PeerConnection>(std::move(mailbox));
    const Engine::Lane& lane = Engine::NextLane();
    // The connection keeps what it needs of its factory.
    const auto factory = codecs.codecs.empty() ? lane.factory : Engine::CreateFactory(lane, codecs);
    // It holds for the connections that are made from here on.
    webrtc::PeerConnectionFactoryInterface::Options factory_options;
    factory_options.network_ignore_mask = lane.network_ignore_mask | options.ignored_adapters;
    factory->SetOptions(factory_options);
    webrtc::PeerConnectionDependencies dependencies(connection.get());
    auto wrong_fingerprints = std::make_shared<WrongFingerprints>();
    dependencies.dtls_transport_factory = CreateDtlsTransportFactory(*lane.env, wrong_fingerprints);
    dependencies.tls_cert_verifier = Engine::CreateTlsVerifier();
    if (!options.field_trials.empty()) {
      dependencies.trials = FieldTrials::Parse(lane.field_trials + options.field_trials);
    }
    auto pc = factory->CreatePeerConnectionOrError(configuration, std::move(dependencies));
    if (!pc.ok()) {
      return pc.MoveError();
    }
    connection->pc_ = pc.MoveValue();
    connection->network_ = lane.network;
    connection->transports_ = std::make_unique<Transports>(connection->mailbox_, lane.network, wrong_fingerprints);
    connection->fingerprint_ = {.algorithm = fingerprint->algorithm, .digest = fingerprint->GetRfc4572Fingerprint()};
    const auto bitrates = Bitrates(options);
    return bitrates ? connection->pc_->SetBitrate(*bitrates) : RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return connection;
}

void PeerConnection::Dispose() {
  alive_->SetNotAlive();
  if (!pc_) {
    return;
  }
  pc_->Close();
  // Python may keep the handles; what they hold of libwebrtc goes now.
  for (auto& [native, transceiver] : transceivers_) {
    ObjectAccess::DisposeOnce(*transceiver);
  }
  transceivers_.clear();
  transports_ = nullptr;
  pc_ = nullptr;
  mailbox_->Post(PeerConnectionClosed{key(), std::move(last_stats_)});
}

void PeerConnection::Close() {
  // `this` outlives the task: whoever lets go of it posts its deletion to the same thread.
  Engine::PostToSignaling([this] {
    if (pc_ && !closing_) {
      closing_ = true;
      // Statistics outlive the connection, and libwebrtc has none of a closed one.
      pc_->ClearStatsCache();
      pc_->GetStats(webrtc::make_ref_counted<LastStatsObserver>(*this).get());
    }
  });
}

template <class Verb>
void PeerConnection::Start(OperationId operation, Verb verb) {
  Engine::PostToSignaling([this, operation, verb = std::move(verb)]() mutable {
    if (pc_ && !closing_) {
      verb();
    } else {
      Done(operation, Closed());
    }
  });
}

template <class Verb>
RTCError PeerConnection::Call(Verb verb) {
  return Engine::CallOnSignaling([&] { return pc_ && !closing_ ? verb() : Closed(); });
}

template <class Verb>
RTCErrorOr<TransceiverSnapshot> PeerConnection::Change(const std::shared_ptr<RtpTransceiver>& transceiver, Verb verb) {
  TransceiverSnapshot snapshot;
  RTCError error = Call([&] {
    const auto native = transceiver->native();
    if (!native) {
      return Closed();
    }
    RTCError changed = verb(*native);
    ++version_;
    snapshot = Describe(native);
    return changed;
  });
  if (!error.ok()) {
    return error;
  }
  return snapshot;
}

void PeerConnection::Done(OperationId operation, RTCError error, OperationValue value) {
  mailbox_->Post(
      OperationDone{key(), operation, std::move(error), std::move(value), pc_ ? Snapshot() : nullptr, std::nullopt});
  if (pc_) {
    transports_->Report();
  }
}

void PeerConnection::CreateOffer(OperationId operation, OfferAnswerOptions options) {
  Start(operation, [this, operation, options] {
    pc_->CreateOffer(webrtc::make_ref_counted<CreateObserver>(*this, operation).get(), options);
  });
}

void PeerConnection::CreateAnswer(OperationId operation, OfferAnswerOptions options) {
  Start(operation, [this, operation, options] {
    pc_->CreateAnswer(webrtc::make_ref_counted<CreateObserver>(*this, operation).get(), options);
  });
}

void PeerConnection::SetLocalDescription(OperationId operation, std::optional<Description> description) {
  Start(operation, [this, operation, description = std::move(description)] {
    if (!description) {
      pc_->SetLocalDescription(webrtc::make_ref_counted<SetObserver>(*this, operation));
      return;
    }
    ParsedDescription parsed = Parse(*description);
    if (!parsed.description) {
      mailbox_->Post(OperationDone{key(), operation, std::move(parsed.error), {}, nullptr, parsed.line});
      return;
    }
    const bool offer = description->type == webrtc::SdpType::kOffer;
    RTCError error = CompareDataSections((offer ? created_offer_ : created_answer_).get(), *parsed.description);
    if (error.ok()) {
      error = CheckBeforeItIsApplied(*parsed.description, pc_->pending_remote_description());
    }
    if (!error.ok()) {
      Done(operation, std::move(error));
      return;
    }
    pc_->SetLocalDescription(std::move(parsed.description), webrtc::make_ref_counted<SetObserver>(*this, operation));
  });
}

void PeerConnection::SetRemoteDescription(OperationId operation, Description description) {
  Start(operation, [this, operation, description = std::move(description)] {
    ParsedDescription parsed = Parse(description);
    if (!parsed.description) {
      mailbox_->Post(OperationDone{key(), operation, std::move(parsed.error), {}, nullptr, parsed.line});
      return;
    }
    RTCError error = CheckBeforeItIsApplied(*parsed.description, pc_->pending_local_description());
    if (!error.ok()) {
      Done(operation, std::move(error));
      return;
    }
    pc_->SetRemoteDescription(std::move(parsed.description), webrtc::make_ref_counted<SetObserver>(*this, operation));
  });
}

void PeerConnection::AddIceCandidate(OperationId operation,
                                     std::string candidate,
                                     std::string sdp_mid,
                                     int sdp_mline_index) {
  Start(operation, [this, operation, candidate = std::move(candidate), sdp_mid = std::move(sdp_mid), sdp_mline_index] {
    webrtc::SdpParseError parse_error;
    auto parsed = webrtc::IceCandidate::Create(sdp_mid, sdp_mline_index, candidate, &parse_error);
    if (!parsed) {
      RTCError error(RTCErrorType::INTERNAL_ERROR, "the candidate is malformed: ");
      error.string_builder() << parse_error.description;
      Done(operation, std::move(error));
      return;
    }
    // libwebrtc queues this behind a running operation: captures are values.
    pc_->AddIceCandidate(std::move(parsed), [this, operation, alive = alive_](RTCError error) {
      if (alive->alive()) {
        Done(operation, std::move(error));
      }
    });
  });
}

void PeerConnection::GetStats(OperationId operation) {
  Start(operation,
        [this, operation] { pc_->GetStats(webrtc::make_ref_counted<StatsObserver>(*this, operation).get()); });
}

void PeerConnection::SetParameters(OperationId operation,
                                   std::shared_ptr<RtpTransceiver> transceiver,
                                   std::vector<webrtc::RtpEncodingParameters> encodings,
                                   std::optional<webrtc::DegradationPreference> degradation,
                                   std::vector<bool> key_frames) {
  Start(operation, [this, operation, transceiver = std::move(transceiver), encodings = std::move(encodings),
                    degradation, key_frames = std::move(key_frames)]() mutable {
    Reply reply(*this, operation);
    if (!transceiver->native()) {
      return;
    }
    auto sender = transceiver->native()->sender();
    webrtc::RtpParameters parameters = sender->GetParameters();
    if (parameters.encodings.size() != encodings.size()) {
      reply(RTCError(RTCErrorType::INVALID_MODIFICATION, "the number of encodings has changed"));
      return;
    }
    for (size_t i = 0; i < encodings.size(); ++i) {
      const webrtc::RtpEncodingParameters& before = parameters.encodings[i];
      webrtc::RtpEncodingParameters& now = encodings[i];
      now.ssrc = before.ssrc;
      now.csrcs = before.csrcs;
      now.rid = before.rid;
      now.min_bitrate_bps = before.min_bitrate_bps;
      now.num_temporal_layers = before.num_temporal_layers;
      now.request_key_frame = i < key_frames.size() && key_frames[i];
    }
    parameters.encodings = std::move(encodings);
    parameters.degradation_preference = degradation;
    sender->SetParametersAsync(parameters, std::move(reply));
  });
}

void PeerConnection::ReplaceTrack(OperationId operation,
                                  std::shared_ptr<RtpTransceiver> transceiver,
                                  std::shared_ptr<Track> track) {
  Start(operation, [this, operation, transceiver = std::move(transceiver), track = std::move(track)] {
    auto native = transceiver->native();
    const bool replaced = native && native->sender()->SetTrack(track ? track->Outgoing().get() : nullptr);
    transceiver->TrackChanged();
    Done(operation, replaced ? RTCError::OK() : RTCError::InvalidState("the transceiver was stopped"));
  });
}

void PeerConnection::RestartIce() {
  Engine::PostToSignaling([this] {
    if (pc_) {
      pc_->RestartIce();
    }
  });
}

RTCErrorOr<std::shared_ptr<DataChannel>> PeerConnection::CreateDataChannel(const std::string& label,
                                                                           const webrtc::DataChannelInit& init) {
  std::shared_ptr<DataChannel> channel;
  RTCError error = Call([&] {
    auto created = pc_->CreateDataChannelOrError(label, &init);
    if (!created.ok()) {
      return created.MoveError();
    }
    channel = MakeObject<DataChannel>(mailbox_, created.MoveValue(), network_);
    channel->Observe([] {});
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return channel;
}

RTCErrorOr<TransceiverSnapshot> PeerConnection::AddTrack(const std::shared_ptr<Track>& track,
                                                         const std::vector<std::string>& stream_ids) {
  TransceiverSnapshot snapshot;
  RTCError error = Call([&] {
    auto sender = pc_->AddTrack(track->Outgoing(), stream_ids);
    if (!sender.ok()) {
      return sender.MoveError();
    }
    ++version_;
    for (const auto& transceiver : pc_->GetTransceivers()) {
      if (transceiver->sender() == sender.value()) {
        snapshot = Describe(transceiver);
        snapshot.transceiver->TrackChanged();
      }
    }
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return snapshot;
}

RTCErrorOr<TransceiverSnapshot> PeerConnection::RemoveTrack(const std::shared_ptr<RtpTransceiver>& transceiver) {
  return Change(transceiver, [&](auto& native) {
    RTCError error = pc_->RemoveTrackOrError(native.sender());
    transceiver->TrackChanged();
    return error;
  });
}

RTCErrorOr<TransceiverSnapshot> PeerConnection::AddTransceiver(
    webrtc::MediaType kind,
    const std::shared_ptr<Track>& track,
    webrtc::RtpTransceiverDirection direction,
    const std::vector<std::string>& stream_ids,
    const std::vector<webrtc::RtpEncodingParameters>& encodings) {
  TransceiverSnapshot snapshot;
  RTCError error = Call([&] {
    webrtc::RtpTransceiverInit init;
    init.direction = direction;
    init.stream_ids = stream_ids;
    init.send_encodings = encodings;
    auto transceiver = track ? pc_->AddTransceiver(track->Outgoing(), init) : pc_->AddTransceiver(kind, init);
    if (!transceiver.ok()) {
      return transceiver.MoveError();
    }
    ++version_;
    snapshot = Describe(transceiver.value());
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return snapshot;
}

RTCErrorOr<TransceiverSnapshot> PeerConnection::SetDirection(const std::shared_ptr<RtpTransceiver>& transceiver,
                                                             webrtc::RtpTransceiverDirection direction) {
  return Change(transceiver, [&](auto& native) { return native.SetDirectionWithError(direction); });
}

RTCErrorOr<TransceiverSnapshot> PeerConnection::StopTransceiver(const std::shared_ptr<RtpTransceiver>& transceiver) {
  return Change(transceiver, [](auto& native) { return native.StopStandard(); });
}

RTCError PeerConnection::SetConfiguration(const Configuration& configuration) {
  return Call([&] {
    Configuration changed = pc_->GetConfiguration();
    changed.servers = configuration.servers;
    changed.type = configuration.type;
    changed.ice_candidate_pool_size = configuration.ice_candidate_pool_size;
    return pc_->SetConfiguration(changed);
  });
}

RTCErrorOr<bool> PeerConnection::ShouldFireNegotiationNeeded(uint32_t event_id) {
  bool should_fire = false;
  RTCError error = Call([&] {
    should_fire = pc_->ShouldFireNegotiationNeededEvent(event_id);
    return RTCError::OK();
  });
  if (!error.ok()) {
    return error;
  }
  return should_fire;
}

void PeerConnection::RememberCreated(const webrtc::SessionDescriptionInterface& description) {
  const bool offer = description.GetType() == webrtc::SdpType::kOffer;
  (offer ? created_offer_ : created_answer_) = description.Clone();
}

std::shared_ptr<const PeerSnapshot> PeerConnection::Snapshot() {
  auto snapshot = std::make_shared<PeerSnapshot>(TakeSnapshot(*pc_));
  snapshot->version = version_;
  for (const auto& transceiver : pc_->GetTransceivers()) {
    snapshot->transceivers.push_back(Describe(transceiver));
  }
  if (auto sctp = pc_->GetSctpTransport()) {
    const auto information = sctp->Information();
    if (auto dtls = information.dtls_transport()) {
      snapshot->sctp = {.transport = transports_->Watch(sctp),
                        .dtls_transport = transports_->Watch(dtls),
                        .max_message_size = information.MaxMessageSize().value_or(0),
                        .max_channels = information.MaxChannels()};
    }
  }
  return snapshot;
}

TransceiverSnapshot PeerConnection::Describe(
    const webrtc::scoped_refptr<webrtc::RtpTransceiverInterface>& transceiver) {
  auto& handle = transceivers_[transceiver.get()];
  if (!handle) {
    handle = MakeObject<RtpTransceiver>(mailbox_, transceiver);
  }
  const auto transport = transceiver->sender()->dtls_transport();
  return {.transceiver = handle,
          .mid = transceiver->mid(),
          .direction = transceiver->direction(),
          .current_direction = transceiver->current_direction(),
          .fired_direction = transceiver->fired_direction(),
          .stopping = transceiver->stopping(),
          .stopped = transceiver->stopped(),
          .receiver_stream_ids = transceiver->receiver()->stream_ids(),
          .transport = transport ? std::optional(transports_->Watch(transport)) : std::nullopt,
          .version = version_};
}

void PeerConnection::OnDataChannel(webrtc::scoped_refptr<webrtc::DataChannelInterface> native) {
  auto channel = MakeObject<DataChannel>(mailbox_, std::move(native), network_);
  channel->Observe([&] { mailbox_->Post(DataChannelAnnounced{key(), channel}); });
}

void PeerConnection::OnNegotiationNeededEvent(uint32_t event_id) {
  mailbox_->Post(NegotiationNeeded{key(), event_id});
}

void PeerConnection::OnIceCandidate(const webrtc::IceCandidate* candidate) {
  const webrtc::Candidate& details = candidate->candidate();
  mailbox_->Post(IceCandidateGathered{key(),
                                      {.candidate = candidate->ToString(),
                                       .sdp_mid = candidate->sdp_mid(),
                                       .sdp_mline_index = candidate->sdp_mline_index(),
                                       .username_fragment = details.username(),
                                       .url = details.url(),
                                       .relay_protocol = details.relay_protocol()},
                                      Copy(pc_->current_local_description()),
                                      Copy(pc_->pending_local_description())});
}

void PeerConnection::OnIceCandidateError(const std::string& address,
                                         int port,
                                         const std::string& url,
                                         int error_code,
                                         const std::string& error_text) {
  mailbox_->Post(IceCandidateFailed{key(), address, port, url, error_code, error_text});
}

}  // namespace pywebrtc

// What a connection looks like at one moment, copied on the signaling thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/jsep.h"
#include "api/peer_connection_interface.h"
#include "api/rtp_transceiver_direction.h"

namespace pywebrtc {

class RtpTransceiver;

// Names an object in messages.
using Key = uint64_t;

struct Description {
  webrtc::SdpType type;
  std::string sdp;
};

struct Candidate {
  std::string candidate;
  std::string sdp_mid;
  int sdp_mline_index;
  std::string username_fragment;
  std::string url;
  std::string relay_protocol;
};

struct Descriptions {
  std::optional<Description> current_local;
  std::optional<Description> pending_local;
  std::optional<Description> current_remote;
  std::optional<Description> pending_remote;
};

struct TransceiverSnapshot {
  std::shared_ptr<RtpTransceiver> transceiver;
  std::optional<std::string> mid;
  webrtc::RtpTransceiverDirection direction;
  std::optional<webrtc::RtpTransceiverDirection> current_direction;
  std::optional<webrtc::RtpTransceiverDirection> fired_direction;
  bool stopping;
  bool stopped;
  std::vector<std::string> receiver_stream_ids;
  // That of the DTLS transport.
  std::optional<Key> transport;
  // As in PeerSnapshot.
  uint64_t version;
};

struct SctpSnapshot {
  Key transport;
  Key dtls_transport;
  double max_message_size;
  std::optional<int> max_channels;
};

struct PeerSnapshot {
  webrtc::PeerConnectionInterface::SignalingState signaling_state;
  Descriptions descriptions;
  std::optional<bool> can_trickle_ice_candidates;
  std::vector<TransceiverSnapshot> transceivers;
  std::optional<SctpSnapshot> sctp;
  // How many verbs had changed the transceivers. A blocking verb overtakes the messages that wait in
  // the mailbox: this tells Python which of two snapshots is the older one.
  uint64_t version;
};

std::optional<Description> Copy(const webrtc::SessionDescriptionInterface* description);

// Signaling thread. Transceivers and SCTP are the connection's to add: it knows the handles and keys.
PeerSnapshot TakeSnapshot(webrtc::PeerConnectionInterface& pc);

}  // namespace pywebrtc

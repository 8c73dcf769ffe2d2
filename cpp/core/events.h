// Every message that can go up to Python: plain values, copied where the thing happened.
//
// `target` is the key of the object that the message is for; a key that nobody knows any more is
// simply not found, which is why no pointer to a Python object exists on this side.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/data_channel_interface.h"
#include "api/dtls_transport_interface.h"
#include "api/media_stream_interface.h"
#include "api/peer_connection_interface.h"
#include "api/rtc_error.h"
#include "api/scoped_refptr.h"
#include "api/sctp_transport_interface.h"
#include "api/stats/rtc_stats_report.h"
#include "api/transport/enums.h"
#include "core/device_info.h"
#include "core/snapshot.h"
#include "p2p/base/ice_transport_internal.h"
#include "p2p/base/transport_description.h"
#include "rtc_base/copy_on_write_buffer.h"

namespace pywebrtc {

using OperationId = uint64_t;

class Camera;
class Certificate;
class DataChannel;
class ExternalDecoder;
class ExternalEncoder;
class Microphone;
class Speaker;

// Never changes once it is delivered; its count of references is atomic.
using StatsReport = webrtc::scoped_refptr<const webrtc::RTCStatsReport>;

// What an operation gives back where it succeeds.
using OperationValue = std::variant<std::monostate,
                                    bool,
                                    Description,
                                    StatsReport,
                                    std::shared_ptr<Certificate>,
                                    std::vector<DeviceInfo>,
                                    std::shared_ptr<Microphone>,
                                    std::shared_ptr<Speaker>,
                                    std::shared_ptr<Camera>>;

// An operation that Python awaits has ended. `state` is what the connection looked like at that
// moment on the signaling thread; Python applies it before anything else sees the result.
struct OperationDone {
  Key target;
  OperationId operation;
  webrtc::RTCError error;
  OperationValue value;
  std::shared_ptr<const PeerSnapshot> state;
  std::optional<int> sdp_line;
};

// The target is the DTLS transport on top; the candidates are candidate-attributes.
struct IceTransportChanged {
  Key target;
  webrtc::IceTransportState state;
  webrtc::IceRole role;
  std::optional<std::pair<std::string, std::string>> selected;
};

struct IceTransportGathering {
  Key target;
  webrtc::IceGatheringState state;
};

// The remote certificates are DER, the peer's own first.
struct DtlsTransportChanged {
  Key target;
  webrtc::DtlsTransportState state;
  std::vector<std::string> remote_certificates;
  bool wrong_fingerprint;
};

struct SctpTransportChanged {
  Key target;
  webrtc::SctpTransportState state;
  std::optional<int> max_channels;
};

// With the local descriptions, which hold it now.
struct IceCandidateGathered {
  Key target;
  Candidate candidate;
  std::optional<Description> current_local;
  std::optional<Description> pending_local;
};

struct IceCandidateFailed {
  Key target;
  std::string address;
  int port;
  std::string url;
  int error_code;
  std::string error_text;
};

struct NegotiationNeeded {
  Key target;
  uint32_t event_id;
};

struct DataChannelAnnounced {
  Key target;
  std::shared_ptr<DataChannel> channel;
};

// The native side of a closed connection is gone; what it was like at its end is known.
struct PeerConnectionClosed {
  Key target;
  StatsReport last_stats;
};

struct DataChannelStateChanged {
  Key target;
  webrtc::DataChannelInterface::DataState state;
  int id;
  webrtc::RTCError error;
};

struct DataChannelMessage {
  webrtc::CopyOnWriteBuffer data;
  bool binary;
};

// What arrives while it waits is added to it, if nothing else was posted since (Mailbox::PostMessage).
struct DataChannelMessages {
  Key target;
  std::vector<DataChannelMessage> messages;
};

// Whoever handles it takes the bytes: what leaves while it waits is added to them.
struct DataChannelSent {
  Key target;
  std::shared_ptr<std::atomic<uint64_t>> bytes;
};

struct TrackStateChanged {
  Key target;
  webrtc::MediaStreamTrackInterface::TrackState state;
};

// Media has begun to flow to a remote track.
struct TrackUnmuted {
  Key target;
};

// https://w3c.github.io/webrtc-pc/#dfn-dtmf-playout-task: an empty tone ends the playout.
struct ToneChanged {
  Key target;
  int insertion;
  std::string tone;
  std::string tones_left;
};

// A device that is open is not there any more.
struct DeviceLost {
  Key target;
};

// A sink's ring went from empty to not empty.
struct FramesWaiting {
  Key target;
};

// Nobody uses memory of Python's any more: core/lease.h has whose.
struct LeasesReturned {
  Key target;
};

// No more of a source's samples wait than somebody wants to hear of.
struct AudioDrained {
  Key target;
};

// What a source's encoders want has changed, or whether anybody takes what it gives.
struct WantsChanged {
  Key target;
};

// A connection needs the codec of that index (core/external_codecs.h). Its tasks wait, or come.
struct ExternalCodecMade {
  Key target;
  size_t index;
  std::variant<std::shared_ptr<ExternalEncoder>, std::shared_ptr<ExternalDecoder>> codec;
};

// The log's ring went from empty to not empty.
struct LogWaiting {
  Key target;
};

using Event = std::variant<OperationDone,
                           IceTransportChanged,
                           IceTransportGathering,
                           DtlsTransportChanged,
                           SctpTransportChanged,
                           IceCandidateGathered,
                           IceCandidateFailed,
                           NegotiationNeeded,
                           DataChannelAnnounced,
                           PeerConnectionClosed,
                           DataChannelStateChanged,
                           DataChannelMessages,
                           DataChannelSent,
                           TrackStateChanged,
                           TrackUnmuted,
                           ToneChanged,
                           DeviceLost,
                           FramesWaiting,
                           LeasesReturned,
                           AudioDrained,
                           WantsChanged,
                           ExternalCodecMade,
                           LogWaiting>;

}  // namespace pywebrtc

"""The string enumerations of the specifications.

Each is a ``StrEnum``: a member equals its string, and works wherever the string does
(``pc.signalingState == "stable"`` is true, and so is ``pc.signalingState is RTCSignalingState.STABLE``).
Values and their order are those of the IDL.
"""

from __future__ import annotations

from enum import StrEnum


class RTCIceTransportPolicy(StrEnum):
    """Which candidates ICE may use: all, or only those of relays (webrtc-pc, 4.2.4)."""

    RELAY = "relay"
    ALL = "all"


class RTCBundlePolicy(StrEnum):
    """How media is spread over transports when the remote peer does not bundle (webrtc-pc, 4.2.5)."""

    BALANCED = "balanced"
    MAX_COMPAT = "max-compat"
    MAX_BUNDLE = "max-bundle"


class RTCRtcpMuxPolicy(StrEnum):
    """RTP and RTCP share a transport; there is no other choice (webrtc-pc, 4.2.6)."""

    REQUIRE = "require"


class RTCSignalingState(StrEnum):
    """Where offer and answer stand (webrtc-pc, 4.3.1)."""

    STABLE = "stable"
    HAVE_LOCAL_OFFER = "have-local-offer"
    HAVE_REMOTE_OFFER = "have-remote-offer"
    HAVE_LOCAL_PRANSWER = "have-local-pranswer"
    HAVE_REMOTE_PRANSWER = "have-remote-pranswer"
    CLOSED = "closed"


class RTCIceGatheringState(StrEnum):
    """Gathering of candidates, over all transports of a connection (webrtc-pc, 4.3.2)."""

    NEW = "new"
    GATHERING = "gathering"
    COMPLETE = "complete"


class RTCPeerConnectionState(StrEnum):
    """ICE and DTLS state, over all transports of a connection (webrtc-pc, 4.3.3)."""

    CLOSED = "closed"
    FAILED = "failed"
    DISCONNECTED = "disconnected"
    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"


class RTCIceConnectionState(StrEnum):
    """ICE state, over all transports of a connection (webrtc-pc, 4.3.4)."""

    CLOSED = "closed"
    FAILED = "failed"
    DISCONNECTED = "disconnected"
    NEW = "new"
    CHECKING = "checking"
    COMPLETED = "completed"
    CONNECTED = "connected"


class RTCSdpType(StrEnum):
    """The part that a description plays in offer and answer (webrtc-pc, 4.6.1)."""

    OFFER = "offer"
    PRANSWER = "pranswer"
    ANSWER = "answer"
    ROLLBACK = "rollback"


class RTCIceProtocol(StrEnum):
    """The transport protocol of a candidate (webrtc-pc, 4.8.1)."""

    UDP = "udp"
    TCP = "tcp"


class RTCIceTcpCandidateType(StrEnum):
    """The direction in which a TCP candidate connects (webrtc-pc; RFC 6544, 4.5)."""

    ACTIVE = "active"
    PASSIVE = "passive"
    SO = "so"


class RTCIceCandidateType(StrEnum):
    """Where a candidate was found (webrtc-pc; RFC 8445, 4)."""

    HOST = "host"
    SRFLX = "srflx"
    PRFLX = "prflx"
    RELAY = "relay"


class RTCIceServerTransportProtocol(StrEnum):
    """The protocol between a client and its TURN server (webrtc-pc; RFC 8656, 3.1)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class RTCRtpTransceiverDirection(StrEnum):
    """What a transceiver wants to do, or does (webrtc-pc, 5.4)."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"
    STOPPED = "stopped"


class RTCDtlsTransportState(StrEnum):
    """The state of a DTLS transport (webrtc-pc, 5.5)."""

    NEW = "new"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    CLOSED = "closed"
    FAILED = "failed"


class RTCIceGathererState(StrEnum):
    """Gathering of candidates of one ICE transport (webrtc-pc, 5.6)."""

    NEW = "new"
    GATHERING = "gathering"
    COMPLETE = "complete"


class RTCIceTransportState(StrEnum):
    """The state of one ICE transport (webrtc-pc, 5.6)."""

    CLOSED = "closed"
    FAILED = "failed"
    DISCONNECTED = "disconnected"
    NEW = "new"
    CHECKING = "checking"
    COMPLETED = "completed"
    CONNECTED = "connected"


class RTCIceRole(StrEnum):
    """Which agent nominates the candidate pair (webrtc-pc, 5.6; RFC 8445, 6.1.1)."""

    UNKNOWN = "unknown"
    CONTROLLING = "controlling"
    CONTROLLED = "controlled"


class RTCIceComponent(StrEnum):
    """The component of an ICE transport; with RTCP multiplexed it is always ``rtp`` (webrtc-pc, 5.6)."""

    RTP = "rtp"
    RTCP = "rtcp"


class RTCSctpTransportState(StrEnum):
    """The state of an SCTP association (webrtc-pc, 6.1)."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    CLOSED = "closed"


class RTCDataChannelState(StrEnum):
    """The state of a data channel (webrtc-pc, 6.2)."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class RTCErrorDetailType(StrEnum):
    """What an :class:`RTCError` is about (webrtc-pc, 11.2; from ``idp-`` on: webrtc-identity)."""

    DATA_CHANNEL_FAILURE = "data-channel-failure"
    DTLS_FAILURE = "dtls-failure"
    FINGERPRINT_FAILURE = "fingerprint-failure"
    SCTP_FAILURE = "sctp-failure"
    SDP_SYNTAX_ERROR = "sdp-syntax-error"
    HARDWARE_ENCODER_NOT_AVAILABLE = "hardware-encoder-not-available"
    HARDWARE_ENCODER_ERROR = "hardware-encoder-error"
    IDP_BAD_SCRIPT_FAILURE = "idp-bad-script-failure"
    IDP_EXECUTION_FAILURE = "idp-execution-failure"
    IDP_LOAD_FAILURE = "idp-load-failure"
    IDP_NEED_LOGIN = "idp-need-login"
    IDP_TIMEOUT = "idp-timeout"
    IDP_TLS_FAILURE = "idp-tls-failure"
    IDP_TOKEN_EXPIRED = "idp-token-expired"
    IDP_TOKEN_INVALID = "idp-token-invalid"


class RTCStatsType(StrEnum):
    """The ``type`` of an entry of a stats report (webrtc-stats, section "RTCStatsType")."""

    CODEC = "codec"
    INBOUND_RTP = "inbound-rtp"
    OUTBOUND_RTP = "outbound-rtp"
    REMOTE_INBOUND_RTP = "remote-inbound-rtp"
    REMOTE_OUTBOUND_RTP = "remote-outbound-rtp"
    MEDIA_SOURCE = "media-source"
    MEDIA_PLAYOUT = "media-playout"
    PEER_CONNECTION = "peer-connection"
    DATA_CHANNEL = "data-channel"
    TRANSPORT = "transport"
    CANDIDATE_PAIR = "candidate-pair"
    LOCAL_CANDIDATE = "local-candidate"
    REMOTE_CANDIDATE = "remote-candidate"
    CERTIFICATE = "certificate"


class RTCQualityLimitationReason(StrEnum):
    """What holds down resolution or frame rate of an encoder (webrtc-stats)."""

    NONE = "none"
    CPU = "cpu"
    BANDWIDTH = "bandwidth"
    OTHER = "other"


class RTCDtlsRole(StrEnum):
    """Which side of the DTLS handshake this is (webrtc-stats)."""

    CLIENT = "client"
    SERVER = "server"
    UNKNOWN = "unknown"


class RTCStatsIceCandidatePairState(StrEnum):
    """The state of a candidate pair in the check list (webrtc-stats; RFC 8445, 6.1.2.6)."""

    FROZEN = "frozen"
    WAITING = "waiting"
    IN_PROGRESS = "in-progress"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


class RTCPriorityType(StrEnum):
    """The relative priority of a track or channel (webrtc-priority; RFC 8831, 6.4)."""

    VERY_LOW = "very-low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RTCDegradationPreference(StrEnum):
    """What to give up first when bandwidth or CPU is short (mst-content-hint)."""

    MAINTAIN_FRAMERATE = "maintain-framerate"
    MAINTAIN_RESOLUTION = "maintain-resolution"
    BALANCED = "balanced"
    MAINTAIN_FRAMERATE_AND_RESOLUTION = "maintain-framerate-and-resolution"


class MediaStreamTrackState(StrEnum):
    """Whether a track still has a source (mediacapture-main, 4.3)."""

    LIVE = "live"
    ENDED = "ended"


class VideoFacingModeEnum(StrEnum):
    """Where a camera looks, seen from the user (mediacapture-main)."""

    USER = "user"
    ENVIRONMENT = "environment"
    LEFT = "left"
    RIGHT = "right"


class VideoResizeModeEnum(StrEnum):
    """Whether a source may crop and scale to reach a size (mediacapture-main)."""

    NONE = "none"
    CROP_AND_SCALE = "crop-and-scale"


class EchoCancellationModeEnum(StrEnum):
    """Which sounds are removed from a microphone's signal (mediacapture-main)."""

    ALL = "all"
    REMOTE_ONLY = "remote-only"


class MediaDeviceKind(StrEnum):
    """What a device takes in or puts out (mediacapture-main)."""

    AUDIOINPUT = "audioinput"
    AUDIOOUTPUT = "audiooutput"
    VIDEOINPUT = "videoinput"


class RTCEncodedVideoFrameType(StrEnum):
    """Whether an encoded picture can be decoded alone (webrtc-encoded-transform, WebCodecs)."""

    EMPTY = "empty"
    KEY = "key"
    DELTA = "delta"


class SFrameCipherSuite(StrEnum):
    """How SFrame encrypts and authenticates (RFC 9605, section 4.5; draft-barnes-sframe-iana-256)."""

    AES_128_CTR_HMAC_SHA256_80 = "AES_128_CTR_HMAC_SHA256_80"
    AES_128_CTR_HMAC_SHA256_64 = "AES_128_CTR_HMAC_SHA256_64"
    AES_128_CTR_HMAC_SHA256_32 = "AES_128_CTR_HMAC_SHA256_32"
    AES_128_GCM_SHA256_128 = "AES_128_GCM_SHA256_128"
    AES_256_GCM_SHA512_128 = "AES_256_GCM_SHA512_128"
    AES_256_CTR_HMAC_SHA512_80 = "AES_256_CTR_HMAC_SHA512_80"
    AES_256_CTR_HMAC_SHA512_64 = "AES_256_CTR_HMAC_SHA512_64"
    AES_256_CTR_HMAC_SHA512_32 = "AES_256_CTR_HMAC_SHA512_32"


class SFrameType(StrEnum):
    """What is encrypted as one (webrtc-encoded-transform)."""

    PER_FRAME = "per-frame"
    PER_PACKET = "per-packet"


class SFrameTransformErrorEventType(StrEnum):
    """Why a frame was not decrypted (webrtc-encoded-transform)."""

    AUTHENTICATION = "authentication"
    KEYID = "keyID"
    SYNTAX = "syntax"


class BinaryType(StrEnum):
    """How a data channel delivers binary messages (WebSockets standard, which webrtc-pc refers to)."""

    BLOB = "blob"
    ARRAYBUFFER = "arraybuffer"

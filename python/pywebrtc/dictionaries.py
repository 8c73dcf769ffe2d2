"""The dictionaries of webrtc-pc and of the specifications that extend it, as dataclasses.

Wherever a method takes one of them it takes a dict literal of the same members as well:
``RTCPeerConnection({"iceServers": [{"urls": "stun:stun.example.org"}]})``. What is given is copied. None
stands for a member that is absent. Conversion and its errors are those of :mod:`pywebrtc._webidl`.

Members that come from other specifications are marked with it; the rest are webrtc-pc's.
"""

# The annotations are read at run time, to convert by them.

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from ._webidl import (
    Dictionary,
    Interface,
    Long,
    Octet,
    UnsignedLong,
    UnsignedLongLong,
    UnsignedShort,
    dictionary,
)
from .enums import (
    RTCBundlePolicy,
    RTCDegradationPreference,
    RTCErrorDetailType,
    RTCIceServerTransportProtocol,
    RTCIceTransportPolicy,
    RTCPriorityType,
    RTCRtcpMuxPolicy,
    RTCRtpTransceiverDirection,
    RTCSdpType,
)

if TYPE_CHECKING:
    from .certificate import RTCCertificate
    from .mediastream import MediaStream
else:
    RTCCertificate = Interface(".certificate", "RTCCertificate")
    MediaStream = Interface(".mediastream", "MediaStream")


# --- Configuration ---------------------------------------------------------------------------------------


@dictionary
class RTCIceServer(Dictionary):
    """STUN and TURN servers that ICE may use (webrtc-pc, section "RTCIceServer").

    Attributes:
        urls: one or several URLs: ``stun:host[:port]`` (RFC 7064), ``turn:`` or
            ``turns:host[:port][?transport=udp|tcp]`` (RFC 7065).
        username: for TURN; fewer than 509 bytes of UTF-8.
        credential: for TURN, the password. It is left out of the repr.
    """

    urls: str | list[str]
    username: str | None = None
    credential: str | None = field(default=None, repr=False)


@dictionary
class RTCConfiguration(Dictionary):
    """How connections are made (webrtc-pc, section "RTCConfiguration").

    Attributes:
        iceServers: the servers that ICE may use.
        iceTransportPolicy: which candidates ICE may use.
        bundlePolicy: how media is spread over transports if the remote peer does not bundle.
        rtcpMuxPolicy: always ``"require"``.
        certificates: what DTLS authenticates with; one is generated if there is none. It can only be
            chosen in the constructor.
        iceCandidatePoolSize: how many ICE components to gather candidates for in advance, 0 to 255.
        peerIdentity: the only remote identity to talk to (webrtc-identity).
        alwaysNegotiateDataChannels: offer data channels before one is created (webrtc-extensions).
    """

    iceServers: list[RTCIceServer] = field(default_factory=list[RTCIceServer])
    iceTransportPolicy: RTCIceTransportPolicy | str = RTCIceTransportPolicy.ALL
    bundlePolicy: RTCBundlePolicy | str = RTCBundlePolicy.BALANCED
    rtcpMuxPolicy: RTCRtcpMuxPolicy | str = RTCRtcpMuxPolicy.REQUIRE
    certificates: list[RTCCertificate] = field(default_factory=list["RTCCertificate"])
    iceCandidatePoolSize: Octet = 0
    peerIdentity: str | None = None
    alwaysNegotiateDataChannels: bool = False


@dictionary
class RTCCertificateExpiration(Dictionary):
    """How long a new certificate is valid (webrtc-pc, section "RTCCertificateExpiration").

    Attributes:
        expires: milliseconds from now; at most 365 days are used.
    """

    expires: UnsignedLongLong | None = None


# --- Offer, answer, candidates ---------------------------------------------------------------------------


@dictionary
class RTCOfferAnswerOptions(Dictionary):
    """What options of offers and answers have in common: nothing, so far."""


@dictionary
class RTCOfferOptions(RTCOfferAnswerOptions):
    """Options of ``createOffer`` (webrtc-pc, section "RTCOfferOptions").

    Attributes:
        iceRestart: give the offer new ICE credentials.
        offerToReceiveAudio: legacy (section "Legacy configuration extensions"). True adds a ``recvonly``
            audio transceiver where none receives; False stops the receiving of all.
        offerToReceiveVideo: the same for video.
    """

    iceRestart: bool = False
    offerToReceiveAudio: bool | None = None
    offerToReceiveVideo: bool | None = None


@dictionary
class RTCAnswerOptions(RTCOfferAnswerOptions):
    """Options of ``createAnswer``: none, so far."""


@dictionary
class RTCSessionDescriptionInit(Dictionary):
    """A session description in plain data (webrtc-pc, section "RTCSessionDescriptionInit").

    Attributes:
        type: what part the SDP plays.
        sdp: the SDP; ignored with ``"rollback"``.
    """

    type: RTCSdpType | str
    sdp: str = ""


@dictionary
class RTCLocalSessionDescriptionInit(Dictionary):
    """What ``setLocalDescription`` takes (webrtc-pc, section "RTCLocalSessionDescriptionInit").

    Attributes:
        type: what part the SDP plays; where absent, what the signaling state asks for.
        sdp: the SDP; where empty, what ``createOffer`` or ``createAnswer`` would give.
    """

    type: RTCSdpType | str | None = None
    sdp: str = ""


@dictionary
class RTCIceCandidateInit(Dictionary):
    """An ICE candidate in plain data (webrtc-pc, section "RTCIceCandidateInit").

    Attributes:
        candidate: the candidate-attribute of RFC 8839, 5.1; ``""`` says that there are no more.
        sdpMid: the mid of the media description that it is for.
        sdpMLineIndex: the index of that media description, from 0.
        usernameFragment: the ICE ufrag that it belongs to.
    """

    candidate: str = ""
    sdpMid: str | None = None
    sdpMLineIndex: UnsignedShort | None = None
    usernameFragment: str | None = None


@dictionary
class RTCLocalIceCandidateInit(RTCIceCandidateInit):
    """What an :class:`RTCIceCandidate` is made of (webrtc-pc, section "RTCLocalIceCandidateInit").

    Attributes:
        relayProtocol: for a local relay candidate, the protocol spoken with the TURN server.
        url: for a local srflx or relay candidate, the URL of the server it was found with.
    """

    relayProtocol: RTCIceServerTransportProtocol | str | None = None
    url: str | None = None


# --- Data channels ---------------------------------------------------------------------------------------


@dictionary
class RTCDataChannelInit(Dictionary):
    """Options of ``createDataChannel`` (webrtc-pc, section "RTCDataChannelInit").

    Attributes:
        ordered: deliver messages in the order in which they were sent.
        maxPacketLifeTime: milliseconds during which a message is sent again; not with ``maxRetransmits``.
        maxRetransmits: how often a message is sent again; not with ``maxPacketLifeTime``.
        protocol: the name of the subprotocol; at most 65535 bytes of UTF-8.
        negotiated: both peers create the channel, with the same ``id``; nothing is announced in-band.
        id: the SCTP stream, 0 to 65534; chosen by the library where ``negotiated`` is false.
        priority: the relative priority (webrtc-priority).
    """

    ordered: bool = True
    maxPacketLifeTime: UnsignedShort | None = None
    maxRetransmits: UnsignedShort | None = None
    protocol: str = ""
    negotiated: bool = False
    id: UnsignedShort | None = None
    priority: RTCPriorityType | str = RTCPriorityType.LOW


# --- RTP parameters --------------------------------------------------------------------------------------


@dictionary
class RTCRtpCodec(Dictionary):
    """A codec (webrtc-pc, section "RTCRtpCodec").

    Attributes:
        mimeType: such as ``"video/VP8"``.
        clockRate: in Hz.
        channels: 1 for mono, 2 for stereo; absent for video.
        sdpFmtpLine: the parameters of ``a=fmtp``.
    """

    mimeType: str
    clockRate: UnsignedLong
    channels: UnsignedShort | None = None
    sdpFmtpLine: str | None = None


@dictionary
class RTCRtpCodecParameters(RTCRtpCodec):
    """A codec as negotiated (webrtc-pc, section "RTCRtpCodecParameters").

    Attributes:
        payloadType: the RTP payload type.
    """

    payloadType: Octet


@dictionary
class RTCRtpHeaderExtensionCapability(Dictionary):
    """An RTP header extension that is supported (webrtc-pc, section "RTCRtpHeaderExtensionCapability").

    Attributes:
        uri: its name (RFC 8285).
        direction: in which directions to negotiate it; ``"stopped"`` for not at all (webrtc-extensions).
    """

    uri: str
    direction: RTCRtpTransceiverDirection | str


@dictionary
class RTCRtpCapabilities(Dictionary):
    """What a kind of media can be sent or received with (webrtc-pc, section "RTCRtpCapabilities").

    Attributes:
        codecs: the codecs, including resiliency formats such as RTX, RED and FEC.
        headerExtensions: the RTP header extensions.
    """

    codecs: list[RTCRtpCodec]
    headerExtensions: list[RTCRtpHeaderExtensionCapability]


@dictionary
class RTCRtpHeaderExtensionParameters(Dictionary):
    """An RTP header extension as negotiated (webrtc-pc, section "RTCRtpHeaderExtensionParameters").

    Attributes:
        uri: its name (RFC 8285).
        id: its number in packets.
        encrypted: whether it is encrypted.
    """

    uri: str
    id: UnsignedShort
    encrypted: bool = False


@dictionary
class RTCRtcpParameters(Dictionary):
    """Parameters of RTCP (webrtc-pc, section "RTCRtcpParameters").

    Attributes:
        cname: the canonical name in sender descriptions.
        reducedSize: whether reduced-size RTCP (RFC 5506) is used.
    """

    cname: str | None = None
    reducedSize: bool | None = None


@dictionary
class RTCResolutionRestriction(Dictionary):
    """The largest size of an encoding, whatever its orientation (webrtc-extensions).

    Attributes:
        maxWidth: in pixels.
        maxHeight: in pixels.
    """

    maxWidth: UnsignedLong | None = None
    maxHeight: UnsignedLong | None = None


@dictionary
class RTCRtpCodingParameters(Dictionary):
    """What encodings have in common (webrtc-pc, section "RTCRtpCodingParameters").

    Attributes:
        rid: the RTP stream id of a simulcast layer.
    """

    rid: str | None = None


@dictionary
class RTCRtpEncodingParameters(RTCRtpCodingParameters):
    """How a track is encoded, once for every layer (webrtc-pc, section "RTCRtpEncodingParameters").

    Attributes:
        active: whether it is sent.
        codec: the codec to use, one of those negotiated.
        maxBitrate: in bits per second.
        maxFramerate: in frames per second.
        scaleResolutionDownBy: 1.0 or more: what width and height are divided by.
        priority: its share of the bandwidth (webrtc-priority).
        networkPriority: its DSCP marking (webrtc-priority).
        scalabilityMode: the layers within the encoding, such as ``"L1T3"`` (webrtc-svc).
        scaleResolutionDownTo: the largest size to send (webrtc-extensions).
        ptime: milliseconds of audio in a packet (webrtc-extensions).
        adaptivePtime: let the network decide on ``ptime`` (webrtc-extensions).
    """

    active: bool = True
    codec: RTCRtpCodec | None = None
    maxBitrate: UnsignedLong | None = None
    maxFramerate: float | None = None
    scaleResolutionDownBy: float | None = None
    priority: RTCPriorityType | str = RTCPriorityType.LOW
    networkPriority: RTCPriorityType | str | None = None
    scalabilityMode: str | None = None
    scaleResolutionDownTo: RTCResolutionRestriction | None = None
    ptime: UnsignedLong | None = None
    adaptivePtime: bool = False


@dictionary
class RTCRtpParameters(Dictionary):
    """What parameters of senders and receivers have in common (webrtc-pc, section "RTCRtpParameters").

    Attributes:
        headerExtensions: the RTP header extensions negotiated.
        rtcp: the parameters of RTCP.
        codecs: the codecs negotiated.
    """

    headerExtensions: list[RTCRtpHeaderExtensionParameters]
    rtcp: RTCRtcpParameters
    codecs: list[RTCRtpCodecParameters]


@dictionary
class RTCRtpSendParameters(RTCRtpParameters):
    """What a sender sends with (webrtc-pc, section "RTCRtpSendParameters").

    Get them, change encodings or ``degradationPreference``, and set them; the rest is read-only.

    Attributes:
        transactionId: names the ``getParameters`` call that this comes from; ``setParameters`` checks it.
        encodings: the layers, one without simulcast.
        degradationPreference: what to give up first when bandwidth is short (mst-content-hint).
    """

    transactionId: str
    encodings: list[RTCRtpEncodingParameters]
    degradationPreference: RTCDegradationPreference | str | None = None


@dictionary
class RTCRtpReceiveParameters(RTCRtpParameters):
    """What a receiver receives with (webrtc-pc, section "RTCRtpReceiveParameters")."""


@dictionary
class RTCEncodingOptions(Dictionary):
    """What ``setParameters`` does with an encoding once (webrtc-extensions).

    Attributes:
        keyFrame: make a key frame.
    """

    keyFrame: bool = False


@dictionary
class RTCSetParameterOptions(Dictionary):
    """Options of ``setParameters`` (webrtc-pc, section "RTCSetParameterOptions").

    Attributes:
        encodingOptions: one for each encoding, or none (webrtc-extensions).
    """

    encodingOptions: list[RTCEncodingOptions] = field(default_factory=list[RTCEncodingOptions])


@dictionary
class RTCRtpTransceiverInit(Dictionary):
    """Options of ``addTransceiver`` (webrtc-pc, section "RTCRtpTransceiverInit").

    Attributes:
        direction: the initial direction.
        streams: the streams that the remote peer finds the track in.
        sendEncodings: the layers to send, several for simulcast.
    """

    direction: RTCRtpTransceiverDirection | str = RTCRtpTransceiverDirection.SENDRECV
    streams: list[MediaStream] = field(default_factory=list["MediaStream"])
    sendEncodings: list[RTCRtpEncodingParameters] = field(default_factory=list[RTCRtpEncodingParameters])


@dictionary
class RTCRtpContributingSource(Dictionary):
    """A source whose media was played out lately (webrtc-pc, section "RTCRtpContributingSource").

    Attributes:
        timestamp: when its last frame was delivered: milliseconds since the epoch.
        source: its CSRC or SSRC.
        audioLevel: from 0.0, silence, to 1.0, 0 dBov; for audio whose sender says it.
        rtpTimestamp: the RTP timestamp of its last frame.
        captureTimestamp: when that frame was captured: milliseconds of its sender's NTP clock
            (webrtc-extensions).
        senderCaptureTimeOffset: what to add to it for this peer's clock, in milliseconds
            (webrtc-extensions).
    """

    timestamp: float
    source: UnsignedLong
    audioLevel: float | None = None
    rtpTimestamp: UnsignedLong
    captureTimestamp: float | None = None
    senderCaptureTimeOffset: float | None = None


@dictionary
class RTCRtpSynchronizationSource(RTCRtpContributingSource):
    """The same, of a stream's own source (webrtc-pc, section "RTCRtpSynchronizationSource")."""


# --- Transports ------------------------------------------------------------------------------------------


@dictionary
class RTCDtlsFingerprint(Dictionary):
    """A fingerprint of a certificate (webrtc-pc, section "RTCDtlsFingerprint").

    Attributes:
        algorithm: the hash function, such as ``"sha-256"``.
        value: the hash, in lower-case hexadecimal with colons.
    """

    algorithm: str | None = None
    value: str | None = None


@dictionary
class RTCIceParameters(Dictionary):
    """The ICE credentials of one side (webrtc-pc, section "RTCIceParameters").

    Attributes:
        usernameFragment: the ufrag.
        password: the password. It is left out of the repr.
        iceLite: whether that side is an ICE lite agent (webrtc-ice).
    """

    usernameFragment: str | None = None
    password: str | None = field(default=None, repr=False)
    iceLite: bool | None = None


# --- Identity --------------------------------------------------------------------------------------------


@dictionary
class RTCIdentityProviderOptions(Dictionary):
    """Options of ``setIdentityProvider`` (webrtc-identity, section "RTCIdentityProviderOptions").

    Attributes:
        protocol: which of the providers of its domain; without slashes and backslashes.
        usernameHint: for whom an assertion is wanted.
        peerIdentity: for which peer; if absent, that of the connection's configuration.
    """

    protocol: str = "default"
    usernameHint: str | None = None
    peerIdentity: str | None = None


@dictionary
class RTCIdentityProviderDetails(Dictionary):
    """Who validates an assertion (webrtc-identity, section "RTCIdentityProviderDetails").

    Attributes:
        domain: the domain name of the identity provider.
        protocol: which of the providers of its domain.
    """

    domain: str
    protocol: str = "default"


@dictionary
class RTCIdentityAssertionResult(Dictionary):
    """What ``generateAssertion`` gives (webrtc-identity, section "RTCIdentityAssertionResult").

    Attributes:
        idp: who validates the assertion.
        assertion: what that one is told: anything that fits into a string.
    """

    idp: RTCIdentityProviderDetails
    assertion: str


@dictionary
class RTCIdentityValidationResult(Dictionary):
    """What ``validateAssertion`` gives (webrtc-identity, section "RTCIdentityValidationResult").

    Attributes:
        identity: of the peer: ``user@domain``, with ``@`` and ``%`` in ``user`` percent-encoded.
        contents: what the assertion was generated for, unchanged.
    """

    identity: str
    contents: str


GenerateAssertionCallback = Callable[
    [str, str, RTCIdentityProviderOptions],
    Awaitable[RTCIdentityAssertionResult | Mapping[str, Any]]
    | RTCIdentityAssertionResult
    | Mapping[str, Any],
]
ValidateAssertionCallback = Callable[
    [str, str],
    Awaitable[RTCIdentityValidationResult | Mapping[str, Any]]
    | RTCIdentityValidationResult
    | Mapping[str, Any],
]


@dictionary
class RTCIdentityProvider(Dictionary):
    """The methods of an identity provider (webrtc-identity, section "RTCIdentityProvider").

    Any object that has both is one. They may be functions or coroutine functions, and have 15 seconds. What
    they raise fails with ``"idp-execution-failure"`` what needed them, and with the same error where it is an
    RTCError of an ``"idp-..."`` detail: ``RTCError("log in", errorDetail="idp-need-login",
    idpLoginUrl=...)``.

    Attributes:
        generateAssertion: called with ``contents``, the origin and :class:`RTCIdentityProviderOptions`; gives
            an :class:`RTCIdentityAssertionResult` or a dict of its members.
        validateAssertion: called with the assertion and the origin; gives an
            :class:`RTCIdentityValidationResult` or a dict of its members.
    """

    generateAssertion: GenerateAssertionCallback
    validateAssertion: ValidateAssertionCallback


# --- Errors ----------------------------------------------------------------------------------------------


@dictionary
class RTCErrorInit(Dictionary):
    """What an :class:`RTCError` is made of (webrtc-pc, section "RTCErrorInit").

    Attributes:
        errorDetail: what it is about.
        sdpLineNumber: with ``"sdp-syntax-error"``, the line, from 1.
        sctpCauseCode: with ``"sctp-failure"``, the SCTP cause code.
        receivedAlert: with ``"dtls-failure"``, a DTLS alert that was received.
        sentAlert: with ``"dtls-failure"``, a DTLS alert that was sent.
        httpRequestStatusCode: with ``"idp-load-failure"``, the HTTP status (webrtc-identity).
        idpLoginUrl: with ``"idp-need-login"``, where to log in (ours).
        idpErrorInfo: what an identity provider has to say of its failure (ours).
    """

    errorDetail: RTCErrorDetailType | str
    sdpLineNumber: Long | None = None
    sctpCauseCode: Long | None = None
    receivedAlert: UnsignedLong | None = None
    sentAlert: UnsignedLong | None = None
    httpRequestStatusCode: Long | None = None
    idpLoginUrl: str | None = None
    idpErrorInfo: str | None = None

"""The statistics of webrtc-stats (https://w3c.github.io/webrtc-stats/), one class for each of its
dictionaries.

Names, meanings and units are the specification's: times that have passed are seconds, moments are
milliseconds since 1970, sizes are bytes and rates bits per second. All counters begin at 0 and grow. None
stands for a member that is absent: it does not apply, is not known yet, or libwebrtc does not have it.

Members marked "(libwebrtc)" are in no specification, or in webrtc-provisional-stats only: libwebrtc reports
them, and they may go.
"""

# The annotations are read at run time, to convert by them.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast, dataclass_transform, get_args, get_origin, get_type_hints

from .enums import (
    RTCDataChannelState,
    RTCDtlsRole,
    RTCDtlsTransportState,
    RTCIceCandidateType,
    RTCIceRole,
    RTCIceServerTransportProtocol,
    RTCIceTcpCandidateType,
    RTCIceTransportState,
    RTCQualityLimitationReason,
    RTCStatsIceCandidatePairState,
    RTCStatsType,
)

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(field,))
def _stats(cls: type[T]) -> type[T]:
    """Make a dictionary of statistics of a class with annotations."""
    return dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)(cls)


def _libwebrtc() -> Any:
    """A member that libwebrtc has and webrtc-stats does not."""
    return field(default=None, metadata={"libwebrtc": True})


_NOTHING: Mapping[str, Any] = MappingProxyType({})


@_stats
class RTCStats:
    """What all statistics have (webrtc-pc, section "RTCStats"). They never change, and are equal by value.

    Attributes:
        id: what it is found by in its report, and in later ones of the same connection.
        timestamp: when it was taken: milliseconds since 1970.
        type: what it is about. A type that this version does not know is a bare string.
        unknown: members of libwebrtc's that this version does not know, as they came.
    """

    id: str
    timestamp: float
    type: RTCStatsType | str
    unknown: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def to_dict(self) -> dict[str, Any]:
        """The members that are present, as JSON has them."""
        members: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is not None and f.name != "unknown":
                members[f.name] = _plain(value)
        return {**members, **self.unknown}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RTCStats):
            return NotImplemented
        return type(self) is type(other) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.id, self.timestamp, self.type))

    def __reduce__(self) -> tuple[Any, ...]:
        return make_stats, (self.to_dict(),)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.to_dict().items())
        return f"{type(self).__name__}({shown})"


# --- Codecs and RTP streams ------------------------------------------------------------------------------


@_stats
class RTCCodecStats(RTCStats):
    """A codec that is used by a stream (webrtc-stats, section "RTCCodecStats").

    Attributes:
        payloadType: its number in RTP packets.
        transportId: the RTCTransportStats on which it is used.
        mimeType: such as ``"video/VP8"``.
        clockRate: of RTP timestamps, in Hz.
        channels: 2 for stereo; of audio only.
        sdpFmtpLine: its parameters, as in ``a=fmtp``.
    """

    payloadType: int
    transportId: str
    mimeType: str
    clockRate: int | None = None
    channels: int | None = None
    sdpFmtpLine: str | None = None


@_stats
class RTCRtpStreamStats(RTCStats):
    """What all RTP streams have (webrtc-stats, section "RTCRtpStreamStats").

    Attributes:
        ssrc: the stream's SSRC.
        kind: ``"audio"`` or ``"video"``.
        transportId: the RTCTransportStats that carries it.
        codecId: the RTCCodecStats that it is encoded with.
    """

    ssrc: int
    kind: str
    transportId: str | None = None
    codecId: str | None = None


@_stats
class RTCReceivedRtpStreamStats(RTCRtpStreamStats):
    """What the receiving end counts (webrtc-stats, section "RTCReceivedRtpStreamStats").

    Attributes:
        packetsReceived: RTP packets, retransmitted ones too.
        packetsReceivedWithEct1: with the ECN mark ECT(1).
        packetsReceivedWithCe: with the ECN mark CE.
        packetsReportedAsLost: by RFC 8888 feedback.
        packetsReportedAsLostButRecovered: reported as lost, and reported as received later.
        packetsLost: RTP packets that were expected and not received (RFC 3550); duplicates may make
            it negative.
        jitter: of packets, in seconds.
    """

    packetsReceived: int | None = None
    packetsReceivedWithEct1: int | None = None
    packetsReceivedWithCe: int | None = None
    packetsReportedAsLost: int | None = None
    packetsReportedAsLostButRecovered: int | None = None
    packetsLost: int | None = None
    jitter: float | None = None


@_stats
class RTCInboundRtpStreamStats(RTCReceivedRtpStreamStats):
    """A stream that this peer receives (webrtc-stats, section "RTCInboundRtpStreamStats").

    Attributes:
        trackIdentifier: the ``id`` of the receiver's track.
        mid: of the transceiver.
        remoteId: the RTCRemoteOutboundRtpStreamStats of the same stream.
        framesDecoded: frames (video).
        keyFramesDecoded: key frames among them (video).
        framesRendered: frames shown; libwebrtc does not know (video).
        framesDropped: frames that came and were not decoded or shown (video).
        frameWidth: of the last frame decoded, in pixels (video).
        frameHeight: of the last frame decoded, in pixels (video).
        framesPerSecond: frames decoded in the last second (video).
        qpSum: the quantizers of all frames decoded, summed up (video).
        totalDecodeTime: seconds spent on decoding (video).
        totalInterFrameDelay: seconds between frames, summed up (video).
        totalSquaredInterFrameDelay: their squares, summed up: with it the variance is known (video).
        pauseCount: pauses: nothing shown for 5 seconds (video).
        totalPausesDuration: seconds of pauses (video).
        freezeCount: freezes: a frame stayed much longer than usual (video).
        totalFreezesDuration: seconds of freezes (video).
        lastPacketReceivedTimestamp: when the last packet came.
        headerBytesReceived: bytes of RTP headers and padding; with bytesReceived, all of RTP.
        packetsDiscarded: packets too late or too early for the jitter buffer.
        fecBytesReceived: bytes of forward error correction.
        fecPacketsReceived: packets of forward error correction.
        fecPacketsDiscarded: those that were of no use.
        bytesReceived: bytes of RTP payload.
        nackCount: NACK packets sent.
        firCount: FIR packets sent (video).
        pliCount: PLI packets sent (video).
        totalProcessingDelay: seconds from a frame's or sample's first packet until it was decoded, summed up.
        estimatedPlayoutTimestamp: when what is played out now was captured: milliseconds since 1900, the NTP
            clock of the sender.
        jitterBufferDelay: seconds in the jitter buffer, of all samples or frames that left it, summed up.
        jitterBufferTargetDelay: what the jitter buffer aimed at, summed up likewise, in seconds.
        jitterBufferEmittedCount: samples or frames that left the jitter buffer.
        jitterBufferMinimumDelay: what the network alone would ask for, summed up likewise, in seconds.
        totalSamplesReceived: samples a channel, concealed ones too (audio).
        concealedSamples: samples made up for lost or late ones (audio).
        silentConcealedSamples: those among them that are silence (audio).
        concealmentEvents: times that concealing began (audio).
        insertedSamplesForDeceleration: samples played out more by slowing down (audio).
        removedSamplesForAcceleration: samples played out less by speeding up (audio).
        audioLevel: 0.0, silence, to 1.0, 0 dBov (audio).
        totalAudioEnergy: the square of the level times its seconds, summed up (audio).
        totalSamplesDuration: seconds of samples received, concealed ones too (audio).
        framesReceived: frames that are complete (video).
        decoderImplementation: such as ``"libvpx"`` (video).
        playoutId: the RTCAudioPlayoutStats (audio).
        powerEfficientDecoder: whether the decoder saves power: hardware, as a rule (video).
        framesAssembledFromMultiplePackets: frames of more than one packet (video).
        totalAssemblyTime: seconds between first and last packet of those frames (video).
        retransmittedPacketsReceived: packets that had been sent before.
        retransmittedBytesReceived: bytes of their payload.
        rtxSsrc: the SSRC of retransmissions.
        fecSsrc: the SSRC of forward error correction.
        totalCorruptionProbability: how probably frames are corrupt, 0.0 to 1.0 each, summed up (video).
        totalSquaredCorruptionProbability: their squares, summed up (video).
        corruptionMeasurements: of how many frames that was measured (video).
        contentType: ``"screenshare"`` where the sender says so (libwebrtc; provisional).
        googTimingFrameInfo: times of a frame, as comma-separated numbers (libwebrtc).
        jitterBufferFlushes: times that the jitter buffer was emptied (libwebrtc; audio).
        delayedPacketOutageSamples: samples without a packet for them in time (libwebrtc; audio).
        relativePacketArrivalDelay: seconds behind the fastest packet, summed up (libwebrtc; audio).
        interruptionCount: concealments of at least 150 ms (libwebrtc; audio).
        totalInterruptionDuration: seconds of them (libwebrtc; audio).
        minPlayoutDelay: the least playout delay that is asked for, in seconds (libwebrtc; video).
    """

    trackIdentifier: str
    mid: str | None = None
    remoteId: str | None = None
    framesDecoded: int | None = None
    keyFramesDecoded: int | None = None
    framesRendered: int | None = None
    framesDropped: int | None = None
    frameWidth: int | None = None
    frameHeight: int | None = None
    framesPerSecond: float | None = None
    qpSum: int | None = None
    totalDecodeTime: float | None = None
    totalInterFrameDelay: float | None = None
    totalSquaredInterFrameDelay: float | None = None
    pauseCount: int | None = None
    totalPausesDuration: float | None = None
    freezeCount: int | None = None
    totalFreezesDuration: float | None = None
    lastPacketReceivedTimestamp: float | None = None
    headerBytesReceived: int | None = None
    packetsDiscarded: int | None = None
    fecBytesReceived: int | None = None
    fecPacketsReceived: int | None = None
    fecPacketsDiscarded: int | None = None
    bytesReceived: int | None = None
    nackCount: int | None = None
    firCount: int | None = None
    pliCount: int | None = None
    totalProcessingDelay: float | None = None
    estimatedPlayoutTimestamp: float | None = None
    jitterBufferDelay: float | None = None
    jitterBufferTargetDelay: float | None = None
    jitterBufferEmittedCount: int | None = None
    jitterBufferMinimumDelay: float | None = None
    totalSamplesReceived: int | None = None
    concealedSamples: int | None = None
    silentConcealedSamples: int | None = None
    concealmentEvents: int | None = None
    insertedSamplesForDeceleration: int | None = None
    removedSamplesForAcceleration: int | None = None
    audioLevel: float | None = None
    totalAudioEnergy: float | None = None
    totalSamplesDuration: float | None = None
    framesReceived: int | None = None
    decoderImplementation: str | None = None
    playoutId: str | None = None
    powerEfficientDecoder: bool | None = None
    framesAssembledFromMultiplePackets: int | None = None
    totalAssemblyTime: float | None = None
    retransmittedPacketsReceived: int | None = None
    retransmittedBytesReceived: int | None = None
    rtxSsrc: int | None = None
    fecSsrc: int | None = None
    totalCorruptionProbability: float | None = None
    totalSquaredCorruptionProbability: float | None = None
    corruptionMeasurements: int | None = None
    contentType: str | None = _libwebrtc()
    googTimingFrameInfo: str | None = _libwebrtc()
    jitterBufferFlushes: int | None = _libwebrtc()
    delayedPacketOutageSamples: int | None = _libwebrtc()
    relativePacketArrivalDelay: float | None = _libwebrtc()
    interruptionCount: int | None = _libwebrtc()
    totalInterruptionDuration: float | None = _libwebrtc()
    minPlayoutDelay: float | None = _libwebrtc()


@_stats
class RTCRemoteInboundRtpStreamStats(RTCReceivedRtpStreamStats):
    """A stream that this peer sends, as the other one receives it: from RTCP receiver reports.

    webrtc-stats, section "RTCRemoteInboundRtpStreamStats".

    Attributes:
        localId: the RTCOutboundRtpStreamStats of the same stream.
        roundTripTime: the last one measured, in seconds.
        totalRoundTripTime: all measured, summed up, in seconds.
        fractionLost: of packets since the report before, 0.0 to 1.0.
        roundTripTimeMeasurements: how many were summed up.
        packetsWithBleachedEct1Marking: sent with ECT(1) and received without ECN.
    """

    localId: str | None = None
    roundTripTime: float | None = None
    totalRoundTripTime: float | None = None
    fractionLost: float | None = None
    roundTripTimeMeasurements: int | None = None
    packetsWithBleachedEct1Marking: int | None = None


@_stats
class RTCSentRtpStreamStats(RTCRtpStreamStats):
    """What the sending end counts (webrtc-stats, section "RTCSentRtpStreamStats").

    Attributes:
        packetsSent: RTP packets, retransmitted ones too.
        bytesSent: bytes of RTP payload, of retransmitted packets too.
    """

    packetsSent: int | None = None
    bytesSent: int | None = None


@_stats
class RTCOutboundRtpStreamStats(RTCSentRtpStreamStats):
    """A stream that this peer sends (webrtc-stats, section "RTCOutboundRtpStreamStats").

    Attributes:
        mid: of the transceiver.
        mediaSourceId: the RTCMediaSourceStats of the sender's track.
        remoteId: the RTCRemoteInboundRtpStreamStats of the same stream.
        rid: of the encoding, where it has one (video).
        encodingIndex: of the encoding in ``getParameters().encodings`` (video).
        headerBytesSent: bytes of RTP headers and padding; with bytesSent, all of RTP.
        retransmittedPacketsSent: packets that had been sent before.
        retransmittedBytesSent: bytes of their payload.
        rtxSsrc: the SSRC of retransmissions.
        targetBitrate: what the encoder aims at, in bits per second.
        totalEncodedBytesTarget: bytes that frames were to have, summed up (video).
        frameWidth: of the last frame encoded, in pixels (video).
        frameHeight: of the last frame encoded, in pixels (video).
        framesPerSecond: frames encoded in the last second (video).
        framesSent: frames (video).
        hugeFramesSent: those more than 2.5 times the average in size (video).
        framesEncoded: frames (video).
        keyFramesEncoded: key frames among them (video).
        qpSum: the quantizers of all frames encoded, summed up (video).
        psnrSum: the PSNR of measured frames, summed up, of each of the components y, u and v (video).
        psnrMeasurements: how many were measured (video).
        totalEncodeTime: seconds spent on encoding (video).
        totalPacketSendDelay: seconds that packets waited before they were sent, summed up.
        qualityLimitationReason: what holds resolution or frame rate down now (video).
        qualityLimitationDurations: seconds for each of those reasons so far (video).
        qualityLimitationResolutionChanges: times that the resolution was changed for it (video).
        nackCount: NACK packets received.
        firCount: FIR packets received (video).
        pliCount: PLI packets received (video).
        encoderImplementation: such as ``"libvpx"`` (video).
        powerEfficientEncoder: whether the encoder saves power: hardware, as a rule (video).
        active: whether the encoding is to be sent.
        scalabilityMode: such as ``"L1T2"`` (video).
        packetsSentWithEct1: with the ECN mark ECT(1).
        contentType: ``"screenshare"`` where the track is one (libwebrtc; provisional).
    """

    mid: str | None = None
    mediaSourceId: str | None = None
    remoteId: str | None = None
    rid: str | None = None
    encodingIndex: int | None = None
    headerBytesSent: int | None = None
    retransmittedPacketsSent: int | None = None
    retransmittedBytesSent: int | None = None
    rtxSsrc: int | None = None
    targetBitrate: float | None = None
    totalEncodedBytesTarget: int | None = None
    frameWidth: int | None = None
    frameHeight: int | None = None
    framesPerSecond: float | None = None
    framesSent: int | None = None
    hugeFramesSent: int | None = None
    framesEncoded: int | None = None
    keyFramesEncoded: int | None = None
    qpSum: int | None = None
    psnrSum: Mapping[str, float] | None = None
    psnrMeasurements: int | None = None
    totalEncodeTime: float | None = None
    totalPacketSendDelay: float | None = None
    qualityLimitationReason: RTCQualityLimitationReason | None = None
    qualityLimitationDurations: Mapping[str, float] | None = None
    qualityLimitationResolutionChanges: int | None = None
    nackCount: int | None = None
    firCount: int | None = None
    pliCount: int | None = None
    encoderImplementation: str | None = None
    powerEfficientEncoder: bool | None = None
    active: bool | None = None
    scalabilityMode: str | None = None
    packetsSentWithEct1: int | None = None
    contentType: str | None = _libwebrtc()


@_stats
class RTCRemoteOutboundRtpStreamStats(RTCSentRtpStreamStats):
    """A stream that this peer receives, as the other one sends it: from RTCP sender reports.

    webrtc-stats, section "RTCRemoteOutboundRtpStreamStats".

    Attributes:
        localId: the RTCInboundRtpStreamStats of the same stream.
        remoteTimestamp: when the remote peer sent them, by its clock.
        reportsSent: sender reports.
        roundTripTime: the last one measured, in seconds.
        totalRoundTripTime: all measured, summed up, in seconds.
        roundTripTimeMeasurements: how many were summed up.
    """

    localId: str | None = None
    remoteTimestamp: float | None = None
    reportsSent: int | None = None
    roundTripTime: float | None = None
    totalRoundTripTime: float | None = None
    roundTripTimeMeasurements: int | None = None


# --- Sources and playout ---------------------------------------------------------------------------------


@_stats
class RTCMediaSourceStats(RTCStats):
    """A track that is sent, before it is encoded (webrtc-stats, section "RTCMediaSourceStats").

    Attributes:
        trackIdentifier: the track's ``id``.
        kind: ``"audio"`` or ``"video"``.
    """

    trackIdentifier: str
    kind: str


@_stats
class RTCAudioSourceStats(RTCMediaSourceStats):
    """An audio track that is sent (webrtc-stats, section "RTCAudioSourceStats").

    Attributes:
        audioLevel: 0.0, silence, to 1.0, 0 dBov.
        totalAudioEnergy: the square of the level times its seconds, summed up.
        totalSamplesDuration: seconds of samples.
        echoReturnLoss: in decibels, where echo is cancelled.
        echoReturnLossEnhancement: in decibels, where echo is cancelled.
    """

    audioLevel: float | None = None
    totalAudioEnergy: float | None = None
    totalSamplesDuration: float | None = None
    echoReturnLoss: float | None = None
    echoReturnLossEnhancement: float | None = None


@_stats
class RTCVideoSourceStats(RTCMediaSourceStats):
    """A video track that is sent (webrtc-stats, section "RTCVideoSourceStats").

    Attributes:
        width: of the last frame, in pixels.
        height: of the last frame, in pixels.
        frames: frames from the source.
        framesPerSecond: frames in the last second.
    """

    width: int | None = None
    height: int | None = None
    frames: int | None = None
    framesPerSecond: float | None = None


@_stats
class RTCAudioPlayoutStats(RTCStats):
    """The audio device that plays what is received (webrtc-stats, section "RTCAudioPlayoutStats").

    Attributes:
        kind: ``"audio"``.
        synthesizedSamplesDuration: seconds of samples made up where none were in time.
        synthesizedSamplesEvents: times that making up began.
        totalSamplesDuration: seconds of samples played out, made up ones too.
        totalPlayoutDelay: seconds from mixer to ear, of all samples, summed up.
        totalSamplesCount: samples that were summed up.
    """

    kind: str
    synthesizedSamplesDuration: float | None = None
    synthesizedSamplesEvents: int | None = None
    totalSamplesDuration: float | None = None
    totalPlayoutDelay: float | None = None
    totalSamplesCount: int | None = None


# --- Connection and transports ---------------------------------------------------------------------------


@_stats
class RTCPeerConnectionStats(RTCStats):
    """The connection as a whole (webrtc-stats, section "RTCPeerConnectionStats").

    Attributes:
        dataChannelsOpened: channels that have been open.
        dataChannelsClosed: those among them that are no longer.
    """

    dataChannelsOpened: int | None = None
    dataChannelsClosed: int | None = None


@_stats
class RTCDataChannelStats(RTCStats):
    """A data channel (webrtc-stats, section "RTCDataChannelStats").

    Attributes:
        label: the channel's.
        protocol: the channel's.
        dataChannelIdentifier: the channel's ``id``.
        state: the channel's ``readyState``.
        messagesSent: messages that were given to the transport.
        bytesSent: bytes of their payload.
        messagesReceived: messages.
        bytesReceived: bytes of their payload.
    """

    label: str | None = None
    protocol: str | None = None
    dataChannelIdentifier: int | None = None
    state: RTCDataChannelState
    messagesSent: int | None = None
    bytesSent: int | None = None
    messagesReceived: int | None = None
    bytesReceived: int | None = None


@_stats
class RTCTransportStats(RTCStats):
    """A DTLS transport and the ICE transport below it (webrtc-stats, section "RTCTransportStats").

    Attributes:
        packetsSent: packets, other than those of ICE.
        packetsReceived: packets, other than those of ICE.
        bytesSent: bytes of payload in those packets: without headers of IP and UDP, without ICE.
        bytesReceived: bytes of payload in those packets.
        iceRole: the ICE transport's ``role``.
        iceLocalUsernameFragment: the local ufrag.
        dtlsState: the DTLS transport's ``state``.
        iceState: the ICE transport's ``state``.
        selectedCandidatePairId: the RTCIceCandidatePairStats that is used.
        localCertificateId: the RTCCertificateStats of this peer.
        remoteCertificateId: the RTCCertificateStats of the remote peer.
        tlsVersion: four hexadecimal digits, such as ``"FEFD"``, DTLS 1.2.
        dtlsCipher: such as ``"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"``.
        dtlsRole: which side of the DTLS handshake this peer was.
        srtpCipher: a profile of IANA's, such as ``"SRTP_AES128_CM_HMAC_SHA1_80"``.
        selectedCandidatePairChanges: times that another pair was selected, the first one too.
        ccfbMessagesSent: RFC 8888 feedback sent.
        ccfbMessagesReceived: RFC 8888 feedback received.
        rtcpTransportStatsId: the RTCTransportStats of RTCP, where it has its own (libwebrtc).
    """

    packetsSent: int | None = None
    packetsReceived: int | None = None
    bytesSent: int | None = None
    bytesReceived: int | None = None
    iceRole: RTCIceRole | None = None
    iceLocalUsernameFragment: str | None = None
    dtlsState: RTCDtlsTransportState
    iceState: RTCIceTransportState | None = None
    selectedCandidatePairId: str | None = None
    localCertificateId: str | None = None
    remoteCertificateId: str | None = None
    tlsVersion: str | None = None
    dtlsCipher: str | None = None
    dtlsRole: RTCDtlsRole | None = None
    srtpCipher: str | None = None
    selectedCandidatePairChanges: int | None = None
    ccfbMessagesSent: int | None = None
    ccfbMessagesReceived: int | None = None
    rtcpTransportStatsId: str | None = _libwebrtc()


@_stats
class RTCIceCandidateStats(RTCStats):
    """A local or remote candidate; ``type`` says which (webrtc-stats, section "RTCIceCandidateStats").

    Attributes:
        transportId: the RTCTransportStats that it is for.
        address: an IP address or host name; None where it is not to be known.
        port: the port.
        protocol: ``"udp"`` or ``"tcp"``.
        candidateType: where it was found.
        priority: as in RFC 5245.
        url: of the STUN or TURN server that it is from (local candidates).
        relayProtocol: by which the TURN server is reached (local candidates).
        foundation: as in RFC 5245.
        relatedAddress: the address below it; of candidates other than host candidates.
        relatedPort: the port below it.
        usernameFragment: the ufrag.
        tcpType: the direction in which a TCP candidate connects.
        isRemote: whether it is a remote one (libwebrtc).
        networkType: such as ``"ethernet"``, ``"wifi"``, ``"vpn"`` (libwebrtc; local candidates).
        ip: the same as ``address`` (libwebrtc).
        vpn: whether the network is a VPN (libwebrtc; local candidates).
        networkAdapterType: the type of network below the VPN (libwebrtc; local candidates).
        networkSlice: of a 5G network (libwebrtc; local candidates).
    """

    transportId: str
    address: str | None = None
    port: int | None = None
    protocol: str | None = None
    candidateType: RTCIceCandidateType
    priority: int | None = None
    url: str | None = None
    relayProtocol: RTCIceServerTransportProtocol | None = None
    foundation: str | None = None
    relatedAddress: str | None = None
    relatedPort: int | None = None
    usernameFragment: str | None = None
    tcpType: RTCIceTcpCandidateType | None = None
    isRemote: bool | None = _libwebrtc()
    networkType: str | None = _libwebrtc()
    ip: str | None = _libwebrtc()
    vpn: bool | None = _libwebrtc()
    networkAdapterType: str | None = _libwebrtc()
    networkSlice: str | None = _libwebrtc()


@_stats
class RTCIceCandidatePairStats(RTCStats):
    """A pair of candidates, and what went over it (webrtc-stats, section "RTCIceCandidatePairStats").

    Attributes:
        transportId: the RTCTransportStats that it is for.
        localCandidateId: the RTCIceCandidateStats here.
        remoteCandidateId: the RTCIceCandidateStats there.
        state: of its checks.
        nominated: whether the controlling agent has nominated it.
        packetsSent: packets, other than those of ICE.
        packetsReceived: packets, other than those of ICE.
        bytesSent: bytes of payload in those packets.
        bytesReceived: bytes of payload in those packets.
        lastPacketSentTimestamp: when the last one was sent.
        lastPacketReceivedTimestamp: when the last one was received.
        totalRoundTripTime: of all checks that were answered, in seconds, summed up.
        currentRoundTripTime: of the last one, in seconds.
        availableOutgoingBitrate: what congestion control estimates, in bits per second (the selected pair).
        availableIncomingBitrate: what it estimates the other way, where it is the receiver that does.
        requestsReceived: connectivity checks received.
        requestsSent: connectivity checks sent, without those for consent.
        responsesReceived: answers received.
        responsesSent: answers sent.
        consentRequestsSent: checks for consent (RFC 7675).
        packetsDiscardedOnSend: packets that the socket did not take.
        bytesDiscardedOnSend: bytes of their payload.
        priority: of the pair, as in RFC 5245 (libwebrtc).
        writable: whether checks were answered lately (libwebrtc).
    """

    transportId: str
    localCandidateId: str
    remoteCandidateId: str
    state: RTCStatsIceCandidatePairState
    nominated: bool | None = None
    packetsSent: int | None = None
    packetsReceived: int | None = None
    bytesSent: int | None = None
    bytesReceived: int | None = None
    lastPacketSentTimestamp: float | None = None
    lastPacketReceivedTimestamp: float | None = None
    totalRoundTripTime: float | None = None
    currentRoundTripTime: float | None = None
    availableOutgoingBitrate: float | None = None
    availableIncomingBitrate: float | None = None
    requestsReceived: int | None = None
    requestsSent: int | None = None
    responsesReceived: int | None = None
    responsesSent: int | None = None
    consentRequestsSent: int | None = None
    packetsDiscardedOnSend: int | None = None
    bytesDiscardedOnSend: int | None = None
    priority: int | None = _libwebrtc()
    writable: bool | None = _libwebrtc()


@_stats
class RTCCertificateStats(RTCStats):
    """A certificate that a DTLS transport uses (webrtc-stats, section "RTCCertificateStats").

    Attributes:
        fingerprint: hexadecimal with colons.
        fingerprintAlgorithm: the hash function, such as ``"sha-256"``.
        base64Certificate: the certificate, in DER.
        issuerCertificateId: the RTCCertificateStats of the next one in its chain.
    """

    fingerprint: str
    fingerprintAlgorithm: str
    base64Certificate: str
    issuerCertificateId: str | None = None


# --- From plain data -------------------------------------------------------------------------------------

_BY_TYPE: dict[str, type[RTCStats]] = {
    RTCStatsType.CODEC: RTCCodecStats,
    RTCStatsType.INBOUND_RTP: RTCInboundRtpStreamStats,
    RTCStatsType.OUTBOUND_RTP: RTCOutboundRtpStreamStats,
    RTCStatsType.REMOTE_INBOUND_RTP: RTCRemoteInboundRtpStreamStats,
    RTCStatsType.REMOTE_OUTBOUND_RTP: RTCRemoteOutboundRtpStreamStats,
    RTCStatsType.MEDIA_PLAYOUT: RTCAudioPlayoutStats,
    RTCStatsType.PEER_CONNECTION: RTCPeerConnectionStats,
    RTCStatsType.DATA_CHANNEL: RTCDataChannelStats,
    RTCStatsType.TRANSPORT: RTCTransportStats,
    RTCStatsType.CANDIDATE_PAIR: RTCIceCandidatePairStats,
    RTCStatsType.LOCAL_CANDIDATE: RTCIceCandidateStats,
    RTCStatsType.REMOTE_CANDIDATE: RTCIceCandidateStats,
    RTCStatsType.CERTIFICATE: RTCCertificateStats,
}

# The specification has the profiles of IANA's registry, "DTLS-SRTP Protection Profiles", and libwebrtc the
# names of the suites in SDP (RFC 4568).
_SRTP_PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": "SRTP_AES128_CM_HMAC_SHA1_80",
    "AES_CM_128_HMAC_SHA1_32": "SRTP_AES128_CM_HMAC_SHA1_32",
    "AEAD_AES_128_GCM": "SRTP_AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM": "SRTP_AEAD_AES_256_GCM",
}

_SOURCES: dict[str, type[RTCStats]] = {"audio": RTCAudioSourceStats, "video": RTCVideoSourceStats}


def make_stats(members: Mapping[str, Any]) -> RTCStats:
    """Make the object of the class that ``type`` asks for (in Python's own words: the inverse of to_dict).

    Whatever does not fit the classes above, a later libwebrtc's, is kept: a member in ``unknown``, a type or
    an object that lacks something required as a bare :class:`RTCStats`, the value of an enumeration as a
    string.
    """
    if members["type"] == RTCStatsType.MEDIA_SOURCE:
        cls = _SOURCES.get(members.get("kind", ""), RTCStats)
    else:
        cls = _BY_TYPE.get(members["type"], RTCStats)
    shape = _shape(cls)
    if not shape.required <= members.keys():
        shape = _shape(cls := RTCStats)
    given = dict(members)
    unknown = {name: given.pop(name) for name in given.keys() - shape.known}
    for name in shape.convert.keys() & given.keys():
        given[name] = shape.convert[name](given[name])
    return cls(**given, unknown=MappingProxyType(unknown)) if unknown else cls(**given)


class _Shape(NamedTuple):
    """What there is to know of a class to make its objects."""

    known: frozenset[str]
    required: frozenset[str]
    convert: dict[str, Callable[[Any], Any]]


@cache
def _shape(cls: type[RTCStats]) -> _Shape:
    members = {f.name: f for f in fields(cls) if f.name != "unknown"}
    convert: dict[str, Callable[[Any], Any]] = {}
    hints = get_type_hints(cls)
    for name in members:
        for hint in (hints[name], *get_args(hints[name])):
            if get_origin(hint) is Mapping:
                convert[name] = _record
            elif isinstance(hint, type) and issubclass(hint, Enum):
                convert[name] = _enumeration(hint)
    if cls is RTCTransportStats:
        convert["srtpCipher"] = lambda suite: _SRTP_PROFILES.get(suite, suite)
    required = frozenset(name for name, f in members.items() if f.default is MISSING)
    return _Shape(frozenset(members), required, convert)


def _record(value: Mapping[str, float]) -> Mapping[str, float]:
    return MappingProxyType(dict(value))


def _enumeration(enumeration: type[Enum]) -> Callable[[str], str]:
    by_value: dict[str, Any] = {member.value: member for member in enumeration}
    return lambda value: by_value.get(value, value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)
    return dict(cast("Mapping[str, float]", value)) if isinstance(value, Mapping) else value

"""RTCRtpSender: sends a track to the remote peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .enums import RTCStatsType

if TYPE_CHECKING:
    from .dtlstransport import RTCDtlsTransport
    from .mediastreamtrack import MediaStreamTrack
    from .peerconnection import RTCPeerConnection
    from .rtptransceiver import RTCRtpTransceiver
    from .statsreport import RTCStatsReport


class RTCRtpSender:
    """Encodes and sends a track (webrtc-pc, section "RTCRtpSender"). Connections make it."""

    _connection: RTCPeerConnection
    _transceiver: RTCRtpTransceiver
    _track: MediaStreamTrack | None

    def __init__(self) -> None:
        raise TypeError("RTCRtpSender has no constructor: use RTCPeerConnection.addTrack()")

    @classmethod
    def _new(cls, connection: RTCPeerConnection, transceiver: RTCRtpTransceiver) -> Self:
        self = cls.__new__(cls)
        self._connection = connection
        self._transceiver = transceiver
        self._track = None
        return self

    @property
    def track(self) -> MediaStreamTrack | None:
        """The track that is sent; None where there is none."""
        return self._track

    @property
    def transport(self) -> RTCDtlsTransport | None:
        """The transport that media is sent over; None until it is negotiated."""
        return self._transceiver._transport

    async def getStats(self) -> RTCStatsReport:
        """Statistics of what this sender sends, and of all that is involved in it.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getstats; more is said at the connection's.
        """
        report = await self._connection._collect_stats()
        return report._select(RTCStatsType.OUTBOUND_RTP, self._transceiver.mid)

    def __repr__(self) -> str:
        return f"<RTCRtpSender mid={self._transceiver.mid!r} track={self._track!r}>"

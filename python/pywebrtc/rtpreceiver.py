"""RTCRtpReceiver: receives a track from the remote peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .enums import RTCStatsType

if TYPE_CHECKING:
    from .dtlstransport import RTCDtlsTransport
    from .mediastream import MediaStream
    from .mediastreamtrack import MediaStreamTrack
    from .rtptransceiver import RTCRtpTransceiver
    from .statsreport import RTCStatsReport


class RTCRtpReceiver:
    """Receives and decodes a track (webrtc-pc, section "RTCRtpReceiver"). Connections make it."""

    _transceiver: RTCRtpTransceiver
    _track: MediaStreamTrack
    _streams: list[MediaStream]

    def __init__(self) -> None:
        raise TypeError("RTCRtpReceiver has no constructor: it comes with a track event")

    @classmethod
    def _new(cls, transceiver: RTCRtpTransceiver, track: MediaStreamTrack) -> Self:
        self = cls.__new__(cls)
        self._transceiver = transceiver
        self._track = track
        self._streams = []
        return self

    @property
    def track(self) -> MediaStreamTrack:
        """The track that is received; it exists before the remote peer sends anything."""
        return self._track

    @property
    def transport(self) -> RTCDtlsTransport | None:
        """The transport that media is received over; None until it is negotiated."""
        return self._transceiver._transport

    async def getStats(self) -> RTCStatsReport:
        """Statistics of what this receiver receives, and of all that is involved in it.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getstats; more is said at the connection's.
        """
        report = await self._transceiver.sender._connection._collect_stats()
        return report._select(RTCStatsType.INBOUND_RTP, self._transceiver.mid)

    def __repr__(self) -> str:
        return f"<RTCRtpReceiver mid={self._transceiver.mid!r} track={self._track!r}>"

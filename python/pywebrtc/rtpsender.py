"""RTCRtpSender: sends a track to the remote peer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from .mediastream import MediaStreamTrack
    from .peerconnection import RTCPeerConnection
    from .rtptransceiver import RTCRtpTransceiver


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

    def __repr__(self) -> str:
        return f"<RTCRtpSender mid={self._transceiver.mid!r} track={self._track!r}>"

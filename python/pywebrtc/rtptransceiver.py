"""RTCRtpTransceiver: a sender and a receiver that share one media description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .enums import RTCRtpTransceiverDirection
from .mediastreamtrack import MediaStreamTrack
from .rtpreceiver import RTCRtpReceiver
from .rtpsender import RTCRtpSender

if TYPE_CHECKING:
    from . import _native
    from ._dispatcher import Dispatcher
    from .dtlstransport import RTCDtlsTransport
    from .peerconnection import RTCPeerConnection

_RECEIVING = (RTCRtpTransceiverDirection.SENDRECV, RTCRtpTransceiverDirection.RECVONLY)


class RTCRtpTransceiver:
    """A sender and a receiver with a common mid (webrtc-pc, section "RTCRtpTransceiver")."""

    _native: _native.RtpTransceiver
    _mid: str | None
    _direction: RTCRtpTransceiverDirection
    _currentDirection: RTCRtpTransceiverDirection | None
    _receives: bool
    _stopped: bool
    _version: int
    _transport: RTCDtlsTransport | None
    _sender: RTCRtpSender
    _receiver: RTCRtpReceiver

    def __init__(self) -> None:
        raise TypeError("RTCRtpTransceiver has no constructor: use RTCPeerConnection.addTrack()")

    @classmethod
    def _new(
        cls, connection: RTCPeerConnection, dispatcher: Dispatcher, native: _native.RtpTransceiver
    ) -> Self:
        self = cls.__new__(cls)
        self._native = native
        self._mid = None
        self._direction = RTCRtpTransceiverDirection.SENDRECV
        self._currentDirection = None
        self._receives = False
        self._stopped = False
        self._version = 0
        self._transport = None
        self._sender = RTCRtpSender._new(connection, self)
        self._receiver = RTCRtpReceiver._new(
            self, MediaStreamTrack._remote(dispatcher, native.receiver_track)
        )
        return self

    @property
    def mid(self) -> str | None:
        """The name of the media description; None until it is negotiated."""
        return self._mid

    @property
    def sender(self) -> RTCRtpSender:
        """What is sent."""
        return self._sender

    @property
    def receiver(self) -> RTCRtpReceiver:
        """What is received."""
        return self._receiver

    @property
    def direction(self) -> RTCRtpTransceiverDirection:
        """What the next offer or answer asks for; ``"stopped"`` at the end."""
        return self._direction

    @property
    def currentDirection(self) -> RTCRtpTransceiverDirection | None:
        """What was negotiated last; None before that."""
        return self._currentDirection

    def __repr__(self) -> str:
        return (
            f"<RTCRtpTransceiver {self._receiver.track.kind} mid={self._mid!r} {self._direction} "
            f"current={self._currentDirection}>"
        )

    def _apply(self, snapshot: _native.TransceiverSnapshot) -> None:
        self._mid = snapshot.mid
        # A verb may have changed it after the snapshot was taken.
        if snapshot.version >= self._version:
            self._version = snapshot.version
            self._direction = RTCRtpTransceiverDirection(snapshot.direction)
        current = snapshot.current_direction
        self._currentDirection = None if current is None else RTCRtpTransceiverDirection(current)
        self._receives = snapshot.fired_direction in _RECEIVING
        if snapshot.stopped:
            self._stop()

    def _stop(self) -> None:
        """The connection was closed, or the transceiver stopped or rolled back."""
        self._stopped = True
        self._receives = False
        self._direction = self._currentDirection = RTCRtpTransceiverDirection.STOPPED
        self._receiver.track._source.end()

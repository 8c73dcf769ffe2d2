"""RTCRtpTransceiver: a sender and a receiver that share one media description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from ._webidl import convert
from .dictionaries import RTCRtpCodec, RTCRtpHeaderExtensionCapability
from .enums import RTCRtpTransceiverDirection
from .exceptions import InvalidStateError
from .mediastreamtrack import MediaStreamTrack
from .rtpreceiver import RTCRtpReceiver
from .rtpsender import RTCRtpSender

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from . import _native
    from ._dispatcher import Dispatcher
    from .dtlstransport import RTCDtlsTransport
    from .peerconnection import RTCPeerConnection

_RECEIVING = (RTCRtpTransceiverDirection.SENDRECV, RTCRtpTransceiverDirection.RECVONLY)


class RTCRtpTransceiver:
    """A sender and a receiver with a common mid (webrtc-pc, section "RTCRtpTransceiver")."""

    _connection: RTCPeerConnection
    _dispatcher: Dispatcher
    _native: _native.RtpTransceiver
    _kind: Literal["audio", "video"]
    _mid: str | None
    _direction: RTCRtpTransceiverDirection
    _currentDirection: RTCRtpTransceiverDirection | None
    _receives: bool
    _stopping: bool
    _stopped: bool
    _version: int
    _transport: RTCDtlsTransport | None
    _sender: RTCRtpSender
    _receiver: RTCRtpReceiver

    def __init__(self) -> None:
        raise TypeError("RTCRtpTransceiver has no constructor: use RTCPeerConnection.addTransceiver()")

    @classmethod
    def _new(
        cls, connection: RTCPeerConnection, dispatcher: Dispatcher, native: _native.RtpTransceiver
    ) -> Self:
        self = cls.__new__(cls)
        self._connection = connection
        self._dispatcher = dispatcher
        self._native = native
        self._kind = "video" if native.receiver_track.is_video else "audio"
        self._mid = None
        self._direction = RTCRtpTransceiverDirection.SENDRECV
        self._currentDirection = None
        self._receives = False
        self._stopping = False
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
        """What the next offer or answer asks for; ``"stopped"`` from :meth:`stop` on.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-direction. Setting it raises TypeError for what
        is no direction and for ``"stopped"``, InvalidStateError once the transceiver is stopped or the
        connection closed.
        """
        return RTCRtpTransceiverDirection.STOPPED if self._stopping else self._direction

    @direction.setter
    def direction(self, value: RTCRtpTransceiverDirection | str) -> None:
        direction = convert(RTCRtpTransceiverDirection, value, "RTCRtpTransceiver.direction")
        self._connection._check_open("RTCRtpTransceiver.direction")
        if self._stopping:
            raise InvalidStateError("RTCRtpTransceiver.direction: the transceiver is stopped")
        if direction == RTCRtpTransceiverDirection.STOPPED:
            raise TypeError("RTCRtpTransceiver.direction: use stop()")
        if direction != self._direction:
            self._apply(self._connection._native.set_direction(self._native, direction))

    @property
    def currentDirection(self) -> RTCRtpTransceiverDirection | None:
        """What was negotiated last; None before that."""
        return self._currentDirection

    def stop(self) -> None:
        """End it for good, both ways; the remote peer learns it by negotiation. Idempotent.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-stop: the receiver's track ends. It is the next
        offer that tells the remote peer; an answer to an offer that is there already says ``inactive``.

        Raises:
            InvalidStateError: the connection is closed.
        """
        self._connection._check_open("RTCRtpTransceiver.stop")
        if not self._stopping:
            self._apply(self._connection._native.stop_transceiver(self._native))

    def setCodecPreferences(self, codecs: Iterable[RTCRtpCodec | Mapping[str, Any]]) -> None:
        """Negotiate only these codecs, in this order, from the next offer or answer on.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtptransceiver-setcodecpreferences

        Arguments:
            codecs: of those of ``getCapabilities``; none restores the default.

        Raises:
            TypeError: a member has the wrong type.
            InvalidModificationError: a codec is none of those, or there are only resiliency codecs
                (RTX, RED, FEC).
            InvalidStateError: the connection is closed.
        """
        wanted = convert(list[RTCRtpCodec], codecs, "setCodecPreferences: codecs")
        self._native.set_codec_preferences(wanted)

    def getHeaderExtensionsToNegotiate(self) -> list[RTCRtpHeaderExtensionCapability]:
        """The header extensions that the next offer or answer would ask for.

        https://w3c.github.io/webrtc-extensions/#dom-rtcrtptransceiver-getheaderextensionstonegotiate

        Raises:
            InvalidStateError: the connection is closed.
        """
        return _extensions(self._native.header_extensions_to_negotiate())

    def setHeaderExtensionsToNegotiate(
        self, extensions: Iterable[RTCRtpHeaderExtensionCapability | Mapping[str, Any]]
    ) -> None:
        """Choose among the header extensions: those whose ``direction`` is ``"stopped"`` are not asked for.

        https://w3c.github.io/webrtc-extensions/#dom-rtcrtptransceiver-setheaderextensionstonegotiate

        Arguments:
            extensions: all that :meth:`getHeaderExtensionsToNegotiate` gave, in its order.

        Raises:
            TypeError: a member has the wrong type, or a ``uri`` is empty.
            InvalidModificationError: they are not those, or one is ``"stopped"`` that has to be there.
            InvalidStateError: the connection is closed.
        """
        wanted = convert(
            list[RTCRtpHeaderExtensionCapability], extensions, "setHeaderExtensionsToNegotiate: extensions"
        )
        if any(not extension.uri for extension in wanted):
            raise TypeError("setHeaderExtensionsToNegotiate: a uri is empty")
        self._native.set_header_extensions_to_negotiate(wanted)

    def getNegotiatedHeaderExtensions(self) -> list[RTCRtpHeaderExtensionCapability]:
        """The header extensions as negotiated last, ``"stopped"`` those that are not used.

        https://w3c.github.io/webrtc-extensions/#dom-rtcrtptransceiver-getnegotiatedheaderextensions

        Raises:
            InvalidStateError: the connection is closed.
        """
        return _extensions(self._native.negotiated_header_extensions())

    def __repr__(self) -> str:
        return (
            f"<RTCRtpTransceiver {self._kind} mid={self._mid!r} {self.direction} "
            f"current={self._currentDirection}>"
        )

    def _apply(self, snapshot: _native.TransceiverSnapshot) -> None:
        self._mid = snapshot.mid
        # A verb may have changed it after the snapshot was taken.
        if snapshot.version >= self._version:
            self._version = snapshot.version
            self._direction = RTCRtpTransceiverDirection(snapshot.direction)
            self._stopping = snapshot.stopping
        current = snapshot.current_direction
        self._currentDirection = None if current is None else RTCRtpTransceiverDirection(current)
        self._receives = snapshot.fired_direction in _RECEIVING
        if snapshot.stopped:
            self._stop()

    def _disappear(self) -> None:
        """The connection was closed, or the transceiver rolled back: its track ends without an event."""
        self._stop()
        self._receiver.track._source.end()

    def _stop(self) -> None:
        # The receiver's track ends when libwebrtc tells it.
        self._stopping = self._stopped = True
        self._receives = False
        self._currentDirection = RTCRtpTransceiverDirection.STOPPED
        if self._sender._dtmf is not None:
            self._sender._dtmf._stop()
        self._sender._transform.stop()
        self._receiver._transform.stop()


def _extensions(native: Any) -> list[RTCRtpHeaderExtensionCapability]:
    return convert(list[RTCRtpHeaderExtensionCapability], native, "")

"""RTCSctpTransport: what carries all data channels of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .enums import RTCSctpTransportState
from .eventtarget import Event, EventHandler, EventTarget

if TYPE_CHECKING:
    from ._transports import Transports
    from .dtlstransport import RTCDtlsTransport

# https://www.rfc-editor.org/rfc/rfc8841#section-6.1: what a peer takes that does not say.
DEFAULT_MAX_MESSAGE_SIZE = 65536


class RTCSctpTransport(EventTarget):
    """The SCTP association of a connection (webrtc-pc, section "RTCSctpTransport"): ``pc.sctp``.

    State changes in the task that fires its event; closing the connection closes it without one.
    """

    onstatechange = EventHandler[Event]("statechange")

    _transports: Transports
    _key: int
    _transport: RTCDtlsTransport
    _state: RTCSctpTransportState
    _maxMessageSize: float
    _maxChannels: int | None

    def __init__(self) -> None:
        raise TypeError("RTCSctpTransport has no constructor: use RTCPeerConnection.sctp")

    @classmethod
    def _new(cls, transports: Transports, key: int, transport: RTCDtlsTransport) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._transports = transports
        self._key = key
        self._transport = transport
        self._state = RTCSctpTransportState.CONNECTING
        self._maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE
        self._maxChannels = None
        return self

    @property
    def transport(self) -> RTCDtlsTransport:
        """The DTLS transport below."""
        return self._transport

    @property
    def state(self) -> RTCSctpTransportState:
        """``"connecting"``, ``"connected"`` or ``"closed"``."""
        return self._state

    @property
    def maxMessageSize(self) -> float:
        """Bytes that ``RTCDataChannel.send`` takes at most, of which both peers approve."""
        return self._maxMessageSize

    @property
    def maxChannels(self) -> int | None:
        """How many data channels there can be at the same time; None before ``"connected"``."""
        return self._maxChannels

    def __repr__(self) -> str:
        return f"<RTCSctpTransport {self._state} dtls={self._transport.state}>"

    def _on_state(self, state: str, max_channels: int | None) -> None:
        if self._transports.connection._closed or self._state == state:
            return
        self._state = RTCSctpTransportState(state)
        if self._state == RTCSctpTransportState.CONNECTED:
            self._maxChannels = max_channels
        self._transports.fire(self, "statechange")

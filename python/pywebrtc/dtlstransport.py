"""RTCDtlsTransport: the encryption of what goes over an ICE transport."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from .enums import RTCDtlsTransportState, RTCErrorDetailType
from .events import RTCErrorEvent
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import RTCError
from .icetransport import RTCIceTransport

if TYPE_CHECKING:
    from ._transports import Fire, Transports


_FAILURE = {"errorDetail": RTCErrorDetailType.DTLS_FAILURE}, "the DTLS handshake failed"
_WRONG_FINGERPRINT = (
    {"errorDetail": RTCErrorDetailType.FINGERPRINT_FAILURE},
    "the remote certificate is not the one that the remote description announces",
)


class RTCDtlsTransport(EventTarget):
    """DTLS over one ICE transport (webrtc-pc, section "RTCDtlsTransport"). Connections make it.

    It is found at ``pc.sctp.transport``, ``sender.transport`` and ``receiver.transport``; what is bundled
    shares one object. State changes in the task that fires its event; closing the connection closes it
    without one.
    """

    onstatechange = EventHandler[Event]("statechange")
    onerror = EventHandler[RTCErrorEvent]("error")

    _transports: Transports
    _iceTransport: RTCIceTransport
    _state: RTCDtlsTransportState
    _remote_certificates: list[bytes]

    def __init__(self) -> None:
        raise TypeError("RTCDtlsTransport has no constructor: use RTCRtpSender.transport")

    @classmethod
    def _new(cls, transports: Transports) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._transports = transports
        self._iceTransport = RTCIceTransport._new(transports)
        self._state = RTCDtlsTransportState.NEW
        self._remote_certificates = []
        return self

    @property
    def iceTransport(self) -> RTCIceTransport:
        """The transport below."""
        return self._iceTransport

    @property
    def state(self) -> RTCDtlsTransportState:
        """Where the handshake stands."""
        return self._state

    def getRemoteCertificates(self) -> list[bytes]:
        """The remote peer's certificate chain, each as DER, its own first; empty before ``"connected"``."""
        return list(self._remote_certificates)

    def __repr__(self) -> str:
        return f"<RTCDtlsTransport {self._state} ice={self._iceTransport.state}>"

    def _close(self) -> None:
        self._state = RTCDtlsTransportState.CLOSED
        self._iceTransport._close()

    def _discard(self) -> Fire:
        """It was bundled away or rolled back; what is to be fired for that."""
        fire = self._iceTransport._discard()
        if self._state != RTCDtlsTransportState.CLOSED:
            fire.append(partial(self._transports.fire, self, "statechange"))
        self._close()
        return fire

    # What the dispatcher calls: that of the ICE transport, too.

    def _on_state(self, state: str, certificates: list[bytes], wrong_fingerprint: bool) -> None:
        # https://w3c.github.io/webrtc-pc/#rtcdtlstransport-interface
        if self._transports.connection._closed or self._state == state:
            return
        self._state = RTCDtlsTransportState(state)
        if self._state == RTCDtlsTransportState.CONNECTED:
            self._remote_certificates = certificates
        elif self._state == RTCDtlsTransportState.FAILED:
            error = _WRONG_FINGERPRINT if wrong_fingerprint else _FAILURE
            self._transports.fire(self, "error", RTCErrorEvent, error=RTCError(*error))
        self._transports.fire(self, "statechange")
        # The connection's state follows in a task of its own.
        for fire in self._transports.update():
            fire()

    def _on_ice(self, state: str, role: str, selected: tuple[str, str] | None) -> None:
        self._iceTransport._on_change(state, role, selected)

    def _on_gathering(self, state: str) -> None:
        self._iceTransport._on_gathering(state)

"""The transports of one connection, and the states of the connection that are derived from theirs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ._sdp import media_descriptions
from .dtlstransport import RTCDtlsTransport
from .enums import (
    RTCDtlsTransportState,
    RTCIceConnectionState,
    RTCIceGathererState,
    RTCIceGatheringState,
    RTCIceTransportState,
    RTCPeerConnectionState,
    RTCSctpTransportState,
    RTCSignalingState,
)
from .events import RTCPeerConnectionIceEvent
from .eventtarget import Event
from .icecandidate import RTCIceCandidate
from .sctptransport import DEFAULT_MAX_MESSAGE_SIZE, RTCSctpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from . import _native
    from ._sdp import MediaDescription
    from .eventtarget import EventTarget
    from .icetransport import RTCIceTransport
    from .peerconnection import RTCPeerConnection
    from .sessiondescription import RTCSessionDescription

# What is to be fired, in order, when everything is in place.
Fire = list["Callable[[], None]"]

_OPEN = (RTCIceTransportState.CONNECTED, RTCIceTransportState.COMPLETED, RTCIceTransportState.CLOSED)
_NEW = (RTCIceTransportState.NEW, RTCIceTransportState.CLOSED)


class Transports:
    """Those that the connection uses, by the keys of their messages."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        self.connection = connection
        self._dtls: dict[int, RTCDtlsTransport] = {}
        self._by_mid: dict[str, RTCDtlsTransport] = {}
        self._sctp: RTCSctpTransport | None = None
        self._sctp_answered = False
        # Bytes that a data channel may send at once.
        self.max_message_size: float = DEFAULT_MAX_MESSAGE_SIZE

    @property
    def sctp(self) -> RTCSctpTransport | None:
        """The SCTP transport, from the answer that begins it on; libwebrtc has it from the offer on."""
        return self._sctp if self._sctp_answered else None

    def get(self, key: int | None) -> RTCDtlsTransport | None:
        """The one object for a native transport, made when it is seen first."""
        if key is None:
            return None
        transport = self._dtls.get(key)
        if transport is None:
            transport = self._dtls[key] = RTCDtlsTransport._new(self)
            self.connection._dispatcher.target(key, transport)
        return transport

    def apply(self, state: _native.PeerSnapshot) -> Fire:
        """Take over which transports there are; those that were bundled away or rolled back are closed."""
        self._by_mid = {
            t.mid: transport
            for t in state.transceivers
            if t.mid is not None and (transport := self.get(t.transport)) is not None
        }
        self._apply_sctp(state)
        used = {self.get(t.transport) for t in state.transceivers if t.transport is not None}
        if self._sctp is not None:
            used.add(self._sctp.transport)
        fire: Fire = []
        for key, transport in list(self._dtls.items()):
            if transport not in used:
                del self._dtls[key]
                self.connection._dispatcher.forget(key)
                fire += transport._discard()
        return fire + self.update()

    def _apply_sctp(self, state: _native.PeerSnapshot) -> None:
        native = state.sctp
        if native is None or (self._sctp is not None and self._sctp._key != native.transport):
            if self._sctp is not None:
                self.connection._dispatcher.forget(self._sctp._key)
            self._sctp = None
            self._sctp_answered = False
            self.max_message_size = DEFAULT_MAX_MESSAGE_SIZE
        if native is None:
            return
        dtls = self.get(native.dtls_transport)
        assert dtls is not None
        if self._sctp is None:
            self._sctp = RTCSctpTransport._new(self, native.transport, dtls)
            self.connection._dispatcher.target(native.transport, self._sctp)
        self._sctp._transport = dtls
        if native.max_message_size > 0:
            self._sctp._maxMessageSize = native.max_message_size
        self.max_message_size = self._sctp.maxMessageSize
        answered = state.current_local is not None and state.signaling_state == RTCSignalingState.STABLE
        pranswered = state.signaling_state in (
            RTCSignalingState.HAVE_LOCAL_PRANSWER,
            RTCSignalingState.HAVE_REMOTE_PRANSWER,
        )
        self._sctp_answered = self._sctp_answered or answered or pranswered

    def is_local_generation(self, username_fragment: str) -> bool:
        """Whether a local description has these ICE credentials."""
        connection = self.connection
        return any(
            description is not None and f"a=ice-ufrag:{username_fragment}\r\n" in description.sdp
            for description in (connection._pendingLocalDescription, connection._currentLocalDescription)
        )

    def gathered(self, candidate: RTCIceCandidate) -> None:
        """A local candidate was found."""
        transport = self._by_mid.get(candidate.sdpMid or "") or (self._sctp and self._sctp.transport)
        if transport is not None:
            transport.iceTransport._gathered(candidate)

    def end_of_candidates(self, ice: RTCIceTransport) -> None:
        """Tell that a transport has gathered all of this generation."""
        for index, section in self.local_sections(ice)[:1]:
            candidate = RTCIceCandidate._new("", section.mid, index, section.ice_ufrag)
            self.fire(self.connection, "icecandidate", RTCPeerConnectionIceEvent, candidate=candidate)

    def close(self) -> None:
        """The connection is closed: so is all of it, without events."""
        for key, transport in self._dtls.items():
            self.connection._dispatcher.forget(key)
            transport._close()
        if self._sctp is not None:
            self.connection._dispatcher.forget(self._sctp._key)
            self._sctp._state = RTCSctpTransportState.CLOSED

    def update(self) -> Fire:
        """Derive the states of the connection anew; what is to be fired where they have changed."""
        connection = self.connection
        fire: Fire = []
        gathering = _ice_gathering_state(self._dtls.values())
        if connection._iceGatheringState != gathering:
            connection._iceGatheringState = gathering
            fire.append(partial(self.fire, connection, "icegatheringstatechange"))
            if gathering == RTCIceGatheringState.COMPLETE:
                fire.append(
                    partial(self.fire, connection, "icecandidate", RTCPeerConnectionIceEvent, candidate=None)
                )
        ice = _ice_connection_state(self._dtls.values())
        if connection._iceConnectionState != ice:
            connection._iceConnectionState = ice
            fire.append(partial(self.fire, connection, "iceconnectionstatechange"))
        state = _connection_state(self._dtls.values())
        if connection._connectionState != state:
            connection._connectionState = state
            fire.append(partial(self.fire, connection, "connectionstatechange"))
        return fire

    def fire(self, target: EventTarget, type: str, event: type[Event] = Event, **members: object) -> None:
        """Fire, unless a listener has closed the connection."""
        if not self.connection._closed and target._has_listeners(type):
            target._fire(event._new(type, **members))

    def of_section(self, section: MediaDescription) -> RTCDtlsTransport | None:
        """The transport that a media description goes over."""
        if section.kind == "application":
            return None if self._sctp is None else self._sctp.transport
        return None if section.mid is None else self._by_mid.get(section.mid)

    def local_sections(self, ice: RTCIceTransport) -> list[tuple[int, MediaDescription]]:
        """The local media descriptions that go over a transport, with their indexes."""
        return self._sections(self.connection.localDescription, ice)

    def remote_sections(self, ice: RTCIceTransport) -> list[tuple[int, MediaDescription]]:
        """The remote media descriptions that go over a transport, with their indexes."""
        return self._sections(self.connection.remoteDescription, ice)

    def _sections(
        self, description: RTCSessionDescription | None, ice: RTCIceTransport
    ) -> list[tuple[int, MediaDescription]]:
        sections = () if description is None else media_descriptions(description.sdp)
        return [
            (index, section)
            for index, section in enumerate(sections)
            if section.ice_ufrag is not None
            and (transport := self.of_section(section)) is not None
            and transport.iceTransport is ice
        ]


def _ice_gathering_state(transports: Iterable[RTCDtlsTransport]) -> RTCIceGatheringState:
    """https://w3c.github.io/webrtc-pc/#rtcicegatheringstate-enum"""
    states = {transport.iceTransport.gatheringState for transport in transports}
    if RTCIceGathererState.GATHERING in states:
        return RTCIceGatheringState.GATHERING
    if states == {RTCIceGathererState.COMPLETE}:
        return RTCIceGatheringState.COMPLETE
    return RTCIceGatheringState.NEW


def _ice_connection_state(transports: Iterable[RTCDtlsTransport]) -> RTCIceConnectionState:
    """https://w3c.github.io/webrtc-pc/#rtciceconnectionstate-enum"""
    states = {transport.iceTransport.state for transport in transports}
    if RTCIceTransportState.FAILED in states:
        return RTCIceConnectionState.FAILED
    if RTCIceTransportState.DISCONNECTED in states:
        return RTCIceConnectionState.DISCONNECTED
    if states.issubset(_NEW):
        return RTCIceConnectionState.NEW
    if not states.issubset(_OPEN):
        return RTCIceConnectionState.CHECKING
    if RTCIceTransportState.CONNECTED in states:
        return RTCIceConnectionState.CONNECTED
    return RTCIceConnectionState.COMPLETED


def _connection_state(transports: Iterable[RTCDtlsTransport]) -> RTCPeerConnectionState:
    """https://w3c.github.io/webrtc-pc/#rtcpeerconnectionstate-enum"""
    ice = {transport.iceTransport.state for transport in transports}
    dtls = {transport.state for transport in transports}
    if RTCIceTransportState.FAILED in ice or RTCDtlsTransportState.FAILED in dtls:
        return RTCPeerConnectionState.FAILED
    if RTCIceTransportState.DISCONNECTED in ice:
        return RTCPeerConnectionState.DISCONNECTED
    if ice.issubset(_NEW) and dtls.issubset((RTCDtlsTransportState.NEW, RTCDtlsTransportState.CLOSED)):
        return RTCPeerConnectionState.NEW
    if ice.issubset(_OPEN) and dtls.issubset((RTCDtlsTransportState.CONNECTED, RTCDtlsTransportState.CLOSED)):
        return RTCPeerConnectionState.CONNECTED
    return RTCPeerConnectionState.CONNECTING

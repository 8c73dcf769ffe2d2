"""RTCIceTransport: the path that packets take between two peers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Self

from .dictionaries import RTCIceParameters
from .enums import RTCIceComponent, RTCIceGathererState, RTCIceRole, RTCIceTransportState
from .eventtarget import Event, EventHandler, EventTarget
from .icecandidate import RTCIceCandidate, RTCIceCandidatePair

if TYPE_CHECKING:
    from ._sdp import MediaDescription
    from ._transports import Fire, Transports

_UNCONNECTED = (RTCIceTransportState.FAILED, RTCIceTransportState.CHECKING)


class RTCIceTransport(EventTarget):
    """ICE for one transport of a connection (webrtc-pc, section "RTCIceTransport"). Connections make it.

    It is found at ``pc.sctp.transport.iceTransport`` and ``sender.transport.iceTransport``. State changes in
    the task that fires its event; closing the connection closes it without one.
    """

    onstatechange = EventHandler[Event]("statechange")
    ongatheringstatechange = EventHandler[Event]("gatheringstatechange")
    onselectedcandidatepairchange = EventHandler[Event]("selectedcandidatepairchange")

    _transports: Transports
    _role: RTCIceRole
    _state: RTCIceTransportState
    _gatheringState: RTCIceGathererState
    _selected: RTCIceCandidatePair | None
    _local_candidates: list[RTCIceCandidate]

    def __init__(self) -> None:
        raise TypeError("RTCIceTransport has no constructor: use RTCDtlsTransport.iceTransport")

    @classmethod
    def _new(cls, transports: Transports) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._transports = transports
        self._role = RTCIceRole.UNKNOWN
        self._state = RTCIceTransportState.NEW
        self._gatheringState = RTCIceGathererState.NEW
        self._selected = None
        self._local_candidates = []
        return self

    @property
    def role(self) -> RTCIceRole:
        """Which agent nominates the pair of candidates: ``"controlling"`` or ``"controlled"``."""
        return self._role

    @property
    def component(self) -> RTCIceComponent:
        """Always ``"rtp"``: RTCP is multiplexed with it."""
        return RTCIceComponent.RTP

    @property
    def state(self) -> RTCIceTransportState:
        """Where the search for a path stands."""
        return self._state

    @property
    def gatheringState(self) -> RTCIceGathererState:
        """Whether local candidates are being gathered."""
        return self._gatheringState

    def getLocalCandidates(self) -> list[RTCIceCandidate]:
        """The candidates that ``icecandidate`` events have told, of the generation that was gathered last."""
        return list(self._local_candidates)

    def getRemoteCandidates(self) -> list[RTCIceCandidate]:
        """The candidates that the remote peer's descriptions and ``addIceCandidate`` gave."""
        return [
            RTCIceCandidate._new(candidate, section.mid, index, section.ice_ufrag)
            for index, section in self._transports.remote_sections(self)
            for candidate in section.candidates
        ]

    def getSelectedCandidatePair(self) -> RTCIceCandidatePair | None:
        """The pair of candidates that packets are sent on; None where there is none, yet or any more."""
        return self._selected

    def getLocalParameters(self) -> RTCIceParameters | None:
        """The local ICE credentials; None before ``setLocalDescription``."""
        return _parameters(self._transports.local_sections(self))

    def getRemoteParameters(self) -> RTCIceParameters | None:
        """The remote ICE credentials; None before ``setRemoteDescription``."""
        return _parameters(self._transports.remote_sections(self))

    def __repr__(self) -> str:
        return f"<RTCIceTransport {self._state} gathering={self._gatheringState} {self._role}>"

    def _gathered(self, candidate: RTCIceCandidate) -> None:
        known = self._local_candidates
        if known and known[0].usernameFragment != candidate.usernameFragment:
            known.clear()  # ICE was restarted
        known.append(candidate)

    def _close(self) -> None:
        self._state = RTCIceTransportState.CLOSED
        self._selected = None

    def _discard(self) -> Fire:
        changed = self._state != RTCIceTransportState.CLOSED
        self._close()
        return [partial(self._transports.fire, self, "statechange")] if changed else []

    def _on_change(self, state: str, role: str, selected: tuple[str, str] | None) -> None:
        # https://w3c.github.io/webrtc-pc/#rtcicetransport: all is in place before anything is fired.
        if self._transports.connection._closed:
            return
        self._role = RTCIceRole(role)
        pair = None if selected is None else self._pair(*selected)
        pair_changed, self._selected = pair != self._selected, pair
        if state == RTCIceTransportState.DISCONNECTED and self._state in _UNCONNECTED:
            # libwebrtc says so of a restart after a failure, for which the enumeration has "checking":
            # connectivity that was lost before cannot be lost again.
            state = RTCIceTransportState.CHECKING
        state_changed, self._state = state != self._state, RTCIceTransportState(state)
        derived = self._transports.update()
        if pair_changed:
            self._transports.fire(self, "selectedcandidatepairchange")
        if state_changed:
            self._transports.fire(self, "statechange")
        for fire in derived:
            fire()

    def _on_gathering(self, state: str) -> None:
        # https://w3c.github.io/webrtc-pc/#dom-rtcicegathererstate, and "finished gathering candidates"
        if self._gatheringState == state:
            return
        if state == RTCIceGathererState.COMPLETE:
            self._transports.end_of_candidates(self)
        if self._transports.connection._closed:
            return
        self._gatheringState = RTCIceGathererState(state)
        derived = self._transports.update()
        self._transports.fire(self, "gatheringstatechange")
        for fire in derived:
            fire()

    def _pair(self, local: str, remote: str) -> RTCIceCandidatePair:
        return RTCIceCandidatePair._new(
            self._candidate(local, self._local_candidates),
            self._candidate(remote, self.getRemoteCandidates()),
        )

    def _candidate(self, attribute: str, known: list[RTCIceCandidate]) -> RTCIceCandidate:
        """The candidate that is known already, or else a new one: it is peer-reflexive."""
        index, section = self._transports.local_sections(self)[0]
        found = RTCIceCandidate._new(attribute, section.mid, index, None)
        same = [c for c in known if _identity(c) == _identity(found)]
        return same[0] if same else found


def _identity(candidate: RTCIceCandidate) -> tuple[object, ...]:
    return candidate.type, candidate.protocol, candidate.address, candidate.port, candidate.tcpType


def _parameters(sections: list[tuple[int, MediaDescription]]) -> RTCIceParameters | None:
    if not sections:
        return None
    _, section = sections[0]
    return RTCIceParameters(
        usernameFragment=section.ice_ufrag, password=section.ice_pwd, iceLite=section.ice_lite
    )

"""RTCIceCandidate: a way to reach a peer, and RTCIceCandidatePair: the one that is used."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from ._webidl import either
from .dictionaries import RTCIceCandidateInit, RTCLocalIceCandidateInit
from .enums import (
    RTCIceCandidateType,
    RTCIceComponent,
    RTCIceProtocol,
    RTCIceServerTransportProtocol,
    RTCIceTcpCandidateType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

# RFC 8839, 5.1, candidate-attribute
_GRAMMAR = re.compile(
    r"""
    candidate: (?P<foundation> [A-Za-z0-9+/]{1,32} )
    [ ] (?P<component> [0-9]{1,5} )             # five digits in RFC 5245, which webrtc-pc refers to
    [ ] (?P<protocol> \S+ )
    [ ] (?P<priority> [0-9]{1,10} )
    [ ] (?P<address> \S+ )
    [ ] (?P<port> [0-9]{1,5} )
    [ ] typ [ ] (?P<type> \S+ )
    (?: [ ] raddr [ ] (?P<relatedAddress> \S+ ) )?
    (?: [ ] rport [ ] (?P<relatedPort> [0-9]{1,5} ) )?
    (?P<extensions> (?: [ ] (?! raddr [ ] | rport [ ] ) \S+ [ ] \S+ )* )
    """,
    re.VERBOSE | re.ASCII,
)

# What libwebrtc puts in place of an address that the remote peer did not give away.
_REDACTED = "redacted-ip.invalid"

_COMPONENTS = {1: RTCIceComponent.RTP, 2: RTCIceComponent.RTCP}


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RTCIceCandidate:
    """An ICE candidate (webrtc-pc, section "RTCIceCandidate").

    Made of a dict or of keywords, ``RTCIceCandidate({"candidate": "candidate:...", "sdpMid": "0"})`` or
    ``RTCIceCandidate(candidate="candidate:...", sdpMid="0")``. Immutable, equal by value, hashable and
    picklable. Only the members of :class:`RTCLocalIceCandidateInit` are given; the others are parsed from
    ``candidate``, and all None where it is empty or malformed.

    Attributes:
        candidate: the candidate-attribute of RFC 8839, 5.1; ``""`` says that there are no more.
        sdpMid: the mid of the media description that it is for.
        sdpMLineIndex: the index of that media description, from 0.
        foundation: equal for candidates of the same type, base and server.
        component: ``"rtp"`` or ``"rtcp"``.
        priority: the priority, greater is better.
        address: an IPv4 or IPv6 address or a domain name; None where libwebrtc keeps it to itself, which it
            does for a remote peer-reflexive one: where the peer sends from, and did not say.
        protocol: ``"udp"`` or ``"tcp"``.
        port: the port.
        type: where it was found.
        tcpType: for TCP, who connects.
        relatedAddress: for a candidate derived from another, the address of that.
        relatedPort: for a candidate derived from another, the port of that.
        usernameFragment: the ICE ufrag that it belongs to.
        relayProtocol: for a local relay candidate, the protocol spoken with the TURN server.
        url: for a local srflx or relay candidate, the URL of the server it was found with.

    Raises:
        TypeError: ``sdpMid`` and ``sdpMLineIndex`` are both absent, or a member has the wrong type.
    """

    candidate: str
    sdpMid: str | None
    sdpMLineIndex: int | None
    foundation: str | None
    component: RTCIceComponent | None
    priority: int | None
    address: str | None
    protocol: RTCIceProtocol | None
    port: int | None
    type: RTCIceCandidateType | None
    tcpType: RTCIceTcpCandidateType | None
    relatedAddress: str | None
    relatedPort: int | None
    usernameFragment: str | None
    relayProtocol: RTCIceServerTransportProtocol | None
    url: str | None

    def __init__(
        self,
        candidateInitDict: RTCIceCandidateInit | RTCIceCandidate | Mapping[str, Any] | None = None,
        /,
        *,
        candidate: str | None = None,
        sdpMid: str | None = None,
        sdpMLineIndex: int | None = None,
        usernameFragment: str | None = None,
        relayProtocol: RTCIceServerTransportProtocol | str | None = None,
        url: str | None = None,
    ) -> None:
        keywords = {
            "candidate": candidate,
            "sdpMid": sdpMid,
            "sdpMLineIndex": sdpMLineIndex,
            "usernameFragment": usernameFragment,
            "relayProtocol": relayProtocol,
            "url": url,
        }
        init = RTCLocalIceCandidateInit.convert(either(candidateInitDict, keywords), "RTCIceCandidate")
        # https://w3c.github.io/webrtc-pc/#dom-rtcicecandidate-constructor step 1
        if init.sdpMid is None and init.sdpMLineIndex is None:
            raise TypeError("RTCIceCandidate: sdpMid and sdpMLineIndex are both absent")
        self._set(**{name: getattr(init, name) for name in init.members()})

    @classmethod
    def _new(
        cls,
        candidate: str,
        sdpMid: str | None,
        sdpMLineIndex: int,
        usernameFragment: str | None,
        relayProtocol: RTCIceServerTransportProtocol | None = None,
        url: str | None = None,
    ) -> Self:
        """One of libwebrtc's: what it says needs no conversion."""
        self = cls.__new__(cls)
        self._set(
            candidate=candidate,
            sdpMid=sdpMid,
            sdpMLineIndex=sdpMLineIndex,
            usernameFragment=usernameFragment,
            relayProtocol=relayProtocol,
            url=url,
        )
        return self

    def _set(self, candidate: str, **members: object) -> None:
        # https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcicecandidate
        for name, value in (_PARSED | _parse(candidate) | members).items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "candidate", candidate)

    def toJSON(self) -> dict[str, Any]:
        """The members of :class:`RTCIceCandidateInit` as a dict, for ``json.dumps`` and the constructor."""
        return {name: getattr(self, name) for name in RTCIceCandidateInit.members()}

    def __repr__(self) -> str:
        given = ((name, getattr(self, name)) for name in RTCLocalIceCandidateInit.members())
        shown = ", ".join(f"{name}={value!r}" for name, value in given if value is not None)
        return f"RTCIceCandidate({shown})"


@dataclass(frozen=True, slots=True, init=False)
class RTCIceCandidatePair:
    """A local and a remote candidate that go together (webrtc-pc, section "RTCIceCandidatePair").

    It comes from :meth:`RTCIceTransport.getSelectedCandidatePair`. Immutable and equal by value.

    Attributes:
        local: the local candidate.
        remote: the remote candidate.
    """

    local: RTCIceCandidate
    remote: RTCIceCandidate

    def __init__(self) -> None:
        raise TypeError("RTCIceCandidatePair has no constructor: use getSelectedCandidatePair()")

    @classmethod
    def _new(cls, local: RTCIceCandidate, remote: RTCIceCandidate) -> Self:
        self = cls.__new__(cls)
        object.__setattr__(self, "local", local)
        object.__setattr__(self, "remote", remote)
        return self


# The attributes that are parsed, where there is nothing to parse.
_PARSED: dict[str, Any] = dict.fromkeys(
    {f.name for f in fields(RTCIceCandidate)} - {*RTCLocalIceCandidateInit.members()}
)


@lru_cache(maxsize=64)  # a connection sees each of its candidates several times
def _parse(candidate: str) -> dict[str, Any]:
    """The attributes that a candidate-attribute stands for; none at all if one of them is invalid."""
    match = _GRAMMAR.fullmatch(candidate)
    if match is None:
        return {}
    text = match.groupdict()
    words = text.pop("extensions").split()
    extensions = dict(zip(words[::2], words[1::2], strict=True))
    try:
        protocol = RTCIceProtocol(text["protocol"].lower())
        return text | {
            "component": _COMPONENTS[int(text["component"])],
            "address": None if text["address"] == _REDACTED else text["address"],
            "protocol": protocol,
            "priority": _unsigned(text["priority"], 32),
            "port": _unsigned(text["port"], 16),
            "type": RTCIceCandidateType(text["type"]),
            "tcpType": _tcp_type(extensions) if protocol is RTCIceProtocol.TCP else None,
            "relatedPort": None if text["relatedPort"] is None else _unsigned(text["relatedPort"], 16),
        }
    except (KeyError, ValueError):
        return {}


def _unsigned(digits: str, bits: int) -> int:
    number = int(digits)
    if number >> bits:
        raise ValueError(digits)
    return number


def _tcp_type(extensions: Mapping[str, str]) -> RTCIceTcpCandidateType | None:
    # RFC 6544, 4.5
    return RTCIceTcpCandidateType(extensions["tcptype"]) if "tcptype" in extensions else None

"""RTCPeerConnection as webrtc-pc describes it: negotiation, states, events, errors, its end."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest
from harness import Peers, next_event, until
from pywebrtc import RTCDataChannel, RTCPeerConnection, VideoSource, exceptions
from pywebrtc.dictionaries import RTCConfiguration, RTCIceServer, RTCOfferOptions
from pywebrtc.events import RTCPeerConnectionIceEvent
from pywebrtc.exceptions import (
    InvalidAccessError,
    InvalidModificationError,
    InvalidStateError,
    NotSupportedError,
    OperationError,
    RTCError,
)
from pywebrtc.icecandidate import RTCIceCandidate
from pywebrtc.mediastream import MediaStream
from pywebrtc.sessiondescription import RTCSessionDescription
from pywebrtc.statsreport import RTCStatsReport

EVENTS = (
    "connectionstatechange",
    "datachannel",
    "icecandidate",
    "icecandidateerror",
    "iceconnectionstatechange",
    "icegatheringstatechange",
    "negotiationneeded",
    "signalingstatechange",
    "track",
)
CANDIDATE = "candidate:1 1 udp 2113929471 192.0.2.1 50000 typ host"


@pytest.fixture
async def pc():
    async with RTCPeerConnection() as connection:
        yield connection


async def offer_of(pc: RTCPeerConnection) -> RTCSessionDescription:
    """Set and return an offer with a data channel."""
    pc.createDataChannel("x")
    await pc.setLocalDescription()
    assert pc.localDescription is not None
    return pc.localDescription


async def with_remote_offer(peers: Peers) -> RTCPeerConnection:
    """The callee, in have-remote-offer."""
    await peers.callee.setRemoteDescription(await offer_of(peers.caller))
    return peers.callee


# Construction and configuration


async def test_starts_new(pc):
    assert (pc.signalingState, pc.iceGatheringState, pc.iceConnectionState, pc.connectionState) == (
        "stable",
        "new",
        "new",
        "new",
    )
    assert pc.canTrickleIceCandidates is None
    for name in ("local", "remote"):
        assert getattr(pc, f"{name}Description") is None
        assert getattr(pc, f"current{name.title()}Description") is None
        assert getattr(pc, f"pending{name.title()}Description") is None
    assert pc.getSenders() == pc.getReceivers() == pc.getTransceivers() == []


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        {},
        RTCConfiguration(),
        {"iceServers": [{"urls": "stun:127.0.0.1:1"}]},
        RTCConfiguration(iceServers=[RTCIceServer(urls=["stun:127.0.0.1"])]),
        {"iceServers": [{"urls": "TURN:127.0.0.1?transport=tcp", "username": "u", "credential": "c"}]},
        {
            "iceServers": [
                {"urls": ["stun:[::1]:3478", "turns:localhost:5349"], "username": "u", "credential": "c"}
            ]
        },
        {"iceTransportPolicy": "relay", "bundlePolicy": "max-bundle", "rtcpMuxPolicy": "require"},
        {"bundlePolicy": "max-compat", "iceCandidatePoolSize": 255},
        {"unknown": ...},
    ],
    ids=repr,
)
async def test_configuration(configuration):
    async with RTCPeerConnection(configuration) as pc:
        assert pc.connectionState == "new"


@pytest.mark.parametrize(
    ("configuration", "error", "message"),
    [
        (7, TypeError, "RTCConfiguration"),
        ([], TypeError, "RTCConfiguration"),
        ("stun:127.0.0.1", TypeError, "RTCConfiguration"),
        ({"iceServers": {"urls": "stun:h"}}, TypeError, "iceServers"),
        ({"iceServers": [7]}, TypeError, r"iceServers\[0\]"),
        ({"iceServers": [{}]}, TypeError, "urls"),
        ({"iceServers": [{"urls": 1}]}, TypeError, "urls"),
        ({"iceServers": [{"urls": []}]}, exceptions.SyntaxError, "urls"),
        ({"iceServers": [{"urls": ""}]}, exceptions.SyntaxError, "scheme"),
        ({"iceServers": [{"urls": "http://x"}]}, exceptions.SyntaxError, "http"),
        ({"iceServers": [{"urls": "stun:h:99999"}]}, exceptions.SyntaxError, "port"),
        ({"iceServers": [{"urls": "stun:h?transport=udp"}]}, exceptions.SyntaxError, "query"),
        ({"iceServers": [{"urls": "stuns:h"}]}, NotSupportedError, "TLS"),
        ({"iceServers": [{"urls": "turn:h"}]}, InvalidAccessError, "username"),
        ({"iceServers": [{"urls": "turn:h", "username": "u"}]}, InvalidAccessError, "credential"),
        (
            {"iceServers": [{"urls": "stun:h"}, {"urls": ["stun:h", "turn:h"]}]},
            InvalidAccessError,
            "username",
        ),
        ({"iceTransportPolicy": "nonsense"}, TypeError, "iceTransportPolicy"),
        ({"bundlePolicy": "Balanced"}, TypeError, "bundlePolicy"),
        ({"rtcpMuxPolicy": "negotiate"}, TypeError, "rtcpMuxPolicy"),
        ({"iceCandidatePoolSize": 256}, TypeError, "iceCandidatePoolSize"),
        ({"iceCandidatePoolSize": -1}, ValueError, "iceCandidatePoolSize"),
        ({"iceCandidatePoolSize": "1"}, TypeError, "iceCandidatePoolSize"),
        ({"certificates": [1]}, TypeError, "certificates"),
    ],
    ids=str,
)
async def test_bad_configuration(configuration, error, message):
    with pytest.raises(error, match=message):
        RTCPeerConnection(configuration)


async def test_get_configuration_is_a_copy_of_a_copy():
    given = {"iceServers": [{"urls": "STUN:127.0.0.1"}], "iceCandidatePoolSize": 3}
    async with RTCPeerConnection(given) as pc:
        given["iceServers"].clear()
        got = pc.getConfiguration()
        assert got == RTCConfiguration(
            iceServers=[RTCIceServer(urls=["stun:127.0.0.1"])], iceCandidatePoolSize=3
        )
        got.iceServers.clear()
        assert len(pc.getConfiguration().iceServers) == 1
    assert pc.getConfiguration().iceCandidatePoolSize == 3


def test_made_before_a_loop_runs():
    pc = RTCPeerConnection()
    channel = pc.createDataChannel("early")
    log: list[str] = []
    pc.onnegotiationneeded = lambda event: log.append(event.type)

    async def main() -> None:
        async with pc:
            if not log:
                await next_event(pc, "negotiationneeded")
            await pc.setLocalDescription()
            assert "m=application" in pc.localDescription.sdp

    asyncio.run(main())
    assert log == ["negotiationneeded"]
    assert channel.readyState == "closed"


def test_belongs_to_its_loop():
    pc = RTCPeerConnection()

    async def first() -> None:
        await pc.createOffer()
        pc.close()
        await pc.wait_closed()

    async def second() -> None:
        with pytest.raises(InvalidStateError, match="closed"):
            await pc.createOffer()

    asyncio.run(first())
    asyncio.run(second())


def test_another_loop_is_refused():
    pc = RTCPeerConnection()

    async def use() -> None:
        await pc.createOffer()

    with asyncio.Runner() as one, asyncio.Runner() as two:
        one.run(use())
        with pytest.raises(RuntimeError, match="another event loop"):
            two.run(use())
        one.run(_close(pc))


async def _close(pc: RTCPeerConnection) -> None:
    pc.close()
    await pc.wait_closed()


# createOffer, createAnswer


async def test_create_offer(pc):
    pc.createDataChannel("x")
    offer = await pc.createOffer()
    assert isinstance(offer, RTCSessionDescription)
    assert offer.type == "offer"
    assert offer.sdp.startswith("v=0\r\n")
    assert offer.sdp.count("m=application") == 1
    assert pc.signalingState == "stable"
    assert pc.localDescription is None


async def test_create_offer_again_in_have_local_offer(pc):
    offer = await offer_of(pc)
    again = await pc.createOffer()
    assert pc.signalingState == "have-local-offer"
    assert ufrag(again) == ufrag(offer)


@pytest.mark.parametrize("options", [{"iceRestart": True}, RTCOfferOptions(iceRestart=True)])
async def test_ice_restart_gives_new_credentials(peers, options):
    await peers.channels()
    before = peers.caller.localDescription
    assert ufrag(await peers.caller.createOffer()) == ufrag(before)
    assert ufrag(await peers.caller.createOffer(options)) != ufrag(before)
    peers.caller.restartIce()
    assert ufrag(await peers.caller.createOffer()) != ufrag(before)


def ufrag(description: RTCSessionDescription) -> str:
    return description.sdp.partition("a=ice-ufrag:")[2].partition("\r\n")[0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"offerToReceiveAudio": True}, ["m=audio"]),
        ({"offerToReceiveVideo": True}, ["m=video"]),
        ({"offerToReceiveAudio": True, "offerToReceiveVideo": True}, ["m=audio", "m=video"]),
        ({"offerToReceiveAudio": False}, []),
    ],
    ids=str,
)
async def test_legacy_offer_options(pc, options, expected):
    sdp = (await pc.createOffer(options)).sdp
    assert [line.split()[0] for line in sdp.splitlines() if line.startswith("m=")] == expected
    assert sdp.count("a=recvonly") == len(expected)


@pytest.mark.parametrize("options", [1, "x", {"iceRestart": 1}, {"offerToReceiveAudio": "yes"}], ids=str)
async def test_offer_options_of_the_wrong_type(pc, options):
    with pytest.raises(TypeError, match="RTCOfferOptions"):
        await pc.createOffer(options)


async def test_create_answer_needs_a_remote_offer(peers):
    for pc in (peers.caller, peers.callee):
        with pytest.raises(InvalidStateError, match="createAnswer: signalingState is stable"):
            await pc.createAnswer()
    offer = await offer_of(peers.caller)
    with pytest.raises(InvalidStateError, match="have-local-offer"):
        await peers.caller.createAnswer()
    await peers.callee.setRemoteDescription(offer)
    with pytest.raises(InvalidStateError, match="createOffer: signalingState is have-remote-offer"):
        await peers.callee.createOffer()
    answer = await peers.callee.createAnswer({})
    assert answer.type == "answer"
    assert peers.callee.signalingState == "have-remote-offer"


# setLocalDescription


async def test_implicit_descriptions(peers):
    await peers.negotiate()
    assert peers.caller.localDescription.type == peers.callee.remoteDescription.type == "offer"
    assert peers.callee.localDescription.type == peers.caller.remoteDescription.type == "answer"
    assert peers.caller.signalingState == peers.callee.signalingState == "stable"


@pytest.mark.parametrize("form", ["object", "dict", "json", "empty sdp", "no type"])
async def test_explicit_descriptions(peers, form):
    def given(description: RTCSessionDescription) -> Any:
        return {
            "object": description,
            "dict": {"type": str(description.type), "sdp": description.sdp},
            "json": description.toJSON(),
            "empty sdp": {"type": description.type},
            "no type": {},
        }[form]

    caller, callee = peers.caller, peers.callee
    caller.createDataChannel("x")
    await caller.setLocalDescription(given(await caller.createOffer()))
    assert (caller.signalingState, caller.localDescription.type) == ("have-local-offer", "offer")
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription(given(await callee.createAnswer()))
    assert (callee.signalingState, callee.localDescription.type) == ("stable", "answer")
    await caller.setRemoteDescription(callee.localDescription)
    await until(caller, "connectionstatechange", lambda: caller.connectionState == "connected")


async def test_descriptions_move_from_pending_to_current(peers):
    caller, callee = peers.caller, peers.callee
    offer = await offer_of(caller)
    assert caller.pendingLocalDescription is caller.localDescription is offer
    assert caller.currentLocalDescription is None
    await callee.setRemoteDescription(offer)
    assert callee.pendingRemoteDescription is callee.remoteDescription
    assert callee.currentRemoteDescription is None
    await callee.setLocalDescription()
    for pc in (callee,):
        assert pc.pendingLocalDescription is pc.pendingRemoteDescription is None
        assert pc.currentLocalDescription is pc.localDescription
        assert pc.currentRemoteDescription is pc.remoteDescription
    assert callee.currentRemoteDescription.type == "offer"
    await caller.setRemoteDescription(callee.localDescription)
    assert caller.pendingLocalDescription is caller.pendingRemoteDescription is None
    assert caller.currentLocalDescription.type == "offer"
    assert caller.currentRemoteDescription.type == "answer"


async def test_can_trickle(peers):
    callee = peers.callee
    offer = await offer_of(peers.caller)
    await callee.setRemoteDescription(offer)
    assert callee.canTrickleIceCandidates is True
    await callee.setRemoteDescription({"type": "rollback"})
    await callee.setRemoteDescription(
        {"type": "offer", "sdp": offer.sdp.replace("a=ice-options:trickle\r\n", "")}
    )
    assert callee.canTrickleIceCandidates is False


async def test_provisional_answers(peers):
    caller, callee = peers.caller, peers.callee
    await with_remote_offer(peers)
    await callee.setLocalDescription({"type": "pranswer"})
    assert callee.signalingState == "have-local-pranswer"
    assert callee.localDescription.type == "pranswer"
    await caller.setRemoteDescription(callee.localDescription)
    assert caller.signalingState == "have-remote-pranswer"
    with pytest.raises(InvalidStateError):
        await caller.createOffer()
    await callee.setLocalDescription()
    assert (callee.signalingState, callee.localDescription.type) == ("stable", "answer")
    await caller.setRemoteDescription(callee.localDescription)
    assert caller.signalingState == "stable"
    await until(caller, "connectionstatechange", lambda: caller.connectionState == "connected")


async def test_rollback_of_a_local_offer(pc):
    await offer_of(pc)
    await pc.setLocalDescription({"type": "rollback"})
    assert pc.signalingState == "stable"
    assert pc.localDescription is None
    await pc.setLocalDescription({"type": "offer"})
    assert pc.signalingState == "have-local-offer"


async def test_rollback_of_a_remote_offer(peers):
    callee = await with_remote_offer(peers)
    await callee.setRemoteDescription({"type": "rollback", "sdp": "ignored"})
    assert callee.signalingState == "stable"
    assert callee.remoteDescription is None
    # https://w3c.github.io/webrtc-pc/#set-description: a rollback where there is nothing to roll back
    for method in (callee.setLocalDescription, callee.setRemoteDescription):
        with pytest.raises(InvalidStateError):
            await method({"type": "rollback"})


async def test_rollback_of_an_offer_with_a_data_channel(pc):
    """webrtc-pc would offer the channel again. M150 keeps the mid that it had and does not, in Chrome too."""
    offer = await offer_of(pc)
    assert "m=application" in offer.sdp
    await pc.setLocalDescription({"type": "rollback"})
    assert "m=application" not in (await pc.createOffer()).sdp


async def test_rollback_takes_transceivers_that_the_offer_made(peers):
    peers.caller.addTrack(VideoSource().track)
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    (transceiver,) = peers.callee.getTransceivers()
    await peers.callee.setRemoteDescription({"type": "rollback"})
    assert peers.callee.getTransceivers() == peers.callee.getReceivers() == []
    assert transceiver.direction == "stopped"
    assert transceiver.receiver.track.readyState == "ended"


async def test_implicit_rollback():
    """Glare: setting a remote offer rolls the local one back first, as perfect negotiation needs it."""
    async with RTCPeerConnection() as caller, RTCPeerConnection() as callee:
        for pc in (caller, callee):
            await offer_of(pc)
            await until(pc, "icegatheringstatechange", lambda pc=pc: pc.iceGatheringState == "complete")
        log = []
        callee.on(
            "signalingstatechange",
            lambda event: log.append(
                (callee.signalingState, callee.localDescription, callee.remoteDescription is not None)
            ),
        )
        await callee.setRemoteDescription(caller.localDescription)
        assert callee.signalingState == "have-remote-offer"
        assert callee.localDescription is None
        assert log == [("stable", None, False), ("have-remote-offer", None, True)]
        await callee.setLocalDescription()
        await caller.setRemoteDescription(callee.localDescription)
        await until(callee, "connectionstatechange", lambda: callee.connectionState == "connected")


async def test_types_that_do_not_fit_the_state(peers):
    caller, callee = peers.caller, peers.callee
    offer = await offer_of(caller)
    await callee.setRemoteDescription(offer)
    answer = await callee.createAnswer()
    wrong = [
        (caller.setLocalDescription, answer),
        (caller.setLocalDescription, {"type": "answer"}),
        (caller.setLocalDescription, {"type": "pranswer"}),
        (callee.setLocalDescription, offer),
        (callee.setLocalDescription, {"type": "offer"}),
        (callee.setRemoteDescription, answer),
    ]
    for method, description in wrong:
        with pytest.raises(InvalidStateError):
            await method(description)
    assert (caller.signalingState, callee.signalingState) == ("have-local-offer", "have-remote-offer")
    await callee.setLocalDescription(answer)
    for method in (callee.setRemoteDescription, callee.setLocalDescription):
        with pytest.raises(InvalidStateError):
            await method(answer)
    await caller.setRemoteDescription(answer)
    assert caller.signalingState == callee.signalingState == "stable"


async def test_offer_that_changes_the_order_of_media(peers):
    peers.caller.createDataChannel("x")
    peers.caller.addTrack(VideoSource().track)
    await peers.negotiate()
    offer = await peers.caller.createOffer()
    session, one, two = offer.sdp.replace("\r\nm=", "\r\n\0m=").split("\0")
    with pytest.raises((InvalidAccessError, InvalidModificationError)):
        await peers.caller.setLocalDescription({"type": "offer", "sdp": session + two + one})
    assert peers.caller.signalingState == "stable"
    await peers.negotiate()


# setRemoteDescription


@pytest.mark.parametrize("side", ["setLocalDescription", "setRemoteDescription"])
@pytest.mark.parametrize(
    ("sdp", "line"),
    [
        ("nonsense", 1),
        ("\0", None),
        ("v=0\r\no=- 1 1 IN IP4 0\r\n", None),
        ("v=0\r\nx\r\n", 2),
        ("\x80\U0001f600", None),
    ],
    ids=ascii,
)
async def test_sdp_that_cannot_be_parsed(pc, side, sdp, line):
    with pytest.raises(RTCError, match="SDP") as caught:
        await getattr(pc, side)({"type": "offer", "sdp": sdp})
    assert caught.value.name == "OperationError"
    assert caught.value.errorDetail == "sdp-syntax-error"
    if line is not None:
        assert caught.value.sdpLineNumber == line
    assert pc.signalingState == "stable"
    await offer_of(pc)


async def test_the_line_of_an_error(peers):
    sdp = (await offer_of(peers.caller)).sdp
    lines = sdp.split("\r\n")
    index = next(i for i, line in enumerate(lines) if line.startswith("a=sctp-port"))
    lines[index] = "a=sctp-port:notanumber"
    with pytest.raises(RTCError, match="a=sctp-port:notanumber") as caught:
        await peers.callee.setRemoteDescription({"type": "offer", "sdp": "\r\n".join(lines)})
    assert caught.value.sdpLineNumber == index + 1


async def test_empty_remote_sdp(pc):
    with pytest.raises(RTCError):
        await pc.setRemoteDescription({"type": "offer", "sdp": ""})


@pytest.mark.parametrize(
    "description",
    [
        None,
        1,
        "v=0",
        b"v=0",
        {},
        {"sdp": "v=0"},
        {"type": "Offer", "sdp": "v=0"},
        {"type": "offer", "sdp": b"v=0"},
    ],
    ids=repr,
)
async def test_descriptions_of_the_wrong_type(pc, description):
    with pytest.raises(TypeError, match="setRemoteDescription"):
        await pc.setRemoteDescription(description)
    assert pc.signalingState == "stable"


@pytest.mark.parametrize(
    "description", [1, "v=0", b"v=0", {"type": "Offer"}, {"type": "offer", "sdp": 1}], ids=repr
)
async def test_local_descriptions_of_the_wrong_type(pc, description):
    with pytest.raises(TypeError, match="setLocalDescription"):
        await pc.setLocalDescription(description)
    assert pc.signalingState == "stable"


async def test_without_dtls(peers):
    sdp = (await offer_of(peers.caller)).sdp
    cut = "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith("a=fingerprint"))
    with pytest.raises((InvalidAccessError, OperationError)):
        await peers.callee.setRemoteDescription({"type": "offer", "sdp": cut})
    assert peers.callee.signalingState == "stable"
    await peers.callee.setRemoteDescription({"type": "offer", "sdp": sdp})


# addIceCandidate


async def test_candidate_before_a_remote_description(pc):
    for candidate in (None, {"candidate": CANDIDATE, "sdpMid": "0"}, {"candidate": "", "sdpMid": "0"}):
        with pytest.raises(InvalidStateError, match="no remote description"):
            await pc.addIceCandidate(candidate)
    await offer_of(pc)
    with pytest.raises(InvalidStateError, match="no remote description"):
        await pc.addIceCandidate({"candidate": CANDIDATE, "sdpMid": "0"})


@pytest.mark.parametrize(
    "candidate",
    [
        None,
        {},
        {"candidate": ""},
        {"candidate": "", "sdpMid": "0"},
        {"candidate": "", "sdpMLineIndex": 0},
        {"candidate": None, "sdpMid": None},
        {"candidate": CANDIDATE, "sdpMid": "0"},
        {"candidate": CANDIDATE, "sdpMLineIndex": 0},
        {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 99},  # sdpMid counts
        {"candidate": "a=" + CANDIDATE, "sdpMid": "0"},
        {
            "candidate": CANDIDATE.replace("udp", "tcp").replace("50000", "9") + " tcptype active",
            "sdpMid": "0",
        },
        {"candidate": CANDIDATE.replace("192.0.2.1", "2001:db8::1"), "sdpMid": "0"},
        {
            "candidate": CANDIDATE.replace("192.0.2.1", "0f5f9ac2-0000-4000-8000-000000000000.local"),
            "sdpMid": "0",
        },
        RTCIceCandidate(candidate=CANDIDATE, sdpMid="0"),
    ],
    ids=repr,
)
async def test_candidates_that_are_taken(peers, candidate):
    callee = await with_remote_offer(peers)
    assert await callee.addIceCandidate(candidate) is None


@pytest.mark.parametrize(
    ("candidate", "error", "message"),
    [
        (1, TypeError, "addIceCandidate"),
        (CANDIDATE, TypeError, "addIceCandidate"),
        ({"candidate": 1, "sdpMid": "0"}, TypeError, "candidate"),
        ({"candidate": CANDIDATE}, TypeError, "both absent"),
        ({"candidate": CANDIDATE, "sdpMLineIndex": -1}, TypeError, "sdpMLineIndex"),
        ({"candidate": CANDIDATE, "sdpMLineIndex": 65536}, TypeError, "sdpMLineIndex"),
        ({"candidate": CANDIDATE, "sdpMid": 0}, TypeError, "sdpMid"),
        ({"candidate": CANDIDATE, "sdpMid": "7"}, OperationError, "sdpMid '7'"),
        ({"candidate": CANDIDATE, "sdpMid": ""}, OperationError, "sdpMid ''"),
        ({"candidate": CANDIDATE, "sdpMLineIndex": 1}, OperationError, "sdpMLineIndex 1"),
        (
            {"candidate": CANDIDATE, "sdpMid": "0", "usernameFragment": "zzzz"},
            OperationError,
            "usernameFragment",
        ),
        ({"candidate": "", "usernameFragment": "zzzz"}, OperationError, "usernameFragment"),
        ({"candidate": "garbage", "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": CANDIDATE.removeprefix("candidate:"), "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": "candidate:", "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": CANDIDATE.replace("50000", "99999"), "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": CANDIDATE.replace("host", "nonsense"), "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": CANDIDATE + "\r\na=x", "sdpMid": "0"}, OperationError, "malformed"),
        ({"candidate": "x" * 1_000_000, "sdpMid": "0"}, OperationError, "malformed"),
    ],
    ids=lambda value: ascii(value)[:60],
)
async def test_candidates_that_are_refused(peers, candidate, error, message):
    callee = await with_remote_offer(peers)
    with pytest.raises(error, match=message):
        await callee.addIceCandidate(candidate)
    await callee.addIceCandidate({"candidate": CANDIDATE, "sdpMid": "0"})
    await callee.setLocalDescription()
    await peers.caller.setRemoteDescription(callee.localDescription)
    await until(callee, "connectionstatechange", lambda: callee.connectionState == "connected")


async def test_candidate_shows_in_the_remote_description(peers):
    callee = await with_remote_offer(peers)
    before = callee.remoteDescription
    await callee.addIceCandidate(
        {"candidate": CANDIDATE, "sdpMid": "0", "usernameFragment": ufrag(callee.remoteDescription)}
    )
    assert CANDIDATE in callee.remoteDescription.sdp
    assert CANDIDATE not in before.sdp


# Gathering, events and their order


async def test_non_trickle():
    async with RTCPeerConnection() as caller, RTCPeerConnection() as callee:
        channel = caller.createDataChannel("x")
        await caller.setLocalDescription()
        await until(caller, "icegatheringstatechange", lambda: caller.iceGatheringState == "complete")
        assert "a=candidate:" in caller.localDescription.sdp
        await callee.setRemoteDescription(caller.localDescription)
        await callee.setLocalDescription()
        await until(callee, "icegatheringstatechange", lambda: callee.iceGatheringState == "complete")
        await caller.setRemoteDescription(callee.localDescription)
        await channel.opened()
        # The channel's news comes from the network thread, the connection's by way of the signaling thread.
        await until(caller, "connectionstatechange", lambda: caller.connectionState == "connected")


async def test_the_order_of_events(peers):
    """One log of a caller's events, returns and states, read at the moment of each event."""
    pc = peers.caller
    log: list[tuple[Any, ...]] = []
    for name in EVENTS:
        pc.addEventListener(name, lambda event: log.append(entry(event)))

    def entry(event: Any) -> tuple[Any, ...]:
        assert event.target is event.currentTarget is pc
        assert event.isTrusted
        values = {
            "signalingstatechange": pc.signalingState,
            "icegatheringstatechange": pc.iceGatheringState,
            "iceconnectionstatechange": pc.iceConnectionState,
            "connectionstatechange": pc.connectionState,
        }
        if isinstance(event, RTCPeerConnectionIceEvent):
            return (event.type, event.candidate is not None)
        return (event.type, values.get(event.type))

    peers.caller.createDataChannel("one")
    peers.caller.createDataChannel("two")
    await until(pc, "negotiationneeded", lambda: bool(log))
    await pc.setLocalDescription()
    log.append(("local description", pc.signalingState))
    await peers.callee.setRemoteDescription(pc.localDescription)
    await peers.callee.setLocalDescription()
    await pc.setRemoteDescription(peers.callee.localDescription)
    log.append(("remote description", pc.signalingState))
    await until(pc, "connectionstatechange", lambda: pc.connectionState == "connected")
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    await pc.getStats()
    pc.close()
    log.append(("closed", pc.signalingState))
    await pc.wait_closed()

    def of(*types: str) -> list[tuple[Any, ...]]:
        return [e for e in log if e[0] in types]

    # Signaling; one negotiationneeded for two channels, and none after the negotiation.
    assert of(
        "negotiationneeded", "signalingstatechange", "local description", "remote description", "closed"
    ) == [
        ("negotiationneeded", None),
        ("signalingstatechange", "have-local-offer"),
        ("local description", "have-local-offer"),
        ("signalingstatechange", "stable"),
        ("remote description", "stable"),
        ("closed", "closed"),
    ]
    # Gathering: candidates only in between, and at the end one without.
    gathering = of("icegatheringstatechange", "icecandidate")
    assert gathering[0] == ("icegatheringstatechange", "gathering")
    assert gathering[-2:] == [("icegatheringstatechange", "complete"), ("icecandidate", False)]
    assert len(gathering) > 3
    assert set(gathering[1:-2]) == {("icecandidate", True)}
    assert log.index(("local description", "have-local-offer")) < log.index(gathering[0])
    # Connecting.
    assert of("connectionstatechange") == [
        ("connectionstatechange", "connecting"),
        ("connectionstatechange", "connected"),
    ]
    ice = [state for _, state in of("iceconnectionstatechange")]
    assert ice[:2] == ["checking", "connected"]
    assert set(ice[2:]) <= {"completed"}
    assert log.index(("iceconnectionstatechange", "connected")) < log.index(
        ("connectionstatechange", "connected")
    )
    assert log[-1] == ("closed", "closed")


async def test_candidates_carry_what_they_are_for(pc):
    found = []
    pc.onicecandidate = lambda event: found.append(event.candidate)
    offer = await offer_of(pc)
    await until(pc, "icecandidate", lambda: None in found)
    *candidates, end, last = found
    assert last is None
    assert (end.candidate, end.sdpMid, end.sdpMLineIndex, end.usernameFragment) == ("", "0", 0, ufrag(offer))
    assert candidates
    for candidate in candidates:
        assert isinstance(candidate, RTCIceCandidate)
        assert candidate.candidate.startswith("candidate:")
        assert (candidate.sdpMid, candidate.sdpMLineIndex) == ("0", 0)
        assert candidate.usernameFragment == ufrag(offer)
        assert candidate.type == "host"
        assert f"a={in_sdp(candidate)}" in pc.localDescription.sdp


def in_sdp(candidate: RTCIceCandidate) -> str:
    """What of it a description repeats: libwebrtc leaves the ufrag and its own network-id to the event."""
    return candidate.candidate.partition(" generation ")[0]


async def test_the_candidate_is_in_the_description_when_its_event_is_fired(pc):
    seen = []

    @pc.on("icecandidate")
    def check(event: Any) -> None:
        if event.candidate is not None:
            seen.append(in_sdp(event.candidate) in pc.localDescription.sdp)

    await offer_of(pc)
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    assert seen
    assert all(seen)


async def test_negotiationneeded_only_while_stable(peers):
    caller = peers.caller
    fired = []
    caller.onnegotiationneeded = lambda event: fired.append(caller.signalingState)
    caller.createDataChannel("x")
    await until(caller, "negotiationneeded", lambda: bool(fired))
    await caller.setLocalDescription()
    caller.addTrack(VideoSource().track)
    await caller.getStats()
    assert fired == ["stable"]
    await peers.callee.setRemoteDescription(caller.localDescription)
    await peers.callee.setLocalDescription()
    await caller.setRemoteDescription(peers.callee.localDescription)
    # https://w3c.github.io/webrtc-pc/#set-description: checked again when the state is stable, in a task of
    # its own after the promise's.
    assert fired == ["stable"]
    await until(caller, "negotiationneeded", lambda: len(fired) > 1)
    await peers.negotiate()
    await caller.getStats()
    assert fired == ["stable", "stable"]


async def test_negotiationneeded_waits_for_the_chain(pc):
    fired = []
    offers = [asyncio.ensure_future(pc.createOffer()) for _ in range(3)]
    await asyncio.sleep(0)
    pc.onnegotiationneeded = lambda event: fired.append([offer.done() for offer in offers])
    pc.createDataChannel("x")
    await until(pc, "negotiationneeded", lambda: bool(fired))
    await asyncio.gather(*offers)
    assert fired == [[True, True, True]]


async def test_no_negotiationneeded_once_nothing_needs_it(pc):
    fired = []
    pc.onnegotiationneeded = fired.append
    sender = pc.addTrack(VideoSource().track)
    pc.removeTrack(sender)
    # The transceiver still wants an m-section: one event and no more.
    await until(pc, "negotiationneeded", lambda: bool(fired))
    await pc.getStats()
    assert len(fired) == 1


async def test_each_way_to_listen(peers):
    pc = peers.callee
    log = []
    ended = asyncio.Event()

    def listener(event: Any) -> None:
        log.append("listener")

    async def coroutine(event: Any) -> None:
        log.append("coroutine begins")
        await asyncio.sleep(0)
        log.append("coroutine ends")
        ended.set()

    pc.onsignalingstatechange = lambda event: log.append("attribute")
    pc.addEventListener("signalingstatechange", listener)
    pc.addEventListener("signalingstatechange", listener)
    pc.addEventListener("signalingstatechange", coroutine, {"once": True})

    @pc.on("signalingstatechange")
    def decorated(event: Any) -> None:
        log.append("decorated")

    await with_remote_offer(peers)
    await ended.wait()
    assert log == ["attribute", "listener", "decorated", "coroutine begins", "coroutine ends"]
    log.clear()
    pc.removeEventListener("signalingstatechange", listener)
    pc.onsignalingstatechange = None
    await pc.setLocalDescription()
    assert log == ["decorated"]


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_its_attribute(name):
    assert name in RTCPeerConnection._event_types
    assert hasattr(RTCPeerConnection, f"on{name}")


async def test_on_of_an_unknown_event(pc):
    with pytest.raises(ValueError, match="negotiationneeded"):
        pc.on("negotiationNeeded")


async def test_an_exception_in_a_listener_stops_nothing(peers):
    loop = asyncio.get_running_loop()
    reported = []
    loop.set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    mistake = ValueError("mine")

    @peers.callee.on("signalingstatechange")
    def fails(event: Any) -> None:
        raise mistake

    await peers.channels()
    assert reported == [mistake, mistake]
    # The traceback holds the connections, and the loop holds its handler.
    loop.set_exception_handler(None)


async def test_a_listener_may_negotiate(peers):
    """The offer in negotiationneeded, the answer in the message: how applications are written."""
    caller, callee = peers.caller, peers.callee

    @caller.on("negotiationneeded")
    async def offer(event: Any) -> None:
        await peers.negotiate()

    channel = caller.createDataChannel("x")
    announced = await next_event(callee, "datachannel")
    assert announced.channel.label == "x"
    await channel.opened()


# Two calls at once


async def test_calls_take_effect_in_their_order(pc):
    pc.createDataChannel("x")
    done = []

    async def note(name: str, coroutine: Any) -> Any:
        result = await coroutine
        done.append((name, pc.signalingState))
        return result

    async with asyncio.TaskGroup() as group:
        group.create_task(note("offer", pc.createOffer()))
        group.create_task(note("set", pc.setLocalDescription()))
        group.create_task(note("rollback", pc.setLocalDescription({"type": "rollback"})))
        group.create_task(note("set again", pc.setLocalDescription()))
        assert pc.signalingState == "stable"
    # Each goes on before the next operation's effects show.
    assert done == [
        ("offer", "stable"),
        ("set", "have-local-offer"),
        ("rollback", "stable"),
        ("set again", "have-local-offer"),
    ]


async def test_the_state_is_checked_when_an_operations_turn_comes(peers):
    """Neither call is allowed in the state that it is made in; both are when it is their turn."""
    offer = await offer_of(peers.caller)
    _, answer, _ = await asyncio.gather(
        peers.callee.setRemoteDescription(offer),
        peers.callee.createAnswer(),
        peers.callee.setLocalDescription(),
    )
    assert answer.type == "answer"
    assert peers.callee.signalingState == "stable"


async def test_a_failure_fails_its_own_call_only(pc):
    pc.createDataChannel("x")
    results = await asyncio.gather(
        pc.setLocalDescription(),
        pc.createAnswer(),
        pc.setRemoteDescription({"type": "answer", "sdp": "nonsense"}),
        pc.addIceCandidate(),
        pc.createOffer(),
        return_exceptions=True,
    )
    kinds = [type(result) for result in results]
    assert kinds == [type(None), InvalidStateError, RTCError, InvalidStateError, RTCSessionDescription]


async def test_cancelling_cancels_the_waiting_only(pc):
    pc.createDataChannel("x")
    task = asyncio.ensure_future(pc.setLocalDescription())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(pc, "signalingstatechange", lambda: pc.signalingState == "have-local-offer")
    await pc.setLocalDescription({"type": "rollback"})
    assert pc.signalingState == "stable"


async def test_cancelling_one_that_waits(pc):
    pc.createDataChannel("x")
    first, second, third = (
        asyncio.ensure_future(c) for c in (pc.createOffer(), pc.setLocalDescription(), pc.createOffer())
    )
    await asyncio.sleep(0)
    second.cancel()
    assert (await first).type == (await third).type == "offer"
    assert second.cancelled()
    assert pc.signalingState == "have-local-offer"


# A track added while an operation is under way


async def test_a_track_added_during_an_operation_stays(peers):
    pc = peers.caller
    pc.createDataChannel("x")
    setting = asyncio.ensure_future(pc.setLocalDescription())
    await asyncio.sleep(0)
    # These wait for the signaling thread, so what is applied afterwards is older than they are.
    senders = [pc.addTrack(VideoSource().track) for _ in range(2)]
    pc.removeTrack(senders[1])
    await setting
    assert pc.getSenders() == senders
    assert [t.direction for t in pc.getTransceivers()] == ["sendrecv", "recvonly"]
    assert [t.currentDirection for t in pc.getTransceivers()] == [None, None]
    await peers.callee.setRemoteDescription(pc.localDescription)
    await peers.callee.setLocalDescription()
    await pc.setRemoteDescription(peers.callee.localDescription)
    await peers.negotiate()
    assert pc.getSenders() == senders
    assert [t.mid for t in pc.getTransceivers()] == ["1", "2"]


# Closing


async def test_close(pc):
    events = []
    for name in EVENTS:
        pc.addEventListener(name, events.append)
    channel = pc.createDataChannel("x")
    await pc.setLocalDescription()
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    events.clear()
    description = pc.localDescription
    pc.close()
    assert pc.signalingState == pc.iceConnectionState == pc.connectionState == "closed"
    assert channel.readyState == "closed"
    # The specification leaves these as they are.
    assert pc.iceGatheringState == "complete"
    assert pc.localDescription is description
    pc.close()
    await pc.wait_closed()
    await pc.wait_closed()
    assert events == []


async def test_everything_after_close(peers):
    sender = peers.caller.addTrack(VideoSource().track)
    await peers.negotiate()
    pc = peers.caller
    pc.close()
    for operation in (
        pc.createOffer(),
        pc.createAnswer(),
        pc.setLocalDescription(),
        pc.setLocalDescription({"type": "rollback"}),
        pc.setRemoteDescription({"type": "offer", "sdp": "nonsense"}),
        pc.addIceCandidate({"candidate": CANDIDATE, "sdpMid": "0"}),
        pc.addIceCandidate(),
    ):
        with pytest.raises(InvalidStateError, match="closed"):
            await operation
    for call in (
        lambda: pc.createDataChannel("x"),
        lambda: pc.addTrack(VideoSource().track),
        lambda: pc.removeTrack(sender),
    ):
        with pytest.raises(InvalidStateError, match="closed"):
            call()
    pc.restartIce()
    # What is checked before the state: https://webidl.spec.whatwg.org/#js-invoking-callable
    with pytest.raises(TypeError):
        await pc.setRemoteDescription({"type": "nonsense"})
    with pytest.raises(TypeError):
        pc.createDataChannel(1)
    assert pc.getSenders() == pc.getReceivers() == []
    assert [t.direction for t in pc.getTransceivers()] == ["stopped"]
    assert sender.track is not None


async def test_close_ends_what_waits(pc):
    pc.createDataChannel("x")
    tasks = [
        asyncio.ensure_future(coroutine)
        for coroutine in (pc.createOffer(), pc.setLocalDescription(), pc.createOffer(), pc.getStats())
    ]
    await asyncio.sleep(0)
    pc.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results[:3]] == [InvalidStateError] * 3
    assert isinstance(results[3], RTCStatsReport)


async def test_close_in_the_middle_leaves_no_operation_behind():
    pcs = [RTCPeerConnection() for _ in range(8)]
    for count, pc in enumerate(pcs):
        pc.createDataChannel("x")
        task = asyncio.ensure_future(pc.setLocalDescription())
        stats = asyncio.ensure_future(pc.getStats())
        for _ in range(count):
            await asyncio.sleep(0)
        pc.close()
        await asyncio.gather(task, stats, return_exceptions=True)
        await pc.wait_closed()
    assert not any(pc._awaited for pc in pcs)


@pytest.mark.parametrize(
    "name",
    [
        "signalingstatechange",
        "icecandidate",
        "icegatheringstatechange",
        "iceconnectionstatechange",
        "connectionstatechange",
        "negotiationneeded",
    ],
)
async def test_close_inside_a_handler(peers, name):
    pc = peers.caller
    after = []

    @pc.on(name)
    def close(event: Any) -> None:
        pc.close()
        for other in EVENTS:
            pc.addEventListener(other, after.append)

    pc.createDataChannel("x")
    if name == "negotiationneeded":  # negotiating at once would take the need away
        await next_event(pc, name)
    negotiation = asyncio.ensure_future(peers.negotiate())
    await until(pc, name, lambda: pc.connectionState == "closed")
    await pc.wait_closed()
    await asyncio.gather(negotiation, return_exceptions=True)
    # The dispatch that closes it goes on with listeners that are there: those added meanwhile are not.
    assert after == []


async def test_close_inside_a_handler_of_the_callee(peers):
    for name in ("datachannel", "track"):
        async with Peers() as both:
            both.callee.addEventListener(name, lambda event, pc=both.callee: pc.close())
            both.caller.createDataChannel("x")
            both.caller.addTrack(VideoSource().track)
            negotiation = asyncio.ensure_future(both.negotiate())
            await until(both.callee, name, lambda pc=both.callee: pc.connectionState == "closed")
            await both.callee.wait_closed()
            await asyncio.gather(negotiation, return_exceptions=True)


async def test_the_other_peer_notices(peers):
    _, there = await peers.channels()
    peers.caller.close()
    await there.wait_closed()
    assert peers.callee.signalingState == "stable"


async def test_wait_closed_needs_close(pc):
    with pytest.raises(InvalidStateError, match="close"):
        await pc.wait_closed()


async def test_wait_closed_by_several_and_cancelled(pc):
    pc.close()
    waiting = [asyncio.ensure_future(pc.wait_closed()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.gather(*waiting[1:])


async def test_async_with_closes_when_the_body_fails():
    with pytest.raises(KeyError):
        async with RTCPeerConnection() as pc:
            raise KeyError
    assert pc.connectionState == "closed"


def test_left_open_is_a_resource_warning():
    async def main() -> RTCPeerConnection:
        pc = RTCPeerConnection()
        await pc.createOffer()
        return pc

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pc = asyncio.run(main())
    (warning,) = [w for w in caught if w.category is ResourceWarning]
    assert "unclosed <RTCPeerConnection" in str(warning.message)
    assert pc.connectionState == "closed"


async def test_open_is_kept_without_a_reference():
    received = asyncio.get_running_loop().create_future()

    async def start() -> tuple[Any, Any]:
        both = Peers()
        here, there = await both.channels()
        there.onmessage = lambda event: received.set_result(event.data)
        here.send("x")
        return both.caller.close, both.callee.close

    closes = await start()
    gc.collect()
    assert await received == "x"
    for close in closes:
        close()
        await close.__self__.wait_closed()


# The rest


async def test_repr(pc):
    assert repr(pc) == "<RTCPeerConnection new signaling=stable ice=new>"
    pc.close()
    assert repr(pc) == "<RTCPeerConnection closed signaling=closed ice=closed>"


async def test_read_only(pc):
    for name in ("signalingState", "localDescription", "connectionState", "canTrickleIceCandidates"):
        with pytest.raises(AttributeError):
            setattr(pc, name, None)


async def test_create_data_channel_gives_a_channel(pc):
    channel = pc.createDataChannel("x", {"ordered": False})
    assert isinstance(channel, RTCDataChannel)
    assert (channel.readyState, channel.label, channel.ordered) == ("connecting", "x", False)


async def test_add_track_errors(peers):
    source = VideoSource()
    sender = peers.caller.addTrack(source.track)
    with pytest.raises(InvalidAccessError, match="already"):
        peers.caller.addTrack(source.track)
    with pytest.raises(InvalidAccessError, match="another connection"):
        peers.callee.removeTrack(sender)
    for arguments in (
        (None,),
        ("x",),
        (source,),
        (VideoSource().track, "stream"),
        (VideoSource().track, [MediaStream()]),
    ):
        with pytest.raises(TypeError, match="addTrack"):
            peers.caller.addTrack(*arguments)
    for wrong in (None, source.track):
        with pytest.raises(TypeError, match="removeTrack"):
            peers.caller.removeTrack(wrong)
    assert peers.caller.getSenders() == [sender]


async def test_get_stats(peers):
    await peers.channels()
    report = await peers.caller.getStats()
    (pc,) = report.of_type("peer-connection")
    assert pc.dataChannelsOpened == 1
    (transport,) = report.of_type("transport")
    assert transport.dtlsState == "connected"
    assert report[transport.selectedCandidatePairId].state == "succeeded"

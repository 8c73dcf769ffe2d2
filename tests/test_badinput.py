"""The issue's list of bad input: each an error that says what was wrong, and the connection goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from harness import Peers
from pywebrtc import RTCPeerConnection, VideoSource
from pywebrtc.exceptions import (
    DOMException,
    InvalidModificationError,
    InvalidStateError,
    OperationError,
    RTCError,
)

# Each makes a bad description of a good one.
SPOILED = {
    "empty": lambda sdp: "",
    "a space": lambda sdp: " ",
    "first half": lambda sdp: sdp[: len(sdp) // 2],
    "all but the last line": lambda sdp: sdp[: sdp.rindex("\r\n", 0, -2)][:-7],
    "second half": lambda sdp: sdp[len(sdp) // 2 :],
    "no version": lambda sdp: sdp.removeprefix("v=0\r\n"),
    "reversed": lambda sdp: sdp[::-1],
    "upper case": str.upper,
    "zeros": lambda sdp: sdp.replace("\r\n", "\0"),
    "binary": lambda sdp: bytes(range(256)).decode("latin-1") * 20,
    "lone surrogate": lambda sdp: "\ud800" + sdp,
    "json": lambda sdp: '{"type": "offer"}',
    "html": lambda sdp: "<html>502 Bad Gateway</html>",
    "megabytes before": lambda sdp: "x" * 3_000_000 + sdp,
    "no media": lambda sdp: sdp[: sdp.index("m=")] + "m=\r\n",
    "port": lambda sdp: sdp.replace("m=application 9", "m=application 99999999999"),
    "fingerprint": lambda sdp: sdp.replace("a=fingerprint:sha-256 ", "a=fingerprint:md17 "),
    "fingerprint cut": lambda sdp: sdp.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 ZZ:"),
    "no ufrag": lambda sdp: sdp.replace("a=ice-ufrag:", "a=x-ufrag:"),
    "no mid of the bundle": lambda sdp: sdp.replace("a=mid:0", "a=mid:1"),
    "two equal mids": lambda sdp: sdp + sdp[sdp.index("m=") :],
}


async def goes_on(peers: Peers) -> None:
    here, there = await peers.channels()
    here.send("as before")
    assert await anext(there) == "as before"


@pytest.mark.parametrize("name", SPOILED)
async def test_offers(peers, name):
    peers.caller.createDataChannel("first")
    offer = await peers.caller.createOffer()
    sdp = SPOILED[name](offer.sdp)
    assert sdp != offer.sdp
    with pytest.raises(DOMException) as caught:
        await peers.callee.setRemoteDescription({"type": "offer", "sdp": sdp})
    assert str(caught.value)
    assert len(str(caught.value)) < 1000
    assert (peers.callee.signalingState, peers.callee.remoteDescription) == ("stable", None)
    await goes_on(peers)


@pytest.mark.parametrize("name", ["empty", "first half", "reversed", "no media", "no ufrag", "fingerprint"])
async def test_answers(peers, name):
    peers.caller.createDataChannel("first")
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    await peers.callee.setLocalDescription()
    answer = peers.callee.localDescription
    with pytest.raises(DOMException):
        await peers.caller.setRemoteDescription({"type": "answer", "sdp": SPOILED[name](answer.sdp)})
    assert peers.caller.signalingState == "have-local-offer"
    await peers.caller.setRemoteDescription(answer)
    await goes_on(peers)


async def test_an_answer_to_something_else(peers):
    """Fewer sections, or of another kind, than the offer has."""
    async with RTCPeerConnection() as other:
        other.addTrack(VideoSource().track)
        offer = await other.createOffer()
    peers.caller.createDataChannel("first")
    await peers.caller.setLocalDescription()
    session = offer.sdp[: offer.sdp.index("m=")]
    for sdp in (offer.sdp, session):
        with pytest.raises(DOMException):
            await peers.caller.setRemoteDescription({"type": "answer", "sdp": sdp})
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    await peers.callee.setLocalDescription()
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    await goes_on(peers)


@pytest.mark.parametrize("way", ["created", "set and rolled back", "answer"])
async def test_a_data_section_that_becomes_another(peers, way):
    def spoil(sdp: str) -> str:
        sdp = sdp.replace("UDP/DTLS/SCTP webrtc-datachannel", "UDP/TLS/RTP/SAVPF 0")
        return sdp.replace("m=application", "m=audio") + "a=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\n"

    caller, callee = peers.caller, peers.callee
    caller.createDataChannel("first")
    if way == "set and rolled back":
        await caller.setLocalDescription()
        bad = spoil(caller.localDescription.sdp)
        await caller.setLocalDescription({"type": "rollback"})
    else:
        bad = spoil((await caller.createOffer()).sdp)
    if way == "answer":
        await caller.setLocalDescription()
        await callee.setRemoteDescription(caller.localDescription)
        with pytest.raises(InvalidModificationError, match="of another kind now: mid"):
            await callee.setLocalDescription(
                {"type": "answer", "sdp": spoil((await callee.createAnswer()).sdp)}
            )
        await callee.setLocalDescription()
        await caller.setRemoteDescription(callee.localDescription)
        await goes_on(peers)
    else:
        with pytest.raises(InvalidModificationError, match="of another kind now: mid"):
            await caller.setLocalDescription({"type": "offer", "sdp": bad})
        assert caller.signalingState == "stable"


async def test_its_own_offer(peers):
    """A connection that is given its own offer as the remote one: glare with itself, and it parses."""
    sender = peers.caller.addTrack(VideoSource().track)
    offer = await peers.caller.createOffer()
    await peers.caller.setRemoteDescription(offer)
    await peers.caller.setRemoteDescription({"type": "rollback"})
    assert peers.caller.getSenders() == [sender]
    await peers.connect()


async def test_the_message_names_the_line(peers):
    peers.caller.createDataChannel("first")
    sdp = (await peers.caller.createOffer()).sdp.replace("a=mid:0", "a=rtpmap:nonsense")
    sdp = sdp.replace("a=sctp-port:5000", "a=sctp-port:none")
    with pytest.raises(RTCError, match="sctp-port:none") as caught:
        await peers.callee.setRemoteDescription({"type": "offer", "sdp": sdp})
    assert caught.value.errorDetail == "sdp-syntax-error"
    assert sdp.split("\r\n")[caught.value.sdpLineNumber - 1] == "a=sctp-port:none"


async def test_a_hundred_bad_calls_at_once(peers):
    calls: list[Any] = []
    for _ in range(20):
        calls += [
            peers.callee.createAnswer(),
            peers.callee.setRemoteDescription({"type": "offer", "sdp": "x"}),
            peers.callee.setLocalDescription({"type": "answer"}),
            peers.callee.addIceCandidate({"candidate": "x", "sdpMid": "0"}),
            peers.callee.setLocalDescription({"type": "rollback"}),
        ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [
        InvalidStateError,
        RTCError,
        InvalidStateError,
        InvalidStateError,
        InvalidStateError,
    ] * 20
    await goes_on(peers)


@pytest.mark.parametrize("candidate", ["x" * 1_000_000, "candidate:" + "1 " * 500_000], ids=["word", "words"])
async def test_candidates_of_a_million_characters(peers, candidate):
    await peers.channels()
    with pytest.raises(OperationError, match="malformed") as caught:
        await peers.caller.addIceCandidate({"candidate": candidate, "sdpMid": "0"})
    assert len(str(caught.value)) < 1000
    assert peers.caller.connectionState == "connected"


@pytest.mark.parametrize(
    "host", ["nowhere.invalid", "0.local", "x" * 250 + ".local", "x" * 1_000_000], ids=len
)
async def test_hosts_that_nobody_knows(peers, host):
    """A name is resolved in the background, and one that cannot be is no error."""
    await peers.channels()
    await peers.caller.addIceCandidate(
        {"candidate": f"candidate:1 1 udp 1 {host} 5000 typ host", "sdpMid": "0"}
    )
    await goes_on(peers)

"""The issue's list of bad input: each an error that says what was wrong, and the connection goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
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


def sections(sdp: str) -> list[str]:
    """The session level and the m-sections."""
    return re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)


def in_video(*lines: str) -> Callable[[str], str]:
    """Adds lines to the second m-section, and has all send."""

    def spoil(sdp: str) -> str:
        parts = sections(sdp.replace("a=recvonly", "a=sendrecv"))
        parts[2] += "".join(f"a={line}\r\n" for line in lines)
        return "".join(parts)

    return spoil


# Answers to an offer of audio, video and a data channel that do not fit it, or cannot be applied.
UNFIT = {
    "too few": lambda sdp: "".join(sections(sdp)[:3]),
    "too many": lambda sdp: sdp + sections(sdp)[1].replace("a=mid:0", "a=mid:9"),
    "another order": lambda sdp: "".join(sections(sdp)[i] for i in (0, 2, 1, 3)),
    "another mid": lambda sdp: sdp.replace("a=mid:1", "a=mid:7").replace("BUNDLE 0 1 2", "BUNDLE 0 7 2"),
    "a mid twice": lambda sdp: sdp.replace("a=mid:1", "a=mid:0"),
    "another kind": lambda sdp: sdp.replace("m=audio", "m=video"),
    "no fingerprint": lambda sdp: re.sub(r"a=fingerprint.*\r\n", "", sdp),
    "a short fingerprint": lambda sdp: re.sub(r"a=fingerprint.*\r\n", "a=fingerprint:sha-256 00\r\n", sdp),
    "actpass": lambda sdp: sdp.replace("a=setup:active", "a=setup:actpass", 1),
    "no rtcp-mux": lambda sdp: sdp.replace("a=rtcp-mux\r\n", "", 1),
    "a group of what is not there": lambda sdp: sdp.replace("BUNDLE 0 1 2", "BUNDLE 0 1 5"),
    "two groups": lambda sdp: sdp.replace("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0\r\na=group:BUNDLE 1 2"),
    "a rejected first of a group": lambda sdp: sdp.replace("m=audio 9", "m=audio 0"),
    "extensions collide": lambda sdp: re.sub(r"a=extmap:\d+ ", "a=extmap:4 ", sdp),
    "ssrc 0": in_video("ssrc:0 cname:x"),
    "an ssrc for two": lambda sdp: in_video("ssrc:1 cname:x")(sdp).replace(
        "m=video", "a=ssrc:1 cname:x\r\nm=video"
    ),
    "two of audio": lambda sdp: in_video()(sdp).replace(
        "m=video", "a=ssrc:1 cname:x\r\na=ssrc:2 cname:x\r\nm=video"
    ),
    "a group of unknown ssrcs": in_video("ssrc-group:SIM 1 2", "ssrc:1 cname:x"),
    "retransmission of some": in_video(
        "ssrc-group:SIM 1 2", "ssrc-group:FID 1 3", *(f"ssrc:{i} cname:x" for i in (1, 2, 3))
    ),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_answers_that_do_not_fit(peers, name):
    for kind in ("audio", "video"):
        peers.caller.addTransceiver(kind)
    peers.caller.createDataChannel("first")
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    await peers.callee.setLocalDescription()
    answer = peers.callee.localDescription
    sdp = UNFIT[name](answer.sdp)
    assert sdp != answer.sdp
    for _ in range(2):
        with pytest.raises(DOMException) as caught:
            await peers.caller.setRemoteDescription({"type": "answer", "sdp": sdp})
        assert "Session error" not in str(caught.value)
    assert (peers.caller.signalingState, peers.caller.remoteDescription) == ("have-local-offer", None)
    await peers.caller.setRemoteDescription(answer)
    await goes_on(peers)


async def test_a_rejected_media_description(peers):
    audio = peers.caller.addTransceiver("audio")
    video = peers.caller.addTransceiver("video")
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    answer = (await peers.callee.createAnswer()).sdp
    rejected = answer.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    await peers.caller.setRemoteDescription({"type": "answer", "sdp": rejected})
    assert (video.direction, video.currentDirection) == ("stopped", "stopped")
    assert video.receiver.track.readyState == "ended"
    assert peers.caller.getTransceivers() == [audio]


async def test_a_thousand_media_descriptions():
    """One transport for all: the cost is that of the descriptions."""
    configuration = {"bundlePolicy": "max-bundle"}
    async with RTCPeerConnection(configuration) as caller, RTCPeerConnection(configuration) as callee:
        for _ in range(1000):
            caller.addTransceiver("audio", {"direction": "recvonly"})
        await caller.setLocalDescription()
        await callee.setRemoteDescription(caller.localDescription)
        assert len(callee.getTransceivers()) == 1000
        await callee.setLocalDescription()
        await caller.setRemoteDescription(callee.localDescription)
        assert {t.currentDirection for t in caller.getTransceivers()} == {"inactive"}


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

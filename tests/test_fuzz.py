"""Mutations of real descriptions and candidates: never an abort, a hang or a stranger's exception.

derandomize: the same examples on every run; what a longer run finds becomes an @example.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import cache
from typing import Any

import pytest
from harness import until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import DOMException
from pywebrtc.mediastream import MediaStream

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
ALLOWED = (DOMException, TypeError, ValueError)
CANDIDATE = "candidate:1 1 udp 2113929471 192.0.2.1 50000 typ host generation 0 ufrag abcd network-id 1"


@cache
def corpus() -> tuple[tuple[str, str, str], ...]:
    """Offers and answers as libwebrtc makes them: (type, sdp, the offer that an answer is for)."""

    async def make(media: bool, channel: bool) -> list[tuple[str, str, str]]:
        async with RTCPeerConnection() as caller, RTCPeerConnection() as callee:
            for pc in (caller, callee):
                if channel:
                    pc.createDataChannel("x")
                if media:
                    stream = MediaStream()
                    pc.addTrack(VideoSource().track, stream)
                    pc.addTrack(AudioSource().track, stream)
            await caller.setLocalDescription()
            await until(caller, "icegatheringstatechange", lambda: caller.iceGatheringState == "complete")
            offer = caller.localDescription.sdp
            await callee.setRemoteDescription(caller.localDescription)
            await callee.setLocalDescription()
            await until(callee, "icegatheringstatechange", lambda: callee.iceGatheringState == "complete")
            return [("offer", offer, ""), ("answer", callee.localDescription.sdp, offer)]

    return tuple(
        entry
        for media, channel in ((False, True), (True, False), (True, True))
        for entry in asyncio.run(make(media, channel))
    )


WORDS = st.sampled_from(["", "-1", "0", "127", "128", "65536", "4294967295", "9" * 40, "1e9", "x", "\0"])
LINES = st.sampled_from(
    [
        "a=mid:0",
        "a=mid:",
        "a=group:BUNDLE 0 0 9",
        "a=ice-ufrag:x",
        "a=setup:active",
        "a=setup:holdconn",
        "a=fingerprint:sha-256 00",
        "a=rtpmap:96 VP8/0",
        "a=rtpmap:-1 VP8/90000",
        "a=fmtp:96 apt=96",
        "a=ssrc:4294967296 cname:x",
        "a=ssrc:1 msid:a b",
        "a=ssrc-group:SIM 1 2 3",
        "a=rid:1 send",
        "a=simulcast:send 1;2;~3",
        "a=extmap:0 urn:x",
        "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=sctp-port:99999",
        "a=max-message-size:-1",
        "a=max-message-size:0",
        "a=bundle-only",
        "a=inactive",
        "a=candidate:1 1 udp 1 192.0.2.1 1 typ host",
        "a=msid:- -",
        "a=rtcp-fb:* nack",
        "b=AS:-1",
        "b=AS:99999999999999999999",
        "c=IN IP6 ::",
        "m=audio 0 UDP/TLS/RTP/SAVPF 0",
        "m=video 9 RTP/AVP 200",
        "m=application 9 UDP/DTLS/SCTP x",
        "m=text 9 UDP/TLS/RTP/SAVPF 98",
        "m=",
        "",
    ]
)


POSITIONS = st.integers(0, 2**16)
# One change: what, where, where to, and a text. Independent of the text that it is applied to.
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("delete"), POSITIONS, st.integers(1, 5), st.just("")),
        st.tuples(st.sampled_from(["double", "swap"]), POSITIONS, POSITIONS, st.just("")),
        st.tuples(st.just("truncate"), POSITIONS, st.integers(0, 20), st.just("")),
        st.tuples(st.just("insert"), POSITIONS, st.just(0), LINES),
        st.tuples(st.just("word"), POSITIONS, st.integers(0, 4), WORDS),
        st.tuples(st.just("characters"), POSITIONS, st.integers(0, 60), st.text(max_size=8)),
        st.tuples(st.sampled_from(["delete section", "double section"]), POSITIONS, st.just(0), st.just("")),
        st.tuples(st.just("end"), POSITIONS, st.just(0), st.just("")),
    ),
    min_size=1,
    max_size=4,
)


def changed(text: str, changes: list[tuple[str, int, int, str]]) -> str:
    """A text that was cut, stirred and spoiled a little."""
    lines = text.split("\r\n")
    for what, position, to, new in changes:
        lines = lines or [""]
        at = position % len(lines)
        starts = [i for i, line in enumerate(lines) if line.startswith("m=")] or [0]
        section = slice(
            starts[at % len(starts)], next((i for i in starts if i > starts[at % len(starts)]), None)
        )
        match what:
            case "delete":
                del lines[at : at + to]
            case "double":
                lines.insert(to % len(lines), lines[at])
            case "swap":
                other = to % len(lines)
                lines[at], lines[other] = lines[other], lines[at]
            case "truncate":
                lines[at] = lines[at][:to]
            case "insert":
                lines.insert(at, new)
            case "word":
                words = lines[at].replace(":", ": ").split(" ")
                words[to % len(words)] = new
                lines[at] = " ".join(words).replace(": ", ":")
            case "characters":
                lines[at] = lines[at][:to] + new + lines[at][to:]
            case "delete section":
                del lines[section]
            case "double section":
                lines += lines[section]
            case _:
                del lines[at:]
    return "\r\n".join(lines)


def spoiled(candidate: str, changes: list[tuple[str, int, int, str]]) -> str:
    """The same, word by word."""
    return changed(candidate.replace(" ", "\r\n"), changes).replace("\r\n", " ")


async def attempt(operation: Any) -> bool:
    """Whether it succeeded; where it did not, with an error that is allowed."""
    try:
        await operation
    except ALLOWED:
        return False
    return True


async def still_works(pc: RTCPeerConnection) -> None:
    """Every operation still ends, well or with an error that is allowed.

    It need not succeed: a description that parses and fails while it is applied leaves libwebrtc's connection
    in a session error for good, in Chrome too.
    """
    if pc.signalingState == "have-remote-offer":
        await attempt(pc.setLocalDescription())
    if pc.signalingState == "have-remote-offer":
        await attempt(pc.setRemoteDescription({"type": "rollback"}))
    elif pc.signalingState == "have-local-offer":
        await attempt(pc.setLocalDescription({"type": "rollback"}))
    with contextlib.suppress(*ALLOWED):
        pc.createDataChannel("more")
    await attempt(pc.createOffer())
    assert (await pc.getStats()).of_type("peer-connection")


@FUZZ
@given(data=st.data())
def test_remote_offers(data):
    _, offer, _ = data.draw(st.sampled_from([entry for entry in corpus() if entry[0] == "offer"]))
    sdp = changed(offer, data.draw(CHANGES))
    fresh = data.draw(st.booleans())

    async def main() -> None:
        async with RTCPeerConnection() as pc:
            if not fresh:
                pc.addTrack(VideoSource().track)
            await attempt(pc.setRemoteDescription({"type": "offer", "sdp": sdp}))
            await still_works(pc)

    asyncio.run(main())


@FUZZ
@given(data=st.data())
def test_remote_answers(data):
    _, answer, _ = data.draw(st.sampled_from([entry for entry in corpus() if entry[0] == "answer"]))
    sdp = changed(answer, data.draw(CHANGES))
    type = data.draw(st.sampled_from(["answer", "pranswer"]))
    media = "m=video" in answer
    channel = "m=application" in answer

    async def main() -> None:
        async with RTCPeerConnection() as pc:
            if channel:
                pc.createDataChannel("x")
            if media:
                stream = MediaStream()
                pc.addTrack(VideoSource().track, stream)
                pc.addTrack(AudioSource().track, stream)
            await pc.setLocalDescription()
            await attempt(pc.setRemoteDescription({"type": type, "sdp": sdp}))
            await still_works(pc)

    asyncio.run(main())


@FUZZ
@given(data=st.data())
def test_local_descriptions(data):
    """What createOffer gave may be changed before it is set ("SDP munging"): that must not abort either."""
    _, offer, _ = data.draw(st.sampled_from([entry for entry in corpus() if entry[0] == "offer"]))

    changes = data.draw(CHANGES)

    async def main() -> None:
        async with RTCPeerConnection() as pc:
            if "m=application" in offer:
                pc.createDataChannel("x")
            if "m=video" in offer:
                pc.addTrack(VideoSource().track)
                pc.addTrack(AudioSource().track)
            made = (await pc.createOffer()).sdp
            sdp = changed(made, changes)
            await attempt(pc.setLocalDescription({"type": "offer", "sdp": sdp}))
            await still_works(pc)

    asyncio.run(main())


@FUZZ
@given(
    candidates=st.lists(
        st.tuples(
            st.one_of(CHANGES.map(lambda changes: spoiled(CANDIDATE, changes)), st.text()),
            st.one_of(st.none(), st.sampled_from(["0", "1", "", "9"]), st.text(max_size=4)),
            st.one_of(st.none(), st.integers(-1, 65536)),
            st.one_of(st.none(), st.text(max_size=8)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_candidates(candidates):
    offer = corpus()[-2][1]

    async def main() -> None:
        async with RTCPeerConnection() as pc:
            await pc.setRemoteDescription({"type": "offer", "sdp": offer})
            await pc.setLocalDescription()
            for candidate, mid, index, ufrag in candidates:
                init = {
                    "candidate": candidate,
                    "sdpMid": mid,
                    "sdpMLineIndex": index,
                    "usernameFragment": ufrag,
                }
                await attempt(pc.addIceCandidate(init))
            await pc.addIceCandidate({"candidate": CANDIDATE, "sdpMid": "0"})
            await still_works(pc)

    asyncio.run(main())


@FUZZ
@given(
    text=st.one_of(st.text(), st.binary(max_size=500).map(lambda b: b.decode("latin-1"))),
    type=st.sampled_from(["offer", "answer", "pranswer", "rollback"]),
)
def test_no_description_at_all(text, type):
    async def main() -> None:
        async with RTCPeerConnection() as pc:
            for method in (pc.setRemoteDescription, pc.setLocalDescription):
                await attempt(method({"type": type, "sdp": text}))
            await still_works(pc)

    asyncio.run(main())


@pytest.mark.parametrize(
    "huge",
    [
        "v=0\r\n" * 400_000,
        "v" * 4_000_000,
        "\r\n" * 1_000_000,
        "\0" * 2_000_000,
        "v=0\r\no=- 1 1 IN IP4 0\r\ns=-\r\nt=0 0\r\n" + "a=x\r\n" * 400_000,
        "v=0\r\no=- 1 1 IN IP4 0\r\ns=-\r\nt=0 0\r\na=" + "x" * 4_000_000 + "\r\n",
    ],
    ids=["versions", "one line", "empty lines", "zeros", "attributes", "one attribute"],
)
async def test_megabytes(huge):
    async with RTCPeerConnection() as pc:
        await attempt(pc.setRemoteDescription({"type": "offer", "sdp": huge}))
        await still_works(pc)


async def test_an_offer_with_very_many_sections():
    async with RTCPeerConnection() as caller, RTCPeerConnection() as pc:
        caller.addTrack(VideoSource().track)
        sdp = (await caller.createOffer()).sdp
        session, section = sdp.replace("\r\nm=", "\r\n\0m=").split("\0")
        many = "".join(section.replace("a=mid:0", f"a=mid:{i}") for i in range(300))
        mids = " ".join(str(i) for i in range(300))
        await attempt(
            pc.setRemoteDescription(
                {"type": "offer", "sdp": session.replace("BUNDLE 0", f"BUNDLE {mids}") + many}
            )
        )
        await still_works(pc)

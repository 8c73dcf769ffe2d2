"""addTransceiver and RTCRtpTransceiver: webrtc-pc 5.1 and 5.4, webrtc-extensions for header extensions."""

from __future__ import annotations

import asyncio

import pytest
from harness import next_event, until
from pywebrtc import (
    AudioSource,
    MediaStream,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCRtpTransceiver,
    VideoSource,
)
from pywebrtc.exceptions import InvalidModificationError, InvalidStateError, OperationError, RangeError


def directions(sdp: str) -> list[str]:
    return [
        line[2:] for line in sdp.split("\r\n") if line[2:] in ("sendrecv", "sendonly", "recvonly", "inactive")
    ]


def codecs(sdp: str) -> list[str]:
    """The names of an SDP's codecs, in the order of its first media description."""
    media, *lines = sdp[sdp.index("\r\nm=") + 2 :].split("\r\nm=", maxsplit=1)[0].split("\r\n")
    names = dict(line[len("a=rtpmap:") :].split(" ") for line in lines if line.startswith("a=rtpmap:"))
    return [names[payload_type] for payload_type in media.split(" ")[3:] if payload_type in names]


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_addTransceiver_of_a_kind(kind):
    async with RTCPeerConnection() as pc:
        transceiver = pc.addTransceiver(kind)
        assert (transceiver.mid, transceiver.direction, transceiver.currentDirection) == (
            None,
            "sendrecv",
            None,
        )
        assert transceiver.sender.track is None
        assert transceiver.receiver.track.kind == kind
        assert pc.getTransceivers() == [transceiver]
        assert (pc.getSenders(), pc.getReceivers()) == ([transceiver.sender], [transceiver.receiver])
        await next_event(pc, "negotiationneeded")
        assert (await pc.createOffer()).sdp.count("\r\nm=" + kind) == 1


async def test_addTransceiver_of_a_track(peers):
    track = VideoSource().track
    stream = MediaStream()
    transceiver = peers.caller.addTransceiver(track, {"direction": "sendonly", "streams": [stream]})
    again = peers.caller.addTransceiver(track)
    assert again is not transceiver
    assert again.sender.track is transceiver.sender.track is track
    events = []
    peers.callee.ontrack = events.append
    await peers.connect()
    assert [[s.id for s in event.streams] for event in events] == [[stream.id], []]
    assert (transceiver.mid, again.mid) == ("0", "1")
    assert (transceiver.currentDirection, again.currentDirection) == ("sendonly", "sendonly")
    assert [t.currentDirection for t in peers.callee.getTransceivers()] == ["recvonly", "recvonly"]


@pytest.mark.parametrize("direction", ["sendrecv", "sendonly", "recvonly", "inactive"])
async def test_the_initial_direction(direction):
    async with RTCPeerConnection() as pc:
        assert pc.addTransceiver("audio", {"direction": direction}).direction == direction
        assert directions((await pc.createOffer()).sdp) == [direction]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("data",), TypeError),
        ((None,), TypeError),
        ((3,), TypeError),
        (("audio", {"direction": "stopped"}), TypeError),
        (("audio", {"direction": "up"}), TypeError),
        (("audio", {"streams": [3]}), TypeError),
        (("video", {"sendEncodings": [{"rid": "a"}, {}]}), TypeError),
        (("video", {"sendEncodings": [{"rid": "a"}, {"rid": "a"}]}), TypeError),
        (("video", {"sendEncodings": [{"rid": "a b"}]}), TypeError),
        (("video", {"sendEncodings": [{"rid": ""}]}), TypeError),
        (("video", {"sendEncodings": [{"rid": "a" * 17}]}), TypeError),
        (("video", {"sendEncodings": [{"rid": "ä"}]}), TypeError),
        (("video", {"sendEncodings": [{"maxBitrate": -1}]}), TypeError),
        (("video", {"sendEncodings": [{"scaleResolutionDownBy": 0.99}]}), RangeError),
        (("video", {"sendEncodings": [{"maxFramerate": -1}]}), RangeError),
        (("video", {"sendEncodings": [{"scalabilityMode": "L9T9"}]}), OperationError),
        (
            ("video", {"sendEncodings": [{"codec": {"mimeType": "video/x", "clockRate": 90000}}]}),
            OperationError,
        ),
    ],
)
async def test_addTransceiver_refuses(arguments, error):
    async with RTCPeerConnection() as pc:
        with pytest.raises(error):
            pc.addTransceiver(*arguments)
        assert pc.getTransceivers() == []


async def test_audio_has_no_use_for_sizes_and_frame_rates():
    async with RTCPeerConnection() as pc:
        encodings = [{"scaleResolutionDownBy": 0.5, "maxFramerate": -1, "maxBitrate": 20000}]
        (encoding,) = (
            pc.addTransceiver("audio", {"sendEncodings": encodings}).sender.getParameters().encodings
        )
        assert (encoding.scaleResolutionDownBy, encoding.maxFramerate, encoding.maxBitrate) == (
            None,
            None,
            20000,
        )


@pytest.mark.parametrize(
    ("given", "expected"),
    [([None], [1]), ([None] * 3, [4, 2, 1]), ([None, 3, None], [1, 3, 1]), ([2], [2])],
)
async def test_the_default_scaling(given, expected):
    encodings = [{"rid": f"r{i}", "scaleResolutionDownBy": scale} for i, scale in enumerate(given)]
    async with RTCPeerConnection() as pc:
        sender = pc.addTransceiver("video", {"sendEncodings": encodings}).sender
        assert [e.scaleResolutionDownBy for e in sender.getParameters().encodings] == expected


async def test_a_lone_encoding_has_no_rid():
    async with RTCPeerConnection() as pc:
        sender = pc.addTransceiver("video", {"sendEncodings": [{"rid": "x"}]}).sender
        assert [encoding.rid for encoding in sender.getParameters().encodings] == [None]


async def test_direction_is_negotiated(peers):
    transceiver = peers.caller.addTransceiver("audio")
    await peers.connect()
    assert transceiver.currentDirection == "sendonly"  # who only answers sends nothing
    (theirs,) = peers.callee.getTransceivers()
    for ours, there, current, opposite in (
        ("sendrecv", "sendrecv", "sendrecv", "sendrecv"),
        ("sendonly", "sendrecv", "sendonly", "recvonly"),
        ("recvonly", "sendrecv", "recvonly", "sendonly"),
        ("inactive", "sendrecv", "inactive", "inactive"),
        ("sendrecv", "inactive", "inactive", "inactive"),
    ):
        transceiver.direction, theirs.direction = ours, there
        assert (transceiver.direction, theirs.direction) == (ours, there)
        await peers.negotiate()
        assert (transceiver.currentDirection, theirs.currentDirection) == (current, opposite)


async def test_direction_fires_negotiationneeded_once_it_differs(peers):
    transceiver = peers.caller.addTransceiver("audio", {"direction": "recvonly"})
    await peers.connect()
    needed = []
    peers.caller.onnegotiationneeded = needed.append
    transceiver.direction = "recvonly"
    transceiver.direction = "sendrecv"
    await next_event(peers.caller, "negotiationneeded")
    assert len(needed) == 1


async def test_direction_refuses(peers):
    transceiver = peers.caller.addTransceiver("audio")
    for value in ("up", None, 3, "stopped"):
        with pytest.raises(TypeError):
            transceiver.direction = value
    assert transceiver.direction == "sendrecv"
    transceiver.stop()
    with pytest.raises(InvalidStateError, match="stopped"):
        transceiver.direction = "inactive"
    await peers.close()
    with pytest.raises(InvalidStateError, match="closed"):
        transceiver.direction = "inactive"


async def test_stop(peers):
    source = AudioSource()
    transceiver = peers.caller.addTransceiver(source.track)
    await peers.connect()
    (theirs,) = peers.callee.getTransceivers()
    ended = []
    transceiver.receiver.track.onended = lambda _: ended.append("caller")
    theirs.receiver.track.onended = lambda _: ended.append("callee")
    transceiver.stop()
    transceiver.stop()
    # Stopping: until it is negotiated, only the direction tells.
    assert (transceiver.direction, transceiver.currentDirection) == ("stopped", "sendonly")
    assert peers.caller.getTransceivers() == [transceiver]
    await next_event(peers.caller, "negotiationneeded")
    await until(transceiver.receiver.track, "ended", lambda: ended == ["caller"])
    peers.callee.onsignalingstatechange = lambda _: ended.append(peers.callee.signalingState)
    await peers.negotiate()
    assert (transceiver.direction, transceiver.currentDirection) == ("stopped", "stopped")
    assert (theirs.direction, theirs.currentDirection) == ("stopped", "stopped")
    assert peers.caller.getTransceivers() == peers.callee.getTransceivers() == []
    assert transceiver.receiver.track.readyState == theirs.receiver.track.readyState == "ended"
    # The description that ends it is applied before the track says so.
    await until(theirs.receiver.track, "ended", lambda: "callee" in ended)
    assert ended == ["caller", "have-remote-offer", "callee", "stable"]
    assert source.track.readyState == "live"
    with pytest.raises(InvalidStateError):
        await transceiver.sender.replaceTrack(None)
    # Its media description is used again.
    again = peers.caller.addTransceiver("video")
    await peers.negotiate()
    assert peers.caller.localDescription.sdp.count("\r\nm=") == 1
    assert again.mid != "0"


async def test_stop_between_an_offer_and_its_answer(peers):
    """A transceiver that is stopping, not stopped yet, "will not affect createAnswer" (webrtc-pc, stop())."""
    transceiver = peers.caller.addTransceiver("audio")
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    (theirs,) = peers.callee.getTransceivers()
    theirs.stop()
    needed = asyncio.ensure_future(next_event(peers.callee, "negotiationneeded"))
    assert (theirs.direction, theirs.currentDirection) == ("stopped", None)
    await peers.callee.setLocalDescription()
    assert "\r\nm=audio 9 " in peers.callee.localDescription.sdp
    assert "\r\na=inactive\r\n" in peers.callee.localDescription.sdp
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    assert (transceiver.direction, transceiver.currentDirection) == ("sendrecv", "inactive")
    await needed
    await peers.callee.setLocalDescription()
    assert "\r\nm=audio 0 " in peers.callee.localDescription.sdp
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    assert (transceiver.direction, transceiver.currentDirection) == ("stopped", "stopped")
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    assert (theirs.direction, theirs.currentDirection) == ("stopped", "stopped")
    assert peers.caller.getTransceivers() == peers.callee.getTransceivers() == []


async def test_stop_of_a_closed_connection(peers):
    transceiver = peers.caller.addTransceiver("audio")
    await peers.close()
    with pytest.raises(InvalidStateError):
        transceiver.stop()
    assert (transceiver.direction, transceiver.currentDirection) == ("stopped", "stopped")


async def test_setCodecPreferences(peers):
    transceiver = peers.caller.addTransceiver("video")
    available = RTCRtpReceiver.getCapabilities("video").codecs
    vp9 = [c for c in available if c.mimeType == "video/VP9"]
    h264 = [c for c in available if c.mimeType == "video/H264"]
    transceiver.setCodecPreferences(vp9 + h264)
    assert {name.split("/")[0] for name in codecs((await peers.caller.createOffer()).sdp)} == {"VP9", "H264"}
    await peers.connect()
    assert transceiver.sender.getParameters().codecs[0].mimeType == "video/VP9"
    assert {c.mimeType for c in transceiver.sender.getParameters().codecs} == {"video/VP9", "video/H264"}
    transceiver.setCodecPreferences([])
    assert "VP8/90000" in codecs((await peers.caller.createOffer()).sdp)


async def test_setCodecPreferences_refuses(peers):
    transceiver = peers.caller.addTransceiver("audio")
    offered = codecs((await peers.caller.createOffer()).sdp)
    for wrong in (3, None, "opus", [3], [{}], [{"mimeType": "audio/opus"}]):
        with pytest.raises(TypeError):
            transceiver.setCodecPreferences(wrong)
    opus = {"mimeType": "audio/opus", "clockRate": 48000, "channels": 2}
    for unknown in (
        {"mimeType": "audio/unknown", "clockRate": 48000},
        {"mimeType": "opus", "clockRate": 48000},
        {**opus, "clockRate": 44100},
        {**opus, "channels": 7},
        {**opus, "sdpFmtpLine": "what=ever"},
        {**opus, "sdpFmtpLine": ";;;="},
        {"mimeType": "video/VP8", "clockRate": 90000},
    ):
        with pytest.raises(InvalidModificationError):
            transceiver.setCodecPreferences([unknown])
    red = [c for c in RTCRtpReceiver.getCapabilities("audio").codecs if c.mimeType == "audio/red"]
    with pytest.raises(InvalidModificationError):
        transceiver.setCodecPreferences(red)
    assert codecs((await peers.caller.createOffer()).sdp) == offered


async def test_header_extensions(peers):
    transceiver = peers.caller.addTransceiver("audio")
    assert all(e.direction == "stopped" for e in transceiver.getNegotiatedHeaderExtensions())
    wanted = transceiver.getHeaderExtensionsToNegotiate()
    level = next(e for e in wanted if e.uri == "urn:ietf:params:rtp-hdrext:ssrc-audio-level")
    assert level.direction == "sendrecv"
    assert level.uri in (await peers.caller.createOffer()).sdp
    level.direction = "stopped"
    transceiver.setHeaderExtensionsToNegotiate(wanted)
    assert transceiver.getHeaderExtensionsToNegotiate() == wanted
    await peers.connect()
    assert level.uri not in peers.caller.localDescription.sdp
    negotiated = {e.uri: e.direction for e in transceiver.getNegotiatedHeaderExtensions()}
    assert negotiated[level.uri] == "stopped"
    assert "sendrecv" in negotiated.values()


async def test_setHeaderExtensionsToNegotiate_refuses(peers):
    transceiver = peers.caller.addTransceiver("audio")
    wanted = transceiver.getHeaderExtensionsToNegotiate()
    mid = next(e for e in wanted if e.uri.endswith(":sdes:mid"))
    for wrong in (
        None,
        3,
        [{}],
        [{"uri": "a"}],
        [{"uri": "a", "direction": "up"}],
        [{"uri": "", "direction": "sendrecv"}] * len(wanted),
    ):
        with pytest.raises(TypeError):
            transceiver.setHeaderExtensionsToNegotiate(wrong)
    mandatory = [{"uri": e.uri, "direction": "stopped" if e is mid else e.direction} for e in wanted]
    other = [{"uri": "urn:other", "direction": "sendrecv"}, *wanted[1:]]
    for wrong in ([], wanted[1:], wanted + wanted[:1], wanted[::-1], mandatory, other):
        with pytest.raises(InvalidModificationError):
            transceiver.setHeaderExtensionsToNegotiate(wrong)
    assert transceiver.getHeaderExtensionsToNegotiate() == wanted


async def test_a_transceiver_of_a_rolled_back_offer(peers):
    peers.caller.addTransceiver("audio")
    await peers.callee.setRemoteDescription(await peers.caller.createOffer())
    (transceiver,) = peers.callee.getTransceivers()
    await peers.callee.setRemoteDescription({"type": "rollback"})
    assert peers.callee.getTransceivers() == []
    assert (transceiver.direction, transceiver.currentDirection) == ("stopped", "stopped")
    with pytest.raises(InvalidStateError):
        transceiver.direction = "inactive"
    transceiver.stop()


@pytest.mark.parametrize("cls", [RTCRtpTransceiver, RTCRtpSender, RTCRtpReceiver])
def test_no_constructor(cls):
    with pytest.raises(TypeError, match="has no constructor"):
        cls()

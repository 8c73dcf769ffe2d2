"""The obsolete members of RTCPeerConnection: streams, as MDN describes them, on tracks."""

from __future__ import annotations

import asyncio

import pytest
from harness import Peers
from pywebrtc import AudioSource, MediaStream, MediaStreamEvent, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import InvalidAccessError, InvalidStateError

deprecated = pytest.deprecated_call


def audio_and_video() -> MediaStream:
    return MediaStream([AudioSource().track, VideoSource().track])


def listened(peers: Peers) -> list[tuple[str, object]]:
    """What the callee fires that has to do with streams."""
    fired: list[tuple[str, object]] = []
    with deprecated(match="track"):
        peers.callee.addEventListener("addstream", lambda e: fired.append((e.type, e.stream)))
    with deprecated(match="onremovestream"):
        peers.callee.onremovestream = lambda e: fired.append((e.type, e.stream))
    peers.callee.ontrack = lambda e: fired.append((e.type, e.track.kind))
    return fired


async def test_a_stream_comes_and_goes(peers):
    stream = audio_and_video()
    with deprecated(match="addTrack"):
        peers.caller.addStream(stream)
    assert [sender.track for sender in peers.caller.getSenders()] == stream.getTracks()
    with deprecated(match="addTrack"):
        peers.caller.addStream(stream)
    assert len(peers.caller.getSenders()) == 2
    fired = listened(peers)
    await peers.connect()
    with deprecated(match="getReceivers"):
        (remote,) = peers.callee.getRemoteStreams()
    assert remote.id == stream.id
    assert [track.kind for track in remote.getTracks()] == ["audio", "video"]
    assert fired == [("addstream", remote), ("track", "audio"), ("track", "video")]
    with deprecated(match="getSenders"):
        assert peers.caller.getLocalStreams() == [stream]
    with deprecated(match="getStreamById"):
        assert peers.caller.getStreamById(stream.id) is stream
    with deprecated(match="getStreamById"):
        assert peers.callee.getStreamById(stream.id) is remote
    with deprecated(match="getStreamById"):
        assert peers.callee.getStreamById("another") is None

    fired.clear()
    with deprecated(match="removeTrack"):
        peers.caller.removeStream(stream)
    assert [sender.track for sender in peers.caller.getSenders()] == [None, None]
    with deprecated(match="removeTrack"):
        peers.caller.removeStream(stream)
    await peers.negotiate()
    assert fired == [("removestream", remote)]
    assert remote.getTracks() == []
    with deprecated(match="getReceivers"):
        assert peers.callee.getRemoteStreams() == []
    with deprecated(match="getSenders"):
        assert peers.caller.getLocalStreams() == []


async def test_negotiation_is_needed():
    async with RTCPeerConnection() as pc:
        needed = asyncio.Event()
        pc.onnegotiationneeded = lambda _: needed.set()
        with deprecated():
            pc.addStream(audio_and_video())
        async with asyncio.timeout(10):
            await needed.wait()


async def test_a_track_in_two_streams():
    async with RTCPeerConnection() as pc:
        one, two = audio_and_video(), MediaStream()
        two.addTrack(one.getTracks()[0])
        for stream in (one, two):
            with deprecated():
                pc.addStream(stream)
        assert [sender.track for sender in pc.getSenders()] == one.getTracks()
        with deprecated():
            pc.removeStream(one)
        assert [sender.track for sender in pc.getSenders()] == [two.getTracks()[0], None]


async def test_a_rolled_back_stream_is_gone(peers):
    with deprecated():
        peers.caller.addStream(audio_and_video())
    fired = listened(peers)
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    (_, stream), *_ = fired
    removed: list[str] = []
    stream.onremovetrack = lambda e: removed.append(e.track.kind)
    await peers.callee.setRemoteDescription({"type": "rollback"})
    assert [type for type, _ in fired] == ["addstream", "track", "track", "removestream"]
    assert removed == ["audio", "video"]
    assert stream.getTracks() == []


@pytest.mark.parametrize("method", ["addStream", "removeStream", "getStreamById", "createDTMFSender"])
async def test_something_else(method):
    async with RTCPeerConnection() as pc:
        for wrong in (None, 1, [], MediaStream):
            with deprecated(), pytest.raises(TypeError, match=method):
                getattr(pc, method)(wrong)


async def test_closed():
    async with RTCPeerConnection() as pc:
        pass
    stream = audio_and_video()
    with deprecated(), pytest.raises(InvalidStateError, match="addStream"):
        pc.addStream(stream)
    with deprecated(), pytest.raises(InvalidStateError, match="removeStream"):
        pc.removeStream(stream)
    with deprecated(), pytest.raises(InvalidStateError, match="createDTMFSender"):
        pc.createDTMFSender(stream.getTracks()[0])
    with deprecated():
        assert pc.getLocalStreams() == []


async def test_dtmf():
    async with RTCPeerConnection() as pc:
        audio, video = AudioSource().track, VideoSource().track
        with deprecated(), pytest.raises(InvalidAccessError):
            pc.createDTMFSender(audio)
        sender = pc.addTrack(audio)
        pc.addTrack(video)
        with deprecated(match="RTCRtpSender.dtmf"):
            assert pc.createDTMFSender(audio) is sender.dtmf
        with deprecated(), pytest.raises(InvalidAccessError):
            pc.createDTMFSender(video)


def test_the_event():
    stream = MediaStream()
    assert MediaStreamEvent("addstream", {"stream": stream}).stream is stream
    assert MediaStreamEvent("addstream").stream is None
    with pytest.raises(TypeError, match="stream"):
        MediaStreamEvent("addstream", stream=1)

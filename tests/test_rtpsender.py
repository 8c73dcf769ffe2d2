"""RTCRtpSender: parameters, replaceTrack, setStreams, capabilities (webrtc-pc 5.2)."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from harness import next_event
from pywebrtc import AudioSource, MediaStream, RTCPeerConnection, RTCRtpSender, VideoSource
from pywebrtc.exceptions import (
    InvalidModificationError,
    InvalidStateError,
    NotSupportedError,
    RangeError,
)
from test_media import GREEN, RED, pushing


@pytest.mark.parametrize(
    ("kind", "names"),
    [("audio", {"opus", "G722", "PCMU", "PCMA", "red"}), ("video", {"VP8", "VP9", "AV1", "H264", "rtx"})],
)
def test_getCapabilities(kind, names):
    capabilities = RTCRtpSender.getCapabilities(kind)
    assert names <= {codec.mimeType.removeprefix(kind + "/") for codec in capabilities.codecs}
    assert all((codec.channels is not None) == (kind == "audio") for codec in capabilities.codecs)
    assert "urn:ietf:params:rtp-hdrext:sdes:mid" in {e.uri for e in capabilities.headerExtensions}
    assert RTCRtpSender.getCapabilities("data") is None
    with pytest.raises(TypeError):
        RTCRtpSender.getCapabilities(3)


async def test_getParameters(peers):
    sender = peers.caller.addTransceiver("audio").sender
    before = sender.getParameters()
    assert (before.codecs, before.headerExtensions, before.rtcp.reducedSize) == ([], [], False)
    assert before.transactionId
    assert len(before.encodings) == 1
    assert before.encodings[0].active is True
    await peers.connect()
    after = sender.getParameters()
    assert after.transactionId != before.transactionId
    opus = next(codec for codec in after.codecs if codec.mimeType == "audio/opus")
    assert (opus.clockRate, opus.channels, opus.payloadType) == (48000, 2, 111)
    assert "minptime=10" in opus.sdpFmtpLine
    assert after.rtcp.cname
    assert after.headerExtensions
    assert f"a=extmap:{after.headerExtensions[0].id} {after.headerExtensions[0].uri}" in (
        peers.callee.localDescription.sdp
    )


async def test_getParameters_is_the_same_for_a_turn_of_the_loop():
    async with RTCPeerConnection() as pc:
        sender = pc.addTransceiver("video").sender
        first, second = sender.getParameters(), sender.getParameters()
        assert first == second
        first.encodings[0].maxBitrate = 1
        assert sender.getParameters() == second
        await asyncio.sleep(0)
        assert sender.getParameters().transactionId != second.transactionId


def test_getParameters_without_a_loop():
    async def close(pc):
        async with pc:
            pass

    pc = RTCPeerConnection()
    assert pc.addTransceiver("video").sender.getParameters().encodings
    asyncio.run(close(pc))


async def test_getParameters_of_a_closed_connection(peers):
    sender = peers.caller.addTransceiver("audio").sender
    other = peers.caller.addTransceiver("video").sender
    await peers.connect()
    parameters = sender.getParameters()
    await peers.close()
    assert sender.getParameters() == parameters
    assert other.getParameters().encodings == []
    with pytest.raises(InvalidStateError):
        sender.setParameters(parameters)


async def test_setParameters(peers):
    sender = peers.caller.addTransceiver("video").sender
    for _ in range(2):  # before and after negotiation
        parameters = sender.getParameters()
        (encoding,) = parameters.encodings
        encoding.active = False
        encoding.maxBitrate = 123_456
        encoding.maxFramerate = 12.5
        encoding.scaleResolutionDownBy = 2.5
        encoding.priority = "high"
        encoding.networkPriority = "medium"
        parameters.degradationPreference = "maintain-resolution"
        await sender.setParameters(parameters)
        now = sender.getParameters()
        assert now.encodings == parameters.encodings
        assert now.degradationPreference == "maintain-resolution"
        if peers.caller.connectionState == "new":
            await peers.connect()
    parameters = sender.getParameters()
    parameters.encodings[0].maxBitrate = parameters.encodings[0].maxFramerate = None
    parameters.degradationPreference = None
    await asyncio.wait_for(sender.setParameters(parameters), 10)
    now = sender.getParameters()
    assert (now.encodings[0].maxBitrate, now.encodings[0].maxFramerate) == (None, None)
    assert now.degradationPreference is None


async def test_setParameters_refuses_what_is_read_only(peers):
    sender = peers.caller.addTransceiver("video", {"sendEncodings": [{"rid": "a"}, {"rid": "b"}]}).sender
    await peers.connect()

    def other_rid(p):
        p.encodings[0].rid = "x"

    def other_transaction(p):
        p.transactionId += "x"

    def other_cname(p):
        p.rtcp.cname += "x"

    for change in (
        other_rid,
        other_transaction,
        other_cname,
        lambda p: p.encodings.append(p.encodings[0]),
        lambda p: p.encodings.clear(),
        lambda p: p.codecs.pop(),
        lambda p: p.headerExtensions.reverse(),
        lambda p: p.headerExtensions.clear(),
    ):
        parameters = sender.getParameters()
        change(parameters)
        with pytest.raises(InvalidModificationError):
            await sender.setParameters(parameters)
    unchanged = sender.getParameters()
    await sender.setParameters(unchanged)


async def test_setParameters_refuses(peers):
    sender = peers.caller.addTransceiver("video").sender
    await peers.connect()
    with pytest.raises(TypeError):
        sender.setParameters(None)
    stale = sender.getParameters()
    await asyncio.sleep(0)
    with pytest.raises(InvalidStateError, match="getParameters"):
        await sender.setParameters(stale)
    for name, value, error in (
        ("scaleResolutionDownBy", 0.5, RangeError),
        ("maxFramerate", -1, RangeError),
        ("ptime", 20, NotSupportedError),
        ("active", 1, TypeError),
        ("priority", "highest", TypeError),
        ("maxBitrate", 2**32, TypeError),
        ("codec", {"mimeType": "video/none", "clockRate": 90000}, InvalidModificationError),
    ):
        parameters = sender.getParameters()
        before = sender.getParameters()
        setattr(parameters.encodings[0], name, value)
        with pytest.raises(error):
            await sender.setParameters(parameters)
        assert sender.getParameters().encodings == before.encodings
    parameters = sender.getParameters()
    with pytest.raises(InvalidModificationError, match="encodingOptions"):
        sender.setParameters(parameters, {"encodingOptions": [{}, {}]})
    await sender.setParameters(parameters, {"encodingOptions": [{"keyFrame": True}]})
    with pytest.raises(InvalidStateError, match="getParameters"):  # once for each setParameters
        await sender.setParameters(parameters)


async def test_setParameters_of_a_stopped_transceiver(peers):
    transceiver = peers.caller.addTransceiver("audio")
    parameters = transceiver.sender.getParameters()
    transceiver.stop()
    with pytest.raises(InvalidStateError, match="stopped"):
        transceiver.sender.setParameters(parameters)


async def test_setParameters_cancelled_and_closed(peers):
    sender = peers.caller.addTransceiver("audio").sender
    parameters = sender.getParameters()
    parameters.encodings[0].maxBitrate = 20_000
    task = asyncio.ensure_future(sender.setParameters(parameters))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await peers.caller.getStats()  # follows it on libwebrtc's thread
    parameters = sender.getParameters()
    assert parameters.encodings[0].maxBitrate == 20_000
    task = asyncio.ensure_future(sender.setParameters(parameters))
    await asyncio.sleep(0)
    peers.caller.close()
    await asyncio.wait([task], timeout=10)
    assert task.exception() is None or isinstance(task.exception(), InvalidStateError)


async def test_a_smaller_size_is_received(peers):
    source = VideoSource()
    sender = peers.caller.addTransceiver(source.track).sender
    await peers.connect()
    track = peers.callee.getReceivers()[0].track
    picture = np.zeros((240, 320, 3), np.uint8)
    async with pushing(lambda: source.push(picture, "rgb24"), 1 / 30):
        async with asyncio.timeout(20):
            while (await track.recv()).width != 320:
                pass
            parameters = sender.getParameters()
            parameters.encodings[0].scaleResolutionDownBy = 2
            await sender.setParameters(parameters)
            while (frame := await track.recv()).width != 160:
                pass
            assert frame.height == 120


async def colour(track) -> tuple[float, ...]:
    frame = (await track.recv()).to_ndarray("rgb24")
    return tuple(frame.reshape(-1, 3).mean(axis=0))


async def test_replaceTrack(peers):
    red, green = VideoSource(), VideoSource()
    flat = {source: np.full((240, 320, 3), c, np.uint8) for source, c in ((red, RED), (green, GREEN))}
    sender = peers.caller.addTransceiver(red.track).sender
    await peers.connect()
    (receiver,) = peers.callee.getReceivers()
    needed = []
    peers.caller.onnegotiationneeded = needed.append

    def push():
        for source, picture in flat.items():
            source.push(picture, "rgb24")

    async with pushing(push, 1 / 30), asyncio.timeout(20):
        for track, expected in ((None, RED), (green.track, GREEN), (red.track, RED)):
            if track is not None:
                await sender.replaceTrack(track)
                assert sender.track is track
            while not np.allclose(await colour(receiver.track), expected, atol=12):
                pass
    await sender.replaceTrack(None)
    assert sender.track is None
    assert needed == []


async def test_replaceTrack_refuses(peers):
    video, audio = VideoSource(), AudioSource()
    transceiver = peers.caller.addTransceiver(video.track)
    for wrong in (audio.track, 3, "video"):
        with pytest.raises(TypeError):
            await transceiver.sender.replaceTrack(wrong)
    assert transceiver.sender.track is video.track
    transceiver.stop()
    with pytest.raises(InvalidStateError):
        await transceiver.sender.replaceTrack(None)
    await peers.close()
    with pytest.raises(InvalidStateError):
        await transceiver.sender.replaceTrack(None)
    assert transceiver.sender.track is video.track


async def test_replaceTrack_waits_for_its_turn(peers):
    source = VideoSource()
    sender = peers.caller.addTransceiver("video").sender
    order = []

    async def note(name, awaitable):
        await awaitable
        order.append(name)

    await asyncio.gather(
        note("set", peers.caller.setLocalDescription()),
        note("replace", sender.replaceTrack(source.track)),
        note("offer", peers.caller.createOffer()),
    )
    assert order == ["set", "replace", "offer"]


async def test_a_cancelled_replaceTrack_is_done(peers):
    source = VideoSource()
    sender = peers.caller.addTransceiver("video").sender
    task = asyncio.ensure_future(sender.replaceTrack(source.track))
    await asyncio.sleep(0)
    task.cancel()
    await peers.caller.createOffer()  # follows it in the chain
    assert sender.track is source.track
    assert task.cancelled()


async def test_setStreams(peers):
    one, two = MediaStream(), MediaStream()
    source = AudioSource()
    sender = peers.caller.addTrack(source.track, one)
    events = []
    peers.callee.ontrack = events.append
    await peers.connect()
    sender.setStreams(one, two, two)
    await next_event(peers.caller, "negotiationneeded")
    await peers.negotiate()
    assert [[stream.id for stream in event.streams] for event in events] == [[one.id], [one.id, two.id]]
    sender.setStreams()
    await peers.negotiate()
    assert "a=msid:-" in peers.caller.localDescription.sdp
    assert len(events) == 2
    with pytest.raises(TypeError):
        sender.setStreams(3)
    await peers.close()
    with pytest.raises(InvalidStateError):
        sender.setStreams(one)

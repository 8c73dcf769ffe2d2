"""Decoders written in Python: they are given what was sent, and what they do wrong ends no call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from calls import VideoCall, becomes, codecs, inbound, psnr, shapes
from harness import Peers
from owncodecs import H264, AvDecoder, AvEncoder, CopyingDecoder, CopyingEncoder, Made, connection
from pywebrtc import RTCPeerConnection, VideoCodec, VideoDecoder, VideoFrame

GRAY = np.full((8, 16, 3), 128, np.uint8)


@pytest.fixture
def errors():
    """What goes to the loop's exception handler."""
    seen: list[dict[str, Any]] = []

    def handler(_: Any, context: dict[str, Any]) -> None:
        context["exception"].__traceback__ = None  # whose frames keep connections
        seen.append(context)

    asyncio.get_event_loop().set_exception_handler(handler)
    yield seen
    seen.clear()


@contextlib.asynccontextmanager
async def copying(decoder: Any) -> AsyncIterator[tuple[VideoCall, VideoCodec]]:
    """A call of a codec that copies, with this decoder."""
    codec = VideoCodec("copy", encoder=CopyingEncoder, decoder=decoder)
    async with Peers(connection(codec), connection(codec)) as peers:
        video = VideoCall(peers)
        video.add()
        async with video.running(lambda: GRAY):
            yield video, codec


async def test_a_decoder_of_what_libwebrtc_encodes():
    made = Made(AvDecoder)
    codec = VideoCodec("H264", H264, decoder=made, implementation="PyAV", hardware=True)
    picture = shapes()
    async with Peers(RTCPeerConnection(), connection(codec)) as peers:
        video = VideoCall(peers)
        video.add(codecs("video", "H264 packetization-mode=1;profile-level-id=42e01f"))
        async with video.running(lambda: picture):
            assert await video.receive(picture) >= 30
            stream = await inbound(peers.callee)
            assert (stream.decoderImplementation, stream.powerEfficientDecoder) == ("PyAV", True)
            assert stream.framesDecoded > 0
            frame = await video.track.recv()
            assert frame.rtp_timestamp > 0
        (decoder,) = made.all
        first = decoder.pictures[0]
        assert first.key_frame
        assert bytes(first.data).startswith(b"\0\0\0\1")
        assert (first.width, first.height) == (320, 180)
        assert codec.counts.decoded > 0
        assert codec.counts.failed == 0
    assert decoder.closed == 1


async def test_both_sides_in_python():
    codec = VideoCodec("H264", H264, encoder=AvEncoder, decoder=AvDecoder)
    picture = shapes()
    async with Peers(connection(codec), connection(codec)) as peers:
        video = VideoCall(peers)
        video.add([codec.capability])
        async with video.running(lambda: picture):
            assert await video.receive(picture, quality=32) >= 32


async def test_h265_both_ways():
    made = Made(
        lambda: AvEncoder("libx265", **{"x265-params": "log-level=none:bframes=0:pools=none:frame-threads=1"})
    )
    codec = VideoCodec(
        "H265",
        {"level-id": "93", "profile-id": "1", "tier-flag": "0", "tx-mode": "SRST"},
        encoder=made,
        decoder=lambda: AvDecoder("hevc"),
    )
    picture = shapes()
    async with Peers(connection(codec), connection(codec)) as peers:
        video = VideoCall(peers)
        video.add([codec.capability])
        async with video.running(lambda: picture):
            assert await video.receive(picture, quality=32) >= 32
            assert (await inbound(peers.callee)).framesDecoded > 0
    await becomes(lambda: asyncio.sleep(0, [each.closed for each in made.all]), lambda closed: closed == [1])


class Unwell(CopyingDecoder):
    """Its first answers are wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[bool] = []

    def decode(self, picture: Any) -> Any:
        self.keys.append(picture.key_frame)
        match len(self.keys):
            case 1:
                return super().decode(picture)
            case 2:
                raise ValueError("no")
            case 3:
                return "a picture"
            case 4:
                return np.zeros((3, 3), np.uint8)
            case 5:
                return None
        return super().decode(picture)


async def test_what_a_decoder_does_wrong_is_told_and_a_key_frame_asked_for(errors):
    made = Made(Unwell)
    async with copying(made) as (video, codec):
        await becomes(lambda: inbound(video.peers.callee), lambda stream: stream.pliCount >= 1)
        await becomes(lambda: asyncio.sleep(0, len(made.all[0].keys)), lambda count: count > 6)
        assert psnr((await video.track.recv()).to_ndarray("rgb24"), GRAY) > 40
        assert codec.counts.failed == len(errors) == 3
    # After an error only a key frame is decoded.
    assert made.all[0].keys[:5] == [True, False, True, True, True]
    assert [type(error["exception"]) for error in errors] == [ValueError, TypeError, ValueError]


class Absent(VideoDecoder):
    """It cannot be made ready."""

    def configure(self, settings: Any) -> None:
        raise OSError("no such hardware")

    def decode(self, picture: Any) -> Any:
        return None


@pytest.mark.parametrize("decoder", [Absent, lambda: 3])
async def test_a_decoder_that_cannot_be_made(errors, decoder):
    async with copying(decoder) as (_, codec):
        await becomes(lambda: asyncio.sleep(0, codec.counts), lambda counts: counts.failed >= 1)
    assert errors
    assert codec.counts.decoded == 0


class Stuck(CopyingDecoder):
    """It never answers."""

    async def decode(self, picture: Any) -> Any:
        self.calls.append("decode")
        await asyncio.get_running_loop().create_future()


async def test_a_decoder_that_never_answers():
    made = Made(Stuck)
    async with copying(made) as (video, codec):
        await becomes(lambda: asyncio.sleep(0, codec.counts.dropped), lambda count: count > 0)
        await becomes(lambda: inbound(video.peers.callee), lambda stream: stream.pliCount >= 1)
    (decoder,) = made.all
    await becomes(lambda: asyncio.sleep(0, decoder.calls), lambda calls: calls[-1] == "close")
    assert decoder.calls == ["configure", "decode", "close"]


async def test_a_decoder_may_give_frames_of_any_size():
    class Larger(CopyingDecoder):
        async def decode(self, picture: Any) -> VideoFrame:
            return VideoFrame.from_ndarray(super().decode(picture)).scale(64, 48)

    async with copying(Larger) as (video, _):
        frame = await asyncio.wait_for(video.track.recv(), 20)
        assert (frame.width, frame.height) == (64, 48)

"""Pictures that are encoded already are sent untouched, whoever encoded them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from calls import VideoCall, becomes, codecs, inbound, outbound, shapes
from harness import Peers, next_event, pushing, until
from owncodecs import H264, Made, connection
from pywebrtc import (
    EncodedPicture,
    EncodedVideoSource,
    RTCPeerConnection,
    VideoCodec,
    VideoDecoder,
    VideoEncoder,
)
from pywebrtc.exceptions import InvalidStateError, RangeError

H265 = {"level-id": "93", "profile-id": "1", "tier-flag": "0", "tx-mode": "SRST"}


class Taker(VideoDecoder):
    """Takes what is received, and decodes nothing."""

    def __init__(self, take: Callable[[EncodedPicture], object] | None = None) -> None:
        self.pictures: list[EncodedPicture] = []
        self.take = take or self.pictures.append

    def decode(self, picture: EncodedPicture) -> None:
        self.take(picture)


class Unasked(VideoEncoder):
    """Is there for a codec that libwebrtc does not have."""

    def encode(self, frame: Any, key_frame: bool) -> None:
        raise AssertionError("there are no pixels")


def encoded(
    name: str, count: int, options: dict[str, str], width: int = 320, height: int = 180
) -> list[bytes]:
    """As many pictures of a film, of which the first is a key frame."""
    context = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 30), Fraction(30)
    context.bit_rate, context.gop_size = 500_000, 3000
    context.options = {"preset": "ultrafast", "tune": "zerolatency", **options}
    picture, packets = shapes(width, height), []
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.roll(picture, 2 * number, 1), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        packets += [bytes(packet) for packet in context.encode(frame)]
    packets += [bytes(packet) for packet in context.encode(None)]
    # RTP has no start codes: libwebrtc writes long ones where a decoder gets them back.
    return [re.sub(rb"(?<!\x00)\x00\x00\x01", lambda _: b"\0\0\0\1", packet) for packet in packets]


def received(made: Made) -> list[bytes]:
    """What a taker was given since the last key frame."""
    pictures = made.all[-1].pictures if made.all else []
    begin = max((i for i, each in enumerate(pictures) if each.key_frame), default=0)
    return [bytes(each.data) for each in pictures[begin:]]


class Film:
    """Pushes pictures, and begins anew when it is asked for a key frame."""

    def __init__(self, source: EncodedVideoSource, pictures: list[bytes]) -> None:
        self.source = source
        self.pictures = pictures
        self.next = 0
        self.requests = 0
        source.addEventListener("keyframerequest", self.restart)

    def restart(self, _: Any) -> None:
        self.requests += 1
        self.next = 0

    def push(self) -> None:
        if self.next < len(self.pictures):
            self.source.push(self.pictures[self.next], key_frame=self.next == 0)
            self.next += 1


@contextlib.asynccontextmanager
async def sending(peers: Peers, source: EncodedVideoSource, codec: Any) -> AsyncIterator[VideoCall]:
    """A call that sends the source's track with a codec."""
    video = VideoCall(peers)
    video.source = source
    video.add([codec])
    async with peers:
        await peers.connect()
        yield video


@pytest.mark.parametrize(
    ("name", "parameters", "encoder", "options"),
    [
        ("H264", H264, "libx264", {"x264-params": "bframes=0", "profile": "baseline"}),
        ("H265", H265, "libx265", {"x265-params": "log-level=none:bframes=0:pools=none:frame-threads=1"}),
    ],
)
async def test_bytes_in_are_bytes_out(name, parameters, encoder, options):
    film = encoded(encoder, 20, options)
    made = Made(Taker)
    sender = VideoCodec(name, parameters, encoder=Unasked)
    receiver = VideoCodec(name, parameters, decoder=made)
    source = EncodedVideoSource(name, 320, 180)
    player = Film(source, film)
    async with sending(Peers(connection(sender), connection(receiver)), source, sender.capability) as video:
        async with pushing(player.push, 1 / 60):
            await becomes(lambda: asyncio.sleep(0, received(made)), lambda got: len(got) == len(film))
        stream = await outbound(video.peers.caller)
        assert stream.encoderImplementation == "pass-through"
    assert received(made) == film
    assert sender.counts.encoded == sender.counts.failed == 0


@pytest.mark.parametrize(
    "name", ["VP8", "VP9 profile-id=0", "AV1", "H264 packetization-mode=1;profile-level-id=42e01f"]
)
async def test_what_one_connection_receives_another_sends_on(name):
    (codec,) = codecs("video", name)
    plain = name.split()[0]
    fmtp = dict(item.split("=") for item in (codec.sdpFmtpLine or "").split(";") if item)
    relay = EncodedVideoSource(plain, 320, 180)
    takes = VideoCodec(plain, fmtp, decoder=lambda: Taker(relay.push))
    first = VideoCall(Peers(RTCPeerConnection(), connection(takes)))
    first.add([codec])
    picture = shapes()

    async def ask(_: Any) -> None:
        sender = first.transceiver.sender
        await sender.setParameters(sender.getParameters(), {"encodingOptions": [{"keyFrame": True}]})

    relay.addEventListener("keyframerequest", ask)
    async with sending(Peers(), relay, codec) as second, first.peers, first.running(lambda: picture):
        assert await second.receive(picture) >= 30
        assert (await outbound(second.peers.caller)).encoderImplementation == "pass-through"
        assert relay.refused == 0


async def test_a_key_frame_is_asked_for_where_a_picture_is_lost():
    film = encoded("libx264", 30, {"profile": "baseline"})
    source = EncodedVideoSource("H264", 320, 180)
    player = Film(source, film)
    codec = VideoCodec("H264", H264, encoder=Unasked)
    async with sending(Peers(connection(codec), RTCPeerConnection()), source, codec.capability) as video:
        async with pushing(lambda: source.push(film[1]), 1 / 60):  # nothing was before it
            await next_event(source, "keyframerequest")
        async with pushing(player.push, 1 / 60):
            stream = await becomes(lambda: inbound(video.peers.callee), lambda s: s.framesDecoded >= 20)
        assert stream.pliCount == 0
        requests, dropped = player.requests, source.dropped
        # The receiver misses one.
        source.muted = True
        source.push(film[-1])
        source.muted = False
        player.next = 2
        async with pushing(player.push, 1 / 60):
            await becomes(lambda: asyncio.sleep(0, player.requests), lambda n: n > requests)
            await becomes(lambda: inbound(video.peers.callee), lambda s: s.framesDecoded >= 40)
        assert source.dropped > dropped


async def test_a_key_frame_that_is_asked_for():
    film = encoded("libx264", 30, {"profile": "baseline"})
    source = EncodedVideoSource("H264", 320, 180)
    player = Film(source, film)
    codec = VideoCodec("H264", H264, encoder=Unasked)
    peers = Peers(connection(codec), RTCPeerConnection())
    async with sending(peers, source, codec.capability) as video, pushing(player.push, 1 / 60):
        await becomes(lambda: inbound(video.peers.callee), lambda s: s.framesDecoded >= 3)
        sender = video.transceiver.sender
        requests = player.requests
        await sender.setParameters(sender.getParameters(), {"encodingOptions": [{"keyFrame": True}]})
        await becomes(lambda: asyncio.sleep(0, player.requests), lambda n: n > requests)


async def test_what_the_network_bears_is_told():
    film = encoded("libx264", 10, {"profile": "baseline"})
    source = EncodedVideoSource("H264", 320, 180)
    player = Film(source, film)
    (codec,) = codecs("video", "H264 packetization-mode=1;profile-level-id=42e01f")
    assert source.bitrate is None
    async with sending(Peers(), source, codec) as video, pushing(player.push, 1 / 30):
        await until(source, "bitratechange", lambda: (source.bitrate or 0) > 200_000)
        assert source.framerate is not None
        await video.set(maxBitrate=100_000)
        await until(source, "bitratechange", lambda: 0 < (source.bitrate or 0) <= 100_000)
    await until(source, "bitratechange", lambda: source.bitrate is None)


async def test_another_codec_takes_none():
    source = EncodedVideoSource("H264", 320, 180)
    async with sending(Peers(), source, codecs("video", "VP8")[0]) as video:
        async with pushing(lambda: source.push(b"H264", key_frame=True), 1 / 60):
            await becomes(lambda: asyncio.sleep(0, source.refused), lambda n: n >= 3)
        assert (await outbound(video.peers.caller)).framesEncoded == 0


async def test_a_disabled_track_sends_black_and_an_enabled_one_begins_with_a_key_frame():
    film = encoded("libx264", 60, {"profile": "baseline"})
    source = EncodedVideoSource("H264", 320, 180)
    player = Film(source, film)
    (codec,) = codecs("video", "H264 packetization-mode=1;profile-level-id=42e01f")
    async with sending(Peers(), source, codec) as video:
        source.track.enabled = False
        async with pushing(lambda: source.push(film[1]), 1 / 30):
            assert await video.receive(np.zeros((180, 320, 3), np.uint8), quality=25) >= 25
        source.track.enabled = True
        player.next = 5
        async with pushing(player.push, 1 / 30):
            await becomes(lambda: asyncio.sleep(0, player.requests), lambda n: n >= 1)
            assert await video.receive(shapes(), quality=18) >= 18


async def test_readers_of_the_track_see_black():
    source = EncodedVideoSource("VP8", 32, 16)
    reader = source.track.frames()
    assert source.push(EncodedPicture(b"x", width=64, height=48))
    frame = await reader.recv()
    assert (frame.width, frame.height) == (64, 48)
    assert frame.to_ndarray("gray").max() <= 16
    assert source.push(b"y")
    assert (await reader.recv()).width == 64


GARBAGE = [
    bytes(range(256)) * 20,
    bytes(50),
    b"\xff" * 3000,
    b"\0\0\0\1",
    b"\0\0\1\x67",
    b"\0\0\0\1\x67\x42\xc0\x14\xff\0\0\0\1\x68\xff\0\0\0\1\x65",
    b"\0\0\0\1\x40\1\0\0\0\1\x42\1\xff\0\0\0\1\x26\1",
    b"\x12\0\x0a\x0b\0\0",
    b"\x80",
]


@pytest.mark.parametrize("name", ["VP8", "VP9", "AV1", "H264", "H265", "opaque"])
async def test_garbage_ends_nothing(name):
    made = Made(Taker)
    codec = VideoCodec(name, H265 if name == "H265" else {}, encoder=Unasked, decoder=made)
    source, pieces = EncodedVideoSource(name, 32, 16), itertools.cycle(GARBAGE)
    peers = Peers(connection(codec), connection(codec))
    async with sending(peers, source, codec.capability) as video:
        async with pushing(lambda: source.push(next(pieces), key_frame=True), 1 / 60):
            await becomes(lambda: outbound(video.peers.caller), lambda s: s.framesEncoded > 2 * len(GARBAGE))
        if name == "opaque":
            assert {bytes(picture.data) for picture in made.all[-1].pictures} <= set(GARBAGE)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((3, 32, 16), TypeError),
        (("H 264", 32, 16), ValueError),
        (("rtx", 32, 16), ValueError),
        (("H264", 0, 16), ValueError),
        (("H264", 32, 16385), ValueError),
    ],
)
def test_sources_that_are_none(arguments, error):
    with pytest.raises(error):
        EncodedVideoSource(*arguments)


def test_pushes_that_are_refused():
    source = EncodedVideoSource("H264", 32, 16)
    for arguments, options, error in (
        (("x",), {}, TypeError),
        ((None,), {}, TypeError),
        ((b"",), {}, RangeError),
        ((b"x", 1), {}, TypeError),
        ((b"x",), {"timestamp": float("nan")}, ValueError),
    ):
        with pytest.raises(error):
            source.push(*arguments, **options)
    assert source.push(b"x") is False  # nobody is there
    source.track.stop()
    with pytest.raises(InvalidStateError):
        source.push(b"x")

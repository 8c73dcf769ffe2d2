"""Encoders written in Python: what they make is what is received, and what they do wrong ends no call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import sfu
from calls import VideoCall, becomes, codec_of, inbound, outbound, shapes
from harness import Peers, pushing
from owncodecs import H264, AvEncoder, CopyingDecoder, CopyingEncoder, Made, connection
from pywebrtc import (
    ConnectionOptions,
    EncodedPicture,
    RTCPeerConnection,
    VideoCodec,
    VideoEncoder,
    VideoSource,
)
from pywebrtc.exceptions import InvalidModificationError, RangeError

SMALL = np.zeros((8, 16, 3), np.uint8)


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
async def call(codec: VideoCodec, *, own: bool = False) -> AsyncIterator[VideoCall]:
    """A call in which the caller has a codec, and the callee too if it is its ``own``."""
    callee = connection(codec) if own else RTCPeerConnection()
    async with Peers(connection(codec), callee) as peers:
        yield VideoCall(peers)


async def test_an_encoder_in_an_executor():
    made = Made(AvEncoder)
    codec = VideoCodec("H264", H264, encoder=made, implementation="x264", hardware=True)
    picture = shapes()
    async with call(codec) as video:
        video.add([codec.capability])
        async with video.running(lambda: picture):
            assert await video.receive(picture, quality=32) >= 32
            stream = await outbound(video.peers.caller)
            assert (stream.encoderImplementation, stream.powerEfficientEncoder) == ("x264", True)
            assert (await codec_of(video.peers.caller, "outbound-rtp")).mimeType == "video/H264"
        encoder = made.all[-1]
        settings = encoder.settings[-1]
        assert (settings.width, settings.height, settings.codec) == (320, 180, codec)
        assert settings.bitrate > 0
        assert encoder.rates[-1][0] > 0
        assert codec.counts.encoded > 0
        assert codec.counts.failed == codec.counts.late == 0
    # It may have been at a picture.
    await becomes(lambda: asyncio.sleep(0, [each.closed for each in made.all]), lambda closed: closed == [1])


async def test_a_codec_that_nobody_knows_both_ways():
    encoders, decoders = Made(CopyingEncoder), Made(CopyingDecoder)
    codec = VideoCodec("copy", {"depth": "8"}, encoder=encoders, decoder=decoders)
    picture = np.random.default_rng(1).integers(60, 190, (1, 1, 3), np.uint8).repeat(8, 0).repeat(16, 1)
    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: picture):
            assert await video.receive(picture, quality=35) > 35
            sent = await codec_of(video.peers.caller, "outbound-rtp")
            assert (sent.mimeType, sent.sdpFmtpLine) == ("video/copy", "depth=8")
            assert (await inbound(video.peers.callee)).decoderImplementation == "Python"
        assert codec.counts.encoded >= codec.counts.decoded > 0
    assert [each.calls[0] for each in (*encoders.all, *decoders.all)] == ["configure", "configure"]
    assert [each.calls[-1] for each in (*encoders.all, *decoders.all)] == ["close", "close"]


async def test_two_connections_have_different_codecs():
    one, other = VideoCodec("one", encoder=CopyingEncoder), VideoCodec("other", decoder=CopyingDecoder)
    async with connection(one) as a, connection(other) as b, RTCPeerConnection() as c:
        for pc, direction in ((a, "sendonly"), (b, "recvonly"), (c, "sendrecv")):
            pc.addTransceiver("video", {"direction": direction})
            await pc.setLocalDescription()
        assert " one/90000" in a.localDescription.sdp
        assert " other/90000" not in a.localDescription.sdp
        assert " other/90000" in b.localDescription.sdp
        assert "one/" not in b.localDescription.sdp + c.localDescription.sdp
        with pytest.raises(InvalidModificationError):
            c.getTransceivers()[0].setCodecPreferences([one.capability])


async def test_a_codec_of_one_direction_is_not_offered_for_both():
    codec = VideoCodec("one", encoder=CopyingEncoder)
    async with connection(codec) as pc:
        pc.addTransceiver("video")
        await pc.setLocalDescription()
        assert " one/90000" not in pc.localDescription.sdp
        assert " VP8/90000" in pc.localDescription.sdp


async def test_a_key_frame_is_made_where_one_is_asked_for():
    made = Made(AvEncoder)
    codec = VideoCodec("H264", H264, encoder=made)
    picture = shapes()
    async with call(codec) as video:
        video.add([codec.capability])
        async with video.running(lambda: picture):
            await video.receive(picture)
            before = made.all[-1].key_frames
            parameters = video.transceiver.sender.getParameters()
            await video.transceiver.sender.setParameters(
                parameters, {"encodingOptions": [{"keyFrame": True}]}
            )

            async def key_frames() -> int:
                return made.all[-1].key_frames

            await becomes(key_frames, lambda count: count > before)


class Wrong(CopyingEncoder):
    """Its first pictures are wrong."""

    count = 0
    results: tuple[Any, ...] = ()

    def encode(self, frame: Any, key_frame: bool) -> Any:
        self.count += 1
        if self.count <= len(self.results):
            result = self.results[self.count - 1]
            if isinstance(result, Exception):
                raise result
            return result
        return super().encode(frame, key_frame)


async def test_what_an_encoder_does_wrong_is_told_and_the_call_goes_on(errors):
    class Encoder(Wrong):
        results = (ValueError("no"), 3, b"", [b"x"], "text", EncodedPicture(b"x", rtp_timestamp=7))

    codec = VideoCodec("copy", encoder=Encoder, decoder=CopyingDecoder)
    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: SMALL):
            await video.receive(SMALL)
        assert codec.counts.failed == 5
        assert codec.counts.late == 1
    assert [type(error["exception"]) for error in errors] == [
        ValueError,
        TypeError,
        RangeError,
        TypeError,
        TypeError,
    ]
    assert "encode()" in errors[0]["message"]
    assert errors[0]["codec"] is codec


class Fails(CopyingEncoder):
    def configure(self, settings: Any) -> None:
        raise OSError("no such hardware")


class Never(CopyingEncoder):
    def encode(self, frame: Any, key_frame: bool) -> Any:
        raise ValueError("never")


def nothing() -> Any:
    return None


@pytest.mark.parametrize("encoder", [Fails, Never, nothing])
async def test_where_an_encoder_fails_the_next_codec_is_sent(errors, encoder):
    codec = VideoCodec("copy", encoder=encoder, decoder=CopyingDecoder)
    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: SMALL):
            await video.receive(SMALL)
            # Statistics lag behind.
            await becomes(
                lambda: codec_of(video.peers.caller, "outbound-rtp"),
                lambda used: used.mimeType == "video/VP8",
            )
        assert codec.counts.encoded == 0
        assert codec.counts.failed == len(errors) >= 1


class Stuck(CopyingEncoder):
    """It never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def encode(self, frame: Any, key_frame: bool) -> Any:
        self.calls.append("encode")
        await self.waits


async def test_an_encoder_that_never_answers():
    made = Made(Stuck)
    codec = VideoCodec("copy", encoder=made, decoder=CopyingDecoder)

    async def dropped() -> int:
        return codec.counts.dropped

    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: SMALL):
            await becomes(dropped, lambda count: count > 3)
        (encoder,) = made.all
        assert encoder.calls == ["configure", "encode"]

    async def calls() -> list[str]:
        return encoder.calls

    await becomes(calls, lambda calls: calls[-1] == "close")
    assert encoder.waits.cancelled()


async def test_closing_while_it_encodes():
    made = Made(Stuck)
    codec = VideoCodec("copy", encoder=made, decoder=CopyingDecoder)
    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: SMALL):

            async def encodes() -> bool:
                return bool(made.all) and "encode" in made.all[0].calls

            await becomes(encodes, bool)
    (encoder,) = made.all
    assert encoder.calls[-1] == "encode"
    encoder.waits.set_result(None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert encoder.calls[-1] == "close"


class Behind(CopyingEncoder):
    """Each picture comes with the next but one."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[EncodedPicture] = []

    def encode(self, frame: Any, key_frame: bool) -> Any:
        data = super().encode(frame, key_frame)
        self.waiting.append(EncodedPicture(data, key_frame, frame.rtp_timestamp, qp=3))
        return [self.waiting.pop(0)] if len(self.waiting) > 2 else None


async def test_an_encoder_that_is_behind():
    codec = VideoCodec("copy", encoder=Behind, decoder=CopyingDecoder)
    async with call(codec, own=True) as video:
        video.add()
        async with video.running(lambda: SMALL):
            await video.receive(SMALL)
            stream = await becomes(lambda: outbound(video.peers.caller), lambda s: s.framesEncoded > 5)
            assert stream.qpSum == 3 * stream.framesEncoded
        assert codec.counts.late == 0


async def test_layers_have_an_encoder_each():
    made = Made(AvEncoder)
    codec = VideoCodec("H264", H264, encoder=made)
    source, picture = VideoSource(), shapes(960, 544)
    options = ConnectionOptions(start_bitrate=4_000_000, video_codecs=[codec])
    async with RTCPeerConnection(options=options) as sender, RTCPeerConnection() as receiver:
        encodings = [{"rid": "q"}, {"rid": "h"}, {"rid": "f"}]
        transceiver = sender.addTransceiver(
            source.track, {"direction": "sendonly", "sendEncodings": encodings}
        )
        transceiver.setCodecPreferences([codec.capability])
        tracks: list[Any] = []
        receiver.addEventListener("track", lambda event: tracks.append(event.track))
        await sfu.connect(sender, receiver)
        async with pushing(lambda: source.push(picture), 1 / 15):
            for track, scale in zip(tracks, (4, 2, 1), strict=True):
                frame = await track.recv()
                assert (frame.width, frame.height) == (960 // scale, 544 // scale)
        used = [each for each in made.all if each.settings]
        assert {each.settings[-1].width for each in used} == {240, 480, 960}
    await becomes(lambda: asyncio.sleep(0, [each.closed for each in used]), all)


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        ((3,), {"encoder": CopyingEncoder}, TypeError),
        (("H 264",), {"encoder": CopyingEncoder}, ValueError),
        (("x" * 65,), {"encoder": CopyingEncoder}, ValueError),
        (("a\r\na=b",), {"encoder": CopyingEncoder}, ValueError),
        (("rtx",), {"encoder": CopyingEncoder}, ValueError),
        (("RED",), {"encoder": CopyingEncoder}, ValueError),
        (("x",), {}, TypeError),
        (("x",), {"encoder": 3}, TypeError),
        (("x",), {"decoder": "H264"}, TypeError),
        (("x", {"a": 1}), {"encoder": CopyingEncoder}, TypeError),
        (("x", ["a"]), {"encoder": CopyingEncoder}, TypeError),
        (("x", {"a": "1;b=2"}), {"encoder": CopyingEncoder}, ValueError),
        (("x", {"a b": "1"}), {"encoder": CopyingEncoder}, ValueError),
        (("x", {"a": "1\r\n"}), {"encoder": CopyingEncoder}, ValueError),
        (("x",), {"encoder": CopyingEncoder, "alignment": 0}, RangeError),
        (("x",), {"encoder": CopyingEncoder, "alignment": True}, TypeError),
        (("x",), {"encoder": CopyingEncoder, "implementation": None}, TypeError),
    ],
)
def test_codecs_that_are_none(arguments, options, error):
    with pytest.raises(error):
        VideoCodec(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"data": "x"}, TypeError),
        ({"data": 3}, TypeError),
        ({"data": b""}, RangeError),
        ({"data": bytes(2**24 + 1)}, RangeError),
        ({"data": b"x", "key_frame": 1}, TypeError),
        ({"data": b"x", "rtp_timestamp": 2**32}, RangeError),
        ({"data": b"x", "width": 0}, RangeError),
        ({"data": b"x", "height": 16385}, RangeError),
        ({"data": b"x", "qp": 1.5}, TypeError),
    ],
)
def test_pictures_that_are_none(arguments, error):
    with pytest.raises(error):
        EncodedPicture(**arguments)


def test_what_a_picture_is():
    data = bytearray(b"abc")
    picture = EncodedPicture(data[::2], key_frame=True, width=4)
    data[0] = 0
    assert (picture.data, repr(picture)) == (b"ac", "<EncodedPicture key 2 bytes>")
    assert EncodedPicture(memoryview(b"abcd")[::2]).data == b"ac"


def test_codecs_of_a_connection_are_codecs():
    codec = VideoCodec("H264", H264, encoder=CopyingEncoder)
    assert ConnectionOptions(video_codecs=[codec]).video_codecs == (codec,)
    for wrong in (codec, ["H264"], 3):
        with pytest.raises(TypeError):
            ConnectionOptions(video_codecs=wrong)
    assert codec.parameters == H264
    assert repr(codec).startswith("<VideoCodec video/H264 packetization-mode=1;")


def test_an_encoder_has_to_encode():
    with pytest.raises(TypeError):
        VideoEncoder()

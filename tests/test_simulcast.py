"""Simulcast: three layers of one track, each received by a receiver of its own."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import pytest
import sfu
from calls import becomes, codecs, inbound, noise, outbound, psnr, settled, shapes
from harness import pushing
from pywebrtc import ConnectionOptions, MediaStreamTrack, RTCPeerConnection, RTCRtpTransceiver, VideoSource

RIDS = ("q", "h", "f")
# Large enough for libwebrtc to make three layers of it, and even at a quarter.
WIDTH, HEIGHT = 960, 544


@dataclass
class Simulcast:
    """A sender of three layers and a receiver for each."""

    sender: RTCPeerConnection
    receiver: RTCPeerConnection
    source: VideoSource = field(default_factory=VideoSource)
    tracks: dict[str, MediaStreamTrack] = field(default_factory=dict)
    transceiver: RTCRtpTransceiver = field(init=False)

    async def start(self, codec: str, encodings: list[dict[str, Any]]) -> None:
        init = {"direction": "sendonly", "sendEncodings": encodings}
        self.transceiver = self.sender.addTransceiver(self.source.track, init)
        self.transceiver.setCodecPreferences(codecs("video", codec))
        tracks: list[MediaStreamTrack] = []
        self.receiver.addEventListener("track", lambda event: tracks.append(event.track))
        rids = await sfu.connect(self.sender, self.receiver)
        self.tracks = dict(zip(rids, tracks, strict=True))

    async def set(self, rid: str, **members: Any) -> None:
        parameters = self.transceiver.sender.getParameters()
        encoding = next(e for e in parameters.encodings if e.rid == rid)
        for name, value in members.items():
            setattr(encoding, name, value)
        await self.transceiver.sender.setParameters(parameters)

    async def quality(self, rid: str, width: int, height: int) -> float:
        """The PSNR of the first picture of a layer that has this size and is good."""
        sent = shapes(width, height)
        reader = self.tracks[rid].frames(maxsize=1)
        async with asyncio.timeout(40):
            while True:
                frame = await reader.recv()
                if (frame.width, frame.height) == (width, height):
                    reached = psnr(frame.to_ndarray("rgb24"), sent)
                    if reached > 28:
                        return reached


@pytest.fixture
async def simulcast():
    options = ConnectionOptions(start_bitrate=4_000_000)
    async with RTCPeerConnection(options=options) as sender, RTCPeerConnection() as receiver:
        yield Simulcast(sender, receiver)


@contextlib.asynccontextmanager
async def pictures(source: VideoSource):
    picture = shapes(WIDTH, HEIGHT)
    async with pushing(lambda: source.push(picture), 1 / 15):
        yield


@pytest.mark.parametrize(
    ("codec", "mode"),
    [
        ("VP8", None),
        ("VP8", "L1T2"),
        ("H264", None),
        ("VP9", "L1T1"),
        ("VP9", "L1T3"),
        ("AV1", "L1T1"),
        ("AV1", "L1T3"),
    ],
)
async def test_three_layers(simulcast, codec, mode):
    encodings = [{"rid": rid} for rid in RIDS]
    for encoding in encodings:
        if mode:
            encoding["scalabilityMode"] = mode
    await simulcast.start(codec, encodings)
    async with pictures(simulcast.source):
        for rid, scale in (("q", 4), ("h", 2), ("f", 1)):
            width, height = WIDTH // scale, HEIGHT // scale
            assert await simulcast.quality(rid, width, height) > 28
            stream = await becomes(
                lambda rid=rid: outbound(simulcast.sender, rid), lambda s, w=width: s.frameWidth == w
            )
            assert stream.frameHeight == height
            assert stream.active
            if mode:
                assert stream.scalabilityMode == mode
            received = await becomes(
                lambda rid=rid: inbound(simulcast.receiver, rid), lambda s, w=width: s.frameWidth == w
            )
            assert received.frameHeight == height
            assert received.ssrc == stream.ssrc


async def test_active(simulcast):
    """Each layer is turned off and on by itself; the others are received on."""
    await simulcast.start("VP8", [{"rid": rid, "active": rid != "h"} for rid in RIDS])

    def decoded(rid):
        return lambda: inbound(simulcast.receiver, rid)

    async with pictures(simulcast.source):
        for rid, scale in (("q", 4), ("f", 1)):
            await simulcast.quality(rid, WIDTH // scale, HEIGHT // scale)
        assert not (await outbound(simulcast.sender, "h")).framesEncoded
        await simulcast.set("h", active=True)
        await simulcast.quality("h", WIDTH // 2, HEIGHT // 2)
        await simulcast.set("f", active=False)
        await settled(lambda: outbound(simulcast.sender, "f"), "framesEncoded", lambda rate: rate == 0, 0.3)
        await settled(decoded("q"), "framesDecoded", lambda rate: rate > 5, 0.3)
        await settled(decoded("h"), "framesDecoded", lambda rate: rate > 5, 0.3)
        await simulcast.set("f", active=True)
        await settled(decoded("f"), "framesDecoded", lambda rate: rate > 5, 0.3)
        assert [e.active for e in simulcast.transceiver.sender.getParameters().encodings] == [True] * 3


async def test_sizes(simulcast):
    """Layers are scaled as each of them says."""
    scales = {"q": 6.0, "h": 3.0, "f": 1.5}
    await simulcast.start("VP8", [{"rid": rid, "scaleResolutionDownBy": scales[rid]} for rid in RIDS])

    async def sizes():
        streams = (await simulcast.receiver.getStats()).of_type("inbound-rtp")
        return {s.mid: (s.frameWidth, s.frameHeight) for s in streams}

    async with pictures(simulcast.source):
        await becomes(sizes, lambda s: s == {"q": (160, 91), "h": (320, 181), "f": (640, 363)})
        parameters = simulcast.transceiver.sender.getParameters()
        for encoding, width in zip(parameters.encodings, (240, 480, 960), strict=True):
            encoding.scaleResolutionDownBy = None
            encoding.scaleResolutionDownTo = {"maxWidth": width, "maxHeight": width}
        await simulcast.transceiver.sender.setParameters(parameters)
        await becomes(sizes, lambda s: s == {"q": (240, 136), "h": (480, 272), "f": (960, 544)})


async def test_rates(simulcast):
    """Bits and pictures a second are limited for each layer by itself."""
    limits = {"q": {"maxBitrate": 60_000}, "h": {"maxFramerate": 5.0}, "f": {"maxBitrate": 500_000}}
    await simulcast.start("VP8", [{"rid": rid, **limits[rid]} for rid in RIDS])
    picture = noise(WIDTH, HEIGHT)

    def stream(rid):
        return lambda: inbound(simulcast.receiver, rid)

    async with pushing(lambda: simulcast.source.push(picture()), 1 / 15):
        await settled(stream("q"), "bytesReceived", lambda rate: 20_000 < rate * 8 < 75_000)
        await settled(stream("f"), "bytesReceived", lambda rate: 150_000 < rate * 8 < 600_000)
        await settled(stream("h"), "framesDecoded", lambda rate: 1 < rate < 7)
        await simulcast.set("q", maxBitrate=150_000)
        await settled(stream("q"), "bytesReceived", lambda rate: 80_000 < rate * 8 < 180_000)


@pytest.mark.parametrize(
    ("codec", "mode", "others"), [("VP8", None, True), ("AV1", "L1T1", False)], ids=["VP8", "AV1"]
)
async def test_key_frames(simulcast, codec, mode, others):
    """A key frame is made for the layer that it is asked for; by libvpx, which codes them as one, for all."""
    await simulcast.start(codec, [{"rid": rid, "scalabilityMode": mode} for rid in RIDS])

    async def streams():
        return {s.mid: s for s in (await simulcast.receiver.getStats()).of_type("inbound-rtp")}

    def grown(before, member, by):
        return lambda now: all(getattr(now[rid], member) >= getattr(before[rid], member) + by for rid in RIDS)

    async with pictures(simulcast.source):
        # Those that receivers ask for in the beginning have come.
        first = await becomes(streams, lambda s: len(s) == 3 and all(s[rid].framesDecoded for rid in RIDS))
        before = await becomes(streams, grown(first, "framesDecoded", 5))
        sender = simulcast.transceiver.sender
        options = [{"keyFrame": rid == "h"} for rid in RIDS]
        await sender.setParameters(sender.getParameters(), {"encodingOptions": options})
        there = await becomes(streams, lambda s: s["h"].keyFramesDecoded == before["h"].keyFramesDecoded + 1)
        after = await becomes(streams, grown(there, "framesDecoded", 3))
        for rid in ("q", "f"):
            assert after[rid].keyFramesDecoded == before[rid].keyFramesDecoded + others


async def test_small_pictures():
    """libwebrtc leaves out layers of small pictures, unless it is told not to."""
    options = ConnectionOptions(field_trials="WebRTC-LegacySimulcastLayerLimit/Disabled/")
    for trial, layers in ((options, {"q", "h", "f"}), (ConnectionOptions(), {"q"})):
        async with RTCPeerConnection(options=trial) as sender, RTCPeerConnection() as receiver:
            small = Simulcast(sender, receiver)
            await small.start("VP8", [{"rid": rid} for rid in RIDS])
            picture = shapes(320, 176)
            async with pushing(lambda small=small, p=picture: small.source.push(p), 1 / 15):
                await small.quality("q", 80, 44)

                async def sent(sender=sender):
                    streams = (await sender.getStats()).of_type("outbound-rtp")
                    return {s.rid for s in streams if s.framesEncoded}

                await becomes(sent, lambda s, layers=layers: s == layers)

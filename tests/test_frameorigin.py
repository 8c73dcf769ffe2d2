"""What a received frame says of where it comes from: its times and its codec."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from harness import pushing
from pywebrtc import VideoFrame, VideoSource

ABSOLUTE = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"

# Pictures are told apart by their level of gray.
LEVELS = 40


class Numbered:
    """Pushes pictures that were taken 50 ms before, and remembers when."""

    def __init__(self, source: VideoSource) -> None:
        self.source = source
        self.count = 0
        self.taken: dict[int, float] = {}
        self.pushed: dict[int, float] = {}

    def __call__(self) -> None:
        level = self.count = (self.count + 1) % LEVELS
        self.pushed[level] = time.monotonic()
        self.taken[level] = self.pushed[level] - 0.05
        picture = np.full((120, 160), 20 + 5 * level, np.uint8)
        self.source.push(picture, "gray", timestamp=self.taken[level])

    @staticmethod
    def level(frame: VideoFrame) -> int:
        return round((int(frame.to_ndarray("gray")[60, 80]) - 20) / 5)


@pytest.mark.parametrize("absolute", [False, True])
async def test_times(peers, absolute):
    source, back = VideoSource(), VideoSource()
    # libwebrtc learns the round trip from reports on what it sends itself.
    peers.callee.addTrack(back.track)
    events: list = []
    peers.callee.addEventListener("track", events.append)
    peers.caller.addTrack(source.track)
    (transceiver,) = peers.caller.getTransceivers()
    if absolute:
        extensions = transceiver.getHeaderExtensionsToNegotiate()
        for extension in extensions:
            if extension.uri == ABSOLUTE:
                extension.direction = "sendrecv"
        transceiver.setHeaderExtensionsToNegotiate(extensions)
    await peers.connect()
    negotiated = {e.uri: str(e.direction) for e in transceiver.getNegotiatedHeaderExtensions()}
    assert (negotiated[ABSOLUTE] != "stopped") == absolute
    push = Numbered(source)
    gray = np.zeros((120, 160), np.uint8)
    errors: list[float] = []
    last = 0
    async with (
        pushing(push, 1 / 30),
        pushing(lambda: back.push(gray, "gray"), 1 / 10),
        asyncio.timeout(20),
    ):
        async for frame in events[0].track.frames():
            now = time.monotonic()
            level = push.level(frame)
            if level not in push.pushed:
                continue
            assert frame.codec == "video/VP8"
            assert push.pushed[level] <= frame.receive_time <= now
            assert last == 0 or 0 < (frame.rtp_timestamp - last) % 2**32 < 90000 * 5
            last = frame.rtp_timestamp
            if frame.capture_time is not None:
                errors.append(frame.capture_time - push.taken[level])
                assert frame.scale(16, 16).capture_time == frame.capture_time
                if len(errors) == 10:
                    break
    # The offset of the clocks is estimated from reports, whose way takes longer on a busy machine, and times
    # are kept in milliseconds. Half of what the picture was held back is the least that a mix-up would show.
    assert abs(np.median(errors)) < 0.025, errors


async def test_of_a_frame_that_was_not_received():
    source = VideoSource()
    reader = source.track.frames()
    source.push(np.zeros((16, 16), np.uint8), "gray")
    frame = await reader.recv()
    assert (frame.codec, frame.capture_time, frame.receive_time, frame.rtp_timestamp) == (None, None, None, 0)


@pytest.mark.parametrize("codec", ["VP9", "AV1", "H264"])
async def test_codecs(peers, codec):
    source = VideoSource()
    peers.caller.addTrack(source.track)
    (transceiver,) = peers.caller.getTransceivers()
    codecs = transceiver.sender.getCapabilities("video").codecs
    transceiver.setCodecPreferences([c for c in codecs if c.mimeType == f"video/{codec}"][:1])
    events: list = []
    peers.callee.addEventListener("track", events.append)
    await peers.connect()
    gray = np.zeros((120, 160), np.uint8)
    async with pushing(lambda: source.push(gray, "gray"), 1 / 30), asyncio.timeout(20):
        frame = await events[0].track.recv()
    assert frame.codec == f"video/{codec}"
    assert frame.receive_time is not None

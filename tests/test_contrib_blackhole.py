"""MediaBlackhole: it reads, counts and leaves nothing behind."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from harness import pushing
from pywebrtc import AudioSource, VideoSource
from pywebrtc.contrib import MediaBlackhole
from pywebrtc.exceptions import InvalidStateError

PICTURE = np.zeros((48, 64, 3), np.uint8)


async def more(blackhole, than):
    async with asyncio.timeout(20):
        while blackhole.received <= than:  # noqa: ASYNC110 - a count, of which nobody tells
            await asyncio.sleep(0.005)


async def test_it_reads():
    video, audio = VideoSource(), AudioSource()
    async with pushing(lambda: video.push(PICTURE), 0.01), MediaBlackhole() as blackhole:
        blackhole.addTrack(video.track)
        blackhole.addTrack(video.track)
        await asyncio.sleep(0.05)
        assert blackhole.received == 0
        await blackhole.start()
        await blackhole.start()
        await more(blackhole, 3)
        assert "1 tracks" in repr(blackhole)
        blackhole.removeTrack(video.track)
        blackhole.removeTrack(video.track)
        before = blackhole.received
        await asyncio.sleep(0.05)
        assert blackhole.received == before
        # One that comes later.
        blackhole.addTrack(audio.track)
        audio.push(np.zeros(4800, np.int16))
        await more(blackhole, before + 5)
        await blackhole.stop()
        await blackhole.stop()
        assert "0 tracks" in repr(blackhole)
        # And again.
        blackhole.addTrack(video.track)
        await blackhole.start()
        await more(blackhole, before + 9)


async def test_tracks_end():
    first, second = VideoSource(), VideoSource()
    async with MediaBlackhole() as blackhole:
        blackhole.addTrack(first.track)
        blackhole.addTrack(second.track)
        first.track.stop()
        await blackhole.start()
        assert "1 tracks" in repr(blackhole)
        second.track.stop()
        async with asyncio.timeout(20):
            while "0 tracks" not in repr(blackhole):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        with pytest.raises(InvalidStateError, match="has ended"):
            blackhole.addTrack(second.track)
    with pytest.raises(TypeError, match="addTrack"):
        blackhole.addTrack("camera")

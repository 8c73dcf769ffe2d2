"""Video between Python and Chromium: the pixels that are seen at either end are those that were sent."""

from __future__ import annotations

import asyncio

import pytest
from harness import pushing
from interop.call import OFFERERS, Call
from interop.signals import picture, regions, seen, seen_by_page
from pywebrtc import VideoSource


@pytest.mark.parametrize("offerer", OFFERERS)
@pytest.mark.parametrize("codec", ["VP8", "VP9", "AV1", "H264"])
async def test_both_ways(tab, codec, offerer):
    source = VideoSource()
    async with Call(tab) as call:
        call.send(source.track, codec if offerer == "python" else None)
        await tab.evaluate(
            "([regions, codec]) => { send(painting(320, 240, regions), codec) }",
            [regions(), codec if offerer == "browser" else None],
        )
        await call.negotiate(offerer)
        track = await call.track()
        async with pushing(lambda: source.push(picture()), 1 / 30):
            await asyncio.gather(seen(track, picture()), seen_by_page(tab, "tracks[0]", picture()))
            assert await call.codecs() == [codec] * 4

"""Audio between Python and Chromium: the tone that is heard at either end is the one that was sent."""

from __future__ import annotations

import asyncio

import pytest
from harness import pushing
from interop.call import OFFERERS, Call
from interop.signals import Tone, heard, heard_by_page
from pywebrtc import AudioSource


@pytest.mark.parametrize("offerer", OFFERERS)
@pytest.mark.parametrize("codec", ["opus", "G722", "PCMU", "PCMA"])
async def test_both_ways(tab, codec, offerer):
    source = AudioSource()
    async with Call(tab) as call:
        call.send(source.track, codec if offerer == "python" else None)
        await tab.evaluate("codec => { send(tone(1000), codec) }", codec if offerer == "browser" else None)
        await call.negotiate(offerer)
        track = await call.track()
        async with pushing(Tone(source, 600), 0.02):
            await asyncio.gather(heard(track, 1000), heard_by_page(tab, "tracks[0]", 600))
            assert await call.codecs() == [codec] * 4

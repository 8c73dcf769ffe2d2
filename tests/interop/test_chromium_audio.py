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


async def test_stereo(tab):
    """Left and right stay left and right, both ways: each end says that it wants stereo (RFC 7587)."""
    source = AudioSource(channels=2)
    async with Call(tab, trickle=False) as call:
        call.send(source.track, "opus")
        offer = stereo((await call.pc.createOffer()).sdp)
        await call.pc.setLocalDescription({"type": "offer", "sdp": offer})
        await call.all_told()
        await tab.evaluate("() => { sent = tone(700, 1100) }")
        await tab.evaluate("told => pc.setRemoteDescription(told)", call.pc.localDescription.toJSON())
        await tab.evaluate("() => { send(sent) }")
        answer = await tab.evaluate("described((sdp) => sdp.replace(/useinbandfec=1/, '$&;stereo=1'))")
        await call.pc.setRemoteDescription({"type": "answer", "sdp": answer})
        track = await call.track()
        async with pushing(Tone(source, 500, 1300), 0.02):
            await asyncio.gather(
                heard(track, 700, channel=0),
                heard(track, 1100, channel=1),
                heard_by_page(tab, "tracks[0]", 500, channel=0),
                heard_by_page(tab, "tracks[0]", 1300, channel=1),
            )


def stereo(sdp: str) -> str:
    """It says that it wants two channels of Opus."""
    changed = sdp.replace("useinbandfec=1", "useinbandfec=1;stereo=1")
    assert changed != sdp
    return changed

"""Simulcast between Python and Chromium, three layers each way: each arrives, with the pixels that were sent.

There is no server between them: descriptions are made to fit as tests/sfu.py does.
"""

from __future__ import annotations

import asyncio

import pytest
import sfu
from harness import pushing
from interop.browser import Tab
from interop.call import Call
from interop.signals import picture, regions, seen, seen_by_page
from pywebrtc import ConnectionOptions, RTCRtpSender, VideoSource

# Large enough for three layers.
WIDTH, HEIGHT = 960, 544
SCALES = {"q": 4, "h": 2, "f": 1}
SIZES = [(WIDTH // scale, HEIGHT // scale) for scale in SCALES.values()]
# VP9 and AV1 are coded as one stream where an encoding has no scalability mode.
MODES = {"VP8": {}, "H264": {}, "VP9": {"scalabilityMode": "L1T1"}, "AV1": {"scalabilityMode": "L1T1"}}


class InPage:
    """The page's end of a call, for tests/sfu.py."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    async def describe(self) -> str:
        return await self.tab.evaluate("described()")

    async def hear(self, type: str, sdp: str) -> None:
        # By its own word Chromium begins with 300 kbit/s, which are enough for one layer.
        sdp = sdp.replace("a=rtcp-fb:", "b=AS:6000\r\na=rtcp-fb:", 0)
        await self.tab.evaluate(
            "description => pc.setRemoteDescription(description)", {"type": type, "sdp": sdp}
        )


def encodings(codec: str) -> list[dict[str, object]]:
    return [{"rid": rid, "scaleResolutionDownBy": scale, **MODES[codec]} for rid, scale in SCALES.items()]


@pytest.mark.parametrize("codec", MODES)
async def test_to_chromium(tab, codec):
    source = VideoSource()
    async with Call(tab, options=ConnectionOptions(start_bitrate=4_000_000), trickle=False) as call:
        init = {"direction": "sendonly", "sendEncodings": encodings(codec)}
        transceiver = call.pc.addTransceiver(source.track, init)
        known = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([each for each in known if each.mimeType == f"video/{codec}"][:1])
        assert await sfu.negotiate(sfu.Ours(call.pc), InPage(tab)) == list(SCALES)
        async with pushing(lambda: source.push(picture(WIDTH, HEIGHT)), 1 / 15):
            await tab.evaluate("until(() => tracks.length === 3)")
            await asyncio.gather(
                *(seen_by_page(tab, f"tracks[{number}]", picture(*size)) for number, size in enumerate(SIZES))
            )
            assert set(await call.codecs()) == {codec}


@pytest.mark.parametrize("codec", MODES)
async def test_from_chromium(tab, codec):
    async with Call(tab, trickle=False) as call:
        await tab.evaluate(
            """([width, height, regions, sendEncodings, codec]) => {
              const init = { direction: "sendonly", sendEncodings };
              const transceiver = pc.addTransceiver(painting(width, height, regions, 15), init);
              const { codecs } = RTCRtpSender.getCapabilities("video");
              const wanted = codecs.filter(({ mimeType }) => mimeType === `video/${codec}`);
              transceiver.setCodecPreferences(wanted.slice(0, 1));
            }""",
            [WIDTH, HEIGHT, regions(WIDTH, HEIGHT), encodings(codec), codec],
        )
        assert await sfu.negotiate(InPage(tab), sfu.Ours(call.pc)) == list(SCALES)
        tracks = [await call.track() for _ in SIZES]
        await asyncio.gather(
            *(seen(track, picture(*size)) for track, size in zip(tracks, SIZES, strict=True))
        )
        assert set(await call.codecs()) == {codec}

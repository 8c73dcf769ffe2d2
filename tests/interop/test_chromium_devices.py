"""The browser's camera and microphone, which are Chromium's fake ones here, and what it hides without."""

from __future__ import annotations

import asyncio

import numpy as np
from interop.call import Call
from interop.signals import loudest

GET_USER_MEDIA = """async (constraints) => {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    for (const track of stream.getTracks()) pc.addTrack(track, stream);
}"""


async def test_camera(tab):
    """Green, with a pac-man that turns and a clock that runs, as large and as often as was asked for."""
    async with Call(tab) as call:
        await tab.evaluate(GET_USER_MEDIA, {"video": {"width": 320, "height": 240, "frameRate": 20}})
        await call.invite()
        reader = (await call.track()).frames()
        pictures: list[np.ndarray] = []
        times: list[int] = []
        async with asyncio.timeout(20):
            while len(pictures) < 20:
                frame = await reader.recv()
                if (frame.width, frame.height) == (320, 240):
                    pictures.append(frame.to_ndarray("rgb24"))
                    times.append(frame.rtp_timestamp)
        for picture in pictures:
            red, green, blue = np.median(picture, axis=(0, 1))
            assert 100 < green < 180
            assert max(red, blue) < 30
        changes = np.max([np.abs(picture.astype(int) - pictures[-1]) for picture in pictures], axis=(0, 3))
        # The pac-man is in the middle, the clock above it, and what surrounds them stays.
        assert changes[80:160, 120:200].max() > 60
        assert changes[34:60, 250:316].max() > 60
        assert changes[180:210, 30:290].max() < 30
        # 20 a second, in units of 1/90000 s.
        assert 0.5 < np.median(np.diff(times)) / (90000 / 20) < 2


async def test_microphone(tab):
    """It beeps at 400 Hz, twice a second, and is silent in between."""
    async with Call(tab) as call:
        plain = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
        await tab.evaluate(GET_USER_MEDIA, {"audio": plain})
        await call.invite()
        frames: list[np.ndarray] = []
        starts: list[int] = []
        async with asyncio.timeout(20):
            async for frame in await call.track():
                frames.append(frame.to_ndarray()[:, 0].astype(float))
                loud = [np.abs(each).max() > 1000 for each in frames]
                starts = [i for i in range(1, len(loud)) if loud[i] and not loud[i - 1]]
                if len(starts) == 4:
                    break
        assert 0.4 < np.median(np.diff(starts)) / 100 < 0.7
        beep = np.concatenate(frames[starts[1] : starts[1] + 3])
        assert abs(loudest(beep, 48000) - 400) < 40
        assert sum(loud) < len(loud) / 4


async def test_addresses_are_hidden(chromium):
    """A page without a camera has names that end in .local for its addresses.

    Nobody resolves them here, and nobody has to: the page reaches Python, which sees where from.
    """
    async with chromium.tab() as tab, Call(tab) as call:
        channel = call.pc.createDataChannel("test")
        await call.offer()
        await call.connected()
        await channel.opened()
        transport = call.pc.sctp.transport.iceTransport
        hosts = [each for each in transport.getRemoteCandidates() if each.type == "host"]
        assert hosts
        assert all(each.address.endswith(".local") for each in hosts)
        pair = transport.getSelectedCandidatePair()
        assert (pair.remote.type, pair.remote.address) == ("prflx", None)
        channel.send("hello")
        assert await tab.evaluate("received(channels[0], 1)") == ["hello"]

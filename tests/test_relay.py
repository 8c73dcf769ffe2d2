"""A received track that is sent on to other connections, without Python in between."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from harness import Peers, next_event, pushing, until
from pictures import ramps
from pywebrtc import AudioSource, VideoSource
from test_media import call, psnr

WIDTH, HEIGHT = 640, 360


async def second_hop(track, second: Peers):
    """Send the track to another peer: what arrives there, and the sender."""
    (event,) = await call(second, track)
    return event.track, second.caller.getSenders()[0]


async def sees(reader, wanted: np.ndarray, least: float) -> None:
    async with asyncio.timeout(30):
        while True:
            array = await reader.recv()
            if array.shape == wanted.shape and psnr(array, wanted) > least:
                return


async def test_video_over_two_hops(peers):
    rgb = ramps(WIDTH, HEIGHT)
    source = VideoSource()
    (event,) = await call(peers, source.track)
    async with Peers() as second, pushing(lambda: source.push(rgb), 1 / 30):
        far, sender = await second_hop(event.track, second)
        assert sender.track is event.track
        await sees(far.frames("rgb24", maxsize=1), rgb, 33)
        # Disabled here, it is black there, and only then.
        event.track.enabled = False
        await sees(far.frames("rgb24", maxsize=1), np.zeros_like(rgb), 33)
        event.track.enabled = True
        await sees(far.frames("rgb24", maxsize=1), rgb, 33)


async def test_a_hop_that_wants_less_takes_nothing_from_others(peers):
    rgb = ramps(WIDTH, HEIGHT)
    source = VideoSource()
    (event,) = await call(peers, source.track)
    async with Peers() as small, Peers() as large, pushing(lambda: source.push(rgb), 1 / 30):
        slow, sender = await second_hop(event.track, small)
        full, _ = await second_hop(event.track, large)
        parameters = sender.getParameters()
        parameters.encodings[0].scaleResolutionDownTo = {"maxWidth": 160, "maxHeight": 90}
        parameters.encodings[0].maxFramerate = 5
        await sender.setParameters(parameters)
        here = event.track.frames(maxsize=1)
        async with asyncio.timeout(30):
            while (await slow.recv()).width != 160:
                pass
        # The other hop and the reader here go on as before.
        await sees(full.frames("rgb24", maxsize=1), rgb, 33)
        frame = await here.recv()
        assert (frame.width, frame.height) == (WIDTH, HEIGHT)
        assert source.wants.max_pixels is None or source.wants.max_pixels >= WIDTH * HEIGHT


async def test_audio_over_two_hops(peers):
    source = AudioSource()
    position = 0

    def push() -> None:
        nonlocal position
        t = np.arange(position, position + 960) / 48000
        position += 960
        source.push((12000 * np.sin(2 * np.pi * 1000 * t)).astype(np.int16))

    (event,) = await call(peers, source.track)
    heard: list[np.ndarray] = []
    async with Peers() as second, pushing(push, 0.02), asyncio.timeout(30):
        far, _ = await second_hop(event.track, second)
        async for samples in far.frames(dtype="float32", channels=1):
            if heard or np.abs(samples).max() > 0.1:
                heard.append(samples[:, 0])
            if len(heard) == 80:
                break
    sound = np.concatenate(heard)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    frequencies = np.arange(len(spectrum)) * 48000 / len(sound)
    assert abs(frequencies[np.argmax(spectrum)] - 1000) < 5
    near = np.abs(frequencies - 1000) < 20
    assert np.square(spectrum[near]).sum() > 0.9 * np.square(spectrum).sum()


@pytest.mark.parametrize("first_closes", [True, False])
async def test_orders_of_closing(first_closes):
    rgb = ramps(160, 120)
    source = VideoSource()
    first, second = Peers(), Peers()
    try:
        (event,) = await call(first, source.track)
        async with pushing(lambda: source.push(rgb), 1 / 30):
            far, sender = await second_hop(event.track, second)
            await sees(far.frames("rgb24", maxsize=1), rgb, 30)
            if first_closes:
                await first.close()
                await until(event.track, "ended", lambda: event.track.readyState == "ended")
                await sender.replaceTrack(None)
                await second.close()
            else:
                await second.close()
                await sees(event.track.frames("rgb24", maxsize=1), rgb, 30)
    finally:
        await first.close()
        await second.close()


async def test_clones_and_replaced_tracks(peers):
    rgb, other = ramps(160, 120), ramps(160, 120)[::-1].copy()
    source, local = VideoSource(), VideoSource()
    (event,) = await call(peers, source.track)
    async with (
        Peers() as second,
        pushing(lambda: source.push(rgb), 1 / 30),
        pushing(lambda: local.push(other), 1 / 30),
    ):
        far, sender = await second_hop(local.track, second)
        reader = far.frames("rgb24", maxsize=1)
        await sees(reader, other, 30)
        clone = event.track.clone()
        await sender.replaceTrack(clone)
        await sees(reader, rgb, 30)
        await sender.replaceTrack(local.track)
        await sees(reader, other, 30)
        await sender.replaceTrack(event.track)
        await sees(reader, rgb, 30)
        clone.stop()
        event.track.stop()
        # What is stopped here is black there.
        await sees(reader, np.zeros_like(rgb), 30)


async def test_a_track_that_is_sent_back(peers):
    rgb = ramps(160, 120)
    source = VideoSource()
    (event,) = await call(peers, source.track)
    peers.callee.addTrack(event.track)
    answered = asyncio.ensure_future(next_event(peers.caller, "track"))
    back = Peers(peers.callee, peers.caller)
    await back.negotiate()
    echo = (await answered).track
    async with pushing(lambda: source.push(rgb), 1 / 30):
        await sees(echo.frames("rgb24", maxsize=1), rgb, 30)

"""Readers of tracks that give arrays, each with a queue, a format and a size of its own."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from harness import pushing
from pictures import FORMATS, ramps
from pywebrtc import AudioSource, VideoFrame, VideoSource
from pywebrtc.exceptions import InvalidStateError, RangeError
from sound import tone
from test_media import call, psnr


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [None, (32, 24), (80, 100)])
async def test_arrays_are_what_to_ndarray_gives(format, size):
    source = VideoSource()
    frames, arrays = source.track.frames(), source.track.frames(format, size=size)
    source.push(ramps(64, 48))
    frame, array = await frames.recv(), await arrays.recv()
    width, height = size or (64, 48)
    assert np.array_equal(array, frame.to_ndarray(format, width=width, height=height))
    assert array.flags.writeable
    array[...] = 0
    assert frame.to_ndarray("gray").any(), "the array is the reader's own"


async def test_several_readers_of_one_call(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    small = event.track.frames("bgr24", size=(160, 120), maxsize=1)
    gray = event.track.frames("gray", size=(320, 240), maxsize=2)
    late = event.track.frames("rgb24", maxsize=1)
    rgb = ramps(320, 240)
    best_small = best_gray = 0.0
    async with pushing(lambda: source.push(rgb), 1 / 30), asyncio.timeout(20):
        while best_small <= 30 or best_gray <= 30 or late.dropped == 0:
            array = await small.recv()
            assert array.shape == (120, 160, 3)
            best_small = max(best_small, psnr(array, ramps(160, 120)[..., ::-1]))
            array = await gray.recv()
            assert array.shape == (240, 320)
            luma = rgb.astype(float) @ (0.299, 0.587, 0.114)
            best_gray = max(best_gray, psnr(array, luma))
    assert (await late.recv()).shape == (240, 320, 3)


async def test_a_picture_that_is_turned():
    source = VideoSource()
    reader = source.track.frames("rgb24")
    sized = source.track.frames("rgb24", size=(24, 32))
    rgb = ramps(64, 48)
    source.push(VideoFrame.from_ndarray(rgb, rotation=90))
    array = await reader.recv()
    assert array.shape == (64, 48, 3)
    assert psnr(array, np.rot90(rgb, -1)) > 40
    assert (await sized.recv()).shape == (32, 24, 3)


async def test_an_odd_picture_has_no_array_of_halved_chroma():
    source = VideoSource()
    reader = source.track.frames("nv12")
    source.push(ramps(63, 48))
    source.push(ramps(64, 48), timestamp=None)
    with pytest.raises(RangeError, match="63x48"):
        await reader.recv()
    assert (await reader.recv()).shape == (72, 64)


@pytest.mark.parametrize(("drop", "left"), [("oldest", [7, 8, 9]), ("newest", [0, 1, 2])])
async def test_a_queue_that_is_full(drop, left):
    source = VideoSource()
    reader = source.track.frames("gray", maxsize=3, drop=drop)
    for i in range(10):
        source.push(np.full((16, 16), i * 20, np.uint8), "gray")
    assert reader.dropped == 7
    assert [round(int((await reader.recv())[0, 0]) / 20) for _ in range(3)] == left
    assert reader.dropped == 7


async def test_cancelling_loses_no_array():
    source = VideoSource()
    reader = source.track.frames("gray")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.recv(), 0.001)
    waiting = [asyncio.ensure_future(reader.recv()) for _ in range(3)]
    await asyncio.sleep(0)
    for i in range(4):
        source.push(np.full((16, 16), i * 20, np.uint8), "gray")
    waiting[0].cancel()
    got = [*await asyncio.gather(*waiting[1:]), await reader.recv(), await reader.recv()]
    assert [round(int(array[0, 0]) / 20) for array in got] == [0, 1, 2, 3]


async def test_arrays_that_wait_are_read_after_the_end():
    source = VideoSource()
    reader = source.track.frames("bgr24")
    for _ in range(3):
        source.push(ramps())
    source.track.stop()
    assert len([array async for array in reader]) == 3
    with pytest.raises(InvalidStateError):
        await reader.recv()


async def test_the_end_while_somebody_waits():
    source = VideoSource()
    waiting = asyncio.ensure_future(source.track.frames("bgr24").recv())
    await asyncio.sleep(0)
    source.track.stop()
    with pytest.raises(InvalidStateError):
        await waiting


async def test_a_reader_that_is_forgotten_while_it_converts():
    source = VideoSource()
    for _ in range(5):
        reader = source.track.frames("bgr24", size=(1920, 1080))
        waiting = asyncio.ensure_future(reader.recv())
        await asyncio.sleep(0)
        source.push(ramps(640, 480))
        waiting.cancel()
        del reader, waiting


async def test_arrays_of_audio():
    source = AudioSource(sample_rate=48000, channels=2)
    track = source.track
    packed = track.frames(dtype="float32")
    planar = track.frames(dtype=np.int16, layout="planar", sample_rate=16000, channels=1)
    frames = track.frames()
    samples = np.repeat(tone(0.1)[:, np.newaxis], 2, axis=1)
    source.push(samples)
    got = np.concatenate([await packed.recv() for _ in range(10)])
    assert got.dtype == np.float32
    assert got.shape == (4800, 2)
    assert np.abs(got - samples).max() < 1e-4
    array = await planar.recv()
    assert array.dtype == np.int16
    assert array.shape[0] == 1
    assert array.flags.c_contiguous
    assert (await frames.recv()).channels == 2


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        ("video", {"format": "rgb"}, ValueError, "pixel format 'rgb'"),
        ("video", {"size": (4, 4)}, TypeError, "needs a format"),
        ("video", {"format": "bgr24", "size": (0, 4)}, ValueError, "width is 0"),
        ("video", {"format": "bgr24", "size": (4, 16385)}, ValueError, "height is 16385"),
        ("video", {"format": "bgr24", "size": (4,)}, ValueError, "a width and a height"),
        ("video", {"format": "bgr24", "size": 4}, TypeError, "iterable"),
        ("video", {"format": "bgr24", "size": ("a", 4)}, TypeError, "size"),
        ("video", {"format": "i420", "size": (5, 4)}, ValueError, "width is 5"),
        ("video", {"dtype": "int16"}, TypeError, "dtype cannot be asked for of video"),
        ("video", {"sample_rate": 8000, "channels": 1}, TypeError, "sample_rate, channels cannot"),
        ("audio", {"format": "bgr24"}, TypeError, "format cannot be asked for of audio"),
        ("audio", {"layout": "planar"}, TypeError, "needs a dtype"),
        ("audio", {"dtype": "float64"}, TypeError, "int16 or float32"),
        ("audio", {"dtype": "int16", "layout": "pink"}, ValueError, "'packed' or 'planar'"),
        ("audio", {"maxsize": 0}, ValueError, "maxsize"),
        ("audio", {"drop": "all"}, ValueError, "drop"),
    ],
)
async def test_what_is_refused(kind, arguments, error, message):
    source = VideoSource() if kind == "video" else AudioSource()
    with pytest.raises(error, match=message):
        source.track.frames(**arguments)

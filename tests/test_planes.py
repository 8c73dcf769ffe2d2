"""Frames and arrays that share memory: planes out, arrays in, and when whose memory is let go of."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest
from pictures import DEEP, FORMATS, RGB, YUV, array, planes, ramps
from pywebrtc import VideoFrame, VideoSource, _leases


def address(view: object) -> int:
    return np.asarray(view).__array_interface__["data"][0]


def lendable(format: str) -> np.ndarray:
    """An array that says when it is gone."""
    return array(ramps(), format).view()


async def gone(reference: weakref.ref) -> None:
    """Wait until the loop has let go of it."""
    done = asyncio.Event()
    last = reference()
    if last is None:
        return
    weakref.finalize(last, done.set)
    del last
    async with asyncio.timeout(10):
        await done.wait()


@pytest.mark.parametrize("format", YUV)
def test_planes(format):
    frame = VideoFrame.from_ndarray(array(ramps(), format), format)
    for plane, expected in zip(frame.planes, planes(ramps(), format), strict=True):
        view = np.asarray(plane)
        assert view.dtype == (np.uint16 if format in DEEP else np.uint8)
        assert np.array_equal(view, expected)
        assert (plane.height, plane.width) == expected.shape[:2]
        assert plane.stride == view.strides[0] >= expected[0].nbytes
        assert not view.flags.writeable
        with memoryview(plane) as memory:
            assert memory.readonly
            assert memory.shape == expected.shape
            assert memory.nbytes == expected.nbytes
        assert address(plane) == address(plane)
        assert repr(plane) == f"<VideoPlane {plane.width}x{plane.height} stride {plane.stride}>"
    # Two looks at one frame see the same memory, and keep it.
    views = [np.asarray(plane) for plane in frame.planes]
    assert [address(v) for v in views] == [address(p) for p in frame.planes]
    del frame, plane, view
    gc.collect()
    assert all(map(np.array_equal, views, planes(ramps(), format)))


@pytest.mark.parametrize("format", YUV)
async def test_an_array_that_is_lent(format):
    pixels = lendable(format)
    frame = VideoFrame.from_ndarray(pixels, format, copy=False)
    assert address(frame.planes[0]) == address(pixels)
    assert np.array_equal(frame.to_ndarray(format), pixels)
    # The frame sees what becomes of the array.
    pixels[..., :2] = 99
    assert np.array_equal(frame.to_ndarray(format), pixels)
    reference = weakref.ref(pixels)
    view = np.asarray(frame.planes[0])
    del pixels, frame
    gc.collect()
    assert reference() is not None
    del view
    await gone(reference)


async def test_planes_that_are_lent():
    given = [plane.view() for plane in planes(ramps(33, 17), "i420")]
    frame = VideoFrame.from_planes(given, "i420", copy=False)
    assert [address(plane) for plane in frame.planes] == [address(plane) for plane in given]
    references = [weakref.ref(plane) for plane in given]
    del given, frame
    for reference in references:
        await gone(reference)


def test_what_cannot_be_lent():
    odd = {
        **{format: array(ramps(), format) for format in (*RGB, "gray")},
        "i420": np.asfortranarray(array(ramps(), "i420")),
        "i444": array(ramps(), "i444")[:, ::-1],
        "nv12": array(ramps(), "nv12")[:, ::-1],
    }
    for format, pixels in odd.items():
        with pytest.raises(ValueError, match="has to be copied"):
            VideoFrame.from_ndarray(pixels, format, copy=False)
        # None copies where it must.
        frame = VideoFrame.from_ndarray(pixels, format, copy=None)
        before = frame.to_ndarray(format)
        pixels[:] = 0
        assert np.array_equal(frame.to_ndarray(format), before)
    _leases.take_back()
    assert _leases._lent == {}


async def test_lent_where_it_can_be():
    pixels = lendable("i422")
    frame = VideoFrame.from_ndarray(pixels, "i422", copy=None)
    assert address(frame.planes[0]) == address(pixels)
    rows_apart = np.zeros((3, 60, 80), np.uint8)[:, 10:50, 10:60]
    frame = VideoFrame.from_ndarray(rows_apart, "i444", copy=None)
    assert [p.stride for p in frame.planes] == [80, 80, 80]
    assert address(frame.planes[2]) == address(rows_apart[2])


async def test_it_is_let_go_of_by_the_loop_whoever_drops_the_frame():
    loop_thread = threading.get_ident()
    threads = []
    pixels = lendable("i420")
    weakref.finalize(pixels, lambda: threads.append(threading.get_ident()))
    reference = weakref.ref(pixels)
    frames = [VideoFrame.from_ndarray(pixels, "i420", copy=False)]
    del pixels
    thread = threading.Thread(target=frames.clear)
    thread.start()
    thread.join()
    await gone(reference)
    assert threads == [loop_thread]


async def test_what_a_track_has_of_it():
    source = VideoSource()
    reader = source.track.frames()
    pixels = lendable("i420")
    reference = weakref.ref(pixels)
    assert source.push(VideoFrame.from_ndarray(pixels, "i420", copy=False))
    start = address(pixels)
    del pixels
    frame = await reader.recv()
    assert address(frame.planes[0]) == start
    await asyncio.sleep(0.01)
    assert reference() is not None
    del frame
    await gone(reference)


def test_without_a_loop_the_next_one_takes_it_back():
    pixels = lendable("i420")
    reference = weakref.ref(pixels)
    frame = VideoFrame.from_ndarray(pixels, "i420", copy=False)
    del pixels
    assert reference() is not None
    del frame
    VideoFrame.from_ndarray(array(ramps(), "i420"), "i420", copy=False)
    assert reference() is None


def test_a_loop_that_is_gone():
    async def lend(pixels: np.ndarray) -> VideoFrame:
        return VideoFrame.from_ndarray(pixels, "i420", copy=False)

    pixels = lendable("i420")
    reference = weakref.ref(pixels)
    frame = asyncio.run(lend(pixels))
    del pixels
    gc.collect()
    assert reference() is not None
    assert frame.to_ndarray().any()
    del frame
    _leases.take_back()
    assert reference() is None


@pytest.mark.parametrize("format", YUV)
def test_dlpack_out(format):
    frame = VideoFrame.from_ndarray(array(ramps(), format), format)
    for plane, expected in zip(frame.planes, planes(ramps(), format), strict=True):
        assert plane.__dlpack_device__() == (1, 0)
        view = np.from_dlpack(plane)
        assert address(view) == address(plane)
        assert np.array_equal(view, expected)
        assert not view.flags.writeable
        assert view.strides == np.asarray(plane).strides
    del frame, plane
    gc.collect()
    assert np.array_equal(view, expected)


def test_dlpack_as_it_is_asked_for():
    plane = VideoFrame.from_ndarray(ramps()).planes[0]
    for version, name in ((None, "dltensor"), ((0, 8), "dltensor"), ((1, 1), "dltensor_versioned")):
        assert f'"{name}"' in repr(plane.__dlpack__(max_version=version))  # and nobody takes it
    assert plane.__dlpack__(stream=None, dl_device=(1, 0), copy=False)
    copy = np.from_dlpack(_Dlpack(plane.__dlpack__(copy=True)))
    assert address(copy) != address(plane)
    assert np.array_equal(copy, plane)
    for wrong in ({"stream": 1}, {"dl_device": (2, 0)}):
        with pytest.raises(BufferError, match="CPU"):
            plane.__dlpack__(**wrong)


class _Dlpack:
    """What has DLPack, and nothing else."""

    def __init__(self, given: object, device: tuple[int, int] = (1, 0)) -> None:
        self._given = given
        self._device = device

    def __dlpack__(self, **arguments: object) -> object:
        if isinstance(self._given, np.ndarray):
            return self._given.__dlpack__(**arguments)
        return self._given

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._device


@pytest.mark.parametrize("format", FORMATS)
def test_dlpack_in(format):
    pixels = array(ramps(), format)
    frame = VideoFrame.from_ndarray(_Dlpack(pixels), format)
    assert np.array_equal(frame.to_ndarray(), VideoFrame.from_ndarray(pixels, format).to_ndarray())
    VideoSource().push(_Dlpack(pixels), format)


async def test_dlpack_in_without_a_copy():
    pixels = lendable("i422")
    reference = weakref.ref(pixels)
    frame = VideoFrame.from_ndarray(_Dlpack(pixels), "i422", copy=False)
    assert address(frame.planes[0]) == address(pixels)
    del pixels
    gc.collect()
    assert reference() is not None
    del frame
    await gone(reference)


def test_dlpack_that_is_refused():
    class Broken:
        def __dlpack__(self, **_: object) -> object:
            raise BufferError("on the moon")

        def __dlpack_device__(self) -> tuple[int, int]:
            return (1, 0)

    for wrong in (Broken(), _Dlpack(ramps(), (2, 0))):
        with pytest.raises(TypeError, match="DLPack"):
            VideoFrame.from_ndarray(wrong)
    with pytest.raises(TypeError, match="float32"):
        VideoFrame.from_ndarray(_Dlpack(ramps().astype(np.float32)))


def test_frames_share_memory_where_they_can():
    frame = VideoFrame.from_ndarray(ramps())
    start = address(frame.planes[0])
    assert address(frame.replace(rotation=90).planes[0]) == start
    part = frame.crop(2, 4, 20, 10)
    assert address(part.planes[0]) == start + 4 * frame.planes[0].stride + 2
    assert [p.stride for p in part.planes] == [p.stride for p in frame.planes]
    pixels = np.asarray(part.planes[0])
    del frame, part
    gc.collect()
    assert pixels.shape == (10, 20)
    assert pixels.any()


async def test_a_part_keeps_an_array_that_is_lent():
    pixels = lendable("nv12")
    reference = weakref.ref(pixels)
    part = VideoFrame.from_ndarray(pixels, "nv12", copy=False).crop(10, 10, 20, 20)
    assert address(part.planes[1]) == address(pixels) + 48 * 64 + 5 * 64 + 10
    del pixels
    await asyncio.sleep(0.01)
    assert reference() is not None
    del part
    await gone(reference)


EXIT = """
import os, sys, weakref
import numpy as np
from pywebrtc import VideoFrame

class Late:
    def __init__(self, frame):
        self.frame, self.plane, self.asarray, self.write = frame, frame.planes[0], np.asarray, os.write

    def __del__(self):  # there is no print any more
        self.write(1, b"%d of %d, " % (self.asarray(self.plane)[0, 0], self.frame.width))

references = []

def lend(write=os.write):
    pixels = np.full((1080 * 3 // 2, 1920), 7, np.uint8)
    references.append(weakref.ref(pixels, lambda _: write(1, b"let go of, ")))
    return VideoFrame.from_ndarray(pixels, "i420", copy=False)

sys.last, sys.references = Late(lend()), references  # the modules go before
cycle = Late(lend())
cycle.itself = cycle
returned = lend()
del cycle, returned
"""


def test_at_exit():
    """What a frame still uses stays until the process ends; what it does not is let go of."""
    run = subprocess.run([sys.executable, "-c", EXIT], capture_output=True, text=True, check=True)
    assert run.stderr == ""
    assert run.stdout == "let go of, 7 of 1920, 7 of 1920, "

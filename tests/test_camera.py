"""Cameras: libwebrtc's V4L2 module, over a kernel that is played by tests/data/fake_v4l2.c.

No machine of the tests' has a camera, and none of the kernel modules that play one (vivid, v4l2loopback) can
be loaded in a container. So a shared object in front of libc answers for /dev/video9; all above it is real.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SOURCE = Path(__file__).parent / "data" / "fake_v4l2.c"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="V4L2 is Linux's")


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    path = tmp_path_factory.mktemp("v4l2") / "fake_v4l2.so"
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", path, SOURCE, "-ldl"], check=True)
    return path


def run(shim, code: str, formats: str, **environment: str):
    """What a program with that camera prints, as JSON."""
    indented = "\n".join(f"    {line}" for line in code.strip().splitlines())
    program = f"""
import asyncio, json, numpy as np
from pywebrtc import *
from pywebrtc.exceptions import *

async def get(constraints=True):
    (track,) = (await mediaDevices.getUserMedia({{"video": constraints}})).getTracks()
    return track

async def main():
{indented}

print(json.dumps(asyncio.run(main())))
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        env={
            **os.environ,
            "LD_PRELOAD": str(shim),
            "FAKE_FORMATS": formats,
            "PULSE_SERVER": "unix:/nonexistent",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def turbojpeg() -> ctypes.CDLL:
    return ctypes.CDLL("libturbojpeg.so.0")


def jpeg(picture: np.ndarray, subsampling: int) -> bytes:
    library = turbojpeg()
    library.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.tjInitCompress())
    data, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    pixels = np.ascontiguousarray(picture).ctypes.data_as(ctypes.c_void_p)
    height, width = picture.shape[:2]
    assert (
        library.tjCompress2(
            handle, pixels, width, 0, height, 0, ctypes.byref(data), ctypes.byref(size), subsampling, 95, 0
        )
        == 0
    )
    compressed = bytes(data[: size.value])
    library.tjFree(data)
    library.tjDestroy(handle)
    return compressed


@pytest.mark.parametrize("format", ["YUYV", "NV12"])
def test_pictures(shim, format):
    code = """
infos = await mediaDevices.enumerateDevices()
capabilities = infos[0].getCapabilities()
track = await get()
settings = track.getSettings()
first = await track.recv()
array = first.to_ndarray("i420")
clone = track.clone()
await clone.applyConstraints({"width": 160, "height": 120})
small = await clone.recv()
track.stop()
again = await clone.recv()
clone.stop()
reopened = await get({"width": {"exact": 320}})
third = await reopened.recv()
reopened.stop()
y = array[:480]
return {
    "infos": [info.toJSON() for info in infos],
    "max": [capabilities.width.max, capabilities.height.max, capabilities.frameRate.max],
    "label": track.label,
    "settings": [settings.width, settings.height, settings.frameRate, settings.deviceId],
    "sizes": [[f.width, f.height] for f in (first, small, again, third)],
    "luma": [float(y[:, :8].mean()), float(y[:, -8:].mean())],
    "chroma": [float(array[480:600].mean()), float(array[600:].mean())],
}
"""
    found = run(shim, code, f"{format}:640x480 {format}:320x240 {format}:1280x720")
    (info,) = found["infos"]
    assert (info["deviceId"], info["kind"], info["label"]) == ("usb-fake-1", "videoinput", "Test camera")
    assert found["max"] == [1280, 720, 30]
    assert found["label"] == "Test camera"
    assert found["settings"] == [640, 480, 30, "usb-fake-1"]
    assert found["sizes"] == [[640, 480], [160, 120], [160, 120], [320, 240]]
    assert np.abs(np.array(found["luma"]) - [16 + 200 * 4 / 640, 16 + 200 * 636 / 640]).max() < 2
    assert np.abs(np.array(found["chroma"]) - [90, 170]).max() < 1


@pytest.mark.parametrize(("name", "subsampling"), [("444", 0), ("422", 1), ("420", 2), ("gray", 3)])
def test_jpeg(shim, tmp_path, name, subsampling):
    picture = np.full((720, 1280, 3), (200, 60, 30), np.uint8)
    picture[:, 640:] = (20, 220, 90)
    if name == "gray":
        picture[:] = picture.mean(axis=2, keepdims=True).astype(np.uint8)
    file = tmp_path / "picture.jpg"
    file.write_bytes(jpeg(picture, subsampling))
    code = """
track = await get({"width": {"exact": 1280}})
frame = await track.recv()
array = frame.to_ndarray("rgb24")
track.stop()
return [list(array.shape), array[360, 100].tolist(), array[360, 1180].tolist()]
"""
    shape, left, right = run(shim, code, "YUYV:640x480 MJPG:1280x720", FAKE_JPEG=str(file))
    assert shape == [720, 1280, 3]
    assert np.abs(np.array(left) - picture[360, 100]).max() < 6
    assert np.abs(np.array(right) - picture[360, 1180]).max() < 6


def test_another_format_while_it_is_open(shim):
    code = """
track = await get({"width": 320, "height": 240})
before = await track.recv()
larger = await get({"width": 1280, "height": 720})
async with asyncio.timeout(20):
    while (frame := await larger.recv()).width != 1280:
        pass
    small = await track.recv()
shared = track._source is larger._source
larger.stop()
track.stop()
return [shared, before.width, frame.height, small.width, small.height]
"""
    assert run(shim, code, "YUYV:320x240 YUYV:1280x720") == [True, 320, 720, 320, 240]


def test_what_is_cut_is_left_out(shim, tmp_path):
    code = """
track = await get()
widths = [(await track.recv()).width for _ in range(3)]
track.stop()
return widths
"""
    assert run(shim, code, "YUYV:640x480", FAKE_SHORT="1") == [640] * 3
    file = tmp_path / "picture.jpg"
    # Of another size than it should be, too: what was asked for is what the track has.
    file.write_bytes(jpeg(np.zeros((48, 63, 3), np.uint8), 2))
    assert run(shim, code, "MJPG:640x480", FAKE_SHORT="1", FAKE_JPEG=str(file)) == [640] * 3


def test_busy(shim):
    code = """
try:
    await get()
except NotReadableError as error:
    return str(error)
"""
    assert "usb-fake-1" in run(shim, code, "YUYV:640x480", FAKE_BUSY="1")


def test_unplugged(shim, tmp_path):
    code = """
import os, pathlib
track = await get()
await track.recv()
ended = asyncio.Event()
track.onended = lambda event: ended.set()
pathlib.Path(os.environ["FAKE_GONE"]).touch()
async with asyncio.timeout(20):
    await ended.wait()
try:
    await get()
except NotFoundError:
    return [track.readyState, await mediaDevices.enumerateDevices()]
"""
    assert run(shim, code, "YUYV:640x480", FAKE_GONE=str(tmp_path / "gone")) == ["ended", []]


def test_overconstrained(shim):
    code = """
try:
    await get({"width": {"min": 800}})
except OverconstrainedError as error:
    return error.constraint
"""
    assert run(shim, code, "YUYV:640x480") == "width"

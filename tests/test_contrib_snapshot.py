"""Pictures of tracks as files: what is in the file is what was to be seen."""

from __future__ import annotations

import asyncio
import io
import sys

import av
import numpy as np
import pytest
from pictures import psnr, ramps
from pywebrtc import AudioSource, VideoFrame, VideoSource
from pywebrtc.contrib import save_picture, snapshot
from pywebrtc.exceptions import InvalidStateError


def read(file):
    with av.open(file) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


@pytest.mark.parametrize(
    ("name", "quality"), [("a.png", 38), ("a.JPG", 36), ("a.jpeg", 36), ("a.webp", 33), ("a.bmp", 38)]
)
async def test_a_track(tmp_path, name, quality):
    source, rgb = VideoSource(), ramps(64, 48)
    waiting = asyncio.ensure_future(snapshot(source.track, tmp_path / name))
    await asyncio.sleep(0)
    source.push(rgb)
    frame = await waiting
    await asyncio.get_running_loop().shutdown_default_executor()
    assert (frame.width, frame.height) == (64, 48)
    assert psnr(read(str(tmp_path / name)), rgb) > quality


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_it_is_upright_and_odd_sizes_stay(tmp_path, rotation):
    rgb = ramps(63, 47)
    save_picture(VideoFrame.from_ndarray(rgb, rotation=rotation), str(tmp_path / "a.jpg"))
    assert psnr(read(str(tmp_path / "a.jpg")), np.rot90(rgb, -rotation // 90)) > 35


def test_another_size_into_an_object():
    file = io.BytesIO()
    turned = VideoFrame.from_ndarray(np.rot90(ramps(64, 48)), rotation=90)
    save_picture(turned, file, format="png", size=(128, 96))
    assert psnr(read(io.BytesIO(file.getvalue())), ramps(128, 96)) > 30


async def test_what_cannot_be_saved(tmp_path, monkeypatch):
    source, frame = VideoSource(), VideoFrame.from_ndarray(ramps())
    for file, options in (("a", {}), ("a.gif", {}), (io.BytesIO(), {}), ("a.png", {"format": "tiff"})):
        with pytest.raises(ValueError, match="png, jpg, jpeg, webp, bmp"):
            await snapshot(source.track, file, **options)
    with pytest.raises(ValueError, match="not positive"):
        save_picture(frame, tmp_path / "a.png", size=(0, 5))
    with pytest.raises(FileNotFoundError):
        save_picture(frame, tmp_path / "nowhere" / "a.png")
    with pytest.raises(TypeError, match="has no pictures"):
        await snapshot(AudioSource().track, "a.png")
    for wrong in (None, ramps()):
        with pytest.raises(TypeError):
            save_picture(wrong, "a.png")
        with pytest.raises(TypeError):
            await snapshot(wrong, "a.png")
    waiting = asyncio.ensure_future(snapshot(source.track, tmp_path / "a.png"))
    await asyncio.sleep(0)
    source.track.stop()
    with pytest.raises(InvalidStateError):
        await waiting
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r"pywebrtc\[contrib\]"):
        save_picture(frame, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())

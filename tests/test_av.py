"""Frames of PyAV, taken and given."""

from __future__ import annotations

import gc
import sys
import weakref
from fractions import Fraction

import av
import numpy as np
import pytest
from pictures import FORMATS, YUV, array, planes, psnr, ramps
from pywebrtc import AudioFrame, PixelFormat, VideoColorSpace, VideoFrame, _av, _leases

NAMES = {
    "i420": "yuv420p",
    "i420a": "yuva420p",
    "i422": "yuv422p",
    "i444": "yuv444p",
    "i010": "yuv420p10le",
    "i210": "yuv422p10le",
    "i410": "yuv444p10le",
}


def address(view: object) -> int:
    return np.asarray(view).__array_interface__["data"][0]


@pytest.mark.parametrize("format", FORMATS)
def test_there_and_back(format):
    """Every format has its name, and PyAV sees the same picture."""
    for width, height in ((64, 48), (33, 17)):
        frame = VideoFrame.from_ndarray(ramps(width, height), timestamp=1.5)
        theirs = frame.to_av(format)
        assert (theirs.width, theirs.height, theirs.format.name) == (width, height, NAMES.get(format, format))
        assert (theirs.pts, theirs.time_base) == (1_500_000, Fraction(1, 1_000_000))
        if format != "gray" and "a" not in format[3:]:
            assert (
                psnr(
                    theirs.to_ndarray(format="rgb24", width=width, height=height, threads=1),
                    ramps(width, height),
                )
                > 28
            )
        back = VideoFrame.from_av(theirs)
        assert (back.width, back.height, back.timestamp) == (width, height, 1.5)
        assert back.format == (
            format if format in YUV else "i420a" if "a" in format and format != "gray" else "i420"
        )
        out = "gray" if format == "gray" else "rgb24"
        assert psnr(back.to_ndarray(out), frame.to_ndarray(out)) > 34


@pytest.mark.parametrize("format", [f for f in FORMATS if f not in ("i420a", "i210", "i410")])
def test_as_pyav_makes_them(format):
    """Its arrays have the same shapes; it makes no frames of three formats from arrays."""
    theirs = av.VideoFrame.from_ndarray(array(ramps(), format), format=NAMES.get(format, format))
    frame = VideoFrame.from_av(theirs)
    if format in YUV:
        for plane, expected in zip(frame.planes, planes(ramps(), format), strict=True):
            assert np.array_equal(plane, expected)
    expected = VideoFrame.from_ndarray(array(ramps(), format), format)
    assert np.array_equal(frame.to_ndarray(), expected.to_ndarray())


@pytest.mark.parametrize("format", YUV)
def test_memory_is_shared(format):
    theirs = VideoFrame.from_ndarray(array(ramps(), format), format).to_av()
    frame = VideoFrame.from_av(theirs)
    assert [address(p) for p in frame.planes] == [p.buffer_ptr for p in theirs.planes]
    del theirs
    gc.collect()
    assert np.array_equal(frame.to_ndarray(format), array(ramps(), format))
    again = frame.to_av(copy=False)
    assert [p.buffer_ptr for p in again.planes] == [address(p) for p in frame.planes]
    start = address(frame.planes[0])
    del frame
    gc.collect()
    _leases.take_back()
    assert again.planes[0].buffer_ptr == start
    assert np.array_equal(VideoFrame.from_av(again).to_ndarray(format), array(ramps(), format))


def test_an_array_that_goes_through_both():
    pixels = array(ramps(), "i420").copy()
    reference = weakref.ref(pixels)
    theirs = VideoFrame.from_ndarray(pixels, "i420", copy=False).to_av(copy=False)
    assert theirs.planes[0].buffer_ptr == address(pixels)
    del pixels
    _leases.take_back()
    assert reference() is not None
    del theirs
    _leases.take_back()
    assert reference() is None


def test_what_cannot_be_shared():
    frame = VideoFrame.from_ndarray(ramps(33, 17))
    with pytest.raises(ValueError, match="even"):
        frame.to_av(copy=False)
    with pytest.raises(ValueError, match="has to be converted to nv12"):
        frame.to_av("nv12", copy=False)
    with pytest.raises(ValueError, match="has to be copied"):
        VideoFrame.from_av(frame.to_av("rgb24"), copy=False)
    with pytest.raises(ValueError, match="'nv12'"):
        frame.to_av("yuv420p")


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("yuv411p", "i420"),
        ("yuyv422", "i420"),
        ("gbrp", "i420"),
        ("rgb48le", "i010"),
        ("p010le", "i010"),
        ("yuv420p12le", "i010"),
        ("gray10le", "i010"),
        ("pal8", "i420"),
        ("yuvj411p", "i420"),
    ],
)
def test_formats_that_we_do_not_have(name, format):
    grey = name.startswith("gray")
    rgb = np.full((48, 64, 3), (120, 120, 120) if grey or name == "pal8" else (200, 60, 30), np.uint8)
    theirs = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    theirs = av.VideoFrame(64, 48, "pal8") if name == "pal8" else theirs.reformat(format=name, threads=1)
    frame = VideoFrame.from_av(theirs)
    assert frame.format == format
    if name != "pal8":
        assert psnr(frame.to_ndarray("rgb24"), rgb) > 34


def test_colour_spaces():
    for matrix in ("smpte170m", "bt709", "bt2020-ncl"):
        for full in (False, True):
            space = VideoColorSpace("bt709", "iec61966-2-1", matrix, full)
            frame = VideoFrame.from_ndarray(ramps(), color_space=space)
            theirs = frame.to_av()
            back = VideoFrame.from_av(theirs)
            assert back.color_space == space
            assert psnr(back.to_ndarray(), ramps()) > 40
    plain = VideoFrame.from_ndarray(array(ramps(), "i420"), "i420").to_av()
    assert VideoFrame.from_av(plain).color_space is None
    full = av.VideoFrame.from_ndarray(array(ramps(), "i420", full=True), format="yuvj420p")
    assert VideoFrame.from_av(full).color_space == VideoColorSpace(fullRange=True)
    assert psnr(VideoFrame.from_av(full).to_ndarray(), ramps()) > 40


def test_all_that_h273_says_has_a_name():
    for attribute, table in (
        ("primaries", _av._PRIMARIES),
        ("transfer", _av._TRANSFERS),
        ("matrix", _av._MATRICES),
    ):
        for name in table.values():
            space = VideoColorSpace(**{attribute: name})
            assert (
                VideoFrame.from_av(
                    VideoFrame.from_ndarray(ramps(2, 2), color_space=space).to_av()
                ).color_space
                == space
            )


def test_times():
    theirs = av.VideoFrame(64, 48, "yuv420p")
    assert VideoFrame.from_av(theirs).timestamp > 0
    theirs.pts, theirs.time_base = 90000, Fraction(1, 90000)
    assert VideoFrame.from_av(theirs).timestamp == 1
    assert VideoFrame.from_av(theirs, timestamp=2).timestamp == 2
    theirs.pts = -1
    with pytest.raises(ValueError, match="timestamp"):
        VideoFrame.from_av(theirs)
    assert VideoFrame.from_av(theirs, timestamp=0).timestamp == 0


def test_what_is_no_frame():
    for wrong in (None, ramps(), VideoFrame.from_ndarray(ramps()), av.AudioFrame("s16", "mono", 8)):
        with pytest.raises(TypeError, match=r"av\.VideoFrame"):
            VideoFrame.from_av(wrong)
    for wrong in (None, np.zeros(1, np.int16), av.VideoFrame(2, 2, "gray")):
        with pytest.raises(TypeError, match=r"av\.AudioFrame"):
            AudioFrame.from_av(wrong)


def test_without_pyav(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for call in (
        lambda: VideoFrame.from_av(None),
        lambda: AudioFrame.from_av(None),
        VideoFrame.from_ndarray(ramps()).to_av,
        AudioFrame.from_ndarray(np.zeros(8, np.int16), 8000).to_av,
    ):
        with pytest.raises(ImportError, match=r"pywebrtc\[av\]"):
            call()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8, 16])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_sound_there_and_back(channels, dtype):
    values = np.random.default_rng(1).integers(-30000, 30000, (480, channels)).astype(np.int16)
    samples = values if dtype == "int16" else (values / 32768).astype(np.float32)
    frame = AudioFrame.from_ndarray(samples, 48000, timestamp=1.5)
    theirs = frame.to_av()
    assert (theirs.samples, theirs.sample_rate, theirs.layout.nb_channels) == (480, 48000, channels)
    assert theirs.format.name == ("s16" if dtype == "int16" else "flt")
    assert (theirs.pts, theirs.time_base) == (72000, Fraction(1, 48000))
    back = AudioFrame.from_av(theirs)
    assert back.timestamp == 1.5
    assert back.dtype == dtype
    assert np.array_equal(back.to_ndarray(), samples)


@pytest.mark.parametrize("name", ["s16", "s16p", "flt", "fltp", "u8", "s32", "s32p", "dbl", "dblp", "u8p"])
def test_sound_as_pyav_has_it(name):
    t = np.arange(480) / 48000
    samples = np.stack([0.5 * np.sin(2 * np.pi * 440 * t), 0.25 * np.cos(2 * np.pi * 440 * t)], -1)
    theirs = av.AudioFrame.from_ndarray(samples.T.astype(np.float32).copy(), "fltp", "stereo")
    theirs.sample_rate = 48000
    if name != "fltp":
        (theirs,) = av.AudioResampler(format=name).resample(theirs)
    assert theirs.format.name == name
    frame = AudioFrame.from_av(theirs)
    assert (frame.samples, frame.channels, frame.sample_rate) == (480, 2, 48000)
    assert frame.dtype == ("int16" if name.startswith("s16") else "float32")
    assert abs(frame.to_ndarray("float32") - samples).max() < (0.01 if name.startswith("u8") else 1e-4)


def test_sound_without_a_rate():
    with pytest.raises(ValueError, match="sample_rate"):
        AudioFrame.from_av(av.AudioFrame("s16", "mono", 480))


def test_every_pixel_format_has_a_name():
    assert set(_av.NAMES) == set(PixelFormat)
    assert all(av.VideoFormat(name) for name in _av.FORMATS)

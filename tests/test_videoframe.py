"""VideoFrame: arrays in, arrays out, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from pictures import DEEP, FORMATS, RGB, YUV, alpha, array, planes, psnr, ramps
from pywebrtc import (
    PixelFormat,
    VideoColorSpace,
    VideoFrame,
    VideoSource,
)

RED = (220, 30, 40)


def dtype(format: str) -> type:
    return np.uint16 if format in DEEP else np.uint8


@pytest.mark.parametrize("into", FORMATS)
def test_conversion(into):
    """To every other format, against the definitions."""
    rgb = ramps()
    if into == "gray":
        rgb = np.repeat(array(rgb, "gray")[..., None], 3, -1)
    opacity = alpha() if "a" in into.replace("gray", "") else None
    frame = VideoFrame.from_ndarray(array(rgb, into, opacity), format=into)
    assert (frame.width, frame.height) == (64, 48)
    assert frame.format == (into if into in YUV else "i420" if opacity is None else "i420a")
    for out in FORMATS:
        given = frame.to_ndarray(format=out)
        expected = array(rgb, out, opacity)
        assert given.dtype == dtype(out), out
        assert given.shape == expected.shape, out
        assert psnr(given, expected) > 40, out
        assert abs(given.astype(int) - expected).max() <= (12 if out in DEEP else 9), out
        assert given.flags.c_contiguous, out
        assert given.flags.writeable, out


@pytest.mark.parametrize("format", YUV)
def test_yuv_is_kept_to_the_byte(format):
    values = 1024 if format in DEEP else 256
    pixels = np.random.default_rng(1).integers(0, values, array(ramps(), format).shape, dtype(format))
    frame = VideoFrame.from_ndarray(pixels, PixelFormat(format))
    assert np.array_equal(frame.to_ndarray(format), pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 5), (17, 33), (639, 361)])
def test_odd_sizes(size):
    width, height = size
    for format in (*RGB, "gray", "i444", "i410"):
        rgb = np.full((height, width, 3), (90, 90, 90) if format == "gray" else RED, np.uint8)
        frame = VideoFrame.from_ndarray(array(rgb, format), format)
        assert (frame.width, frame.height) == size
        assert psnr(frame.to_ndarray("rgb24"), rgb) > 40, format
        assert psnr(frame.to_ndarray(format), array(rgb, format)) > 40, format


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (5, 3), (33, 17)])
def test_planes_of_any_size(size):
    for format in (*YUV, "bgr24", "gray"):
        rgb = np.full((size[1], size[0], 3), RED, np.uint8)
        given = [array(rgb, format)] if format in ("bgr24", "gray") else planes(rgb, format)
        frame = VideoFrame.from_planes(given, format)
        assert (frame.width, frame.height) == size
        if format in YUV:
            for plane, expected in zip(frame.planes, given, strict=True):
                assert np.array_equal(plane, expected), format
        if format != "gray":
            assert psnr(frame.to_ndarray("rgb24"), rgb) > 40, format


def test_an_odd_frame_has_planes_but_no_array():
    frame = VideoFrame.from_ndarray(ramps(33, 17))
    for format in ("i420", "i420a", "i422", "i010", "i210", "nv12"):
        with pytest.raises(ValueError, match="even one, planes need not"):
            frame.to_ndarray(format)
        assert frame.to_ndarray(format, width=32, height=16).shape[-1] == 32
    assert [np.asarray(plane).shape for plane in frame.planes] == [(17, 33), (9, 17), (9, 17)]


def views() -> dict[str, np.ndarray]:
    """Arrays that are not what they look like in memory, each with what it shows."""
    big = np.repeat(np.repeat(ramps(), 2, 0), 2, 1)
    padded = np.zeros((48, 80, 3), np.uint8)
    padded[:, :64] = ramps()
    read_only = ramps()
    read_only.flags.writeable = False
    return {
        "every second": big[::2, ::2],
        "upside down": ramps()[::-1],
        "mirrored": ramps()[:, ::-1],
        "channels reversed": ramps()[..., ::-1],
        "rows apart": padded[:, :64],
        "fortran": np.asfortranarray(ramps()),
        "transposed": ramps().swapaxes(0, 1),
        "of four channels": np.dstack([ramps(), ramps()[..., :1]])[..., :3],
        "read only": read_only,
        "broadcast": np.broadcast_to(np.array(RED, np.uint8), (48, 64, 3)),
        "one pixel, apart": ramps()[::48, ::64],
        "one row, apart": ramps()[::48],
        "one row, upside down": ramps()[:1][::-1],
        "one column, apart": ramps()[:, ::64],
        "one row, broadcast": np.broadcast_to(np.array(RED, np.uint8), (1, 64, 3)),
        "one pixel, stride 0": np.lib.stride_tricks.as_strided(ramps(), (1, 1, 3), (0, 0, 1)),
        "a matrix's cousin": ramps().view(np.recarray),
        "masked": np.ma.masked_greater(ramps(), 100),
    }


@pytest.mark.parametrize("name", views())
def test_layouts_in_memory(name):
    pixels = views()[name]
    plain = np.array(pixels, order="C", copy=True, subok=False)
    expected = VideoFrame.from_ndarray(plain).to_ndarray("rgb24")
    assert np.array_equal(VideoFrame.from_ndarray(pixels).to_ndarray("rgb24"), expected)
    # A source takes the same.
    VideoSource().push(pixels)


@pytest.mark.parametrize("format", [*YUV, "gray"])
def test_layouts_of_planar_arrays(format):
    good = array(ramps(), format)
    out = "i444" if format == "gray" else format
    expected = VideoFrame.from_ndarray(good, format).to_ndarray(out)
    mirrored = good[..., ::-1].copy()[..., ::-1]
    wide = np.repeat(good, 2, -1)
    high = np.repeat(good, 3, -2)
    for odd in (mirrored, wide[..., ::2], high[..., ::3, :], np.asfortranarray(good)):
        assert not odd.flags.c_contiguous
        assert np.array_equal(VideoFrame.from_ndarray(odd, format).to_ndarray(out), expected)


def test_rows_on_odd_addresses():
    """10 bits in uint16 that are not aligned."""
    pixels = array(ramps(), "i010")
    unaligned = np.frombuffer(b"\0" + pixels.tobytes(), np.uint8)[1:].view(np.uint16).reshape(pixels.shape)
    assert not unaligned.flags.aligned
    assert np.array_equal(VideoFrame.from_ndarray(unaligned, "i010").to_ndarray("i010"), pixels)


def zeros(*shape: int, dtype: object = np.uint8) -> np.ndarray:
    return np.zeros(shape, dtype)


@pytest.mark.parametrize(
    ("pixels", "format", "error", "message"),
    [
        ([[[0, 0, 0]]], "rgb24", TypeError, "list"),
        (b"\0" * 12, "rgb24", TypeError, "bytes"),
        (None, "rgb24", TypeError, "NoneType"),
        (zeros(4, 4, 3, dtype=float), "rgb24", TypeError, "float64"),
        (zeros(4, 4, 3, dtype=np.int8), "rgb24", TypeError, "int8"),
        (zeros(4, 4, 3, dtype=bool), "rgb24", TypeError, "bool"),
        (zeros(4, 4, 3, dtype=object), "rgb24", TypeError, "object"),
        (zeros(6, 4), "i010", TypeError, "uint16"),
        (zeros(6, 4, dtype=">u2"), "i010", TypeError, "uint16, not >u2"),
        (zeros(6, 4, dtype=np.int16), "i010", TypeError, "int16"),
        (zeros(6, 4, dtype=np.uint16), "i420", TypeError, "uint8, not uint16"),
        (zeros(4, 4), "rgb24", ValueError, r"\(height, width, 3\)"),
        (zeros(4, 4, 4), "bgr24", ValueError, r"\(4, 4, 4\)"),
        (zeros(4, 4, 3), "rgba", ValueError, r"\(height, width, 4\)"),
        (zeros(4, 4, 3), "gray", ValueError, r"\(height, width\)"),
        (zeros(4, 4, 1), "gray", ValueError, r"\(height, width\)"),
        (zeros(2, 4, 4, 3), "rgb24", ValueError, "shape"),
        (zeros(0, 4, 3), "rgb24", ValueError, "1 to 16384"),
        (zeros(4, 0, 3), "rgb24", ValueError, "1 to 16384"),
        (zeros(), "rgb24", ValueError, "shape"),
        (zeros(1, 16385, 3), "rgb24", ValueError, "16384"),
        (zeros(16385, 1, 3), "rgb24", ValueError, "16384"),
        (zeros(3, 1, 16385), "i444", ValueError, "16384"),
        (zeros(4, 4, 3), "i420", ValueError, "even"),
        (zeros(4, 4), "i420", ValueError, "even"),
        (zeros(6, 5), "i420", ValueError, "even"),
        (zeros(3, 5), "nv12", ValueError, "even"),
        (zeros(5, 4), "i422", ValueError, r"\(height \* 2, width\)"),
        (zeros(4, 3), "i422", ValueError, "even"),
        (zeros(6, 4), "i420a", ValueError, r"height \* 5/2"),
        (zeros(2, 4, 4), "i444", ValueError, r"\(3, height, width\)"),
        (zeros(0, 4), "i420", ValueError, "1 to 16384"),
        (zeros(24579, 2), "i420", ValueError, "16384"),
        (zeros(4, 4, 3), "rgb", ValueError, "'rgb24'"),
        (zeros(4, 4, 3), "RGB24", ValueError, "'rgb24'"),
        (zeros(4, 4, 3), None, ValueError, "'rgb24'"),
    ],
    ids=lambda value: getattr(value, "shape", None) and f"{value.dtype}{value.shape}",
)
def test_arrays_that_are_refused(pixels, format, error, message):
    for take in (VideoFrame.from_ndarray, VideoSource().push):
        with pytest.raises(error, match=message):
            take(pixels, format)


@pytest.mark.parametrize(
    ("given", "format", "error", "message"),
    [
        ([zeros(4, 4), zeros(2, 2)], "i420", ValueError, r"\(2, 2\), \(2, 2\)"),
        ([zeros(5, 5), zeros(2, 2), zeros(2, 2)], "i420", ValueError, r"\(3, 3\)"),
        ([zeros(4, 4), zeros(2, 2)], "nv12", ValueError, r"\(2, 2, 2\)"),
        ([zeros(4, 4)] * 3, "i420a", ValueError, "shapes"),
        ([], "i420", ValueError, "two dimensions"),
        ([zeros(4)], "gray", ValueError, "two dimensions"),
        ([zeros(0, 0)] * 3, "i444", ValueError, "1 to 16384"),
        ([zeros(4, 4), b"", zeros(2, 2)], "i420", TypeError, "bytes"),
        ([zeros(4, 4, dtype=np.uint16)] * 3, "i444", TypeError, "uint8"),
        (5, "i420", TypeError, "iter"),
    ],
)
def test_planes_that_are_refused(given, format, error, message):
    with pytest.raises(error, match=message):
        VideoFrame.from_planes(given, format)


@pytest.mark.parametrize("format", YUV)
def test_scaling_while_converting(format):
    frame = VideoFrame.from_ndarray(array(ramps(), format), format)
    for out in FORMATS:
        for width, height in [(32, 24), (96, 80)]:
            small = frame.to_ndarray(out, width=width, height=height)
            expected = array(ramps(width, height), out)
            assert small.shape == expected.shape
            assert psnr(small, expected) > 32, out


def test_sizes_that_are_refused():
    frame = VideoFrame.from_ndarray(ramps())
    assert frame.to_ndarray("i420", width=2).shape == (72, 2)
    for wrong in ({"width": 0}, {"height": -1}, {"width": 16385}):
        with pytest.raises(ValueError, match="not in 1 to 16384"):
            frame.to_ndarray(**wrong)
    with pytest.raises(ValueError, match="even"):
        frame.to_ndarray("i420", height=3)
    with pytest.raises(ValueError, match="'nv12'"):
        frame.to_ndarray("NV12")


def test_out():
    frame = VideoFrame.from_ndarray(ramps())
    out = np.empty((48, 64, 3), np.uint8)
    assert frame.to_ndarray("rgb24", out=out) is out
    assert np.array_equal(out, frame.to_ndarray("rgb24"))
    # A part of a larger array, and nothing beside it.
    large = np.zeros((100, 100, 3), np.uint8)
    frame.to_ndarray("rgb24", width=32, height=24, out=large[10:34, 20:52])
    assert np.array_equal(large[10:34, 20:52], frame.to_ndarray("rgb24", width=32, height=24))
    large[10:34, 20:52] = 0
    assert not large.any()
    planar = np.empty((72, 64), np.uint8)
    assert np.array_equal(frame.to_ndarray("i420", out=planar), frame.to_ndarray("i420"))


def read_only(*shape: int) -> np.ndarray:
    pixels = zeros(*shape)
    pixels.flags.writeable = False
    return pixels


@pytest.mark.parametrize(
    ("out", "format", "error", "message"),
    [
        (bytearray(9216), "rgb24", TypeError, "bytearray"),
        (zeros(48, 64, 3, dtype=float), "rgb24", TypeError, "float64"),
        (zeros(48, 64, 4), "rgb24", ValueError, r"\(48, 64, 4\)"),
        (zeros(64, 48, 3).swapaxes(0, 1), "rgb24", ValueError, "contiguous"),
        (zeros(48, 64, 3)[::-1], "rgb24", ValueError, "contiguous"),
        (zeros(72, 128)[:, ::2], "i420", ValueError, "contiguous"),
        (read_only(48, 64, 3), "rgb24", ValueError, "read-only"),
    ],
)
def test_out_that_is_refused(out, format, error, message):
    with pytest.raises(error, match=message):
        VideoFrame.from_ndarray(ramps()).to_ndarray(format, out=out)


def test_a_frame_is_a_copy():
    for format in FORMATS:
        pixels = array(ramps(), format)
        frame = VideoFrame.from_ndarray(pixels, format)
        before = frame.to_ndarray()
        pixels[:] = 0
        frame.to_ndarray()[:] = 0
        assert np.array_equal(frame.to_ndarray(), before), format


def test_timestamps():
    one, two = VideoFrame.from_ndarray(ramps()), VideoFrame.from_ndarray(ramps())
    assert one.timestamp <= two.timestamp
    assert VideoFrame.from_ndarray(ramps(), timestamp=1.25).timestamp == 1.25
    assert one.rtp_timestamp == 0
    assert repr(VideoFrame.from_ndarray(ramps(), timestamp=1.25)) == "<VideoFrame 64x48 i420 at 1.250 s>"


@pytest.mark.parametrize("timestamp", [float("nan"), float("inf"), 1e30, -1, "now"])
def test_timestamps_that_are_none(timestamp):
    with pytest.raises((ValueError, TypeError)):
        VideoFrame.from_ndarray(ramps(), timestamp=timestamp)


def test_rotation():
    assert VideoFrame.from_ndarray(ramps()).rotation == 0
    assert VideoFrame.from_ndarray(ramps(), rotation=270).rotation == 270
    for wrong in (45, -90, 360, "90", None):
        with pytest.raises((ValueError, TypeError)):
            VideoFrame.from_ndarray(ramps(), rotation=wrong)


@pytest.mark.parametrize("matrix", ["smpte170m", "bt709", "bt2020-ncl"])
@pytest.mark.parametrize("full", [False, True])
def test_colour_spaces(matrix, full):
    space = VideoColorSpace(matrix=matrix, fullRange=full)
    for format in (*YUV, *RGB):
        colours = {"matrix": matrix, "full": full} if format in YUV else {}
        frame = VideoFrame.from_ndarray(array(ramps(), format, **colours), format, color_space=space)
        assert frame.color_space == space
        assert psnr(frame.to_ndarray("rgb24"), ramps()) > 40, format
        assert psnr(frame.to_ndarray("bgra"), array(ramps(), "bgra")) > 40, format
        assert psnr(frame.to_ndarray("i420"), array(ramps(), "i420", matrix=matrix, full=full)) > 40, format
        assert psnr(frame.to_ndarray("gray"), array(ramps(), "gray", matrix=matrix)) > 40, format


def test_a_colour_space_is_a_value():
    space = VideoColorSpace("bt2020", "pq", "bt2020-ncl", True)
    frame = VideoFrame.from_ndarray(ramps(), color_space=space)
    assert frame.color_space == space
    assert {space: 1}[frame.color_space] == 1
    # RGB becomes what it always became, and says so: Chromium guesses by the codec otherwise.
    said = VideoColorSpace(primaries="bt709", transfer="iec61966-2-1", matrix="smpte170m", fullRange=False)
    assert VideoFrame.from_ndarray(ramps()).color_space == said
    assert VideoFrame.from_ndarray(array(ramps(), "i420"), "i420").color_space is None
    assert VideoFrame.from_ndarray(ramps(), color_space=VideoColorSpace()).color_space == VideoColorSpace()
    for wrong in ({"matrix": "601"}, {"primaries": 1}, {"fullRange": 1}, {"transfer": "bt601"}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            VideoColorSpace(**wrong)
    with pytest.raises(AttributeError):
        space.matrix = "bt709"


def test_every_name_of_a_colour_space_is_libwebrtcs():
    hints = VideoColorSpace.__dataclass_fields__
    for name in ("primaries", "transfer", "matrix"):
        for value in getattr(__import__("pywebrtc"), str(hints[name].type).split(" ")[0]):
            space = VideoColorSpace(**{name: value})
            assert VideoFrame.from_ndarray(ramps(2, 2), color_space=space).color_space == space


def test_frames_are_immutable():
    frame = VideoFrame.from_ndarray(ramps())
    for name in ("width", "timestamp", "rotation", "planes", "something"):
        with pytest.raises(AttributeError):
            setattr(frame, name, 1)
    with pytest.raises(TypeError, match="VideoFrame"):
        VideoFrame()


@pytest.mark.parametrize("format", YUV)
def test_crop(format):
    frame = VideoFrame.from_ndarray(array(ramps(), format), format, timestamp=5, rotation=90)
    part = frame.crop(8, 6, 33, 21)
    assert (part.width, part.height, part.format) == (33, 21, format)
    assert (part.timestamp, part.rotation) == (5, 90)
    whole = frame.to_ndarray("rgb24")
    assert psnr(part.to_ndarray("rgb24"), whole[6:27, 8:41]) > 45
    assert psnr(part.crop(2, 2, 4, 4).to_ndarray("rgb24"), whole[8:12, 10:14]) > 45
    assert np.array_equal(frame.crop(0, 0, 64, 48).to_ndarray("rgb24"), whole)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ((1, 0, 4, 4), "x is 1; it is even in i420"),
        ((0, 3, 4, 4), "y is 3"),
        ((0, 0, 65, 4), "65 pixels from x = 0"),
        ((62, 0, 4, 4), "from x = 62"),
        ((0, 40, 4, 10), "from y = 40"),
        ((-2, 0, 4, 4), "x = -2"),
        ((0, 0, 0, 4), "0 pixels"),
        ((0, 0, 4, -4), "-4 pixels"),
    ],
)
def test_parts_that_are_none(part, message):
    with pytest.raises(ValueError, match=message):
        VideoFrame.from_ndarray(ramps()).crop(*part)


def test_odd_parts_where_chroma_is_whole():
    frame = VideoFrame.from_ndarray(array(ramps(), "i444"), "i444")
    assert (
        frame.crop(3, 5, 7, 9).to_ndarray("i444").tolist() == array(ramps(), "i444")[:, 5:14, 3:10].tolist()
    )
    half = VideoFrame.from_ndarray(array(ramps(), "i422"), "i422")
    assert half.crop(2, 5, 7, 9).height == 9
    with pytest.raises(ValueError, match="x is 3"):
        half.crop(3, 5, 7, 9)


@pytest.mark.parametrize("format", YUV)
def test_scale_and_convert(format):
    frame = VideoFrame.from_ndarray(ramps(), timestamp=5, rotation=90).convert(format)
    assert frame.format == format
    assert psnr(frame.to_ndarray("rgb24"), ramps()) > 38
    for width, height in ((31, 23), (64, 48), (97, 80)):
        scaled = frame.scale(width, height)
        assert (scaled.width, scaled.height, scaled.format) == (width, height, format)
        assert (scaled.timestamp, scaled.rotation) == (5, 90)
        assert psnr(scaled.to_ndarray("rgb24"), ramps(width, height)) > 32
    odd = VideoFrame.from_ndarray(ramps(33, 17)).convert(format)
    assert psnr(odd.to_ndarray("rgb24"), ramps(33, 17)) > 34


def test_what_cannot_be_scaled_or_converted():
    frame = VideoFrame.from_ndarray(ramps())
    for size in ((0, 1), (1, -1), (16385, 1)):
        with pytest.raises(ValueError, match="16384"):
            frame.scale(*size)
    with pytest.raises(ValueError, match="to_ndarray gives"):
        frame.convert("rgb24")
    with pytest.raises(ValueError, match="'nv12'"):
        frame.convert("yuv")
    assert frame.convert("i420") is frame


@pytest.mark.parametrize("format", YUV)
def test_rotate(format):
    frame = VideoFrame.from_ndarray(array(ramps(), format), format, timestamp=5, rotation=270)
    whole = frame.to_ndarray("rgb24")
    for degrees in (90, 180, 270):
        turned = frame.rotate(degrees)
        assert (turned.format, turned.timestamp, turned.rotation) == (format, 5, 270)
        assert psnr(turned.to_ndarray("rgb24"), np.rot90(whole, -degrees // 90)) > 38
        assert psnr(turned.rotate(360 - degrees).to_ndarray("rgb24"), whole) > 38
    shown = frame.rotate()
    assert (shown.width, shown.height, shown.rotation) == (48, 64, 0)
    assert psnr(shown.to_ndarray("rgb24"), np.rot90(whole, 1)) > 38
    assert frame.rotate(0) is frame
    for wrong in (45, -90, 360):
        with pytest.raises(ValueError, match="one of"):
            frame.rotate(wrong)


def test_replace():
    space = VideoColorSpace(matrix="bt709", fullRange=True)
    frame = VideoFrame.from_ndarray(array(ramps(), "i420"), "i420", timestamp=5)
    other = frame.replace(timestamp=7, rotation=180, color_space=space)
    assert (other.timestamp, other.rotation, other.color_space) == (7, 180, space)
    assert (frame.timestamp, frame.rotation, frame.color_space) == (5, 0, None)
    assert np.array_equal(other.to_ndarray("i420"), frame.to_ndarray("i420"))
    assert other.replace(color_space=None).color_space is None
    assert other.replace().color_space == space
    for wrong in ({"timestamp": -1}, {"rotation": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            frame.replace(**wrong)
    with pytest.raises(TypeError, match="replace"):
        frame.replace(width=2)


@pytest.mark.parametrize("format", YUV)
def test_a_frame_can_be_pickled(format):
    space = VideoColorSpace("bt709", "bt709", "bt709", False)
    frame = VideoFrame.from_planes(
        planes(ramps(33, 17), format), format, timestamp=3, rotation=90, color_space=space
    )
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(frame, protocol))
        assert (copy.format, copy.timestamp, copy.rotation, copy.color_space) == (format, 3, 90, space)
        assert all(map(np.array_equal, copy.planes, frame.planes))

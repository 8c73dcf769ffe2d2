"""VideoFrame: arrays in, arrays out, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from pywebrtc.frames import AudioFrame, PixelFormat, VideoFrame
from pywebrtc.sources import VideoSource

FORMATS = ("rgb24", "bgr24", "i420")
RED, GREEN, BLUE = (220, 30, 40), (20, 200, 60), (30, 50, 210)


def picture(width: int = 64, height: int = 48) -> np.ndarray:
    """RGB: red left above, green right above, blue below: no swap and no turn leaves it as it is."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[: height // 2, : width // 2] = RED
    rgb[: height // 2, width // 2 :] = GREEN
    rgb[height // 2 :] = BLUE
    return rgb


def i420(rgb: np.ndarray) -> np.ndarray:
    """BT.601, limited range, by the textbook."""
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
    u = 128 + (-37.797 * r - 74.203 * g + 112.0 * b) / 255
    v = 128 + (112.0 * r - 93.786 * g - 18.214 * b) / 255
    height, width = y.shape
    small = [p.reshape(height // 2, 2, width // 2, 2).mean((1, 3)) for p in (u, v)]
    planes = np.concatenate([y.ravel(), *(p.ravel() for p in small)])
    return planes.round().astype(np.uint8).reshape(height * 3 // 2, width)


def packed(format: str, rgb: np.ndarray) -> np.ndarray:
    if format == "i420":
        return i420(rgb)
    return rgb if format == "rgb24" else rgb[..., ::-1]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


@pytest.mark.parametrize("into", FORMATS)
@pytest.mark.parametrize("out", FORMATS)
def test_conversion(into, out):
    rgb = picture()
    frame = VideoFrame.from_ndarray(packed(into, rgb), format=into)
    assert (frame.width, frame.height) == (64, 48)
    array = frame.to_ndarray(format=out)
    assert array.dtype == np.uint8
    assert psnr(array, packed(out, rgb)) > 40
    assert array.flags.c_contiguous
    assert array.flags.writeable


def test_i420_is_kept_to_the_byte():
    array = np.random.default_rng(1).integers(0, 256, (72, 64), np.uint8)
    frame = VideoFrame.from_ndarray(array, PixelFormat.I420)
    assert np.array_equal(frame.to_ndarray("i420"), array)


@pytest.mark.parametrize("format", ["rgb24", "bgr24"])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (3, 5), (17, 33), (639, 361)])
def test_odd_sizes(format, size):
    width, height = size
    rgb = np.full((height, width, 3), RED, np.uint8)
    frame = VideoFrame.from_ndarray(packed(format, rgb), format)
    assert (frame.width, frame.height) == size
    assert psnr(frame.to_ndarray("rgb24"), rgb) > 40


def views() -> dict[str, np.ndarray]:
    """Arrays that are not what they look like in memory, each with what it shows."""
    big = np.repeat(np.repeat(picture(), 2, 0), 2, 1)
    padded = np.zeros((48, 80, 3), np.uint8)
    padded[:, :64] = picture()
    read_only = picture()
    read_only.flags.writeable = False
    return {
        "every second": big[::2, ::2],
        "upside down": picture()[::-1],
        "mirrored": picture()[:, ::-1],
        "channels reversed": picture()[..., ::-1],
        "rows apart": padded[:, :64],
        "fortran": np.asfortranarray(picture()),
        "transposed": picture().swapaxes(0, 1),
        "of four channels": np.dstack([picture(), picture()[..., :1]])[..., :3],
        "read only": read_only,
        "broadcast": np.broadcast_to(np.array(RED, np.uint8), (48, 64, 3)),
        "one pixel, apart": picture()[::48, ::64],
        "one row, apart": picture()[::48],
        "one row, upside down": picture()[:1][::-1],
        "one column, apart": picture()[:, ::64],
        "one row, broadcast": np.broadcast_to(np.array(RED, np.uint8), (1, 64, 3)),
        "one pixel, stride 0": np.lib.stride_tricks.as_strided(picture(), (1, 1, 3), (0, 0, 1)),
    }


@pytest.mark.parametrize("name", views())
def test_layouts_in_memory(name):
    array = views()[name]
    expected = VideoFrame.from_ndarray(np.array(array, order="C", copy=True)).to_ndarray("rgb24")
    assert np.array_equal(VideoFrame.from_ndarray(array).to_ndarray("rgb24"), expected)
    # A source takes the same.
    VideoSource().push(array)


@pytest.mark.parametrize("step", [1, -1, 2])
def test_layouts_of_i420(step):
    array = np.random.default_rng(2).integers(0, 256, (72, 128), np.uint8)[:, ::step]
    assert np.array_equal(VideoFrame.from_ndarray(array, "i420").to_ndarray("i420"), array)


@pytest.mark.parametrize(
    ("array", "format", "error", "message"),
    [
        ([[[0, 0, 0]]], "rgb24", TypeError, "list"),
        (b"\0" * 12, "rgb24", TypeError, "bytes"),
        (None, "rgb24", TypeError, "NoneType"),
        (np.zeros((4, 4, 3)), "rgb24", TypeError, "float64"),
        (np.zeros((4, 4, 3), np.int8), "rgb24", TypeError, "int8"),
        (np.zeros((4, 4, 3), bool), "rgb24", TypeError, "bool"),
        (np.zeros((4, 4), np.uint8), "rgb24", ValueError, r"\(height, width, 3\)"),
        (np.zeros((4, 4, 4), np.uint8), "bgr24", ValueError, r"\(4, 4, 4\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), "rgb24", ValueError, "shape"),
        (np.zeros((0, 4, 3), np.uint8), "rgb24", ValueError, "1 to 16384"),
        (np.zeros((4, 0, 3), np.uint8), "rgb24", ValueError, "1 to 16384"),
        (np.zeros((), np.uint8), "rgb24", ValueError, "shape"),
        (np.zeros((1, 16385, 3), np.uint8), "rgb24", ValueError, "16384"),
        (np.zeros((16385, 1, 3), np.uint8), "rgb24", ValueError, "16384"),
        (np.zeros((4, 4, 3), np.uint8), "i420", ValueError, "even"),
        (np.zeros((4, 4), np.uint8), "i420", ValueError, "even"),
        (np.zeros((6, 5), np.uint8), "i420", ValueError, "even"),
        (np.zeros((0, 4), np.uint8), "i420", ValueError, "1 to 16384"),
        (np.zeros((24579, 2), np.uint8), "i420", ValueError, "16384"),
        (np.zeros((4, 4, 3), np.uint8), "rgb", ValueError, "'rgb24'"),
        (np.zeros((4, 4, 3), np.uint8), None, ValueError, "'rgb24'"),
    ],
    ids=lambda value: getattr(value, "shape", None) and f"{value.dtype}{value.shape}",
)
def test_arrays_that_are_refused(array, format, error, message):
    for take in (VideoFrame.from_ndarray, VideoSource().push):
        with pytest.raises(error, match=message):
            take(array, format)


def test_scaling():
    frame = VideoFrame.from_ndarray(picture())
    small = frame.to_ndarray("rgb24", width=32, height=24)
    assert psnr(small[:10, :14], np.full((10, 14, 3), RED)) > 40
    assert frame.to_ndarray("i420", width=2).shape == (72, 2)
    for wrong in ({"width": 0}, {"height": -1}, {"width": 16385}):
        with pytest.raises(ValueError, match="not in 1 to 16384"):
            frame.to_ndarray(**wrong)
    with pytest.raises(ValueError, match="even"):
        frame.to_ndarray("i420", height=3)
    with pytest.raises(ValueError, match="'nv12'"):
        frame.to_ndarray("nv12")


def test_an_odd_frame_as_i420():
    frame = VideoFrame.from_ndarray(picture(33, 17))
    with pytest.raises(ValueError, match="even"):
        frame.to_ndarray("i420")
    assert frame.to_ndarray("i420", width=32, height=16).shape == (24, 32)


def test_a_frame_is_a_copy():
    array = picture()
    frame = VideoFrame.from_ndarray(array)
    before = frame.to_ndarray()
    array[:] = 0
    frame.to_ndarray()[:] = 0
    assert np.array_equal(frame.to_ndarray(), before)


def test_timestamps():
    one, two = VideoFrame.from_ndarray(picture()), VideoFrame.from_ndarray(picture())
    assert one.timestamp <= two.timestamp
    assert VideoFrame.from_ndarray(picture(), timestamp=1.25).timestamp == 1.25
    assert one.rtp_timestamp == 0
    assert one.rotation == 0
    assert repr(VideoFrame.from_ndarray(picture(), timestamp=1.25)) == "<VideoFrame 64x48 at 1.250 s>"


@pytest.mark.parametrize("timestamp", [float("nan"), float("inf"), 1e30, -1, "now"])
def test_timestamps_that_are_none(timestamp):
    for take in (VideoFrame.from_ndarray, VideoSource().push):
        with pytest.raises((ValueError, TypeError)):
            take(picture(), timestamp=timestamp)


@pytest.mark.parametrize("cls", [VideoFrame, AudioFrame])
def test_no_constructor(cls):
    with pytest.raises(TypeError, match=cls.__name__):
        cls()

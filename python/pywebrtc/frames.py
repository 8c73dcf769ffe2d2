"""VideoFrame and AudioFrame: media as numpy arrays."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self, cast

from . import _native

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PixelFormat(StrEnum):
    """How the pixels of an array are laid out, named by the order of their bytes in memory.

    ==========  =======================  =====================================================
    format      shape of the uint8 array
    ==========  =======================  =====================================================
    ``i420``    ``(height * 3/2, width)``  Y, then U, then V at half size; width and height even
    ``rgb24``   ``(height, width, 3)``     as PIL and matplotlib have it
    ``bgr24``   ``(height, width, 3)``     as OpenCV has it
    ==========  =======================  =====================================================
    """

    I420 = "i420"
    RGB24 = "rgb24"
    BGR24 = "bgr24"


# libwebrtc's encoders go to 16384 pixels a side.
MAX_SIDE = 16384

# Of a clock that starts with the machine; libwebrtc counts nanoseconds in 64 bits.
_MAX_SECONDS = 10**9


class VideoFrame:
    """One picture; libwebrtc keeps it as I420.

    Make one with :meth:`from_ndarray`, get its pixels with :meth:`to_ndarray`. Frames are immutable.
    """

    _native: _native.VideoFrame

    def __init__(self) -> None:
        raise TypeError("VideoFrame has no constructor: use VideoFrame.from_ndarray()")

    @classmethod
    def _new(cls, native: _native.VideoFrame) -> Self:
        self = cls.__new__(cls)
        self._native = native
        return self

    @classmethod
    def from_ndarray(
        cls,
        array: NDArray[np.uint8],
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        timestamp: float | None = None,
    ) -> Self:
        """A frame with the pixels of ``array``, which are converted to I420 (BT.601, without the GIL).

        Arguments:
            array: uint8, of the shape that :class:`PixelFormat` says.
            format: the layout of ``array``.
            timestamp: seconds on libwebrtc's monotonic clock; now where absent.

        Raises:
            TypeError: ``array`` is not a numpy array of uint8.
            ValueError: its shape does not fit, the format is unknown, or the timestamp out of range.
        """
        pixels, layout = checked_pixels(array, format)
        return cls._new(_native.VideoFrame.from_array(pixels, layout, timestamp_us(timestamp)))

    def to_ndarray(
        self,
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        width: int | None = None,
        height: int | None = None,
    ) -> NDArray[np.uint8]:
        """The pixels as a new array, converted and scaled without the GIL.

        Arguments:
            format: the layout wanted.
            width: pixels; the frame's own where absent.
            height: pixels; the frame's own where absent.

        Raises:
            ValueError: the format is unknown, or the size is out of range (odd, for ``i420``).
        """
        layout = _pixel_format(format)
        size = (self.width if width is None else width, self.height if height is None else height)
        for name, value in zip(("width", "height"), size, strict=True):
            if not 1 <= value <= MAX_SIDE:
                raise ValueError(f"{name} is {value}, not in 1 to {MAX_SIDE}")
            if layout == PixelFormat.I420 and value % 2:
                raise ValueError(f"{name} is {value}; arrays in i420 have an even one")
        return self._native.to_array(layout, *size)

    @property
    def width(self) -> int:
        """Pixels."""
        return self._native.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self._native.height

    @property
    def rotation(self) -> int:
        """Degrees clockwise by which to turn the picture for display: 0, 90, 180 or 270."""
        return self._native.rotation

    @property
    def timestamp(self) -> float:
        """When it was captured, or is to be shown: seconds on libwebrtc's monotonic clock."""
        return self._native.timestamp_us / 1e6

    @property
    def rtp_timestamp(self) -> int:
        """The RTP timestamp of a received frame, in units of 1/90000 s; 0 for others."""
        return self._native.rtp_timestamp

    def __repr__(self) -> str:
        return f"<VideoFrame {self.width}x{self.height} at {self.timestamp:.3f} s>"


class AudioFrame:
    """10 ms of received audio."""

    _native: _native.AudioFrame

    def __init__(self) -> None:
        raise TypeError("AudioFrame has no constructor: push arrays to an AudioSource")

    @classmethod
    def _new(cls, native: _native.AudioFrame) -> Self:
        self = cls.__new__(cls)
        self._native = native
        return self

    def to_ndarray(self) -> NDArray[np.int16]:
        """The samples as a new array, int16, of shape ``(samples, channels)``."""
        return self._native.samples

    @property
    def sample_rate(self) -> int:
        """Samples a second of one channel."""
        return self._native.sample_rate

    @property
    def timestamp(self) -> float:
        """When it was received: seconds on libwebrtc's monotonic clock."""
        return self._native.timestamp_us / 1e6

    def __repr__(self) -> str:
        return f"<AudioFrame {self.sample_rate} Hz at {self.timestamp:.3f} s>"


def timestamp_us(timestamp: float | None) -> int:
    """Seconds as libwebrtc's microseconds; now where absent."""
    if timestamp is None:
        return _native.time_us()
    if not 0 <= timestamp <= _MAX_SECONDS:
        raise ValueError(f"timestamp is {timestamp} s, not in 0 to {_MAX_SECONDS}")
    return round(timestamp * 1e6)


def checked_pixels(array: Any, format: PixelFormat | str) -> tuple[NDArray[np.uint8], str]:
    """The array, contiguous where libyuv needs it to be, and its format.

    Raises:
        TypeError: not a numpy array of uint8.
        ValueError: a shape that does not fit.
    """
    layout = _pixel_format(format)
    pixels = checked_array(array, "uint8", "pixels")
    if layout == PixelFormat.I420:
        good = pixels.ndim == 2 and pixels.shape[0] % 3 == 0 and pixels.shape[1] % 2 == 0
        wanted = "(height * 3 / 2, width) with even width and height"
    else:
        good = pixels.ndim == 3 and pixels.shape[2] == 3
        wanted = "(height, width, 3)"
    if not good:
        raise ValueError(f"an array in {layout} has the shape {wanted}, not {pixels.shape}")
    height = pixels.shape[0] // 3 * 2 if layout == PixelFormat.I420 else pixels.shape[0]
    if not (1 <= height <= MAX_SIDE and 1 <= pixels.shape[1] <= MAX_SIDE):
        raise ValueError(f"an array of shape {pixels.shape}: width and height must be in 1 to {MAX_SIDE}")
    # libyuv steps over rows that lie apart, but not over pixels that do, and not backwards.
    if layout == PixelFormat.I420:
        fits = pixels.strides == (pixels.shape[1], 1)
    else:
        fits = pixels.strides[1:] == (3, 1) and pixels.strides[0] >= pixels.shape[1] * 3
    # copy(), not ascontiguousarray(): to numpy any stride of a side of one pixel is contiguous.
    return pixels if fits else pixels.copy(order="C"), layout


def checked_array(value: Any, dtype: str, what: str) -> NDArray[Any]:
    """``value``, if it is a numpy array of that dtype.

    Raises:
        TypeError: it is not.
    """
    import numpy as np  # most of the time that `import pywebrtc` would take; who has an array has it

    if not isinstance(value, np.ndarray):
        raise TypeError(f"{what} must be a numpy array, not {type(value).__name__}")
    array = cast("NDArray[Any]", value)
    if array.dtype != dtype:
        raise TypeError(f"{what} must be {dtype}, not {array.dtype}")
    return array


def contiguous(array: NDArray[Any]) -> NDArray[Any]:
    """The array itself where it is C-contiguous, else a copy that is."""
    import numpy as np  # as above

    return np.ascontiguousarray(array)


def _pixel_format(format: PixelFormat | str) -> PixelFormat:
    try:
        return PixelFormat(format)
    except ValueError:
        known = ", ".join(repr(str(known)) for known in PixelFormat)
        raise ValueError(f"pixel format {format!r} is not one of {known}") from None

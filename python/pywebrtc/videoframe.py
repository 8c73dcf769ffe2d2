"""VideoFrame: one picture, as numpy arrays and as planes in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from . import _leases, _native
from .pixelformat import (
    PixelFormat,
    allocate,
    as_pixels,
    check_out,
    fit,
    is_yuv,
    pixel_format,
    shares,
    split,
)
from .videocolorspace import VideoColorSpace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Of a clock that starts with the machine; libwebrtc counts nanoseconds in 64 bits.
_MAX_SECONDS = 10**9

_ROTATIONS = (0, 90, 180, 270)


class VideoPlane(_native.VideoPlane):
    """One plane of a :class:`VideoFrame` in memory, without a copy.

    ``memoryview(plane)``, ``np.asarray(plane)`` and ``torch.from_dlpack(plane)`` see the frame's own memory,
    and keep it. It is read-only: frames are immutable, and an encoder may be reading. The shape is
    ``(height, width)``, or ``(height, width, 2)`` for the pairs of U and V of ``nv12``; uint16 in formats
    with 10 bits, else uint8.
    """

    __slots__ = ()

    @property
    def width(self) -> int:
        """Pixels of this plane: fewer than the frame's where chroma is halved."""
        return super().width

    @property
    def height(self) -> int:
        """Rows of this plane."""
        return super().height

    @property
    def stride(self) -> int:
        """Bytes from one row to the next."""
        return super().stride

    def __repr__(self) -> str:
        return f"<VideoPlane {self.width}x{self.height} stride {self.stride}>"


class VideoFrame:
    """One picture. Frames are immutable; what changes one gives a new frame.

    Make one with :meth:`from_ndarray`, get its pixels with :meth:`to_ndarray`. It keeps YUV as it came (see
    :attr:`format`); RGB is converted to ``i420`` once, and to ``i420a`` where it has alpha.
    """

    __slots__ = ("__weakref__", "_native")

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
        array: Any,
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        timestamp: float | None = None,
        rotation: int = 0,
        color_space: VideoColorSpace | None = None,
        copy: bool | None = True,
    ) -> Self:
        """A frame with the pixels of ``array``. They are copied, or converted, without the GIL.

        Arguments:
            array: a numpy array, or anything with DLPack in the CPU's memory (a tensor of PyTorch), of the
                shape and dtype that :class:`PixelFormat` says.
            format: the layout of ``array``.
            timestamp: seconds on libwebrtc's monotonic clock; now where absent.
            rotation: degrees clockwise by which to turn the picture for display: 0, 90, 180 or 270.
            color_space: what the numbers of YUV mean, and what RGB is converted to: where absent, RGB counts
                as sRGB and becomes YUV of BT.601 with limited range, and the frame says so.
            copy: True copies, so that the array may be changed afterwards. None lets the frame use the
                array's own memory where its layout allows, which is planar YUV whose rows are contiguous;
                nothing may change it then as long as the frame, or an encoder, has it. False raises where it
                does not allow. The array is kept alive, and let go of on the running loop's thread (where
                none runs, with the next array that is lent).

        Raises:
            TypeError: ``array`` is not an array, or of another dtype.
            ValueError: its shape does not fit, the format is unknown, the timestamp or rotation is out of
                range, or ``copy`` is False and a copy is needed.
        """
        known = pixel_format(format)
        pixels = as_pixels(array, known)
        planes = split(pixels, known)
        return cls._made(planes, known, [pixels] * len(planes), timestamp, rotation, color_space, copy)

    @classmethod
    def from_planes(
        cls,
        planes: Sequence[Any],
        format: PixelFormat | str,
        *,
        timestamp: float | None = None,
        rotation: int = 0,
        color_space: VideoColorSpace | None = None,
        copy: bool | None = True,
    ) -> Self:
        """A frame with pixels from one array for each plane, of any size, odd ones too.

        Arguments:
            planes: Y, U and V, then alpha in ``i420a``; Y and an array of shape ``(height, width, 2)`` in
                ``nv12``; one array in packed formats. Halved chroma rounds up.
            format: the layout of the planes together.
            timestamp: as for :meth:`from_ndarray`.
            rotation: as for :meth:`from_ndarray`.
            color_space: as for :meth:`from_ndarray`.
            copy: as for :meth:`from_ndarray`.

        Raises:
            TypeError: a plane is not an array, or of another dtype.
            ValueError: their number or the shape of one does not fit, and as for :meth:`from_ndarray`.
        """
        known = pixel_format(format)
        given = [as_pixels(plane, known) for plane in planes]
        return cls._made(fit(given, known), known, given, timestamp, rotation, color_space, copy)

    @classmethod
    def _made(
        cls,
        planes: list[NDArray[Any]],
        format: PixelFormat,
        given: list[NDArray[Any]],
        timestamp: float | None,
        rotation: int,
        color_space: VideoColorSpace | None,
        copy: bool | None,
    ) -> Self:
        if rotation not in _ROTATIONS:
            raise ValueError(f"rotation is {rotation}, not one of {_ROTATIONS}")
        names = None if color_space is None else color_space._names
        microseconds = timestamp_us(timestamp)
        if copy is not True:
            lent = is_yuv(format) and all(map(shares, planes, given))
            if lent:
                lease = _leases.lend(given)
                return cls._new(
                    _native.VideoFrame.wrapped(planes, format, microseconds, rotation, names, lease)
                )
            if copy is False:
                raise ValueError(f"copy is False, and an array in {format} of this layout has to be copied")
        return cls._new(_native.VideoFrame.copied(planes, format, microseconds, rotation, names))

    def to_ndarray(
        self,
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        width: int | None = None,
        height: int | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """The pixels as an array, scaled and converted without the GIL, from the frame's own format in one
        go.

        Arguments:
            format: the layout wanted.
            width: pixels; the frame's own where absent.
            height: pixels; the frame's own where absent.
            out: an array to fill, of the shape and dtype that :class:`PixelFormat` says, instead of a new
                one.

        Raises:
            TypeError: ``out`` is not an array, or of another dtype.
            ValueError: the format is unknown, the size is out of range (or odd, in formats with halved
                chroma), or ``out`` has another shape, is read-only or not contiguous.
        """
        known = pixel_format(format)
        size = (self.width if width is None else width, self.height if height is None else height)
        if out is None:
            array, planes = allocate(known, *size)
        else:
            array, planes = out, check_out(out, known, *size)
        self._native.fill(planes, known)
        return array

    @property
    def planes(self) -> tuple[VideoPlane, ...]:
        """The planes in memory, without a copy: Y, U, V and alpha; Y and pairs of U and V in ``nv12``."""
        count = {PixelFormat.NV12: 2, PixelFormat.I420A: 4}.get(self.format, 3)
        return tuple(VideoPlane(self._native, index) for index in range(count))

    @property
    def format(self) -> PixelFormat:
        """How the pixels are kept: one of the YUV formats."""
        return PixelFormat(self._native.format)

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
    def color_space(self) -> VideoColorSpace | None:
        """What the numbers of the picture mean, where that is known."""
        return VideoColorSpace._of(self._native.color_space)

    @property
    def timestamp(self) -> float:
        """When it was captured, or is to be shown: seconds on libwebrtc's monotonic clock."""
        return self._native.timestamp_us / 1e6

    @property
    def rtp_timestamp(self) -> int:
        """The RTP timestamp of a received frame, in units of 1/90000 s; 0 for others."""
        return self._native.rtp_timestamp

    def __repr__(self) -> str:
        return f"<VideoFrame {self.width}x{self.height} {self.format} at {self.timestamp:.3f} s>"


def timestamp_us(timestamp: float | None) -> int:
    """Seconds as libwebrtc's microseconds; now where absent."""
    if timestamp is None:
        return _native.time_us()
    if not 0 <= timestamp <= _MAX_SECONDS:
        raise ValueError(f"timestamp is {timestamp} s, not in 0 to {_MAX_SECONDS}")
    return round(timestamp * 1e6)

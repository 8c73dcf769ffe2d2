"""VideoFrame: one picture, as numpy arrays and as planes in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from . import _av, _leases, _native
from .pixelformat import (
    PixelFormat,
    allocate,
    as_pixels,
    check_out,
    check_size,
    chroma,
    count_planes,
    fit,
    is_yuv,
    pixel_format,
    shares,
    split,
)
from .videocolorspace import VideoColorSpace

if TYPE_CHECKING:
    from collections.abc import Sequence

    import av
    from numpy.typing import NDArray

# Of a clock that starts with the machine; libwebrtc counts nanoseconds in 64 bits.
_MAX_SECONDS = 10**9

_ROTATIONS = (0, 90, 180, 270)

# DLPack's name for it.
_CPU = (1, 0)


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

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> object:
        """The plane's memory for another library (DLPack). Those that know no versions of DLPack are not
        told that it is read-only.

        Raises:
            BufferError: another device is asked for, or a stream.
        """
        if stream is not None or dl_device not in (None, _CPU):
            raise BufferError("the pixels of a frame are in the CPU's memory, which has no streams")
        if copy:
            import numpy as np

            return np.array(self).__dlpack__()
        return self.dlpack(max_version is not None and max_version[0] >= 1)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU

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
    def from_av(
        cls, frame: av.VideoFrame, *, timestamp: float | None = None, copy: bool | None = None
    ) -> Self:
        """A frame of PyAV's, with its colour space and rotation.

        Planar YUV is used in place, and PyAV's frame kept as long. Formats that :class:`PixelFormat` does
        not have are converted by PyAV first, to ``i010`` where they have more than 8 bits, else to ``i420``.

        Arguments:
            frame: an ``av.VideoFrame``.
            timestamp: seconds on libwebrtc's monotonic clock; where absent ``frame.pts * frame.time_base``,
                and now if the frame has no pts.
            copy: as for :meth:`from_ndarray`; None, the default, copies where it must.

        Raises:
            ImportError: PyAV is not installed.
            TypeError: it is no ``av.VideoFrame``.
            ValueError: the format cannot be converted, the size or the timestamp is out of range (a pts may
                be
                negative: give a timestamp then), or ``copy`` is False and a copy is needed.
        """
        frame, format = _av.known(_av.checked(frame, "VideoFrame"))
        return cls.from_planes(
            _av.planes(frame, format),
            format,
            timestamp=_av.seconds(frame) if timestamp is None else timestamp,
            # PyAV counts counterclockwise.
            rotation=-frame.rotation % 360,
            color_space=_av.color_space(frame) if is_yuv(format) else None,
            copy=copy,
        )

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
        _check_rotation(rotation)
        names = _names(color_space)
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

    def crop(self, x: int, y: int, width: int, height: int) -> Self:
        """A part of the picture, without a copy: it uses this frame's memory.

        Arguments:
            x: pixels from the left; even where chroma is halved (WebCodecs asks the same of ``visibleRect``).
            y: pixels from the top; even where chroma is halved in height.
            width: pixels.
            height: pixels.

        Raises:
            ValueError: the part is not inside of the picture, or ``x`` or ``y`` is odd.
        """
        across, down = chroma(self.format)
        for name, at, size, whole, by in (
            ("x", x, width, self.width, across),
            ("y", y, height, self.height, down),
        ):
            if size < 1 or at < 0 or at + size > whole:
                raise ValueError(f"{size} pixels from {name} = {at} on are not inside of {whole}")
            if at % by:
                raise ValueError(f"{name} is {at}; it is even in {self.format}, where chroma is halved")
        return self._new(self._native.cropped(x, y, width, height))

    def scale(self, width: int, height: int) -> Self:
        """The picture in another size, without the GIL; its format stays.

        Raises:
            ValueError: the size is out of range.
        """
        check_size(width, height)
        return self._new(self._native.scaled(width, height))

    def rotate(self, degrees: int | None = None) -> Self:
        """The picture turned clockwise, without the GIL; its format stays.

        Arguments:
            degrees: 0, 90, 180 or 270. Where absent, by :attr:`rotation`, as it is to be shown; the new
                frame's is 0.

        Raises:
            ValueError: another number of degrees.
        """
        if degrees is not None:
            _check_rotation(degrees)
            return self._new(self._native.rotated(degrees)) if degrees else self
        return self.rotate(self.rotation).replace(rotation=0)

    def convert(self, format: PixelFormat | str) -> Self:
        """The picture in another YUV format, without the GIL. Odd sizes are no limit.

        Raises:
            ValueError: the format is unknown, or is not YUV: frames do not keep RGB, arrays do.
        """
        known = pixel_format(format)
        if not is_yuv(known):
            raise ValueError(f"a frame cannot be kept in {known}; to_ndarray gives an array of it")
        return self if known == self.format else self._new(self._native.converted(known))

    def replace(self, **changes: Any) -> Self:
        """The same pixels with another ``timestamp``, ``rotation`` or ``color_space``, without a copy.

        Raises:
            TypeError: another keyword.
            ValueError: the timestamp or rotation is out of range.
        """
        if unknown := changes.keys() - {"timestamp", "rotation", "color_space"}:
            raise TypeError(f"replace() has no {', '.join(sorted(unknown))}")
        microseconds = self._native.timestamp_us
        if "timestamp" in changes:
            microseconds = timestamp_us(changes["timestamp"])
        rotation = changes.get("rotation", self.rotation)
        _check_rotation(rotation)
        names = self._native.color_space
        if "color_space" in changes:
            names = _names(changes["color_space"])
        return self._new(self._native.told(microseconds, self.rtp_timestamp, rotation, names))

    __replace__ = replace

    def to_av(self, format: PixelFormat | str | None = None, *, copy: bool = True) -> av.VideoFrame:
        """A frame of PyAV's with these pixels and colour space; its pts is :attr:`timestamp` in microseconds.

        Its rotation is 0: ``frame.rotate().to_av()`` is turned as it is to be shown.

        Arguments:
            format: the layout wanted; the frame's own where absent. PyAV's names are other ones: ``i420`` is
                its ``yuv420p``.
            copy: False lets PyAV's frame use this frame's memory, which nothing may change then: encode it,
                and let no filter draw on it.

        Raises:
            ImportError: PyAV is not installed.
            ValueError: the format is unknown; or ``copy`` is False, and the format is another one or its
                chroma is halved and the size odd.
        """
        av = _av.module()
        known = self.format if format is None else pixel_format(format)
        if copy:
            frame = av.VideoFrame(self.width, self.height, _av.NAMES[known])
            self._native.fill(fit(_av.planes(frame, known), known), known)
        elif known != self.format:
            raise ValueError(f"copy is False, and {self.format} has to be converted to {known}")
        else:
            frame = av.VideoFrame.from_dlpack(self.planes, format=_av.NAMES[known])
        frame.pts, frame.time_base = self._native.timestamp_us, _av.MICROSECONDS
        _av.set_color_space(frame, self.color_space)
        return frame

    @property
    def planes(self) -> tuple[VideoPlane, ...]:
        """The planes in memory, without a copy: Y, U, V and alpha; Y and pairs of U and V in ``nv12``."""
        return tuple(VideoPlane(self._native, index) for index in range(count_planes(self.format)))

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

    @property
    def capture_time(self) -> float | None:
        """When the sender captured a received frame: seconds on libwebrtc's monotonic clock, here.

        That is the clock of :attr:`timestamp` and ``time.monotonic()``, so their difference is how long the
        frame has been on its way. It comes from the header extension abs-capture-time, where that is
        negotiated, and else from the RTP timestamp and the sender reports of RTCP; the offset between the two
        machines' clocks is libwebrtc's estimate, which is off by half of what the ways differ. None until
        reports have come, which takes a few seconds, and for frames that were not received.
        """
        return _seconds(self._native.capture_time_us)

    @property
    def receive_time(self) -> float | None:
        """When the last packet of a received frame came: seconds on libwebrtc's monotonic clock.

        None for frames that were not received.
        """
        return _seconds(self._native.receive_time_us)

    @property
    def codec(self) -> str | None:
        """What a received frame was encoded with, as a MIME type: ``"video/VP8"``. None for others."""
        return self._native.codec

    def __repr__(self) -> str:
        return f"<VideoFrame {self.width}x{self.height} {self.format} at {self.timestamp:.3f} s>"

    def __reduce__(self) -> tuple[Any, ...]:
        import numpy as np

        told = (
            self._native.timestamp_us,
            self.rtp_timestamp,
            self.rotation,
            self._native.color_space,
        )
        return _restored, (type(self), [np.asarray(plane) for plane in self.planes], self.format, told)


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1e6


def _restored(
    cls: type[VideoFrame], planes: list[NDArray[Any]], format: PixelFormat, told: tuple[Any, ...]
) -> VideoFrame:
    frame = cls.from_planes(planes, format, timestamp=0)
    return cls._new(frame._native.told(*told))


def _check_rotation(degrees: int) -> None:
    if degrees not in _ROTATIONS:
        raise ValueError(f"rotation is {degrees}, not one of {_ROTATIONS}")


def _names(color_space: VideoColorSpace | None) -> tuple[str, str, str, str] | None:
    return None if color_space is None else color_space._names


def timestamp_us(timestamp: float | None) -> int:
    """Seconds as libwebrtc's microseconds; now where absent."""
    if timestamp is None:
        return _native.time_us()
    if not 0 <= timestamp <= _MAX_SECONDS:
        raise ValueError(f"timestamp is {timestamp} s, not in 0 to {_MAX_SECONDS}")
    return round(timestamp * 1e6)

"""PyAV's frames and ours (https://pyav.basswood-io.com): what one is called in the other."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .pixelformat import PixelFormat
from .videocolorspace import VideoColorSpace

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

# PyAV's name, and whether it means full range.
FORMATS: dict[str, PixelFormat] = {
    "yuv420p": PixelFormat.I420,
    "yuvj420p": PixelFormat.I420,
    "yuva420p": PixelFormat.I420A,
    "yuv422p": PixelFormat.I422,
    "yuvj422p": PixelFormat.I422,
    "yuv444p": PixelFormat.I444,
    "yuvj444p": PixelFormat.I444,
    "yuv420p10le": PixelFormat.I010,
    "yuv422p10le": PixelFormat.I210,
    "yuv444p10le": PixelFormat.I410,
    **{
        str(f): f
        for f in PixelFormat
        if f in ("nv12", "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "gray")
    },
}
NAMES = {ours: theirs for theirs, ours in reversed(FORMATS.items())}

# ITU-T H.273, tables 2 to 4; 2 is unspecified.
_PRIMARIES = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "jedec-p22",
}
_TRANSFERS = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log",
    10: "log-sqrt",
    11: "iec61966-2-4",
    12: "bt1361-ecg",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "pq",
    17: "smpte428",
    18: "hlg",
}
_MATRICES = {
    0: "rgb",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycocg",
    9: "bt2020-ncl",
    10: "bt2020-cl",
    11: "smpte2085",
    12: "chroma-derived-ncl",
    13: "chroma-derived-cl",
    14: "ictcp",
}
_UNSPECIFIED = 2
_LIMITED, _FULL = 1, 2  # AVColorRange

# FFmpeg's channel layouts with the speakers that libwebrtc guesses for a number of channels.
_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0(side)", "5.1(side)", "6.1", "7.1")

# Units of PyAV's timestamps of video: libwebrtc's own.
MICROSECONDS = Fraction(1, 1_000_000)


def module() -> ModuleType:
    """PyAV.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ImportError("frames of PyAV need PyAV: pip install pywebrtc[av]") from error
    return av


def checked(frame: Any, kind: str) -> Any:
    """A frame of PyAV's class of that name.

    Raises:
        ImportError: PyAV is not installed.
        TypeError: it is something else.
    """
    av = module()
    if not isinstance(frame, getattr(av, kind)):
        raise TypeError(f"from_av takes an av.{kind}, not {type(frame).__name__}")
    return frame


def seconds(frame: Any) -> float | None:
    """When a frame is to be shown, of its own clock; None where it does not say."""
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base)


def known(frame: Any) -> tuple[Any, PixelFormat]:
    """A video frame in a format that we have, which PyAV converts it to where it is not, and that format.

    Raises:
        ValueError: PyAV cannot: it is on a device, say.
    """
    av = module()
    name = frame.format.name
    if name not in FORMATS:
        deep = frame.format.components and frame.format.components[0].bits > 8
        name = "yuv420p10le" if deep else "yuv420p"
        try:
            # In this thread: those that PyAV would start stay.
            frame = frame.reformat(format=name, dst_color_range=_LIMITED, threads=1)
        except (ValueError, av.error.FFmpegError) as error:
            raise ValueError(f"PyAV cannot convert {frame.format.name} to {name}: {error}") from error
        frame.color_range = _LIMITED
    return frame, FORMATS[name]


def color_space(frame: Any) -> VideoColorSpace | None:
    """What a frame of PyAV's says of its colours; None where it says nothing."""
    full = {_LIMITED: False, _FULL: True}.get(frame.color_range)
    if frame.format.name.startswith("yuvj"):
        full = True
    space = VideoColorSpace(
        _PRIMARIES.get(frame.color_primaries),
        _TRANSFERS.get(frame.color_trc),
        _MATRICES.get(frame.colorspace),
        full,
    )
    return None if space == VideoColorSpace() else space


def set_color_space(frame: Any, space: VideoColorSpace | None) -> None:
    """Say it to a frame of PyAV's."""
    if space is None:
        return
    frame.color_primaries = _number(_PRIMARIES, space.primaries)
    frame.color_trc = _number(_TRANSFERS, space.transfer)
    frame.colorspace = _number(_MATRICES, space.matrix)
    frame.color_range = {None: 0, False: _LIMITED, True: _FULL}[space.fullRange]


def _number(table: dict[int, str], name: str | None) -> int:
    return next((number for number, known in table.items() if known == name), _UNSPECIFIED)


def planes(frame: Any, format: PixelFormat) -> list[NDArray[Any]]:
    """The planes of a video frame of PyAV's as arrays, without a copy.

    Raises:
        ValueError: they cannot be read.
    """
    import numpy as np

    deep = format in ("i010", "i210", "i410")
    arrays: list[NDArray[Any]] = []
    for index, plane in enumerate(frame.planes):
        try:
            rows = np.frombuffer(plane, np.uint16 if deep else np.uint8).reshape(plane.height, -1)
        except (ValueError, BufferError) as error:
            raise ValueError(f"the planes of {frame!r} cannot be read: {error}") from error
        channels = {"rgb24": 3, "bgr24": 3, "rgba": 4, "bgra": 4, "argb": 4, "abgr": 4}.get(format, 1)
        if format == "nv12" and index == 1:
            channels = 2
        rows = rows[:, : plane.width * channels]
        arrays.append(rows if channels == 1 else rows.reshape(plane.height, plane.width, channels))
    return arrays


def samples(frame: Any) -> tuple[NDArray[Any], int]:
    """The samples of an audio frame of PyAV's, ``(samples, channels)`` of int16 or float32, and their rate.

    Raises:
        ValueError: it does not say its rate.
    """
    if not frame.sample_rate:
        raise ValueError("the frame does not say its sample_rate")
    if frame.format.name not in ("s16", "s16p", "flt", "fltp"):
        av = module()
        (frame,) = av.AudioResampler(format="fltp").resample(frame)
    array: NDArray[Any] = frame.to_ndarray()
    if frame.format.is_planar:
        return array.T, frame.sample_rate
    return array.reshape(-1, frame.layout.nb_channels), frame.sample_rate


def layout(channels: int) -> str:
    """FFmpeg's name for a number of channels."""
    return _LAYOUTS[channels - 1] if channels <= len(_LAYOUTS) else f"{channels} channels"

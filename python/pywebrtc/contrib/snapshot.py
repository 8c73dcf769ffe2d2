"""Pictures of tracks and frames, as files that everything opens."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywebrtc._webidl import convert
from pywebrtc.exceptions import NotSupportedError
from pywebrtc.mediastreamtrack import MediaStreamTrack
from pywebrtc.videoframe import VideoFrame

from ._pyav import errors_of, pyav

if TYPE_CHECKING:
    from collections.abc import Callable

# By the end of the name: FFmpeg's encoder, the format of pixels that it takes, and its options. The best
# that JPEG has before files grow without looking better.
_KINDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "png": ("png", "rgb24", {}),
    "jpg": ("mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2"}),
    "jpeg": ("mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2"}),
    "webp": ("libwebp", "bgra", {"quality": "90"}),
    "bmp": ("bmp", "bgr24", {}),
}


async def snapshot(
    track: MediaStreamTrack, file: Any, *, format: str | None = None, size: tuple[int, int] | None = None
) -> VideoFrame:
    """Save the next picture of a track: ``await snapshot(track, "door.jpg")``.

    It waits for as long as no picture comes: ``asyncio.timeout()`` says for how long. Encoding and writing
    are done on a thread; cancelling it then cancels the waiting for that, not the file.

    Arguments:
        track: a video track; those who read it miss nothing.
        file: as for :func:`save_picture`, like the other two.
        format: ``"png"``, ``"jpg"``, ``"webp"`` or ``"bmp"``; told by the name of the file where absent.
        size: ``(width, height)``, when the picture is upright; the picture's own where absent.

    Returns:
        the frame that was saved, as it came.

    Raises:
        TypeError: not a video track.
        InvalidStateError: the track has ended, or ends before a picture comes.
        ImportError, OSError, NotSupportedError, ValueError: as of :func:`save_picture`.
    """
    convert(MediaStreamTrack, track, "snapshot: track")
    if track.kind != "video":
        raise TypeError(f"snapshot: {track!r} has no pictures")
    encode, write = _encoder(file, format, size), _writer(file)
    frame = await track.frames(maxsize=1).recv()
    assert isinstance(frame, VideoFrame)
    await asyncio.to_thread(lambda: write(encode(frame)))
    return frame


def save_picture(
    frame: VideoFrame, file: Any, *, format: str | None = None, size: tuple[int, int] | None = None
) -> None:
    """Save a picture, upright. It blocks: a few milliseconds for jpg, some dozens for png.

    Arguments:
        frame: the picture.
        file: a path, or an object with ``write``.
        format: ``"png"``, ``"jpg"``, ``"webp"`` or ``"bmp"``; told by the name of the file where absent.
        size: ``(width, height)``, when the picture is upright; the picture's own where absent.

    Raises:
        ImportError: PyAV is not installed.
        TypeError: no frame.
        ValueError: neither name nor ``format`` tell the format, or ``size`` is not positive.
        NotSupportedError: FFmpeg was built without the encoder.
        OSError: the file cannot be written.
    """
    convert(VideoFrame, frame, "save_picture: frame")
    _writer(file)(_encoder(file, format, size)(frame))


def _encoder(file: Any, format: str | None, size: tuple[int, int] | None) -> Callable[[VideoFrame], bytes]:
    """What makes the bytes of a file; raises what is wrong with the arguments before there is a picture."""
    av = pyav()
    if format is None:
        with contextlib.suppress(TypeError):
            format = Path(os.fsdecode(file)).suffix.lstrip(".").lower()
    if format not in _KINDS:
        raise ValueError(f"{file!r}: the format is {format!r}, not one of {', '.join(_KINDS)}")
    if size is not None and min(size) <= 0:
        raise ValueError(f"size is {size}, not positive")
    encoder, pixels, options = _KINDS[format]
    if encoder not in av.codecs_available:
        raise NotSupportedError(f"FFmpeg was built without {encoder}")

    def encode(frame: VideoFrame) -> bytes:
        upright = frame.rotate()
        if size is not None:
            upright = upright.scale(*size)
        with errors_of(repr(file)):
            picture = upright.to_av("rgb24").reformat(format=pixels, threads=1)
            context = av.CodecContext.create(encoder, "w")
            context.width, context.height, context.pix_fmt = picture.width, picture.height, pixels
            context.time_base, context.options = picture.time_base, options
            return b"".join(bytes(packet) for part in (picture, None) for packet in context.encode(part))

    return encode


def _writer(file: Any) -> Callable[[bytes], object]:
    if hasattr(file, "write"):
        return file.write
    return Path(os.fsdecode(file)).write_bytes

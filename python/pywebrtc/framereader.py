"""FrameReader: the frames of a track, each reader with a queue of its own."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from . import _dispatcher, _native
from ._audioarrays import checked_channels, convertible_rate
from ._webidl import Long, convert
from .audioframe import AudioFrame, checked_layout, sample_type
from .exceptions import InvalidStateError
from .pixelformat import check_array_size, check_size, pixel_format
from .videoframe import VideoFrame

if TYPE_CHECKING:
    import asyncio

    from numpy.typing import DTypeLike

    from .mediastreamtrack import MediaStreamTrack
    from .pixelformat import PixelFormat


# Frames that wait for a reader, before one is dropped: a second of video, two of audio; and as many as one
# may ask for.
_VIDEO_FRAMES, _AUDIO_FRAMES, _MAX_FRAMES = 30, 200, 100_000

_Frame = TypeVar("_Frame")


class FrameReader(Generic[_Frame]):
    """Frames or arrays of a track, one after the other: ``async for frame in track.frames()``."""

    _track: MediaStreamTrack
    _dispatcher: _dispatcher.Dispatcher
    _sink: _native.VideoSink | _native.ArraySink | _native.AudioSink
    _samples: tuple[Any, Literal["packed", "planar"]] | None  # dtype and layout of arrays of audio
    _waiters: dict[asyncio.Future[None], None]  # who came first is first
    _ended: bool

    def __init__(self) -> None:
        raise TypeError("FrameReader has no constructor: use MediaStreamTrack.frames()")

    @classmethod
    def _new(
        cls,
        track: MediaStreamTrack,
        *,
        format: PixelFormat | str | None,
        size: tuple[int, int] | None,
        dtype: DTypeLike | None,
        layout: Literal["packed", "planar"] | None,
        sample_rate: int | None,
        channels: int | None,
        maxsize: int | None,
        drop: Literal["oldest", "newest"],
    ) -> Self:
        if maxsize is None:
            maxsize = _VIDEO_FRAMES if track.kind == "video" else _AUDIO_FRAMES
        if not 1 <= maxsize <= _MAX_FRAMES:
            raise ValueError(f"frames: maxsize is {maxsize}, not in 1 to {_MAX_FRAMES}")
        if drop not in ("oldest", "newest"):
            raise ValueError(f"frames: drop is {drop!r}, not 'oldest' or 'newest'")
        self = cls.__new__(cls)
        # Its source feeds it as long as somebody holds it: whoever reads does.
        self._track = track
        self._samples = None
        self._waiters = {}
        self._ended = False
        if track.kind == "video":
            _refuse(track, dtype=dtype, layout=layout, sample_rate=sample_rate, channels=channels)
            pixels = _checked_pixels(format, size)
            self._dispatcher = _dispatcher.current()
            queue = (self._dispatcher.mailbox, track._native, maxsize, drop)
            self._sink = _native.VideoSink(*queue) if pixels is None else _native.ArraySink(*queue, *pixels)
        else:
            _refuse(track, format=format, size=size)
            if dtype is not None:
                self._samples = (sample_type(dtype), checked_layout(layout or "packed"))
            elif layout is not None:
                raise TypeError("frames: a layout is that of arrays, and needs a dtype")
            rate = 0 if sample_rate is None else convertible_rate(sample_rate, "frames: sample_rate")
            width = 0 if channels is None else checked_channels(channels, "frames: channels")
            self._dispatcher = _dispatcher.current()
            mailbox = self._dispatcher.mailbox
            self._sink = _native.AudioSink(mailbox, track._native, maxsize, drop, rate, width)
        # The dispatcher keeps what wakes the reader, not the reader: it goes when nobody reads any more.
        self._dispatcher.target(self._sink.key, _Waker(self))
        weakref.finalize(self, self._dispatcher.forget, self._sink.key)
        return self

    @property
    def dropped(self) -> int:
        """Frames that were dropped because too many waited."""
        return self._sink.dropped

    async def recv(self) -> _Frame:
        """The next frame, or its array. Cancelling loses no frame.

        Raises:
            InvalidStateError: the track has ended, and no frame waits.
            RangeError: there is no array in the format asked for of a frame of this size, because chroma is
                halved and a side odd; ask for a ``size``. The frames after it can be read.
        """
        while True:
            frame: Any = self._pop()
            if frame is not None:
                return frame
            # What is being converted still comes.
            if self._ended and self._sink.empty():
                raise InvalidStateError("recv: the track has ended")
            waiter: asyncio.Future[None] = self._dispatcher.loop.create_future()
            self._waiters[waiter] = None
            try:
                await waiter
            finally:
                self._waiters.pop(waiter, None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Frame:
        try:
            return await self.recv()
        except InvalidStateError:
            raise StopAsyncIteration from None

    def _pop(self) -> Any:
        frame = self._sink.pop()
        if isinstance(frame, _native.VideoFrame):
            return VideoFrame._new(frame)
        if isinstance(frame, _native.AudioFrame):
            made = AudioFrame._new(frame)
            return (
                made if self._samples is None else made.to_ndarray(self._samples[0], layout=self._samples[1])
            )
        return frame

    def _end(self) -> None:
        self._ended = True
        self._sink.detach()
        self._wake()

    def _wake(self) -> None:
        _dispatcher.wake(self._waiters)


def _refuse(track: MediaStreamTrack, **given: object) -> None:
    """Refuse what is for the other kind of track."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        raise TypeError(f"frames: {', '.join(names)} cannot be asked for of {track.kind}")


def _checked_pixels(
    format: PixelFormat | str | None, size: tuple[int, int] | None
) -> tuple[PixelFormat, tuple[int, int] | None] | None:
    if format is None:
        if size is not None:
            raise TypeError("frames: a size is that of arrays, and needs a format")
        return None
    known = pixel_format(format)
    if size is None:
        return known, None
    try:
        width, height = (convert(Long, side, "frames: size") for side in size)
    except ValueError as error:
        raise ValueError(f"frames: size is {size!r}, not a width and a height") from error
    check_size(width, height)
    check_array_size(known, width, height)
    return known, (width, height)


class _Waker:
    def __init__(self, reader: FrameReader[Any]) -> None:
        self._reader = weakref.ref(reader)

    def _on_frames(self) -> None:
        reader = self._reader()
        if reader is not None:
            reader._wake()

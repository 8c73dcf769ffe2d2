"""FrameReader: the frames of a track, each reader with a queue of its own."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Literal, Self

from . import _dispatcher, _native
from ._audioarrays import checked_channels, convertible_rate
from .audioframe import AudioFrame
from .exceptions import InvalidStateError
from .videoframe import VideoFrame

if TYPE_CHECKING:
    import asyncio

    from .mediastreamtrack import MediaStreamTrack


# Frames that wait for a reader, before one is dropped: a second of video, two of audio; and as many as one
# may ask for.
_VIDEO_FRAMES, _AUDIO_FRAMES, _MAX_FRAMES = 30, 200, 100_000


class FrameReader:
    """Frames of a track, one after the other: ``async for frame in track.frames()``."""

    _track: MediaStreamTrack
    _dispatcher: _dispatcher.Dispatcher
    _sink: _native.VideoSink | _native.AudioSink
    _waiters: set[asyncio.Future[None]]
    _ended: bool

    def __init__(self) -> None:
        raise TypeError("FrameReader has no constructor: use MediaStreamTrack.frames()")

    @classmethod
    def _new(
        cls,
        track: MediaStreamTrack,
        *,
        maxsize: int | None,
        drop: Literal["oldest", "newest"],
        sample_rate: int | None,
        channels: int | None,
    ) -> Self:
        if maxsize is None:
            maxsize = _VIDEO_FRAMES if track.kind == "video" else _AUDIO_FRAMES
        if not 1 <= maxsize <= _MAX_FRAMES:
            raise ValueError(f"frames: maxsize is {maxsize}, not in 1 to {_MAX_FRAMES}")
        if drop not in ("oldest", "newest"):
            raise ValueError(f"frames: drop is {drop!r}, not 'oldest' or 'newest'")
        rate = 0 if sample_rate is None else convertible_rate(sample_rate, "frames: sample_rate")
        width = 0 if channels is None else checked_channels(channels, "frames: channels")
        if track.kind == "video" and (rate or width):
            raise TypeError("frames: sample_rate and channels are for audio, and this is video")
        self = cls.__new__(cls)
        # Its source feeds it as long as somebody holds it: whoever reads does.
        self._track = track
        self._dispatcher = _dispatcher.current()
        self._waiters = set()
        self._ended = False
        mailbox, native = self._dispatcher.mailbox, track._native
        if track.kind == "video":
            self._sink = _native.VideoSink(mailbox, native, maxsize, drop)
        else:
            self._sink = _native.AudioSink(mailbox, native, maxsize, drop, rate, width)
        # The dispatcher keeps what wakes the reader, not the reader: it goes when nobody reads any more.
        self._dispatcher.target(self._sink.key, _Waker(self))
        weakref.finalize(self, self._dispatcher.forget, self._sink.key)
        return self

    @property
    def dropped(self) -> int:
        """Frames that were dropped because too many waited."""
        return self._sink.dropped

    async def recv(self) -> VideoFrame | AudioFrame:
        """The next frame. Cancelling loses no frame.

        Raises:
            InvalidStateError: the track has ended, and no frame waits.
        """
        while True:
            frame = self._sink.pop()
            if frame is not None:
                kind = VideoFrame if isinstance(frame, _native.VideoFrame) else AudioFrame
                return kind._new(frame)  # pyright: ignore[reportArgumentType]
            if self._ended:
                raise InvalidStateError("recv: the track has ended")
            waiter: asyncio.Future[None] = self._dispatcher.loop.create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> VideoFrame | AudioFrame:
        try:
            return await self.recv()
        except InvalidStateError:
            raise StopAsyncIteration from None

    def _end(self) -> None:
        self._ended = True
        self._sink.detach()
        self._wake()

    def _wake(self) -> None:
        _dispatcher.wake(self._waiters)


class _Waker:
    def __init__(self, reader: FrameReader) -> None:
        self._reader = weakref.ref(reader)

    def _on_frames(self) -> None:
        reader = self._reader()
        if reader is not None:
            reader._wake()

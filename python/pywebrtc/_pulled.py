"""Tracks whose frames a program's coroutine gives: of a source that is pushed what it gives, in time."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Literal

from . import _av, _native
from ._puller import Puller
from .audioframe import AudioFrame
from .audiosource import AudioSource
from .videoframe import VideoFrame
from .videosource import VideoSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .mediastreamtrack import MediaStreamTrack

# Seconds: a timestamp that is as near to now is of libwebrtc's own clock; what comes so late begins a new
# count, and what is due so much later too.
_LIVE, _LATE, _AHEAD = 5.0, 1.0, 10.0

# Seconds of sound that may be ahead of what is played, and that are queued at once.
_SOUND_AHEAD, _SOUND_PIECE, _SOUND_CAPACITY = 0.06, 0.05, 0.2


def start(
    track: MediaStreamTrack,
    kind: Literal["audio", "video"],
    pull: Callable[[], Awaitable[Any]],
    close: Callable[[], Awaitable[Any]] | None = None,
    *,
    label: str = "",
    format: str = "rgb24",
    frame_rate: float | None = None,
    sample_rate: int = 48000,
    channels: int = 2,
) -> None:
    """Make a new object the track of what ``pull`` gives."""
    if kind == "video":
        video = VideoSource._of(track, label)
        pictures = _Pictures(video, format, frame_rate)
        puller = Puller(track._source, pull, pictures.deliver, close)
        video.addEventListener("wantschange", lambda _: puller.want(video.wants.wanted))
    else:
        audio = AudioSource._of(track, label, sample_rate, channels, _SOUND_CAPACITY)
        puller = Puller(track._source, pull, _Sound(audio).deliver, close)
        audio._samples.watch(puller.want)
    track._source.puller = puller


class _Pace:
    """When what has a timestamp is due: the steps count, from the first on."""

    def __init__(self) -> None:
        self._offset: float | None = None

    async def wait(self, timestamp: float, *, early: float = 0.0) -> None:
        now = _native.time_us() / 1e6
        if abs(now - timestamp) < _LIVE:
            return
        if self._offset is None or not -_LATE < self._offset + timestamp - now < _AHEAD:
            self._offset = now - timestamp
        delay = self._offset + timestamp - now - early
        if delay > 0:
            await asyncio.sleep(delay)


class _Pictures:
    def __init__(self, source: VideoSource, format: str, frame_rate: float | None) -> None:
        self._source = source
        self._format = format
        self._interval = 0.0 if frame_rate is None else 1 / frame_rate
        self._due = 0.0
        self._pace = _Pace()

    async def deliver(self, frame: Any) -> None:
        timestamp: float | None = None
        if isinstance(frame, VideoFrame):
            timestamp = frame.timestamp
        elif _is_av(frame, "VideoFrame"):
            timestamp = _av.seconds(frame)
            # Its own may be negative, which a frame's cannot.
            frame = VideoFrame.from_av(frame, timestamp=None if timestamp is None else 0.0)
        if timestamp is not None:
            await self._pace.wait(timestamp)
        elif self._interval:
            now = _native.time_us() / 1e6
            self._due = max(self._due + self._interval, now)
            await asyncio.sleep(self._due - now)
        self._source.push(frame, self._format, timestamp=timestamp)


class _Sound:
    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._pace = _Pace()

    async def deliver(self, frame: Any) -> None:
        rate = self._source.sample_rate
        samples = frame
        timestamp: float | None = None
        if _is_av(frame, "AudioFrame"):
            timestamp = _av.seconds(frame)
            frame = AudioFrame.from_av(frame, timestamp=0.0)
        elif isinstance(frame, AudioFrame):
            timestamp = frame.timestamp
        if isinstance(frame, AudioFrame):
            samples, rate = frame.to_ndarray(), frame.sample_rate
        if timestamp is not None:
            await self._pace.wait(timestamp, early=_SOUND_AHEAD)
        # Piece by piece: a frame may be longer than the queue.
        piece = round(rate * _SOUND_PIECE)
        count = len(samples) if hasattr(samples, "__len__") else 1
        for begin in range(0, count, piece):
            await self._source.push(
                samples if count <= piece else samples[begin : begin + piece], sample_rate=rate
            )


def _is_av(frame: Any, kind: str) -> bool:
    """Whether it is a frame of PyAV's, which nobody has who has not imported it."""
    av = sys.modules.get("av")
    return av is not None and isinstance(frame, getattr(av, kind))

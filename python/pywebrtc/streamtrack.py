"""VideoStreamTrack and AudioStreamTrack: tracks whose frames a method of the program's own gives."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Any

from .audioframe import AudioFrame
from .exceptions import InvalidStateError
from .mediastreamtrack import MediaStreamTrack

_VIDEO_CLOCK = 90_000


class _Clock:
    """Moments that follow each other at a pace; those that nobody waited for are left out."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._count = 0

    async def next(self, interval: float) -> int:
        """The number of the next one, when it has come."""
        now = asyncio.get_running_loop().time()
        if self._start is None:
            self._start = now
            return 0
        self._count = max(self._count + 1, int((now - self._start) / interval))
        await asyncio.sleep(self._start + self._count * interval - now)
        return self._count


class VideoStreamTrack(MediaStreamTrack):
    """A video track whose pictures :meth:`recv` gives: override it. As it stands it is black.

    As in aiortc: ``recv`` is called in the event loop, once for each frame, as long as the track is sent or
    read by somebody, one after the other. It gives a :class:`VideoFrame`, an array in ``rgb24`` or a frame of
    PyAV's; it waits itself until there is one, with :meth:`next_timestamp` or for a camera. A frame whose
    timestamp is of another clock than ``time.monotonic()``, such as PyAV's ``pts``, is sent when that says,
    counted from the first.

    What ``recv`` raises ends the track, with an ``ended`` event: StopAsyncIteration and InvalidStateError in
    silence, anything else by way of the loop's exception handler. ``stop()`` cancels a call under way.

    Any subclass of :class:`MediaStreamTrack` that has ``recv`` and ``kind = "video"`` or ``"audio"`` is such
    a track; this one adds the clock. :meth:`frames` and ``async for`` read what it gives, without calling
    ``recv`` themselves.
    """

    _kind = "video"

    frame_rate: float = 30
    """Frames a second, for :meth:`next_timestamp`."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = _Clock()

    async def next_timestamp(self) -> tuple[int, Fraction]:
        """Wait until the next frame is due: its ``pts``, and the ``time_base`` of that, 1/90000 s.

        Frames that are late are left out, not caught up with.

        Raises:
            InvalidStateError: the track has ended.
        """
        _check_live(self)
        count = await self._clock.next(1 / self.frame_rate)
        return round(count * _VIDEO_CLOCK / self.frame_rate), Fraction(1, _VIDEO_CLOCK)

    async def recv(self) -> Any:
        """The next frame."""
        import numpy as np  # as elsewhere: most of the time that `import pywebrtc` would take

        await self.next_timestamp()
        return np.zeros((480, 640, 3), np.uint8)


class AudioStreamTrack(MediaStreamTrack):
    """An audio track whose samples :meth:`recv` gives: override it. As it stands it is silent.

    As :class:`VideoStreamTrack`: ``recv`` gives an :class:`AudioFrame`, an array of 48000 samples a second as
    :meth:`AudioSource.push` takes it, or a frame of PyAV's. It may give them as fast as it likes: it is
    called when there is room, a tenth of a second ahead of what is played. The track has two channels; one
    that comes alone is heard on both.
    """

    _kind = "audio"

    sample_rate: int = 48000
    """Samples a second, for :meth:`next_timestamp`."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = _Clock()

    async def next_timestamp(self) -> tuple[int, Fraction]:
        """Wait until the next 20 ms are due: their ``pts``, and the ``time_base`` of that, a sample.

        Raises:
            InvalidStateError: the track has ended.
        """
        _check_live(self)
        count = await self._clock.next(0.02)
        return count * self.sample_rate // 50, Fraction(1, self.sample_rate)

    async def recv(self) -> Any:
        """The next frame."""
        import numpy as np  # as above

        await self.next_timestamp()
        silence = np.zeros(self.sample_rate // 50, np.int16)
        return AudioFrame.from_ndarray(silence, self.sample_rate)


def _check_live(track: MediaStreamTrack) -> None:
    if track.readyState != "live":
        raise InvalidStateError(f"next_timestamp: {track!r} has ended")

"""AudioSource: where samples become tracks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from . import _dispatcher, _native
from ._audioarrays import checked_samples, convertible_rate
from ._audiofeeds import FeedSource
from ._tracksource import Source
from .audioframe import AudioFrame
from .constraints import MediaTrackSettings
from .exceptions import InvalidStateError
from .mediastreamtrack import MediaStreamTrack

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Generator

    import numpy as np
    from numpy.typing import NDArray


# Those of the source itself. Others are resampled.
_RATES = (8000, 16000, 24000, 32000, 44100, 48000)


class _Samples(FeedSource):
    """Where the tracks of an AudioSource get their samples: all from the one queue."""

    def __init__(self, native: _native.AudioSource, sample_rate: int, channels: int) -> None:
        super().__init__(MediaTrackSettings(sampleRate=sample_rate), channels=[channels])
        self._native = native

    def attach(self, feed: _native.AudioFeed) -> None:
        self._native.add_feed(feed)

    def detach(self, feed: _native.AudioFeed) -> None:
        self._native.remove_feed(feed)

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if self.ended:
            self._native.clear()


class AudioSource(Source):
    """An audio track that sends the samples that are pushed, at the pace of the clock.

    What is pushed waits in a queue, which a program that has samples ahead of time fills as quickly as it
    likes, and a microphone never. It leaves 10 ms at a time. Nothing is sent before the first samples; where
    none have come for a tenth of a second after them, silence is sent for all of that time and from then on,
    so that a pause of the program is one in the sound, and what comes after it is in time with the video.

    Samples are sent as they are, unless the constraints of the track ask for libwebrtc's processing of a
    microphone's voice: ``await source.track.applyConstraints({"echoCancellation": True})``,
    ``noiseSuppression``, ``autoGainControl``; each clone has its own. The echo that is taken out is that of
    what a :class:`Speaker` plays or, where there is none, of all that is received.

    It ends when its track and all clones of it have been stopped. :meth:`push` and :meth:`clear` may be
    called on any thread; everything else on the event loop's.

    Arguments:
        label: a name for people, the track's ``label``.
        sample_rate: samples a second: 8000, 16000, 24000, 32000, 44100 or 48000.
        channels: 1 or 2.
        capacity: seconds of audio that may wait; beyond it the oldest is dropped.

    Raises:
        ValueError: a rate, number of channels or capacity that is not allowed.
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    def __init__(
        self, label: str = "", *, sample_rate: int = 48000, channels: int = 1, capacity: float = 1.0
    ) -> None:
        self._begin(MediaStreamTrack.__new__(MediaStreamTrack), label, sample_rate, channels, capacity)

    @classmethod
    def _of(
        cls, track: MediaStreamTrack, label: str, sample_rate: int, channels: int, capacity: float
    ) -> Self:
        """The source of a track that is being made."""
        self = cls.__new__(cls)
        self._begin(track, label, sample_rate, channels, capacity)
        return self

    def _begin(
        self, track: MediaStreamTrack, label: str, sample_rate: int, channels: int, capacity: float
    ) -> None:
        if sample_rate not in _RATES:
            raise ValueError(f"AudioSource: sample_rate is {sample_rate}, not one of {_RATES}")
        if channels not in (1, 2):
            raise ValueError(f"AudioSource: channels is {channels}, not 1 or 2")
        if not 0.01 <= capacity <= 60:
            raise ValueError(f"AudioSource: capacity is {capacity} s, not in 0.01 to 60")
        self._sample_rate = sample_rate
        self._channels = channels
        self._capacity = capacity
        self._dropped = 0
        self._counting = threading.Lock()
        self._native = _native.AudioSource(sample_rate, channels, round(capacity * 1000))
        self._samples = _Samples(self._native, sample_rate, channels)
        track._begin(self._samples.create_track(), label, self._samples)
        self._track = track
        # That of the loop in which it was first waited for.
        self._dispatcher: _dispatcher.Dispatcher | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def sample_rate(self) -> int:
        """Samples a second of one channel."""
        return self._sample_rate

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._channels

    @property
    def capacity(self) -> float:
        """Seconds of audio that may wait."""
        return self._capacity

    @property
    def queued_duration(self) -> float:
        """Seconds of audio that wait to be sent."""
        return self._native.queued / self._sample_rate

    @property
    def dropped(self) -> int:
        """Samples of one channel that went nowhere: too many waited, or the source was muted."""
        return self._dropped

    def push(
        self,
        samples: NDArray[np.int16] | NDArray[np.float32] | AudioFrame,
        *,
        sample_rate: int | None = None,
    ) -> Awaitable[None]:
        """Queue samples, at once; await what it returns to wait for room.

        ``await source.push(samples)`` waits while more than half of the capacity is queued, so that a loop of
        it goes as fast as the samples are played; without ``await`` they are only queued, and the oldest are
        dropped beyond the capacity (:attr:`dropped`). Cancelling the wait takes nothing back.

        Any number of samples may be pushed, of another rate and number of channels too, and both may change
        at any time: libwebrtc resamples and remixes them.

        Arguments:
            samples: an array of shape ``(samples, channels)``, of 1 to 8 channels, or ``(samples,)`` for one;
                int16, or float32 of which -1 to 1 is the full scale and what lies beyond is clipped. Or a
                frame.
            sample_rate: that of the array, a multiple of 10 in 4000 to 384000; the source's own where absent.

        Raises:
            TypeError: neither a numpy array of int16 or float32 nor an AudioFrame.
            ValueError: a shape or rate that is not allowed, or a float is NaN or infinite.
            InvalidStateError: the source has ended; it ends before there is room.
        """
        if isinstance(samples, AudioFrame):
            array, rate = samples.to_ndarray(), samples.sample_rate
        else:
            array = checked_samples(samples, None, "samples")
            rate = (
                self._sample_rate
                if sample_rate is None
                else convertible_rate(sample_rate, "push: sample_rate")
            )
        if self._samples.ended:
            raise InvalidStateError(f"push: {self._track!r} has ended, and so have its clones")
        dropped = len(array) * self._sample_rate // rate if self._muted else self._native.push(array, rate)
        if dropped:
            with self._counting:
                self._dropped += dropped
        return _Room(self)

    async def wait_for_playout(self) -> None:
        """Wait until all that was pushed has left. Cancelling does nothing else.

        The last 10 ms are filled with silence, where samples for that are missing.

        Raises:
            InvalidStateError: the source ends before.
            RuntimeError: it was waited for in another event loop before.
        """
        self._native.pad()
        await self._wait(0)

    def clear(self) -> None:
        """Forget what waits."""
        self._native.clear()

    async def _wait(self, limit: int) -> None:
        """Until no more samples wait than that."""
        if self._dispatcher is None:
            self._dispatcher = _dispatcher.current()
        dispatcher, key = self._dispatcher, self._native.key
        while True:
            loop = dispatcher.loop
            if self._samples.ended:
                raise InvalidStateError(f"{self._track!r} ended before its samples left")
            if self._native.queued <= limit:
                return
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters.add(waiter)
            dispatcher.target(key, self)
            self._native.notify_at(dispatcher.mailbox, limit)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
                if not self._waiters:
                    dispatcher.forget(key)

    def _on_drained(self) -> None:
        _dispatcher.wake(self._waiters)


class _Room:
    """What ``push`` returns: awaiting it waits for room in the queue."""

    __slots__ = ("_source",)

    def __init__(self, source: AudioSource) -> None:
        self._source = source

    def __await__(self) -> Generator[Any, None, None]:
        source = self._source
        return source._wait(int(source._capacity * source._sample_rate / 2)).__await__()

"""MediaBlackhole: tracks are read, and that is all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from pywebrtc import _dispatcher
from pywebrtc._webidl import convert
from pywebrtc.exceptions import InvalidStateError
from pywebrtc.mediastreamtrack import MediaStreamTrack

if TYPE_CHECKING:
    from pywebrtc.framereader import FrameReader


class MediaBlackhole:
    """Reads tracks and throws away what they give.

    ::

        async with MediaBlackhole() as blackhole:
            blackhole.addTrack(track)
            await blackhole.start()
            await asyncio.sleep(10)
            print(blackhole.received)

    A track that nobody reads costs nothing, so no program needs this to get on: it is for those that want to
    know that frames arrive (tests, load generators, monitors), and for those written for aiortc.
    """

    def __init__(self) -> None:
        self._tracks: dict[MediaStreamTrack, asyncio.Task[None] | None] = {}
        self._started = False
        self._received = 0

    @property
    def received(self) -> int:
        """Frames, of all tracks together."""
        return self._received

    def addTrack(self, track: MediaStreamTrack) -> None:
        """Read a track too: from :meth:`start` on, or from now on. One that is read already changes nothing.

        Raises:
            TypeError: not a track.
            InvalidStateError: it runs, and the track has ended.
        """
        convert(MediaStreamTrack, track, "addTrack: track")
        if track not in self._tracks:
            self._tracks[track] = self._read(track) if self._started else None

    def removeTrack(self, track: MediaStreamTrack) -> None:
        """Read a track no more. One that is not read changes nothing."""
        task = self._tracks.pop(track, None)
        if task is not None:
            task.cancel()

    async def start(self) -> None:
        """Begin. Tracks that have ended meanwhile are forgotten; a second time changes nothing."""
        self._started = True
        for track, task in list(self._tracks.items()):
            if track.readyState == "ended":
                self._tracks.pop(track)
            elif task is None:
                self._tracks[track] = self._read(track)

    async def stop(self) -> None:
        """Read nothing more, and forget the tracks. Idempotent."""
        tasks = [task for task in self._tracks.values() if task is not None]
        self._tracks.clear()
        self._started = False
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __repr__(self) -> str:
        return f"<MediaBlackhole of {len(self._tracks)} tracks, {self._received} frames>"

    def _read(self, track: MediaStreamTrack) -> asyncio.Task[None]:
        if track.readyState == "ended":
            raise InvalidStateError(f"addTrack: {track!r} has ended")
        return _dispatcher.current().loop.create_task(self._run(track, track.frames(maxsize=1)))

    async def _run(self, track: MediaStreamTrack, reader: FrameReader[Any]) -> None:
        async for _ in reader:
            self._received += 1
        self._tracks.pop(track, None)

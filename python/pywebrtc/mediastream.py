"""MediaStreamTrack and MediaStream: audio and video, local or remote."""

from __future__ import annotations

import uuid
import weakref
from typing import TYPE_CHECKING, Literal, Self

from . import _dispatcher, _native
from .enums import MediaStreamTrackState
from .events import MediaStreamTrackEvent
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import InvalidStateError
from .frames import AudioFrame, VideoFrame

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

# Frames that wait for a reader, before the oldest is dropped: a second of video, two of audio.
_VIDEO_FRAMES = 30
_AUDIO_FRAMES = 200


class MediaStreamTrack(EventTarget):
    """One flow of audio or video frames (mediacapture-main, section "MediaStreamTrack").

    A local track comes from a source (``VideoSource().track``), a remote one with a ``track`` event. Read
    the frames of either with :meth:`recv`, with ``async for frame in track``, or with :meth:`frames`, which
    gives each reader a queue of its own.
    """

    onended = EventHandler[Event]("ended")

    _native: _native.Track
    _kind: Literal["audio", "video"]
    _label: str
    _enabled: bool
    _readyState: MediaStreamTrackState
    _dispatcher: _dispatcher.Dispatcher | None  # a remote track's
    _reader: FrameReader | None  # that of recv()
    _readers: weakref.WeakSet[FrameReader]

    def __init__(self) -> None:
        raise TypeError("MediaStreamTrack has no constructor: use VideoSource().track or AudioSource().track")

    @classmethod
    def _new(cls, native: _native.Track, label: str) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._native = native
        self._kind = "video" if native.is_video else "audio"
        self._label = label
        self._enabled = True
        self._readyState = MediaStreamTrackState.LIVE
        self._dispatcher = None
        self._reader = None
        self._readers = weakref.WeakSet()
        return self

    @classmethod
    def _remote(cls, dispatcher: _dispatcher.Dispatcher, native: _native.Track) -> Self:
        self = cls._new(native, f"remote {'video' if native.is_video else 'audio'}")
        self._dispatcher = dispatcher
        dispatcher.target(native.key, self)
        return self

    @property
    def kind(self) -> Literal["audio", "video"]:
        """``"audio"`` or ``"video"``."""
        return self._kind

    @property
    def id(self) -> str:
        """A unique name; a remote track has the one that the peer announced, if it did."""
        return self._native.id

    @property
    def label(self) -> str:
        """A name of the source, for people."""
        return self._label

    @property
    def enabled(self) -> bool:
        """Whether frames flow; a disabled track is black or silent."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        if not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"MediaStreamTrack.enabled: {value!r} is not a bool")
        self._enabled = value
        self._native.set_enabled(value)

    @property
    def readyState(self) -> MediaStreamTrackState:
        """``"live"``, or ``"ended"`` for ever."""
        return self._readyState

    def stop(self) -> None:
        """End the track here; no event is fired (mediacapture-main, "stop()"). Idempotent."""
        if self._readyState == MediaStreamTrackState.LIVE:
            self._native.set_enabled(False)
            self._end()

    def frames(self, *, maxsize: int | None = None) -> FrameReader:
        """A new reader with a queue of its own.

        Arguments:
            maxsize: frames that may wait; beyond it the oldest is dropped (``reader.dropped`` counts).
                30 for video and 200 (two seconds) for audio by default.

        Raises:
            ValueError: ``maxsize`` is less than 1.
            InvalidStateError: the track has ended.
        """
        if self._readyState == MediaStreamTrackState.ENDED:
            raise InvalidStateError(f"frames: {self!r} has ended")
        if maxsize is None:
            maxsize = _VIDEO_FRAMES if self._kind == "video" else _AUDIO_FRAMES
        if maxsize < 1:
            raise ValueError(f"frames: maxsize is {maxsize}, at least 1 is needed")
        reader = FrameReader._new(self, maxsize)
        self._readers.add(reader)
        return reader

    async def recv(self) -> VideoFrame | AudioFrame:
        """The next frame. Frames are queued for this from the first call on.

        Cancelling loses no frame.

        Raises:
            InvalidStateError: the track has ended, and no frame waits.
        """
        if self._reader is None:
            self._reader = self.frames()
        return await self._reader.recv()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> VideoFrame | AudioFrame:
        try:
            return await self.recv()
        except InvalidStateError:
            raise StopAsyncIteration from None

    def __repr__(self) -> str:
        return f"<MediaStreamTrack {self._kind} {self.id} {self._readyState}>"

    def _on_state(self, state: str) -> None:
        if state == MediaStreamTrackState.ENDED and self._readyState == MediaStreamTrackState.LIVE:
            self._end()
            self._fire(Event._new("ended"))

    def _end(self) -> None:
        self._readyState = MediaStreamTrackState.ENDED
        if self._dispatcher is not None:
            self._dispatcher.forget(self._native.key)
        for reader in list(self._readers):
            reader._end()


class FrameReader:
    """Frames of a track, one after the other: ``async for frame in track.frames()``."""

    _dispatcher: _dispatcher.Dispatcher
    _sink: _native.VideoSink | _native.AudioSink
    _waiters: set[asyncio.Future[None]]
    _ended: bool

    def __init__(self) -> None:
        raise TypeError("FrameReader has no constructor: use MediaStreamTrack.frames()")

    @classmethod
    def _new(cls, track: MediaStreamTrack, maxsize: int) -> Self:
        self = cls.__new__(cls)
        self._dispatcher = _dispatcher.current()
        self._waiters = set()
        self._ended = track.readyState == MediaStreamTrackState.ENDED
        sink = _native.VideoSink if track.kind == "video" else _native.AudioSink
        self._sink = sink(self._dispatcher.mailbox, track._native, maxsize)
        # The dispatcher keeps what wakes the reader, not the reader: it goes when nobody reads any more.
        self._dispatcher.target(self._sink.key, _Waker(self))
        weakref.finalize(self, self._dispatcher.forget, self._sink.key)
        return self

    @property
    def dropped(self) -> int:
        """Frames that were dropped because they waited for too long."""
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


class MediaStream(EventTarget):
    """Tracks that belong together (mediacapture-main, section "MediaStream").

    Arguments:
        tracks: another stream, or tracks.

    Raises:
        TypeError: ``tracks`` holds something else.
    """

    onaddtrack = EventHandler[MediaStreamTrackEvent]("addtrack")
    onremovetrack = EventHandler[MediaStreamTrackEvent]("removetrack")

    def __init__(self, tracks: MediaStream | Iterable[MediaStreamTrack] = ()) -> None:
        super().__init__()
        self._id = str(uuid.uuid4())
        self._tracks: dict[str, MediaStreamTrack] = {}
        for track in tracks.getTracks() if isinstance(tracks, MediaStream) else tracks:
            self.addTrack(track)

    @classmethod
    def _new(cls, id: str) -> Self:
        self = cls()
        self._id = id
        return self

    @property
    def id(self) -> str:
        """A unique name; a remote stream has the one that the peer announced."""
        return self._id

    @property
    def active(self) -> bool:
        """Whether a track of it is live."""
        return any(track.readyState == MediaStreamTrackState.LIVE for track in self._tracks.values())

    def getTracks(self) -> list[MediaStreamTrack]:
        """All tracks."""
        return list(self._tracks.values())

    def getAudioTracks(self) -> list[MediaStreamTrack]:
        """The audio tracks."""
        return [track for track in self._tracks.values() if track.kind == "audio"]

    def getVideoTracks(self) -> list[MediaStreamTrack]:
        """The video tracks."""
        return [track for track in self._tracks.values() if track.kind == "video"]

    def getTrackById(self, trackId: str) -> MediaStreamTrack | None:
        """The track with that id; None where there is none."""
        return self._tracks.get(trackId)

    def addTrack(self, track: MediaStreamTrack) -> None:
        """Add a track; one that is there already changes nothing. No event is fired."""
        if not isinstance(track, MediaStreamTrack):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"MediaStream: a MediaStreamTrack, not {type(track).__name__}")
        self._tracks.setdefault(track.id, track)

    def removeTrack(self, track: MediaStreamTrack) -> None:
        """Remove a track; one that is not there changes nothing. No event is fired."""
        if not isinstance(track, MediaStreamTrack):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"MediaStream: a MediaStreamTrack, not {type(track).__name__}")
        self._tracks.pop(track.id, None)

    def __repr__(self) -> str:
        return f"<MediaStream {self._id} with {len(self._tracks)} tracks>"

    def _add_remote(self, track: MediaStreamTrack) -> None:
        """The remote peer added a track: with an event (webrtc-pc, "set the associated remote streams")."""
        if track.id not in self._tracks:
            self._tracks[track.id] = track
            self._fire_track("addtrack", track)

    def _remove_remote(self, track: MediaStreamTrack) -> None:
        if self._tracks.pop(track.id, None) is not None:
            self._fire_track("removetrack", track)

    def _fire_track(self, type: str, track: MediaStreamTrack) -> None:
        self._fire(MediaStreamTrackEvent._new(type, track=track))

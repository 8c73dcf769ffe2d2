"""MediaStreamTrack: one flow of audio or video, local or remote."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from ._tracksource import RemoteSource, TrackSource, new_id
from ._webidl import convert
from .constraints import MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings
from .enums import MediaStreamTrackState
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import InvalidStateError
from .framereader import FrameReader
from .pixelformat import PixelFormat, pixel_format

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from numpy.typing import DTypeLike, NDArray

    from . import _native
    from ._dispatcher import Dispatcher
    from .audioframe import AudioFrame
    from .videoframe import VideoFrame

_MAX_FRAME_RATE = 1000.0

_HINTS = {"audio": ("", "speech", "speech-recognition", "music"), "video": ("", "motion", "detail", "text")}


class MediaStreamTrack(EventTarget):
    """One flow of audio or video frames (mediacapture-main, section "MediaStreamTrack").

    A local track comes from a source (``VideoSource().track``), a remote one with a ``track`` event. Read
    the frames of either with :meth:`recv`, with ``async for frame in track``, or with :meth:`frames`, which
    gives each reader a queue of its own.

    One whose frames a coroutine gives is made by :meth:`from_async_iterator`, or is of a subclass that
    overrides ``recv`` and has ``kind = "audio"`` or ``"video"``, as in aiortc: :class:`VideoStreamTrack` says
    more.
    """

    onended = EventHandler[Event]("ended")
    onmute = EventHandler[Event]("mute")
    onunmute = EventHandler[Event]("unmute")
    onisolationchange = EventHandler[Event]("isolationchange")

    _native: _native.Track
    _source: TrackSource
    _id: str
    _kind: Literal["audio", "video"]
    _label: str
    _enabled: bool
    _muted: bool
    _readyState: MediaStreamTrackState
    _contentHint: str
    _constraints: MediaTrackConstraints
    _reader: FrameReader[VideoFrame | AudioFrame] | None  # that of recv()
    _readers: weakref.WeakSet[FrameReader[Any]]

    def __init__(self) -> None:
        own = type(self)
        kind: Any = own.kind if isinstance(own.kind, str) else getattr(own, "_kind", None)
        if kind not in _HINTS or own.recv is MediaStreamTrack.recv:
            raise TypeError(
                f"{own.__name__} has no constructor: use VideoSource().track, AudioSource().track or"
                " from_async_iterator(); or a subclass with recv() and kind = 'audio' or 'video'"
            )
        from ._pulled import start  # which makes tracks

        start(self, kind, self.recv)

    @classmethod
    def from_async_iterator(
        cls,
        frames: AsyncIterable[Any],
        kind: Literal["audio", "video"],
        *,
        label: str = "",
        format: PixelFormat | str = PixelFormat.RGB24,
        frame_rate: float | None = None,
        sample_rate: int = 48000,
        channels: int = 2,
    ) -> MediaStreamTrack:
        """A track that sends what an async iterator gives: an async generator, a reader of another track.

        It is asked in the event loop for one frame after the other, as long as the track is sent or read by
        somebody; audio counts as sent from ``addTrack`` on, video from the negotiation on. When nobody takes
        frames it is not asked. Pictures go when they come, unless their timestamps are of another clock than
        ``time.monotonic()``, such as PyAV's ``pts``: then when these say, counted from the first. Samples may
        come as fast as they like, for they are asked for a tenth of a second ahead of what is played.

        The track ends with the iterator, with an ``ended`` event; an exception goes to the loop's exception
        handler besides. ``stop()`` cancels what waits for a frame, and closes the iterator (``aclose``).

        Arguments:
            frames: gives :class:`VideoFrame` or :class:`AudioFrame`, arrays, or frames of PyAV's.
            kind: ``"audio"`` or ``"video"``.
            label: a name for people.
            format: the layout of arrays of pictures.
            frame_rate: arrays of pictures are asked for at this pace at most; absent, the iterator sets it.
            sample_rate: of arrays of samples, and of the track: as for :class:`AudioSource`.
            channels: of an audio track, 1 or 2; others are remixed.

        Raises:
            TypeError: ``frames`` is no async iterable.
            ValueError: the kind, format, rate or number of channels is not one of those.
        """
        if not hasattr(frames, "__aiter__"):
            raise TypeError(f"from_async_iterator: {type(frames).__name__} is no async iterable")
        if kind not in _HINTS:
            raise ValueError(f"from_async_iterator: kind is {kind!r}, not 'audio' or 'video'")
        if frame_rate is not None and not 0 < frame_rate <= _MAX_FRAME_RATE:
            raise ValueError(
                f"from_async_iterator: frame_rate is {frame_rate}, not in 0 to {_MAX_FRAME_RATE:g}"
            )
        from ._pulled import start  # as above

        known = pixel_format(format)
        iterator = aiter(frames)
        track = MediaStreamTrack.__new__(MediaStreamTrack)
        start(
            track,
            kind,
            iterator.__anext__,
            getattr(iterator, "aclose", None),
            label=convert(str, label, "from_async_iterator: label"),
            format=known,
            frame_rate=frame_rate,
            sample_rate=sample_rate,
            channels=channels,
        )
        return track

    @classmethod
    def _new(cls, native: _native.Track, label: str, source: TrackSource, *, muted: bool = False) -> Self:
        self = cls.__new__(cls)
        self._begin(native, label, source, muted=muted)
        return self

    def _begin(self, native: _native.Track, label: str, source: TrackSource, *, muted: bool = False) -> None:
        EventTarget.__init__(self)
        self._native = native
        self._source = source
        self._id = native.id
        self._kind = "video" if native.is_video else "audio"
        self._label = label
        self._enabled = True
        self._muted = muted
        self._readyState = MediaStreamTrackState.LIVE
        self._contentHint = ""
        self._constraints = MediaTrackConstraints()
        self._reader = None
        self._readers = weakref.WeakSet()
        source.started(self)

    @classmethod
    def _remote(cls, dispatcher: Dispatcher, native: _native.Track) -> Self:
        """The track of a receiver: muted until media flows (webrtc-pc, "create an RTCRtpReceiver")."""
        label = f"remote {'video' if native.is_video else 'audio'}"
        return cls._new(native, label, RemoteSource(dispatcher, native), muted=True)

    @property
    def kind(self) -> Literal["audio", "video"]:
        """``"audio"`` or ``"video"``."""
        return self._kind

    @property
    def id(self) -> str:
        """A unique name; a remote track has the one that the peer announced, if it did."""
        return self._id

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
        self._enabled = convert(bool, value, "MediaStreamTrack.enabled")
        if self._readyState == MediaStreamTrackState.LIVE:
            self._native.set_enabled(value)

    @property
    def isolated(self) -> bool:
        """Whether the content is kept from the program (webrtc-identity): never, it is the program's own.

        So ``isolationchange`` is never fired.
        """
        return False

    @property
    def muted(self) -> bool:
        """Whether the source gives nothing now: that is not for the program to say, as ``enabled`` is.

        A remote track is muted until its first packet, and when the remote peer stops sending it. libwebrtc
        does not tell of pauses in between. A local one is muted with its source.
        """
        return self._muted

    @property
    def readyState(self) -> MediaStreamTrackState:
        """``"live"``, or ``"ended"`` for ever."""
        return self._readyState

    @property
    def contentHint(self) -> str:
        """What the track shows or tells, which encoders make use of (mst-content-hint).

        ``"motion"``, ``"detail"`` or ``"text"`` for video; ``"speech"``, ``"speech-recognition"`` or
        ``"music"`` for audio, of which libwebrtc makes no use; ``""`` for none. Other strings change nothing.
        """
        return self._contentHint

    @contentHint.setter
    def contentHint(self, value: str) -> None:
        hint = convert(str, value, "MediaStreamTrack.contentHint")
        if hint not in _HINTS[self._kind]:
            return
        self._contentHint = hint
        if self._kind == "video" and self._readyState == MediaStreamTrackState.LIVE:
            self._native.set_content_hint(hint)

    def clone(self) -> MediaStreamTrack:
        """Another track of the same source, which is enabled, constrained and stopped by itself.

        https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-clone. The clone of a track that has
        ended has ended.
        """
        if self._readyState == MediaStreamTrackState.ENDED:
            clone = MediaStreamTrack._new(self._native, self._label, TrackSource(), muted=self._muted)
            clone._id = new_id()
            clone._enabled = self._enabled
            clone._contentHint = self._contentHint
            clone._constraints = self._constraints
            clone._end()
            return clone
        clone = MediaStreamTrack._new(self._source.clone(self), self._label, self._source, muted=self._muted)
        clone.enabled = self._enabled
        clone.contentHint = self._contentHint
        clone._constraints = self._constraints
        self._source.adjust(clone)
        return clone

    def stop(self) -> None:
        """End the track here; no event is fired (mediacapture-main, "stop()"). Idempotent.

        A source whose tracks have all been stopped has ended: it takes no more frames.
        """
        if self._readyState == MediaStreamTrackState.LIVE:
            # Readers first: they get no black or silent frame for it.
            self._end()
            self._native.set_enabled(False)

    def getCapabilities(self) -> MediaTrackCapabilities:
        """What :meth:`applyConstraints` can choose from; nothing, where the track is remote."""
        return self._source.capabilities()

    def getConstraints(self) -> MediaTrackConstraints:
        """A copy of what :meth:`applyConstraints` was given last."""
        return MediaTrackConstraints.convert(self._constraints)

    def getSettings(self) -> MediaTrackSettings:
        """What the track does now; what is not known is None, as the size is before the first picture."""
        return self._source.settings(self)

    async def applyConstraints(
        self, constraints: MediaTrackConstraints | Mapping[str, Any] | None = None
    ) -> None:
        """Have the track as the constraints ask, in place of those before; without any, as the source has it.

        https://w3c.github.io/mediacapture-main/#dom-mediastreamtrack-applyconstraints. Constraints of a track
        that has ended have no effect. A mandatory one (``exact``, ``min`` or ``max``) is met or is an error,
        unless the source is of another size later: pictures with which it cannot be met are not sent then.

        Raises:
            TypeError: a member has the wrong type.
            OverconstrainedError: a mandatory constraint cannot be met; nothing has changed.
        """
        wanted = MediaTrackConstraints.convert(constraints, "applyConstraints")
        if self._readyState == MediaStreamTrackState.LIVE:
            self._constrain(wanted)

    @overload
    def frames(
        self,
        *,
        sample_rate: int | None = None,
        channels: int | None = None,
        maxsize: int | None = None,
        drop: Literal["oldest", "newest"] = "oldest",
    ) -> FrameReader[VideoFrame | AudioFrame]: ...

    @overload
    def frames(
        self,
        format: PixelFormat | str,
        *,
        size: tuple[int, int] | None = None,
        maxsize: int | None = None,
        drop: Literal["oldest", "newest"] = "oldest",
    ) -> FrameReader[NDArray[Any]]: ...

    @overload
    def frames(
        self,
        *,
        dtype: DTypeLike,
        layout: Literal["packed", "planar"] | None = None,
        sample_rate: int | None = None,
        channels: int | None = None,
        maxsize: int | None = None,
        drop: Literal["oldest", "newest"] = "oldest",
    ) -> FrameReader[NDArray[Any]]: ...

    def frames(
        self,
        format: PixelFormat | str | None = None,
        *,
        size: tuple[int, int] | None = None,
        dtype: DTypeLike | None = None,
        layout: Literal["packed", "planar"] | None = None,
        sample_rate: int | None = None,
        channels: int | None = None,
        maxsize: int | None = None,
        drop: Literal["oldest", "newest"] = "oldest",
    ) -> FrameReader[Any]:
        """A new reader with a queue of its own.

        Without ``format`` and ``dtype`` it gives frames, with one of them new arrays that are the reader's
        own. Pictures are converted and scaled in one go, from the frame's own format and turned by its
        rotation, on a thread that does nothing else and does not need the GIL. One is converted when it is
        asked for and there, so that nothing is converted that is dropped.

        Frames come from threads that do not wait for a reader: where its queue is full, one frame is dropped,
        and ``reader.dropped`` counts it. With ``maxsize=1`` a reader has the latest frame.

        Arguments:
            format: have arrays of video in this :class:`PixelFormat`, which says their shape and dtype.
            size: width and height of these arrays; those of each frame where absent.
            dtype: have arrays of audio, int16 or float32 where 1 is full scale.
            layout: ``"packed"``, the default, for arrays of shape ``(samples, channels)``, ``"planar"`` for
                ``(channels, samples)``.
            sample_rate: have audio resampled: a multiple of 10 in 4000 to 384000. Frames are about 10 ms
                long.
            channels: have audio remixed, 1 to 8.
            maxsize: frames that may wait: 30 for video and 200 (two seconds) for audio by default.
            drop: which frame is dropped: the one that waits longest, or the new one.

        Raises:
            TypeError: an argument has the wrong type, is not for this kind of track, or is about arrays where
                none are asked for.
            ValueError: an argument out of its range; an odd side, where chroma of the format is halved.
            InvalidStateError: the track has ended.
        """
        if self._readyState == MediaStreamTrackState.ENDED:
            raise InvalidStateError(f"frames: {self!r} has ended")
        reader = FrameReader[Any]._new(
            self,
            format=format,
            size=size,
            dtype=dtype,
            layout=layout,
            sample_rate=sample_rate,
            channels=channels,
            maxsize=maxsize,
            drop=drop,
        )
        self._readers.add(reader)
        return reader

    async def recv(self) -> VideoFrame | AudioFrame:
        """The next frame. Frames are queued for this from the first call on.

        Cancelling loses no frame.

        Raises:
            InvalidStateError: the track has ended, and no frame waits.
        """
        return await self._recv()

    async def _recv(self) -> VideoFrame | AudioFrame:
        # Of a subclass recv() gives frames to the track.
        if self._reader is None:
            self._reader = self.frames()
        return await self._reader.recv()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> VideoFrame | AudioFrame:
        try:
            return await self._recv()
        except InvalidStateError:
            raise StopAsyncIteration from None

    def __repr__(self) -> str:
        return f"<MediaStreamTrack {self._kind} {self.id} {self._readyState}>"

    def _constrain(self, constraints: MediaTrackConstraints) -> None:
        self._source.constrain(self, constraints)
        self._constraints = constraints

    def _set_muted(self, value: bool) -> None:
        if self._muted != value:
            self._muted = value
            self._fire(Event._new("mute" if value else "unmute"))

    def _end(self) -> None:
        """The track ends, in silence."""
        self._readyState = MediaStreamTrackState.ENDED
        self._source.stopped(self)
        for reader in list(self._readers):
            reader._end()

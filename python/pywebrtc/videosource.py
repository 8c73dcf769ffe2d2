"""VideoSource: where pictures become tracks."""

from __future__ import annotations

import math
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from . import _native
from ._settings import numbers, select_settings
from ._tracksource import Source, TrackSource, Waker, new_id
from .constraints import DoubleRange, MediaTrackCapabilities, MediaTrackSettings, ULongRange
from .enums import VideoResizeModeEnum
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import InvalidStateError, OverconstrainedError
from .mediastreamtrack import MediaStreamTrack
from .pixelformat import MAX_SIDE, PixelFormat, as_pixels, pixel_format, split
from .videoframe import VideoFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .constraints import MediaTrackConstraints

# Pictures a second: what stands for all that are pushed.
_EVERY_PICTURE = 1000.0

# Of any clock, the one that counts from 1970 among them.
_MAX_SECONDS = 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoWants:
    """What those who take a source's pictures want of it: :attr:`VideoSource.wants`.

    libwebrtc makes the pictures smaller and fewer by itself; a program that knows can spare the work. Where
    several take them it is enough for the one that wants most.

    Attributes:
        wanted: somebody takes pictures, a reader or an encoder.
        active: an encoder takes them, and encodes.
        max_pixels: width times height, at most; None for any.
        max_framerate: pictures a second, at most; None for any.
        alignment: what width and height are to be multiples of.
        resolution: width and height at most, as ``scaleResolutionDownTo`` of an encoding asks; None where
            none asks.
    """

    wanted: bool = False
    active: bool = False
    max_pixels: int | None = None
    max_framerate: float | None = None
    alignment: int = 1
    resolution: tuple[int, int] | None = None

    @classmethod
    def _of(cls, all: Iterable[_native.VideoWants]) -> Self:
        """What is enough for all."""
        wants = [each for each in all if each.wanted]
        # An encoder that pauses wants nothing.
        wants = [each for each in wants if each.active] or wants
        sizes = [each.resolution for each in wants if each.resolution is not None]
        return cls(
            wanted=bool(wants),
            active=any(each.active for each in wants),
            max_pixels=_most([each.max_pixels for each in wants]),
            max_framerate=_most([each.max_framerate for each in wants]),
            alignment=math.lcm(*(each.alignment for each in wants)),
            resolution=(max(w for w, _ in sizes), max(h for _, h in sizes)) if sizes else None,
        )


def _most(limits: list[int | None]) -> int | None:
    known = [limit for limit in limits if limit is not None]
    return max(known) if known and len(known) == len(limits) else None


class _Output:
    """A track with the native source that it has for itself."""

    def __init__(self, track: MediaStreamTrack, native: _native.VideoSource) -> None:
        self.track = weakref.ref(track)
        self.native = native
        # Whether the track's constraints can be met with pictures of the size that is pushed.
        self.met = True


class _Pictures(TrackSource):
    """Where the tracks of a VideoSource get their pictures: each from a native source of its own.

    So each is cropped, scaled and slowed down as its constraints ask, and as its encoders ask. Pictures are
    pushed on any thread, so what says where they go is changed under a lock.
    """

    def __init__(self, screencast: bool) -> None:
        super().__init__()
        self._screencast = screencast
        self._made: dict[str, _native.VideoSource] = {}
        self._lock = threading.Lock()
        self._size: tuple[int, int] | None = None
        self._outputs: tuple[_Output, ...] = ()
        self._waker: Waker | None = None

    def create_track(self) -> _native.Track:
        """A native track of this source."""
        native = _native.VideoSource(self._screencast)
        id = new_id()
        track = native.create_track(id)
        self._made[id] = native
        return track

    def started(self, track: MediaStreamTrack) -> None:
        """The track is one of this source's."""
        super().started(track)
        native = self._made.pop(track._native.id)
        with self._lock:
            self._outputs = (*self._outputs, _Output(track, native))
        if self._waker is not None:
            self._waker.watch(native)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more pictures."""
        super().stopped(track)
        with self._lock:
            self._outputs = tuple(each for each in self._outputs if each.track() not in (None, track))

    def natives(self) -> list[_native.VideoSource]:
        """Those of all tracks."""
        return [each.native for each in self._outputs if each.track() is not None]

    def watch(self, waker: Waker) -> None:
        """Have it told when encoders want something else."""
        self._waker = waker
        for native in self.natives():
            waker.watch(native)

    def outputs(self, size: tuple[int, int]) -> list[_native.VideoSource]:
        """The native sources that take pictures of that size. Any thread."""
        with self._lock:
            if size != self._size:
                self._size = size
                for output in self._outputs:
                    self._adjust(output)
            return [each.native for each in self._outputs if each.met and each.track() is not None]

    def clone(self, track: MediaStreamTrack) -> _native.Track:
        """A native track for a clone of the track."""
        return self.create_track()

    def capabilities(self) -> MediaTrackCapabilities:
        """What the source can do."""
        width, height = self._size or (MAX_SIDE, MAX_SIDE)
        return MediaTrackCapabilities(
            width=ULongRange(min=1, max=width),
            height=ULongRange(min=1, max=height),
            aspectRatio=DoubleRange(min=1 / height, max=width),
            frameRate=DoubleRange(min=0, max=_EVERY_PICTURE),
            resizeMode=[*VideoResizeModeEnum],
        )

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What it does for the track."""
        with self._lock:
            output = self._output(track)
            if self._size is None or output is None or not output.met:
                return MediaTrackSettings()
            settings = self._select(track._constraints)
        if settings.frameRate == _EVERY_PICTURE:
            settings.frameRate = None
        return settings

    def adjust(self, track: MediaStreamTrack) -> None:
        """Do for the track as its constraints ask, if it can be done at the moment."""
        with self._lock:
            output = self._output(track)
            if output is not None:
                self._adjust(output)

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        """Do for the track as the constraints ask."""
        with self._lock:
            output = self._output(track)
            if output is not None:
                self._constrain(output, constraints)

    # Under the lock:

    def _output(self, track: MediaStreamTrack) -> _Output | None:
        return next((each for each in self._outputs if each.track() is track), None)

    def _adjust(self, output: _Output) -> None:
        track = output.track()
        if track is None:
            return
        try:
            self._constrain(output, track._constraints)
        except OverconstrainedError:
            output.met = False

    def _constrain(self, output: _Output, constraints: MediaTrackConstraints) -> None:
        settings = self._select(constraints)
        rate = settings.frameRate or 0
        if self._size is None or settings.resizeMode == VideoResizeModeEnum.NONE:
            width = height = 0
        else:
            width, height = settings.width or 0, settings.height or 0
        output.native.set_output(width, height, 0 if rate == _EVERY_PICTURE else rate)
        output.met = True

    def _select(self, constraints: MediaTrackConstraints) -> MediaTrackSettings:
        return select_settings(
            "video", _candidates(self._size or (MAX_SIDE, MAX_SIDE), constraints), constraints
        )


def _candidates(size: tuple[int, int], constraints: MediaTrackConstraints) -> list[MediaTrackSettings]:
    """Pictures of that size as they are, and all crops and scales of them with a number from the constraints.

    Pictures are never enlarged. Those that keep more of the original come first.
    """
    full_width, full_height = size
    widths = {full_width, *map(int, numbers(constraints, "width"))}
    heights = {full_height, *map(int, numbers(constraints, "height"))}
    sizes = {(width, height, width / height) for width in widths for height in heights if height}
    for ratio in {full_width / full_height, *numbers(constraints, "aspectRatio")}:
        if 1 / full_height <= ratio <= full_width:
            sizes |= {(width, round(width / ratio), ratio) for width in widths}
            sizes |= {(round(height * ratio), height, ratio) for height in heights}
    rates = {
        _EVERY_PICTURE,
        *(rate for rate in numbers(constraints, "frameRate") if 0 < rate < _EVERY_PICTURE),
    }

    def lost(size: tuple[int, int, float]) -> tuple[float, int]:
        return abs(math.log(size[2] * full_height / full_width)), -size[0] * size[1]

    fitting = sorted((s for s in sizes if 0 < s[0] <= full_width and 0 < s[1] <= full_height), key=lost)
    as_they_are = MediaTrackSettings(
        width=full_width,
        height=full_height,
        aspectRatio=full_width / full_height,
        frameRate=_EVERY_PICTURE,
        resizeMode=VideoResizeModeEnum.NONE,
    )
    return [
        as_they_are,
        *(
            MediaTrackSettings(
                width=width,
                height=height,
                aspectRatio=ratio,
                frameRate=rate,
                resizeMode=VideoResizeModeEnum.CROP_AND_SCALE,
            )
            for rate in sorted(rates, reverse=True)
            for width, height, ratio in fitting
        ),
    ]


class VideoSource(Source, EventTarget):
    """A video track that sends the pictures that are pushed.

    It ends when its track and all clones of it have been stopped. :meth:`push` may be called on any thread;
    everything else on the event loop's.

    Arguments:
        label: a name for people, the track's ``label``.
        screencast: whether the pictures are a screen: sharpness counts more than the frame rate.

    Raises:
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    onwantschange = EventHandler[Event]("wantschange")

    def __init__(self, label: str = "", *, screencast: bool = False) -> None:
        self._begin(MediaStreamTrack.__new__(MediaStreamTrack), label, screencast=screencast)

    @classmethod
    def _of(cls, track: MediaStreamTrack, label: str) -> Self:
        """The source of a track that is being made."""
        self = cls.__new__(cls)
        self._begin(track, label, screencast=False)
        return self

    def _begin(self, track: MediaStreamTrack, label: str, *, screencast: bool) -> None:
        EventTarget.__init__(self)
        self._pictures = _Pictures(screencast)
        track._begin(self._pictures.create_track(), label, self._pictures)
        self._track = track
        self._clock = _native.CaptureClock()
        # One push after the other: libwebrtc's encoders take no two pictures at once.
        self._pushing = threading.Lock()
        self._skipped = 0
        self._told = VideoWants()

    @property
    def skipped(self) -> int:
        """Pictures that went nowhere: nobody was there to take them, or fewer were wanted."""
        return self._skipped

    @property
    def wants(self) -> VideoWants:
        """What readers and encoders want of the pictures now. ``wantschange`` is fired when that changes.

        Encoders want less when the network or the processor is too slow, and where an encoding's parameters
        ask for less.
        """
        return VideoWants._of(native.wants() for native in self._pictures.natives())

    def push(
        self,
        frame: Any,
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        timestamp: float | None = None,
    ) -> bool:
        """Send a picture now. One that is wanted is copied, RGB converted, before this returns, without the
        GIL.

        The size may change from one picture to the next. The encoder may ask for fewer or smaller
        pictures; they are dropped and scaled here. Any thread may push; two that do it at once wait for each
        other.

        ``timestamp`` is when the picture was taken, in seconds. Where it lies in the 5 seconds before now on
        the clock of ``time.monotonic()``, it is believed. Any other clock is followed too, such as the
        presentation times of a file: its steps count, its offset is found by libwebrtc's filter, found anew
        when it jumps. What repeats or goes back is taken as now.

        Arguments:
            frame: an array in ``format``, as :meth:`VideoFrame.from_ndarray` takes it, or a
                :class:`VideoFrame` (then ``format`` means nothing).
            format: the layout of the array.
            timestamp: absent, it is that of the :class:`VideoFrame`, or now.

        Returns:
            Whether it was sent.

        Raises:
            TypeError: ``frame`` is neither a VideoFrame nor an array, or one of another dtype.
            ValueError: the array's shape does not fit, or the timestamp is not finite.
            InvalidStateError: the source has ended.
        """
        given = None if timestamp is None else microseconds(timestamp)
        if isinstance(frame, VideoFrame):
            native = frame._native
            given = native.timestamp_us if given is None else given
            return self._send(
                (frame.width, frame.height),
                given,
                lambda outputs, time: [output.push_frame(native, time) for output in outputs],
            )
        known = pixel_format(format)
        planes = split(as_pixels(frame, known), known)

        def push(outputs: list[_native.VideoSource], time: int) -> list[bool]:
            if len(outputs) == 1:
                return [outputs[0].push_planes(planes, known, time)]
            converted = _native.VideoFrame.copied(planes, known, time, 0, None)  # once for all
            return [output.push_frame(converted, time) for output in outputs]

        height, width = planes[0].shape[:2]
        return self._send((width, height), given, push)

    def _send(
        self,
        size: tuple[int, int],
        timestamp: int | None,
        push: Callable[[list[_native.VideoSource], int], list[bool]],
    ) -> bool:
        if self._pictures.ended:
            raise InvalidStateError(f"push: {self._track!r} has ended, and so have its clones")
        with self._pushing:
            time = self._clock.translate(timestamp, _native.time_us())
            outputs = [] if self._muted else self._pictures.outputs(size)
            sent = bool(outputs) and any(push(outputs, time))
            self._skipped += not sent
        return sent

    def _append(self, type: str, registration: Any) -> None:
        super()._append(type, registration)
        if self._pictures._waker is None:
            self._pictures.watch(Waker(self))
            self._told = self.wants

    def _wants_changed(self) -> None:
        wants = self.wants
        if wants != self._told:
            self._told = wants
            self._fire(Event._new("wantschange"))


def microseconds(timestamp: float) -> int:
    """A time on any clock, as libwebrtc counts it.

    Raises:
        ValueError: it is none.
    """
    if not abs(timestamp) <= _MAX_SECONDS:  # NaN too
        raise ValueError(f"timestamp is {timestamp} s, not a time")
    return round(timestamp * 1e6)

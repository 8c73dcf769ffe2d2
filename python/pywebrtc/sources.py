"""VideoSource and AudioSource: where arrays become tracks."""

from __future__ import annotations

import math
import uuid
import weakref
from typing import TYPE_CHECKING, Any

from . import _native
from ._settings import numbers, select_settings
from ._tracksource import TrackSource
from ._webidl import convert
from .constraints import DoubleRange, MediaTrackCapabilities, MediaTrackSettings, ULongRange
from .enums import VideoResizeModeEnum
from .exceptions import OverconstrainedError
from .mediastreamtrack import MediaStreamTrack
from .pixelformat import MAX_SIDE, PixelFormat, as_array, as_pixels, pixel_format, split
from .videoframe import VideoFrame, timestamp_us

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .constraints import MediaTrackConstraints

_RATES = (8000, 16000, 24000, 32000, 44100, 48000)

# Pictures a second: what stands for all that are pushed.
_EVERY_PICTURE = 1000.0


class _Pictures(TrackSource):
    """Where the tracks of a VideoSource get their pictures: each from a native source of its own.

    So each is cropped, scaled and slowed down as its constraints ask, and as its encoders ask.
    """

    def __init__(self, screencast: bool) -> None:
        super().__init__()
        self._screencast = screencast
        self._size: tuple[int, int] | None = None
        self._outputs: weakref.WeakKeyDictionary[_native.Track, _native.VideoSource] = (
            weakref.WeakKeyDictionary()
        )
        # Tracks whose constraints cannot be met with pictures of this size.
        self._unmet: weakref.WeakSet[MediaStreamTrack] = weakref.WeakSet()

    def create_track(self) -> _native.Track:
        output = _native.VideoSource(self._screencast)
        track = output.create_track(str(uuid.uuid4()))
        self._outputs[track] = output
        return track

    def outputs(self, size: tuple[int, int]) -> list[_native.VideoSource]:
        """The native sources that take pictures of that size."""
        tracks = self.tracks
        if size != self._size:
            self._size = size
            for track in tracks:
                self.adjust(track)
        return [self._outputs[track._native] for track in tracks if track not in self._unmet]

    def clone(self, track: MediaStreamTrack) -> _native.Track:
        return self.create_track()

    def capabilities(self) -> MediaTrackCapabilities:
        width, height = self._size or (MAX_SIDE, MAX_SIDE)
        return MediaTrackCapabilities(
            width=ULongRange(min=1, max=width),
            height=ULongRange(min=1, max=height),
            aspectRatio=DoubleRange(min=1 / height, max=width),
            frameRate=DoubleRange(min=0, max=_EVERY_PICTURE),
            resizeMode=[*VideoResizeModeEnum],
        )

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        if self._size is None or track in self._unmet:
            return MediaTrackSettings()
        settings = self._select(track._constraints)
        if settings.frameRate == _EVERY_PICTURE:
            settings.frameRate = None
        return settings

    def adjust(self, track: MediaStreamTrack) -> None:
        try:
            self.constrain(track, track._constraints)
        except OverconstrainedError:
            self._unmet.add(track)

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        settings = self._select(constraints)
        rate = settings.frameRate or 0
        if self._size is None or settings.resizeMode == VideoResizeModeEnum.NONE:
            width = height = 0
        else:
            width, height = settings.width or 0, settings.height or 0
        self._outputs[track._native].set_output(width, height, 0 if rate == _EVERY_PICTURE else rate)
        self._unmet.discard(track)

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


class _Samples(TrackSource):
    """Where the tracks of an AudioSource get their samples: all from the one native source."""

    def __init__(self, native: _native.AudioSource, sample_rate: int, channels: int) -> None:
        super().__init__()
        self._native = native
        self._settings = MediaTrackSettings(
            sampleRate=sample_rate,
            sampleSize=16,
            echoCancellation=False,
            autoGainControl=False,
            noiseSuppression=False,
            latency=0.01,
            channelCount=channels,
        )

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if not self.tracks:
            self._native.clear()

    def capabilities(self) -> MediaTrackCapabilities:
        rate, channels = self._settings.sampleRate, self._settings.channelCount
        return MediaTrackCapabilities(
            sampleRate=ULongRange(min=rate, max=rate),
            sampleSize=ULongRange(min=16, max=16),
            echoCancellation=[False],
            autoGainControl=[False],
            noiseSuppression=[False],
            latency=DoubleRange(min=0.01, max=0.01),
            channelCount=ULongRange(min=channels, max=channels),
        )

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        return MediaTrackSettings.convert(self._settings)

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        select_settings("audio", [self._settings], constraints)


class _Source:
    """What both kinds of source have."""

    _track: MediaStreamTrack

    @property
    def track(self) -> MediaStreamTrack:
        """The track. Clones of it have the same source."""
        return self._track

    @property
    def muted(self) -> bool:
        """Whether what is pushed goes nowhere. The tracks are ``muted`` then, with their ``mute`` event."""
        return self._muted

    @muted.setter
    def muted(self, value: bool) -> None:
        self._muted = convert(bool, value, f"{type(self).__name__}.muted")
        self._track._source.mute(value)

    _muted = False


class VideoSource(_Source):
    """A video track that sends the pictures that are pushed.

    It ends when its track and all clones of it have been stopped.

    Arguments:
        label: a name for people, the track's ``label``.
        screencast: whether the pictures are a screen: sharpness counts more than the frame rate.

    Raises:
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    def __init__(self, label: str = "", *, screencast: bool = False) -> None:
        self._pictures = _Pictures(screencast)
        self._track = MediaStreamTrack._new(self._pictures.create_track(), label, self._pictures)
        self._skipped = 0

    @property
    def skipped(self) -> int:
        """Pictures that went nowhere: nobody was there to take them, or fewer were wanted."""
        return self._skipped

    def push(
        self,
        frame: NDArray[np.uint8] | VideoFrame,
        format: PixelFormat | str = PixelFormat.RGB24,
        *,
        timestamp: float | None = None,
    ) -> bool:
        """Send a picture now. One that is wanted is converted to I420 before this returns, without the GIL.

        The size may change from one picture to the next. The encoder may ask for fewer or smaller
        pictures; they are dropped and scaled here.

        Arguments:
            frame: a uint8 array in ``format``, or a :class:`VideoFrame` (then ``format`` and ``timestamp``
                mean nothing).
            format: the layout of the array.
            timestamp: when it was captured, in seconds on libwebrtc's monotonic clock; now where absent.

        Returns:
            Whether it was sent.

        Raises:
            TypeError: ``frame`` is neither a VideoFrame nor an array of uint8.
            ValueError: the array's shape does not fit, or the timestamp is out of range.
        """
        if isinstance(frame, VideoFrame):
            sent = [output.push_frame(frame._native) for output in self._outputs(frame.width, frame.height)]
        else:
            known = pixel_format(format)
            planes = split(as_pixels(frame, known), known)
            microseconds = timestamp_us(timestamp)
            height, width = planes[0].shape[:2]
            outputs = self._outputs(width, height)
            if len(outputs) > 1:  # convert once
                converted = _native.VideoFrame.copied(planes, known, microseconds, 0, None)
                sent = [output.push_frame(converted) for output in outputs]
            else:
                sent = [output.push_planes(planes, known, microseconds) for output in outputs]
        self._skipped += not any(sent)
        return any(sent)

    def _outputs(self, width: int, height: int) -> list[_native.VideoSource]:
        return [] if self._muted else self._pictures.outputs((width, height))


class AudioSource(_Source):
    """An audio track that sends the samples that are pushed, at the pace of the clock.

    It ends when its track and all clones of it have been stopped.

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
        if sample_rate not in _RATES:
            raise ValueError(f"AudioSource: sample_rate is {sample_rate}, not one of {_RATES}")
        if channels not in (1, 2):
            raise ValueError(f"AudioSource: channels is {channels}, not 1 or 2")
        if not 0.01 <= capacity <= 60:
            raise ValueError(f"AudioSource: capacity is {capacity} s, not in 0.01 to 60")
        self._sample_rate = sample_rate
        self._channels = channels
        self._dropped = 0
        self._native = _native.AudioSource(sample_rate, channels, round(capacity * 1000))
        self._samples = _Samples(self._native, sample_rate, channels)
        native_track = self._native.create_track(str(uuid.uuid4()))
        self._track = MediaStreamTrack._new(native_track, label, self._samples)

    @property
    def sample_rate(self) -> int:
        """Samples a second of one channel."""
        return self._sample_rate

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._channels

    @property
    def queued_duration(self) -> float:
        """Seconds of audio that wait to be sent."""
        return self._native.queued / self._sample_rate

    @property
    def dropped(self) -> int:
        """Samples of one channel that went nowhere: more than the capacity waited, or the source was muted or
        had ended.
        """
        return self._dropped

    def push(self, samples: NDArray[np.int16]) -> None:
        """Queue samples; they leave 10 ms at a time. Any number may be pushed.

        Arguments:
            samples: int16, of shape ``(samples, channels)``, or ``(samples,)`` for one channel.

        Raises:
            TypeError: not a numpy array of int16.
            ValueError: the shape does not fit.
        """
        checked = _checked_samples(samples, self._channels)
        if self._muted or not self._samples.tracks:
            self._dropped += len(checked)
        else:
            self._dropped += self._native.push(checked)

    def clear(self) -> None:
        """Forget what waits."""
        self._native.clear()


def _checked_samples(samples: Any, channels: int) -> NDArray[np.int16]:
    array = as_array(samples, "int16", "samples")
    if array.ndim == 1 and channels == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[1] != channels:
        raise ValueError(f"samples have the shape (samples, {channels}), not {array.shape}")
    return array if array.flags.c_contiguous else array.copy(order="C")

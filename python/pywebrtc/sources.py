"""VideoSource and AudioSource: where arrays become tracks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from . import _native
from .frames import PixelFormat, VideoFrame, checked_array, checked_pixels, contiguous, timestamp_us
from .mediastream import MediaStreamTrack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATES = (8000, 16000, 24000, 32000, 44100, 48000)


class VideoSource:
    """A video track that sends the pictures that are pushed.

    Arguments:
        label: a name for people, the track's ``label``.
        screencast: whether the pictures are a screen: sharpness counts more than the frame rate.

    Raises:
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    def __init__(self, label: str = "", *, screencast: bool = False) -> None:
        self._native = _native.VideoSource(screencast)
        self._track = MediaStreamTrack._new(self._native.create_track(str(uuid.uuid4())), label)
        self._skipped = 0

    @property
    def track(self) -> MediaStreamTrack:
        """The track."""
        return self._track

    @property
    def skipped(self) -> int:
        """Pictures that went nowhere: nobody was there to take them, or the encoder wanted fewer."""
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
            sent = self._native.push_frame(frame._native)
        else:
            sent = self._native.push_pixels(*checked_pixels(frame, format), timestamp_us(timestamp))
        self._skipped += not sent
        return sent


class AudioSource:
    """An audio track that sends the samples that are pushed, at the pace of the clock.

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
        self._track = MediaStreamTrack._new(self._native.create_track(str(uuid.uuid4())), label)

    @property
    def track(self) -> MediaStreamTrack:
        """The track."""
        return self._track

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
        """Samples of one channel that were dropped because more than the capacity waited."""
        return self._dropped

    def push(self, samples: NDArray[np.int16]) -> None:
        """Queue samples; they leave 10 ms at a time. Any number may be pushed.

        Arguments:
            samples: int16, of shape ``(samples, channels)``, or ``(samples,)`` for one channel.

        Raises:
            TypeError: not a numpy array of int16.
            ValueError: the shape does not fit.
        """
        self._dropped += self._native.push(_checked_samples(samples, self._channels))

    def clear(self) -> None:
        """Forget what waits."""
        self._native.clear()


def _checked_samples(samples: Any, channels: int) -> NDArray[np.int16]:
    array = checked_array(samples, "int16", "samples")
    if array.ndim == 1 and channels == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[1] != channels:
        raise ValueError(f"samples have the shape (samples, {channels}), not {array.shape}")
    return contiguous(array)

"""AudioFrame: a piece of sound, as numpy arrays."""

from __future__ import annotations

import operator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Self

from . import _av, _native
from .pixelformat import as_array
from .videoframe import timestamp_us

if TYPE_CHECKING:
    import av
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

_TYPES = ("int16", "float32")

# libwebrtc's own limits, and what resampling of one to the other stays small with.
_RATES = (1000, 384_000)
_MAX_CHANNELS = 24

# To and from which numbers of channels libwebrtc mixes by speakers; beyond it, to and from one.
_MAX_SPEAKERS = 8

# Of all channels: what is made of them fits into memory.
_MAX_SAMPLES = 2**27


class AudioFrame:
    """A piece of sound: what a track gives has 10 ms. Frames are immutable.

    Samples are int16, or float32 where 1 is full scale; those of float may go beyond, and are cut there when
    they become int16. Received ones are int16.
    """

    __slots__ = ("__weakref__", "_sample_rate", "_samples", "_timestamp_us")

    _samples: NDArray[Any]  # (samples, channels), contiguous, ours
    _sample_rate: int
    _timestamp_us: int

    def __init__(self) -> None:
        raise TypeError("AudioFrame has no constructor: use AudioFrame.from_ndarray()")

    @classmethod
    def _new(cls, native: _native.AudioFrame) -> Self:
        return cls._made(native.samples, native.sample_rate, native.timestamp_us)

    @classmethod
    def _made(cls, samples: NDArray[Any], sample_rate: int, timestamp_us: int) -> Self:
        self = cls.__new__(cls)
        self._samples = samples
        self._sample_rate = sample_rate
        self._timestamp_us = timestamp_us
        return self

    @classmethod
    def from_ndarray(
        cls,
        samples: Any,
        sample_rate: int,
        *,
        layout: Literal["packed", "planar"] = "packed",
        timestamp: float | None = None,
    ) -> Self:
        """A frame with a copy of ``samples``.

        Arguments:
            samples: a numpy array, or anything with DLPack in the CPU's memory, of int16 or float32; its
                shape is ``(samples, channels)`` where it is packed, ``(channels, samples)`` where it is
                planar, and may be ``(samples,)`` for one channel.
            sample_rate: samples a second of one channel, 1000 to 384000.
            layout: ``"packed"`` or ``"planar"``.
            timestamp: seconds on libwebrtc's monotonic clock; now where absent.

        Raises:
            TypeError: ``samples`` is not an array, or of another dtype.
            ValueError: the shape does not fit, there are no samples, more than 24 channels, or a NaN or an
                infinity among them; the rate, layout or timestamp is none.
        """
        array = as_array(samples, _TYPES, "samples")
        if array.ndim == 1:
            array = array.reshape(-1, 1)
        elif checked_layout(layout) == "planar":
            array = array.T
        _check_shape(array, layout)
        rate = _checked_rate(sample_rate)
        microseconds = timestamp_us(timestamp)
        array = array.copy(order="C")
        if array.dtype == "float32":
            _check_finite(array)
        return cls._made(array, rate, microseconds)

    @classmethod
    def from_av(cls, frame: av.AudioFrame, *, timestamp: float | None = None) -> Self:
        """A frame of PyAV's. Formats other than s16 and flt, packed or planar, become float32.

        Arguments:
            frame: an ``av.AudioFrame``.
            timestamp: seconds on libwebrtc's monotonic clock; where absent ``frame.pts * frame.time_base``,
                and now if the frame has no pts.

        Raises:
            ImportError: PyAV is not installed.
            TypeError: it is no ``av.AudioFrame``.
            ValueError: as for :meth:`from_ndarray`, or it does not say its sample rate.
        """
        samples, rate = _av.samples(_av.checked(frame, "AudioFrame"))
        when = _av.seconds(frame) if timestamp is None else timestamp
        return cls.from_ndarray(samples, rate, timestamp=when)

    def to_av(self) -> av.AudioFrame:
        """A frame of PyAV's: s16 or flt, packed; its pts is :attr:`timestamp` in samples.

        Raises:
            ImportError: PyAV is not installed.
        """
        frame = _av.module().AudioFrame.from_ndarray(
            self._samples.reshape(1, -1),
            "s16" if self.dtype == "int16" else "flt",
            _av.layout(self.channels),
        )
        frame.sample_rate = self._sample_rate
        frame.time_base = Fraction(1, self._sample_rate)
        frame.pts = round(self._timestamp_us * self._sample_rate / 1_000_000)
        return frame

    def to_ndarray(
        self,
        dtype: DTypeLike | None = None,
        *,
        layout: Literal["packed", "planar"] = "packed",
        sample_rate: int | None = None,
        channels: int | None = None,
    ) -> NDArray[Any]:
        """The samples as a new array; resampled, mixed and converted by libwebrtc without the GIL.

        A frame is resampled by itself: what is before and after it is not known, and goes on from its ends.
        So a long frame comes out better than its parts one by one; for a stream, resample with something that
        remembers.

        Arguments:
            dtype: int16 or float32; that of the frame where absent. 32768 is 1; what is beyond is cut.
            layout: ``"packed"`` for the shape ``(samples, channels)``, ``"planar"`` for ``(channels,
                samples)``.
            sample_rate: samples a second of one channel; the frame's where absent.
            channels: the number of channels; the frame's where absent. Up to eight are mixed as speakers
                (two are left and right, six 5.1); more can become one, or be made of one.

        Raises:
            TypeError: another dtype.
            ValueError: the layout is none, the rate is out of range, or the channels cannot be mixed so.
        """
        array: NDArray[Any] = self._samples
        wanted = array.dtype if dtype is None else sample_type(dtype)
        planar = checked_layout(layout) == "planar"
        rate = self._sample_rate if sample_rate is None else _checked_rate(sample_rate)
        count = self.channels if channels is None else operator.index(channels)
        _check_mix(self.channels, count)
        if (rate, count) != (self._sample_rate, self.channels):
            floats: NDArray[Any] = array if array.dtype == "float32" else _native.to_float(array)
            array = _native.convert_sound(floats, self._sample_rate, rate, count)
        if array.dtype != wanted:
            typed: NDArray[Any] = _native.to_int16(array) if wanted == "int16" else _native.to_float(array)
            array = typed
        # The caller's own, and contiguous.
        return array.T.copy(order="C") if planar else array.copy() if array is self._samples else array

    @property
    def sample_rate(self) -> int:
        """Samples a second of one channel."""
        return self._sample_rate

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._samples.shape[1]

    @property
    def samples(self) -> int:
        """Samples of one channel."""
        return self._samples.shape[0]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the samples: int16 or float32."""
        return self._samples.dtype

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples / self._sample_rate

    @property
    def timestamp(self) -> float:
        """When its first sample was captured or received: seconds on libwebrtc's monotonic clock."""
        return self._timestamp_us / 1e6

    def __repr__(self) -> str:
        return (
            f"<AudioFrame {self.samples} samples of {self.channels} at {self.sample_rate} Hz {self.dtype}"
            f" at {self.timestamp:.3f} s>"
        )


def sample_type(dtype: DTypeLike) -> np.dtype[Any]:
    """That of samples.

    Raises:
        TypeError: another one.
    """
    import numpy as np  # most of the time that `import pywebrtc` would take

    known = np.dtype(dtype)
    if known not in _TYPES:
        raise TypeError(f"samples can be int16 or float32, not {known}")
    return known


def checked_layout(layout: Literal["packed", "planar"]) -> Literal["packed", "planar"]:
    """How samples lie in an array.

    Raises:
        ValueError: neither of the two.
    """
    if layout not in ("packed", "planar"):
        raise ValueError(f"layout is {layout!r}, not 'packed' or 'planar'")
    return layout


def _check_shape(array: NDArray[Any], layout: str) -> None:
    if array.ndim != 2:
        raise ValueError(f"{layout} samples have two dimensions, or one, not {array.ndim}")
    length, channels = array.shape
    if not 1 <= channels <= _MAX_CHANNELS:
        raise ValueError(f"{channels} channels are not 1 to {_MAX_CHANNELS} ({length} samples, {layout})")
    if not 1 <= array.size <= _MAX_SAMPLES:
        raise ValueError(f"{array.size} samples are not 1 to {_MAX_SAMPLES}")


def _checked_rate(sample_rate: int) -> int:
    rate = operator.index(sample_rate)
    if not _RATES[0] <= rate <= _RATES[1]:
        raise ValueError(f"sample_rate is {rate}, not in {_RATES[0]} to {_RATES[1]}")
    return rate


def _check_mix(have: int, wanted: int) -> None:
    if not 1 <= wanted <= _MAX_CHANNELS:
        raise ValueError(f"channels is {wanted}, not 1 to {_MAX_CHANNELS}")
    if have != wanted and max(have, wanted) > _MAX_SPEAKERS and min(have, wanted) > 1:
        raise ValueError(
            f"{have} channels cannot become {wanted}: beyond {_MAX_SPEAKERS}, to or from one only"
        )


def _check_finite(array: NDArray[Any]) -> None:
    import numpy as np  # as above

    good = np.isfinite(array)
    if not good.all():
        sample, channel = np.argwhere(~good)[0]
        value = array[sample, channel]
        raise ValueError(f"sample {sample} of channel {channel} is {value}, which is no sound")

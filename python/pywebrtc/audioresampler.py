"""AudioResampler: another sample rate, on numpy arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import _native
from ._audioarrays import checked_channels, checked_samples, is_float, shaped_like
from ._webidl import Long, convert

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from ._audioarrays import Samples


class AudioResampler:
    """libwebrtc's resampling by a windowed sinc, on numpy arrays.

    Runs in the caller's thread without the GIL. One object is for one stream, whose samples come in pieces of
    any length: about 10 ms are resampled at a time, and what is less waits for the next call. The signal
    comes out :attr:`delay` later than it went in.

    Arguments:
        in_rate: samples a second that are given, 4000 to 384000.
        out_rate: samples a second that are wanted, 4000 to 384000. With the other it must have a common
            divisor of 10 at least, as all usual rates have.
        channels: 1 to 8.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate or number of channels that is not allowed.
    """

    def __init__(self, in_rate: int, out_rate: int, channels: int = 1) -> None:
        self._in_rate = _checked_rate(in_rate, "in_rate")
        self._out_rate = _checked_rate(out_rate, "out_rate")
        if math.gcd(self._in_rate, self._out_rate) < 10:
            raise ValueError(
                f"AudioResampler: {in_rate} and {out_rate} Hz have no common divisor of 10 at least"
            )
        self._channels = checked_channels(channels, "AudioResampler: channels")
        self._native = _native.AudioResampler(self._in_rate, self._out_rate, self._channels)

    @property
    def in_rate(self) -> int:
        """Samples a second that are given."""
        return self._in_rate

    @property
    def out_rate(self) -> int:
        """Samples a second that come out."""
        return self._out_rate

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._channels

    @property
    def delay(self) -> float:
        """Seconds by which the signal comes later, as the filters look ahead: 2 ms at most from 8 kHz on."""
        return self._native.delay / self._in_rate

    def process(self, samples: Samples) -> Samples:
        """As much of the stream as can be resampled by now.

        Arguments:
            samples: int16 or float32, of shape ``(samples, channels)``, or ``(samples,)`` for one channel.

        Returns:
            An array of the same dtype and dimensions. int16 is clipped, float32 is not.

        Raises:
            TypeError: not a numpy array of int16 or float32.
            ValueError: the shape does not fit, or a float is NaN or infinite.
        """
        checked = checked_samples(samples, self._channels, "samples")
        return shaped_like(self._native.process(checked), samples)

    def flush(self, dtype: DTypeLike = "int16") -> Any:
        """What is left at the end of a stream, the filter's delay included. Another stream may begin then.

        Arguments:
            dtype: int16 or float32, of the array that is returned. Its shape is ``(samples, channels)``.

        Raises:
            TypeError: another dtype.
        """
        return self._native.flush(is_float(dtype, "flush"))

    def reset(self) -> None:
        """Forget what is left, and begin anew with another stream."""
        self._native.reset()

    def __repr__(self) -> str:
        return f"<AudioResampler {self._in_rate} to {self._out_rate} Hz, {self._channels} channels>"


def _checked_rate(value: Any, name: str) -> int:
    rate = convert(Long, value, f"AudioResampler: {name}")
    if not 4000 <= rate <= 384000:
        raise ValueError(f"AudioResampler: {name} is {rate}, not in 4000 to 384000")
    return rate

"""AudioMixer: streams added up, on numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import _native
from ._audioarrays import checked_channels, checked_samples, shaped_like
from ._webidl import Long, convert, shown

if TYPE_CHECKING:
    from ._audioarrays import Samples

# Those that libwebrtc's limiter is made for.
MIXING_RATES = (8000, 16000, 32000, 48000)


class AudioMixer:
    """libwebrtc's mixer, on numpy arrays: streams are added up, and a limiter keeps the sum from clipping.

    Runs in the caller's thread without the GIL, in 16 bits. Pieces may have any length: 10 ms are mixed at a
    time, and what is less waits for the next call. Tracks are mixed by :class:`TrackMixer`.

    Arguments:
        sample_rate: samples a second: 8000, 16000, 32000 or 48000.
        channels: 1 to 8.
        limiter: whether two streams and more are kept below the full scale softly, and not cut off there.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate or number of channels that is not allowed.
    """

    def __init__(self, sample_rate: int = 48000, channels: int = 1, *, limiter: bool = True) -> None:
        self._sample_rate = checked_mixing_rate(sample_rate, "AudioMixer: sample_rate")
        self._channels = checked_channels(channels, "AudioMixer: channels")
        limits = convert(bool, limiter, "AudioMixer: limiter")
        self._native = _native.AudioMixer(self._sample_rate, self._channels, limits)

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        return self._sample_rate

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._channels

    def mix(self, arrays: Sequence[Samples]) -> Samples:
        """The sum of the streams.

        Arguments:
            arrays: a piece of each stream, int16 or float32, of shape ``(samples, channels)``, or
                ``(samples,)`` for one channel; all of one length. A stream keeps its place from call to call.

        Returns:
            An array of the dtype and dimensions of the first, of a multiple of 10 ms.

        Raises:
            TypeError: not a sequence of numpy arrays of int16 or float32.
            ValueError: there is no array, a shape or length does not fit, or a float is NaN or infinite.
        """
        if not isinstance(arrays, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"mix: {shown(arrays)} is no sequence of arrays")
        checked = [checked_samples(array, self._channels, f"arrays[{i}]") for i, array in enumerate(arrays)]
        if not checked:
            raise ValueError("mix: there is no array")
        lengths = {len(array) for array in checked}
        if len(lengths) > 1:
            raise ValueError(f"mix: the arrays have different lengths: {sorted(lengths)}")
        return shaped_like(self._native.process(checked), arrays[0])

    def reset(self) -> None:
        """Forget what waits, and begin anew."""
        self._native.reset()

    def __repr__(self) -> str:
        return f"<AudioMixer {self._sample_rate} Hz, {self._channels} channels>"


def checked_mixing_rate(value: object, where: str) -> int:
    """A sample rate that libwebrtc mixes at."""
    rate = convert(Long, value, where)
    if rate not in MIXING_RATES:
        raise ValueError(f"{where} is {rate}, not one of {MIXING_RATES}")
    return rate

"""VoiceDetector: how likely it is that somebody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native
from ._audioarrays import checked_channels, checked_rate, checked_samples
from ._webidl import Long, convert

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ._audioarrays import Samples


class VoiceDetector:
    """libwebrtc's voice activity detection, on numpy arrays.

    There are two: a recurrent network, which gives probabilities, and an older one that compares energies in
    bands with two mixtures of Gaussians, and says yes or no; it takes other sounds for a voice more often.

    Runs in the caller's thread without the GIL. One object is for one stream, whose samples come in pieces of
    any length.

    Arguments:
        sample_rate: samples a second: a multiple of 100, 8000 to 384000.
        channels: 1 to 8, which are averaged.
        aggressiveness: 0 to 3 for the older one: the greater, the less is taken for a voice. None for the
            network.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate, number of channels or aggressiveness that does not exist.
    """

    def __init__(
        self, sample_rate: int = 48000, channels: int = 1, *, aggressiveness: int | None = None
    ) -> None:
        rate = checked_rate(sample_rate, "VoiceDetector: sample_rate")
        self._channels = checked_channels(channels, "VoiceDetector: channels")
        if aggressiveness is not None:
            convert(Long, aggressiveness, "VoiceDetector: aggressiveness")
            if not 0 <= aggressiveness <= 3:
                raise ValueError(f"VoiceDetector: aggressiveness is {aggressiveness}, not in 0 to 3")
        self._native = _native.VoiceDetector(rate, self._channels, aggressiveness)

    def process(self, samples: Samples) -> NDArray[np.float32]:
        """The probability of a voice in each 10 ms, 0 to 1; what is less waits for the next call.

        Arguments:
            samples: int16 or float32, of shape ``(samples, channels)``, or ``(samples,)`` for one channel.

        Returns:
            float32, of shape ``(blocks,)``. The older detector has 0 and 1 only.

        Raises:
            TypeError: not a numpy array of int16 or float32.
            ValueError: the shape does not fit, or a float is NaN or infinite.
        """
        return self._native.process(checked_samples(samples, self._channels, "samples"))

    def reset(self) -> None:
        """Begin anew, with another stream."""
        self._native.reset()

"""What arrays of samples may be like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .frames import checked_array, contiguous

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What core/resampler.h takes.
_MIN_RATE, _MAX_RATE, _MAX_CHANNELS = 4000, 384000, 8


def check_rate(rate: int, where: str) -> None:
    """ValueError for a rate that cannot be resampled."""
    if not _MIN_RATE <= rate <= _MAX_RATE:
        raise ValueError(f"{where}: sample_rate is {rate}, not in {_MIN_RATE} to {_MAX_RATE}")


def check_channels(channels: int, where: str) -> None:
    """ValueError for a number of channels that cannot be remixed."""
    if not 1 <= channels <= _MAX_CHANNELS:
        raise ValueError(f"{where}: channels is {channels}, not in 1 to {_MAX_CHANNELS}")


def checked_samples(samples: Any) -> NDArray[np.int16]:
    """Samples as the core takes them: contiguous, of shape ``(samples, channels)``.

    Raises:
        TypeError: not a numpy array of int16.
        ValueError: another shape, or too many channels.
    """
    array = checked_array(samples, "int16", "samples")
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or not 1 <= array.shape[1] <= _MAX_CHANNELS:
        raise ValueError(
            f"samples have the shape (samples, channels), of 1 to {_MAX_CHANNELS} channels, not {array.shape}"
        )
    return contiguous(array)

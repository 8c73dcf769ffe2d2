"""Arrays of audio samples: what they have to look like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from ._webidl import Long, convert

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# An array of samples: what comes out has the dtype of what goes in.
Samples = TypeVar("Samples", "NDArray[np.int16]", "NDArray[np.float32]")

# More than libwebrtc's mixer, limiter and echo canceller are made for.
_MAX_CHANNELS = 8


def checked_samples(value: Any, channels: int | None, what: str) -> NDArray[Any]:
    """``value`` as a contiguous array of shape ``(samples, channels)``, int16 or float32.

    Without ``channels`` any number from 1 to 8 will do.

    Raises:
        TypeError: it is no numpy array, or of another dtype.
        ValueError: the shape does not fit.
    """
    import numpy as np  # who has an array has it

    if not isinstance(value, np.ndarray):
        raise TypeError(f"{what} must be a numpy array, not {type(value).__name__}")
    array = cast("NDArray[Any]", value)
    if array.dtype != np.int16 and array.dtype != np.float32:
        raise TypeError(f"{what} must be int16 or float32, not {array.dtype}")
    if array.ndim == 1 and channels in (1, None):
        array = array.reshape(-1, 1)
    if array.ndim != 2 or (channels is not None and array.shape[1] != channels):
        shape = "channels" if channels is None else channels
        raise ValueError(f"{what} must have the shape (samples, {shape}), not {array.shape}")
    if not 1 <= array.shape[1] <= _MAX_CHANNELS:
        raise ValueError(f"{what} have {array.shape[1]} channels, not 1 to {_MAX_CHANNELS}")
    return np.ascontiguousarray(array)


def shaped_like(result: NDArray[Any], given: NDArray[Any]) -> Any:
    """The result with one dimension where the given array of one channel has one."""
    return result.reshape(-1) if given.ndim == 1 else result


def is_float(dtype: Any, where: str) -> bool:
    """Whether the dtype is float32, and not int16.

    Raises:
        TypeError: it is neither.
    """
    import numpy as np  # as above

    given = np.dtype(dtype)
    if given != np.int16 and given != np.float32:
        raise TypeError(f"{where}: dtype must be int16 or float32, not {given}")
    return given == np.float32


def checked_channels(value: Any, where: str) -> int:
    """A number of channels, 1 to 8."""
    channels = convert(Long, value, where)
    if not 1 <= channels <= _MAX_CHANNELS:
        raise ValueError(f"{where} is {channels}, not in 1 to {_MAX_CHANNELS}")
    return channels


def checked_rate(value: Any, where: str) -> int:
    """A sample rate that is cut in blocks of 10 ms."""
    rate = convert(Long, value, where)
    if rate % 100 or not 8000 <= rate <= 384000:
        raise ValueError(f"{where} is {rate}, not a multiple of 100 in 8000 to 384000")
    return rate


def convertible_rate(value: Any, where: str) -> int:
    """A sample rate that tracks can be converted from and to (core/audio_converter.h)."""
    rate = convert(Long, value, where)
    if rate % 10 or not 4000 <= rate <= 384000:
        raise ValueError(f"{where} is {rate}, not a multiple of 10 in 4000 to 384000")
    return rate

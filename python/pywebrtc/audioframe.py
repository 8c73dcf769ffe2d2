"""AudioFrame: samples as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from . import _native


class AudioFrame:
    """10 ms of received audio."""

    _native: _native.AudioFrame

    def __init__(self) -> None:
        raise TypeError("AudioFrame has no constructor: push arrays to an AudioSource")

    @classmethod
    def _new(cls, native: _native.AudioFrame) -> Self:
        self = cls.__new__(cls)
        self._native = native
        return self

    def to_ndarray(self) -> NDArray[np.int16]:
        """The samples as a new array, int16, of shape ``(samples, channels)``."""
        return self._native.samples

    @property
    def sample_rate(self) -> int:
        """Samples a second of one channel."""
        return self._native.sample_rate

    @property
    def timestamp(self) -> float:
        """When it was received: seconds on libwebrtc's monotonic clock."""
        return self._native.timestamp_us / 1e6

    def __repr__(self) -> str:
        return f"<AudioFrame {self.sample_rate} Hz at {self.timestamp:.3f} s>"

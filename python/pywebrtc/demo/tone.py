"""The tone, and how its frequency is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 48000
FREQUENCY = 1000.0
_AMPLITUDE = 8000


def samples(start: int, count: int) -> NDArray[np.int16]:
    """``count`` samples of the tone, from sample ``start`` on."""
    phase = np.arange(start, start + count) * (2 * np.pi * FREQUENCY / RATE)
    return (_AMPLITUDE * np.sin(phase)).astype(np.int16)


def frequency(received: NDArray[np.int16], rate: int) -> float:
    """The strongest frequency, in Hz; 0 for silence.

    The peak of the spectrum, and between two of its lines by the parabola through the logarithms of the
    peak and its neighbours: with a Hann window that is true to a small part of a line.
    """
    if len(received) < rate // 10:
        return 0.0
    spectrum = np.abs(np.fft.rfft(received * np.hanning(len(received))))
    peak = int(spectrum[1:-1].argmax()) + 1
    if spectrum[peak] < len(received):  # an amplitude of 4, of 32768
        return 0.0
    left, middle, right = np.log(spectrum[peak - 1 : peak + 2] + 1e-9)
    between = (left - right) / (2 * (left - 2 * middle + right))
    return float((peak + between) * rate / len(received))

"""Pictures that move, with the time in them, as benchmarks/native/picture.h makes them."""

from __future__ import annotations

import numpy as np
from measure import now
from numpy.typing import NDArray

BITS = 32
PICTURES = 16
STEP = 4


class Pictures:
    """I420 arrays of shape ``(height * 3 / 2, width)``, one after the other."""

    def __init__(self, width: int, height: int) -> None:
        x, y = np.arange(width), np.arange(height)[:, None]
        self._next = 0
        self._pictures = []
        for number in range(PICTURES):
            picture = np.empty((height * 3 // 2, width), np.uint8)
            waves = 128 + 50 * np.sin((x + number * STEP) / 23) + 50 * np.sin((y + number) / 17)
            picture[:height] = np.rint(waves)
            picture[height : height * 5 // 4] = 110
            picture[height * 5 // 4 :] = 140
            self._pictures.append(picture)

    def next(self) -> NDArray[np.uint8]:
        """The next one, stamped with the time; it is used again later."""
        picture = self._pictures[self._next % PICTURES]
        self._next += 1
        write_number(picture, round(now() * 1e6) & 0xFFFFFFFF)
        return picture


def write_number(luma: NDArray[np.uint8], number: int) -> None:
    """Black and white squares in the first rows, for its 32 bits."""
    square = luma.shape[1] // BITS
    bits = (np.uint32(number) >> np.arange(BITS, dtype=np.uint32)) & 1
    row = np.repeat(np.where(bits, 235, 16).astype(np.uint8), square)
    luma[:square, : len(row)] = row


def read_number(luma: NDArray[np.uint8]) -> int | None:
    """The number in a picture; None where a bit is neither black nor white."""
    width = luma.shape[1]
    samples = luma[width // (2 * BITS), width * (2 * np.arange(BITS) + 1) // (2 * BITS)]
    if np.any((samples > 80) & (samples < 170)):
        return None
    return int(np.dot(samples >= 170, 1 << np.arange(BITS, dtype=np.int64)))


def read_stamp(luma: NDArray[np.uint8]) -> float | None:
    """The time in a picture, less than an hour old; None where there is none to be read."""
    microseconds = read_number(luma)
    if microseconds is None:
        return None
    read = now()
    return read - ((round(read * 1e6) - microseconds) & 0xFFFFFFFF) * 1e-6

"""The messages: made of their number, so that every byte of what arrives can be checked."""

from __future__ import annotations

import random
import struct
from functools import cache

LARGEST = 64 * 1024
SMALLEST = 128
_HEADER = struct.Struct(">QI")  # number and size: a message that was cut is noticed


@cache
def _noise() -> bytes:
    return random.Random(2026).randbytes(LARGEST + 9973)


def message(number: int, size: int | None = None) -> bytes:
    """The message of that number: a header, then noise that depends on the number.

    Arguments:
        number: its place in the stream.
        size: bytes, 12 at least; by default something that depends on the number, up to 16 KiB.
    """
    if size is None:
        size = SMALLEST + number * 7919 % (16 * 1024)
    start = number * 31 % 9973
    return _HEADER.pack(number, size) + _noise()[start : start + size - _HEADER.size]


class Checker:
    """Counts what arrives of a stream that is ordered and loses nothing, and keeps the first mistake."""

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self.mistake: str | None = None

    def take(self, received: bytes) -> None:
        """The next message arrived."""
        expected = self.count
        self.count += 1
        self.bytes += len(received)
        if self.mistake is None and received != message(expected, max(_HEADER.size, len(received))):
            self.mistake = f"message {expected} is not what was sent"
            if len(received) >= _HEADER.size:
                number, size = _HEADER.unpack_from(received)
                self.mistake += f": number {number}, {len(received)} bytes of {size}"

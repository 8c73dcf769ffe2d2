"""The moving picture: made of its number alone, which it carries in blocks that survive a codec."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 1280, 720
RATE = 30

# The number: 16 blocks along the lower edge, dark for 0 and light for 1. 12 bits are the number in Gray
# code, of which one changes from a picture to the next, the lowest on the left; 4 are always the same.
NUMBERS = 4096
_MARK = 0b0101
_BLOCK = WIDTH // 16
_DARK, _LIGHT = 60, 195

_BALL = 120


def picture(number: int) -> NDArray[np.uint8]:
    """The picture of that number, rgb24: a ball goes over smooth colours.

    It changes little from one to the next: libwebrtc begins with 300 kbit/s, for all of 1280x720.
    """
    pixels = _background().copy()

    colour, weight = _ball()
    x = round((WIDTH - _BALL) * (0.5 + 0.5 * math.sin(number / 60)))
    y = round((HEIGHT - _BLOCK - _BALL) * (0.5 + 0.5 * math.cos(number / 45)))
    behind = pixels[y : y + _BALL, x : x + _BALL]
    behind[:] = behind * (1 - weight) + colour * weight

    code = number % NUMBERS
    code ^= code >> 1
    code |= _MARK << 12
    for bit in range(16):
        pixels[-_BLOCK:, bit * _BLOCK : (bit + 1) * _BLOCK] = _LIGHT if code >> bit & 1 else _DARK
    return pixels


def read_number(pixels: NDArray[np.uint8]) -> int | None:
    """The number of a picture that was received; None where it cannot be read."""
    inset = _BLOCK // 4
    code = 0
    for bit in range(16):
        block = pixels[-_BLOCK + inset : -inset, bit * _BLOCK + inset : (bit + 1) * _BLOCK - inset]
        code |= bool(block.mean() > (_DARK + _LIGHT) / 2) << bit
    if code >> 12 != _MARK:
        return None
    number = code % NUMBERS
    for shift in (1, 2, 4, 8):
        number ^= number >> shift
    return number


def psnr(sent: NDArray[np.uint8], received: NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio over all pixels and colours, in dB; 99 where nothing differs."""
    difference = np.subtract(sent, received, dtype=np.int16).astype(np.float32).ravel()
    error = float(np.dot(difference, difference)) / difference.size
    return min(99.0, 10 * math.log10(255**2 / error)) if error else 99.0


@cache
def _background() -> NDArray[np.uint8]:
    x = np.arange(WIDTH)[np.newaxis, :] * (2 * np.pi / WIDTH)
    y = np.arange(HEIGHT)[:, np.newaxis] / HEIGHT
    red = 128 + 90 * np.sin(x + 1.5 * y)
    green = 128 + 80 * np.sin(2 * x - 3 * y)
    blue = 128 + 60 * np.cos(x) * np.cos(3.5 * y)
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)


@cache
def _ball() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colour and opacity of the ball; its edge is soft over some pixels, as that of a thing in a film."""
    at = np.arange(_BALL) - (_BALL - 1) / 2
    distance = np.hypot(at[:, np.newaxis], at[np.newaxis, :])[..., np.newaxis]
    light = np.clip(1.1 - distance / _BALL, 0, 1)
    weight = np.clip((_BALL / 2 - distance) / 8, 0, 1)
    return (light * (250, 235, 200)).astype(np.float32), weight.astype(np.float32)

"""What is sent so that what arrives can be told from anything else: pictures and tones."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
from interop.browser import Tab
from pywebrtc import AudioSource

WIDTH, HEIGHT = 320, 240
RED, GREEN, BLUE = (220, 30, 40), (20, 200, 60), (30, 50, 210)


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """RGB, as `painting(width, height, regions(...))` shows it in a page."""
    rgb = np.empty((height, width, 3), np.uint8)
    for x, y, w, h, colour in regions(width, height):
        rgb[y : y + h, x : x + w] = colour
    return rgb


def regions(width: int = WIDTH, height: int = HEIGHT) -> list[Any]:
    """Red, green and blue where no swap of channels or planes, no turn and no mirror leaves them."""
    return [
        [0, 0, width // 2, height // 2, [*RED]],
        [width // 2, 0, width // 2, height // 2, [*GREEN]],
        [0, height // 2, width, height // 2, [*BLUE]],
    ]


def plain(colour: tuple[int, int, int], width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """One colour."""
    return np.full((height, width, 3), colour, np.uint8)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """How alike two pictures are, in dB."""
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


async def seen(track: Any, wanted: np.ndarray, least: float = 30, timeout: float = 20) -> float:
    """Read a track until a picture like the one wanted is there: the first ones are small and coarse."""
    reader = track.frames(maxsize=1)
    best = 0.0
    try:
        async with asyncio.timeout(timeout):
            while best < least:
                frame = await reader.recv()
                if (frame.height, frame.width) == wanted.shape[:2]:
                    best = max(best, psnr(frame.to_ndarray("rgb24"), wanted))
    except TimeoutError:
        raise AssertionError(f"the best picture has {best:.1f} dB, {least} are wanted") from None
    return best


async def seen_by_page(
    tab: Tab, track: str, wanted: np.ndarray, least: float = 30, timeout: float = 20
) -> float:
    """The same for a track in the page, an expression."""
    best, sizes = 0.0, set[tuple[int, int]]()
    try:
        async with asyncio.timeout(timeout):
            while best < least:
                shown = await tab.evaluate(f"picture({track})")
                rgba = np.frombuffer(base64.b64decode(shown["rgba"]), np.uint8)
                rgb = rgba.reshape(shown["height"], shown["width"], 4)[..., :3]
                sizes.add((shown["width"], shown["height"]))
                if rgb.shape == wanted.shape:
                    best = max(best, psnr(rgb, wanted))
    except TimeoutError:
        raise AssertionError(
            f"the best picture in the page has {best:.1f} dB, {least} are wanted; {sizes}"
        ) from None
    return best


class Tone:
    """Sines into an AudioSource, one for each channel: ``pushing(Tone(source, 440), 0.02)``."""

    def __init__(self, source: AudioSource, *frequencies: float) -> None:
        self._source = source
        self._frequencies = np.array(frequencies)
        self._position = 0

    def __call__(self) -> None:
        rate = self._source.sample_rate
        t = np.arange(self._position, self._position + rate // 50) / rate
        self._position += len(t)
        sines = 12000 * np.sin(2 * np.pi * self._frequencies * t[:, np.newaxis])
        self._source.push(sines.astype(np.int16))


def loudest(samples: np.ndarray, rate: int) -> float:
    """The loudest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


async def heard(track: Any, frequency: float, channel: int = 0, timeout: float = 20) -> None:
    """Listen until half a second of a channel is a tone of that frequency and little else."""
    reader = track.frames()
    window: list[np.ndarray] = []
    found = 0.0
    try:
        async with asyncio.timeout(timeout):
            while True:
                frame = await reader.recv()
                if frame.channels <= channel:  # before anything is decoded
                    continue
                window = [*window[-49:], frame.to_ndarray()[:, channel].astype(float)]
                samples = np.concatenate(window)
                if len(window) < 50 or np.abs(samples).max() < 1000:
                    continue
                found = loudest(samples, frame.sample_rate)
                spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
                near = np.abs(np.fft.rfftfreq(len(samples), 1 / frame.sample_rate) - frequency) < 20
                if abs(found - frequency) < 5 and spectrum[near].sum() > 0.9 * spectrum.sum():
                    return
    except TimeoutError:
        raise AssertionError(f"the loudest frequency is {found:.0f} Hz, not {frequency:.0f}") from None


async def heard_by_page(
    tab: Tab, track: str, frequency: float, channel: int = 0, timeout: float = 20
) -> None:
    """The same for a track in the page: its analysers tell frequencies in steps of 6 Hz."""
    found: Any = None
    try:
        async with asyncio.timeout(timeout):
            while True:
                found = await tab.evaluate(f"listen({track}, {channel})")
                if abs(found["frequency"] - frequency) < 8 and found["level"] > -40:
                    return
    except TimeoutError:
        raise AssertionError(f"the loudest frequency in the page is {found}, not {frequency:.0f}") from None

"""What tests of audio share: signals that are like something, and what there is to measure of them."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

# The first formants of five vowels, in Hz.
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))


def voice(seconds: float, rate: int = 48000, *, pitch: float = 120, level: float = -20, seed: int = 0) -> Any:
    """Float32 like a voice: a buzz of varying pitch through formants, in syllables; ``level`` in dBFS."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    wobble = 0.15 * np.sin(2 * np.pi * 0.7 * time + rng.uniform(0, 6)) + 0.03 * np.sin(2 * np.pi * 5 * time)
    f0 = pitch * (1 + wobble)
    phase = 2 * np.pi * np.cumsum(f0) / rate
    signal = np.zeros(len(time))
    syllable = round(0.22 * rate)
    for start in range(0, len(time), syllable):
        part = slice(start, start + syllable)
        formants = VOWELS[rng.integers(len(VOWELS))]
        mean = f0[part].mean()
        for harmonic in range(1, int(min(4000, rate / 2 - 500) / mean) + 1):
            peaks = ((harmonic * mean - formant) / 80 for formant in formants)
            gain = sum(w / (1 + p * p) for w, p in zip((1, 0.5, 0.25), peaks, strict=True)) + 0.02 / harmonic
            signal[part] += gain * np.sin(harmonic * phase[part])
        length = len(signal[part])
        signal[part] *= np.sqrt(np.sin(np.pi * np.arange(length) / length)) * (
            start == 0 or rng.random() > 0.15
        )
    return (signal * 10 ** (level / 20) / np.sqrt(np.mean(signal**2))).astype(np.float32)


def noise(seconds: float, rate: int = 48000, *, level: float = -40, seed: int = 0) -> Any:
    """White noise, float32; ``level`` in dBFS."""
    samples = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (10 ** (level / 20) * samples).astype(np.float32)


def tone(seconds: float, rate: int = 48000, *, frequency: float = 440, amplitude: float = 0.5) -> Any:
    """A sine, float32."""
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def int16(samples: Any) -> Any:
    return np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)


def level(samples: Any) -> float:
    """The level in dBFS: of power, a full-scale square wave has 0."""
    scale = 32768 if samples.dtype == np.int16 else 1
    return float(10 * np.log10(np.mean(np.square(samples.astype(float) / scale)) + 1e-20))


def fit(samples: Any, rate: int, frequency: float) -> tuple[float, float]:
    """The amplitude of the sine of that frequency in one channel, and how far in dB it is above the rest."""
    x = samples.astype(float) / (32768 if samples.dtype == np.int16 else 1)
    time = np.arange(len(x)) / rate
    basis = np.stack([np.sin(2 * np.pi * frequency * time), np.cos(2 * np.pi * frequency * time)], axis=1)
    weights = np.linalg.lstsq(basis, x, rcond=None)[0]
    rest = x - basis @ weights
    power = np.mean((basis @ weights) ** 2)
    return float(np.hypot(*weights)), float(10 * np.log10(power / (np.mean(rest**2) + 1e-20)))


def loudest(samples: Any, rate: int) -> float:
    """The frequency of the strongest tone in one channel, to a fraction of the spectrum's step."""
    x = samples.astype(float) * np.hanning(len(samples))
    spectrum = np.log(np.abs(np.fft.rfft(x)) + 1e-9)
    top = int(np.clip(np.argmax(spectrum), 1, len(spectrum) - 2))
    left, middle, right = spectrum[top - 1 : top + 2]
    return float((top + 0.5 * (left - right) / (left - 2 * middle + right)) * rate / len(x))


def releases_the_gil(call: Callable[[], object]) -> bool:
    """Whether another thread gets to run while ``call`` does, though nobody takes the GIL away from it."""
    turns = 0
    stop = False

    def run() -> None:
        nonlocal turns
        while not stop:
            turns += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    other = threading.Thread(target=run)
    other.start()
    try:
        sys.setswitchinterval(1000)
        before = turns
        # On a busy machine a call may be over before the other thread has its turn.
        for _ in range(100):
            call()
            if turns > before:
                return True
        return False
    finally:
        stop = True
        sys.setswitchinterval(interval)
        other.join()

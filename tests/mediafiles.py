"""What tests of files share: media that can be recognised, files made of it, and what is in a file."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from pywebrtc import AudioSource, MediaStream, MediaStreamTrack, VideoSource, _native

RATE = 48000
FPS = 30
LENGTH = 0.1
"""Seconds of a flash and of a beep: one at the beginning of each period."""


def now() -> float:
    """libwebrtc's clock."""
    return _native.time_us() / 1e6


def tone(start: int, count: int, frequency: float = 1000, rate: int = RATE) -> np.ndarray:
    """Samples of a tone, int16."""
    return (8000 * np.sin(2 * np.pi * frequency / rate * (start + np.arange(count)))).astype(np.int16)


def beeps(start: int, count: int, period: float = 1) -> np.ndarray:
    """Samples with a beep at the beginning of each period."""
    on = ((start + np.arange(count)) / RATE) % period < LENGTH
    return np.where(on, tone(start, count), 0).astype(np.int16)


def flash(number: int, size: tuple[int, int], period: float = 1) -> np.ndarray:
    """A picture, white at the beginning of each period and black else: (height, width, 3)."""
    on = (number / FPS) % period < LENGTH - 1e-6
    return np.full((size[1], size[0], 3), 255 if on else 0, np.uint8)


def gradient(size: tuple[int, int], number: int = 0) -> np.ndarray:
    """A picture with something in it: (height, width, 3)."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = (np.linspace(0, 200, width) + 4 * number) % 256
    picture[..., 1] = np.linspace(50, 250, height)[:, None]
    picture[..., 2] = 128
    return picture


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal to noise ratio in dB."""
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def frequency(samples: np.ndarray, rate: int = RATE) -> float:
    """The strongest frequency of a mono signal, in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 4 * len(samples)))
    return float(np.argmax(spectrum) * rate / (4 * len(samples)))


def make_file(
    path: Path,
    pictures: Iterable[np.ndarray] = (),
    samples: np.ndarray | None = None,
    *,
    video: str = "libx264",
    audio: str = "aac",
    options: dict[str, str] | None = None,
) -> Path:
    """A file with these pictures at 30 a second, and these samples at 48 kHz, mono."""
    with av.open(str(path), "w") as container:
        pictures = list(pictures)
        streams: list[tuple[Any, list[Any]]] = []
        if pictures:
            stream = container.add_stream(video, rate=FPS, options=options or {})
            stream.height, stream.width = pictures[0].shape[:2]
            stream.pix_fmt = "yuv420p"
            frames = []
            for number, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                frames.append(frame)
            streams.append((stream, frames))
        if samples is not None:
            stream = container.add_stream(audio, rate=RATE, layout="mono")
            frames = []
            for start in range(0, len(samples), 960):
                frame = av.AudioFrame.from_ndarray(samples[None, start : start + 960], "s16", "mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
                frames.append(frame)
            streams.append((stream, frames))
        # Interleaved by time, as files are.
        work = [(index, frame) for index, (_, frames) in enumerate(streams) for frame in frames]
        for index, frame in sorted(work, key=lambda item: item[1].pts * item[1].time_base):
            container.mux(streams[index][0].encode(frame))
        for stream, _ in streams:
            container.mux(stream.encode(None))
    return path


@dataclass
class Contents:
    """What a file decodes to."""

    pictures: list[np.ndarray] = field(default_factory=list)
    """RGB."""
    times: list[float] = field(default_factory=list)
    """Of the pictures, in seconds."""
    samples: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """Of the first channel, -1 to 1, from the beginning of the file on."""
    rate: int = 0
    channels: int = 0
    codecs: dict[str, str] = field(default_factory=dict)

    @property
    def flashes(self) -> list[float]:
        """When pictures turned white."""
        return [
            at
            for before, picture, at in zip([None, *self.pictures], self.pictures, self.times, strict=False)
            if picture.mean() > 128 and (before is None or before.mean() < 128)
        ]

    @property
    def beeps(self) -> list[float]:
        """When a beep began."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.1)
        firsts = loud[np.diff(loud, prepend=-self.rate) > 0.05 * self.rate]
        return [first / self.rate for first in firsts]

    def loudness(self, start: float, end: float) -> float:
        """RMS of a part, 0 to 1."""
        part = self.samples[int(start * self.rate) : int(end * self.rate)]
        return float(np.sqrt(np.mean(part**2)))


def contents(path: Path | str, size: tuple[int, int] | None = None, **options: Any) -> Contents:
    """Decode a file; with a size, to pictures of that one: so those of minutes fit into memory."""
    found = Contents()
    width, height = size or (None, None)
    parts: list[np.ndarray] = []
    length = 0
    with av.open(str(path), **options) as container:
        found.codecs = {stream.type: stream.codec_context.name for stream in container.streams}
        for frame in container.decode(*(stream.index for stream in container.streams)):
            if isinstance(frame, av.VideoFrame):
                found.pictures.append(frame.to_ndarray(format="rgb24", width=width, height=height))
                found.times.append(frame.time)
                continue
            array = frame.to_ndarray().astype(float)
            if frame.format.name.startswith("s16"):
                array /= 32768
            found.channels, found.rate = frame.layout.nb_channels, frame.sample_rate
            if not frame.format.is_planar:
                array = array.reshape(-1, found.channels).T
            start = round(frame.time * frame.sample_rate)
            if start > length:  # it begins late
                parts.append(np.zeros(start - length))
            parts.append(array[0])
            length = max(length, start) + len(array[0])
    found.samples = np.concatenate(parts) if parts else found.samples
    return found


class Show:
    """A camera and a microphone: a picture and its sound at each 30th of a second, from :meth:`run` on."""

    def __init__(self, size: tuple[int, int] = (160, 120), period: float = 1) -> None:
        self.size = size
        self.period = period
        self.video = VideoSource()
        self.audio = AudioSource(sample_rate=RATE, channels=1)
        self.stream = MediaStream([self.video.track, self.audio.track])

    @property
    def tracks(self) -> list[MediaStreamTrack]:
        """Both tracks."""
        return [self.video.track, self.audio.track]

    async def run(self) -> None:
        """Push for ever."""
        pictures = samples = 0
        while True:
            while self.audio.queued_duration < 0.5:
                self.audio.push(beeps(samples, RATE // 100, self.period))
                samples += RATE // 100
            # What leaves the microphone now tells the time of the camera.
            clock, playing = now(), samples / RATE - self.audio.queued_duration
            while pictures / FPS <= playing:
                picture = flash(pictures, self.size, self.period)
                self.video.push(picture, timestamp=clock - playing + pictures / FPS)
                pictures += 1
            await asyncio.sleep(0.002)

    @contextlib.asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        """It runs meanwhile."""
        task = asyncio.ensure_future(self.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

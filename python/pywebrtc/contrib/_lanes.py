"""The streams of a recording: frames with the time at which they came in, packets out.

What a lane is given is not what a file needs. Audio comes in chunks, some late and some never; in the
file it has no hole. Video comes when it comes, and changes its size. A lane makes the one of the other.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ._formats import encoder_options
from ._pyav import pyav

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from pywebrtc.audioframe import AudioFrame
    from pywebrtc.videoframe import VideoFrame

# Seconds for which a lane that is given nothing may lag behind the others. After that it repeats its last
# picture, or is silent: players and muxers want all streams to go on.
PATIENCE = 1.5

# Seconds between two repetitions of a picture.
_REPEAT = 1.0

# A chunk of audio that was late in coming is not late in the file: those after it tell. So many seconds
# later the others have come.
_LOOKAHEAD = 0.2

# Seconds by which audio may be out of place before silence is put in, or samples are left out. What ears
# and eyes allow is 40 ms (ITU-R BT.1359).
_TOLERANCE = 0.02

# The clock of MPEG and of RTP: fine enough for any frame rate.
_VIDEO_CLOCK = 90000

_DEFAULT_SIZE = (640, 480)
_LAYOUTS = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1", 8: "7.1"}


@dataclass(frozen=True)
class Encoding:
    """What a lane encodes with."""

    encoder: str
    options: Mapping[str, str]
    bitrate: int | None = None
    size: tuple[int, int] | None = None


class Lane:
    """What both kinds of lane have."""

    kind: str

    def __init__(self, container: Any, encoding: Encoding) -> None:
        self._container = container
        self._encoding = encoding
        self._stream: Any = None
        # Encoded, and not taken yet.
        self.packets: list[Any] = []

    @property
    def ready(self) -> bool:
        """Whether it is known what the stream is like."""
        return self._stream is not None

    def _open(self, rate: int, **attributes: Any) -> None:
        options = encoder_options(self._encoding.encoder) | dict(self._encoding.options)
        if self._encoding.bitrate is not None:
            options.pop("crf", None)
            attributes["bit_rate"] = self._encoding.bitrate
        self._stream = self._container.add_stream(self._encoding.encoder, rate=rate, options=options)
        for name, value in attributes.items():
            setattr(self._stream.codec_context, name, value)

    def _encode(self, frame: Any) -> None:
        self.packets += self._stream.encode(frame)

    def close(self) -> None:
        """Nothing follows: let go of what the encoder holds back."""
        self._encode(None)


@dataclass
class _Chunk:
    at: float
    samples: NDArray[np.int16]
    rate: int

    @property
    def duration(self) -> float:
        return len(self.samples) / self.rate


class AudioLane(Lane):
    """Samples without a hole, from the beginning of the file on."""

    kind = "audio"

    def __init__(self, container: Any, encoding: Encoding) -> None:
        super().__init__(container, encoding)
        self._waiting: deque[_Chunk] = deque()
        # Seconds that are full.
        self._end = 0.0
        # Samples that were encoded.
        self._encoded = 0
        self._rate = 48000
        self._channels = 1
        self._resamplers: dict[tuple[int, int], Any] = {}

    def take(self, at: float, frame: AudioFrame) -> None:
        """Samples that came at that moment of the file."""
        chunk = _Chunk(at, frame.to_ndarray(), frame.sample_rate)
        if not self.ready:
            pcm = self._encoding.encoder.startswith("pcm_")  # as it is; codecs prefer their own rate
            self.prepare(chunk.rate if pcm else 48000, min(chunk.samples.shape[1], 2))
        # Each chunk was there, at the latest, before those that came after it.
        latest = at
        for earlier in reversed(self._waiting):
            latest -= earlier.duration
            if earlier.at <= latest:
                break
            earlier.at = latest
        self._waiting.append(chunk)
        while self._waiting[0].at < at - _LOOKAHEAD:
            self._place(self._waiting.popleft())

    def prepare(self, rate: int = 48000, channels: int = 1) -> None:
        """The stream is like this."""
        self._rate, self._channels = rate, channels
        self._open(rate, layout=_LAYOUTS[channels])

    def advance(self, now: float) -> None:
        """It is that late in the file: where nothing came there is silence."""
        if self.ready and not self._waiting and now - self._end > PATIENCE:
            self._silence(now - PATIENCE - self._end)

    def finish(self, end: float) -> None:
        """The file ends there."""
        while self._waiting:
            self._place(self._waiting.popleft())
        if end > self._end:
            self._silence(end - self._end)

    def _place(self, chunk: _Chunk) -> None:
        early = self._end - chunk.at
        samples = chunk.samples
        if early > _TOLERANCE:
            samples = samples[round(early * chunk.rate) :]
        elif early < -_TOLERANCE:
            self._silence(-early)
        if len(samples):
            self._write(samples, chunk.rate)

    def _silence(self, seconds: float) -> None:
        import numpy as np

        missing = round(seconds * self._rate)
        while missing > 0:
            count = min(missing, self._rate)
            self._write(np.zeros((count, self._channels), np.int16), self._rate)
            missing -= count

    def _write(self, samples: NDArray[np.int16], rate: int) -> None:
        self._end += len(samples) / rate
        channels = samples.shape[1]
        frame = pyav().AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", _LAYOUTS[channels])
        frame.sample_rate = rate
        for part in self._resampled(frame, rate, channels):
            part.pts = self._encoded
            part.time_base = Fraction(1, self._rate)
            self._encoded += part.samples
            self._encode(part)

    def _resampled(self, frame: Any, rate: int, channels: int) -> list[Any]:
        if (rate, channels) == (self._rate, self._channels):
            return [frame]
        resampler = self._resamplers.get((rate, channels))
        if resampler is None:
            resampler = pyav().AudioResampler("s16", _LAYOUTS[self._channels], self._rate)
            self._resamplers[rate, channels] = resampler
        return resampler.resample(frame)


class VideoLane(Lane):
    """Pictures of one size, each with its time. Other sizes are scaled to the first, with bars where they
    have another shape.
    """

    kind = "video"

    def __init__(self, container: Any, encoding: Encoding) -> None:
        super().__init__(container, encoding)
        self._size = (0, 0)
        self._at = -1.0
        self._pixels: NDArray[np.uint8] | None = None

    def take(self, at: float, frame: VideoFrame) -> None:
        """A picture that came at that moment of the file."""
        turned = frame.rotation in (90, 270)
        size = (frame.height, frame.width) if turned else (frame.width, frame.height)
        if not self.ready:
            self.prepare(self._encoding.size or size)
        if at > self._at:
            self._pixels = self._fitted(frame, size)
            self._write(at)

    def prepare(self, size: tuple[int, int] | None = None) -> None:
        """The stream is like this."""
        width, height = size or self._encoding.size or _DEFAULT_SIZE
        # Chroma has half of the size.
        self._size = width, height = max(2, width // 2 * 2), max(2, height // 2 * 2)
        attributes: dict[str, Any] = {}
        if self._encoding.encoder.startswith("libvpx"):
            # It has no quality without a bound: a tenth of a bit for a pixel, 30 times a second.
            attributes["bit_rate"] = max(500_000, width * height * 3)
            # Its threads wait for each other by spinning, which costs more than they bring to small pictures.
            attributes["thread_count"] = 1 + width * height // 1_000_000
        self._open(
            30,
            width=width,
            height=height,
            pix_fmt="yuv420p",
            time_base=Fraction(1, _VIDEO_CLOCK),
            gop_size=60,
            **attributes,
        )

    def advance(self, now: float) -> None:
        """It is that late in the file: where nothing came the last picture is still there."""
        if not self.ready:
            return
        while now - max(self._at, 0) > PATIENCE + _REPEAT:
            self._write(max(self._at, 0) + _REPEAT)

    def finish(self, end: float) -> None:
        """The file ends there: so long is the last picture shown."""
        if self.ready and end - self._at > _REPEAT / 10:
            self._write(end)

    def _write(self, at: float) -> None:
        pixels = self._blank() if self._pixels is None else self._pixels
        frame = pyav().VideoFrame.from_ndarray(pixels, "yuv420p")
        frame.pts = round(max(at, 0) * _VIDEO_CLOCK)
        frame.time_base = Fraction(1, _VIDEO_CLOCK)
        self._at = at
        self._encode(frame)

    def _blank(self) -> NDArray[np.uint8]:
        import numpy as np

        width, height = self._size
        pixels = np.full((height * 3 // 2, width), 128, np.uint8)
        pixels[:height] = 16
        return pixels

    def _fitted(self, frame: VideoFrame, size: tuple[int, int]) -> NDArray[np.uint8]:
        import numpy as np

        scale = min(self._size[0] / size[0], self._size[1] / size[1])
        width, height = (
            min(whole, max(2, round(side * scale / 2) * 2))
            for whole, side in zip(self._size, size, strict=True)
        )
        if frame.rotation in (90, 270):
            part = frame.to_ndarray("i420", width=height, height=width)
        else:
            part = frame.to_ndarray("i420", width=width, height=height)
        if frame.rotation == 0 and (width, height) == self._size:
            return part
        whole = self._blank()
        left, top = (
            (outer - inner) // 4 * 2 for outer, inner in zip(self._size, (width, height), strict=True)
        )
        for target, source, shrink in zip(_planes(whole), _planes(part), (1, 2, 2), strict=True):
            turned = np.rot90(source, -frame.rotation // 90)
            rows, columns = turned.shape
            target[top // shrink :, left // shrink :][:rows, :columns] = turned
        return whole


def _planes(i420: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    chroma = i420.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
    return i420[:height], chroma[0], chroma[1]

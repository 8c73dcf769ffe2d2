"""Where the frames of a player go: to the sources of its tracks, as chunks with a position and a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._pyav import pyav

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pywebrtc import AudioSource, EncodedVideoSource, VideoSource

    from ._demuxer import Demuxer, Frames

RATE = 48000

# Samples that are pushed at once: some formats have seconds of them in a frame.
_CHUNK = RATE // 50

# Seconds by which the times of audio frames may contradict the number of samples before them.
_TOLERANCE = 0.05

# Seconds of a picture in a file that does not say how many there are a second.
_PICTURE = 1 / 30

# Pictures after a key frame of which none was left out, after which it has got through: what is left out is
# counted a moment later.
_ENOUGH = 3

# Seconds that times of files are rounded by.
_TINY = 1e-3


class AudioFeed:
    """Samples, one after the other without a hole, resampled to what the source takes.

    Attributes:
        next: where in the file the next samples are, in seconds.
    """

    # How long before they are due samples are pushed. A thread that was held up for less than that is not
    # heard.
    lead = 0.1

    def __init__(self, demuxer: Demuxer, frames: Frames, source: AudioSource) -> None:
        self.source = source
        self.frames = frames
        self._demuxer = demuxer
        self.seek(0.0)

    def seek(self, position: float) -> None:
        """What follows begins there; what is before it in the file is left out."""
        self.next = position
        self._samples: NDArray[np.int16] | None = None
        layout = "mono" if self.source.channels == 1 else "stereo"
        self._resampler = pyav().AudioResampler("s16", layout, RATE)

    def peek(self) -> float | None:
        """Where the next samples are; None where there are none, now or at all."""
        while self._samples is None or not len(self._samples):
            frame = self._demuxer.peek(self.frames)
            if frame is None:
                return None
            self.frames.decoded.popleft()
            self._samples = self._resampled(frame)
        return self.next

    def take(self) -> NDArray[np.int16]:
        """The samples that :meth:`peek` told of."""
        assert self._samples is not None
        samples, self._samples = self._samples[:_CHUNK], self._samples[_CHUNK:]
        self.next += len(samples) / RATE
        return samples

    def _resampled(self, frame: Any) -> NDArray[np.int16]:
        import numpy as np

        at = self._demuxer.position(frame)
        parts = self._resampler.resample(frame)
        chunks = [part.to_ndarray().reshape(-1, self.source.channels) for part in parts]
        samples = np.concatenate(chunks) if chunks else np.zeros((0, self.source.channels), np.int16)
        if at is not None and at > self.next + _TOLERANCE:  # there is a gap in the file
            self.next = at
        elif at is not None and at < self.next - _TOLERANCE:  # before the position that was sought, mostly
            samples = samples[round((self.next - at) * RATE) :]
        return samples


class VideoFeed:
    """Pictures, each at its position.

    Attributes:
        next: where in the file the next picture is, in seconds; after the last one, until when that is shown.
    """

    lead = 0.0

    def __init__(self, demuxer: Demuxer, frames: Frames, source: VideoSource | EncodedVideoSource) -> None:
        self.source = source
        self.frames = frames
        self._demuxer = demuxer
        rate = frames.stream.average_rate
        self._picture = float(1 / rate) if rate else _PICTURE
        self.seek(0.0)

    def seek(self, position: float) -> None:
        """What follows begins with the picture that is shown at that position."""
        self.next = self._begin = position

    def peek(self) -> float | None:
        """Where the next picture is; None where there is none, now or at all."""
        while (frame := self._demuxer.peek(self.frames)) is not None:
            at = self._demuxer.position(frame)
            self.next = self.next if at is None else at
            if self.next + self._picture > self._begin + _TINY:
                self.next = max(self.next, self._begin)
                return self.next
            self.frames.decoded.popleft()
        return None

    def take(self) -> Any:
        """The picture that :meth:`peek` told of, as PyAV's frame."""
        self.next += self._picture
        return self.frames.decoded.popleft()


class EncodedFeed(VideoFeed):
    """Pictures as they are in the file: each is needed by those after it, from a key frame on.

    Attributes:
        begin: where the key frame is that it began with.
    """

    source: EncodedVideoSource

    def __init__(self, demuxer: Demuxer, frames: Frames, source: EncodedVideoSource) -> None:
        self._got_through = False
        super().__init__(demuxer, frames, source)

    def seek(self, position: float) -> None:
        """What follows begins there, with a key frame."""
        super().seek(position)
        self.begin = position
        self._taken = 0
        self._dropped = self.source.dropped

    def peek(self) -> float | None:
        """Where the next picture is; None where there is none, now or at all."""
        picture = self._demuxer.peek(self.frames)
        if picture is None:
            return None
        at = self._demuxer.position(picture)
        self.next = self.next if at is None else at
        return self.next

    def take(self) -> Any:
        """The picture that :meth:`peek` told of."""
        self._taken += 1
        return super().take()

    def lost(self) -> bool:
        """Whether the key frame was, and so all of the film up to now: libwebrtc had no encoder for it yet.

        A film that has got through once goes on, whatever happens to it.
        """
        after_key = self._taken - 1
        dropped = self.source.dropped - self._dropped
        self._got_through = self._got_through or after_key - dropped >= _ENOUGH
        return not self._got_through and after_key > 0 and dropped >= after_key

"""Where the streams of a recording get their frames, and when those were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pywebrtc import _native
from pywebrtc.enums import MediaStreamTrackState

from ._alignment import Alignment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pywebrtc.audioframe import AudioFrame
    from pywebrtc.framereader import FrameReader
    from pywebrtc.mediastreamtrack import MediaStreamTrack
    from pywebrtc.rtpreceiver import RTCRtpReceiver
    from pywebrtc.videoframe import VideoFrame

    from ._lanes import Encoding

# A timestamp that is so many seconds away from the clock is of another clock.
_ANOTHER_CLOCK = 2.0

# Seconds between two looks at how audio and video of a connection lie: in that time a jitter buffer that had
# to grow shrinks by some milliseconds.
_LOOK = 0.1

# Seconds by which audio is later where nothing has been disturbed, for as long as nothing else is known.
_UNDISTURBED = 0.035

# Seconds by which video is moved at once; what is less it is moved by little by little.
_JUMP, _STEP = 0.04, 0.005


class Input:
    """Where a stream of the file gets its frames: from a track, and when that has ended from another."""

    def __init__(self, track: MediaStreamTrack, encoding: Encoding) -> None:
        self.track: MediaStreamTrack | None = track
        self.kind = track.kind
        self.encoding = encoding
        # Seconds by which frames are put later than their timestamps say.
        self.shift = 0.0
        self.aligned = False
        self._task: asyncio.Task[None] | None = None
        self._reader: FrameReader[VideoFrame | AudioFrame] | None = None
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Frames that the event loop did not take in time."""
        return self._dropped + (0 if self._reader is None else self._reader.dropped)

    def read(self, track: MediaStreamTrack, put: Callable[[float, VideoFrame | AudioFrame], object]) -> None:
        """Have the frames of the track, until it ends."""
        if track.readyState == MediaStreamTrackState.ENDED:
            self.track = None
            return
        self.track = track
        self._reader = track.frames()
        self._task = asyncio.get_running_loop().create_task(self._run(self._reader, put))

    def stop(self) -> None:
        """Have no more frames of it."""
        self.track = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._dropped = self.dropped
        self._reader = None

    async def _run(
        self,
        reader: FrameReader[VideoFrame | AudioFrame],
        put: Callable[[float, VideoFrame | AudioFrame], object],
    ) -> None:
        offset: float | None = None
        async for frame in reader:
            if offset is None:
                late = now() - frame.timestamp
                # Whoever pushes pictures may count their time from anywhere.
                offset = late if abs(late) > _ANOTHER_CLOCK else 0.0
            put(frame.timestamp + offset + self.shift, frame)
        self._task = None
        self.stop()


async def align(inputs: Sequence[Input]) -> None:
    """Put the pictures of each connection where its sound is, again and again."""
    pairs: dict[Input, Alignment] = {}
    while True:
        for video in inputs:
            receivers = _receivers(video, inputs)
            if receivers is None:
                video.shift, video.aligned = 0.0, False
                continue
            pair = pairs.get(video)
            if pair is None or pair.receivers != receivers:
                pair = pairs[video] = Alignment(*receivers)
            later = pair.of(await receivers[1]._transceiver._connection.getStats())
            if later is None:
                video.shift = video.shift or _UNDISTURBED
                continue
            off = later - video.shift
            known, video.aligned = video.aligned, True
            video.shift += max(-_STEP, min(_STEP, off)) if known and abs(off) < _JUMP else off
        await asyncio.sleep(_LOOK)


def _receivers(video: Input, inputs: Sequence[Input]) -> tuple[RTCRtpReceiver, RTCRtpReceiver] | None:
    """The receivers of a video track and of an audio track of the same connection."""
    receiver = _receiver(video)
    if video.kind != "video" or receiver is None:
        return None
    for other in inputs:
        audio = _receiver(other) if other.kind == "audio" else None
        if audio is not None and audio._transceiver._connection is receiver._transceiver._connection:
            return audio, receiver
    return None


def _receiver(source: Input) -> RTCRtpReceiver | None:
    reference = None if source.track is None else source.track._source.receiver
    return None if reference is None else reference()


def now() -> float:
    """The time on libwebrtc's clock, in seconds."""
    return _native.time_us() / 1e6

"""The child: it answers the call, receives and measures."""

from __future__ import annotations

import asyncio
import statistics
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from pywebrtc import (
    AudioFrame,
    MediaStreamTrack,
    MessageEvent,
    RTCDataChannel,
    RTCDataChannelEvent,
    RTCPeerConnection,
    RTCTrackEvent,
    VideoFrame,
)

from . import pattern, png, tone
from .messages import Checker
from .mishaps import Mishaps
from .signalling import Signalling

if TYPE_CHECKING:
    from pathlib import Path

# The jitter buffer needs some time to find its depth, and stretches the sound while it does.
_AUDIO_SETTLES = 0.5


class Receiver:
    """What arrived so far."""

    def __init__(self) -> None:
        self._messages = Checker()
        self._numbers: set[int] = set()
        self._unreadable = 0
        self._psnr: list[float] = []
        self._sizes: set[str] = set()
        self._last: tuple[Any, Any] | None = None  # a picture as it was sent and as it was received
        self._video_dropped = 0
        self._sound: list[Any] = []
        self._sample_rate = tone.RATE
        self._tasks: list[asyncio.Task[None]] = []

    def on_track(self, event: RTCTrackEvent) -> None:
        """Watch or listen from the first frame on."""
        watch = self._watch if event.track.kind == "video" else self._listen
        self._tasks.append(asyncio.create_task(watch(event.track)))

    def on_datachannel(self, event: RTCDataChannelEvent) -> None:
        """``pings`` are sent back; ``messages`` are checked and, when asked in between, counted."""
        channel = event.channel

        def send_back(message: MessageEvent) -> None:
            channel.send(message.data)

        def check(message: MessageEvent) -> None:
            self._on_message(channel, message)

        channel.onmessage = send_back if channel.label == "pings" else check

    def _on_message(self, channel: RTCDataChannel, event: MessageEvent) -> None:
        if event.data == "how many?":
            channel.send(str(self._messages.count))
        else:
            self._messages.take(event.data)

    async def _watch(self, track: MediaStreamTrack) -> None:
        reader = track.frames()
        async for frame in reader:
            # In a thread: numpy and the conversion let go of the GIL, and the loop stays free for messages.
            await asyncio.to_thread(self._look, cast("VideoFrame", frame))
            self._video_dropped = reader.dropped

    def _look(self, frame: VideoFrame) -> None:
        self._sizes.add(f"{frame.width}x{frame.height}")
        # libwebrtc may send smaller pictures for a while: they are compared at the size that they had.
        received = frame.to_ndarray("rgb24", width=pattern.WIDTH, height=pattern.HEIGHT)
        number = pattern.read_number(received)
        if number is None:
            self._unreadable += 1
            return
        self._numbers.add(number)
        sent = pattern.picture(number)
        self._psnr.append(pattern.psnr(sent, received))
        self._last = sent, received

    async def _listen(self, track: MediaStreamTrack) -> None:
        async for frame in track.frames():
            frame = cast("AudioFrame", frame)
            self._sample_rate = frame.sample_rate
            self._sound.append(frame.to_ndarray()[:, 0])

    async def finish(self, sent: dict[str, Any], output: Path) -> dict[str, Any]:
        """All was sent: wait for what is under way, save the picture, and sum up."""
        await asyncio.sleep(0.3)
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        errors = [repr(error) for error in ended if isinstance(error, Exception)]
        if self._last is not None:
            # One column of white between the two.
            line = np.full((pattern.HEIGHT, 8, 3), 255, np.uint8)
            left, right = self._last
            side_by_side = np.concatenate([left, line, right], axis=1)
            await asyncio.to_thread(png.write, output, side_by_side)
        return {
            "frames": sum(number >= sent["first"] for number in self._numbers),
            "unreadable": self._unreadable,
            "queue_dropped": self._video_dropped,
            "sizes": sorted(self._sizes),
            "psnr_mean": statistics.fmean(self._psnr) if self._psnr else 0.0,
            "psnr_min": min(self._psnr, default=0.0),
            "tone": self._tone(sent["seconds"]),
            "messages": self._messages.count,
            "bytes": self._messages.bytes,
            "mistake": self._messages.mistake,
            "errors": errors,
        }

    def _tone(self, seconds: float) -> float:
        """The frequency of what was heard while the tone was sent."""
        if not self._sound:
            return 0.0
        sound = np.concatenate(self._sound)
        loud = np.flatnonzero(np.abs(sound) > 500)
        if not len(loud):
            return 0.0
        begin = int(loud[0] + _AUDIO_SETTLES * self._sample_rate)
        end = int(min(loud[-1], loud[0] + seconds * self._sample_rate))
        return tone.frequency(sound[begin:end], self._sample_rate)


async def receive(socket: Path, output: Path) -> None:
    """Answer the call of the process that listens at ``socket``; return when it hangs up."""
    mishaps = Mishaps()
    signalling = await Signalling.connect(socket)
    receiver = Receiver()
    async with RTCPeerConnection() as pc:
        pc.ontrack = receiver.on_track
        pc.ondatachannel = receiver.on_datachannel
        talk = asyncio.create_task(signalling.run(pc))
        finished = asyncio.create_task(signalling.news("finished"))
        await asyncio.wait({talk, finished}, return_when=asyncio.FIRST_COMPLETED)
        if finished.done():
            report = await receiver.finish(finished.result(), output)
            report["errors"] += mishaps.seen
            signalling.send("report", report)
        else:
            finished.cancel()
        await talk
    await signalling.close()

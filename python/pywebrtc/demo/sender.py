"""The process that was started: it calls, sends, and asks its child what arrived."""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pywebrtc import (
    AudioSource,
    RTCCodecStats,
    RTCDataChannel,
    RTCErrorEvent,
    RTCIceCandidatePairStats,
    RTCOutboundRtpStreamStats,
    RTCPeerConnection,
    RTCPeerConnectionState,
    RTCStatsReport,
    RTCTransportStats,
    VideoSource,
)

from . import messages, pattern, tone
from .mishaps import Mishaps

if TYPE_CHECKING:
    from .console import Progress
    from .signalling import Signalling


# Bits a second that the pattern needs, and how long to wait for an estimate of that much.
_BITRATE = 500_000
_RAMP_UP_SECONDS = 4.0


class DemoError(Exception):
    """Something is off; the message says what."""


@dataclass
class Measured:
    """What the sender knows in the end; ``report`` is what the receiver measured."""

    connect_seconds: float = 0.0
    ramp_up_seconds: float = 0.0
    codec: str = "none"
    frames: int = 0
    frames_encoded: int = 0
    messages: int = 0
    messages_per_second: float = 0.0
    bytes_per_second: float = 0.0
    ping_seconds: list[float] = field(default_factory=list[float])
    ice_seconds: float | None = None
    report: dict[str, Any] = field(default_factory=dict[str, Any])
    errors: list[str] = field(default_factory=list[str])

    @property
    def ping_median(self) -> float:
        """Seconds of the middle ping."""
        return statistics.median(self.ping_seconds) if self.ping_seconds else 0.0


class Sender:
    """One call."""

    def __init__(self, signalling: Signalling, seconds: float, burst: float, progress: Progress) -> None:
        self._signalling = signalling
        self._seconds = seconds
        self._burst = burst
        self._progress = progress
        self._measured = Measured()
        self._frame_number = 0
        self._last_frame: int | None = None
        self._message_number = 0

    async def call(self) -> Measured:
        """Connect, send everything, and have it measured."""
        mishaps = Mishaps()
        measured = self._measured
        # The pattern is drawn, not filmed: like a screen. So libwebrtc keeps its size; what a camera sends
        # it would begin at a quarter of the size, and take ten seconds to grow.
        video, audio = VideoSource("pattern", screencast=True), AudioSource("tone")
        async with RTCPeerConnection() as pc:
            talk = asyncio.create_task(self._signalling.run(pc))
            pc.addTrack(video.track)
            pc.addTrack(audio.track)
            stream, pings = pc.createDataChannel("messages"), pc.createDataChannel("pings")

            began = time.monotonic()
            await self._connect(pc, stream, pings)
            measured.connect_seconds = time.monotonic() - began

            async with asyncio.TaskGroup() as group:
                group.create_task(self._film(video))
                await self._ramp_up(pc)
                first = self._frame_number
                measured.frames = round(self._seconds * pattern.RATE)
                self._last_frame = first + measured.frames
                encoded = await self._frames_encoded(pc)
                self._progress.step(f"{self._seconds:g} s of video, a tone and messages")
                group.create_task(self._play(audio))
                group.create_task(self._talk(stream))
                group.create_task(self._ping(pings))
            measured.frames_encoded = await self._frames_encoded(pc) - encoded

            self._progress.step("messages as fast as they go")
            count, elapsed = await self._flood(stream, messages.SMALLEST)
            measured.messages_per_second = count / elapsed
            count, elapsed = await self._flood(stream, messages.LARGEST)
            measured.bytes_per_second = count * messages.LARGEST / elapsed
            measured.messages = self._message_number

            self._progress.step("measuring what arrived")
            self._signalling.send("finished", {"seconds": self._seconds, "first": first})
            measured.report = await self._signalling.news("report")
            talk.cancel()
        measured.errors = mishaps.seen
        return measured

    async def _connect(self, pc: RTCPeerConnection, *channels: RTCDataChannel) -> None:
        self._progress.step("connecting")
        failed = asyncio.get_running_loop().create_future()

        def look(_: object) -> None:
            if pc.connectionState == RTCPeerConnectionState.FAILED and not failed.done():
                failed.set_exception(DemoError("the two could not connect"))

        pc.onconnectionstatechange = look
        await self._signalling.offer(pc)
        opened = asyncio.gather(*(channel.opened() for channel in channels))
        await asyncio.wait({opened, failed}, return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            failed.result()
        await opened

    async def _ramp_up(self, pc: RTCPeerConnection) -> None:
        """Wait until libwebrtc believes that the network carries the video.

        It begins at 300 kbit/s, as a browser does, and probes for more. Until then the encoder leaves
        frames out, which is no fault: so frames are counted from then on. (All that arrive are compared.)
        """
        self._progress.step("video, while the bandwidth is estimated")
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < _RAMP_UP_SECONDS:
            pair = _selected_pair(await pc.getStats())
            if pair is not None and (pair.availableOutgoingBitrate or 0) >= _BITRATE:
                break
            await asyncio.sleep(0.1)
        self._measured.ramp_up_seconds = elapsed

    async def _film(self, source: VideoSource) -> None:
        began = time.monotonic()
        while self._frame_number != self._last_frame:
            await asyncio.sleep(began + self._frame_number / pattern.RATE - time.monotonic())
            source.push(await asyncio.to_thread(pattern.picture, self._frame_number))
            self._frame_number += 1

    async def _play(self, source: AudioSource) -> None:
        sent, total = 0, round(self._seconds * tone.RATE)
        while sent < total:
            # A fifth of a second ahead of the clock.
            while source.queued_duration < 0.2 and sent < total:
                count = min(tone.RATE // 10, total - sent)
                source.push(tone.samples(sent, count))
                sent += count
            await asyncio.sleep(0.05)

    async def _talk(self, channel: RTCDataChannel) -> None:
        """A hundred messages a second, of all sizes up to 16 KiB: 0.8 MB/s."""
        began = time.monotonic()
        for number in range(round(self._seconds * 100)):
            await asyncio.sleep(began + number / 100 - time.monotonic())
            await self._send(channel, None)

    async def _ping(self, channel: RTCDataChannel) -> None:
        """One at a time, ten a second."""
        for number in range(round(self._seconds * 10)):
            sent = time.perf_counter()
            channel.send(str(number))
            if await self._answer(channel) != str(number):
                raise DemoError(f"ping {number} came back as something else")
            self._measured.ping_seconds.append(time.perf_counter() - sent)
            await asyncio.sleep(0.1)

    async def _flood(self, channel: RTCDataChannel, size: int) -> tuple[int, float]:
        """Messages of one size, as fast as back-pressure lets them; their number, and the time until the
        receiver had them all.
        """
        first = self._message_number
        began = time.monotonic()
        while time.monotonic() - began < self._burst:
            await self._send(channel, size)
        channel.send("how many?")
        arrived = int(await self._answer(channel))
        elapsed = time.monotonic() - began
        if arrived != self._message_number:
            raise DemoError(f"{self._message_number} messages were sent and {arrived} arrived")
        return self._message_number - first, elapsed

    async def _answer(self, channel: RTCDataChannel) -> str | bytes:
        """What the receiver says next."""
        errors: list[str] = []

        def failed(event: RTCErrorEvent) -> None:
            errors.append(f": {event.error}")

        channel.onerror = failed
        async for message in channel:
            return message
        raise DemoError(f"the channel {channel.label!r} closed{''.join(errors)}")

    async def _send(self, channel: RTCDataChannel, size: int | None) -> None:
        message = messages.message(self._message_number, size)
        self._message_number += 1
        await channel.send(message)

    async def _frames_encoded(self, pc: RTCPeerConnection) -> int:
        stats = await pc.getStats()
        pair = _selected_pair(stats)
        self._measured.ice_seconds = pair and pair.currentRoundTripTime
        for stream in stats.of_type(RTCOutboundRtpStreamStats):
            if stream.kind == "video":
                codec = stats.get(stream.codecId or "")
                name = codec.mimeType if isinstance(codec, RTCCodecStats) else "none"
                self._measured.codec = name.removeprefix("video/")
                return stream.framesEncoded or 0
        return 0


def _selected_pair(stats: RTCStatsReport) -> RTCIceCandidatePairStats | None:
    """The candidate pair in use."""
    selected = {transport.selectedCandidatePairId for transport in stats.of_type(RTCTransportStats)}
    pairs = stats.of_type(RTCIceCandidatePairStats)
    return next((pair for pair in pairs if pair.id in selected), None)

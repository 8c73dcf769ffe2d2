"""aiortc (PyPI): WebRTC in Python. It has no trickle ICE: set_local_description gathers first."""

from __future__ import annotations

import asyncio
import fractions
import importlib.metadata
import platform
from collections.abc import AsyncIterator
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from measure import now, until

HIGH = 1 << 20
"""Bytes that are buffered at most."""


class Api:
    """What the scenarios ask for."""

    module = "aiortc"
    audio_chunk = 0.02

    def versions(self) -> dict[str, str]:
        """Of everything that was measured."""
        names = ("aiortc", "aioice", "av", "cryptography")
        return {"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in names}}

    def connection(self, peer: Any) -> RTCPeerConnection:
        """A new one, whose news go to the peer."""
        pc = RTCPeerConnection()

        # What the peer has is looked up when it happens: a scenario sets it later.
        @pc.on("datachannel")
        def on_channel(channel: Any) -> None:
            peer.on_channel(channel)

        @pc.on("track")
        def on_track(track: Any) -> None:
            peer.on_track(track)

        return pc

    async def set_local(self, pc: RTCPeerConnection) -> None:
        """The implicit description."""
        offering = pc.signalingState == "stable"
        await pc.setLocalDescription(await (pc.createOffer() if offering else pc.createAnswer()))

    async def set_remote(self, pc: RTCPeerConnection, type: str, sdp: str) -> None:
        """What the other side sent."""
        await pc.setRemoteDescription(RTCSessionDescription(sdp, type))

    async def add_candidate(self, pc: RTCPeerConnection, mid: str, line: int, candidate: str) -> None:
        """They are in the descriptions."""

    async def gathered(self, pc: RTCPeerConnection) -> None:
        """All candidates are in the description, always."""

    def local(self, pc: RTCPeerConnection) -> tuple[str, str]:
        """Type and SDP."""
        return pc.localDescription.type, pc.localDescription.sdp

    async def close(self, pc: RTCPeerConnection) -> None:
        """And be sure of it."""
        await pc.close()

    def create_channel(self, pc: RTCPeerConnection, label: str, ordered: bool) -> Any:
        """A channel."""
        return pc.createDataChannel(label, ordered=ordered)

    async def opened(self, channel: Any) -> None:
        """It is open."""
        done = asyncio.Event()
        channel.on("open", done.set)
        if channel.readyState != "open":
            await done.wait()

    def label(self, channel: Any) -> str:
        """Its label."""
        return channel.label

    async def flood(self, channel: Any, payload: bytes, flag: Any) -> None:
        """Send as fast as it goes: as many as the buffer takes, again when half has left."""
        low = asyncio.Event()
        channel.bufferedAmountLowThreshold = HIGH // 2
        channel.on("bufferedamountlow", low.set)
        while flag.running:
            low.clear()
            for _ in range(max(1, (HIGH - channel.bufferedAmount) // len(payload))):
                channel.send(payload)
            if channel.bufferedAmount > HIGH // 2:
                await low.wait()
            else:
                await asyncio.sleep(0)

    async def drained(self, channel: Any) -> None:
        """All has left."""
        await until(lambda: not channel.bufferedAmount)

    def count(self, channel: Any, counter: Any) -> object:
        """Receive."""

        def on_message(_: Any) -> None:
            counter.count += 1

        channel.on("message", on_message)
        return channel

    async def ping(self, channel: Any, size: int, until: float) -> list[float]:
        """Round trips, one after the other."""
        times: list[float] = []
        done = asyncio.get_running_loop().create_future()
        sent = 0.0

        def send() -> None:
            nonlocal sent
            sent = now()
            channel.send(b"%020d" % (sent * 1e9) + bytes(size - 20))

        def on_message(_: Any) -> None:
            arrived = now()
            times.append(arrived - sent)
            if arrived < until:
                send()
            elif not done.done():
                done.set_result(None)

        channel.on("message", on_message)
        send()
        await done
        channel.remove_listener("message", on_message)
        return times

    def echo(self, channel: Any, one_way: list[float]) -> None:
        """Send back what comes."""

        def on_message(message: bytes) -> None:
            one_way.append(now() - int(message[:20]) * 1e-9)
            channel.send(message)

        channel.on("message", on_message)

    def add_media(self, pc: RTCPeerConnection) -> None:
        """Sound and pictures that nobody sends."""
        pc.addTransceiver("audio")
        pc.addTransceiver("video")

    async def stats(self, pc: RTCPeerConnection) -> int:
        """Every dictionary of a report is looked at."""
        report = await pc.getStats()
        return len([*report.values()])

    def video_source(self, pc: RTCPeerConnection, width: int, height: int) -> Any:
        """Where pictures enter, sent by the connection."""
        source = _Pictures()
        pc.addTrack(source)
        return source

    async def pictures(self, track: Any) -> AsyncIterator[Any]:
        """Luma of each that arrives."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            yield frame.to_ndarray(format="yuv420p")[: frame.height]

    def audio_source(self, pc: RTCPeerConnection, rate: int) -> Any:
        """Where samples enter, sent by the connection."""
        source = _Sounds(rate)
        pc.addTrack(source)
        return source

    async def sounds(self, track: Any) -> AsyncIterator[tuple[Any, int]]:
        """Samples of one channel, and their rate."""
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            samples = frame.to_ndarray()[0]
            yield samples[:: len(frame.layout.channels)], frame.sample_rate

    def conversions(self, width: int, height: int) -> Any:
        """Formats and shapes; to I420, as its encoders want it; such a frame as arrives to a new array."""
        picture = av.VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 100, np.uint8), format="yuv420p"
        )
        for name in ("i420", "nv12", "gray", "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr"):
            format = "yuv420p" if name == "i420" else name
            yield (
                name,
                picture.to_ndarray(format=format).shape,
                lambda array, format=format: av.VideoFrame.from_ndarray(array, format=format).reformat(
                    format="yuv420p"
                ),
                lambda format=format: picture.to_ndarray(format=format),
                None,
            )


class _Track(MediaStreamTrack):
    """A queue: aiortc asks for frames."""

    def __init__(self) -> None:
        super().__init__()
        self._frames: asyncio.Queue[Any] = asyncio.Queue()
        self._time = 0

    async def recv(self) -> Any:
        return await self._frames.get()

    def _queue(self, frame: Any, time_base: int, duration: int) -> None:
        frame.time_base = fractions.Fraction(1, time_base)
        frame.pts = self._time
        self._time += duration
        self._frames.put_nowait(frame)


class _Pictures(_Track):
    kind = "video"

    async def push(self, picture: Any) -> None:
        self._queue(av.VideoFrame.from_ndarray(picture, format="yuv420p"), 90000, 3000)


class _Sounds(_Track):
    kind = "audio"

    def __init__(self, rate: int) -> None:
        super().__init__()
        self._rate = rate

    async def push(self, samples: Any) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), "s16", "mono")
        frame.sample_rate = self._rate
        self._queue(frame, self._rate, len(samples))

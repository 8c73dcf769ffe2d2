"""pywebrtc."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pywebrtc
from measure import now, until
from pywebrtc import AudioSource, RTCPeerConnection, VideoFrame, VideoSource


class Api:
    """What the scenarios ask for."""

    module = "pywebrtc"
    audio_chunk = 0.02

    def versions(self) -> dict[str, str]:
        """Of everything that was measured."""
        return {"python": platform.python_version(), "pywebrtc": pywebrtc.__version__}

    def connection(self, peer: Any) -> RTCPeerConnection:
        """A new one, whose news go to the peer."""
        pc = RTCPeerConnection()

        def on_candidate(event: Any) -> None:
            if event.candidate is not None:
                found = event.candidate
                peer.candidate(found.sdpMid, found.sdpMLineIndex, found.candidate)

        pc.onicecandidate = on_candidate
        pc.ondatachannel = lambda event: peer.on_channel(event.channel)
        pc.ontrack = lambda event: peer.on_track(event.track)
        return pc

    async def set_local(self, pc: RTCPeerConnection) -> None:
        """The implicit description."""
        await pc.setLocalDescription()

    async def set_remote(self, pc: RTCPeerConnection, type: str, sdp: str) -> None:
        """What the other side sent."""
        await pc.setRemoteDescription({"type": type, "sdp": sdp})

    async def add_candidate(self, pc: RTCPeerConnection, mid: str, line: int, candidate: str) -> None:
        """What the other side found."""
        await pc.addIceCandidate({"candidate": candidate, "sdpMid": mid, "sdpMLineIndex": line})

    async def gathered(self, pc: RTCPeerConnection) -> None:
        """All candidates are in the description."""
        done = asyncio.Event()
        pc.onicegatheringstatechange = lambda _: pc.iceGatheringState == "complete" and done.set()
        if pc.iceGatheringState != "complete":
            await done.wait()

    def local(self, pc: RTCPeerConnection) -> tuple[str, str]:
        """Type and SDP."""
        assert pc.localDescription is not None
        return pc.localDescription.type, pc.localDescription.sdp

    async def close(self, pc: RTCPeerConnection) -> None:
        """And be sure of it."""
        pc.close()
        await pc.wait_closed()

    def create_channel(self, pc: RTCPeerConnection, label: str, ordered: bool) -> Any:
        """A channel."""
        return pc.createDataChannel(label, {"ordered": ordered})

    async def opened(self, channel: Any) -> None:
        """It is open."""
        await channel.opened()

    def label(self, channel: Any) -> str:
        """Its label."""
        return channel.label

    async def flood(self, channel: Any, payload: bytes, flag: Any) -> None:
        """Send as fast as it goes."""
        send = channel.send
        while flag.running:
            await send(payload)

    async def drained(self, channel: Any) -> None:
        """All has left."""
        await until(lambda: not channel.bufferedAmount)

    def count(self, channel: Any, counter: Any) -> object:
        """Receive."""

        async def receive() -> None:
            async for _ in channel:
                counter.count += 1

        return asyncio.ensure_future(receive())

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
            else:
                done.set_result(None)

        channel.onmessage = on_message
        send()
        await done
        channel.onmessage = None
        return times

    def echo(self, channel: Any, one_way: list[float]) -> None:
        """Send back what comes."""

        def on_message(event: Any) -> None:
            one_way.append(now() - int(event.data[:20]) * 1e-9)
            channel.send(event.data)

        channel.onmessage = on_message

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
        return _Pictures(pc)

    async def pictures(self, track: Any) -> AsyncIterator[Any]:
        """Luma of each that arrives."""
        async for frame in track:
            yield np.asarray(frame.planes[0])

    def audio_source(self, pc: RTCPeerConnection, rate: int) -> Any:
        """Where samples enter, sent by the connection."""
        return _Sounds(pc, rate)

    async def sounds(self, track: Any) -> AsyncIterator[tuple[Any, int]]:
        """Samples of one channel, and their rate."""
        async for frame in track:
            yield frame.to_ndarray()[:, 0], frame.sample_rate

    def conversions(self, width: int, height: int) -> Any:
        """Formats and shapes; to a frame; such a frame as arrives to a new array, and to the same again."""
        picture = VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 100, np.uint8), format="i420")
        for format in ("i420", "nv12", "gray", "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr"):
            array = picture.to_ndarray(format=format)
            yield (
                format,
                array.shape,
                lambda array, format=format: VideoFrame.from_ndarray(array, format=format),
                lambda format=format: picture.to_ndarray(format=format),
                lambda format=format, array=array: picture.to_ndarray(format=format, out=array),
            )


class _Pictures:
    def __init__(self, pc: RTCPeerConnection) -> None:
        self._source = VideoSource()
        pc.addTransceiver(self._source.track)

    async def push(self, picture: Any) -> None:
        self._source.push(picture, format="i420")

    def stop(self) -> None:
        self._source.track.stop()


class _Sounds:
    def __init__(self, pc: RTCPeerConnection, rate: int) -> None:
        self._source = AudioSource(sample_rate=rate)
        pc.addTransceiver(self._source.track)

    async def push(self, samples: Any) -> None:
        self._source.push(samples)

    def stop(self) -> None:
        self._source.track.stop()

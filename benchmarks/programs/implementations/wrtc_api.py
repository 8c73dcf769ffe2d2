"""wrtc (PyPI): libwebrtc through pybind11, import name webrtc."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import webrtc
from measure import now, until
from webrtc import RTCIceCandidateInit, RTCPeerConnection, RTCSessionDescriptionInit

HIGH = 1 << 20
"""Bytes that are buffered at most."""


class Api:
    """What the scenarios ask for."""

    module = "webrtc"
    audio_chunk = 0.02

    def versions(self) -> dict[str, str]:
        """Of everything that was measured."""
        return {"python": platform.python_version(), "wrtc": importlib.metadata.version("wrtc")}

    def connection(self, peer: Any) -> RTCPeerConnection:
        """A new one, whose news go to the peer."""
        pc = RTCPeerConnection()

        def on_candidate(event: Any) -> None:
            if event.candidate is not None and event.candidate.candidate:
                found = event.candidate
                peer.candidate(found.sdp_mid, found.sdp_m_line_index, found.candidate)

        pc.on("icecandidate", on_candidate)
        pc.on("datachannel", lambda event: peer.on_channel(event.channel))
        pc.on("track", lambda event: peer.on_track(event.track))
        return pc

    async def set_local(self, pc: RTCPeerConnection) -> None:
        """The implicit description."""
        await pc.set_local_description()

    async def set_remote(self, pc: RTCPeerConnection, type: str, sdp: str) -> None:
        """What the other side sent."""
        await pc.set_remote_description(RTCSessionDescriptionInit(type=type, sdp=sdp))

    async def add_candidate(self, pc: RTCPeerConnection, mid: str, line: int, candidate: str) -> None:
        """What the other side found."""
        await pc.add_ice_candidate(
            RTCIceCandidateInit(candidate=candidate, sdp_mid=mid, sdp_m_line_index=line)
        )

    async def gathered(self, pc: RTCPeerConnection) -> None:
        """All candidates are in the description."""
        done = asyncio.Event()
        pc.on("icegatheringstatechange", lambda _: pc.ice_gathering_state == "complete" and done.set())
        if pc.ice_gathering_state != "complete":
            await done.wait()

    def local(self, pc: RTCPeerConnection) -> tuple[str, str]:
        """Type and SDP."""
        return str(pc.local_description.type.value), pc.local_description.sdp

    async def close(self, pc: RTCPeerConnection) -> None:
        """Synchronous here."""
        pc.close()

    def create_channel(self, pc: RTCPeerConnection, label: str, ordered: bool) -> Any:
        """A channel."""
        return pc.create_data_channel(label, webrtc.RTCDataChannelInit(ordered=ordered))

    async def opened(self, channel: Any) -> None:
        """It is open."""
        done = asyncio.Event()
        channel.on("open", lambda _: done.set())
        if channel.ready_state != "open":
            await done.wait()

    def label(self, channel: Any) -> str:
        """Its label."""
        return channel.label

    async def flood(self, channel: Any, payload: bytes, flag: Any) -> None:
        """Send as fast as it goes: as many as the buffer takes, again when half has left."""
        low = asyncio.Event()
        channel.buffered_amount_low_threshold = HIGH // 2
        channel.on("bufferedamountlow", lambda _: low.set())
        send = channel.send
        while flag.running:
            low.clear()
            for _ in range(max(1, (HIGH - channel.buffered_amount) // len(payload))):
                send(payload)
            if channel.buffered_amount > HIGH // 2:
                await low.wait()
            else:
                await asyncio.sleep(0)

    async def drained(self, channel: Any) -> None:
        """All has left."""
        await until(lambda: not channel.buffered_amount)

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
        channel.off("message", on_message)
        return times

    def echo(self, channel: Any, one_way: list[float]) -> None:
        """Send back what comes."""

        def on_message(event: Any) -> None:
            one_way.append(now() - int(event.data[:20]) * 1e-9)
            channel.send(event.data)

        channel.on("message", on_message)

    def add_media(self, pc: RTCPeerConnection) -> None:
        """Sound and pictures that nobody sends."""
        pc.add_transceiver("audio")
        pc.add_transceiver("video")

    async def stats(self, pc: RTCPeerConnection) -> int:
        """Every dictionary of a report is looked at."""
        report = await pc.get_stats()
        return len([*report.values()])

    def video_source(self, pc: RTCPeerConnection, width: int, height: int) -> Any:
        """Where pictures enter, sent by the connection."""
        return _Pictures(pc, width, height)

    async def pictures(self, track: Any) -> AsyncIterator[Any]:
        """Luma of each that arrives."""
        processor = webrtc.MediaStreamTrackProcessor(webrtc.MediaStreamTrackProcessorInit(track))
        async for frame in processor.readable:
            pixels = np.empty(frame.allocation_size(), np.uint8)
            await frame.copy_to(pixels)
            width, height = frame.coded_width, frame.coded_height
            frame.close()
            yield pixels[: width * height].reshape(height, width)

    def audio_source(self, pc: RTCPeerConnection, rate: int) -> Any:
        """Where samples enter, sent by the connection."""
        return _Sounds(pc, rate)

    async def sounds(self, track: Any) -> AsyncIterator[tuple[Any, int]]:
        """Samples of one channel, and their rate."""
        processor = webrtc.MediaStreamTrackProcessor(webrtc.MediaStreamTrackProcessorInit(track))
        options = webrtc.AudioDataCopyToOptions(plane_index=0)
        async for data in processor.readable:
            samples = np.empty(data.allocation_size(options) // 2, np.int16)
            data.copy_to(memoryview(samples).cast("B"), options)
            channels, rate = data.number_of_channels, int(data.sample_rate)
            data.close()
            yield samples[::channels], rate

    def conversions(self, width: int, height: int) -> Any:
        """Formats and shapes; to a frame; such a frame as arrives to a new array, and to the same again."""
        init = webrtc.VideoFrameBufferInit(format="I420", coded_width=width, coded_height=height, timestamp=0)
        picture = webrtc.VideoFrame(np.full((height * 3 // 2, width), 100, np.uint8), init)

        def out(array: Any, format: str) -> Any:
            # A future that is done already.
            picture.copy_to(array, webrtc.VideoFrameCopyToOptions(format=format)).result()
            return array

        shapes = {"I420": (height * 3 // 2, width), "RGBA": (height, width, 4), "BGRA": (height, width, 4)}
        for format, shape in shapes.items():
            init = webrtc.VideoFrameBufferInit(
                format=format, coded_width=width, coded_height=height, timestamp=0
            )
            array = np.empty(shape, np.uint8)
            yield (
                format.lower(),
                shape,
                lambda array, init=init: webrtc.VideoFrame(array, init),
                lambda format=format, shape=shape: out(np.empty(shape, np.uint8), format),
                lambda format=format, array=array: out(array, format),
            )


class _Pictures:
    def __init__(self, pc: RTCPeerConnection, width: int, height: int) -> None:
        self._generator = webrtc.VideoTrackGenerator()
        self._writer = self._generator.writable.get_writer()
        self._size = width, height
        pc.add_transceiver(self._generator.track)

    async def push(self, picture: Any) -> None:
        width, height = self._size
        init = webrtc.VideoFrameBufferInit(
            format="I420", coded_width=width, coded_height=height, timestamp=round(now() * 1e6)
        )
        await self._writer.write(webrtc.VideoFrame(picture, init))

    def stop(self) -> None:
        self._generator.track.stop()


class _Sounds:
    def __init__(self, pc: RTCPeerConnection, rate: int) -> None:
        self._generator = webrtc.MediaStreamTrackGenerator("audio")
        self._writer = self._generator.writable.get_writer()
        self._rate = rate
        pc.add_transceiver(self._generator)

    async def push(self, samples: Any) -> None:
        init = webrtc.AudioDataInit(
            format="s16",
            sample_rate=self._rate,
            number_of_frames=len(samples),
            number_of_channels=1,
            timestamp=round(now() * 1e6),
            data=samples.tobytes(),
        )
        await self._writer.write(webrtc.AudioData(init))

    def stop(self) -> None:
        self._generator.stop()

"""Calls between pywebrtc and aiortc, a WebRTC of its own in Python: data, VP8, H.264 and Opus, both ways."""

from __future__ import annotations

import asyncio
import fractions
import os
from collections.abc import AsyncIterator
from typing import Any

import aiortc
import av
import numpy as np
import pytest
from harness import pushing, until
from interop.signals import Tone, heard, loudest, picture, psnr, seen
from pywebrtc import AudioSource, RTCPeerConnection, RTCRtpSender, VideoSource

OFFERERS = ("pywebrtc", "aiortc")


class Call:
    """A peer of each, with all candidates in the descriptions: aiortc does not trickle."""

    def __init__(self) -> None:
        self.ours = RTCPeerConnection()
        self.theirs = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        self.tracks: asyncio.Queue[Any] = asyncio.Queue()
        self.channels: asyncio.Queue[Any] = asyncio.Queue()
        self.ours.ontrack = lambda event: self.tracks.put_nowait(event.track)
        self.ours.ondatachannel = lambda event: self.channels.put_nowait(event.channel)
        self.their_tracks: asyncio.Queue[Any] = asyncio.Queue()
        self.their_channels: asyncio.Queue[Any] = asyncio.Queue()
        self.theirs.on("track", self.their_tracks.put_nowait)
        self.theirs.on("datachannel", self.their_channels.put_nowait)

    async def negotiate(self, offerer: str) -> None:
        if offerer == "pywebrtc":
            await self.theirs.setRemoteDescription(await self._described())
            await self.theirs.setLocalDescription(await self.theirs.createAnswer())
            await self.ours.setRemoteDescription(self._theirs())
        else:
            await self.theirs.setLocalDescription(await self.theirs.createOffer())
            await self.ours.setRemoteDescription(self._theirs())
            await self.theirs.setRemoteDescription(await self._described())
        await until(self.ours, "connectionstatechange", lambda: self.ours.connectionState == "connected")

    async def _described(self) -> aiortc.RTCSessionDescription:
        pc = self.ours
        await pc.setLocalDescription()
        await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
        assert pc.localDescription is not None
        return aiortc.RTCSessionDescription(pc.localDescription.sdp, pc.localDescription.type)

    def _theirs(self) -> dict[str, str]:
        description = self.theirs.localDescription
        return {"type": description.type, "sdp": description.sdp}


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    call = Call()
    yield call
    call.ours.close()
    await call.theirs.close()
    await call.ours.wait_closed()
    # aiortc encodes in the loop's threads, which go with the loop, after the check for what is left behind.
    await asyncio.get_running_loop().shutdown_default_executor()


class Pictures(aiortc.VideoStreamTrack):
    """The picture, 30 times a second."""

    async def recv(self) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
        frame.pts, frame.time_base = await self.next_timestamp()
        return frame


class Sine(aiortc.AudioStreamTrack):
    """A tone, 20 ms at a time."""

    def __init__(self, frequency: float) -> None:
        super().__init__()
        self._frequency = frequency
        self._position = 0
        self._start = asyncio.get_running_loop().time()

    async def recv(self) -> av.AudioFrame:
        t = np.arange(self._position, self._position + 960) / 48000
        await asyncio.sleep(self._start + t[0] - asyncio.get_running_loop().time())
        samples = (12000 * np.sin(2 * np.pi * self._frequency * t)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self._position, 48000, fractions.Fraction(1, 48000)
        self._position += 960
        return frame


async def received(channel: Any, count: int) -> list[str | bytes]:
    """The next messages of a channel of aiortc's."""
    messages: asyncio.Queue[str | bytes] = asyncio.Queue()
    channel.on("message", messages.put_nowait)
    async with asyncio.timeout(20):
        return [await messages.get() for _ in range(count)]


@pytest.mark.parametrize("offerer", OFFERERS)
async def test_data(call, offerer):
    """Text and bytes, up to the 256 KiB that both take."""
    said: list[str | bytes] = ["hello", "", "Grüße, 世界", b"\0\1\2", b"", os.urandom(262144), "x" * 65536]
    if offerer == "pywebrtc":
        channel = call.ours.createDataChannel(
            "chat", {"protocol": "p", "ordered": False, "maxRetransmits": 3}
        )
        await call.negotiate(offerer)
        theirs = await call.their_channels.get()
        await channel.opened()
    else:
        theirs = call.theirs.createDataChannel("chat", protocol="p", ordered=False, maxRetransmits=3)
        await call.negotiate(offerer)
        channel = await call.channels.get()
    for end in (channel, theirs):
        assert (end.label, end.protocol, end.ordered, end.maxRetransmits) == ("chat", "p", False, 3)
    arriving = asyncio.ensure_future(received(theirs, len(said)))
    await asyncio.sleep(0)
    for message in said:
        await channel.send(message)
    assert await arriving == said
    assert call.ours.sctp.maxMessageSize == 262144
    with pytest.raises(TypeError, match="262144"):
        channel.send(bytes(262145))
    for message in said:
        theirs.send(message)
        assert await anext(channel) == message
    (stats,) = (await call.ours.getStats()).of_type("data-channel")
    assert (stats.messagesSent, stats.messagesReceived) == (len(said), len(said))


@pytest.mark.parametrize("closer", ["pywebrtc", "aiortc"])
@pytest.mark.parametrize("what", ["channel", "connection"])
async def test_close(call, closer, what):
    """The other end hears of it, after all that was said before."""
    channel = call.ours.createDataChannel("chat")
    await call.negotiate("pywebrtc")
    theirs = await call.their_channels.get()
    closed = asyncio.Event()
    theirs.on("close", closed.set)
    await channel.opened()
    if closer == "pywebrtc":
        arriving = asyncio.ensure_future(received(theirs, 1))
        await channel.send("last words")
        (channel if what == "channel" else call.ours).close()
        assert await arriving == ["last words"]
        async with asyncio.timeout(20):
            await closed.wait()
    else:
        theirs.send("last words")
        # aiortc sends what waits when a channel is closed, not when the connection is.
        if what == "channel":
            theirs.close()
            assert await anext(channel) == "last words"
        else:
            assert await anext(channel) == "last words"
            await call.theirs.close()
        async with asyncio.timeout(20):
            assert [message async for message in channel] == []
        assert channel.readyState == "closed"


@pytest.mark.parametrize("offerer", OFFERERS)
@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_video(call, codec, offerer):
    source = VideoSource()
    sender = call.ours.addTrack(source.track)
    call.theirs.addTrack(Pictures())
    if offerer == "pywebrtc":
        (ours,) = call.ours.getTransceivers()
        known = RTCRtpSender.getCapabilities("video").codecs
        ours.setCodecPreferences([each for each in known if each.mimeType == f"video/{codec}"])
    else:
        (theirs,) = call.theirs.getTransceivers()
        known = aiortc.RTCRtpSender.getCapabilities("video").codecs
        theirs.setCodecPreferences([each for each in known if each.mimeType == f"video/{codec}"])
    await call.negotiate(offerer)
    track, their_track = await call.tracks.get(), await call.their_tracks.get()

    async def seen_by_them() -> None:
        async with asyncio.timeout(20):
            while True:
                frame = await their_track.recv()
                rgb = frame.to_ndarray(format="rgb24")
                if rgb.shape == picture().shape and psnr(rgb, picture()) > 30:
                    return

    async with pushing(lambda: source.push(picture()), 1 / 30):
        await asyncio.gather(seen(track, picture()), seen_by_them())
        report = await call.ours.getStats()
    for type in ("inbound-rtp", "outbound-rtp"):
        (stream,) = report.of_type(type)
        assert report[stream.codecId].mimeType == f"video/{codec}"
    assert sender.track is source.track


@pytest.mark.parametrize("offerer", OFFERERS)
@pytest.mark.parametrize("channels", [1, 2])
async def test_opus(call, offerer, channels):
    source = AudioSource(channels=channels)
    call.ours.addTrack(source.track)
    call.theirs.addTrack(Sine(1000))
    await call.negotiate(offerer)
    track, their_track = await call.tracks.get(), await call.their_tracks.get()

    async def heard_by_them() -> None:
        window: list[np.ndarray] = []
        async with asyncio.timeout(20):
            while True:
                frame = await their_track.recv()
                samples = frame.to_ndarray().reshape(-1, 2)[:, 0].astype(float)
                window = [*window[-24:], samples]
                sound = np.concatenate(window)
                if len(window) == 25 and abs(loudest(sound, frame.sample_rate) - 600) < 5:
                    return

    async with pushing(Tone(source, *[600] * channels), 0.02):
        await asyncio.gather(heard(track, 1000), heard_by_them())
        report = await call.ours.getStats()
    for type in ("inbound-rtp", "outbound-rtp"):
        (stream,) = report.of_type(type)
        assert report[stream.codecId].mimeType == "audio/opus"

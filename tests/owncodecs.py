"""Codecs written in Python, for tests: H.264 by PyAV's libx264, and one that only copies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import av
from pywebrtc import (
    ConnectionOptions,
    EncodedPicture,
    RTCPeerConnection,
    VideoCodec,
    VideoDecoder,
    VideoDecoderSettings,
    VideoEncoder,
    VideoEncoderSettings,
    VideoFrame,
)

H264 = {"packetization-mode": "1", "profile-level-id": "42e01f", "level-asymmetry-allowed": "1"}


def connection(*codecs: VideoCodec) -> RTCPeerConnection:
    """A connection with codecs of its own."""
    return RTCPeerConnection(options=ConnectionOptions(video_codecs=codecs))


class AvEncoder(VideoEncoder):
    """An encoder of PyAV's, in an executor."""

    def __init__(self, name: str = "libx264", **options: str) -> None:
        self.name = name
        self.options = options
        self.executor = ThreadPoolExecutor(1)
        self.settings: list[VideoEncoderSettings] = []
        self.rates: list[tuple[int, float]] = []
        self.key_frames = 0
        self.closed = 0

    async def configure(self, settings: VideoEncoderSettings) -> None:
        self.settings.append(settings)
        self.context = av.CodecContext.create(self.name, "w")
        self.context.width, self.context.height = settings.width, settings.height
        self.context.pix_fmt = "yuv420p"
        self.context.time_base = Fraction(1, 90000)
        self.context.framerate = Fraction(30)
        self.context.bit_rate = 1_000_000
        self.context.gop_size = 3000
        self.context.options = {"preset": "ultrafast", "tune": "zerolatency", **self.options}

    def set_rates(self, bitrate: int, framerate: float) -> None:
        self.rates.append((bitrate, framerate))

    async def encode(self, frame: VideoFrame, key_frame: bool) -> list[EncodedPicture]:
        self.key_frames += key_frame
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, self.encode_now, frame, key_frame)

    def encode_now(self, frame: VideoFrame, key_frame: bool) -> list[EncodedPicture]:
        picture = frame.to_av("i420")
        picture.pts, picture.time_base = frame.rtp_timestamp, Fraction(1, 90000)
        picture.pict_type = av.video.frame.PictureType.I if key_frame else av.video.frame.PictureType.NONE
        return [
            EncodedPicture(bytes(packet), packet.is_keyframe, packet.pts)
            for packet in self.context.encode(picture)
        ]

    def close(self) -> None:
        self.executor.shutdown()
        self.context = None
        self.closed += 1


class AvDecoder(VideoDecoder):
    """A decoder of PyAV's, on the event loop."""

    def __init__(self, name: str = "h264") -> None:
        self.context = av.CodecContext.create(name, "r")
        self.context.thread_count = 1
        self.context.flags |= av.codec.context.Flags.low_delay
        self.pictures: list[EncodedPicture] = []
        self.closed = 0

    def decode(self, picture: EncodedPicture) -> VideoFrame | None:
        self.pictures.append(picture)
        frames = self.context.decode(av.Packet(bytes(picture.data)))
        return VideoFrame.from_av(frames[0], timestamp=0) if frames else None

    def close(self) -> None:
        self.closed += 1


class CopyingEncoder(VideoEncoder):
    """Pictures of 16 x 8 pixels, as they are."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def configure(self, settings: VideoEncoderSettings) -> None:
        self.calls.append("configure")

    def encode(self, frame: VideoFrame, key_frame: bool) -> Any:
        self.calls.append("encode")
        return frame.to_ndarray("rgb24").tobytes()

    def close(self) -> None:
        self.calls.append("close")


class CopyingDecoder(VideoDecoder):
    """The other side of it."""

    def __init__(self) -> None:
        self.settings: list[VideoDecoderSettings] = []
        self.calls: list[str] = []

    def configure(self, settings: VideoDecoderSettings) -> None:
        self.settings.append(settings)
        self.calls.append("configure")

    def decode(self, picture: EncodedPicture) -> Any:
        import numpy as np

        self.calls.append("decode")
        return np.frombuffer(picture.data, np.uint8).reshape(8, 16, 3)

    def close(self) -> None:
        self.calls.append("close")


class Made:
    """A factory that remembers what it made."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.all: list[Any] = []

    def __call__(self) -> Any:
        self.all.append(self.make())
        return self.all[-1]

"""What tests of codecs and of their control share: calls whose signal can be measured."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from harness import Peers, pushing
from pywebrtc import (
    AudioSource,
    MediaStream,
    MediaStreamTrack,
    RTCInboundRtpStreamStats,
    RTCOutboundRtpStreamStats,
    RTCPeerConnection,
    RTCRtpCodec,
    RTCRtpSender,
    RTCRtpTransceiver,
    VideoSource,
)

WIDTH, HEIGHT = 320, 180


def codecs(kind: str, *wanted: str) -> list[RTCRtpCodec]:
    """The codecs whose names, and parameters after a space, are ``wanted``, in that order."""
    known = RTCRtpSender.getCapabilities(kind).codecs
    found = []
    for which in wanted:
        name, _, parameters = which.partition(" ")
        found += [
            codec
            for codec in known
            if codec.mimeType == f"{kind}/{name}" and parameters in (codec.sdpFmtpLine or "")
        ][:1]
    assert len(found) == len(wanted), (wanted, known)
    return found


def shapes(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture in RGB that no swap of planes, no turn and no mirror keeps, and that is coded well."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    rgb = np.stack([60 + 120 * x, 200 - 150 * y, 40 + 100 * x * y], axis=-1)
    rgb[height // 4 : height // 2, width // 8 : width // 2] = (30, 50, 200)
    return rgb.astype(np.uint8)


def noise(width: int = WIDTH, height: int = HEIGHT) -> Callable[[], np.ndarray]:
    """Pictures that cost as many bits as there are: each is another part of a field of noise."""
    field = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    shift = 0

    def picture() -> np.ndarray:
        nonlocal shift
        shift += 7
        return np.roll(field, (shift, 3 * shift), (0, 1))

    return picture


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


@dataclass
class VideoCall:
    """One video track from a caller to a callee, pushed at 30 pictures a second unless asked otherwise."""

    peers: Peers
    source: VideoSource = field(default_factory=VideoSource)
    transceiver: RTCRtpTransceiver = field(init=False)
    track: MediaStreamTrack = field(init=False)

    def add(self, codecs: Iterable[RTCRtpCodec] = (), **encoding: Any) -> None:
        self.transceiver = self.peers.caller.addTransceiver(
            self.source.track, {"direction": "sendonly", "sendEncodings": [encoding] if encoding else []}
        )
        if codecs:
            self.transceiver.setCodecPreferences(codecs)
        self.peers.callee.addEventListener("track", lambda event: setattr(self, "track", event.track))

    @contextlib.asynccontextmanager
    async def running(self, picture: Callable[[], np.ndarray], rate: float = 30) -> AsyncIterator[None]:
        """Connected, and pictures being pushed."""
        if self.peers.caller.connectionState == "new":
            await self.peers.connect()
        async with pushing(lambda: self.source.push(picture()), 1 / rate):
            yield

    async def receive(self, sent: np.ndarray, quality: float = 30) -> float:
        """The PSNR of the first received picture that reaches ``quality``."""
        reader = self.track.frames(maxsize=1)
        async with asyncio.timeout(40):
            while True:
                frame = await reader.recv()
                if (frame.height, frame.width) == sent.shape[:2]:
                    reached = psnr(frame.to_ndarray("rgb24"), sent)
                    if reached >= quality:
                        return reached

    async def set(self, **members: Any) -> None:
        """Change members of the one encoding."""
        parameters = self.transceiver.sender.getParameters()
        for name, value in members.items():
            setattr(parameters.encodings[0], name, value)
        await self.transceiver.sender.setParameters(parameters)


async def outbound(pc: RTCPeerConnection, rid: str | None = None) -> RTCOutboundRtpStreamStats:
    """The one stream that a peer sends, or that of a layer, as soon as there is one."""
    return await _stream(pc, "outbound-rtp", lambda stream: rid is None or stream.rid == rid)


async def inbound(pc: RTCPeerConnection, mid: str | None = None) -> RTCInboundRtpStreamStats:
    """The one stream that a peer receives, or that of an m-section, as soon as there is one."""
    return await _stream(pc, "inbound-rtp", lambda stream: mid is None or stream.mid == mid)


async def _stream(pc: RTCPeerConnection, direction: str, which: Callable[[Any], bool]) -> Any:
    async def streams() -> list[Any]:
        return [stream for stream in (await pc.getStats()).of_type(direction) if which(stream)]

    (stream,) = await becomes(streams, bool)
    return stream


async def codec_of(pc: RTCPeerConnection, direction: str) -> Any:
    """The codec of the one stream of a direction."""
    report = await pc.getStats()
    (stream,) = report.of_type(direction)
    return report[stream.codecId]


async def becomes(measure: Callable[[], Any], condition: Callable[[Any], bool]) -> Any:
    """Ask again and again until the answer fulfils ``condition``."""
    answer = None
    try:
        async with asyncio.timeout(40):
            while True:
                answer = await measure()
                if condition(answer):
                    return answer
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"it is still {answer}") from None


async def settled(
    measure: Callable[[], Any], member: str, condition: Callable[[float], bool], window: float = 1.0
) -> float:
    """Wait until a counter of a stream grows at a rate (of a second) that fulfils ``condition``.

    What is awaited may come late on a busy machine, but it has to come.
    """
    rate = None
    try:
        async with asyncio.timeout(40):
            before = await measure()
            while True:
                await asyncio.sleep(window)
                after = await measure()
                grown = (getattr(after, member) or 0) - (getattr(before, member) or 0)
                rate = grown / (after.timestamp - before.timestamp) * 1000
                if condition(rate):
                    return rate
                before = after
    except TimeoutError:
        raise AssertionError(f"{member} still grows by {rate} a second") from None


class Tone:
    """Sine tones pushed to a source, a frequency for each channel."""

    def __init__(self, source: AudioSource, *frequencies: float) -> None:
        self.source = source
        self.frequencies = frequencies
        self.silent = False
        self._position = 0

    def push(self) -> Any:
        rate = self.source.sample_rate
        t = np.arange(self._position, self._position + rate // 50) / rate
        self._position += len(t)
        tones = np.stack([12000 * np.sin(2 * np.pi * f * t) for f in self.frequencies], axis=1)
        return self.source.push((0 if self.silent else 1) * tones.astype(np.int16))


class Voice:
    """What Opus takes for speech, which it codes in another way than music: vowels and their breaks."""

    def __init__(self, source: AudioSource) -> None:
        self.source = source
        self._position = 0

    def push(self) -> None:
        t = np.arange(self._position, self._position + 960) / 48000
        self._position += 960
        phase = 2 * np.pi * 150 * t + 3 * np.sin(2 * np.pi * 3 * t)
        vowel = sum(np.sin(k * phase) / k for k in range(1, 20)) * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t))
        self.source.push((4000 * vowel).astype(np.int16))


async def audio_call(peers: Peers, source: AudioSource, *names: str, fmtp: str = ""):
    """A connected call; ``fmtp`` is what the receiver says of Opus besides libwebrtc's own parameters.

    RFC 7587 has a receiver's description say how it wants to be sent to, so that is where options go: into
    the answer before it is set, which tells the receiver's own decoder too.
    """
    transceiver = peers.caller.addTransceiver(
        source.track, {"direction": "sendonly", "streams": [MediaStream([source.track])]}
    )
    if names:
        transceiver.setCodecPreferences(codecs("audio", *names))
    tracks = []
    peers.callee.addEventListener("track", lambda event: tracks.append(event.track))
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    answer = (await peers.callee.createAnswer()).sdp
    if fmtp:
        answer, changed = re.subn(r"(a=fmtp:\d+ minptime=10;useinbandfec=1)", rf"\1;{fmtp}", answer)
        assert changed == 1
    await peers.callee.setLocalDescription({"type": "answer", "sdp": answer})
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    return tracks[0]


async def heard(track: MediaStreamTrack, seconds: float = 1.0) -> tuple[np.ndarray, int]:
    """Samples, of shape (samples, channels), and their rate: from 0.2 s after the first loud ones on."""
    reader, got, rate = track.frames(maxsize=500), [], 0
    onset = 20
    async with asyncio.timeout(40):
        while len(got) < onset + seconds * 100:
            frame = await reader.recv()
            samples = frame.to_ndarray()
            if got and (samples.shape[1], frame.sample_rate) != (got[0].shape[1], rate):
                got.clear()  # the first ones, before anything is decoded, may be of another kind
            if got or np.abs(samples).max() > 3000:
                got.append(samples)
                rate = frame.sample_rate
    return np.concatenate(got[onset:]), rate


def loudest(samples: np.ndarray, rate: int) -> float:
    """The frequency of the strongest tone, to a fraction of the spectrum's resolution."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    peak = int(np.argmax(spectrum[1:-1])) + 1
    a, b, c = np.log(spectrum[peak - 1 : peak + 2] + 1e-9)
    return (peak + (a - c) / (2 * (a - 2 * b + c))) * rate / len(samples)


def snr(samples: np.ndarray, rate: int, frequency: float) -> float:
    """In dB: the tone's power to that of all else between 50 Hz and the Nyquist frequency."""
    power = np.abs(np.fft.rfft(samples * np.blackman(len(samples)))) ** 2
    frequencies = np.arange(len(power)) * rate / len(samples)
    tone = np.abs(frequencies - frequency) < 10
    return float(10 * np.log10(power[tone].sum() / power[~tone & (frequencies > 50)].sum()))

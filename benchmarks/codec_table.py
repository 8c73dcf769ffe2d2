"""Every codec at three sizes: what of a film arrives, and how good; and what arrives of a tone.

    export PYTHONPATH=build/release/site:tests:benchmarks/programs
    .venv/bin/python benchmarks/codec_table.py [--seconds 8] [--quick]

Writes ``benchmarks/results/DATE-codecs.json`` and the tables in docs/codecs.md; ``--quick``, which is a
moment of each at the smallest size, writes nothing but what ``--output`` says. ``--report FILE`` measures
nothing, and makes the tables of a file again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from calls import Tone, VideoCall, audio_call, codecs, inbound, loudest, outbound, snr
from harness import Peers
from measure import now
from picture import read_number, write_number
from pictures import psnr
from pywebrtc import AudioSource, ConnectionOptions, RTCPeerConnection
from runner import alone, machine, publish

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = "docs/codecs.md"
VIDEO = {
    "VP8": "VP8",
    "VP9": "VP9 profile-id=0",
    "AV1": "AV1",
    "H.264": "H264 packetization-mode=1;profile-level-id=42e01f",
}
# Size, and the most that an encoder may use: the same for all.
SIZES = {"180p": (320, 180, 400_000), "720p": (1280, 720, 2_500_000), "1080p": (1920, 1080, 5_000_000)}
RATE = 30
# Of the pictures, those whose quality is measured: it takes longer than to decode them.
EACH = 10

COUNTS = ("given", "sent", "decoded", "dropped")

# Name, channels, and what the receiver says of Opus.
AUDIO = {
    "Opus, mono": ("opus", 1, ""),
    "Opus, stereo": ("opus", 2, "stereo=1"),
    "G.722": ("G722", 1, ""),
    "PCMU": ("PCMU", 1, ""),
    "PCMA": ("PCMA", 1, ""),
}
FREQUENCIES = (1000.0, 1300.0)
# Seconds that a tone sounds, and that it is silent before the next.
SOUND, SILENCE = 1.0, 0.5


class Film:
    """Somebody before a wall: fields of colours, whose spectrum falls as that of photographs does. The wall
    stays, and a third of the picture moves before it.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        # Luma and chroma of the wall, and of what moves.
        self._planes = [
            (_field(w, h, seed, low, high), _field(w // 2, h * 2 // 3, 3 + seed, low, high), step)
            for seed, (w, h, low, high, step) in enumerate(
                (
                    (width, height, 16, 235, 4),
                    (width // 2, height // 2, 90, 166, 2),
                    (width // 2, height // 2, 90, 166, 2),
                )
            )
        ]

    def picture(self, number: int) -> Any:
        """That one, as an array of i420 with its number in it."""
        parts = []
        for wall, moving, step in self._planes:
            plane = wall.copy()
            rows, columns = moving.shape
            # To and fro, over a quarter of the width.
            way = columns // 2
            left = way // 2 + way - abs(step * number % (2 * way) - way)
            plane[-rows:, left : left + columns] = moving
            parts.append(plane.ravel())
        whole = np.concatenate(parts).reshape(self.height * 3 // 2, self.width)
        write_number(whole[: self.height], number)
        return whole


def _field(width: int, height: int, seed: int, low: int, high: int) -> Any:
    """Noise whose amplitude is 1/f, as that of pictures of the world; it repeats at its edges."""
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal((height, width)))
    across, down = np.fft.rfftfreq(width) * width, np.fft.fftfreq(height)[:, None] * height
    field = np.fft.irfft2(noise / np.maximum(1, np.hypot(across, down)) ** 1.2, (height, width))
    least, most = np.percentile(field, (1, 99))
    return (low + (high - low) * (field - least) / (most - least)).clip(low, high).astype(np.uint8)


async def video(codec: str, size: tuple[int, int, int], seconds: float) -> dict[str, Any]:
    """A call in that codec."""
    width, height, bitrate = size
    film = Film(width, height)
    count = round(seconds * RATE)
    options = ConnectionOptions(start_bitrate=bitrate)
    async with Peers(RTCPeerConnection(options=options), RTCPeerConnection()) as peers:
        call = VideoCall(peers)
        call.add(codecs("video", codec), maxBitrate=bitrate)
        await peers.connect()
        parameters = call.transceiver.sender.getParameters()
        parameters.degradationPreference = "maintain-resolution"
        await call.transceiver.sender.setParameters(parameters)
        pushed: dict[int, float] = {}
        delays: list[float] = []
        kept: dict[int, Any] = {}

        async def watch() -> None:
            async for frame in call.track.frames(maxsize=RATE):
                number = read_number(np.asarray(frame.planes[0]))
                if number in pushed:
                    delays.append(now() - pushed[number])
                    if number % EACH == 0 and frame.width == width:
                        kept[number] = frame.to_ndarray("i420")

        watching = asyncio.create_task(watch())
        start = now()
        for number in range(count):
            picture = film.picture(number)
            await asyncio.sleep(start + number / RATE - now())
            pushed[number] = now()
            call.source.push(picture, format="i420")
        sent, received = await _quiet(peers)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    # The first second, in which encoders find their rate, says little of the others.
    quality = [psnr(film.picture(n), got) for n, got in kept.items() if n >= min(RATE, count // 2)]
    return {
        "kbit_s": round(sent.bytesSent * 8 / seconds / 1000),
        "psnr_db": _rounded(statistics.median(quality) if quality else None),
        "least_db": _rounded(min(quality, default=None)),
        "given": count,
        "sent": sent.framesSent,
        "decoded": received.framesDecoded,
        "dropped": count - received.framesDecoded,
        "dropped_by_receiver": received.framesDropped,
        "encode_ms": _rounded(1000 * sent.totalEncodeTime / max(1, sent.framesEncoded)),
        "decode_ms": _rounded(1000 * received.totalDecodeTime / max(1, received.framesDecoded)),
        "delay_ms": _rounded(1000 * statistics.median(delays) if delays else None),
        "limited_by": str(sent.qualityLimitationReason),
        "encoder": sent.encoderImplementation,
        "decoder": received.decoderImplementation,
    }


async def _quiet(peers: Peers) -> tuple[Any, Any]:
    """The statistics of both ends, once all that was sent has arrived and is decoded."""
    before = None
    while True:
        sent, received = await outbound(peers.caller), await inbound(peers.callee)
        moved = sent.framesEncoded, sent.packetsSent, received.framesReceived, received.framesDecoded
        if moved == before:
            return sent, received
        before = moved
        await asyncio.sleep(0.3)


async def audio(codec: str, channels: int, fmtp: str, seconds: float) -> dict[str, Any]:
    """Tones with silence between them."""
    source = AudioSource(channels=channels, capacity=0.1)
    tone = Tone(source, *FREQUENCIES[:channels])
    started: list[float] = []
    heard: list[tuple[float, int, Any]] = []
    async with Peers() as peers:
        track = await audio_call(peers, source, codec, fmtp=fmtp)

        async def listen() -> None:
            window: list[Any] = []
            loud, at = False, 0.0
            async for frame in track.frames(maxsize=200):
                arrived, samples = now(), frame.to_ndarray()
                level = np.abs(samples).max(axis=1)
                if not loud and level.max() > 3000:
                    loud, window = True, []
                    at = arrived + float(np.argmax(level > 3000)) / frame.sample_rate
                if loud:
                    window.append(samples)
                    if len(window) == round(0.8 * SOUND * 100):
                        heard.append((at, frame.sample_rate, np.concatenate(window[20:])))
                loud = loud and (len(window) < 0.8 * SOUND * 100 or level.max() > 300)

        listening = asyncio.create_task(listen())
        tone.silent = True
        blocks = round((SOUND + SILENCE) * 50)
        for block in range(blocks * max(2, round(seconds / (SOUND + SILENCE)))):
            silent = block % blocks < SILENCE * 50
            if tone.silent and not silent:
                # What is pushed now leaves when what waits has left.
                started.append(now() + source.queued_duration)
            tone.silent = silent
            await tone.push()
        await asyncio.sleep(0.5)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
    return _of_tones(started, heard, channels)


def _of_tones(started: list[float], heard: list[tuple[float, int, Any]], channels: int) -> dict[str, Any]:
    errors: list[float] = []
    ratios: list[float] = []
    delays: list[float] = []
    # The first meets a decoder and a jitter buffer that begin.
    for at, rate, samples in heard[1:]:
        delays.append(min((at - start for start in started if start < at), default=0))
        for channel, frequency in enumerate(FREQUENCIES[:channels]):
            errors.append(abs(loudest(samples[:, channel], rate) - frequency))
            ratios.append(snr(samples[:, channel], rate, frequency))
    return {
        "rate": heard[0][1] if heard else None,
        "channels": heard[0][2].shape[1] if heard else None,
        "tones": len(started),
        "heard": len(heard),
        "frequency_error_hz": round(statistics.median(errors), 3) if errors else None,
        "snr_db": _rounded(statistics.median(ratios) if ratios else None),
        "least_snr_db": _rounded(min(ratios, default=None)),
        "delay_ms": _rounded(1000 * statistics.median(delays) if delays else None),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


async def measure(seconds: float, sizes: list[str]) -> dict[str, Any]:
    """All of it, one after the other."""
    found: dict[str, Any] = {"video": {}, "audio": {}}
    for codec, name in VIDEO.items():
        for size in sizes:
            row = await video(name, SIZES[size], seconds)
            found["video"].setdefault(codec, {})[size] = row
            print(codec, size, row, flush=True)
    for codec, (name, channels, fmtp) in AUDIO.items():
        found["audio"][codec] = row = await audio(name, channels, fmtp, seconds)
        print(codec, row, flush=True)
    return found


def document(read: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    about, found = read["about"], read["results"]
    where = about["machine"]
    load = f"load {where['load_before']} before, {where['load_after']} after"
    columns = ("codec", "size", "kbit/s", "PSNR, dB (least)", *COUNTS, "encode, ms", "delay, ms")
    lines = [
        f"Measured {about['date']} on {where['cores']} cores of {where['cpu']}; {load}. {about['options']}.",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
    ]
    for codec, sizes in found["video"].items():
        for size, row in sizes.items():
            quality = f"{row['psnr_db']} ({row['least_db']})"
            counts = (row[name] for name in COUNTS)
            cells = (codec, size, row["kbit_s"], quality, *counts, row["encode_ms"], row["delay_ms"])
            lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "| codec | received | error, Hz | SNR, dB (least) | delay, ms |", "|---|---|---|---|---|"]
    for codec, row in found["audio"].items():
        received = f"{row['rate']} Hz, {row['channels']} ch"
        ratio = f"{row['snr_db']} ({row['least_snr_db']})"
        lines.append(f"| {codec} | {received} | {row['frequency_error_hz']} | {ratio} | {row['delay_ms']} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, write, and put the tables where they are read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each film, and of the tones")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, help="the JSON file")
    parser.add_argument("--report", type=Path, help="make the tables of this JSON file again")
    arguments = parser.parse_args()
    path = arguments.report
    if path is None:
        seconds = 1 if arguments.quick else arguments.seconds
        about = machine.about(f"{seconds:g} s of each, {RATE} pictures a second")
        found = asyncio.run(measure(seconds, list(SIZES)[: 1 if arguments.quick else None]))
        if arguments.quick and arguments.output is None:
            return
        path = alone.keep("codecs", about, found, arguments.output)
    if not arguments.quick and path.resolve().is_relative_to(ROOT):
        publish.put(DOCUMENT, path, document(json.loads(path.read_text())))


if __name__ == "__main__":
    main()

"""A call of two peers in one process for as long as is asked: 720p and a beep in both directions.

    PYTHONPATH=build/release/site .venv/bin/python benchmarks/soak.py [MINUTES]

A picture turns white and a tone begins at every full second of the sender's clock. The receiver tells when it
sees the one and hears the other. Each minute a line: resident memory, threads, pictures received, and the
median of sight minus hearing in each direction. At the end, whether memory grew and the two drifted apart
after the first two minutes, in which buffers find their sizes.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from pywebrtc import AudioSource, MediaStream, MediaStreamTrack, RTCPeerConnection, VideoSource

WIDTH, HEIGHT, RATE, SAMPLES = 1280, 720, 30, 48000
FLASH = 0.1  # seconds that a picture is white and a tone sounds
LATE = 3  # blocks of 10 ms that may be pushed at once


def pictures() -> list[np.ndarray]:
    """A second of a moving pattern, in i420."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    found: list[np.ndarray] = []
    for i in range(RATE):
        luma = 40 + ((x + 8 * i) // 16 + y // 16) % 8 * 12
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        planes[:HEIGHT] = luma
        found.append(planes)
    return found


WHITE = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
WHITE[:HEIGHT] = 235
TONE = (np.sin(2 * np.pi * 1000 * np.arange(SAMPLES) / SAMPLES) * 12000).astype(np.int16)


class End:
    """One of the two: what it sends, and what it sees and hears."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection()
        self.video, self.audio = VideoSource(), AudioSource(sample_rate=SAMPLES, channels=1)
        # Of one stream: so the receiver keeps them together.
        stream = MediaStream([self.video.track, self.audio.track])
        for track in stream.getTracks():
            self.pc.addTrack(track, stream)
        self.tasks = [asyncio.create_task(self.show()), asyncio.create_task(self.beep())]
        self.pc.ontrack = lambda event: self.tasks.append(asyncio.create_task(self.watch(event.track)))
        self.seen: list[float] = []
        self.heard: list[float] = []
        self.received = 0

    async def show(self) -> None:
        """Push pictures at the pace of the clock."""
        pattern = pictures()
        while True:
            now = time.time()
            self.video.push(WHITE if now % 1 < FLASH else pattern[int(now % 1 * RATE)], format="i420")
            await asyncio.sleep(1 / RATE - time.time() % (1 / RATE))

    async def beep(self) -> None:
        """Push 10 ms of samples at a time, at the pace of the clock; like a microphone, none that is late."""
        block = SAMPLES // 100
        start, sent = time.time(), 0
        while True:
            due = int((time.time() - start) * 100) + 1
            # Else each pause of this process would make the queue longer, and the sound late for ever.
            sent = max(sent, due - LATE)
            while sent < due:
                at = start + sent / 100
                loud = at % 1 < FLASH
                position = sent * block % SAMPLES
                samples = TONE[position : position + block] if loud else np.zeros(block, np.int16)
                self.audio.push(samples.reshape(-1, 1))
                sent += 1
            await asyncio.sleep(0.005)

    async def watch(self, track: MediaStreamTrack) -> None:
        """Note when a flash or a beep begins."""
        was = False
        async for frame in track.frames(maxsize=120):
            now = time.time()
            if track.kind == "video":
                self.received += 1
                on = frame.to_ndarray(format="gray", width=64, height=36).mean() > 180
                log = self.seen
            else:
                on = np.abs(frame.to_ndarray()).max() > 3000
                log = self.heard
            if on and not was:
                log.append(now)
            was = on

    def offsets(self) -> list[float]:
        """Sight minus hearing of each second, in milliseconds; forgotten then."""
        found = []
        for seen in self.seen:
            nearest = min(self.heard, key=lambda heard: abs(heard - seen), default=None)
            if nearest is not None and abs(nearest - seen) < 0.45:
                found.append((seen - nearest) * 1000)
        self.seen.clear()
        self.heard.clear()
        return found


async def connect(a: RTCPeerConnection, b: RTCPeerConnection) -> None:
    """Offer and answer, with all candidates in them."""
    for pc, other in ((a, b), (b, a)):
        gathered = asyncio.Event()
        pc.onicecandidate = lambda event, gathered=gathered: event.candidate or gathered.set()
        await pc.setLocalDescription()
        await gathered.wait()
        await other.setRemoteDescription(pc.localDescription)


def memory() -> float:
    """Resident MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def threads() -> int:
    """Of this process."""
    return len(list(Path("/proc/self/task").iterdir()))


async def main(minutes: float) -> None:
    """The call, a line a minute, and a verdict."""
    ends = End(), End()
    await connect(ends[0].pc, ends[1].pc)
    lines = []
    start = time.monotonic()
    while time.monotonic() - start < minutes * 60:
        await asyncio.sleep(min(60, minutes * 60))
        offsets = [end.offsets() for end in ends]
        lines.append(
            {
                "minute": round((time.monotonic() - start) / 60, 1),
                "rss_mb": round(memory(), 1),
                "threads": threads(),
                "pictures": [end.received for end in ends],
                "offset_ms": [round(statistics.median(found), 1) if found else None for found in offsets],
                "seconds": [len(found) for found in offsets],
            }
        )
        print(json.dumps(lines[-1]), flush=True)
    for end in ends:
        for task in end.tasks:
            task.cancel()
        end.pc.close()
        await end.pc.wait_closed()
    steady = lines[1:]
    growth = steady[-1]["rss_mb"] - steady[0]["rss_mb"]
    drift = [steady[-1]["offset_ms"][i] - steady[0]["offset_ms"][i] for i in range(2)]
    print(json.dumps({"growth_mb": round(growth, 1), "drift_ms": [round(d, 1) for d in drift]}))
    sys.exit(growth > 20 or max(map(abs, drift)) > 40)


asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30))

"""A call with a flash and a beep every second, recorded at the receiver: how far apart they are in the file.

    PYTHONPATH=build/release/site:tests .venv/bin/python benchmarks/avsync.py [--seconds 300] [--format mp4]

What is measured is all of it: source, encoder, network, jitter buffers, MediaRecorder, and the file as FFmpeg
reads it. Writes ``benchmarks/results/DATE-avsync.json``, and fails where one offset has 40 ms or more: what
eyes and ears allow (ITU-R BT.1359).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from harness import Peers, until
from mediafiles import Contents, Show, contents
from pywebrtc.contrib import MediaRecorder
from runner import alone, machine

LIMIT_MS = 40


async def record(file: Path, seconds: float, size: tuple[int, int]) -> int:
    """Have a call, and record what is received; the number of frames that the recorder dropped."""
    show = Show(size)
    tracks: list[Any] = []
    async with Peers() as peers:
        peers.callee.ontrack = lambda event: tracks.append(event.track)
        for track in show.tracks:
            peers.caller.addTrack(track, show.stream)
        await peers.connect()
        async with show.on(), MediaRecorder(file) as recorder:
            for track in tracks:
                await until(track, "unmute", lambda track=track: not track.muted)
                recorder.addTrack(track)
            await recorder.start()
            await asyncio.sleep(seconds)
        return recorder.dropped


def offsets(found: Contents) -> list[tuple[float, float]]:
    """When each flash was, in seconds, and how much later its beep, in milliseconds."""
    pairs: list[tuple[float, float]] = []
    beeps = np.array(found.beeps)
    for flash in found.flashes:
        # The file may begin in the middle of one, and end between the two.
        if flash < 0.15 or flash > found.times[-1] - 0.3:
            continue
        later = (beeps[np.argmin(np.abs(beeps - flash))] - flash) * 1000
        pairs.append((flash, float(later)))
    return pairs


def verdict(found: Contents) -> dict[str, Any]:
    """What there is to say of a recording."""
    at, later = (np.array(column) for column in zip(*offsets(found), strict=True))
    gaps = np.diff(at)
    return {
        "flashes": len(at),
        "missing": int(np.sum(np.round(gaps) - 1)),
        "first_ms": round(float(later[0]), 1),
        "last_ms": round(float(later[-1]), 1),
        "median_ms": round(float(np.median(later)), 1),
        "largest_ms": round(float(later[np.argmax(np.abs(later))]), 1),
        "largest_at_s": round(float(at[np.argmax(np.abs(later))]), 1),
        "spread_ms": round(float(np.std(later)), 1),
        "drift_ms_per_minute": round(float(np.polyfit(at, later, 1)[0]) * 60, 2) if len(at) > 1 else 0.0,
        "pictures": len(found.times),
        "seconds_video": round(found.times[-1], 2),
        "seconds_audio": round(len(found.samples) / found.rate, 2),
        "offsets_ms": [round(float(value), 1) for value in later],
    }


async def main() -> bool:
    """Whether they stay together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--format", default="mp4", help="mp4, mkv, webm")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--output", type=Path, help="the JSON file")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    about = machine.about(f"{arguments.seconds:g} s, {arguments.size}, {arguments.format}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"call.{arguments.format}"
        dropped = await record(file, arguments.seconds, (width, height))
        found = verdict(contents(file, (16, 12)))
    found["dropped"] = dropped
    alone.keep("avsync", about, found, arguments.output)
    print(json.dumps({name: value for name, value in found.items() if name != "offsets_ms"}, indent=2))
    return abs(found["largest_ms"]) < LIMIT_MS


if __name__ == "__main__":
    sys.exit(not asyncio.run(main()))

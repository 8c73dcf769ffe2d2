"""Pictures at a steady rate: what a frame costs both ends, how old it is when it arrives, how many do not."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import moment, now, numbers, percentile, result, sleep_until, text
from picture import Pictures, read_stamp
from sdp import prefer
from side import Peer, Peers, Side

PATIENCE = 0.5
"""Seconds after which a frame that has not arrived is lost."""


async def offer(side: Side) -> list[dict[str, Any]]:
    """Send."""
    api, options = side.api, side.options
    width, height = options.integer("width", 1280), options.integer("height", 720)
    rate, streams = options.integer("fps", 30), options.integer("streams", 1)
    codec = options.text("codec", "VP8")
    warmup, seconds = options.number("warmup", 1), options.number("seconds", 2)
    peers = Peers(side)
    peer = peers.make(0)
    peer.munge = lambda sdp: prefer(sdp, codec)
    sources = [api.video_source(peer.pc, width, height) for _ in range(streams)]
    await peer.offer()
    await side.link.wait("ready")
    pictures = Pictures(width, height)
    start = now() + 0.05
    side.link.send("go", 0, text(start, warmup, seconds))
    before = moment()
    pushed = number = 0
    while (due := start + number / rate) < start + warmup + seconds:
        await sleep_until(due)
        counts = due >= start + warmup
        if counts and not pushed:
            before = moment()
        for source in sources:
            await source.push(pictures.next())
            pushed += counts
        number += 1
    await sleep_until(start + warmup + seconds)
    after = moment()
    frames, p50, p99, least, used = numbers((await side.link.wait("result")).text)
    side.link.send("bye")
    for source in sources:
        source.stop()
    await peers.close_all()
    return [
        result(
            {"codec": codec, "height": height, "streams": streams},
            cpu_ms_per_frame=1000 * (after.cpu - before.cpu + used) / frames if frames else float("nan"),
            latency_p50_ms=1000 * p50,
            latency_p99_ms=1000 * p99,
            frames=frames,
            lost_percent=100 * (pushed - frames) / pushed,
            least_height=least,
        )
    ]


async def answer(side: Side) -> None:
    """Receive, and read the time in each picture."""
    codec, streams = side.options.text("codec", "VP8"), side.options.integer("streams", 1)
    arrived: list[tuple[float, float, int]] = []
    reading: list[asyncio.Task[None]] = []
    ready = asyncio.Event()

    async def read(track: Any) -> None:
        async for luma in side.api.pictures(track):
            stamp = read_stamp(luma)
            if stamp is not None:
                arrived.append((stamp, now(), luma.shape[0]))

    def made(peer: Peer) -> None:
        def on_track(track: Any) -> None:
            reading.append(asyncio.ensure_future(read(track)))
            if len(reading) == streams:
                ready.set()

        peer.munge = lambda sdp: prefer(sdp, codec)
        peer.on_track = on_track

    peers = Peers(side, made)
    await ready.wait()
    side.link.send("ready")
    start, warmup, seconds = numbers((await side.link.wait("go")).text)
    begin, end = start + warmup, start + warmup + seconds
    await sleep_until(begin)
    before = moment()
    await sleep_until(end)
    after = moment()
    await sleep_until(end + PATIENCE)
    frames = [frame for frame in arrived if begin <= frame[0] < end]
    ages = [seen - taken for taken, seen, _ in frames]
    least = min((height for _, _, height in frames), default=0)
    used = 0 if side.shared else after.cpu - before.cpu
    side.link.send("result", 0, text(len(frames), percentile(ages, 0.5), percentile(ages, 0.99), least, used))
    await side.link.wait("bye")
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    await peers.close_all()

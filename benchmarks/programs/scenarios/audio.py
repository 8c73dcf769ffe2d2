"""Sound, many streams of it: CPU of both ends for each second of a stream."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from measure import moment, now, numbers, result, sleep_until, text
from side import Peer, Peers, Side

RATE = 48000


async def offer(side: Side) -> list[dict[str, Any]]:
    """A tone on each."""
    api, options = side.api, side.options
    streams = options.integer("streams", 1)
    warmup, seconds = options.number("warmup", 1), options.number("seconds", 2)
    peers = Peers(side)
    peer = peers.make(0)
    sources = [api.audio_source(peer.pc, RATE) for _ in range(streams)]
    await peer.offer()
    await side.link.wait("ready")
    length = api.audio_chunk
    samples = np.arange(round(RATE * length))
    tone = np.rint(8000 * np.sin(2 * np.pi * 400 * samples / RATE)).astype(np.int16)
    start = now() + 0.05
    side.link.send("go", 0, text(start, warmup, seconds))
    before = moment()
    number = 0
    while (due := start + number * length) < start + warmup + seconds:
        await sleep_until(due)
        if due < start + warmup:
            before = moment()
        for source in sources:
            await source.push(tone)
        number += 1
    await sleep_until(start + warmup + seconds)
    after = moment()
    heard, used = numbers((await side.link.wait("result")).text)
    side.link.send("bye")
    for source in sources:
        source.stop()
    await peers.close_all()
    return [
        result(
            {"streams": streams},
            cpu_ms_per_stream_s=1000
            * (after.cpu - before.cpu + used)
            / (streams * (after.time - before.time)),
            heard_percent=100 * heard / RATE / (streams * seconds),
        )
    ]


async def answer(side: Side) -> None:
    """Hear."""
    streams = side.options.integer("streams", 1)
    heard = 0
    reading: list[asyncio.Task[None]] = []
    ready = asyncio.Event()

    async def read(track: Any) -> None:
        nonlocal heard
        async for samples, rate in side.api.sounds(track):
            # Silence is what there is where nothing arrived.
            if samples.any():
                heard += len(samples) * RATE // rate

    def made(peer: Peer) -> None:
        def on_track(track: Any) -> None:
            reading.append(asyncio.ensure_future(read(track)))
            if len(reading) == streams:
                ready.set()

        peer.on_track = on_track

    peers = Peers(side, made)
    await ready.wait()
    side.link.send("ready")
    start, warmup, seconds = numbers((await side.link.wait("go")).text)
    await sleep_until(start + warmup)
    before, first = moment(), heard
    await sleep_until(start + warmup + seconds)
    after, last = moment(), heard
    side.link.send("result", 0, text(last - first, 0 if side.shared else after.cpu - before.cpu))
    await side.link.wait("bye")
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    await peers.close_all()

"""From the first constructor to the open channel, over and over; at_once=N begins so many together."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import moment, now, numbers, percentile, result, text
from side import Peers, Side


async def offer(side: Side) -> list[dict[str, Any]]:
    """Connect, close, again."""
    count = side.options.integer("count", 20)
    at_once = min(count, side.options.integer("at_once", 1))
    peers = Peers(side)
    times = []

    async def open(index: int) -> float:
        start = now()
        peer = peers.make(index)
        channel = side.api.create_channel(peer.pc, "setup", True)
        await peer.offer()
        await side.api.opened(channel)
        return now() - start

    # The first is not counted: threads start, tables are made.
    await open(0)
    await peers.close(0)
    side.link.send("go", 0)
    await side.link.wait("ready")
    before = moment()
    for first in range(1, count + 1, at_once):
        indices = range(first, min(first + at_once, count + 1))
        times += await asyncio.gather(*map(open, indices))
        for index in indices:
            await peers.close(index)
    after = moment()
    side.link.send("go", 1)
    (used,) = numbers((await side.link.wait("result")).text)
    side.link.send("bye")
    await peers.close_all()
    return [
        result(
            {"trickle": side.options.integer("trickle", 1), "at_once": at_once},
            open_p50_ms=1000 * percentile(times, 0.5),
            open_p90_ms=1000 * percentile(times, 0.9),
            connections_per_s=count / (after.time - before.time),
            cpu_ms_per_connection=1000 * (after.cpu - before.cpu + used) / count,
        )
    ]


async def answer(side: Side) -> None:
    """Answer."""
    peers = Peers(side)
    await side.link.wait("go")
    before = moment()
    side.link.send("ready")
    await side.link.wait("go")
    side.link.send("result", 0, text(0 if side.shared else moment().cpu - before.cpu))
    await side.link.wait("bye")
    await peers.close_all()

"""getStats() of a connection with sound, pictures and a channel."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import moment, now, percentile, result
from side import Peers, Side

CACHED = 0.06
"""libwebrtc gives the same report again for 50 ms."""
AT_ONCE = 20


async def offer(side: Side) -> list[dict[str, Any]]:
    """Ask, one at a time and many at once."""
    api = side.api
    count = side.options.integer("count", 10)
    peers = Peers(side)
    peer = peers.make(0)
    api.add_media(peer.pc)
    channel = api.create_channel(peer.pc, "stats", True)
    await peer.offer()
    await api.opened(channel)
    times: dict[int, list[float]] = {1: [], AT_ONCE: []}
    before = moment()
    for _ in range(count):
        for number, taken in times.items():
            await asyncio.sleep(CACHED)
            start = now()
            await asyncio.gather(*(api.stats(peer.pc) for _ in range(number)))
            taken.append(now() - start)
    after = moment()
    side.link.send("bye")
    await peers.close_all()
    return [
        result(
            {},
            one_ms=1000 * percentile(times[1], 0.5),
            twenty_ms=1000 * percentile(times[AT_ONCE], 0.5),
            cpu_ms_per_report=1000 * (after.cpu - before.cpu) / (count * (1 + AT_ONCE)),
        )
    ]


async def answer(side: Side) -> None:
    """Be there."""
    peers = Peers(side)
    await side.link.wait("bye")
    await peers.close_all()

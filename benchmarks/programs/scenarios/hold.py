"""Opens connections and keeps them: how many there can be, and what they take when idle."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import moment, now, numbers, resident_kilobytes, result, sleep_until, text, thread_count
from side import Peers, Side

BATCH = 10
IDLE = 1.0


async def offer(side: Side) -> list[dict[str, Any]]:
    """Open them, wait, count."""
    count, limit = side.options.integer("count", 100), side.options.number("limit", 10)
    peers = Peers(side)
    channels = []

    async def open(index: int) -> None:
        peer = peers.make(index)
        channels.append(channel := side.api.create_channel(peer.pc, "hold", True))
        await peer.offer()
        await side.api.opened(channel)

    # One that is there before: what is made once is not a connection's.
    await open(0)
    side.link.send("go", 0)
    await side.link.wait("ready")
    resident, threads, before = resident_kilobytes(), thread_count(), moment()
    held = 0
    while held < count and now() - before.time < limit:
        batch = min(BATCH, count - held)
        await asyncio.gather(*(open(held + 1 + i) for i in range(batch)))
        held += batch
    opened = moment()
    await sleep_until(opened.time + 0.2)
    idle = moment()
    await sleep_until(idle.time + IDLE)
    after = moment()
    side.link.send("go", 1)
    more_kilobytes, more_threads, threads_there, used = numbers((await side.link.wait("result")).text)
    kilobytes = resident_kilobytes() - resident + more_kilobytes
    found = result(
        {"pairs": count},
        pairs_held=held,
        pairs_per_s=held / (opened.time - before.time),
        rss_kb_per_pair=kilobytes / held,
        threads_per_pair=(thread_count() - threads + more_threads) / held,
        threads=thread_count() + threads_there,
        idle_cpu_ms_per_pair_s=1000 * (after.cpu - idle.cpu + used) / IDLE / held,
    )
    side.link.send("bye")
    await peers.close_all()
    return [found]


async def answer(side: Side) -> None:
    """Answer, and say what it took."""
    peers = Peers(side)
    await side.link.wait("go")
    resident, threads = resident_kilobytes(), thread_count()
    side.link.send("ready")
    await side.link.wait("go")
    if side.shared:
        side.link.send("result", 0, text(0, 0, 0, 0))
    else:
        idle = moment()
        await sleep_until(idle.time + IDLE)
        used = moment().cpu - idle.cpu
        side.link.send(
            "result",
            0,
            text(resident_kilobytes() - resident, thread_count() - threads, thread_count(), used),
        )
    await side.link.wait("bye")
    await peers.close_all()

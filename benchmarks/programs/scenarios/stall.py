"""How late a timer of 1 ms is on the loop: alone, beside a flood, beside connections that come and go."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import now, numbers, percentile, result, sleep_until, text
from side import Peer, Peers, Side

from .throughput import Counter, Flag

TICK = 0.001
SIZE = 1024
LOADS = ("idle", "messages", "connections")


async def lateness(until: float) -> list[float]:
    """Of a task that does nothing but sleep."""
    late = []
    while (start := now()) < until:
        await asyncio.sleep(TICK)
        late.append(now() - start - TICK)
    return late


async def offer(side: Side) -> list[dict[str, Any]]:
    """Keep the answerer busy; its loop is the one that is watched."""
    api = side.api
    seconds = side.options.number("seconds", 1)
    peers = Peers(side)
    peer = peers.make(0)
    channel = api.create_channel(peer.pc, "stall", True)
    await peer.offer()
    await api.opened(channel)
    await side.link.wait("ready")

    async def connections(until: float) -> None:
        index = 0
        while now() < until:
            index += 1
            other = peers.make(index)
            opening = api.create_channel(other.pc, "stall", True)
            await other.offer()
            await api.opened(opening)
            await peers.close(index)

    results = []
    for load in LOADS:
        start = now()
        side.link.send("go", 0, text(start, seconds))
        if load == "messages":
            flag = Flag()
            flooding = asyncio.ensure_future(api.flood(channel, b"x" * SIZE, flag))
            await sleep_until(start + seconds)
            flag.running = False
            await flooding
        elif load == "connections":
            await connections(start + seconds)
        p50, p99, worst = numbers((await side.link.wait("result")).text)
        results.append(
            result({"load": load}, late_p50_us=1e6 * p50, late_p99_us=1e6 * p99, late_max_us=1e6 * worst)
        )
    side.link.send("bye")
    await peers.close_all()
    return results


async def answer(side: Side) -> None:
    """Receive, and look at the clock."""
    announced = asyncio.Event()
    counting: list[Any] = []

    def made(peer: Peer) -> None:
        def on_channel(channel: Any) -> None:
            counting.append(side.api.count(channel, Counter()))
            announced.set()

        peer.on_channel = on_channel

    peers = Peers(side, made)
    await announced.wait()
    side.link.send("ready")
    while (go := await side.link.wait("go")).type == "go":
        start, seconds = numbers(go.text)
        late = await lateness(start + seconds)
        side.link.send("result", 0, text(percentile(late, 0.5), percentile(late, 0.99), max(late)))
    await peers.close_all()

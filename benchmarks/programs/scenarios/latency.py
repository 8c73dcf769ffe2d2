"""A message goes there and comes back; the next follows. The way there alone is measured, too."""

from __future__ import annotations

import asyncio
from typing import Any

from load import Load
from measure import moment, now, numbers, percentile, result, sleep_until, text
from side import Peer, Peers, Side

SIZE = 100
WARMUP = 0.1
LOADS = ("idle", "task", "thread")


async def offer(side: Side) -> list[dict[str, Any]]:
    """Send, wait for the echo, send again."""
    api = side.api
    seconds = side.options.number("seconds", 1)
    peers = Peers(side)
    peer = peers.make(0)
    channel = api.create_channel(peer.pc, "latency", True)
    await peer.offer()
    await api.opened(channel)
    await side.link.wait("ready")
    results = []
    for load in side.options.list("loads", ",".join(LOADS)):
        side.link.send("go", 0, text(now(), WARMUP, seconds, LOADS.index(load)))
        async with Load(load):
            await asyncio.sleep(WARMUP)
            before = moment()
            round_trips = await api.ping(channel, SIZE, now() + seconds)
            after = moment()
        p50, p99, _, used = numbers((await side.link.wait("result")).text)
        results.append(
            result(
                {"load": load},
                rtt_p50_us=1e6 * percentile(round_trips, 0.5),
                rtt_p99_us=1e6 * percentile(round_trips, 0.99),
                one_way_p50_us=1e6 * p50,
                one_way_p99_us=1e6 * p99,
                round_trips=len(round_trips),
                cpu_us_per_round_trip=1e6 * (after.cpu - before.cpu + used) / max(1, len(round_trips)),
            )
        )
    side.link.send("bye")
    await peers.close_all()
    return results


async def answer(side: Side) -> None:
    """Send back what comes."""
    one_way: list[float] = []
    announced = asyncio.Event()

    def made(peer: Peer) -> None:
        def on_channel(channel: Any) -> None:
            side.api.echo(channel, one_way)
            announced.set()

        peer.on_channel = on_channel

    peers = Peers(side, made)
    await announced.wait()
    side.link.send("ready")
    while (go := await side.link.wait("go")).type == "go":
        start, warmup, seconds, load = numbers(go.text)
        async with Load("idle" if side.shared else LOADS[int(load)]):
            await sleep_until(start + warmup)
            one_way.clear()
            before = moment()
            await sleep_until(start + warmup + seconds)
            after = moment()
        used = 0 if side.shared else after.cpu - before.cpu
        side.link.send(
            "result", 0, text(percentile(one_way, 0.5), percentile(one_way, 0.99), len(one_way), used)
        )
    await peers.close_all()

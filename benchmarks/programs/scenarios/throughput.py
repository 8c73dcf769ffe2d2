"""Floods channels of all sizes, one after the other; with connections=N, so many at once."""

from __future__ import annotations

import asyncio
from typing import Any

from measure import moment, now, numbers, result, sleep_until, text
from side import Options, Peer, Peers, Side


class Flag:
    """Whether senders go on."""

    running = True


class Counter:
    """Messages that arrived."""

    count = 0


def cases(options: Options) -> list[tuple[int, bool]]:
    """Sizes, ordered and not."""
    sizes = options.list("sizes", "100,1024,16384,65536")
    return [(int(size), order == "1") for order in options.list("ordered", "1,0") for size in sizes]


async def offer(side: Side) -> list[dict[str, Any]]:
    """Send."""
    api, options = side.api, side.options
    lengths = options.number("warmup", 0.2), options.number("seconds", 0.5)
    connections = options.integer("connections", 1)
    peers = Peers(side)
    channels: list[list[Any]] = [[] for _ in cases(options)]
    for index in range(connections):
        peer = peers.make(index)
        for number, (_, ordered) in enumerate(cases(options)):
            channels[number].append(api.create_channel(peer.pc, str(number), ordered))
        await peer.offer()
    await asyncio.gather(*(api.opened(channel) for row in channels for channel in row))
    await side.link.wait("ready")

    results = []
    for number, (size, ordered) in enumerate(cases(options)):
        start = now() + 0.005
        side.link.send("go", number, text(start, *lengths))
        await sleep_until(start)
        flag = Flag()
        payload = b"x" * size
        flooding = [asyncio.ensure_future(api.flood(channel, payload, flag)) for channel in channels[number]]
        await sleep_until(start + lengths[0])
        before = moment()
        await sleep_until(start + sum(lengths))
        after = moment()
        flag.running = False
        await asyncio.gather(*flooding)
        received, seconds, there = numbers((await side.link.wait("result")).text)
        rate = received / seconds
        megabytes = rate * size / 1e6
        cores = (after.cpu - before.cpu) / (after.time - before.time) + there / seconds
        results.append(
            result(
                {"size": size, "ordered": int(ordered), "connections": connections},
                messages_per_s=rate,
                mb_per_s=megabytes,
                cpu_cores=cores,
                cpu_ms_per_mb=1000 * cores / megabytes if megabytes else float("nan"),
                cpu_us_per_message=1e6 * cores / rate if rate else float("nan"),
            )
        )
        for channel in channels[number]:
            await api.drained(channel)
    side.link.send("bye")
    await peers.close_all()
    return results


async def answer(side: Side) -> None:
    """Count."""
    api, options = side.api, side.options
    counters = [Counter() for _ in cases(options)]
    expected = options.integer("connections", 1) * len(counters)
    announced = 0
    ready = asyncio.Event()
    counting: list[Any] = []

    def made(peer: Peer) -> None:
        def on_channel(channel: Any) -> None:
            nonlocal announced
            announced += 1
            counting.append(api.count(channel, counters[int(api.label(channel))]))
            if announced == expected:
                ready.set()

        peer.on_channel = on_channel

    peers = Peers(side, made)
    await ready.wait()
    side.link.send("ready")
    while (go := await side.link.wait("go")).type == "go":
        start, warmup, seconds = numbers(go.text)
        await sleep_until(start + warmup)
        before, first = moment(), counters[go.index].count
        await sleep_until(start + warmup + seconds)
        after, last = moment(), counters[go.index].count
        used = 0 if side.shared else after.cpu - before.cpu
        side.link.send("result", go.index, text(last - first, after.time - before.time, used))
    await peers.close_all()

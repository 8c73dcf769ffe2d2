"""Cancelling an await cancels the waiting, never the work: the chain goes on."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import pytest
from harness import Peers
from pywebrtc.exceptions import InvalidStateError


async def settled(peers: Peers) -> None:
    """Until nothing of either chain runs: the next operation waits for those before it."""
    for pc in (peers.caller, peers.callee):
        with contextlib.suppress(InvalidStateError):
            await pc.addIceCandidate(None)


async def test_random_points_of_a_thousand_negotiations():
    """A negotiation is cancelled anywhere, fifty times; then the same pair connects and talks."""
    generator = random.Random(20260)
    # Candidates of a negotiation that was cancelled are refused in the next: nothing else may be reported.
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: reported.append(str(context["exception"]))
    )
    cancelled = 0
    for _ in range(20):
        async with Peers() as peers, asyncio.timeout(60):
            here, there = (
                pc.createDataChannel("x", {"negotiated": True, "id": 0})
                for pc in (peers.caller, peers.callee)
            )
            for _ in range(50):
                task = asyncio.ensure_future(peers.negotiate())
                for _ in range(generator.randrange(40)):
                    await asyncio.sleep(0)
                if generator.random() < 0.5:
                    await asyncio.sleep(generator.random() * 0.004)
                cancelled += task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                await settled(peers)
            await peers.connect()
            await here.opened()
            await there.opened()
            here.send("alive")
            assert await anext(there) == "alive"
    assert cancelled > 500
    assert [message for message in reported if not message.startswith("addIceCandidate: ")] == []


async def test_a_cancelled_operation_takes_effect(peers):
    peers.caller.createDataChannel("x")
    task = asyncio.ensure_future(peers.caller.setLocalDescription())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled(peers)
    assert peers.caller.signalingState == "have-local-offer"


async def test_a_cancelled_operation_keeps_its_place(peers):
    order: list[int] = []

    async def offer(i: int) -> None:
        await peers.caller.createOffer()
        order.append(i)

    tasks = [asyncio.ensure_future(offer(i)) for i in range(10)]
    await asyncio.sleep(0)
    for i in (0, 3, 9):
        tasks[i].cancel()
    results: list[Any] = await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [1, 2, 4, 5, 6, 7, 8]
    assert [i for i, r in enumerate(results) if isinstance(r, asyncio.CancelledError)] == [0, 3, 9]


async def test_cancelled_waiting_of_every_kind(peers):
    here, there = await peers.channels()
    here.high_water_mark = 0

    async def send() -> None:
        await here.send(bytes(200_000))

    waits = (
        anext(there),
        there.wait_closed(),
        here.wait_closed(),
        send(),
        peers.caller.getStats(),
        anext(here),
    )
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(result, asyncio.CancelledError)
        for result in await asyncio.gather(*tasks, return_exceptions=True)
    )
    assert not here._waiters
    assert not there._waiters
    assert await anext(there) == bytes(200_000)
    await peers.caller.getStats()


async def test_cancelled_close():
    peers = Peers()
    await peers.channels()
    task = asyncio.ensure_future(peers.close())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert peers.caller.connectionState == peers.callee.connectionState == "closed"
    await peers.close()

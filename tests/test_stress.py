"""Many channels and many messages, checked byte by byte."""

from __future__ import annotations

import asyncio
import random
import time

CHANNELS = 100
MESSAGES = 1000  # on each channel, each way
SIZES = (0, 1, 3, 40, 200, 500, 1100, 1200, 1300)


def message(data: bytes, channel: int, number: int) -> bytes:
    """What a channel sends as its n-th message: a part of ``data`` that depends on both."""
    mixed = channel * 7919 + number * 104729
    start = mixed % (len(data) - max(SIZES))
    return number.to_bytes(4, "big") + data[start : start + SIZES[mixed % len(SIZES)]]


async def test_a_hundred_channels(peers):
    data = random.Random(100).randbytes(50_000)
    init = [(str(i), {"negotiated": True, "id": i}) for i in range(CHANNELS)]
    ends = [[pc.createDataChannel(*each) for each in init] for pc in (peers.caller, peers.callee)]
    await peers.connect()
    for channel in (*ends[0], *ends[1]):
        await channel.opened()

    async def send(channel) -> None:
        channel.high_water_mark = 16384
        for number in range(MESSAGES):
            await channel.send(message(data, channel.id, number))

    async def receive(channel) -> None:
        number = 0
        async for received in channel:
            assert received == message(data, channel.id, number), (channel, number)
            number += 1
            if number == MESSAGES:
                return

    started = time.monotonic()
    async with asyncio.timeout(110), asyncio.TaskGroup() as group:
        for channel in (*ends[0], *ends[1]):
            group.create_task(receive(channel))
            group.create_task(send(channel))
    print(f"{2 * CHANNELS * MESSAGES} messages: {time.monotonic() - started:.1f} s")
    assert all(channel.readyState == "open" for channel in (*ends[0], *ends[1]))


async def test_a_hundred_channels_that_are_announced(peers):
    """Announced in any order, each with its messages, none of them lost or early."""
    data = random.Random(101).randbytes(5_000)
    first = await peers.channels("first")
    received: dict[str, list[bytes]] = {}
    done = asyncio.Event()

    def announced(event) -> None:
        messages = received[event.channel.label] = []
        event.channel.onmessage = lambda event: messages.append(event.data)
        event.channel.onclose = lambda _: sum(map(len, received.values())) == CHANNELS * 20 and done.set()

    peers.callee.ondatachannel = announced
    for i in range(CHANNELS):
        channel = peers.caller.createDataChannel(str(i))
        await channel.opened()
        for number in range(20):
            channel.send(message(data, i, number))
    # A message of the channel that was there before is not an order over channels: wait for each.
    while len(received) < CHANNELS:
        first[0].send("turn")
        await anext(first[1])
    for channel in list(peers.caller._channels):
        if channel is not first[0]:
            channel.close()
    async with asyncio.timeout(60):
        await done.wait()
    assert received == {str(i): [message(data, i, number) for number in range(20)] for i in range(CHANNELS)}


async def test_large_messages_both_ways(peers):
    here, there = await peers.channels()
    generator = random.Random(102)
    sent = [generator.randbytes(generator.randrange(262145)) for _ in range(60)]

    async def send(channel) -> None:
        for data in sent:
            await channel.send(data)

    async def receive(channel) -> None:
        for data in sent:
            assert await anext(channel) == data

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for channel in (here, there):
            group.create_task(send(channel))
            group.create_task(receive(channel))

"""What ``scripts/dev guard`` counts: the binding's own paths, each with n and with 2n items.

Under callgrind, a call of ``getppid`` ends a stretch. Only the main thread is counted; the other peer has its
loop on a thread of its own, and what arrives from it waits in the mailbox until the stretch begins. So no
network, no timing and no encoder is in the numbers: they are the same again.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource

SIZE = 100
SIDE = 16
"""Of a picture, in pixels: small, so that its conversion does not hide what surrounds it."""
SETTLED = 0.3
"""Seconds of idleness after which everything that was sent waits in the mailbox."""

LIMIT = 900
"""Seconds after which something hangs: stacks are written, and the count ends."""

Stretch = Callable[[], Awaitable[None]]
Counted = tuple[str, int, Callable[[int], Awaitable[Stretch]]]


class Far(threading.Thread):
    """The other peer, on a loop of its own."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.loop = asyncio.new_event_loop()
        self.channels: list[Any] = []
        self.start()

    def run(self) -> None:
        """The loop, until it is stopped."""
        self.loop.run_forever()

    def call(self, function: Callable[[], Awaitable[Any]]) -> asyncio.Future[Any]:
        """Run a coroutine function there."""

        async def run() -> Any:
            return await function()

        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self.loop))


async def until(condition: Callable[[], object]) -> None:
    """Until it is so; at most a minute."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("it never came to that")


def settle() -> None:
    """Until all threads of the process have had nothing to do for a while."""
    idle_since, used = time.monotonic(), time.process_time()
    while time.monotonic() - idle_since < SETTLED:
        time.sleep(SETTLED / 5)
        if time.process_time() - used > 0.005:
            idle_since = time.monotonic()
        used = time.process_time()


async def description(pc: RTCPeerConnection) -> dict[str, str]:
    """With all candidates."""
    await pc.setLocalDescription()
    gathered = asyncio.Event()
    pc.onicegatheringstatechange = lambda _: pc.iceGatheringState == "complete" and gathered.set()
    if pc.iceGatheringState != "complete":
        await gathered.wait()
    assert pc.localDescription is not None
    return {"type": pc.localDescription.type, "sdp": pc.localDescription.sdp}


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[RTCPeerConnection, Any, Far]]:
    """A connection to the far side, a channel, and the far side."""
    far = Far()
    pc = RTCPeerConnection()
    channel = pc.createDataChannel("guard")
    offer = await description(pc)

    async def answer() -> tuple[RTCPeerConnection, dict[str, str]]:
        other = RTCPeerConnection()
        other.ondatachannel = lambda event: far.channels.append(event.channel)
        await other.setRemoteDescription(offer)
        return other, await description(other)

    other, answered = await far.call(answer)
    await pc.setRemoteDescription(answered)
    await channel.opened()
    await until(lambda: far.channels)
    try:
        yield pc, channel, far
    finally:

        async def close() -> None:
            other.close()
            await other.wait_closed()

        await far.call(close)
        pc.close()
        await pc.wait_closed()
        far.loop.call_soon_threadsafe(far.loop.stop)
        far.join()
        far.loop.close()


def paths(pc: RTCPeerConnection, channel: Any, far: Far) -> list[Counted]:
    """Names, how many items, and what prepares a stretch of so many."""
    payload = bytes(SIZE)
    picture = np.full((SIDE * 3 // 2, SIDE), 100, np.uint8)
    video, audio = VideoSource(), AudioSource()
    frames = video.track.frames(maxsize=1000)
    samples = np.zeros((480, 1), np.int16)

    async def sent(count: int) -> None:
        """So many messages wait in the mailbox."""

        async def send() -> None:
            for _ in range(count):
                far.channels[0].send(payload)

        # Nothing is awaited: the loop must not drain meanwhile.
        asyncio.run_coroutine_threadsafe(send(), far.loop).result(60)
        settle()

    async def message_out(count: int) -> Stretch:
        await until(lambda: not channel.bufferedAmount)

        async def stretch() -> None:
            for _ in range(count):
                channel.send(payload)

        return stretch

    async def message_to_listener(count: int) -> Stretch:
        arrived = 0
        all_of_them = asyncio.Event()

        def listener(event: Any) -> None:
            nonlocal arrived
            arrived += len(event.data) == SIZE
            if arrived == count:
                all_of_them.set()

        channel.onmessage = listener
        await sent(count)

        async def stretch() -> None:
            await all_of_them.wait()
            channel.onmessage = None

        return stretch

    async def message_to_iteration(count: int) -> Stretch:
        await sent(count)

        async def stretch() -> None:
            for _ in range(count):
                await anext(channel)

        return stretch

    async def operation(count: int) -> Stretch:
        async def stretch() -> None:
            for _ in range(count):
                await pc.createOffer()

        return stretch

    async def channel_events(count: int) -> Stretch:
        async def stretch() -> None:
            for _ in range(count):
                closed = asyncio.Event()
                one = pc.createDataChannel("events")
                one.onopen = lambda event: event.target.close()
                one.onclose = lambda _, closed=closed: closed.set()
                await closed.wait()

        return stretch

    async def frame_in(count: int) -> Stretch:
        async def stretch() -> None:
            for _ in range(count):
                video.push(picture, format="i420")

        return stretch

    async def frame_out(count: int) -> Stretch:
        async def stretch() -> None:
            for _ in range(count):
                np.asarray((await anext(frames)).planes[0])

        return stretch

    async def samples_in(count: int) -> Stretch:
        audio.clear()

        async def stretch() -> None:
            for _ in range(count):
                audio.push(samples)

        return stretch

    return [
        ("message out", 200, message_out),
        ("message to a listener", 200, message_to_listener),
        ("message to an iteration", 200, message_to_iteration),
        ("operation: createOffer()", 20, operation),
        ("channel: its events from creation to close", 8, channel_events),
        ("picture in", 100, frame_in),
        ("picture out", 100, frame_out),
        ("10 ms of samples in", 40, samples_in),
    ]


async def main() -> str:
    """Each path three times: to warm up, with n items, with 2n."""
    async with connected() as (pc, channel, far):
        counted = []
        for name, count, prepare in paths(pc, channel, far):
            for items in (count // 4, count, 2 * count):
                stretch = await prepare(items)
                gc.collect()
                gc.disable()
                os.getppid()
                await stretch()
                os.getppid()
                gc.enable()
            counted.append({"name": name, "items": count})
    return json.dumps(counted)


if __name__ == "__main__":
    faulthandler.dump_traceback_later(LIMIT, exit=True)
    Path(sys.argv[1]).write_text(asyncio.run(main()))

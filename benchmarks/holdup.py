"""Are libwebrtc's threads held up by busy Python? Run it: ``python benchmarks/holdup.py [seconds]``.

Two processes, a call between them. The far one idles and measures; the near one is busy in the way of each
row, and receives. What the far one sees depends on the near one's native threads alone: STUN's round trip,
and how long bursts take to leave, which needs the near one's acknowledgements. What the near one's listener
sees is the delivery to Python: it waits for the loop, as anything in Python does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

from pywebrtc import RTCPeerConnection

SLICE = 0.05
"""Seconds for which the busy task keeps the loop."""
BURST = 512 * 1024
NAMES = ("time", "bulk")
TICK = 0.005
"""Seconds between two messages whose delivery is measured."""

ROWS = {
    "idle": "nothing else runs",
    "task": f"a task that keeps the loop for {SLICE * 1000:.0f} ms at a time",
    "thread": "a thread that computes in Python",
    "gil": "a thread that keeps the GIL for half a second or so at a time, in C",
}


def spin(seconds: float) -> None:
    """Compute in Python."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def keep_gil(seconds: float) -> None:
    """Compute in C: nobody gets the GIL before the sum is there."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        sum(range(20_000_000))


class Busy:
    """The work of a row, until it is stopped."""

    def __init__(self, row: str) -> None:
        self._stop = threading.Event()
        self._task = asyncio.create_task(self._keep_loop()) if row == "task" else None
        self._thread = None
        if row in ("thread", "gil"):
            work = spin if row == "thread" else keep_gil
            self._thread = threading.Thread(target=self._run, args=(work,))
            self._thread.start()

    async def _keep_loop(self) -> None:
        while not self._stop.is_set():
            spin(SLICE)
            await asyncio.sleep(0)

    def _run(self, work: Any) -> None:
        while not self._stop.is_set():
            work(0.5)

    async def stop(self) -> None:
        """End the work."""
        self._stop.set()
        if self._task is not None:
            await self._task
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)


async def gathered(pc: RTCPeerConnection) -> dict[str, str]:
    """The local description with all of its candidates."""
    done = asyncio.Event()
    pc.onicegatheringstatechange = lambda _: pc.iceGatheringState == "complete" and done.set()
    await pc.setLocalDescription()
    await done.wait()
    assert pc.localDescription is not None
    return {"type": pc.localDescription.type, "sdp": pc.localDescription.sdp}


def channels(pc: RTCPeerConnection) -> list[Any]:
    """One for messages with the time in them, one for bulk."""
    return [pc.createDataChannel(name, {"negotiated": True, "id": id}) for id, name in enumerate(NAMES)]


async def near(pipe: Connection) -> None:
    """Answer, be busy, note when messages are delivered."""
    async with RTCPeerConnection() as pc:
        clock, bulk = channels(pc)
        latencies: list[float] = []
        clock.onmessage = lambda event: latencies.append(time.monotonic() - float(event.data))
        bulk.onmessage = lambda event: None
        await pc.setRemoteDescription(await asyncio.to_thread(pipe.recv))
        pipe.send(await gathered(pc))
        while (row := await asyncio.to_thread(pipe.recv)) is not None:
            latencies.clear()
            busy = Busy(row)
            pipe.send("busy")
            await asyncio.to_thread(pipe.recv)
            await busy.stop()
            pipe.send(list(latencies))


def near_process(pipe: Connection) -> None:
    """The process that is busy."""
    asyncio.run(near(pipe))


async def round_trips(pc: RTCPeerConnection) -> tuple[float, int]:
    """Seconds and number of STUN's round trips so far."""
    pairs = [stat for stat in (await pc.getStats()).values() if stat["type"] == "candidate-pair"]
    return sum(p["totalRoundTripTime"] for p in pairs), sum(p["responsesReceived"] for p in pairs)


async def measure(pc: RTCPeerConnection, clock: Any, bulk: Any, seconds: float) -> tuple[list[float], float]:
    """How long bursts took to leave, and the mean of STUN's round trips."""
    before = await round_trips(pc)
    drained = asyncio.Event()
    bulk.onbufferedamountlow = lambda _: drained.set()
    bursts: list[float] = []
    end = time.monotonic() + seconds

    async def tick() -> None:
        while time.monotonic() < end:
            clock.send(repr(time.monotonic()))
            await asyncio.sleep(TICK)

    ticking = asyncio.create_task(tick())
    while time.monotonic() < end:
        drained.clear()
        started = time.monotonic()
        for _ in range(BURST // 65536):
            bulk.send(bytes(65536))
        await drained.wait()
        bursts.append(time.monotonic() - started)
        await asyncio.sleep(0.02)
    await ticking
    after = await round_trips(pc)
    count = after[1] - before[1]
    return bursts, (after[0] - before[0]) / count if count else float("nan")


def spread(values: list[float]) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    if len(values) < 2:
        return f"{'-':>8} {'-':>8} {'-':>8}"
    percentiles = statistics.quantiles(values, n=100, method="inclusive")
    return " ".join(f"{1000 * value:8.1f}" for value in (percentiles[49], percentiles[98], max(values)))


async def main(seconds: float) -> None:
    """Print the table, after ``seconds`` for each row."""
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=near_process, args=(other,))
    process.start()
    async with RTCPeerConnection() as pc:
        clock, bulk = channels(pc)
        pipe.send(await gathered(pc))
        await pc.setRemoteDescription(await asyncio.to_thread(pipe.recv))
        await clock.opened()
        await bulk.opened()
        print(f"{'':8}{'native: STUN':>14} {'bursts leave, ms':>26} {'delivery to Python, ms':>28}")
        print(f"{'':8}{'mean ms':>14} {'p50':>9}{'p99':>9}{'max':>9} {'p50':>9}{'p99':>9}{'max':>9}")
        for row in ROWS:
            pipe.send(row)
            await asyncio.to_thread(pipe.recv)
            bursts, round_trip = await measure(pc, clock, bulk, seconds)
            pipe.send("stop")
            latencies = await asyncio.to_thread(pipe.recv)
            print(f"{row:8}{1000 * round_trip:14.2f}  {spread(bursts)}  {spread(latencies)}")
        pipe.send(None)
        await asyncio.to_thread(process.join)
    print()
    for row, meaning in ROWS.items():
        print(f"{row:8}{meaning}")


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 6))

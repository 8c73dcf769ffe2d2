"""What a process used, percentiles, and times on which both sides agree."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

now = time.monotonic
"""Seconds of CLOCK_MONOTONIC, which all processes of a machine share."""


class Moment(NamedTuple):
    """The differences of two are what a stretch of time cost."""

    time: float
    cpu: float
    """User and system, all threads."""


def moment() -> Moment:
    """Now."""
    return Moment(now(), time.process_time())


def resident_kilobytes() -> int:
    """Memory that is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def thread_count() -> int:
    """Threads of this process."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - the names, not paths


def percentile(values: Iterable[float], fraction: float) -> float:
    """Of 0 to 1; 0 where there are no values."""
    ordered = sorted(values)
    return ordered[int(fraction * (len(ordered) - 1) + 0.5)] if ordered else 0.0


async def sleep_until(when: float) -> None:
    """Until that time; a little later where the loop is busy."""
    await asyncio.sleep(max(0.0, when - now()))


async def until(condition: Callable[[], bool]) -> None:
    """Until it is so; at most half a minute."""
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError("it never came to that")


def text(*numbers: float) -> str:
    """Numbers as the text of a message."""
    return " ".join(f"{number:.9f}" for number in numbers)


def numbers(text: str) -> list[float]:
    """And back."""
    return [float(word) for word in text.split()]


def result(case: dict[str, Any], **values: float) -> dict[str, Any]:
    """What was measured, and what came of it."""
    return {"case": case, "values": values}

"""What a program may be busy with: nothing, a task that computes, a thread that computes."""

from __future__ import annotations

import asyncio
import threading

from measure import now

SLICE = 0.001
"""Seconds for which the task keeps the loop each time."""


class Load:
    """Work, from the beginning of an ``async with`` to its end."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._stop = threading.Event()

    async def __aenter__(self) -> None:
        if self._kind == "task":
            self._task = asyncio.ensure_future(self._compute())
        elif self._kind == "thread":
            self._thread = threading.Thread(target=self._spin)
            self._thread.start()

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        if self._kind == "task":
            await self._task
        elif self._kind == "thread":
            await asyncio.to_thread(self._thread.join)

    async def _compute(self) -> None:
        while not self._stop.is_set():
            end = now() + SLICE
            while now() < end:
                pass
            await asyncio.sleep(0)

    def _spin(self) -> None:
        while not self._stop.is_set():
            pass

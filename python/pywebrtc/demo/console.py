"""What is seen: a progress bar, and a table at the end."""

from __future__ import annotations

import asyncio
import sys
import time

_WIDTH = 30


class Progress:
    """A bar that moves with the time; where stdout is no terminal, one line for each step."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.monotonic()
        self._moves = sys.stdout.isatty()
        self._step = ""

    def step(self, text: str) -> None:
        """What goes on from now on."""
        self._step = text
        if not self._moves:
            print(f"{text} ...", flush=True)

    async def run(self) -> None:
        """Draw, until cancelled."""
        if not self._moves:
            return
        try:
            while True:
                part = min(1.0, (time.monotonic() - self._began) / self._seconds)
                bar = "#" * round(part * _WIDTH)
                print(f"\r[{bar:<{_WIDTH}}] {part:4.0%}  {self._step:<40}", end="", flush=True)
                await asyncio.sleep(0.1)
        finally:
            print("\r\033[K", end="", flush=True)


def table(rows: list[tuple[str, str]]) -> str:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)

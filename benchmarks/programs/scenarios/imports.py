"""How long a fresh interpreter takes to import the package."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

from measure import percentile, result
from side import Side

_PROGRAM = "import time; start = time.perf_counter(); import {0}; print(time.perf_counter() - start)"


async def offer(side: Side) -> list[dict[str, Any]]:
    """Start interpreters, one after the other."""
    command = [sys.executable, "-c", _PROGRAM.format(side.api.module)]
    times = []
    for _ in range(side.options.integer("count", 10) + 1):
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        times.append(float(said))
    # The first one brings the files into memory.
    return [result({}, import_ms=1000 * percentile(times[1:], 0.5))]


async def answer(side: Side) -> None:
    """Nothing."""

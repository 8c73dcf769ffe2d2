"""How long a fresh interpreter takes to import the package, and what a connection needs of it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

from measure import percentile, result
from side import Side

_PROGRAM = "import time; start = time.perf_counter(); {0}; print(time.perf_counter() - start)"


async def offer(side: Side) -> list[dict[str, Any]]:
    """Start interpreters, one after the other."""
    module, count = side.api.module, side.options.integer("count", 10)
    return [
        result(
            {},
            import_ms=await _time(f"import {module}", count),
            connection_ms=await _time(f"from {module} import RTCPeerConnection", count),
        )
    ]


async def _time(statement: str, count: int) -> float:
    command = [sys.executable, "-c", _PROGRAM.format(statement)]
    times = []
    for _ in range(count + 1):
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        times.append(float(said))
    # The first one brings the files into memory.
    return 1000 * percentile(times[1:], 0.5)


async def answer(side: Side) -> None:
    """Nothing."""

"""Run a scenario: ``main.py pywebrtc throughput role=both``; the offerer prints one line of JSON."""

from __future__ import annotations

import asyncio
import importlib
import json
import resource
import sys

from link import connect, pair
from side import Options, Side


async def run(implementation: str, scenario: str, options: Options) -> None:
    """Both sides or one of them; the offerer's results are printed."""
    api = importlib.import_module(f"implementations.{implementation}_api").Api()
    sides = importlib.import_module(f"scenarios.{scenario}")
    role = options.text("role", "both")
    results = None
    if role == "both":
        one, two = pair()
        answering = asyncio.ensure_future(sides.answer(Side(api, two, options, shared=True)))
        results = await sides.offer(Side(api, one, options, shared=True))
        await answering
    else:
        link = await connect(options.integer("fd", -1))
        side = Side(api, link, options, shared=False)
        if role == "offer":
            results = await sides.offer(side)
        else:
            await sides.answer(side)
        await link.close()
    if results is not None:
        line = {
            "program": implementation,
            "scenario": scenario,
            "versions": api.versions(),
            "results": results,
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(run(sys.argv[1], sys.argv[2], Options(sys.argv[3:])))

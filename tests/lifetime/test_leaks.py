"""A thousand connections in one process leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, gc, json, os, sys, time
sys.path.insert(0, sys.argv[1])
from harness import Peers
from pywebrtc import engine

def threads():
    return len(os.listdir("/proc/self/task"))

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

async def use(count):
    for _ in range(count // 2):  # two connections each
        async with Peers() as peers:
            here, there = await peers.channels()
            here.send("ping")
            assert await anext(there) == "ping"
            there.send(b"pong")
            assert await anext(here) == b"pong"

async def main():
    await use(100)
    gc.collect()
    numbers = {"threads before": threads(), "rss before": rss()}
    started = time.monotonic()
    await use(900)
    numbers["seconds"] = time.monotonic() - started
    gc.collect()
    numbers["live"] = engine.live_objects()
    # Queues of libwebrtc's that are threads end a moment after their owners.
    deadline = time.monotonic() + 10
    while threads() > numbers["threads before"] and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    numbers |= {"threads after": threads(), "rss after": rss(), "fds": len(os.listdir("/proc/self/fd"))}
    print(json.dumps(numbers))

asyncio.run(main())
"""


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc, which Linux has"
)
def test_a_thousand_connections(record_property):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent.parent)],
        # AddressSanitizer keeps what was freed for a while, 256 MiB of it.
        env=os.environ | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    numbers = json.loads(result.stdout)
    growth = (numbers["rss after"] - numbers["rss before"]) / 2**20
    print(f"{numbers}, growth {growth:.1f} MiB")
    record_property("numbers", numbers)
    assert numbers["live"] == {}
    assert numbers["threads after"] <= numbers["threads before"]
    assert numbers["fds"] < 30
    assert growth < 20

"""What README.md prints runs as it is printed."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
from harness import next_event, pushing
from pywebrtc import VideoSource

README = Path(__file__).parent.parent / "README.md"


def code(of: str) -> str:
    """The block of Python that has this in it."""
    (block,) = (b for b in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if of in b)
    return block


def test_the_first_example():
    done = subprocess.run(
        [sys.executable, "-c", code("async def describe")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, second = done.stdout.splitlines()
    assert first == "hello, Alice"
    red, green, blue = map(int, re.findall(r"\d+", second))
    assert red > 240
    assert max(green, blue) < 15


async def test_the_loop_with_opencv(peers):
    cv2.setNumThreads(1)  # those that it would start stay
    block = code("import cv2")
    assert len([line for line in block.splitlines() if line]) < 10
    namespace: dict = {}
    exec(block, namespace)
    namespace["send_back"](peers.callee)
    source = VideoSource()
    peers.caller.addTrack(source.track)
    arriving = asyncio.ensure_future(next_event(peers.caller, "track"))
    await peers.connect()
    picture = np.full((480, 640, 3), 30, np.uint8)
    picture[120:360, 160:480] = 220
    border = np.zeros((480, 640), bool)
    border[116:364, 156:484] = True
    border[124:356, 164:476] = False
    reader = (await arriving).track.frames("gray", maxsize=1)
    async with pushing(lambda: source.push(picture), 1 / 30), asyncio.timeout(30):
        while True:
            edges = await reader.recv()
            if edges.shape == border.shape and edges[border].max() > 200 and edges[~border].max() < 60:
                break

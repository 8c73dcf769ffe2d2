"""Shares a screen for a few seconds: mss grabs it, a call in this process carries it.

    pip install pywebrtc mss
    python examples/screen_share.py [seconds]

Without mss, or without a screen, it shares a picture that moves.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pywebrtc import RTCPeerConnection, RTCSessionDescription, mediaDevices


def screen() -> tuple[Callable[[], Any], str]:
    """A function that grabs the first screen, or draws in its place, and the layout of its arrays."""
    try:
        import mss
        from mss.exception import ScreenShotError

        grabber = None

        def grab() -> Any:
            nonlocal grabber
            if grabber is None:  # on the thread that grabs
                grabber = mss.mss()
            return np.asarray(grabber.grab(grabber.monitors[1]))[..., :3]

        try:
            with mss.mss() as trial:
                trial.grab(trial.monitors[1])
            return grab, "bgr24"
        except ScreenShotError as error:
            print(f"no screen ({error}): a picture in its place")
    except ImportError as error:
        print(f"no mss ({error}): a picture in its place")

    def draw() -> Any:
        stripes = (np.arange(640) + int(time.monotonic() * 100)) % 256
        return np.broadcast_to(stripes[None, :, None], (360, 640, 3)).astype(np.uint8)

    return draw, "rgb24"


async def describe(pc: RTCPeerConnection) -> RTCSessionDescription:
    """The local description, with all candidates in it."""
    gathered = asyncio.Event()
    pc.onicecandidate = lambda event: event.candidate or gathered.set()
    await pc.setLocalDescription()
    await gathered.wait()
    assert pc.localDescription is not None
    return pc.localDescription


async def main(seconds: float) -> None:
    """Share, and count what arrives."""
    source, format = screen()
    stream = await mediaDevices.getDisplayMedia({"video": {"frameRate": 10}}, source=source, format=format)
    (track,) = stream.getTracks()
    async with RTCPeerConnection() as sender, RTCPeerConnection() as viewer:
        tracks = asyncio.Queue()
        viewer.ontrack = lambda event: tracks.put_nowait(event.track)
        sender.addTrack(track, stream)
        await viewer.setRemoteDescription(await describe(sender))
        await sender.setRemoteDescription(await describe(viewer))
        shown = await tracks.get()
        end = time.monotonic() + seconds
        count = 0
        while time.monotonic() < end:
            frame = await shown.recv()
            count += 1
        print(f"{count} pictures of {frame.width}x{frame.height} arrived")
    track.stop()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3))

"""The interpreter may exit at any moment: in time, with its own status, and silently."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent

PREAMBLE = f"""
import asyncio, logging, os, sys, threading, warnings
sys.path.insert(0, {str(TESTS)!r})
import numpy as np
import pywebrtc
from pywebrtc import RTCPeerConnection, VideoSource
from harness import Peers, until
warnings.simplefilter("ignore", ResourceWarning)
# What asyncio has to say about a callback that took long on a busy machine is only a warning.
logging.getLogger("asyncio").setLevel(logging.ERROR)
"""


def run(script: str, *, preamble: str = PREAMBLE) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a fresh interpreter that runs the script."""
    result = subprocess.run(
        [sys.executable, "-X", "dev", "-c", preamble + textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


SILENT = {
    "import": "",
    "constructed": "pc = RTCPeerConnection()",
    "constructed, with a channel and a source": """
        pc = RTCPeerConnection()
        channel = pc.createDataChannel("x")
        source = VideoSource()
        pc.addTrack(source.track)
        """,
    "constructed in a loop": """
        async def main():
            globals()["pc"] = RTCPeerConnection()
        asyncio.run(main())
        """,
    "mid negotiation": """
        async def main():
            # No async listeners: asyncio tells of their tasks when they begin while the loop ends.
            globals()["pcs"] = caller, callee = pywebrtc.RTCPeerConnection(), pywebrtc.RTCPeerConnection()
            caller.createDataChannel("x")
            await callee.setRemoteDescription(await caller.createOffer())
            tasks = [asyncio.ensure_future(pc.setLocalDescription()) for pc in (caller, callee)]
            await until(caller, "signalingstatechange", lambda: True)
        asyncio.run(main())
        """,
    "open, loop closed by hand": """
        async def main():
            globals()["peers"] = peers = Peers()
            globals()["channels"] = await peers.channels()
            while len(asyncio.all_tasks()) > 1:  # candidates on their way: asyncio tells of such tasks
                await asyncio.sleep(0)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        loop.close()
        """,
    "open, loop never closed": """
        async def main():
            globals()["peers"] = peers = Peers()
            globals()["channels"] = await peers.channels()
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(main())
        """,
    "a flood of messages": """
        async def main():
            globals()["peers"] = peers = Peers()
            here, there = await peers.channels()
            received = []
            there.onmessage = lambda event: received.append(event.data)
            async with asyncio.timeout(20):
                while len(received) < 1000:
                    await here.send(bytes(1000))
            for _ in range(5000):  # they are on their way when the loop ends
                here.send(bytes(1000))
        asyncio.run(main())
        """,
    "frames flow": """
        source = VideoSource()
        def push():
            picture = np.zeros((120, 160, 3), np.uint8)
            while True:
                try:
                    source.push(picture)
                except pywebrtc.InvalidStateError:
                    return
        async def main():
            globals()["peers"] = peers = Peers()
            tracks = []
            peers.callee.ontrack = lambda event: tracks.append(event.track)
            peers.caller.addTrack(source.track)
            await peers.connect()
            threading.Thread(target=push, daemon=True).start()
            await tracks[0].recv()
        asyncio.run(main())
        """,
    "daemon threads use it": """
        started = threading.Event()
        def work():
            while True:
                try:
                    pc = RTCPeerConnection()
                    pc.createDataChannel("x")
                except pywebrtc.InvalidStateError:
                    return
                started.set()
                pc.close()
        threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        started.wait()
        """,
    "daemon threads run loops": """
        started = threading.Barrier(3)
        def excepthook(args):  # they hear of the end as an InvalidStateError
            if args.exc_type is not pywebrtc.InvalidStateError:
                threading.__excepthook__(args)
        threading.excepthook = excepthook
        async def main():
            async with Peers() as peers:
                here, there = await peers.channels()
                started.wait()
                here.send("x")
                async for message in there:  # or as the end of the channel
                    here.send(message)
        for _ in range(2):
            threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
        started.wait()
        """,
}


@pytest.mark.parametrize("script", SILENT.values(), ids=SILENT)
def test_silent_end(script):
    status, _, stderr = run(script)
    assert (status, stderr) == (0, "")


OPEN = """
async def main():
    globals()["peers"] = peers = Peers()
    here, there = await peers.channels()
    there.onmessage = handler
    here.send("go")
    await there.wait_closed()
"""


def test_sys_exit_in_a_handler():
    status, _, stderr = run(OPEN_WITH.format(body="sys.exit(3)"))
    assert (status, stderr) == (3, "")


OPEN_WITH = (
    """
def handler(event):
    {body}
"""
    + OPEN
    + """
asyncio.run(main())
"""
)


def test_os_exit_in_a_handler():
    status, _, stderr = run(OPEN_WITH.format(body="os._exit(4)"))
    assert (status, stderr) == (4, "")


def test_keyboard_interrupt_in_a_handler():
    status, _, stderr = run(OPEN_WITH.format(body="raise KeyboardInterrupt"))
    assert status in (-2, 130)
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert stderr.count("Traceback") == 1


def test_uncaught_exception():
    script = """
async def main():
    globals()["peers"] = peers = Peers()
    await peers.channels()
    raise ValueError("uncaught")
asyncio.run(main())
"""
    status, _, stderr = run(script)
    assert status == 1
    assert stderr.rstrip().endswith("ValueError: uncaught")
    assert stderr.count("Traceback") == 1


def test_constructor_in_an_atexit_handler():
    """Handlers that were registered before the import run after the engine has stopped."""
    script = """
import atexit
def late():
    import pywebrtc
    try:
        pywebrtc.RTCPeerConnection()
    except pywebrtc.InvalidStateError as error:
        print(error)
atexit.register(late)
import pywebrtc
pc = pywebrtc.RTCPeerConnection()
"""
    status, stdout, stderr = run(script, preamble="")
    assert (status, stderr) == (0, "")
    assert "shut down" in stdout


def test_import_starts_no_thread():
    script = """
import os, pywebrtc
assert len(os.listdir("/proc/self/task")) == 1, os.listdir("/proc/self/task")
assert pywebrtc.engine.thread_count() == 0
"""
    assert run(script, preamble="") == (0, "", "")

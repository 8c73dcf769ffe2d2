"""A forked child gets a clear error and a silent end; its parent does not notice."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Peers
from pywebrtc import RTCPeerConnection, VideoSource
from pywebrtc.exceptions import InvalidStateError

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


async def in_child(check: Callable[[], Any]) -> None:
    """Run the check in a forked child; fail where it does, or where the child does not end."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            check()
        except BaseException:  # noqa: BLE001 - told in the parent
            os.write(writer, traceback.format_exc().encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    await ended(os.pidfd_open(pid), close=True)
    _, status = os.waitpid(pid, 0)  # noqa: ASYNC222 - it has ended
    with os.fdopen(reader) as pipe:
        assert (os.waitstatus_to_exitcode(status), pipe.read()) == (0, "")


async def ended(fd: int, *, close: bool = False) -> None:
    """Until the process of a descriptor has ended; the loop goes on meanwhile."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()
    loop.add_reader(fd, event.set)
    try:
        async with asyncio.timeout(30):
            await event.wait()
    finally:
        loop.remove_reader(fd)
        if close:
            os.close(fd)


def refused(call: Callable[[], Any]) -> None:
    with pytest.raises(InvalidStateError, match=r"forked.*spawn"):
        call()


async def goes_on(peers: Peers, here: Any, there: Any) -> None:
    here.send("still here")
    assert await anext(there) == "still here"
    await peers.caller.getStats()
    async with Peers() as others:
        await others.channels()


async def test_constructors_and_verbs(peers):
    here, there = await peers.channels()
    source = VideoSource()

    def child() -> None:
        refused(RTCPeerConnection)
        refused(VideoSource)
        refused(lambda: peers.caller.createDataChannel("x"))
        refused(lambda: peers.caller.addTrack(source.track))
        refused(lambda: here.send("x"))
        for verb in (peers.caller.createOffer, peers.caller.getStats, peers.caller.setLocalDescription):
            refused(lambda verb=verb: asyncio.run(verb()))
        refused(lambda: asyncio.run(construct()))
        peers.caller.close()  # nothing is to be closed here
        assert peers.caller.connectionState == "closed"

    async def construct() -> None:
        RTCPeerConnection()

    await in_child(child)
    await goes_on(peers, here, there)


async def test_the_childs_exit_is_that_of_an_interpreter(peers):
    """sys.exit in the child: handlers of atexit and destructors run, and nothing waits."""
    here, there = await peers.channels()
    # A multiprocessing child ends with os._exit after its own cleaning up; here the whole interpreter ends.
    script = f"""
import asyncio, os, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from harness import Peers
loop = asyncio.new_event_loop()
peers = Peers()
channels = loop.run_until_complete(peers.channels())
pid = os.fork()
if pid == 0:
    sys.exit(7)
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
async def main():
    channels[0].send("still here")
    assert await anext(channels[1]) == "still here"
    await peers.close()
loop.run_until_complete(main())
loop.close()
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c", script, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        _, stderr = await process.communicate()
    assert (process.returncode, stderr) == (0, b"")
    await goes_on(peers, here, there)


def work_of_a_forked_child(queue: Any) -> None:
    try:
        RTCPeerConnection()
    except InvalidStateError as error:
        queue.put(str(error))


async def test_multiprocessing_fork(peers):
    here, there = await peers.channels()
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    process = context.Process(target=work_of_a_forked_child, args=(queue,))
    process.start()
    await ended(process.sentinel)
    process.join()
    assert process.exitcode == 0
    assert "spawn" in queue.get()
    process.close()
    queue.close()
    await goes_on(peers, here, there)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
async def test_multiprocessing_with_new_processes(tmp_path, method):
    script = tmp_path / "main.py"
    script.write_text(f"""
import asyncio, multiprocessing, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from harness import Peers

async def call(text):
    async with Peers() as peers:
        here, there = await peers.channels()
        here.send(text)
        return await anext(there)

def work(queue):
    queue.put(asyncio.run(call("from a child")))

async def main():
    async with Peers() as peers:
        here, there = await peers.channels()
        context = multiprocessing.get_context({method!r})
        queue = context.SimpleQueue()
        process = context.Process(target=work, args=(queue,))
        process.start()
        assert await asyncio.to_thread(queue.get) == "from a child"
        process.join()
        assert process.exitcode == 0
        here.send("still here")
        assert await anext(there) == "still here"

if __name__ == "__main__":
    asyncio.run(main())
""")
    process = await asyncio.create_subprocess_exec(sys.executable, script, stderr=asyncio.subprocess.PIPE)
    async with asyncio.timeout(60):
        _, stderr = await process.communicate()
    assert (process.returncode, stderr) == (0, b"")

"""Every test leaves nothing behind: no native object, no thread, no pending task, no warning."""

from __future__ import annotations

import asyncio
import gc
import inspect
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import coturn
import pytest
from harness import Peers
from pywebrtc import engine

# What TLS to the TURN server of the tests is trusted by. It can be set before the engine runs only.
engine.configure(tls_roots=coturn.CERTIFICATE)


def native_threads() -> list[str]:
    """The names of this process's threads, as the kernel knows them, without those of the engine."""
    names: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        try:
            names.append((task / "comm").read_text().strip())
        except OSError:  # it has ended
            continue
    return sorted(name for name in names if not name.startswith("webrtc-"))


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which a native object or a thread exists that was not there before."""
    python_threads = set(threading.enumerate())
    threads = native_threads()
    yield
    # pytest still holds what the fixtures gave, connections among it.
    request.node.funcargs.clear()
    gc.collect()
    if engine.thread_count() == 0:
        return
    # Native objects go on libwebrtc's threads, and its queues end a moment after their owners.
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        left = engine.live_objects()
        extra = len(native_threads()) - len(threads)
        if not left and extra <= 0:
            break
        time.sleep(0.01)
    else:
        pytest.fail(f"left behind: objects {left}, threads {native_threads()} where {threads} were before")
    assert set(threading.enumerate()) <= python_threads


@pytest.fixture
async def no_pending_tasks() -> AsyncIterator[None]:
    """Fail a test that leaves a task running in its loop."""
    before = asyncio.all_tasks()
    yield
    pending = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    # Listeners that are tasks end with the connection that they wait for: give them their turn.
    if pending:
        _, pending = await asyncio.wait(pending, timeout=5)
    assert not pending, f"pending: {pending}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_pending_tasks")


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    """Two peers that are not connected yet; closed at the end."""
    async with Peers() as both:
        yield both

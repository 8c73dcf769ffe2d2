"""The bridge between libwebrtc's threads and event loops of every kind."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop
from harness import Peers, until
from pywebrtc import RTCPeerConnection, _dispatcher, engine
from pywebrtc.exceptions import InvalidStateError


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """As the proactor loop of Windows: no ``add_reader``."""

    def add_reader(self, *args):
        raise NotImplementedError

    def remove_reader(self, *args):
        raise NotImplementedError

    # asyncio's own sockets do not go through the public methods
    def _add_reader(self, fd, callback, *args):
        return super()._add_reader(fd, callback, *args)


def run(factory: Callable[[], asyncio.AbstractEventLoop], coroutine: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(coroutine)


LOOPS = pytest.mark.parametrize(
    "factory",
    [asyncio.SelectorEventLoop, LoopWithoutReaders, uvloop.new_event_loop],
    ids=["selector", "no-add_reader", "uvloop"],
)


async def echo(count: int = 300) -> None:
    """A call in the running loop: messages go forth and back."""
    async with Peers() as peers, asyncio.timeout(60):
        here, there = await peers.channels()
        there.onmessage = lambda event: there.send(event.data)
        for i in range(count):
            here.send(str(i))
        assert [await anext(here) for _ in range(count)] == [str(i) for i in range(count)]


def gone() -> bool:
    """Whether no native object is left, after Python's garbage is."""
    gc.collect()
    return engine.live_objects() == {}


@LOOPS
def test_a_call(factory):
    run(factory, echo())
    assert gone()
    assert not _dispatcher._dispatchers


@LOOPS
def test_several_loops_one_after_the_other(factory):
    for _ in range(3):
        run(factory, echo(10))
        asyncio.run(echo(10))
    assert gone()


@LOOPS
def test_loops_in_several_threads_at_once(factory):
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(2):
                run(factory, echo())
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert errors == []
    assert gone()


@LOOPS
def test_objects_made_before_the_loop_runs(factory):
    pc = RTCPeerConnection()
    needed: list[Any] = []
    pc.onnegotiationneeded = needed.append
    channel = pc.createDataChannel("early")

    async def main() -> None:
        async with Peers(pc) as peers:
            await until(pc, "negotiationneeded", lambda: bool(needed))
            await peers.connect()
            await channel.opened()

    run(factory, main())
    assert len(needed) == 1
    assert channel.readyState == "closed"


@LOOPS
def test_an_object_in_a_second_loop(factory):
    async def first() -> RTCPeerConnection:
        pc = RTCPeerConnection()
        await pc.createOffer()
        pc.close()
        await pc.wait_closed()
        return pc

    pc = run(factory, first())

    async def second() -> None:
        pc.close()  # idempotent everywhere
        with pytest.raises(InvalidStateError):
            await pc.createOffer()

    run(factory, second())


def test_an_open_object_in_a_second_loop():
    loop, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    pc = RTCPeerConnection()
    loop.run_until_complete(pc.createOffer())
    with pytest.raises(RuntimeError, match="another event loop"):
        other.run_until_complete(pc.createOffer())
    with pytest.raises(RuntimeError, match="another event loop"):
        other.run_until_complete(pc.getStats())
    loop.run_until_complete(pc.createOffer())
    pc.close()
    with pytest.raises(RuntimeError, match="another event loop"):
        other.run_until_complete(pc.wait_closed())
    loop.run_until_complete(pc.wait_closed())
    loop.close()
    other.close()


def test_a_loop_in_another_thread_than_the_object():
    pc = RTCPeerConnection()
    results: list[Any] = []

    async def main() -> None:
        results.append(await pc.createOffer())
        pc.close()
        await pc.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join(30)
    assert results[0].type == "offer"


# --- A loop that ends with connections open ---------------------------------------------------------------


async def leave_open(kept: list[Any]) -> None:
    peers = Peers()
    kept.extend((peers.caller, peers.callee, *await peers.channels()))


def check_closed(kept: list[Any]) -> None:
    caller, callee, here, there = kept
    assert caller.connectionState == callee.connectionState == "closed"
    assert here.readyState == there.readyState == "closed"
    with pytest.raises(InvalidStateError):
        here.send("late")
    caller.close()
    here.close()
    assert set(engine.live_objects()) <= {"RTCPeerConnection", "RTCDataChannel"}
    del caller, callee, here, there
    kept.clear()
    assert gone()
    assert not _dispatcher._dispatchers


@LOOPS
def test_run_that_leaves_connections_open(factory):
    kept: list[Any] = []
    with pytest.warns(ResourceWarning, match="unclosed <RTCPeerConnection connected") as warned:
        run(factory, leave_open(kept))
    assert len(warned) == 2
    warned.list.clear()  # each holds its connection
    check_closed(kept)


@LOOPS
def test_loop_close_without_shutdown_of_generators(factory):
    kept: list[Any] = []
    loop = factory()
    loop.run_until_complete(leave_open(kept))
    with pytest.warns(ResourceWarning, match="unclosed <RTCPeerConnection connected") as warned:
        loop.close()
    assert len(warned) == 2
    warned.list.clear()  # each holds its connection
    check_closed(kept)


@LOOPS
def test_warnings_as_errors_do_not_keep_connections_open(factory):
    kept: list[Any] = []
    loop = factory()
    loop.run_until_complete(leave_open(kept))
    raised: list[Any] = []
    hook, sys.unraisablehook = sys.unraisablehook, lambda u: raised.append(type(u.exc_value))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loop.close()
    finally:
        sys.unraisablehook = hook
    assert raised == [ResourceWarning]
    check_closed(kept)


def test_loop_close_with_tasks_that_wait():
    """Nobody is woken in a closed loop: no 'Event loop is closed'."""
    kept: list[Any] = []
    loop = asyncio.new_event_loop()

    async def main() -> list[asyncio.Task[Any]]:
        await leave_open(kept)
        caller, _, here, there = kept
        tasks = [asyncio.ensure_future(c) for c in (anext(here), there.wait_closed(), caller.createOffer())]
        await asyncio.sleep(0)
        return tasks

    tasks = loop.run_until_complete(main())
    with pytest.warns(ResourceWarning, match="unclosed") as warned:
        loop.close()
    warned.list.clear()
    while tasks:
        tasks.pop()._log_destroy_pending = False
    check_closed(kept)


def test_a_message_flood_into_a_closed_loop_goes_nowhere():
    kept: list[Any] = []
    loop = asyncio.new_event_loop()
    loop.run_until_complete(leave_open(kept))
    for _ in range(2000):
        kept[2].send(bytes(1000))
    with pytest.warns(ResourceWarning, match="unclosed") as warned:
        loop.close()
    warned.list.clear()
    check_closed(kept)


def test_async_with_in_a_generator_that_the_loop_shuts_down():
    """asyncio.run closes generators that were left; what they await still works then."""
    closed: list[str] = []

    async def generator():
        async with Peers() as peers:
            await peers.channels()
            yield peers
        closed.append("never")

    async def main() -> Any:
        left = generator()
        peers = await anext(left)
        assert peers.caller.connectionState == "connected"
        return left

    asyncio.run(asyncio.wait_for(main(), 60))
    assert closed == []
    assert gone()


# --- Listeners --------------------------------------------------------------------------------------------


@LOOPS
def test_exceptions_of_listeners_go_to_the_loop(factory):
    reported: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(str(context["exception"])))
        async with Peers() as peers:
            here, there = await peers.channels()

            def bad(event: Any) -> None:
                raise ValueError(event.data)

            async def bad_task(event: Any) -> None:
                await asyncio.sleep(0)
                raise ValueError("task " + event.data)

            received: list[str] = []
            there.addEventListener("message", bad)
            there.addEventListener("message", bad_task)
            there.addEventListener("message", lambda event: received.append(event.data))
            for i in range(3):
                here.send(str(i))
            await until(there, "message", lambda: len(received) == 3)
            while len(reported) < 6:  # noqa: ASYNC110 - the loop reports, nobody fires
                await asyncio.sleep(0)
            assert received == ["0", "1", "2"]

    run(factory, main())
    assert sorted(reported) == ["0", "1", "2", "task 0", "task 1", "task 2"]


@LOOPS
def test_system_exit_in_a_listener_ends_the_loop(factory):
    async def main() -> None:
        async with Peers() as peers:
            here, there = await peers.channels()

            def leave(_: Any) -> None:
                raise SystemExit(3)

            there.onmessage = leave
            here.send("leave")
            await there.wait_closed()

    with pytest.raises(SystemExit):
        run(factory, main())
    assert gone()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks():
    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await echo()

    asyncio.run(main())


async def test_a_flood_shares_the_loop(peers):
    """A batch of messages is one callback of the loop; others come between, however many messages wait."""
    here, there = await peers.channels()
    turns = 0
    received: list[Any] = []
    there.onmessage = lambda event: received.append(event.data)

    async def count() -> None:
        nonlocal turns
        while len(received) < 20000:
            turns += 1
            await asyncio.sleep(0)

    counter = asyncio.create_task(count())
    for i in range(20000):
        await here.send(i.to_bytes(4, "big"))
    async with asyncio.timeout(60):
        await counter
    assert received == [i.to_bytes(4, "big") for i in range(20000)]
    # Messages of a channel that wait are told by the hundreds, and the last of those may be more than fit.
    assert turns > 20000 // (2 * _dispatcher._BATCH)


def test_a_mistake_in_one_message_does_not_stop_the_others(monkeypatch):
    """What the dispatcher calls may raise: the loop hears of it, and the next message is handled."""
    reported: list[Any] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reported.append(context["message"])
        )
        dispatcher = _dispatcher.current()
        async with Peers() as peers:
            here, there = await peers.channels()

            class Broken:
                def _on_messages(self, messages: list[Any]) -> None:
                    raise ValueError(messages)

                def __repr__(self) -> str:
                    return "Broken"

            key = there._native.key
            dispatcher.target(key, Broken())
            here.send("into the void")
            while "pywebrtc: _on_messages of Broken failed" not in reported:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0)
            dispatcher.target(key, there)
            here.send("works")
            assert await anext(there) == "works"

    asyncio.run(main())
    assert set(reported) <= {
        f"pywebrtc: {method} of Broken failed" for method in ("_on_messages", "_on_state")
    }

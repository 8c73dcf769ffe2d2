"""The operations chain by itself: https://w3c.github.io/webrtc-pc/#dfn-operations-chain"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pywebrtc._operations import OperationsChain


class Chain(OperationsChain):
    """A chain whose operations end when the test says so."""

    def __init__(self) -> None:
        self.emptied = 0
        self.started: list[str] = []
        self.ends: dict[str, Callable[[BaseException | None, Any], None]] = {}
        super().__init__(self._count)

    def _count(self) -> None:
        self.emptied += 1

    def add(self, name: str) -> asyncio.Future[Any]:
        def start(done: Any) -> None:
            self.started.append(name)
            self.ends[name] = done

        return self.chain(asyncio.get_running_loop(), start)


async def test_the_first_starts_at_once():
    chain = Chain()
    future = chain.add("a")
    assert chain.started == ["a"]
    assert len(chain) == 1
    chain.ends["a"](None, 7)
    assert await future == 7
    assert (len(chain), chain.emptied) == (0, 1)


async def test_the_next_starts_when_the_one_before_has_ended():
    chain = Chain()
    a, b, c = (chain.add(name) for name in "abc")
    assert chain.started == ["a"]
    chain.ends["a"](None, 1)
    assert chain.started == ["a", "b"]
    assert not b.done()
    chain.ends["b"](ValueError("b"), None)
    assert chain.started == ["a", "b", "c"]
    assert chain.emptied == 0
    chain.ends["c"](None, 3)
    assert chain.emptied == 1
    assert await a == 1
    with pytest.raises(ValueError, match="b"):
        await b
    assert await c == 3


async def test_cancelling_takes_nothing_from_the_chain():
    chain = Chain()
    a, b, c = (chain.add(name) for name in "abc")
    a.cancel()
    b.cancel()
    assert chain.started == ["a"]
    chain.ends["a"](None, 1)
    assert chain.started == ["a", "b"]
    chain.ends["b"](ValueError("unheard"), None)
    chain.ends["c"](None, 3)
    assert a.cancelled()
    assert b.cancelled()
    assert await c == 3


async def test_a_start_that_raises_ends_its_operation():
    chain = Chain()

    def fails(done: Any) -> None:
        raise KeyError("start")

    futures = [chain.chain(asyncio.get_running_loop(), fails) for _ in range(5000)]
    last = chain.add("last")
    for future in futures:
        with pytest.raises(KeyError):
            await future
    assert chain.started == ["last"]
    chain.ends["last"](None, None)
    await last
    assert chain.emptied == 1


async def test_fail_ends_all():
    chain = Chain()
    a, b, c = (chain.add(name) for name in "abc")
    b.cancel()
    chain.fail(OSError("closed"))
    for future in (a, c):
        with pytest.raises(OSError, match="closed"):
            await future
    # What runs ends later, unheard, and starts nothing.
    chain.ends["a"](None, 1)
    assert chain.started == ["a"]
    assert (len(chain), chain.emptied) == (0, 0)


async def test_an_end_of_before_fail_does_not_end_what_came_after():
    chain = Chain()
    a = chain.add("a")
    chain.fail(OSError())
    b = chain.add("b")
    chain.ends["a"](None, 1)
    assert not b.done()
    chain.ends["b"](None, 2)
    assert await b == 2
    assert isinstance(a.exception(), OSError)


async def test_an_operation_may_chain_another():
    chain = Chain()
    a = chain.add("a")
    a.add_done_callback(lambda _: chain.add("b"))
    chain.ends["a"](None, None)
    await a
    await asyncio.sleep(0)  # callbacks of a future run in the order of their adding
    assert chain.started == ["a", "b"]
    chain.ends["b"](None, None)

"""The operations chain of a connection: https://w3c.github.io/webrtc-pc/#dfn-operations-chain"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from ._dispatcher import Done

# Starts an operation, and calls what it is given when that has ended. May raise instead.
Start = Callable[["Done"], None]


class OperationsChain:
    """Operations that run one after the other, in the order of their calls.

    Cancelling the future of one takes nothing from the chain: the operation runs to its end and the next
    one follows.
    """

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self._on_empty = on_empty
        self._pending: deque[tuple[Start, asyncio.Future[Any]]] = deque()

    def __len__(self) -> int:
        return len(self._pending)

    def chain(self, loop: asyncio.AbstractEventLoop, start: Start) -> asyncio.Future[Any]:
        """Start the operation now or after those before it; the future has its result."""
        future: asyncio.Future[Any] = loop.create_future()
        self._pending.append((start, future))
        if len(self._pending) == 1:
            self._run()
        return future

    def fail(self, error: BaseException) -> None:
        """End all with ``error``; those that run end on their own, unheard."""
        pending, self._pending = self._pending, deque()
        for _, future in pending:
            if not future.done() and not future.get_loop().is_closed():
                future.set_exception(error)

    def _run(self) -> None:
        start, future = entry = self._pending[0]

        def done(error: BaseException | None, value: Any) -> None:
            if not self._pending or self._pending[0] is not entry:
                return  # failed meanwhile
            if not future.done():
                if error is None:
                    future.set_result(value)
                else:
                    future.set_exception(error)
            self._pending.popleft()
            if self._pending:
                self._run()
            else:
                self._on_empty()

        try:
            start(done)
        except Exception as exception:
            # Not now: a long chain of operations that fail at once would recurse.
            future.get_loop().call_soon(done, exception, None)

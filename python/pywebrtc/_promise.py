"""A promise as an attribute has it: https://webidl.spec.whatwg.org/#idl-promise"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar, cast

from ._dispatcher import wake

T = TypeVar("T")


class Promise(Awaitable[T], Generic[T]):
    """What settles once; any number of tasks may await it at any time, and be cancelled.

    Unlike a future it needs no loop before somebody awaits it, and nobody has to hear of its rejection.
    """

    def __init__(self) -> None:
        self._outcome: tuple[BaseException | None, T | None] | None = None
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def settled(self) -> bool:
        """Whether it was resolved or rejected."""
        return self._outcome is not None

    def resolve(self, value: T) -> None:
        """Settle it with a value, if it is not settled."""
        self._settle(None, value)

    def reject(self, error: BaseException) -> None:
        """Settle it with an error, if it is not settled."""
        self._settle(error, None)

    def __await__(self) -> Generator[Any, None, T]:
        return self._wait().__await__()

    def _settle(self, error: BaseException | None, value: T | None) -> None:
        if self._outcome is None:
            self._outcome = error, value
            wake(self._waiters)

    async def _wait(self) -> T:
        if self._outcome is None:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await waiter
            finally:
                self._waiters.discard(waiter)
            assert self._outcome is not None
        error, value = self._outcome
        if error is not None:
            raise error
        return cast("T", value)

"""Pump: calls a program's function again and again, for a source that lives from it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from ._devices import end_tracks

if TYPE_CHECKING:
    from ._tracksource import TrackSource


class Pumped(Protocol):
    """A source that a pump works for."""

    @property
    def interval(self) -> float:
        """Seconds from one call to the next."""
        ...

    def produce(self) -> Any:
        """What the program's function gives; an awaitable where it is a coroutine function."""
        ...

    def deliver(self, value: Any) -> None:
        """Send it. Any thread."""
        ...


class Pump:
    """Calls on a thread of its own, or in the loop where the function is a coroutine function.

    It goes on until it is stopped, or until the source is not there any more: it holds the source only while
    it works. What is late is left out. StopIteration ends the source; so does any other exception, which goes
    to the loop's exception handler, as that of a callback does.
    """

    def __init__(self, source: TrackSource, function: Any) -> None:
        self._source: weakref.ref[Any] = weakref.ref(source)
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._task: asyncio.Task[None] | None = None
        weakref.finalize(source, self.stop)
        if inspect.iscoroutinefunction(function):
            self._task = self._loop.create_task(self._run_in_loop())
        else:
            threading.Thread(target=self._run, name="pywebrtc-pump", daemon=True).start()

    def stop(self) -> None:
        """Call no more. Idempotent."""
        self._stopped.set()
        if self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopped.wait(due - time.monotonic()):
            try:
                interval = self._step()
            except BaseException as exception:
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    self._loop.call_soon_threadsafe(self._failed, exception)
                return
            if interval is None:
                return
            due = max(due + interval, time.monotonic())

    def _step(self) -> float | None:
        source = self._source()
        if source is None:
            return None
        value = source.produce()
        if value is not None and not self._stopped.is_set():
            source.deliver(value)
        return source.interval

    async def _run_in_loop(self) -> None:
        due = time.monotonic()
        try:
            while (source := self._source()) is not None:
                value = await source.produce()
                if value is not None:
                    source.deliver(value)
                interval = source.interval
                del source
                due = max(due + interval, time.monotonic())
                await asyncio.sleep(due - time.monotonic())
        except Exception as exception:
            self._failed(exception)

    def _failed(self, exception: BaseException) -> None:
        self._stopped.set()
        # A coroutine's StopIteration is a RuntimeError (PEP 479), and StopAsyncIteration its own.
        if not isinstance(exception, StopIteration | StopAsyncIteration):
            context = {"message": "pywebrtc: the function of a source failed", "exception": exception}
            self._loop.call_exception_handler(context)
        source = self._source()
        if source is not None:
            end_tracks(source)

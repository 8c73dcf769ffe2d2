"""The bridge: one mailbox and one file descriptor between libwebrtc's threads and an event loop.

Messages come out of the mailbox in the order of their posting, each with the key of the object that it is
for; the loop's thread calls the method that the message names. Down go verbs, some with an operation id,
whose completion is a message like any other.

A dispatcher is bound to a loop when something is first awaited there. Objects may be made before a loop
runs: what happens meanwhile waits in the mailbox.
"""

from __future__ import annotations

import asyncio
import itertools
import select
import socket
import sys
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from . import _native
from .eventtarget import loop_closed

# Messages that one turn of the loop handles: a flood shares the loop with whatever else is ready.
_BATCH = 512

# Seconds until a timer that is there for its loop to hold.
_FOREVER = 10 * 365 * 24 * 3600

# What an operation's end is told to: an exception or None, and the value.
Done = Callable[[BaseException | None, Any], None]


class Closable(Protocol):
    """What is closed with its loop."""

    def _abandon(self) -> None: ...


class Dispatcher:
    """The dispatcher of one event loop, or of the loop that will run next on this thread."""

    def __init__(self) -> None:
        self.mailbox = _native.Mailbox()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._targets: dict[int, Any] = {}
        # Drained, and not told to their targets yet.
        self._batch: deque[tuple[Any, ...]] = deque()
        self._ids = itertools.count(1)
        self._open: set[Closable] = set()
        self._relay: _Relay | None = None
        self._ended = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it is bound to: bound now, if it was not.

        Raises:
            RuntimeError: no loop runs, or it is bound to another one.
            InvalidStateError: in a forked child.
        """
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._bind(loop)
        elif self._loop is not loop:
            _native.thread_count()  # a verb: in a forked child it says what is wrong
            raise RuntimeError("this object belongs to another event loop, the first one that it was used in")
        return loop

    def bind(self) -> None:
        """Bind it to the running loop, if it was not; errors as those of :attr:`loop`."""
        _ = self.loop

    def target(self, key: int, target: Any) -> None:
        """Keep ``target`` alive, and let it have the messages for ``key``, until :meth:`forget`."""
        self._targets[key] = target

    def forget(self, key: int) -> None:
        """Messages for ``key`` go nowhere from now on."""
        self._targets.pop(key, None)

    def opened(self, connection: Closable) -> None:
        """Remember a connection that is to be closed with the loop, at the latest."""
        self._open.add(connection)

    def closed(self, connection: Closable) -> None:
        """The connection was closed."""
        self._open.discard(connection)

    def next_id(self) -> int:
        """An id for an operation that something native will tell the end of."""
        return next(self._ids)

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        with _lock:
            _dispatchers[loop] = self
        reader = _Reader(self)
        try:
            loop.add_reader(self.mailbox.fileno(), reader)
        except NotImplementedError:
            self._relay = _Relay(loop, self.mailbox.fileno(), self._drain)
            loop.call_later(_FOREVER, reader)

    def _loop_ends(self) -> None:
        if self._ended:
            return
        self._ended = True
        unclosed = [(connection, f"unclosed {connection!r}") for connection in self._open]
        for connection, _ in unclosed:
            connection._abandon()
        if self._relay is not None:
            self._relay.stop()
        self.mailbox.close()
        self._batch.clear()
        self._targets.clear()
        assert self._loop is not None
        with _lock:
            _dispatchers.pop(self._loop, None)
        loop_closed(self._loop)
        # Last: a warning may be made an error.
        for connection, message in unclosed:
            warnings.warn(message, ResourceWarning, source=connection, stacklevel=2)

    def _drain(self) -> None:
        batch = self._batch
        if not batch:
            batch.extend(self.mailbox.drain(_BATCH))
        try:
            while batch:
                key, method, *arguments = batch.popleft()
                self._deliver(key, method, arguments)
                if method == "_on_operation":
                    # Whoever awaited it goes on before anything later is told, as a promise's reactions
                    # run before the next task: the offer is sent before its candidates.
                    break
        finally:
            if batch:
                asyncio.get_running_loop().call_soon(self._drain)

    def _deliver(self, key: int, method: str, arguments: list[Any]) -> None:
        target = self._targets.get(key)
        if target is None:
            return
        try:
            getattr(target, method)(*arguments)
        except Exception as exception:
            # A listener's exception ends in its dispatch; this is a mistake of ours, and the other
            # messages have nothing to do with it.
            context = {"message": f"pywebrtc: {method} of {target!r} failed", "exception": exception}
            asyncio.get_running_loop().call_exception_handler(context)


class _Reader:
    """What a loop calls when messages wait.

    Nobody but the loop holds it, and loops have no other hook for their end: a loop that is closed lets go
    of its callbacks, of this one too.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def __call__(self) -> None:
        self._dispatcher._drain()

    def __del__(self) -> None:
        if not sys.is_finalizing():  # the engine has closed everything by then
            self._dispatcher._loop_ends()


class _Relay:
    """A thread that waits for the descriptor on behalf of a loop that cannot (no ``add_reader``)."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int, drain: Callable[[], None]) -> None:
        self._loop = loop
        self._fd = fd
        self._drain = drain
        self._drained = threading.Event()
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="pywebrtc-relay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; called on the loop's thread."""
        self._wake_sender.close()
        self._drained.set()
        self._thread.join()
        self._wake_receiver.close()

    def _run(self) -> None:
        while True:
            readable, _, _ = select.select([self._fd, self._wake_receiver], [], [])
            if self._wake_receiver in readable:
                return
            # The descriptor stays readable until the loop has drained: wait for that, do not spin.
            self._drained.clear()
            try:
                self._loop.call_soon_threadsafe(self._drain_and_tell)
            except RuntimeError:  # the loop is closed
                return
            while not self._drained.wait(1):
                if self._loop.is_closed():
                    return

    def _drain_and_tell(self) -> None:
        try:
            self._drain()
        finally:
            self._drained.set()


def wake(waiters: set[asyncio.Future[None]] | dict[asyncio.Future[None], None]) -> None:
    """End the waiting of all; of those in a loop that is closed nobody is there to be woken."""
    for waiter in waiters:
        if not waiter.done() and not waiter.get_loop().is_closed():
            waiter.set_result(None)
    waiters.clear()


_lock = threading.Lock()
_dispatchers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Dispatcher] = weakref.WeakKeyDictionary()


class _Unbound(threading.local):
    """The dispatcher of objects that this thread made before a loop ran."""

    dispatcher: Dispatcher | None = None


_unbound = _Unbound()


def current() -> Dispatcher:
    """The dispatcher of the running loop; where none runs, that of the loop that this thread runs next."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        if _unbound.dispatcher is None or _unbound.dispatcher._loop is not None:
            _unbound.dispatcher = Dispatcher()
        return _unbound.dispatcher
    with _lock:
        dispatcher = _dispatchers.get(loop)
    if dispatcher is None:
        dispatcher = _unbound.dispatcher
        if dispatcher is None or dispatcher._loop is not None:
            dispatcher = Dispatcher()
        dispatcher._bind(loop)
        _unbound.dispatcher = None
    return dispatcher

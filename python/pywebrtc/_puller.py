"""Puller: asks a program's coroutine for one frame after the other, as long as somebody takes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from . import _dispatcher
from ._devices import end_tracks
from .exceptions import InvalidStateError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._tracksource import TrackSource


class Puller:
    """Asks in the loop, in a task that lives while somebody takes frames.

    A call that is under way when nobody does any more is not cancelled, for that would be the end of an
    async generator; its frame goes where frames go that nobody takes. StopAsyncIteration ends the source, and
    InvalidStateError, which ``recv()`` of a track that has ended raises; so does any other exception, which
    goes to the loop's exception handler, as that of a callback does.

    Arguments:
        source: whose tracks end with it.
        pull: gives a frame.
        deliver: takes it; only then is the next one asked for.
        close: called in the end, where it has not ended by itself too.
    """

    def __init__(
        self,
        source: TrackSource,
        pull: Callable[[], Awaitable[Any]],
        deliver: Callable[[Any], Awaitable[None]],
        close: Callable[[], Awaitable[Any]] | None = None,
    ) -> None:
        self._source = source
        self._pull = pull
        self._deliver = deliver
        self._close = close
        self._dispatcher = _dispatcher.current()
        self._wanted = False
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def want(self, wanted: bool) -> None:
        """Somebody takes frames, or nobody does any more."""
        self._wanted = wanted
        if wanted and self._task is None and not self._stopped:
            self._task = self._dispatcher.loop.create_task(self._run())

    def stop(self) -> None:
        """Ask for no more, and cancel what waits for a frame. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        loop = self._dispatcher._loop
        if loop is None or not loop.is_running():
            return
        if self._task is None:
            self._task = loop.create_task(self._closed())
        elif self._task is not asyncio.current_task():
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._wanted and not self._stopped:
                frame = await self._pull()
                if not self._stopped:
                    await self._deliver(frame)
                    # A coroutine that never waits must not be all that the loop does.
                    await asyncio.sleep(0)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if self._stopped:
                return
            if task is None or task.cancelling():  # the loop ends
                raise
            self._end(error)
        except (StopAsyncIteration, InvalidStateError):
            self._end(None)
        except Exception as error:
            self._end(error)
        finally:
            self._task = None
            if self._stopped:
                await self._closed()

    def _end(self, error: BaseException | None) -> None:
        self._stopped = True
        if error is not None:
            self._failed("pywebrtc: what gives a track its frames failed", error)
        end_tracks(self._source)

    async def _closed(self) -> None:
        if self._close is not None:
            try:
                await self._close()
            except Exception as error:
                self._failed("pywebrtc: what gave a track its frames could not be closed", error)

    def _failed(self, message: str, error: BaseException) -> None:
        context = {"message": message, "exception": error}
        self._dispatcher.loop.call_exception_handler(context)

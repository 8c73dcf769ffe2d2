"""Exceptions that nobody awaits: those of listeners and tasks, as the event loop reports them."""

from __future__ import annotations

import asyncio
from typing import Any


class Mishaps:
    """What the running loop's exception handler was told, from now on."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        asyncio.get_running_loop().set_exception_handler(self._handle)

    def _handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.seen.append(f"{context['message']}: {context.get('exception')!r}")
        loop.default_exception_handler(context)

"""What two peers tell each other beside the connection; benchmarks/native/link.h says how."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import NamedTuple

STEPS = {"ready", "go", "result", "bye"}
"""Steps of a measurement, as opposed to what a connection needs to come about."""


class Message(NamedTuple):
    """A line and a text."""

    type: str
    index: int
    text: str


class Link:
    """An end; the two kinds differ in how a message travels."""

    def __init__(self) -> None:
        self._handler: Callable[[Message], None] | None = None
        self._early: list[Message] = []
        self._steps: list[Message] = []
        self._changed = asyncio.Event()

    def send(self, type: str, index: int = 0, text: str = "") -> None:
        """Tell the other side."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is sent after this."""

    def start(self, handler: Callable[[Message], None]) -> None:
        """Call ``handler`` with every message but the steps."""
        self._handler = handler
        early, self._early = self._early, []
        for message in early:
            handler(message)

    async def wait(self, type: str) -> Message:
        """Take the next step of this type; "bye" ends every waiting."""
        while True:
            for message in self._steps:
                if message.type in (type, "bye"):
                    self._steps.remove(message)
                    return message
            self._changed.clear()
            await self._changed.wait()

    def deliver(self, message: Message) -> None:
        """What arrived."""
        if message.type in STEPS:
            self._steps.append(message)
            self._changed.set()
        elif self._handler is None:
            self._early.append(message)
        else:
            self._handler(message)


class _MemoryLink(Link):
    other: Link

    def send(self, type: str, index: int = 0, text: str = "") -> None:
        self.other.deliver(Message(type, index, text))


class _SocketLink(Link):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._task = asyncio.ensure_future(self._read())

    def send(self, type: str, index: int = 0, text: str = "") -> None:
        data = text.encode()
        self._writer.write(f"{type} {index} {len(data)}\n".encode() + data)

    async def close(self) -> None:
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while line := await self._reader.readline():
                type, index, length = line.decode().split()
                text = (await self._reader.readexactly(int(length))).decode()
                self.deliver(Message(type, int(index), text))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        self.deliver(Message("bye", 0, ""))


def pair() -> tuple[Link, Link]:
    """The two ends inside a process."""
    one, two = _MemoryLink(), _MemoryLink()
    one.other, two.other = two, one
    return one, two


async def connect(fd: int) -> Link:
    """The end of a connected socket."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=fd), limit=1 << 24)
    return _SocketLink(reader, writer)

"""One side of a measurement: its implementation, its end of the link, its connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from link import Link, Message


class Options:
    """key=value words of a command line."""

    def __init__(self, words: list[str]) -> None:
        self._values = dict(word.split("=", 1) for word in words)

    def text(self, name: str, fallback: str) -> str:
        """A word."""
        return self._values.get(name, fallback)

    def number(self, name: str, fallback: float) -> float:
        """A number."""
        return float(self._values.get(name, fallback))

    def integer(self, name: str, fallback: int) -> int:
        """A whole number."""
        return int(self._values.get(name, fallback))

    def list(self, name: str, fallback: str) -> list[str]:
        """Words, separated by commas."""
        return self._values.get(name, fallback).split(",")


@dataclass
class Side:
    """What a scenario is given."""

    api: Any
    link: Link
    options: Options
    shared: bool
    """Both sides are in this process: what it uses is counted once, by the offerer."""


class Peer:
    """A connection with its signalling; ``implementations`` has what differs."""

    def __init__(self, side: Side, index: int) -> None:
        self.side = side
        self.index = index
        self.trickle = side.options.integer("trickle", 1) != 0
        self.munge: Callable[[str], str] = lambda sdp: sdp
        self.on_channel: Callable[[Any], None] = lambda channel: None
        self.on_track: Callable[[Any], None] = lambda track: None
        self.pc = side.api.connection(self)
        self.closed = False
        self._described = False
        self._candidates: list[str] = []

    async def offer(self) -> None:
        """Begin: the rest is signalling's."""
        await self._set_local()

    async def on_message(self, message: Message) -> None:
        """What the other side says."""
        try:
            await self._on_message(message)
        except Exception:  # a candidate may be late: each library has its own error for that
            if not self.closed:
                raise

    async def close(self) -> None:
        """The end."""
        self.closed = True
        await self.side.api.close(self.pc)

    async def _on_message(self, message: Message) -> None:
        if message.type == "candidate":
            mid, line, candidate = message.text.split("\n", 2)
            await self.side.api.add_candidate(self.pc, mid, int(line), candidate)
            return
        await self.side.api.set_remote(self.pc, message.type, message.text)
        if message.type == "offer":
            await self._set_local()

    def candidate(self, mid: str, line: int, candidate: str) -> None:
        """The implementation found one."""
        if self.trickle and candidate:
            text = f"{mid}\n{line}\n{candidate}"
            if self._described:
                self.side.link.send("candidate", self.index, text)
            else:
                self._candidates.append(text)

    async def _set_local(self) -> None:
        api = self.side.api
        await api.set_local(self.pc)
        if not self.trickle:
            await api.gathered(self.pc)
        type, sdp = api.local(self.pc)
        self.side.link.send(type, self.index, self.munge(sdp))
        self._described = True
        for text in self._candidates:
            self.side.link.send("candidate", self.index, text)
        self._candidates.clear()


class Peers:
    """The connections of a side."""

    def __init__(self, side: Side, made: Callable[[Peer], None] = lambda peer: None) -> None:
        self._side = side
        self._made = made
        self._peers: dict[int, Peer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        side.link.start(self._on_message)

    def make(self, index: int) -> Peer:
        """A connection that this side will offer."""
        peer = self._peers[index] = Peer(self._side, index)
        return peer

    async def close(self, index: int) -> None:
        """Close it here and there."""
        self._side.link.send("close", index, "")
        await self._peers.pop(index).close()

    async def close_all(self) -> None:
        """The end."""
        self._side.link.start(lambda message: None)
        await asyncio.gather(*(peer.close() for peer in self._peers.values()))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _on_message(self, message: Message) -> None:
        peer = self._peers.get(message.index)
        if message.type == "close":
            if peer is not None:
                del self._peers[message.index]
                self._start(peer.close())
            return
        if peer is None:
            if message.type != "offer":
                return
            peer = self.make(message.index)
            self._made(peer)
        self._start(peer.on_message(message))

    def _start(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            raise SystemExit(f"signalling failed: {task.exception()!r}")

"""What tests of connections share: two peers, signalling between them, and waiting for states."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from pywebrtc import RTCDataChannel, RTCPeerConnection
from pywebrtc.exceptions import InvalidStateError


@dataclass
class Peers:
    """A caller and a callee in one process, over real sockets. Candidates trickle both ways."""

    caller: RTCPeerConnection = field(default_factory=RTCPeerConnection)
    callee: RTCPeerConnection = field(default_factory=RTCPeerConnection)

    def __post_init__(self) -> None:
        self._trickle(self.caller, self.callee)
        self._trickle(self.callee, self.caller)

    @staticmethod
    def _trickle(source: RTCPeerConnection, target: RTCPeerConnection) -> None:
        early: list[Any] = []

        async def add(event: Any) -> None:
            if event.candidate is None or target.signalingState == "closed":
                return
            if target.remoteDescription is None:
                early.append(event.candidate)
                return
            early.append(event.candidate)
            await flush(event)

        source.addEventListener("icecandidate", add)

        async def flush(_: Any) -> None:
            # Either peer may be closed while candidates are on their way.
            with contextlib.suppress(InvalidStateError):
                while early and target.remoteDescription is not None:
                    await target.addIceCandidate(early.pop(0))

        target.addEventListener("signalingstatechange", flush)

    async def negotiate(self) -> None:
        """One round of offer and answer from the caller."""
        await self.caller.setLocalDescription()
        assert self.caller.localDescription is not None
        await self.callee.setRemoteDescription(self.caller.localDescription)
        await self.callee.setLocalDescription()
        assert self.callee.localDescription is not None
        await self.caller.setRemoteDescription(self.callee.localDescription)

    async def connect(self) -> None:
        """Negotiate, and wait until both are connected."""
        await self.negotiate()
        for pc in (self.caller, self.callee):
            await until(pc, "connectionstatechange", lambda pc=pc: pc.connectionState == "connected")

    async def channels(self, label: str = "test", **init: Any) -> tuple[RTCDataChannel, RTCDataChannel]:
        """Two ends of an open channel; connects where that has not happened."""
        announced = asyncio.get_running_loop().create_future()

        def listener(event: Any) -> None:
            if event.channel.label == label and not announced.done():
                announced.set_result(event.channel)

        self.callee.addEventListener("datachannel", listener)
        here = self.caller.createDataChannel(label, init)
        if self.caller.connectionState == "new":
            await self.connect()
        await here.opened()
        there = await announced
        self.callee.removeEventListener("datachannel", listener)
        await there.opened()
        return here, there

    async def close(self) -> None:
        """Close both, and wait for the native side."""
        for pc in (self.caller, self.callee):
            pc.close()
        for pc in (self.caller, self.callee):
            await pc.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def until(target: Any, event: str, condition: Callable[[], bool], timeout: float = 20) -> None:
    """Wait until ``condition`` holds, looking again after each event."""
    changed = asyncio.Event()

    def listener(_: Any) -> None:
        changed.set()

    target.addEventListener(event, listener)
    try:
        async with asyncio.timeout(timeout):
            while not condition():
                changed.clear()
                await changed.wait()
    finally:
        target.removeEventListener(event, listener)


async def next_event(target: Any, event: str, timeout: float = 20) -> Any:
    """The next event of a type."""
    future = asyncio.get_running_loop().create_future()
    target.addEventListener(event, lambda e: future.done() or future.set_result(e), once=True)
    async with asyncio.timeout(timeout):
        return await future


async def ended(thread: threading.Thread, timeout: float = 20) -> None:
    """Wait for a thread, and let the loop go on meanwhile."""
    async with asyncio.timeout(timeout):
        while thread.is_alive():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def pushing(push: Callable[[], object], interval: float) -> AsyncIterator[None]:
    """Call ``push`` again and again meanwhile: a camera, a microphone."""

    async def run() -> None:
        while True:
            push()
            await asyncio.sleep(interval)

    task = asyncio.ensure_future(run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

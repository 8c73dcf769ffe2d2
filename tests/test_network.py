"""Two hosts with a cable between them: what a call goes through when the network changes.

Each host is a network namespace of Linux with a process of its own (host.py); signalling goes through this
one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

HOST = Path(__file__).parent / "host.py"


def ip(*arguments: str) -> None:
    """Run ``ip`` of iproute2."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Host:
    """A process with one peer, and what it told."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.link = "cable"
        self.peer: Host | None = None
        self.states: list[str] = []  # of ICE
        self.connection_states: list[str] = []
        self.candidates: list[str] = []
        self.messages: list[str] = []
        self.open = 0
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Run it."""
        self._process = await asyncio.create_subprocess_exec(
            "ip",
            "netns",
            "exec",
            self.namespace,
            sys.executable,
            HOST,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            limit=2**24,
        )
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> int:
        """Let it close its connection; its exit status."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._reading
        return await self._process.wait()

    def tell(self, **command: Any) -> None:
        """Give a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def set(self, *arguments: str) -> None:
        """Change its end of the cable, or its address there."""
        ip("-netns", self.namespace, *arguments, "dev", self.link)

    async def until(self, condition: Callable[[], bool], timeout: float = 45) -> None:
        """Wait for something that it tells."""
        async with asyncio.timeout(timeout):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            ((name, value),) = json.loads(line).items()
            if name == "iceConnectionState":
                self.states.append(value)
            elif name == "connectionState":
                self.connection_states.append(value)
            elif name == "message":
                self.messages.append(value)
            elif name == "open":
                self.open += 1
            elif name in ("description", "candidate"):
                if name == "candidate" and value:
                    self.candidates.append(value["candidate"])
                assert self.peer is not None
                self.peer.tell(**{name: value})
            self._changed.set()


@contextlib.contextmanager
def namespaces() -> Any:
    """Two of them, and a cable from one to the other; skips where this machine has none."""
    if shutil.which("ip") is None:
        pytest.skip("there is no ip (iproute2)")
    names = [f"pywebrtc-{os.getpid()}-{end}" for end in "ab"]
    try:
        for name in names:
            ip("netns", "add", name)
        ip(
            "link",
            "add",
            "cable",
            "netns",
            names[0],
            "type",
            "veth",
            "peer",
            "name",
            "cable",
            "netns",
            names[1],
        )
    except subprocess.CalledProcessError as error:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    try:
        yield names
    finally:
        for name in names:
            ip("netns", "del", name)


@pytest.fixture
async def call() -> AsyncIterator[tuple[Host, Host]]:
    """Two hosts in a call with a data channel. At the end they hang up, and must do so well."""
    with namespaces() as names:
        hosts = a, b = Host(names[0]), Host(names[1])
        a.peer, b.peer = b, a
        for number, host in enumerate(hosts, 1):
            host.set("address", "add", f"10.77.0.{number}/24")
            host.set("link", "set", "up")
        for host in hosts:
            await host.start()
        try:
            a.tell(channel="test")
            a.tell(offer=None)
            for host in hosts:
                await host.until(lambda host=host: host.open == 1 and "connected" in host.connection_states)
            yield a, b
        finally:
            statuses = [await host.stop() for host in hosts]
        assert statuses == [0, 0]


async def exchange(a: Host, b: Host, text: str) -> None:
    """Both ways, as the channel is reliable: whatever was lost meanwhile comes too."""
    for sender, receiver in ((a, b), (b, a)):
        sender.tell(send=text)
        await receiver.until(lambda receiver=receiver: receiver.messages[-1:] == [text])


def without_completed(states: list[str]) -> list[str]:
    """The controlling side may be "completed" as well as "connected" where things are well."""
    well = ["connected" if state == "completed" else state for state in states]
    return [state for state, before in zip(well, ["", *well], strict=False) if state != before]


# ICE may be "completed" a moment after it is "connected": so the logs begin with the call, and tell both as
# one.
CALL_ICE, CALL = ["checking", "connected"], ["connecting", "connected"]


async def test_link_down_and_up(call):
    a, b = call
    await exchange(a, b, "before")
    a.set("link", "set", "down")
    for host in call:
        await host.until(lambda host=host: "disconnected" in host.connection_states)
    a.tell(send="sent while it was down")
    a.set("link", "set", "up")
    for host in call:
        await host.until(lambda host=host: host.connection_states[-1] == "connected")
        assert without_completed(host.states) == [*CALL_ICE, "disconnected", "connected"]
        assert host.connection_states == [*CALL, "disconnected", "connected"]
    await exchange(a, b, "after")
    assert b.messages == ["before", "sent while it was down", "after"]


async def test_link_down_until_it_fails_then_an_ice_restart(call):
    a, b = call
    a.set("link", "set", "down")
    for host in call:
        await host.until(lambda host=host: host.connection_states[-1] == "failed")
        assert without_completed(host.states) == [*CALL_ICE, "disconnected", "failed"]
        assert host.connection_states == [*CALL, "disconnected", "failed"]
    a.set("link", "set", "up")
    a.tell(restart=None)
    for host in call:
        await host.until(lambda host=host: host.connection_states[-1] == "connected")
        assert without_completed(host.states)[4:] == ["checking", "connected"]
        assert host.connection_states[4:] == ["connecting", "connected"]
    await exchange(a, b, "after")


async def test_another_address_and_an_ice_restart(call):
    a, b = call
    for host in call:
        host.candidates.clear()
    a.set("address", "del", "10.77.0.1/24")
    a.set("address", "add", "10.77.0.3/24")
    await b.until(lambda: "disconnected" in b.states)
    a.tell(restart=None)
    for host in call:
        await host.until(lambda host=host: host.connection_states[-1] == "connected")
    await exchange(a, b, "after")
    assert any(" 10.77.0.3 " in candidate for candidate in a.candidates)
    assert not any(" 10.77.0.1 " in candidate for candidate in a.candidates)

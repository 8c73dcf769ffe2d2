"""Whole calls, by perfect negotiation (https://w3c.github.io/webrtc-pc/#perfect-negotiation-example): the log of
their events is the one that the specification prescribes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import pytest
from harness import until
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import OperationError


class Side:
    """One end, with the code of the specification's example, and the log of what happens there.

    The logs hold what signalling has prescribed an order for: not the states of ICE and DTLS, nor candidates, which
    come when the network has them.
    """

    def __init__(self, polite: bool) -> None:
        self.polite = polite
        self.pc = RTCPeerConnection()
        self.peer: Side
        self.log: list[str] = []
        self.making_offer = False
        self.ignore_offer = False
        self.is_setting_remote_answer_pending = False
        self.held: list[dict[str, Any]] | None = None
        self.running: set[asyncio.Task[None]] = set()
        self.pc.onnegotiationneeded = self._negotiate
        self.pc.onsignalingstatechange = lambda _: self.log.append(self.pc.signalingState)
        self.pc.onicecandidate = lambda event: self._send({"candidate": event.candidate})
        self.pc.ontrack = lambda event: self.log.append(f"track {event.transceiver.mid}")
        self.pc.ondatachannel = lambda event: self.log.append(f"datachannel {event.channel.label}")

    async def _negotiate(self, _: object) -> None:
        self.log.append("negotiationneeded")
        try:
            self.making_offer = True
            await self.pc.setLocalDescription()
            self._send({"description": self.pc.localDescription})
        finally:
            self.making_offer = False

    async def _receive(self, description: Any = None, candidate: Any = None) -> None:
        if description is not None:
            # An offer may come in while we are busy processing an answer: then it waits in the chain.
            ready_for_offer = not self.making_offer and (
                self.pc.signalingState == "stable" or self.is_setting_remote_answer_pending
            )
            self.ignore_offer = not self.polite and description.type == "offer" and not ready_for_offer
            if self.ignore_offer:
                self.log.append("ignored")
                return
            self.is_setting_remote_answer_pending = description.type == "answer"
            await self.pc.setRemoteDescription(description)
            self.is_setting_remote_answer_pending = False
            if description.type == "offer":
                await self.pc.setLocalDescription()
                self._send({"description": self.pc.localDescription})
        else:
            try:
                await self.pc.addIceCandidate(candidate)
            except OperationError as error:
                # The end of gathering for a description that another one has replaced meanwhile.
                if not self.ignore_offer and "usernameFragment" not in str(error):
                    raise

    def _send(self, message: dict[str, Any]) -> None:
        if self.held is not None:
            self.held.append(message)
        else:
            # As by a browser's socket: a task for each message, in their order, none waits for the one before.
            task = asyncio.get_running_loop().create_task(self.peer._receive(**message))
            self.peer.running.add(task)
            task.add_done_callback(self.peer.running.discard)

    def hold(self) -> None:
        """What is sent from now on stays on the way until :meth:`release`."""
        self.held = []

    def release(self) -> None:
        """Let it arrive."""
        held, self.held = self.held, None
        for message in held or []:
            self._send(message)


class Call:
    """Two sides; the impolite one is the one that calls in the browser's example too."""

    def __init__(self) -> None:
        self.impolite, self.polite = self.sides = Side(False), Side(True)
        self.impolite.peer, self.polite.peer = self.polite, self.impolite

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for side in self.sides:
            side.pc.close()
        for side in self.sides:
            if side.running:
                await asyncio.wait(side.running)
            await side.pc.wait_closed()

    async def log(self, impolite: list[str], polite: list[str]) -> None:
        """Wait until that has happened, and nothing else."""
        expected = {self.impolite: impolite, self.polite: polite}
        for side, events in expected.items():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(20):
                    while len(side.log) < len(events) or side.running:
                        await asyncio.sleep(0.001)
        # Whatever else is to be fired: a round through both mailboxes, and the loop's turn.
        for side in self.sides:
            await side.pc.getStats()
        await asyncio.sleep(0)
        assert {"impolite": self.impolite.log, "polite": self.polite.log} == {"impolite": impolite, "polite": polite}
        for side in self.sides:
            side.log.clear()
            assert side.pc.signalingState == "stable"

    async def connected(self) -> None:
        """Wait until media and messages flow."""
        for side in self.sides:
            pc = side.pc
            await until(pc, "connectionstatechange", lambda pc=pc: pc.connectionState == "connected")

    async def glare(self, *changes: Callable[[], object]) -> None:
        """Make changes on both sides, such that the offers cross."""
        for side in self.sides:
            side.hold()
        for change in changes:
            change()
        for side in self.sides:
            await until(
                side.pc, "signalingstatechange", lambda side=side: side.pc.signalingState == "have-local-offer"
            )
        for side in self.sides:
            side.release()


OFFERS = ["negotiationneeded", "have-local-offer", "stable"]
ANSWERS = ["have-remote-offer", "stable"]


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    async with Call() as call:
        yield call


async def test_glare(call):
    """Both restart ICE: the polite side takes its offer back, and its answer restarts as well."""
    a, b = call.impolite.pc, call.polite.pc
    a.createDataChannel("data")
    await call.log(OFFERS, [*ANSWERS, "datachannel data"])
    await call.connected()
    for _ in range(200):
        await call.glare(a.restartIce, b.restartIce)
        await call.log(
            ["negotiationneeded", "have-local-offer", "ignored", "stable"],
            ["negotiationneeded", "have-local-offer", "stable", *ANSWERS],
        )

"""Whole calls, by perfect negotiation: the log of their events is the one that the specification prescribes.

https://w3c.github.io/webrtc-pc/#perfect-negotiation-example
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Self

import numpy as np
import pytest
from harness import next_event, until
from pywebrtc import AudioSource, MediaStream, MediaStreamTrack, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import InvalidStateError, OperationError


class Side:
    """One end, with the code of the specification's example, and the log of what happens there.

    The logs hold what has a prescribed order: not the states of ICE and DTLS, nor candidates, which come when
    the network has them.
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
        self.pc.ontrack = lambda _: self.log.append("track")
        self.pc.ondatachannel = lambda event: self.log.append(f"datachannel {event.channel.label}")

    async def _negotiate(self, _: object) -> None:
        self.log.append("negotiationneeded")
        try:
            self.making_offer = True
            await self.pc.setLocalDescription()
            self._send({"description": self.pc.localDescription})
        finally:
            self.making_offer = False

    async def _deliver(self, message: dict[str, Any]) -> None:
        try:
            await self._receive(**message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the log has it
            # What was on its way when the call ended may find the connection closed.
            if self.pc.signalingState != "closed":
                self.log.append(repr(error))

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
            except (InvalidStateError, OperationError) as error:
                # The end of gathering for a description that another one has replaced meanwhile.
                if not self.ignore_offer and "usernameFragment" not in str(error):
                    raise

    def _send(self, message: dict[str, Any]) -> None:
        if self.held is not None:
            self.held.append(message)
        else:
            # As by a browser's socket: a task for each message, in their order, none waits for another.
            task = asyncio.get_running_loop().create_task(self.peer._deliver(message))
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

    def forget(self) -> None:
        """It never arrives."""
        self.held = None


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
                    while len(side.log) < len(events) or side.running:  # noqa: ASYNC110 - many things end it
                        await asyncio.sleep(0.001)
        # Whatever else is to be fired: a round through both mailboxes, and the loop's turn.
        for side in self.sides:
            await side.pc.getStats()
        await asyncio.sleep(0)
        assert {"impolite": self.impolite.log, "polite": self.polite.log} == {
            "impolite": impolite,
            "polite": polite,
        }
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
                side.pc,
                "signalingstatechange",
                lambda side=side: side.pc.signalingState == "have-local-offer",
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
    for _ in range(50):
        await call.glare(a.restartIce, b.restartIce)
        await call.log(
            ["negotiationneeded", "have-local-offer", "ignored", "stable"],
            ["negotiationneeded", "have-local-offer", "stable", *ANSWERS],
        )


async def test_glare_of_media(call):
    """Both add media at once, and stop it again: what the polite side took back, it offers again."""
    added: list[Any] = []

    def add(pc: RTCPeerConnection) -> None:
        added.append(pc.addTransceiver("audio"))

    for _ in range(100):
        added.clear()
        await call.glare(*[partial(add, side.pc) for side in call.sides])
        answers = ["have-remote-offer", "track", "stable"]
        await call.log(
            ["negotiationneeded", "have-local-offer", "ignored", "stable", *answers],
            ["negotiationneeded", "have-local-offer", "stable", *answers, *OFFERS],
        )
        for side in call.sides:
            directions = {t.currentDirection for t in side.pc.getTransceivers()}
            assert directions == {"sendonly", "recvonly"}
        # An answer does not stop: what is [[Stopping]] waits for an offer of its own side.
        await call.glare(*[transceiver.stop for transceiver in added])
        await call.log(
            ["negotiationneeded", "have-local-offer", "ignored", "stable", *ANSWERS],
            ["negotiationneeded", "have-local-offer", "stable", *ANSWERS, *OFFERS],
        )
        for side in call.sides:
            assert side.pc.getTransceivers() == []
    # Media descriptions of stopped transceivers were used again.
    assert call.polite.pc.localDescription.sdp.count("m=") == 2


async def test_a_whole_call(call):
    """Set up, add, replace, remove, roll back, restart, stop, close."""
    a, b = call.impolite.pc, call.polite.pc
    camera, screen, microphone = VideoSource(), VideoSource(screencast=True), AudioSource()
    stream = MediaStream([camera.track, microphone.track])

    # Set up
    tracks: dict[str, MediaStreamTrack] = {}
    b.addEventListener("track", lambda event: tracks.setdefault(event.track.kind, event.track))
    video, _ = a.addTrack(camera.track, stream), a.addTrack(microphone.track, stream)
    channel = a.createDataChannel("data")
    await call.connected()
    await channel.opened()
    await call.log(OFFERS, ["have-remote-offer", "track", "track", "stable", "datachannel data"])
    await shows(tracks["video"], camera, 60)

    # Add: the other way, in the media description that is there
    answering = VideoSource()
    sender = b.addTrack(answering.track)
    await call.log(["have-remote-offer", "track", "stable"], OFFERS)
    assert [t.currentDirection for t in a.getTransceivers()] == ["sendrecv", "sendonly"]
    await shows(a.getTransceivers()[0].receiver.track, answering, 200)

    # Replace: nobody negotiates
    await video.replaceTrack(screen.track)
    await shows(tracks["video"], screen, 120)
    await call.log([], [])

    # Remove
    tracks["video"].addEventListener("mute", lambda _: call.polite.log.append("mute"))
    a.removeTrack(video)
    await call.log(OFFERS, ["have-remote-offer", "mute", "stable"])
    assert [t.currentDirection for t in a.getTransceivers()] == ["recvonly", "sendonly"]
    assert video.track is None

    # Roll back: what was offered is offered once more
    call.impolite.hold()
    transceiver = a.addTransceiver("audio", {"direction": "sendonly"})
    await until(a, "signalingstatechange", lambda: a.signalingState == "have-local-offer")
    await asyncio.sleep(0)
    call.impolite.forget()
    await a.setLocalDescription({"type": "rollback"})
    await call.log(
        ["negotiationneeded", "have-local-offer", "stable", *OFFERS], ["have-remote-offer", "track", "stable"]
    )
    assert transceiver.currentDirection == "sendonly"

    # Restart ICE
    before = [pc.localDescription.sdp for pc in (a, b)]
    b.restartIce()
    await call.log(ANSWERS, OFFERS)
    for pc, sdp in zip((a, b), before, strict=True):
        old, new = (set(re.findall("a=ice-ufrag:(.*)", text)) for text in (sdp, pc.localDescription.sdp))
        assert not old & new
        await until(
            pc, "iceconnectionstatechange", lambda pc=pc: pc.iceConnectionState in ("connected", "completed")
        )

    # Stop
    other = b.getTransceivers()[2]
    ended = asyncio.ensure_future(next_event(other.receiver.track, "ended"))
    transceiver.stop()
    await call.log(OFFERS, ANSWERS)
    await ended
    assert transceiver not in a.getTransceivers()
    assert other not in b.getTransceivers()
    assert (transceiver.currentDirection, other.currentDirection) == ("stopped", "stopped")

    # Close: no event here, and the channel's there
    received = asyncio.ensure_future(anext(channel, "closed"))
    assert sender.track is answering.track
    b.close()
    assert await asyncio.wait_for(received, 20) == "closed"
    assert (b.signalingState, b.connectionState, b.iceConnectionState) == ("closed", "closed", "closed")
    assert (call.impolite.log, call.polite.log) == ([], [])


async def shows(track: MediaStreamTrack, source: VideoSource, level: int) -> None:
    """Push grey pictures until one is received that is as light."""
    reader = track.frames(maxsize=1)
    picture = np.full((120, 160, 3), level, np.uint8)

    async def push() -> None:
        while True:
            source.push(picture)
            await asyncio.sleep(0.03)

    pushing = asyncio.ensure_future(push())
    try:
        async with asyncio.timeout(20):
            while abs(int((await reader.recv()).to_ndarray("rgb24").mean()) - level) > 5:
                pass
    finally:
        pushing.cancel()

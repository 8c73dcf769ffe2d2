"""A call between Python and a page, with perfect negotiation on both sides."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from harness import until
from interop.browser import Tab
from pywebrtc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCRtpTransceiver
from pywebrtc.exceptions import InvalidStateError, OperationError

OFFERERS = ("python", "browser")


class Call:
    """Descriptions and candidates go from one to the other, in order. By default Python is impolite."""

    def __init__(
        self,
        tab: Tab,
        configuration: Any = None,
        *,
        options: Any = None,
        automatic: bool = False,
        polite: bool = False,
        trickle: bool = True,
    ) -> None:
        self.tab = tab
        self._tracks: asyncio.Queue[Any] = asyncio.Queue()
        self._channels: asyncio.Queue[Any] = asyncio.Queue()
        self._init = (configuration, options)
        self._automatic = automatic
        self._polite = polite
        self._trickle = trickle
        self._offering = self._ignoring = False
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()
        self._outbox: asyncio.Queue[Any] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self.tab.on_signal = self._inbox.put_nowait
        page = {"automatic": self._automatic, "polite": not self._polite, "trickle": self._trickle}
        await self.tab.evaluate("options => start({}, options)", page)
        configuration, options = self._init
        self.pc = RTCPeerConnection(configuration, options=options)
        self.pc.ontrack = lambda event: self._tracks.put_nowait(event.track)
        self.pc.ondatachannel = lambda event: self._channels.put_nowait(event.channel)
        if self._trickle:
            self.pc.onicecandidate = lambda event: self._tell(
                candidate=event.candidate and event.candidate.toJSON()
            )
        if self._automatic:
            self.pc.onnegotiationneeded = lambda _: self._offer()
        self._running = [asyncio.ensure_future(work()) for work in (self._listen, self._talk)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._running:
            task.cancel()
        failed = await asyncio.gather(*self._running, return_exceptions=True)
        self.pc.close()
        await self.pc.wait_closed()
        # Why a test that waits in vain did: what one said to the other could not be applied.
        for error in failed:
            if not isinstance(error, asyncio.CancelledError):
                raise error

    async def track(self) -> Any:
        """The next that the page sends."""
        async with asyncio.timeout(20):
            return await self._tracks.get()

    async def channel(self) -> Any:
        """The next that the page makes."""
        async with asyncio.timeout(20):
            return await self._channels.get()

    async def offer(self) -> None:
        """Python offers; until the answer is there."""
        await self._offer()
        await self.stable()

    async def invite(self) -> None:
        """The page offers; until its answer is there."""
        await self.tab.evaluate("offer()")
        await self.tab.evaluate("until(() => pc.signalingState === 'stable')")
        await self.stable()

    async def negotiate(self, offerer: str) -> None:
        """One round of offer and answer."""
        await (self.offer() if offerer == "python" else self.invite())

    def send(self, track: MediaStreamTrack, codec: str | None = None) -> RTCRtpTransceiver:
        """Python sends a track; with a codec, in that one, which only the offerer can choose."""
        sender = self.pc.addTrack(track)
        (transceiver,) = (each for each in self.pc.getTransceivers() if each.sender is sender)
        if codec is not None:
            capabilities = RTCRtpSender.getCapabilities(track.kind)
            mime = f"{track.kind}/{codec}".lower()
            transceiver.setCodecPreferences(
                [each for each in capabilities.codecs if each.mimeType.lower() == mime]
            )
        return transceiver

    async def codecs(self) -> list[str]:
        """The codecs in which each end sends and receives, as it says itself: four for media both ways."""
        report = (await self.pc.getStats()).to_dict()
        page = {each["id"]: each for each in await self.tab.evaluate("stats()")}
        return [
            stats[stream["codecId"]]["mimeType"].partition("/")[2]
            for stats in (report, page)
            for stream in stats.values()
            if stream["type"] in ("inbound-rtp", "outbound-rtp")
        ]

    async def stable(self) -> None:
        await until(self.pc, "signalingstatechange", lambda: self.pc.signalingState == "stable")

    async def connected(self) -> None:
        await until(self.pc, "connectionstatechange", lambda: self.pc.connectionState == "connected")
        await self.tab.evaluate("until(() => pc.connectionState === 'connected')")

    async def all_told(self) -> None:
        """Python has said all that it has to say."""
        await until(self.pc, "icegatheringstatechange", lambda: self.pc.iceGatheringState == "complete")
        await self._outbox.join()

    async def _offer(self) -> None:
        self._offering = True
        try:
            await self._describe()
        finally:
            self._offering = False

    async def _describe(self) -> None:
        await self.pc.setLocalDescription()
        if not self._trickle:
            await until(self.pc, "icegatheringstatechange", lambda: self.pc.iceGatheringState == "complete")
        assert self.pc.localDescription is not None
        self._tell(description=self.pc.localDescription.toJSON())

    def _tell(self, **message: Any) -> None:
        self._outbox.put_nowait(message)

    async def _talk(self) -> None:
        while True:
            await self.tab.evaluate("hear", await self._outbox.get())
            self._outbox.task_done()

    async def _listen(self) -> None:
        while True:
            await self._hear(**await self._inbox.get())

    async def _hear(self, description: Any = None, candidate: Any = None) -> None:
        if self.pc.signalingState == "closed":
            return
        if description is not None:
            collision = description["type"] == "offer" and (
                self._offering or self.pc.signalingState != "stable"
            )
            self._ignoring = not self._polite and collision
            if self._ignoring:
                return
            await self.pc.setRemoteDescription(description)
            if description["type"] == "offer":
                await self._describe()
            return
        try:
            await self.pc.addIceCandidate(candidate)
        except (InvalidStateError, OperationError):
            # Of an offer that was ignored; or the page goes on telling while Python closes.
            if not self._ignoring and self.pc.signalingState != "closed":
                raise

"""One visitor: the camera comes, goes through numpy and back; chat and statistics go over data channels."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web
from effects import EFFECTS
from pywebrtc import (
    MediaStreamTrack,
    RTCDataChannel,
    RTCDataChannelEvent,
    RTCPeerConnection,
    RTCPeerConnectionIceEvent,
    RTCTrackEvent,
    VideoSource,
)
from pywebrtc.exceptions import InvalidStateError, OperationError


class Visitor:
    """A connection to one page; ``room`` has all visitors."""

    def __init__(self, socket: web.WebSocketResponse, room: set[Visitor]) -> None:
        self._socket = socket
        self._room = room
        self._pc = RTCPeerConnection()
        self._effect = "none"
        self._chat: RTCDataChannel | None = None
        self._making_offer = self._ignore_offer = False

    async def serve(self) -> None:
        """Until the page goes away."""
        self._room.add(self)
        self._pc.onicecandidate = self._tell_candidate
        self._pc.onnegotiationneeded = self._offer
        self._pc.ontrack = self._video
        self._pc.ondatachannel = self._channel
        try:
            async with self._pc:
                async for message in self._socket:
                    await self._hear(**json.loads(message.data))
        finally:
            self._room.discard(self)
            self._say_to_all("python: somebody left")

    # Signalling: perfect negotiation, of which this is the impolite side
    # (https://w3c.github.io/webrtc-pc/#perfect-negotiation-example).

    async def _tell(self, **message: Any) -> None:
        with contextlib.suppress(ConnectionError):  # the page has gone: serve() hears of it
            await self._socket.send_json(message)

    async def _tell_candidate(self, event: RTCPeerConnectionIceEvent) -> None:
        await self._tell(candidate=event.candidate and event.candidate.toJSON())

    async def _offer(self, _: object) -> None:
        self._making_offer = True
        try:
            await self._describe()
        finally:
            self._making_offer = False

    async def _describe(self) -> None:
        await self._pc.setLocalDescription()
        if self._pc.localDescription is not None:
            await self._tell(description=self._pc.localDescription.toJSON())

    async def _hear(self, description: Any = None, candidate: Any = None) -> None:
        if description is not None:
            offered = description["type"] == "offer"
            self._ignore_offer = offered and (self._making_offer or self._pc.signalingState != "stable")
            if self._ignore_offer:
                return
            await self._pc.setRemoteDescription(description)
            if offered:
                await self._describe()
            return
        try:
            await self._pc.addIceCandidate(candidate)
        except (InvalidStateError, OperationError):
            if not self._ignore_offer:  # else it is a candidate of the offer that was ignored
                raise

    # Media

    async def _video(self, event: RTCTrackEvent) -> None:
        """The camera, there and back: the track is in the answer, for the offer has not been answered yet."""
        source = VideoSource()
        self._pc.addTrack(source.track, *event.streams)
        await self._process(event.track, source)

    async def _process(self, camera: MediaStreamTrack, source: VideoSource) -> None:
        # Of pictures that wait only the newest counts: what takes too long costs pictures, not time.
        async for frame in camera.frames(maxsize=1):
            pixels = frame.to_ndarray(format="rgb24")
            # In a thread: the event loop has others to serve.
            changed = await asyncio.to_thread(EFFECTS[self._effect], pixels)
            source.push(changed, format="rgb24")

    # Data

    async def _channel(self, event: RTCDataChannelEvent) -> None:
        if event.channel.label == "chat":
            self._chat = event.channel
            self._say_to_all(f"python: welcome, {len(self._room) - 1 or 'nobody'} else is here")
            async for text in event.channel:
                self._say_to_all(text)
        elif event.channel.label == "control":
            reporting = asyncio.create_task(self._report(event.channel))
            async for message in event.channel:
                wanted = json.loads(message)["effect"]
                self._effect = wanted if wanted in EFFECTS else "none"
            reporting.cancel()

    def _say_to_all(self, text: str) -> None:
        for visitor in self._room:
            if visitor._chat is not None and visitor._chat.readyState == "open":
                visitor._chat.send(text)

    async def _report(self, channel: RTCDataChannel) -> None:
        """Once a second, what Python's side of the connection looks like: as app.js charts the page's."""
        while channel.readyState == "open":
            report = await self._pc.getStats()
            sent = [each for each in report.of_type("outbound-rtp") if each.kind == "video"]
            pairs = [each for each in report.of_type("candidate-pair") if each.nominated]
            channel.send(
                json.dumps(
                    {
                        "timestamp": next(iter(report.values())).timestamp,
                        "bytes": sum(each.bytesSent or 0 for each in sent),
                        "frames": sum(each.framesEncoded or 0 for each in sent),
                        "roundTrip": max((each.currentRoundTripTime or 0 for each in pairs), default=0),
                    }
                )
            )
            await asyncio.sleep(1)

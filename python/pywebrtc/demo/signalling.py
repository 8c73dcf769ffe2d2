"""What the two processes tell each other before there is a connection: JSON lines over a local socket."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

    from pywebrtc import RTCPeerConnection, RTCPeerConnectionIceEvent, RTCSessionDescription


class Signalling:
    """One end. Descriptions and candidates are handled here; anything else is asked for by its name."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._news: dict[str, asyncio.Future[Any]] = {}

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """To the process that listens at ``path``."""
        return cls(*await asyncio.open_unix_connection(path))

    def send(self, name: str, value: Any) -> None:
        """Tell the other side."""
        self._writer.write(json.dumps({name: value}).encode() + b"\n")

    async def news(self, name: str) -> Any:
        """What the other side told, or will tell, by that name; once."""
        return await self._future(name)

    async def run(self, pc: RTCPeerConnection) -> None:
        """Handle what the other side tells, until it hangs up."""

        def trickle(event: RTCPeerConnectionIceEvent) -> None:
            self.send("candidate", event.candidate and event.candidate.toJSON())

        pc.addEventListener("icecandidate", trickle)
        while line := await self._reader.readline():
            for name, value in json.loads(line).items():
                if name == "candidate":
                    await pc.addIceCandidate(value)
                elif name == "description":
                    await pc.setRemoteDescription(value)
                    if value["type"] == "offer":
                        await self._describe(pc, await pc.createAnswer())
                else:
                    self._future(name).set_result(value)

    async def offer(self, pc: RTCPeerConnection) -> None:
        """Begin the call."""
        await self._describe(pc, await pc.createOffer())

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()

    async def _describe(self, pc: RTCPeerConnection, description: RTCSessionDescription) -> None:
        # Told before it is applied: candidates, which follow from that, are told after it.
        self.send("description", description.toJSON())
        await pc.setLocalDescription(description)

    def _future(self, name: str) -> asyncio.Future[Any]:
        return self._news.setdefault(name, asyncio.get_running_loop().create_future())

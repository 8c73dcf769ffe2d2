"""Signalling over a socket: JSON lines between a server that answers and a client that calls.

Both run in this one program, so that it ends by itself; each is all that its own program would need.
"""

import asyncio
import json

from pywebrtc import RTCDataChannelEvent, RTCPeerConnection


async def talk(
    pc: RTCPeerConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, offer: bool
) -> None:
    """Exchange descriptions and candidates until the other side hangs up."""

    def tell(**what: object) -> None:
        writer.write(json.dumps(what).encode() + b"\n")

    async def describe() -> None:
        description = await (pc.createOffer() if offer else pc.createAnswer())
        # Told before it is applied: candidates, which follow from that, are told after it.
        tell(description=description.toJSON())
        await pc.setLocalDescription(description)

    pc.onicecandidate = lambda event: tell(candidate=event.candidate and event.candidate.toJSON())
    if offer:
        await describe()
    while line := await reader.readline():
        news = json.loads(line)
        if "description" in news:
            await pc.setRemoteDescription(news["description"])
            if not offer:
                await describe()
        else:
            await pc.addIceCandidate(news["candidate"])


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The server's side of a call."""
    async with RTCPeerConnection() as pc:

        @pc.on("datachannel")
        async def greet(event: RTCDataChannelEvent) -> None:
            await event.channel.send("hello, caller")

        await talk(pc, reader, writer, offer=False)
    writer.close()


async def call(port: int) -> None:
    """The client's."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    async with RTCPeerConnection() as pc:
        channel = pc.createDataChannel("greetings")
        talking = asyncio.create_task(talk(pc, reader, writer, offer=True))
        print(await anext(channel))
        writer.write_eof()
        await talking
    writer.close()


async def main() -> None:
    """Server and client in one program."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        await call(server.sockets[0].getsockname()[1])


asyncio.run(main())

"""A data channel: one peer sends, the other sends back."""

import asyncio

from pywebrtc import RTCDataChannelEvent, RTCPeerConnection


async def main() -> None:
    """Two peers in one program."""
    async with RTCPeerConnection() as alice, RTCPeerConnection() as bob:
        channel = alice.createDataChannel("echo")

        @bob.on("datachannel")
        def announced(event: RTCDataChannelEvent) -> None:
            event.channel.onmessage = lambda message: event.channel.send(message.data)

        await negotiate(alice, bob)
        await channel.opened()
        for message in ("hello", b"\x00\x01\x02", "bye"):
            await channel.send(message)
            print(f"sent {message!r}, back came {await anext(channel)!r}")


async def negotiate(caller: RTCPeerConnection, callee: RTCPeerConnection) -> None:
    """Offer and answer, each passed on with all candidates in it; signalling_socket.py lets them trickle."""
    for pc, other in ((caller, callee), (callee, caller)):
        await pc.setLocalDescription()
        await gathered(pc)
        assert pc.localDescription
        await other.setRemoteDescription(pc.localDescription)


async def gathered(pc: RTCPeerConnection) -> None:
    """Wait until all candidates are in the local description."""
    complete = asyncio.Event()
    pc.onicegatheringstatechange = lambda _: pc.iceGatheringState == "complete" and complete.set()
    if pc.iceGatheringState != "complete":
        await complete.wait()


asyncio.run(main())

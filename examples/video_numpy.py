"""Video: numpy arrays go in at one peer and come out at the other."""

import asyncio

import numpy as np
from pywebrtc import RTCPeerConnection, RTCTrackEvent, VideoSource


def picture(number: int) -> np.ndarray:
    """A gradient that moves."""
    pixels = np.zeros((360, 640, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, 640).astype(np.uint8) + number
    return pixels


async def main() -> None:
    """Two peers in one program."""
    async with RTCPeerConnection() as alice, RTCPeerConnection() as bob:
        source = VideoSource()
        alice.addTrack(source.track)
        done = asyncio.Event()

        @bob.on("track")
        async def receive(event: RTCTrackEvent) -> None:
            count = 0
            async for frame in event.track:
                pixels = frame.to_ndarray(format="rgb24")
                count += 1
                if count % 30 == 0:
                    print(f"frame {count}: {pixels.shape}, mean colour {pixels.mean(axis=(0, 1)).round()}")
                if count == 90:
                    done.set()

        await negotiate(alice, bob)
        number = 0
        while not done.is_set():
            source.push(picture(number), format="rgb24")
            number += 1
            await asyncio.sleep(1 / 30)


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

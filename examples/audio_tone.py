"""Audio: a tone goes in as int16 samples, and its loudness is measured where it comes out."""

import asyncio

import numpy as np
from pywebrtc import AudioSource, RTCPeerConnection, RTCTrackEvent

RATE = 48000
TONE = (8000 * np.sin(2 * np.pi * 440 / RATE * np.arange(3 * RATE))).astype(np.int16)


async def main() -> None:
    """Two peers in one program."""
    async with RTCPeerConnection() as alice, RTCPeerConnection() as bob:
        source = AudioSource(sample_rate=RATE, capacity=5)
        alice.addTrack(source.track)

        @bob.on("track")
        async def receive(event: RTCTrackEvent) -> None:
            chunk = []
            async for frame in event.track:
                chunk.append(frame.to_ndarray()[:, 0])  # 10 ms
                if len(chunk) == 50:
                    samples = np.concatenate(chunk).astype(float)
                    crossings = np.count_nonzero(np.diff(samples > 0)) / 2 / 0.5
                    print(f"rms {np.sqrt((samples**2).mean()):5.0f}, about {crossings:.0f} Hz")
                    chunk.clear()

        await negotiate(alice, bob)
        source.push(TONE)  # it leaves at the pace of the clock
        await source.wait_for_playout()
        await asyncio.sleep(0.5)  # the network, and the jitter buffer


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

"""End-to-end encryption: what a server in the middle could read is ciphertext (SFrame, RFC 9605).

pip install 'pywebrtc[sframe]'
python examples/sframe.py
"""

import asyncio
import secrets

import numpy as np
from pywebrtc import (
    RTCPeerConnection,
    RTCRtpSFrameDecryptor,
    RTCRtpSFrameEncryptor,
    RTCTrackEvent,
    VideoSource,
)

SUITE = {"cipherSuite": "AES_128_GCM_SHA256_128"}
# How a key gets to those who may see the call is the program's own affair: never through the server.
KEY, KEY_ID = secrets.token_bytes(16), 1


async def main() -> None:
    """Two peers in one program. Bob has a wrong key at first."""
    camera = VideoSource()
    encryptor, decryptor = RTCRtpSFrameEncryptor(SUITE), RTCRtpSFrameDecryptor(SUITE)
    await encryptor.setEncryptionKey(KEY, KEY_ID)
    await decryptor.addDecryptionKey(secrets.token_bytes(16), KEY_ID)
    async with RTCPeerConnection() as alice, RTCPeerConnection() as bob:
        alice.addTrack(camera.track).transform = encryptor
        seen, refused = asyncio.Event(), asyncio.Event()

        @bob.on("track")
        async def watch(event: RTCTrackEvent) -> None:
            event.receiver.transform = decryptor
            picture = (await event.track.recv()).to_ndarray("rgb24")
            print(f"with the right key: {picture.shape}, mean colour {picture.mean(axis=(0, 1)).round()}")
            seen.set()

        @decryptor.on("error")
        def failed(event: object) -> None:
            refused.set()

        await negotiate(alice, bob)
        showing = asyncio.create_task(show(camera))
        await refused.wait()
        print(f"with a wrong key: {decryptor.counts.failed} frames were refused, none was decoded")
        assert not seen.is_set()
        await decryptor.addDecryptionKey(KEY, KEY_ID)
        await seen.wait()
        showing.cancel()


async def show(camera: VideoSource) -> None:
    """One colour."""
    while True:
        camera.push(np.full((360, 640, 3), (200, 120, 40), np.uint8))
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

"""Records a call of a few seconds: what one peer sends is a file where it arrives.

pip install 'pywebrtc[contrib]'
python examples/record.py [file] [seconds]
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import numpy as np
from pywebrtc import AudioSource, MediaStream, RTCPeerConnection, VideoSource
from pywebrtc.contrib import MediaRecorder, snapshot

RATE = 48000


async def main(file: Path, seconds: float) -> None:
    """Two peers in one program; bob records what alice sends."""
    camera, microphone = VideoSource(), AudioSource(sample_rate=RATE, capacity=seconds + 10)
    async with RTCPeerConnection() as alice, RTCPeerConnection() as bob, MediaRecorder(file) as recorder:
        bob.ontrack = lambda event: recorder.addTrack(event.track)
        # Of one stream: so the recorder, as any receiver, knows that they belong together.
        stream = MediaStream([camera.track, microphone.track])
        for track in stream.getTracks():
            alice.addTrack(track, stream)
        await negotiate(alice, bob)
        showing = asyncio.create_task(show(camera))
        microphone.push(tone(seconds + 5))
        await recorder.start()
        await asyncio.sleep(seconds)
        await recorder.stop()
        await snapshot(bob.getReceivers()[0].track, file.with_suffix(".jpg"))
        showing.cancel()
    for written in (file, file.with_suffix(".jpg")):
        print(f"{written}: {written.stat().st_size} bytes")


async def show(camera: VideoSource) -> None:
    """A stripe that wanders."""
    for number in range(10**9):
        picture = np.full((360, 640, 3), 60, np.uint8)
        picture[:, number * 4 % 600 : number * 4 % 600 + 40] = (250, 200, 40)
        camera.push(picture)
        await asyncio.sleep(1 / 30)


def tone(seconds: float) -> np.ndarray:
    """As int16."""
    return (6000 * np.sin(2 * np.pi * 440 / RATE * np.arange(int(seconds * RATE)))).astype(np.int16)


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


with tempfile.TemporaryDirectory() as folder:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "call.mp4"
    asyncio.run(main(path, float(sys.argv[2]) if len(sys.argv) > 2 else 2))

"""Plays a file into a call, and says what arrives.

    pip install 'pywebrtc[contrib]'
    python examples/play.py [file, URL or device] [format]

Without a file it makes one of two seconds. A camera: ``python examples/play.py /dev/video0 v4l2``.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import numpy as np
from pywebrtc import RTCPeerConnection, RTCTrackEvent, VideoSource
from pywebrtc.contrib import MediaPlayer, MediaRecorder


async def main(file: str | Path, format: str | None) -> None:
    """Two peers in one program; alice plays."""
    player = await MediaPlayer.open(file, format, autoplay=False, timeout=10)
    async with player, RTCPeerConnection() as alice, RTCPeerConnection() as bob:
        for track in (player.audio, player.video):
            if track is not None:
                alice.addTrack(track)
        frames = {"audio": 0, "video": 0}

        @bob.on("track")
        async def count(event: RTCTrackEvent) -> None:
            async for _ in event.track:
                frames[event.track.kind] += 1

        alice.onconnectionstatechange = lambda _: alice.connectionState == "connected" and player.play()
        await negotiate(alice, bob)
        while not player.ended:
            await asyncio.sleep(0.5)
            print(f"{player.position:.1f} s of {player.duration or 0:.1f}: {frames} arrived")


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


async def film(file: Path) -> None:
    """Two seconds of something to play."""
    source = VideoSource()
    async with MediaRecorder(file) as recorder:
        recorder.addTrack(source.track)
        await recorder.start()
        for number in range(60):
            source.push(np.full((360, 640, 3), 4 * number, np.uint8))
            await asyncio.sleep(1 / 30)


with tempfile.TemporaryDirectory() as folder:
    if len(sys.argv) == 1:
        sys.argv.append(f"{folder}/film.mp4")
        asyncio.run(film(Path(sys.argv[1])))
    asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))

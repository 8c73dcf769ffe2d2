"""One of two hosts of tests/test_network.py: a peer in a process of its own, in a network of its own.

Commands and what happens are JSON lines on stdin and stdout.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from pywebrtc import RTCDataChannel, RTCPeerConnection


def tell(**news: Any) -> None:
    """One line to the test."""
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Obey until stdin ends."""
    reader = asyncio.StreamReader(limit=2**24)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    channels: list[RTCDataChannel] = []

    def use(channel: RTCDataChannel) -> None:
        channels.append(channel)
        channel.onopen = lambda _: tell(open=channel.label)
        channel.onmessage = lambda event: tell(message=event.data)
        channel.onclose = lambda _: tell(close=channel.label)

    async with RTCPeerConnection() as pc:
        pc.ondatachannel = lambda event: use(event.channel)
        pc.oniceconnectionstatechange = lambda _: tell(iceConnectionState=pc.iceConnectionState)
        pc.onconnectionstatechange = lambda _: tell(connectionState=pc.connectionState)
        pc.onicecandidate = lambda event: tell(candidate=event.candidate and event.candidate.toJSON())

        async def describe() -> None:
            await pc.setLocalDescription()
            assert pc.localDescription is not None
            tell(description=pc.localDescription.toJSON())

        tell(ready=True)
        while line := await reader.readline():
            ((command, value),) = json.loads(line).items()
            if command == "channel":
                use(pc.createDataChannel(value))
            elif command == "offer":
                await describe()
            elif command == "restart":
                pc.restartIce()
                await describe()
            elif command == "description":
                await pc.setRemoteDescription(value)
                if value["type"] == "offer":
                    await describe()
            elif command == "candidate":
                await pc.addIceCandidate(value)
            elif command == "send":
                channels[0].send(value)
            else:
                raise ValueError(command)


asyncio.run(main())

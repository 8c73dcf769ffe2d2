"""A network between two peers, on loopback: address translation, and packets that get lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, Self

from harness import until
from pywebrtc import RTCPeerConnection

Address = tuple[str, int]


class Nat:
    """A full-cone NAT with one client behind it.

    The client's packets leave from ``outside``. Each peer out there has an address of its own inside, which
    is what the client sees as that peer's and sends to.

    Arguments:
        drop: asked for each packet, either way, whether it gets lost.
    """

    def __init__(self, drop: Callable[[], bool] = lambda: False) -> None:
        self.drop = drop
        self.dropped = 0
        self._client: Address | None = None
        self._inside: dict[Address, asyncio.DatagramTransport] = {}

    async def __aenter__(self) -> Self:
        self._outside = await self._socket(self._from_peer)
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in (self._outside, *self._inside.values()):
            transport.close()

    @property
    def outside(self) -> Address:
        """The client's address for everybody else."""
        return self._outside.get_extra_info("sockname")

    async def inside(self, peer: Address, client: Address | None = None) -> Address:
        """The address of a peer for the client; the client is known when it has sent something."""
        self._client = client or self._client
        transport = await self._socket(lambda data, source: self._from_client(data, source, peer))
        self._inside[peer] = transport
        return transport.get_extra_info("sockname")

    async def connect(self, inner: RTCPeerConnection, outer: RTCPeerConnection) -> None:
        """Have two peers negotiate, with no way between them but this one. ``inner`` is the client."""
        offer = await inner.createOffer()
        await inner.setLocalDescription(offer)
        await outer.setRemoteDescription(offer)
        answer = await outer.createAnswer()
        await outer.setLocalDescription(answer)
        await inner.setRemoteDescription(answer)
        for pc in (inner, outer):
            await until(pc, "icegatheringstatechange", lambda pc=pc: pc.iceGatheringState == "complete")
        await self.inside(_host(outer), _host(inner))
        address, port = self.outside
        candidate = f"candidate:1 1 udp 2122260223 {address} {port} typ host"
        await outer.addIceCandidate({"candidate": candidate, "sdpMLineIndex": 0})

    def _from_client(self, data: bytes, source: Address, peer: Address) -> None:
        self._client = source
        if not self._lost():
            self._outside.sendto(data, peer)

    def _from_peer(self, data: bytes, peer: Address) -> None:
        # Sockets of an address of the machine may use another of its addresses on their way to loopback.
        known = next((inside for known, inside in self._inside.items() if known[1] == peer[1]), None)
        if known is not None and self._client is not None and not self._lost():
            known.sendto(data, self._client)

    def _lost(self) -> bool:
        lost = self.drop()
        self.dropped += lost
        return lost

    @staticmethod
    async def _socket(received: Callable[[bytes, Any], None]) -> asyncio.DatagramTransport:
        class Protocol(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: Any) -> None:
                received(data, addr)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
        return transport


def _host(pc: RTCPeerConnection) -> Address:
    """The first address of IPv4 that a peer has gathered."""
    assert pc.localDescription is not None
    found = re.search(
        r"^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host", pc.localDescription.sdp, re.MULTILINE
    )
    assert found is not None
    return found[1], int(found[2])

"""The receiving end of simulcast: each layer is an m-section of its own for an ordinary receiver.

libwebrtc's receivers take one stream for each m-section, and so do browsers': what receives simulcast is a
server that forwards layers. This one is as small as can be: the sender offers one section with its rids, and
the receiver is told of as many sections, whose mids are these rids, and that the header extension in which
packets carry their rid carries their mid. So packets find their receivers, over real sockets and with nothing
in between.
"""

from __future__ import annotations

import re
from typing import Protocol

from harness import until
from pywebrtc import RTCPeerConnection

_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
_REPAIRED = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"


class Peer(Protocol):
    """One end of a call: a connection of ours, or one in a browser."""

    async def describe(self) -> str:
        """Set a local description, and give it with all candidates in it."""
        ...

    async def hear(self, type: str, sdp: str) -> None:
        """Set a remote description."""
        ...


class Ours:
    """A connection of this process."""

    def __init__(self, pc: RTCPeerConnection) -> None:
        self.pc = pc

    async def describe(self) -> str:
        await self.pc.setLocalDescription()
        await until(self.pc, "icegatheringstatechange", lambda: self.pc.iceGatheringState == "complete")
        assert self.pc.localDescription is not None
        return self.pc.localDescription.sdp

    async def hear(self, type: str, sdp: str) -> None:
        await self.pc.setRemoteDescription({"type": type, "sdp": sdp})


async def connect(sender: RTCPeerConnection, receiver: RTCPeerConnection) -> list[str]:
    """Negotiate as :func:`negotiate` does, and wait until both are connected."""
    rids = await negotiate(Ours(sender), Ours(receiver))
    for pc in (sender, receiver):
        await until(pc, "connectionstatechange", lambda pc=pc: pc.connectionState == "connected")
    return rids


async def negotiate(sender: Peer, receiver: Peer) -> list[str]:
    """Negotiate the one simulcast sender of a peer with one receiver of the other for each layer.

    The layers' rids, in the order of the receiver's transceivers.
    """
    offer = await sender.describe()
    rids = re.findall(r"^a=rid:(\S+) send", offer, re.MULTILINE)
    await receiver.hear("offer", _split(offer, rids))
    await sender.hear("answer", _join(await receiver.describe(), offer, rids))
    return rids


def _extension(sdp: str, uri: str) -> str:
    found = re.search(rf"^a=extmap:(\d+) {re.escape(uri)}", sdp, re.MULTILINE)
    assert found, uri
    return found[1]


def _split(offer: str, rids: list[str]) -> str:
    session, section = re.split(r"(?=^m=)", offer, flags=re.MULTILINE)
    rid_id = _extension(section, _RID)
    section = re.sub(
        rf"a=extmap:\d+ (?:{_MID}|{_REPAIRED})\r\n|a=(?:rid|simulcast|ssrc)\S* .*\r\n", "", section
    )
    section = section.replace(f"a=extmap:{rid_id} {_RID}", f"a=extmap:{rid_id} {_MID}")
    sections = []
    for rid in rids:
        of_layer = re.sub(r"a=mid:\S+", f"a=mid:{rid}", section)
        sections.append(re.sub(r"a=msid:.*", f"a=msid:- {rid}", of_layer))
    return re.sub(r"a=group:BUNDLE .*", "a=group:BUNDLE " + " ".join(rids), session) + "".join(sections)


def _join(answer: str, offer: str, rids: list[str]) -> str:
    session, section, *_ = re.split(r"(?=^m=)", answer, flags=re.MULTILINE)
    mid = re.search(r"a=mid:(\S+)", offer)[1]
    section = re.sub(r"a=mid:\S+", f"a=mid:{mid}", section)
    section = section.replace(f" {_MID}", f" {_RID}")
    section += f"a=extmap:{_extension(offer, _MID)} {_MID}\r\n"
    section += "".join(f"a=rid:{rid} recv\r\n" for rid in rids)
    layers = re.search(r"^a=simulcast:send (\S+)", offer, re.MULTILINE)[1]  # with a ~ where one is paused
    section += f"a=simulcast:recv {layers}\r\n"
    return re.sub(r"a=group:BUNDLE .*", f"a=group:BUNDLE {mid}", session) + section

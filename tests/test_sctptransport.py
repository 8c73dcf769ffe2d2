"""RTCSctpTransport: https://w3c.github.io/webrtc-pc/#rtcsctptransport-interface"""

from __future__ import annotations

import re

import pytest
from harness import until
from pywebrtc import RTCSctpTransport, VideoSource


def test_it_has_no_constructor():
    with pytest.raises(TypeError):
        RTCSctpTransport()


async def test_there_is_none_before_an_answer(peers):
    caller, callee = peers.caller, peers.callee
    assert caller.sctp is None
    caller.createDataChannel("x")
    await caller.setLocalDescription()
    await callee.setRemoteDescription(caller.localDescription)
    assert caller.sctp is callee.sctp is None
    await callee.setLocalDescription()
    assert callee.sctp.state == "connecting"
    assert callee.sctp.maxChannels is None
    await caller.setRemoteDescription(callee.localDescription)
    assert caller.sctp is caller.sctp
    await until(caller.sctp, "statechange", lambda: caller.sctp.state == "connected")


async def test_there_is_none_without_data_channels(peers):
    peers.caller.addTrack(VideoSource().track)
    await peers.connect()
    assert peers.caller.sctp is peers.callee.sctp is None


@pytest.mark.parametrize("media", [False, True])
async def test_it_is_connected_before_channels_are_open(peers, media):
    pc = peers.caller
    log = []
    channel = pc.createDataChannel("x")
    if media:
        pc.addTrack(VideoSource().track)
        pc.addTrack(VideoSource().track)
    channel.onopen = lambda e: log.append(
        ("open", pc.sctp.state, pc.sctp.transport.state, pc.connectionState)
    )
    await peers.negotiate()
    sctp = pc.sctp
    sctp.onstatechange = lambda e: log.append(("statechange", sctp.state))
    await channel.opened()
    assert log == [("statechange", "connected"), ("open", "connected", "connected", "connected")]
    assert 0 < sctp.maxChannels <= 65535
    assert pc.sctp is sctp


@pytest.mark.parametrize(("line", "size"), [("", 65536), ("a=max-message-size:1000\r\n", 1000)])
async def test_the_size_of_messages_is_what_the_remote_peer_takes(peers, line, size):
    caller, callee = peers.caller, peers.callee
    channel = caller.createDataChannel("x")
    await caller.setLocalDescription()
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription()
    sdp = callee.localDescription.sdp
    own = next(part for part in sdp.splitlines(keepends=True) if part.startswith("a=max-message-size"))
    await caller.setRemoteDescription({"type": "answer", "sdp": sdp.replace(own, line)})
    assert caller.sctp.maxMessageSize == size
    await channel.opened()
    channel.send(b"x" * size)
    with pytest.raises(TypeError):
        channel.send(b"x" * (size + 1))


async def test_it_closes_with_the_connection_without_an_event(peers):
    await peers.channels()
    here, there = peers.caller.sctp, peers.callee.sctp
    fired = []
    here.onstatechange = fired.append
    peers.caller.close()
    assert here.state == "closed"
    assert peers.caller.sctp is here
    await until(there, "statechange", lambda: there.state == "closed")
    await peers.caller.wait_closed()
    assert fired == []


async def test_an_answer_that_rejects_data_takes_it_away(peers):
    await peers.channels()
    sctp = peers.caller.sctp
    await peers.caller.setLocalDescription()
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    await peers.callee.setLocalDescription()
    sdp = re.sub("m=application \\d+", "m=application 0", peers.callee.localDescription.sdp)
    await peers.caller.setRemoteDescription({"type": "answer", "sdp": sdp})
    assert peers.caller.sctp is None
    assert sctp.state == "closed"

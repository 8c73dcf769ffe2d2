"""RTCDtlsTransport: https://w3c.github.io/webrtc-pc/#rtcdtlstransport-interface"""

from __future__ import annotations

import hashlib
import re

import pytest
from harness import until
from pywebrtc import RTCDtlsTransport, RTCErrorEvent, VideoSource


def test_it_has_no_constructor():
    with pytest.raises(TypeError):
        RTCDtlsTransport()


async def test_bundled_media_and_data_share_one_object(peers):
    sender = peers.caller.addTrack(VideoSource().track)
    receiver = peers.caller.getReceivers()[0]
    assert sender.transport is receiver.transport is None
    await peers.channels()
    transport = peers.caller.sctp.transport
    assert sender.transport is receiver.transport is transport
    assert transport.iceTransport is transport.iceTransport
    await peers.negotiate()
    assert sender.transport is peers.caller.sctp.transport is transport


async def test_remote_certificates_are_those_of_the_fingerprint(peers):
    await peers.channels()
    for pc in (peers.caller, peers.callee):
        [certificate] = pc.sctp.transport.getRemoteCertificates()
        [fingerprint] = set(re.findall("a=fingerprint:sha-256 (.*)\r\n", pc.remoteDescription.sdp))
        assert hashlib.sha256(certificate).hexdigest() == fingerprint.replace(":", "").lower()


async def test_states_and_the_order_of_events(peers):
    pc = peers.caller
    log = []
    pc.createDataChannel("x")
    await pc.setLocalDescription()
    [transport] = pc._transports._dtls.values()
    assert transport.getRemoteCertificates() == []
    transport.onstatechange = lambda e: log.append((transport.state, pc.connectionState))
    pc.onconnectionstatechange = lambda e: log.append((transport.state, pc.connectionState))
    await peers.callee.setRemoteDescription(pc.localDescription)
    await peers.callee.setLocalDescription()
    await pc.setRemoteDescription(peers.callee.localDescription)
    await until(pc, "connectionstatechange", lambda: pc.connectionState == "connected")
    assert log == [
        ("new", "connecting"),
        ("connecting", "connecting"),
        # The state of the connection follows in a task of its own.
        ("connected", "connecting"),
        ("connected", "connected"),
    ]
    assert len(transport.getRemoteCertificates()) == 1


async def test_a_wrong_fingerprint_is_an_error(peers):
    caller, callee = peers.caller, peers.callee
    caller.createDataChannel("x")
    await caller.setLocalDescription()
    await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription()
    sdp = re.sub(
        "(a=fingerprint:sha-256 )(..)",
        lambda m: m[1] + ("00" if m[2] != "00" else "11"),
        callee.localDescription.sdp,
    )
    [transport] = caller._transports._dtls.values()
    log = []
    transport.onerror = lambda e: log.append((e, transport.state))
    transport.onstatechange = lambda e: log.append((e, transport.state))
    await caller.setRemoteDescription({"type": "answer", "sdp": sdp})
    await until(caller, "connectionstatechange", lambda: caller.connectionState == "failed")
    assert transport.state == "failed"
    assert transport.getRemoteCertificates() == []
    (error, state), (change, _) = log[-2:]
    assert isinstance(error, RTCErrorEvent)
    assert (error.type, change.type, state) == ("error", "statechange", "failed")
    assert error.error.errorDetail == "fingerprint-failure"


async def test_closing_fires_nothing_here_and_something_there(peers):
    await peers.channels()
    here, there = peers.caller.sctp.transport, peers.callee.sctp.transport
    fired = []
    here.onstatechange = here.onerror = fired.append
    peers.caller.close()
    assert here.state == "closed"
    # The close_notify alert.
    await until(there, "statechange", lambda: there.state == "closed")
    await peers.caller.wait_closed()
    assert fired == []

"""RTCIceTransport: https://w3c.github.io/webrtc-pc/#rtcicetransport"""

from __future__ import annotations

import pytest
from harness import Peers, until
from pywebrtc import RTCIceTransport, VideoSource

EVENTS = ("gatheringstatechange", "selectedcandidatepairchange", "statechange")


async def connected(peers: Peers):
    await peers.channels()
    return peers.caller.sctp.transport.iceTransport, peers.callee.sctp.transport.iceTransport


def test_it_has_no_constructor():
    with pytest.raises(TypeError):
        RTCIceTransport()


async def test_before_anything_is_negotiated(peers):
    sender = peers.caller.addTrack(VideoSource().track)
    assert sender.transport is None
    await peers.caller.setLocalDescription()
    ice = sender.transport.iceTransport
    assert (ice.state, ice.gatheringState, ice.component) == ("new", "new", "rtp")
    assert ice.getSelectedCandidatePair() is None
    assert ice.getRemoteParameters() is None
    assert ice.getRemoteCandidates() == []
    assert ice.getLocalParameters().usernameFragment in peers.caller.localDescription.sdp


async def test_both_ends_of_a_path(peers):
    here, there = await connected(peers)
    assert {here.state, there.state} <= {"connected", "completed"}
    assert (here.role, there.role) == ("controlling", "controlled")
    for ours, theirs in ((here, there), (there, here)):
        parameters = ours.getLocalParameters()
        assert parameters == theirs.getRemoteParameters()
        assert f"a=ice-ufrag:{parameters.usernameFragment}\r\n" in peers.caller.localDescription.sdp + (
            peers.callee.localDescription.sdp
        )
        assert len(parameters.password) >= 22
        assert parameters.password not in repr(parameters)
        await until(ours, "gatheringstatechange", lambda ours=ours: ours.gatheringState == "complete")


async def test_candidates_are_those_that_were_told(peers):
    told = {peers.caller: [], peers.callee: []}
    for pc, list in told.items():
        pc.addEventListener("icecandidate", lambda e, list=list: e.candidate and list.append(e.candidate))
    here, there = await connected(peers)
    for pc, ice in ((peers.caller, here), (peers.callee, there)):
        await until(ice, "gatheringstatechange", lambda ice=ice: ice.gatheringState == "complete")
        assert ice.getLocalCandidates() == [c for c in told[pc] if c.candidate]
    # The other end got them by addIceCandidate.
    await peers.callee.addIceCandidate()
    addresses = {(c.address, c.port) for c in there.getRemoteCandidates()}
    assert addresses <= {(c.address, c.port) for c in here.getLocalCandidates()}
    assert addresses


async def test_candidates_of_a_description_are_remote_candidates():
    async with Peers() as peers:
        caller, callee = peers.caller, peers.callee
        caller.createDataChannel("x")
        await caller.setLocalDescription()
        await until(caller, "icegatheringstatechange", lambda: caller.iceGatheringState == "complete")
        await callee.setRemoteDescription(caller.localDescription)
        await callee.setLocalDescription()
        candidates = callee.sctp.transport.iceTransport.getRemoteCandidates()
        assert len(candidates) == caller.localDescription.sdp.count("a=candidate:")
        assert all(c.candidate.startswith("candidate:") and c.address and c.sdpMid == "0" for c in candidates)


async def test_the_selected_pair(peers):
    here, there = await connected(peers)
    ours, theirs = here.getSelectedCandidatePair(), there.getSelectedCandidatePair()
    assert ours.local in here.getLocalCandidates()
    assert ours.remote.sdpMid == ours.local.sdpMid == "0"
    assert theirs.local.type == "host"
    assert here.getSelectedCandidatePair() is ours


async def test_the_order_of_events(peers):
    """https://w3c.github.io/webrtc-pc/#rtcicetransport: transport first, and all states agree always."""
    pc = peers.caller
    log: list[tuple[str, ...]] = []
    pc.createDataChannel("x")
    await pc.setLocalDescription()
    [ice] = [t.iceTransport for t in pc._transports._dtls.values()]
    for type in EVENTS:
        ice.addEventListener(
            type, lambda e: log.append((e.type, ice.gatheringState, ice.state, pc.iceConnectionState))
        )
    for type in ("icegatheringstatechange", "iceconnectionstatechange"):
        pc.addEventListener(
            type, lambda e: log.append((e.type, ice.gatheringState, ice.state, pc.iceConnectionState))
        )
    await peers.callee.setRemoteDescription(pc.localDescription)
    await peers.callee.setLocalDescription()
    await pc.setRemoteDescription(peers.callee.localDescription)
    await until(pc, "connectionstatechange", lambda: pc.connectionState == "connected")
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    assert all(state == connection for _, _, state, connection in log)
    names = [entry[0] for entry in log]
    assert names[:2] == ["gatheringstatechange", "icegatheringstatechange"]
    for i, name in enumerate(names):
        if name == "statechange":
            assert names[i + 1] == "iceconnectionstatechange"
        if name == "gatheringstatechange":
            assert names[i + 1] == "icegatheringstatechange"
    states = [entry[2] for entry in log if entry[0] == "statechange"]
    assert states[:2] == ["checking", "connected"]
    assert names.index("selectedcandidatepairchange") < log.index(
        next(entry for entry in log if entry[0] == "statechange" and entry[2] == "connected")
    )


async def test_closing_fires_nothing(peers):
    here, there = await connected(peers)
    fired = []
    for type in EVENTS:
        here.addEventListener(type, fired.append)
    peers.caller.close()
    assert here.state == "closed"
    assert here.getSelectedCandidatePair() is None
    await peers.caller.wait_closed()
    assert fired == []
    await until(there, "statechange", lambda: there.state in ("connected", "completed", "disconnected"))


async def test_a_listener_that_closes_the_connection_is_the_last(peers):
    fired = []
    peers.caller.createDataChannel("x")
    await peers.caller.setLocalDescription()
    [ice] = [t.iceTransport for t in peers.caller._transports._dtls.values()]
    ice.onselectedcandidatepairchange = lambda e: peers.caller.close()
    ice.addEventListener("statechange", lambda e: fired.append(ice.state))
    await peers.callee.setRemoteDescription(peers.caller.localDescription)
    await peers.callee.setLocalDescription()
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    await until(peers.callee, "connectionstatechange", lambda: ice.state == "closed")
    await peers.caller.wait_closed()
    assert fired in ([], ["checking"])


async def test_what_is_not_bundled_away_is_gathered_for(peers):
    """Before the answer every media description has a transport; the answer bundles them."""
    caller = peers.caller
    first = caller.addTrack(VideoSource().track)
    second = caller.addTrack(VideoSource().track)
    await caller.setLocalDescription()
    gone = second.transport
    assert first.transport is not gone
    closed = []
    gone.addEventListener("statechange", lambda e: closed.append("dtls"))
    gone.iceTransport.addEventListener("statechange", lambda e: closed.append("ice"))
    await peers.callee.setRemoteDescription(caller.localDescription)
    await peers.callee.setLocalDescription()
    await caller.setRemoteDescription(peers.callee.localDescription)
    assert first.transport is second.transport is not gone
    assert (gone.state, gone.iceTransport.state) == ("closed", "closed")
    assert closed == ["ice", "dtls"]
    await until(caller, "connectionstatechange", lambda: caller.connectionState == "connected")


async def test_an_ice_restart_changes_the_parameters(peers):
    here, there = await connected(peers)
    before = here.getLocalParameters()
    peers.caller.restartIce()
    await peers.negotiate()
    assert here.getLocalParameters() != before
    assert here.getLocalParameters() == there.getRemoteParameters()
    await until(here, "gatheringstatechange", lambda: here.gatheringState == "complete")
    ufrags = {c.usernameFragment for c in here.getLocalCandidates()}
    assert ufrags == {here.getLocalParameters().usernameFragment}


async def test_rollback_takes_the_transports_away(peers):
    sender = peers.caller.addTrack(VideoSource().track)
    await peers.caller.setLocalDescription()
    transport = sender.transport
    await peers.caller.setLocalDescription({"type": "rollback"})
    assert sender.transport is None
    assert transport.state == transport.iceTransport.state == "closed"
    assert peers.caller.iceGatheringState == peers.caller.iceConnectionState == "new"


async def test_the_end_of_candidates(peers):
    """An empty candidate for each transport, then null for all of them."""
    pc = peers.caller
    log = []
    pc.addEventListener("icecandidate", lambda e: log.append((e.candidate, pc.iceGatheringState)))
    pc.addTrack(VideoSource().track)
    pc.addTrack(VideoSource().track)
    await pc.setLocalDescription()
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    ends = [c for c, _ in log if c is not None and c.candidate == ""]
    assert [(c.sdpMid, c.sdpMLineIndex) for c in sorted(ends, key=lambda c: c.sdpMLineIndex)] == [
        ("0", 0),
        ("1", 1),
    ]
    assert all(f"a=ice-ufrag:{c.usernameFragment}" in pc.localDescription.sdp for c in ends)
    assert log[-1] == (None, "complete")
    assert log[-2] == (ends[-1], "gathering")


async def test_candidates_of_a_generation_that_was_replaced_are_not_told(peers):
    pc = peers.caller
    told = []

    @pc.on("icecandidate")
    def tell(event):
        if event.candidate is not None:
            told.append((event.candidate.usernameFragment, pc.localDescription.sdp))

    pc.createDataChannel("x")
    # Each replaces the one before while that is being gathered; few of them meet a candidate on its way.
    for _ in range(300):
        await pc.setLocalDescription(await pc.createOffer({"iceRestart": True}))
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    assert told
    for fragment, sdp in told:
        assert f"a=ice-ufrag:{fragment}\r\n" in sdp

"""setConfiguration: https://w3c.github.io/webrtc-pc/#set-the-configuration; options of a connection."""

from __future__ import annotations

import dataclasses

import pytest
from harness import Peers, until
from pywebrtc import ConnectionOptions, RTCConfiguration, RTCPeerConnection, exceptions
from pywebrtc.exceptions import (
    InvalidAccessError,
    InvalidModificationError,
    InvalidStateError,
    NotSupportedError,
    RangeError,
)

TURN = {"urls": "turn:127.0.0.1:3478", "username": "u", "credential": "c"}


async def gathered(pc: RTCPeerConnection) -> list:
    candidates = []
    pc.addEventListener("icecandidate", lambda e: candidates.append(e.candidate))
    pc.createDataChannel("x")
    await pc.setLocalDescription()
    await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
    return [c for c in candidates if c is not None and c.candidate]


async def test_the_default_is_the_default():
    async with RTCPeerConnection() as pc:
        assert pc.getConfiguration() == RTCConfiguration()
        pc.setConfiguration()
        pc.setConfiguration({})
        pc.setConfiguration(None)
        pc.setConfiguration(pc.getConfiguration())


async def test_what_can_be_changed():
    async with RTCPeerConnection() as pc:
        pc.setConfiguration({"iceServers": [TURN], "iceTransportPolicy": "relay", "iceCandidatePoolSize": 1})
        configuration = pc.getConfiguration()
        assert configuration.iceServers[0].urls == ["turn:127.0.0.1:3478"]
        assert (configuration.iceTransportPolicy, configuration.iceCandidatePoolSize) == ("relay", 1)
        # All of it is replaced.
        pc.setConfiguration({})
        assert pc.getConfiguration() == RTCConfiguration()


async def test_copies_are_taken_and_given():
    given = RTCConfiguration(iceServers=[{"urls": ["stun:a.example"]}])
    async with RTCPeerConnection(given) as pc:
        given.iceServers.clear()
        pc.getConfiguration().iceServers[0].urls.append("stun:b.example")
        pc.getConfiguration().iceServers.clear()
        assert pc.getConfiguration().iceServers[0].urls == ["stun:a.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"bundlePolicy": "max-bundle"},
        {"bundlePolicy": "max-compat"},
        {"peerIdentity": "someone@example.org"},
        {"alwaysNegotiateDataChannels": True},
    ],
    ids=str,
)
async def test_what_cannot_be_changed(change):
    async with RTCPeerConnection() as pc:
        with pytest.raises(InvalidModificationError, match=next(iter(change))):
            # Refused before the servers are looked at, and with all of it.
            pc.setConfiguration({**change, "iceTransportPolicy": "relay", "iceServers": [{"urls": "bogus"}]})
        assert pc.getConfiguration() == RTCConfiguration()


async def test_a_default_is_a_change_too():
    async with RTCPeerConnection({"bundlePolicy": "max-bundle"}) as pc:
        with pytest.raises(InvalidModificationError):
            pc.setConfiguration({})
        pc.setConfiguration({"bundlePolicy": "max-bundle"})


async def test_the_pool_size_after_set_local_description():
    async with RTCPeerConnection({"iceCandidatePoolSize": 1}) as pc:
        pc.setConfiguration({"iceCandidatePoolSize": 2})
        pc.createDataChannel("x")
        await pc.setLocalDescription()
        with pytest.raises(InvalidModificationError, match="iceCandidatePoolSize"):
            pc.setConfiguration({"iceCandidatePoolSize": 1})
        pc.setConfiguration({"iceCandidatePoolSize": 2, "iceServers": [{"urls": "stun:127.0.0.1"}]})


@pytest.mark.parametrize(
    ("server", "error"),
    [
        ({"urls": []}, exceptions.SyntaxError),
        ({"urls": ""}, exceptions.SyntaxError),
        ({"urls": "stun:"}, exceptions.SyntaxError),
        ({"urls": "http:example.org"}, exceptions.SyntaxError),
        ({"urls": ["stun:example.org", "stun:example.org?transport=udp"]}, exceptions.SyntaxError),
        ({"urls": "stuns:example.org"}, NotSupportedError),
        ({"urls": "turn:example.org"}, InvalidAccessError),
        ({"urls": "turns:example.org", "username": "x"}, InvalidAccessError),
        ({}, TypeError),
        ({"urls": 3}, TypeError),
        ({"urls": "stun:example.org", "username": 3}, TypeError),
    ],
    ids=str,
)
async def test_servers_that_are_refused(server, error):
    with pytest.raises(error):
        RTCPeerConnection({"iceServers": [server]})
    async with RTCPeerConnection({"iceServers": [TURN]}) as pc:
        before = pc.getConfiguration()
        with pytest.raises(error):
            pc.setConfiguration(
                {"iceServers": [{"urls": "stun:127.0.0.1"}, server], "iceTransportPolicy": "relay"}
            )
        assert pc.getConfiguration() == before


@pytest.mark.parametrize(
    "configuration",
    [
        3,
        "x",
        [],
        {"iceServers": 3},
        {"iceServers": [3]},
        {"iceTransportPolicy": "none"},
        {"bundlePolicy": ""},
        {"rtcpMuxPolicy": "negotiate"},
        {"iceCandidatePoolSize": -1},
        {"iceCandidatePoolSize": 256},
        {"iceCandidatePoolSize": "1"},
        {"peerIdentity": 3},
        {"alwaysNegotiateDataChannels": 1},
    ],
    ids=str,
)
async def test_wrong_types(configuration):
    with pytest.raises(TypeError):
        RTCPeerConnection(configuration)
    async with RTCPeerConnection() as pc:
        with pytest.raises(TypeError):
            pc.setConfiguration(configuration)


async def test_a_thousand_servers():
    servers = [TURN, {"urls": "stun:127.0.0.1"}] * 500
    async with RTCPeerConnection({"iceServers": servers}) as pc:
        pc.setConfiguration({"iceServers": servers})


async def test_when_closed():
    async with RTCPeerConnection({"iceTransportPolicy": "relay"}) as pc:
        pc.close()
        with pytest.raises(InvalidStateError):
            pc.setConfiguration({"iceTransportPolicy": "relay"})
        assert pc.getConfiguration().iceTransportPolicy == "relay"


async def test_the_policy_takes_effect_with_the_next_gathering():
    async with Peers() as peers:
        await peers.channels()
        pc = peers.caller
        pair = pc.sctp.transport.iceTransport.getSelectedCandidatePair()
        pc.setConfiguration({"iceTransportPolicy": "relay"})
        assert pc.sctp.transport.iceTransport.getSelectedCandidatePair() is pair
        pc.restartIce()
        found = []
        pc.addEventListener("icecandidate", lambda e: e.candidate and found.append(e.candidate))
        await peers.negotiate()
        await until(pc, "icegatheringstatechange", lambda: pc.iceGatheringState == "complete")
        assert [c for c in found if c.candidate] == []


async def test_relay_only_without_a_relay_gathers_nothing():
    async with RTCPeerConnection({"iceTransportPolicy": "relay"}) as pc:
        assert await gathered(pc) == []


@pytest.mark.parametrize("policy", ["balanced", "max-compat", "max-bundle"])
async def test_bundle_policies(policy):
    async with Peers(caller=RTCPeerConnection({"bundlePolicy": policy})) as peers:
        await peers.channels()


async def test_data_is_negotiated_always():
    async with RTCPeerConnection({"alwaysNegotiateDataChannels": True}) as pc:
        assert "m=application" in (await pc.createOffer()).sdp
    async with RTCPeerConnection() as pc:
        assert "m=application" not in (await pc.createOffer()).sdp


# ConnectionOptions


async def test_the_ports_are_in_the_range():
    async with RTCPeerConnection(options=ConnectionOptions(port_range=(40000, 40100))) as pc:
        candidates = await gathered(pc)
        udp = [c for c in candidates if c.protocol == "udp"]
        assert udp
        assert all(40000 <= c.port <= 40100 for c in udp)


async def test_protocols_and_addresses():
    async with RTCPeerConnection(options=ConnectionOptions(tcp=False)) as pc:
        assert {c.protocol for c in await gathered(pc)} == {"udp"}
    async with RTCPeerConnection(options=ConnectionOptions(udp=False)) as pc:
        assert {c.protocol for c in await gathered(pc)} <= {"tcp"}
    async with RTCPeerConnection(options=ConnectionOptions(ipv6=False)) as pc:
        assert all(":" not in c.address for c in await gathered(pc))


async def test_adapters_that_are_ignored():
    every = ("ethernet", "wifi", "cellular", "vpn", "loopback")
    async with RTCPeerConnection(options=ConnectionOptions(ignored_adapters=every)) as pc:
        ignoring = await gathered(pc)
    async with RTCPeerConnection() as pc:
        assert len(ignoring) < len(await gathered(pc))


async def test_all_of_them_and_a_connection():
    options = ConnectionOptions(
        continual_gathering=True,
        dscp=True,
        link_local=False,
        min_bitrate=30_000,
        start_bitrate=300_000,
        max_bitrate=1_000_000,
        ice_receiving_timeout=2.5,
        ice_unwritable_timeout=5,
        ice_unwritable_checks=6,
        ice_inactive_timeout=15,
        ice_check_interval_strong=0.5,
        ice_check_interval_weak=0.05,
        ice_check_interval_min=0.05,
        ice_backup_ping_interval=20,
    )
    async with Peers(caller=RTCPeerConnection(options=options)) as peers:
        await peers.channels()


async def test_inactive_connections_are_noticed_in_time():
    options = ConnectionOptions(
        ice_receiving_timeout=0.6,
        ice_unwritable_timeout=0.5,
        ice_unwritable_checks=2,
        ice_check_interval_strong=0.1,
    )
    async with Peers(caller=RTCPeerConnection(options=options)) as peers:
        await peers.channels()
        peers.callee.close()
        await until(
            peers.caller,
            "iceconnectionstatechange",
            lambda: peers.caller.iceConnectionState == "disconnected",
            timeout=4,
        )


@pytest.mark.parametrize(
    "options",
    [
        {"ice_check_interval_strong": 0.1, "ice_check_interval_weak": 0.2},
        {"ice_receiving_timeout": 0.1, "ice_check_interval_strong": 1},
        {"ice_unwritable_timeout": 20, "ice_inactive_timeout": 10},
    ],
    ids=str,
)
async def test_times_that_do_not_fit_each_other(options):
    with pytest.raises(InvalidAccessError):
        RTCPeerConnection(options=ConnectionOptions(**options))


@pytest.mark.parametrize("trials", ["Name", "Name/", "Name/Value", "/Value/", "Name//"])
def test_field_trials_of_a_wrong_form(trials):
    with pytest.raises(InvalidAccessError, match="field_trials"):
        RTCPeerConnection(options=ConnectionOptions(field_trials=trials))


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"port_range": 5}, TypeError),
        ({"port_range": (1,)}, TypeError),
        ({"port_range": (1, 2, 3)}, TypeError),
        ({"port_range": ("1", "2")}, TypeError),
        ({"port_range": (0, 5)}, RangeError),
        ({"port_range": (5, 65536)}, RangeError),
        ({"port_range": (6, 5)}, RangeError),
        ({"ignored_adapters": "wifi"}, TypeError),
        ({"ignored_adapters": 3}, TypeError),
        ({"ignored_adapters": ["token ring"]}, RangeError),
        ({"udp": 1}, TypeError),
        ({"field_trials": 3}, TypeError),
        ({"ipv6": None}, TypeError),
        ({"min_bitrate": -1}, RangeError),
        ({"max_bitrate": 0}, RangeError),
        ({"max_bitrate": 2**31}, RangeError),
        ({"max_bitrate": 1.5}, TypeError),
        ({"min_bitrate": 3, "max_bitrate": 2}, RangeError),
        ({"start_bitrate": 3, "max_bitrate": 2}, RangeError),
        ({"ice_receiving_timeout": "1"}, TypeError),
        ({"ice_receiving_timeout": 0}, RangeError),
        ({"ice_receiving_timeout": 1e9}, RangeError),
        ({"ice_receiving_timeout": float("nan")}, TypeError),
        ({"ice_unwritable_checks": 0}, RangeError),
        ({"bogus": 1}, TypeError),
    ],
    ids=str,
)
def test_options_that_are_refused(options, error):
    with pytest.raises(error):
        ConnectionOptions(**options)


def test_options_are_values():
    options = ConnectionOptions(ignored_adapters=["vpn"], port_range=(1024, 2048))
    assert options == ConnectionOptions(ignored_adapters={"vpn"}, port_range=(1024, 2048))
    assert hash(options) == hash(dataclasses.replace(options))
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.udp = False


def test_options_of_another_kind():
    with pytest.raises(TypeError):
        RTCPeerConnection(options={"udp": False})

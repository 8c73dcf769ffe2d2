"""STUN and TURN with a real server, coturn, on loopback: https://w3c.github.io/webrtc-pc/#rtciceserver-dictionary"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import coturn
import numpy as np
import pytest
from coturn import TurnServer
from harness import Peers, until
from nat import Nat
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource

pytestmark = pytest.mark.skipif(not coturn.available(), reason="coturn is not installed")


@pytest.fixture(scope="module")
def server() -> Iterator[TurnServer]:
    with coturn.running() as server:
        yield server


@contextlib.asynccontextmanager
async def gathered(**configuration: Any) -> AsyncIterator[tuple[list[Any], list[Any]]]:
    """The icecandidate events with candidates of a connection with one channel, and its errors."""
    async with RTCPeerConnection(configuration) as pc:
        candidates: list[Any] = []
        errors: list[Any] = []
        pc.addEventListener("icecandidate", candidates.append)
        pc.addEventListener("icecandidateerror", errors.append)
        pc.createDataChannel("test")
        await pc.setLocalDescription()
        await until(pc, "icecandidate", lambda: bool(candidates) and candidates[-1].candidate is None)
        assert pc.iceGatheringState == "complete"
        yield [event for event in candidates[:-1] if event.candidate.candidate], errors


async def pair_in_use(pc: RTCPeerConnection) -> tuple[Any, Any]:
    """Local and remote candidate of the selected pair, from the statistics."""
    report = await pc.getStats()
    (transport,) = report.of_type("transport")
    pair = report[transport.selectedCandidatePairId]
    return report[pair.localCandidateId], report[pair.remoteCandidateId]


# --- Calls over the relay ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_call_over_the_relay(server, transport):
    """Messages, video and sound, where both may use nothing but the relay."""
    configuration = {"iceServers": [server.ice_server(transport)], "iceTransportPolicy": "relay"}
    async with Peers(RTCPeerConnection(configuration), RTCPeerConnection(configuration)) as peers:
        candidates: list[Any] = []
        for pc in (peers.caller, peers.callee):
            pc.addEventListener("icecandidate", lambda e: candidates.append(e.candidate))
        video, audio = VideoSource(), AudioSource()
        tracks: dict[str, Any] = {}
        peers.callee.ontrack = lambda event: tracks.setdefault(event.track.kind, event.track)
        for source in (video, audio):
            peers.caller.addTrack(source.track)
        here, there = await peers.channels()

        messages = [random.Random(i).randbytes(1000 * i) for i in range(60)]
        for message in messages:
            here.send(message)
        async with asyncio.timeout(20):
            assert [await anext(there) for _ in messages] == messages
            there.send("back")
            assert await anext(here) == "back"

            async def push() -> None:
                while True:
                    video.push(np.full((120, 160, 3), (200, 60, 60), np.uint8))
                    audio.push(np.full((480, 1), 1000, np.int16))
                    await asyncio.sleep(0.01)

            pushing = asyncio.ensure_future(push())
            reader = tracks["video"].frames()
            frame = await reader.recv()
            sound = await tracks["audio"].frames().recv()
            pushing.cancel()
        assert frame.width / frame.height == 4 / 3
        assert np.abs(frame.to_ndarray("rgb24").mean((0, 1)) - (200, 60, 60)).max() < 10
        assert sound.sample_rate == 48000

        # The others end the candidates of a transport, and of the connection.
        candidates = [candidate for candidate in candidates if candidate and candidate.candidate]
        assert {candidate.type for candidate in candidates} == {"relay"}
        assert {candidate.url for candidate in candidates} == {server.url(transport)}
        assert {candidate.relayProtocol for candidate in candidates} == {transport}
        # Over TCP and TLS too, the server relays UDP.
        assert {candidate.protocol for candidate in candidates} == {"udp"}
        for pc in (peers.caller, peers.callee):
            local, remote = await pair_in_use(pc)
            assert local.candidateType == remote.candidateType == "relay"
            assert local.relayProtocol == transport
            assert local.url == server.url(transport)


async def test_one_side_relays(server):
    configuration = {"iceServers": [server.ice_server("udp")], "iceTransportPolicy": "relay"}
    async with Peers(RTCPeerConnection(configuration)) as peers:
        here, there = await peers.channels()
        there.send("x")
        assert await anext(here) == "x"
        local, remote = await pair_in_use(peers.caller)
        assert (local.candidateType, remote.candidateType) == ("relay", "host")


async def test_a_restart_moves_a_call_from_relay_to_host(server):
    """https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-setconfiguration: with the next gathering."""
    configuration = {"iceServers": [server.ice_server("udp")], "iceTransportPolicy": "relay"}
    async with Peers(RTCPeerConnection(configuration), RTCPeerConnection(configuration)) as peers:
        here, there = await peers.channels()
        local, remote = await pair_in_use(peers.caller)
        assert (local.candidateType, remote.candidateType) == ("relay", "relay")
        for pc in (peers.caller, peers.callee):
            pc.setConfiguration(configuration | {"iceTransportPolicy": "all"})
        here.send("before the restart")
        peers.caller.restartIce()
        await peers.negotiate()

        async def moved() -> bool:
            return all(c.candidateType in ("host", "prflx") for c in await pair_in_use(peers.caller))

        async with asyncio.timeout(20):
            while not await moved():  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)
        here.send("after it")
        assert await anext(there) == "before the restart"
        assert await anext(there) == "after it"
        assert peers.caller.connectionState == peers.callee.connectionState == "connected"


async def test_several_urls_of_one_server(server):
    urls = [server.url("udp"), server.url("tcp"), server.url("tls")]
    servers = [server.ice_server("udp", urls=urls)]
    async with gathered(iceServers=servers, iceTransportPolicy="relay") as (candidates, _):
        assert {event.candidate.url for event in candidates} == set(urls)
        # The shorter way is the better one (RFC 8445, 5.1.2.2).
        priority = {event.candidate.url: event.candidate.priority for event in candidates}
        assert priority[urls[0]] > priority[urls[1]] > priority[urls[2]]


# --- What goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("wrong", [{"credential": "red queen"}, {"username": "bob"}], ids=str)
async def test_wrong_credentials(server, transport, wrong):
    servers = [server.ice_server(transport, **wrong)]
    async with gathered(iceServers=servers, iceTransportPolicy="relay") as (candidates, errors):
        assert candidates == []
        # The name of the certificate has an address of IPv6 too, where nobody listens.
        told = [event for event in errors if ":" not in (event.address or "")]
        assert {(event.errorCode, event.url) for event in told} == {(401, server.url(transport))}
        assert all(event.errorText for event in told)


async def test_wrong_credentials_leave_the_other_candidates(server):
    servers = [server.ice_server("udp", credential="red queen"), server.ice_server("tcp")]
    async with gathered(iceServers=servers) as (candidates, errors):
        assert {event.candidate.type for event in candidates} == {"host", "relay"}
        assert {(event.errorCode, event.url) for event in errors} == {(401, server.url("udp"))}


@pytest.mark.parametrize("scheme", ["turn", "turns"])
async def test_nobody_listens(server, scheme):
    """701 is none of STUN's: https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnectioniceerrorevent-errorcode"""
    url = f"{scheme}:127.0.0.1:{coturn.free_ports(1)[0]}?transport=tcp"
    servers = [server.ice_server("tcp", urls=url)]
    async with gathered(iceServers=servers, iceTransportPolicy="relay") as (candidates, errors):
        assert candidates == []
        assert {(event.errorCode, event.url) for event in errors} == {(701, url)}


async def test_a_name_that_is_none(server):
    """https://www.rfc-editor.org/rfc/rfc6761#section-6.4"""
    servers = [{"urls": "stun:nowhere.invalid"}]
    async with gathered(iceServers=servers) as (candidates, errors):
        assert {event.candidate.type for event in candidates} == {"host"}
        assert {(event.errorCode, event.url) for event in errors} == {(701, "stun:nowhere.invalid:3478")}


# --- TLS ---------------------------------------------------------------------------------------------------


async def test_the_name_of_the_certificate_counts(server):
    url = f"turns:127.0.0.1:{server.tls_port}?transport=tcp"
    servers = [server.ice_server("tls", urls=url)]
    async with gathered(iceServers=servers, iceTransportPolicy="relay") as (candidates, errors):
        assert candidates == []
        assert {(event.errorCode, event.url) for event in errors} == {(701, url)}


GATHER = """
import asyncio, json, sys
from pywebrtc import RTCPeerConnection, engine
servers = json.loads(sys.argv[1])
{configure}
async def main():
    async with RTCPeerConnection({{"iceServers": servers, "iceTransportPolicy": "relay"}}) as pc:
        found, complete = [], asyncio.Event()
        pc.onicecandidateerror = lambda event: found.append(event.errorCode)
        def look(event):
            if event.candidate is None:
                complete.set()
            elif event.candidate.candidate:
                found.append(event.candidate.type)
        pc.onicecandidate = look
        pc.createDataChannel("test")
        await pc.setLocalDescription()
        await complete.wait()
        # One for each family of addresses that the machine has: the server speaks IPv4 only.
        print("relay" if "relay" in found else sorted(set(found)))
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("configure", "environment", "outcome"),
    [
        ("engine.configure(tls_roots={file!r})", {}, "relay"),
        ("", {"SSL_CERT_FILE": "{file}"}, "relay"),
        ("", {}, "[701]"),
        ("", {"SSL_CERT_FILE": "/nowhere"}, "[701]"),
        ("engine.configure(tls_roots={file!r})", {"SSL_CERT_FILE": "/nowhere"}, "relay"),
    ],
)
def test_who_vouches_for_the_server(server, configure, environment, outcome):
    file = str(coturn.CERTIFICATE)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            GATHER.format(configure=configure.format(file=file)),
            json.dumps([server.ice_server("tls")]),
        ],
        env=os.environ | {name: value.format(file=file) for name, value in environment.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == (outcome, "", 0)


# --- STUN --------------------------------------------------------------------------------------------------


async def test_srflx_candidates(server):
    async with Nat() as nat:
        host, port = await nat.inside(("127.0.0.1", server.port))
        url = f"stun:{host}:{port}"
        async with gathered(iceServers=[{"urls": url}]) as (candidates, errors):
            found = [event.candidate for event in candidates if event.candidate.type == "srflx"]
            hosts = {(c.address, c.port) for c in (e.candidate for e in candidates) if c.type == "host"}
            (candidate,) = found
            assert (candidate.address, candidate.port) == nat.outside
            assert (candidate.relatedAddress, candidate.relatedPort) in hosts
            assert candidate.url == url
            assert candidate.relayProtocol is None
            assert candidate.protocol == "udp"
            assert errors == []


async def test_without_nat_there_is_no_srflx_candidate(server):
    """It would be the host's own address once more (RFC 8445, 5.1.3)."""
    async with gathered(iceServers=[{"urls": server.stun}]) as (candidates, errors):
        assert {event.candidate.type for event in candidates} == {"host"}
        assert errors == []

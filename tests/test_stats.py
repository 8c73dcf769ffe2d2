"""RTCStatsReport, by itself and of a call."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource
from pywebrtc.stats import RTCStatsReport

ENTRIES = [
    {"id": "T1", "type": "transport", "timestamp": 1.5},
    {"id": "P", "type": "peer-connection", "timestamp": 1.5},
    {"id": "T2", "type": "transport", "timestamp": 1.5},
]


def test_a_report_is_a_mapping():
    report = RTCStatsReport(ENTRIES)
    assert list(report) == ["T1", "P", "T2"]
    assert len(report) == 3
    assert report["P"] == ENTRIES[1]
    assert "P" in report
    assert "X" not in report
    assert report.get("X") is None
    assert dict(report.items())["T2"] == ENTRIES[2]
    with pytest.raises(KeyError):
        report["X"]
    with pytest.raises(TypeError):
        report["X"] = {}  # pyright: ignore[reportIndexIssue]


def test_of_type():
    report = RTCStatsReport(ENTRIES)
    assert report.of_type("transport") == [ENTRIES[0], ENTRIES[2]]
    assert report.of_type("codec") == []
    assert repr(report) == "<RTCStatsReport of 3>"


async def test_of_a_new_connection():
    async with RTCPeerConnection() as pc:
        report = await pc.getStats()
        assert [stats["dataChannelsOpened"] for stats in report.of_type("peer-connection")] == [0]


async def test_of_a_call(peers):
    peers.caller.addTrack(VideoSource().track)
    peers.caller.addTrack(AudioSource().track)
    here, there = await peers.channels("named")
    here.send("four")
    assert await anext(there) == "four"
    report = await peers.callee.getStats()
    for id, stats in report.items():
        assert stats["id"] == id
        assert isinstance(stats["type"], str)
        assert stats["timestamp"] > 0
    (channel,) = report.of_type("data-channel")
    assert (channel["label"], channel["state"]) == ("named", "open")
    assert (channel["messagesReceived"], channel["bytesReceived"]) == (1, 4)
    (transport,) = report.of_type("transport")
    pair = report[transport["selectedCandidatePairId"]]
    assert report[pair["localCandidateId"]]["type"] == "local-candidate"
    assert report[pair["remoteCandidateId"]]["type"] == "remote-candidate"
    assert report[transport["localCertificateId"]]["fingerprintAlgorithm"] == "sha-256"
    sent = (await peers.caller.getStats()).of_type("outbound-rtp")
    assert {stats["kind"] for stats in sent} == {"audio", "video"}
    assert json.loads(json.dumps(dict(report))) == dict(report)


async def test_text_of_the_remote_peer_is_only_text(peers):
    """Labels may hold anything: they add no member and break no report."""
    label = 'quo"te","state":"x\\back\n\x1f\0\u00e9\U0001f600'
    here, there = await peers.channels(label, protocol=label)
    for pc, channel in ((peers.caller, here), (peers.callee, there)):
        assert channel.label == channel.protocol == label
        (stats,) = (await pc.getStats()).of_type("data-channel")
        assert (stats["label"], stats["protocol"], stats["state"]) == (label, label, "open")


async def test_timestamps_are_milliseconds_since_1970():
    async with RTCPeerConnection() as pc:
        before = time.time() * 1000
        (stats,) = (await pc.getStats()).of_type("peer-connection")
    assert isinstance(stats["timestamp"], float)
    assert abs(stats["timestamp"] - before) < 60_000


async def test_many_at_once():
    async with RTCPeerConnection() as pc:
        reports = await asyncio.gather(*(pc.getStats() for _ in range(20)))
    assert all(report.of_type("peer-connection") for report in reports)


async def test_a_cancelled_one_harms_nothing():
    async with RTCPeerConnection() as pc:
        task = asyncio.ensure_future(pc.getStats())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await pc.getStats()

"""The statistics of webrtc-stats: their objects, the report, and what they say of a call."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pywebrtc
from harness import Peers
from pywebrtc import (
    AudioSource,
    RTCAudioSourceStats,
    RTCDataChannelState,
    RTCDataChannelStats,
    RTCIceCandidatePairStats,
    RTCIceCandidateStats,
    RTCInboundRtpStreamStats,
    RTCMediaSourceStats,
    RTCOutboundRtpStreamStats,
    RTCPeerConnection,
    RTCPeerConnectionStats,
    RTCRtpStreamStats,
    RTCStats,
    RTCStatsReport,
    RTCStatsType,
    RTCTransportStats,
    RTCVideoSourceStats,
    VideoSource,
)
from pywebrtc.exceptions import InvalidAccessError
from pywebrtc.stats import make_stats
from webidl import REQUIRED, load

IDL = {d.name: d for d in load(Path(__file__).parent / "idl").values() if d.kind == "dictionary"}

CHANNEL = {
    "id": "D1",
    "type": "data-channel",
    "timestamp": 1.5,
    "label": "chat",
    "dataChannelIdentifier": 1,
    "state": "open",
    "bytesSent": 0,
}
TRANSPORT = {
    "id": "T1",
    "type": "transport",
    "timestamp": 1.5,
    "dtlsState": "connected",
    "iceRole": "unknown",
}
PEER_CONNECTION = {"id": "P", "type": "peer-connection", "timestamp": 1.5, "dataChannelsOpened": 2}
OUTBOUND = {
    "id": "O",
    "type": "outbound-rtp",
    "timestamp": 1.5,
    "ssrc": 1,
    "kind": "video",
    "qualityLimitationReason": "cpu",
    "qualityLimitationDurations": {"cpu": 1.0, "none": 2.0},
}
ENTRIES = {entry["id"]: entry for entry in (TRANSPORT, PEER_CONNECTION, CHANNEL, OUTBOUND)}


# --- Objects ---------------------------------------------------------------------------------------------


def test_an_object():
    stats = make_stats(CHANNEL)
    assert isinstance(stats, RTCDataChannelStats)
    assert isinstance(stats, RTCStats)
    assert (stats.id, stats.timestamp, stats.label, stats.bytesSent) == ("D1", 1.5, "chat", 0)
    assert stats.type is RTCStatsType.DATA_CHANNEL
    assert stats.state is RTCDataChannelState.OPEN
    assert stats.messagesSent is stats.protocol is None
    assert stats.unknown == {}


def test_only_what_is_present_is_shown():
    assert repr(make_stats(PEER_CONNECTION)) == (
        "RTCPeerConnectionStats(id='P', timestamp=1.5, type='peer-connection', dataChannelsOpened=2)"
    )


@pytest.mark.parametrize("entry", ENTRIES.values())
def test_to_dict_is_plain(entry):
    plain = make_stats(entry).to_dict()
    assert plain == entry
    assert json.loads(json.dumps(plain)) == entry
    assert {type(value) for value in plain.values()} <= {str, int, float, dict}


@pytest.mark.parametrize("entry", ENTRIES.values())
def test_equality_hash_copies_and_pickles(entry):
    stats = make_stats(entry)
    for same in (make_stats(entry), copy.deepcopy(stats), pickle.loads(pickle.dumps(stats))):
        assert same == stats
        assert hash(same) == hash(stats)
        assert type(same) is type(stats)
    assert stats != make_stats(entry | {"timestamp": 2.5})
    assert stats != entry


def test_nothing_can_be_changed():
    stats: Any = make_stats(OUTBOUND)
    with pytest.raises(dataclasses.FrozenInstanceError):
        stats.ssrc = 2
    with pytest.raises((AttributeError, TypeError)):
        stats.nonsense = 2
    with pytest.raises(TypeError):
        stats.qualityLimitationDurations["cpu"] = 0
    with pytest.raises(TypeError):
        stats.unknown["x"] = 0


def test_sources_are_told_apart_by_kind():
    entry = {"id": "S", "type": "media-source", "timestamp": 1.5, "trackIdentifier": "t"}
    assert type(make_stats(entry | {"kind": "audio"})) is RTCAudioSourceStats
    assert type(make_stats(entry | {"kind": "video"})) is RTCVideoSourceStats
    assert type(make_stats(entry | {"kind": "smell"})) is RTCStats


def test_what_a_later_libwebrtc_adds_is_kept():
    unknown_type = {"id": "N", "type": "nonsense", "timestamp": 1.5, "newMember": [1, 2]}
    stats = make_stats(unknown_type)
    assert type(stats) is RTCStats
    assert (stats.type, stats.unknown["newMember"]) == ("nonsense", [1, 2])
    assert stats.to_dict() == unknown_type
    stats = make_stats(CHANNEL | {"newMember": 7, "state": "ajar"})
    assert isinstance(stats, RTCDataChannelStats)
    assert (stats.unknown, stats.label, stats.state) == ({"newMember": 7}, "chat", "ajar")
    assert "newMember=7" in repr(stats)
    for each in (stats, make_stats(unknown_type)):
        assert pickle.loads(pickle.dumps(each)) == each


def test_an_object_without_what_the_specification_requires_is_kept():
    entry = {name: value for name, value in CHANNEL.items() if name != "state"}
    stats = make_stats(entry)
    assert type(stats) is RTCStats
    assert stats.to_dict() == entry


@pytest.mark.parametrize(
    "cls",
    [cls for cls in vars(pywebrtc).values() if isinstance(cls, type) and issubclass(cls, RTCStats)],
)
def test_members_are_the_specifications_or_marked(cls):
    """Every member of a dictionary is there, what is required has no default, and the rest is marked."""
    own = {f.name: f for f in dataclasses.fields(cls) if f.name != "unknown"}
    expected: dict[str, bool] = {}
    definition = IDL[cls.__name__]
    assert cls.__base__.__name__ == (definition.parent or "object")
    while True:
        expected |= {member.name: member.default is REQUIRED for member in definition.members}
        if definition.parent is None:
            break
        definition = IDL[definition.parent]
    assert set(expected) == {name for name, f in own.items() if not f.metadata.get("libwebrtc")}
    for name, required in expected.items():
        assert (own[name].default is dataclasses.MISSING) == required, name
        assert name in own
    assert cls.__doc__
    for name in cls.__annotations__:
        assert f"        {name}: " in cls.__doc__


# --- Reports ---------------------------------------------------------------------------------------------


def test_a_report_is_a_mapping():
    report = RTCStatsReport.from_dict(ENTRIES)
    assert list(report) == ["T1", "P", "D1", "O"]
    assert len(report) == 4
    assert report["P"] == make_stats(PEER_CONNECTION)
    assert "P" in report
    assert "X" not in report
    assert report.get("X") is None
    assert dict(report.items())["O"] == make_stats(OUTBOUND)
    with pytest.raises(KeyError):
        report["X"]
    with pytest.raises(TypeError):
        report["X"] = report["P"]  # pyright: ignore[reportIndexIssue]
    assert repr(report) == "<RTCStatsReport of 4>"


def test_reports_are_not_made():
    with pytest.raises(TypeError, match="constructor"):
        RTCStatsReport()


def test_a_report_as_plain_data():
    report = RTCStatsReport.from_dict(ENTRIES)
    assert report.to_dict() == ENTRIES
    assert RTCStatsReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert pickle.loads(pickle.dumps(report)) == copy.deepcopy(report) == report
    assert report != RTCStatsReport.from_dict({"P": PEER_CONNECTION})


@pytest.mark.parametrize("wrong", [None, [TRANSPORT], {"T": 1}, {"T": {}}, {"T": {"type": "transport"}}])
def test_what_is_no_plain_data_of_a_report(wrong):
    with pytest.raises(TypeError, match="from_dict"):
        RTCStatsReport.from_dict(wrong)


def test_of_type():
    report = RTCStatsReport.from_dict(ENTRIES)
    assert report.of_type("transport") == report.of_type(RTCStatsType.TRANSPORT) == [report["T1"]]
    assert report.of_type(RTCTransportStats) == [report["T1"]]
    assert report.of_type(RTCRtpStreamStats) == [report["O"]]
    assert report.of_type(RTCStats) == list(report.values())
    assert report.of_type("codec") == report.of_type("nonsense") == report.of_type(RTCMediaSourceStats) == []


# --- Of connections --------------------------------------------------------------------------------------


class Call:
    """Video, audio and messages from the caller to the callee, counted."""

    FRAMES = 40
    MESSAGES = 9

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self.video, self.audio = VideoSource(), AudioSource()
        self.senders = [peers.caller.addTrack(source.track) for source in (self.video, self.audio)]
        self.frames_received = 0

    async def connect(self) -> None:
        self.here, self.there = await self.peers.channels("named")
        self.video_receiver, self.audio_receiver = self.peers.callee.getReceivers()

    async def send(self) -> None:
        """All of it; the statistics of both sides when all has arrived."""
        picture = np.zeros((120, 160, 3), np.uint8)
        async with asyncio.timeout(30):
            reader = self.video_receiver.track.frames()
            for number in range(self.FRAMES):
                picture[:, : number + 1] = 255 - number
                self.video.push(picture, "rgb24")
                self.audio.push(np.full(480 * 4, 1000 + number, np.int16))
                await reader.recv()
                self.frames_received += 1
                await asyncio.sleep(0.04)
        for number in range(self.MESSAGES):
            self.here.send(b"\0" * number)
        for _ in range(self.MESSAGES):
            await anext(self.there)


def one(report: RTCStatsReport, cls: type[Any], **members: Any) -> Any:
    """The only object of a class with these members."""
    (found,) = (
        entry
        for entry in report.of_type(cls)
        if all(getattr(entry, name) == value for name, value in members.items())
    )
    return found


async def test_every_type_and_what_it_says_of_a_call(peers):
    call = Call(peers)
    await call.connect()
    await call.send()

    async with asyncio.timeout(30):
        while True:
            sent, received = await peers.caller.getStats(), await peers.callee.getStats()
            # Sender reports and receiver reports of both streams have come, and packets that were on their
            # way.
            reports = sent.of_type("remote-inbound-rtp") + received.of_type("remote-outbound-rtp")
            if len(reports) == 4 and (
                one(sent, RTCOutboundRtpStreamStats, kind="video").packetsSent
                == one(received, RTCInboundRtpStreamStats, kind="video").packetsReceived
            ):
                break
            await asyncio.sleep(0.06)  # no event tells of it

    types = {str(entry.type) for report in (sent, received) for entry in report.values()}
    assert types == {str(type) for type in RTCStatsType}
    for report in (sent, received):
        for id, entry in report.items():
            assert entry.id == id
            assert type(entry) is not RTCStats
            assert entry.unknown == {}
            assert abs(entry.timestamp - time.time() * 1000) < 60_000
            for name, value in entry.to_dict().items():
                if name.endswith("Id"):
                    assert value in report, name
        assert pickle.loads(pickle.dumps(report)) == report
        assert RTCStatsReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report

    # Video: what was pushed is what was encoded, sent, received and decoded.
    source = one(sent, RTCVideoSourceStats)
    assert (source.frames, source.width, source.height) == (call.FRAMES, 160, 120)
    assert source.trackIdentifier == call.video.track.id
    out = one(sent, RTCOutboundRtpStreamStats, kind="video")
    into = one(received, RTCInboundRtpStreamStats, kind="video")
    assert call.frames_received == call.FRAMES
    assert out.framesEncoded == out.framesSent == into.framesReceived == into.framesDecoded == call.FRAMES
    assert out.keyFramesEncoded == into.keyFramesDecoded >= 1
    assert (out.frameWidth, out.frameHeight) == (into.frameWidth, into.frameHeight) == (160, 120)
    assert out.packetsSent == into.packetsReceived
    assert out.bytesSent == into.bytesReceived > 0
    assert out.headerBytesSent == into.headerBytesReceived > 0
    assert into.packetsLost == 0
    assert out.ssrc == into.ssrc
    assert out.mid == into.mid == peers.caller.getTransceivers()[0].mid
    assert into.trackIdentifier == call.video_receiver.track.id
    assert out.active is True
    assert sum(out.qualityLimitationDurations.values()) > 0
    assert sent[out.mediaSourceId] == source
    assert sent[out.codecId].mimeType == received[into.codecId].mimeType == "video/VP8"
    assert sent[out.codecId].clockRate == 90000
    remote = sent[out.remoteId]
    assert (remote.localId, remote.fractionLost) == (out.id, 0)
    remote = received[into.remoteId]
    assert remote.localId == into.id
    assert 0 < remote.packetsSent <= out.packetsSent
    assert 0 < remote.bytesSent <= out.bytesSent

    # Audio: its clock does not stop.
    source = one(sent, RTCAudioSourceStats)
    assert source.trackIdentifier == call.audio.track.id
    assert source.totalSamplesDuration >= call.FRAMES * 0.04
    assert 0 < source.totalAudioEnergy < source.totalSamplesDuration
    out = one(sent, RTCOutboundRtpStreamStats, kind="audio")
    into = one(received, RTCInboundRtpStreamStats, kind="audio")
    assert out.ssrc == into.ssrc
    assert out.packetsSent >= call.FRAMES * 2
    assert into.packetsReceived >= call.FRAMES * 2
    assert into.totalSamplesReceived == pytest.approx(into.totalSamplesDuration * 48000, rel=0.1)
    assert (sent[out.codecId].mimeType, sent[out.codecId].channels) == ("audio/opus", 2)
    playout = received[into.playoutId]
    assert playout.kind == "audio"
    assert playout.totalSamplesCount > 0
    assert playout.totalSamplesCount == pytest.approx(playout.totalSamplesDuration * 48000)

    # Messages.
    here, there = one(sent, RTCDataChannelStats), one(received, RTCDataChannelStats)
    assert here.label == there.label == "named"
    assert here.state == there.state == "open"
    assert here.dataChannelIdentifier == there.dataChannelIdentifier == call.here.id
    expected = (call.MESSAGES, sum(range(call.MESSAGES)))
    assert (here.messagesSent, here.bytesSent) == (there.messagesReceived, there.bytesReceived) == expected
    assert here.messagesReceived == here.bytesReceived == there.messagesSent == there.bytesSent == 0
    for report in (sent, received):
        assert one(report, RTCPeerConnectionStats).dataChannelsOpened == 1

    # Transports: the ends agree, and count more than any stream on them.
    for report, role, pc in ((sent, "controlling", peers.caller), (received, "controlled", peers.callee)):
        transport = one(report, RTCTransportStats)
        assert (transport.dtlsState, transport.iceState, transport.iceRole) == (
            "connected",
            "connected",
            role,
        )
        assert f"a=ice-ufrag:{transport.iceLocalUsernameFragment}" in pc.localDescription.sdp
        certificate = report[transport.localCertificateId]
        assert f"a=fingerprint:{certificate.fingerprintAlgorithm} {certificate.fingerprint}" in (
            pc.localDescription.sdp
        )
        pair = report[transport.selectedCandidatePairId]
        assert isinstance(pair, RTCIceCandidatePairStats)
        assert (pair.state, pair.nominated) == ("succeeded", True)
        assert report[pair.localCandidateId].type == "local-candidate"
        assert report[pair.remoteCandidateId].type == "remote-candidate"
        assert report[pair.localCandidateId].candidateType == "host"
        assert abs(pair.lastPacketSentTimestamp - pair.timestamp) < 60_000
        for stream in report.of_type(RTCOutboundRtpStreamStats):
            assert transport.bytesSent > stream.bytesSent + stream.headerBytesSent
            assert transport.packetsSent > stream.packetsSent
        for stream in report.of_type(RTCInboundRtpStreamStats):
            assert transport.bytesReceived > stream.bytesReceived + stream.headerBytesReceived
            assert transport.packetsReceived > stream.packetsReceived
            assert abs(stream.lastPacketReceivedTimestamp - stream.timestamp) < 60_000
    ours, theirs = one(sent, RTCTransportStats), one(received, RTCTransportStats)
    assert {ours.dtlsRole, theirs.dtlsRole} == {"client", "server"}
    assert (ours.dtlsCipher, ours.srtpCipher) == (theirs.dtlsCipher, theirs.srtpCipher)
    assert ours.srtpCipher.startswith("SRTP_")
    assert sent[ours.localCertificateId].fingerprint == received[theirs.remoteCertificateId].fingerprint


async def test_of_a_new_connection():
    async with RTCPeerConnection() as pc:
        before = time.time() * 1000
        (stats,) = (await pc.getStats()).values()
        assert isinstance(stats, RTCPeerConnectionStats)
        assert stats.dataChannelsOpened == stats.dataChannelsClosed == 0
        assert isinstance(stats.timestamp, float)
        assert abs(stats.timestamp - before) < 60_000


async def test_text_of_the_remote_peer_is_only_text(peers):
    """Labels may hold anything: they add no member and break no report."""
    label = 'quo"te","state":"x\\back\n\x1f\0\u00e9\U0001f600'
    here, there = await peers.channels(label, protocol=label)
    for pc, channel in ((peers.caller, here), (peers.callee, there)):
        assert channel.label == channel.protocol == label
        stats = one(await pc.getStats(), RTCDataChannelStats)
        assert (stats.label, stats.protocol, stats.state, stats.unknown) == (label, label, "open", {})


# --- Selectors: https://w3c.github.io/webrtc-pc/#dfn-stats-selection-algorithm ---------------------------

INVOLVED = {"codec", "transport", "candidate-pair", "local-candidate", "remote-candidate", "certificate"}


async def test_of_senders_and_receivers(peers):
    call = Call(peers)
    await call.connect()
    await call.send()
    for sender, source in zip(call.senders, (call.video, call.audio), strict=True):
        async with asyncio.timeout(30):
            while not (report := await sender.getStats()).of_type("remote-inbound-rtp"):  # noqa: ASYNC110 - a report has no event
                await asyncio.sleep(0.06)
        assert {str(e.type) for e in report.values()} == {
            "outbound-rtp",
            "remote-inbound-rtp",
            "media-source",
        } | INVOLVED
        assert one(report, RTCMediaSourceStats).trackIdentifier == source.track.id
        assert len(report.of_type("codec")) == len(report.of_type("candidate-pair")) == 1
        assert list(await peers.caller.getStats(source.track)) == list(report)
    for receiver in (call.video_receiver, call.audio_receiver):
        report = await receiver.getStats()
        types = {str(e.type) for e in report.values()} - {"remote-outbound-rtp", "media-playout"}
        assert types == {"inbound-rtp"} | INVOLVED
        assert one(report, RTCInboundRtpStreamStats).trackIdentifier == receiver.track.id
        assert one(await peers.callee.getStats(receiver.track), RTCInboundRtpStreamStats).id in report
    # The other halves of the transceivers are there and have no stream.
    for pc, halves in (
        (peers.caller, peers.caller.getReceivers()),
        (peers.callee, peers.callee.getSenders()),
    ):
        assert [len(await half.getStats()) for half in halves] == [0, 0]
        assert await pc.getStats()


async def test_a_sender_that_was_not_negotiated_has_none():
    async with RTCPeerConnection() as pc:
        source = VideoSource()
        sender = pc.addTrack(source.track)
        assert len(await sender.getStats()) == len(await pc.getStats(source.track)) == 0


async def test_a_selector_that_nothing_has(peers):
    with pytest.raises(InvalidAccessError, match="0 senders and receivers"):
        await peers.caller.getStats(VideoSource().track)


async def test_a_selector_that_several_have(peers):
    peers.caller.addTrack(VideoSource().track)
    await peers.connect()
    (receiver,) = peers.callee.getReceivers()
    peers.callee.addTrack(receiver.track)
    with pytest.raises(InvalidAccessError, match="2 senders and receivers"):
        await peers.callee.getStats(receiver.track)


@pytest.mark.parametrize("selector", ["track", 1, {}, object()])
async def test_a_selector_that_is_no_track(selector):
    async with RTCPeerConnection() as pc:
        with pytest.raises(TypeError, match="MediaStreamTrack"):
            await pc.getStats(selector)


# --- Many at once, cancelled, closed ---------------------------------------------------------------------


async def test_calls_at_the_same_time_share_one_report(peers):
    source = VideoSource()
    sender = peers.caller.addTrack(source.track)
    await peers.connect()
    reports = await asyncio.gather(*(peers.caller.getStats() for _ in range(20)), sender.getStats())
    assert all(report is reports[0] for report in reports[:20])
    assert all(reports[0][id] is stats for id, stats in reports[20].items())
    assert await peers.caller.getStats() is not reports[0]


async def test_a_cancelled_one_harms_no_other():
    async with RTCPeerConnection() as pc:
        tasks = [asyncio.ensure_future(pc.getStats()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        assert await tasks[1] is await tasks[2]
        assert await pc.getStats()


async def test_all_cancelled_and_asked_again():
    async with RTCPeerConnection() as pc:
        for _ in range(5):
            task = asyncio.ensure_future(pc.getStats())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert await pc.getStats()


async def test_of_a_closed_connection(peers):
    """The report of its end, for ever."""
    source = VideoSource()
    sender = peers.caller.addTrack(source.track)
    here, there = await peers.channels("named")
    here.send("four")
    assert await anext(there) == "four"
    before = await peers.caller.getStats()
    peers.caller.close()
    while_closing = await peers.caller.getStats()
    await peers.caller.wait_closed()
    after = await peers.caller.getStats()
    assert after == while_closing
    assert set(after) == set(before)
    assert one(after, RTCPeerConnectionStats).timestamp >= one(before, RTCPeerConnectionStats).timestamp
    assert one(after, RTCDataChannelStats).bytesSent == 4
    assert await peers.caller.getStats() is after
    (outbound,) = (await sender.getStats()).of_type(RTCOutboundRtpStreamStats)
    assert outbound in after.values()
    assert list(await peers.caller.getStats(source.track)) == list(await sender.getStats())
    with pytest.raises(InvalidAccessError):
        await peers.caller.getStats(VideoSource().track)


async def test_of_a_connection_that_was_never_used():
    pc = RTCPeerConnection()
    pc.close()
    assert [str(stats.type) for stats in (await pc.getStats()).values()] == ["peer-connection"]
    await pc.wait_closed()


@pytest.mark.parametrize("turns", range(4))
async def test_closed_meanwhile(turns):
    pc = RTCPeerConnection()
    pc.createDataChannel("x")
    tasks = [asyncio.ensure_future(pc.getStats()) for _ in range(3)]
    for _ in range(turns):
        await asyncio.sleep(0)
    tasks[1].cancel()
    pc.close()
    first, cancelled, last = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(cancelled, asyncio.CancelledError)
    assert isinstance(first, RTCStatsReport)
    assert first is last
    await pc.wait_closed()


async def test_candidates_of_both_sides(peers):
    await peers.channels()
    report = await peers.caller.getStats()
    candidates = report.of_type(RTCIceCandidateStats)
    assert {str(candidate.type) for candidate in candidates} == {"local-candidate", "remote-candidate"}
    for candidate in candidates:
        assert candidate.isRemote == (candidate.type == "remote-candidate")
        assert candidate.ip == candidate.address
        assert candidate.protocol == "udp"

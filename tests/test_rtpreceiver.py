"""RTCRtpReceiver: parameters, sources, the jitter buffer's target (webrtc-pc 5.3, webrtc-extensions)."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from harness import until
from pywebrtc import AudioSource, RTCPeerConnection, RTCRtpReceiver, RTCRtpSynchronizationSource
from pywebrtc.exceptions import RangeError
from test_media import pushing


@pytest.mark.parametrize(("kind", "name"), [("audio", "audio/opus"), ("video", "video/H264")])
def test_getCapabilities(kind, name):
    assert name in {codec.mimeType for codec in RTCRtpReceiver.getCapabilities(kind).codecs}
    assert RTCRtpReceiver.getCapabilities("") is None
    with pytest.raises(TypeError):
        RTCRtpReceiver.getCapabilities(None)


async def test_getParameters(peers):
    peers.caller.addTransceiver("audio")
    await peers.connect()
    (receiver,) = peers.callee.getReceivers()
    parameters = receiver.getParameters()
    opus = next(codec for codec in parameters.codecs if codec.mimeType == "audio/opus")
    assert (opus.clockRate, opus.channels, opus.payloadType) == (48000, 2, 111)
    assert {e.uri for e in parameters.headerExtensions} >= {"urn:ietf:params:rtp-hdrext:sdes:mid"}
    assert parameters.rtcp.reducedSize is True
    parameters.codecs.clear()
    assert receiver.getParameters().codecs
    last = receiver.getParameters()
    await peers.close()
    assert receiver.getParameters() == last


async def test_getParameters_before_negotiation():
    async with RTCPeerConnection() as pc:
        parameters = pc.addTransceiver("video").receiver.getParameters()
        assert (parameters.codecs, parameters.headerExtensions) == ([], [])


async def test_sources(peers):
    source = AudioSource()
    peers.caller.addTrack(source.track)
    await peers.connect()
    (receiver,) = peers.callee.getReceivers()
    assert receiver.getContributingSources() == []
    before = time.time() * 1000
    tone = (20000 * np.sin(2 * np.pi * np.arange(480) / 48)).astype(np.int16).reshape(-1, 1)
    level = 20000 / 32768 / np.sqrt(2)

    def heard() -> bool:
        sources = receiver.getSynchronizationSources()
        # RFC 6464 has whole dB, and the first frames are silent.
        return bool(sources) and sources[0].audioLevel == pytest.approx(level, rel=0.1)

    async with pushing(lambda: source.push(tone), 0.01), asyncio.timeout(20):
        while not heard():
            await receiver.track.recv()
    (found,) = receiver.getSynchronizationSources()
    assert isinstance(found, RTCRtpSynchronizationSource)
    assert before - 1000 < found.timestamp < time.time() * 1000 + 1000
    assert found.rtpTimestamp is not None
    (inbound,) = (await peers.callee.getStats()).of_type("inbound-rtp")
    assert inbound.ssrc == found.source
    await peers.close()
    assert receiver.getSynchronizationSources() == receiver.getContributingSources() == []


async def test_jitterBufferTarget(peers):
    source = AudioSource()
    peers.caller.addTrack(source.track)
    await peers.connect()
    (receiver,) = peers.callee.getReceivers()
    assert receiver.jitterBufferTarget is None
    for value in (-1, 4001):
        with pytest.raises(RangeError):
            receiver.jitterBufferTarget = value
    for value in ("1", True, float("nan")):
        with pytest.raises(TypeError):
            receiver.jitterBufferTarget = value
    assert receiver.jitterBufferTarget is None
    receiver.jitterBufferTarget = 500
    assert receiver.jitterBufferTarget == 500.0
    silence = np.zeros((480, 1), np.int16)

    async def target_delay() -> float:
        for stats in (await peers.callee.getStats()).of_type("inbound-rtp"):
            if stats.jitterBufferEmittedCount:
                return stats.jitterBufferTargetDelay / stats.jitterBufferEmittedCount
        return 0.0

    async with pushing(lambda: source.push(silence), 0.01), asyncio.timeout(20):
        while await target_delay() < 0.3:
            await receiver.track.recv()
    receiver.jitterBufferTarget = None
    assert receiver.jitterBufferTarget is None
    await peers.close()
    receiver.jitterBufferTarget = 20


async def test_the_receiver_is_there_before_anything_is_received():
    async with RTCPeerConnection() as pc:
        receiver = pc.addTransceiver("audio").receiver
        assert (receiver.track.kind, receiver.track.readyState) == ("audio", "live")
        pc.close()
        await until(receiver.track, "ended", lambda: receiver.track.readyState == "ended")

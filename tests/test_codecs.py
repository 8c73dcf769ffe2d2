"""Every codec of libwebrtc is sent and received: it is what was negotiated, and the signal arrives."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from calls import (
    Tone,
    VideoCall,
    Voice,
    audio_call,
    becomes,
    codec_of,
    codecs,
    heard,
    inbound,
    loudest,
    outbound,
    settled,
    shapes,
    snr,
)
from harness import pushing
from nat import Nat
from pictures import FORMATS, array
from pywebrtc import AudioSource, RTCPeerConnection, VideoFrame
from pywebrtc.exceptions import InvalidModificationError

# Of a tone, in dB: the jitter buffer may stretch a moment of it, and another channel's would be below 0.
CLEAN = 8

VIDEO = [
    ("VP8", "libvpx", "libvpx"),
    ("VP9 profile-id=0", "libvpx", "libvpx"),
    ("VP9 profile-id=2", "libvpx", "libvpx"),
    ("AV1", "libaom", "dav1d"),
    ("H264 packetization-mode=1;profile-level-id=42e01f", "OpenH264", "FFmpeg"),
    ("H264 packetization-mode=0;profile-level-id=42e01f", "OpenH264", "FFmpeg"),
    ("H264 packetization-mode=1;profile-level-id=42001f", "OpenH264", "FFmpeg"),
    ("H264 packetization-mode=1;profile-level-id=4d001f", "OpenH264", "FFmpeg"),
]


@pytest.mark.parametrize(("name", "encoder", "decoder"), VIDEO, ids=[name for name, *_ in VIDEO])
async def test_video(peers, name, encoder, decoder):
    (codec,) = codecs("video", name)
    call, picture = VideoCall(peers), shapes()
    call.add([codec])
    async with call.running(lambda: picture):
        assert await call.receive(picture) >= 30
        for pc, direction in ((peers.caller, "outbound-rtp"), (peers.callee, "inbound-rtp")):
            used = await codec_of(pc, direction)
            assert (used.mimeType, used.clockRate) == (codec.mimeType, 90000)
            parameters = set(filter(None, (used.sdpFmtpLine or "").split(";")))
            assert parameters == set(filter(None, (codec.sdpFmtpLine or "").split(";")))
        assert (await outbound(peers.caller)).encoderImplementation == encoder
        assert (await inbound(peers.callee)).decoderImplementation == decoder


@pytest.mark.parametrize("name", ["VP8", "VP9 profile-id=0", "AV1", "H264"])
async def test_pictures_of_every_format_arrive_in_their_colours(peers, name):
    """In one call, one after the other: the format changes in mid stream."""
    call, rgb = VideoCall(peers), shapes(160, 96)
    call.add(codecs("video", name))
    sent: Any = rgb
    async with call.running(lambda: sent, rate=60):
        for number, format in enumerate(FORMATS):
            # Each is another part of the picture: the one before is not taken for it.
            shown = np.roll(rgb, 24 * number, axis=1)
            pixels = array(shown, format)
            if format == "gray":
                shown = np.repeat(pixels[..., np.newaxis], 3, axis=-1)
            sent = VideoFrame.from_ndarray(pixels, format)
            assert await call.receive(shown) >= 30, format


async def test_the_first_of_the_preferences_is_sent_and_others_are_received(peers):
    call = VideoCall(peers)
    call.add(codecs("video", "AV1", "VP8"))
    picture = shapes()
    async with call.running(lambda: picture):
        await call.receive(picture)
        assert (await codec_of(peers.caller, "outbound-rtp")).mimeType == "video/AV1"
    offered = [codec.mimeType for codec in call.transceiver.sender.getParameters().codecs]
    assert offered == ["video/AV1", "video/VP8"]


async def test_the_codec_of_an_encoding(peers):
    """https://w3c.github.io/webrtc-pc/#dom-rtcrtpencodingparameters-codec: whatever is preferred."""
    call, picture = VideoCall(peers), shapes()
    call.add(codec=codecs("video", "VP9 profile-id=0")[0])
    async with call.running(lambda: picture):
        await call.receive(picture)
        assert (await codec_of(peers.caller, "outbound-rtp")).mimeType == "video/VP9"
        # And in the middle of a call, without negotiation: to each, and back to what is preferred.
        for name, used in (
            ("AV1", "video/AV1"),
            ("H264", "video/H264"),
            ("VP8", "video/VP8"),
            (None, "video/VP8"),
        ):
            await call.set(codec=codecs("video", name)[0] if name else None)
            for pc, direction in ((peers.caller, "outbound-rtp"), (peers.callee, "inbound-rtp")):
                await becomes(
                    lambda pc=pc, direction=direction: codec_of(pc, direction),
                    lambda codec, used=used: codec.mimeType == used,
                )
            await call.receive(picture)


async def test_codecs_that_are_refused(peers):
    call = VideoCall(peers)
    call.add(codecs("video", "VP8"))
    for wrong in (
        {"mimeType": "video/VP8", "clockRate": 90001},
        {"mimeType": "video/VP9", "clockRate": 90000, "sdpFmtpLine": "profile-id=7"},
        {"mimeType": "video/H265", "clockRate": 90000},
        {"mimeType": "audio/opus", "clockRate": 48000, "channels": 2},
        {"mimeType": "VP8", "clockRate": 90000},
    ):
        with pytest.raises(InvalidModificationError):
            call.transceiver.setCodecPreferences([wrong])
        with pytest.raises((InvalidModificationError, TypeError)):
            await call.set(codec=wrong)
    with pytest.raises(InvalidModificationError):  # resiliency alone carries nothing
        call.transceiver.setCodecPreferences(codecs("video", "rtx", "red"))
    # Not negotiated, though known: https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-setparameters
    await peers.connect()
    with pytest.raises(InvalidModificationError):
        await call.set(codec=codecs("video", "AV1")[0])


@pytest.mark.parametrize(
    ("name", "clock_rate", "rate"),
    [("opus", 48000, 48000), ("G722", 8000, 16000), ("PCMU", 8000, 8000), ("PCMA", 8000, 8000)],
)
async def test_audio(peers, name, clock_rate, rate):
    source = AudioSource()
    tone = Tone(source, 1000.0)
    track = await audio_call(peers, source, name)
    async with pushing(tone.push, 0.02):
        samples, sample_rate = await heard(track, 0.5)
        assert (samples.shape[1], sample_rate) == (1, rate)
        assert abs(loudest(samples[:, 0], rate) - 1000) < 2
        assert snr(samples[:, 0], rate, 1000) > CLEAN
        for pc, direction in ((peers.caller, "outbound-rtp"), (peers.callee, "inbound-rtp")):
            used = await codec_of(pc, direction)
            assert (used.mimeType, used.clockRate) == (f"audio/{name}", clock_rate)


async def test_opus_stereo(peers):
    """https://www.rfc-editor.org/rfc/rfc7587#section-6.1: a receiver that says stereo=1 is sent stereo."""
    source = AudioSource(channels=2)
    tone = Tone(source, 500.0, 1300.0)
    track = await audio_call(peers, source, "opus", fmtp="stereo=1")
    async with pushing(tone.push, 0.02):
        samples, rate = await heard(track, 0.5)
        assert samples.shape[1] == 2
        for channel, frequency in ((0, 500), (1, 1300)):
            assert abs(loudest(samples[:, channel], rate) - frequency) < 2
            assert snr(samples[:, channel], rate, frequency) > CLEAN
        assert (await outbound(peers.caller)).targetBitrate == 64000
        assert "stereo=1" in (await codec_of(peers.caller, "outbound-rtp")).sdpFmtpLine


async def test_opus_is_mono_where_nobody_wants_stereo(peers):
    source = AudioSource(channels=2)
    tone = Tone(source, 500.0, 1300.0)
    track = await audio_call(peers, source, "opus")
    async with pushing(tone.push, 0.02):
        samples, rate = await heard(track, 0.5)
        assert samples.shape[1] == 1
        mixed = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
        strongest = {round(int(i) * rate / len(samples), -1) for i in np.argsort(mixed)[-4:]}
        assert strongest == {500, 1300}


@pytest.mark.parametrize(
    ("fmtp", "target"), [("maxaveragebitrate=16000", 16000), ("maxaveragebitrate=128000", 128000)]
)
async def test_opus_maxaveragebitrate(peers, fmtp, target):
    source = AudioSource()
    tone = Tone(source, 1000.0)
    track = await audio_call(peers, source, "opus", fmtp=f"maxaveragebitrate={target}")
    async with pushing(tone.push, 0.02):
        await heard(track, 0.5)
        assert (await outbound(peers.caller)).targetBitrate == target


async def test_opus_cbr(peers):
    """All packets are of one size."""
    source = AudioSource()
    tone = Tone(source, 1000.0)
    track = await audio_call(peers, source, "opus", fmtp="cbr=1")
    async with pushing(tone.push, 0.02):
        await heard(track, 0.5)
        sent = await outbound(peers.caller)
        assert sent.packetsSent > 20
        # 32 kbit/s for 20 ms.
        assert sent.bytesSent == sent.packetsSent * 80


async def test_opus_dtx(peers):
    """Where it is silent a packet every 400 ms is enough; where it is not, none is missing."""
    source = AudioSource()
    tone = Tone(source, 1000.0)
    track = await audio_call(peers, source, "opus", fmtp="usedtx=1")

    def measure():
        return outbound(peers.caller)

    async with pushing(tone.push, 0.02):
        samples, rate = await heard(track, 0.5)
        assert abs(loudest(samples[:, 0], rate) - 1000) < 2
        await settled(measure, "packetsSent", lambda rate: rate > 35, 0.5)
        tone.silent = True
        await settled(measure, "packetsSent", lambda rate: rate < 8)
        tone.silent = False
        await settled(measure, "packetsSent", lambda rate: rate > 35, 0.5)


@pytest.mark.parametrize("red", [False, True])
async def test_lost_packets_are_made_up_for(red):
    """Every fourth packet is lost: RED (RFC 2198) brings nearly all that was in them, in-band FEC a part."""
    packets = 0

    def every_fourth() -> bool:
        nonlocal packets
        packets += losing
        return losing and packets % 4 == 0

    losing, tracks, source = False, [], AudioSource()
    voice = Voice(source)
    async with RTCPeerConnection() as caller, RTCPeerConnection() as callee, Nat(every_fourth) as nat:
        callee.addEventListener("track", lambda event: tracks.append(event.track))
        transceiver = caller.addTransceiver(source.track, {"direction": "sendonly"})
        transceiver.setCodecPreferences(codecs("audio", *(["red"] if red else []), "opus"))
        await nat.connect(caller, callee)
        async with pushing(voice.push, 0.02), asyncio.timeout(40):
            await heard(tracks[0], 0.1)
            before = await inbound(callee)
            losing = True
            while True:
                await asyncio.sleep(0.1)
                now = await inbound(callee)
                used = now.fecPacketsReceived - now.fecPacketsDiscarded
                concealed = (now.concealedSamples - before.concealedSamples) / 960
                lost = now.packetsLost
                if lost > 10 and (concealed < lost / 3 if red else used >= 3):
                    break

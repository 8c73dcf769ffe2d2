"""What setParameters and a connection's options ask of the encoder is seen in what arrives."""

from __future__ import annotations

import asyncio
import socket

import pytest
from calls import Tone, VideoCall, becomes, codecs, heard, inbound, loudest, noise, outbound, settled, shapes
from harness import Peers, pushing, until
from nat import Nat
from pywebrtc import AudioSource, ConnectionOptions, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import InvalidModificationError, OperationError

# So that no test waits for the bandwidth estimation, which starts with 300 kbit/s.
FAST = ConnectionOptions(start_bitrate=3_000_000)


@pytest.fixture
async def call():
    async with Peers(RTCPeerConnection(options=FAST)) as peers:
        yield VideoCall(peers)


async def test_maxBitrate(call):
    call.add(codecs("video", "VP8"), maxBitrate=150_000)

    def sent():
        return outbound(call.peers.caller)

    async with call.running(noise()):
        low = await settled(sent, "bytesSent", lambda rate: 40_000 < rate * 8 < 190_000)
        await call.set(maxBitrate=600_000)
        assert await settled(sent, "bytesSent", lambda rate: 350_000 < rate * 8 < 750_000) > 2 * low


async def test_maxFramerate(call):
    call.add(maxFramerate=10)
    picture = shapes()
    async with call.running(lambda: picture):
        await settled(lambda: outbound(call.peers.caller), "framesEncoded", lambda rate: 6 < rate < 13)
        await call.set(maxFramerate=None)
        await settled(lambda: inbound(call.peers.callee), "framesDecoded", lambda rate: rate > 18)
        await call.set(maxFramerate=5)
        await settled(lambda: inbound(call.peers.callee), "framesDecoded", lambda rate: 2 < rate < 8)


async def test_scaleResolution(call):
    call.add(scaleResolutionDownBy=2.0)
    picture = shapes()
    reader = None

    async def size():
        frame = await reader.recv()
        return frame.width, frame.height

    async with call.running(lambda: picture):
        reader = call.track.frames(maxsize=1)
        await becomes(size, lambda size: size == (160, 90))
        await call.set(scaleResolutionDownBy=1.0)
        await becomes(size, lambda size: size == (320, 180))
        # https://w3c.github.io/webrtc-extensions/#dom-rtcrtpencodingparameters-scaleresolutiondownto
        await call.set(scaleResolutionDownBy=None, scaleResolutionDownTo={"maxWidth": 160, "maxHeight": 120})
        await becomes(size, lambda size: size == (160, 90))
        await call.set(scaleResolutionDownTo={"maxWidth": 90, "maxHeight": 160})  # either orientation
        await becomes(size, lambda size: size == (160, 90))
        await call.set(scaleResolutionDownTo={"maxWidth": 320, "maxHeight": 180})
        await becomes(size, lambda size: size == (320, 180))


async def test_active(call):
    call.add(active=False)
    picture = shapes()

    def sent():
        return outbound(call.peers.caller)

    async with call.running(lambda: picture):
        assert await settled(sent, "framesEncoded", lambda rate: rate == 0, 0.3) == 0
        assert not (await sent()).active
        await call.set(active=True)
        await call.receive(picture)
        await call.set(active=False)
        await settled(sent, "framesEncoded", lambda rate: rate == 0, 0.3)
        await call.set(active=True)
        await call.receive(picture)


async def test_key_frames(call):
    """https://w3c.github.io/webrtc-extensions/#dom-rtcencodingoptions-keyframe."""
    call.add()
    picture = shapes()
    async with call.running(lambda: picture):
        await call.receive(picture)
        before = (await inbound(call.peers.callee)).keyFramesDecoded
        sender = call.transceiver.sender
        for wanted in (1, 2):
            await sender.setParameters(sender.getParameters(), {"encodingOptions": [{"keyFrame": True}]})
            await becomes(
                lambda: inbound(call.peers.callee),
                lambda stream, wanted=wanted: stream.keyFramesDecoded == before + wanted,
            )
        await sender.setParameters(sender.getParameters(), {"encodingOptions": [{"keyFrame": False}]})
        await settled(lambda: inbound(call.peers.callee), "framesDecoded", lambda rate: rate > 10, 0.3)
        assert (await inbound(call.peers.callee)).keyFramesDecoded == before + 2


SVC = {
    "VP8": ["L1T1", "L1T2", "L1T3"],
    "H264": ["L1T1", "L1T2", "L1T3"],
    "VP9": ["L1T1", "L1T3", "L2T1", "L2T2_KEY", "L2T3", "S2T1", "L3T3_KEY", "L3T3"],
    "AV1": ["L1T1", "L1T3", "L2T1", "L2T2_KEY", "L2T3h", "S2T1", "L3T3_KEY", "L3T3"],
}


@pytest.mark.parametrize("name", SVC)
async def test_scalabilityMode(call, name):
    """https://w3c.github.io/webrtc-svc/: each is encoded so, and the picture of the topmost layer arrives.

    libwebrtc leaves out layers that would be smaller than 240x135: three of them need 960x540.
    """
    call.add(codecs("video", name), scalabilityMode=SVC[name][0])
    small, large = shapes(480, 270), shapes(960, 540)
    picture = small
    async with call.running(lambda: picture):
        for mode in SVC[name]:
            picture = large if mode.startswith("L3") else small
            await call.set(scalabilityMode=mode)
            await becomes(lambda: outbound(call.peers.caller), lambda s, m=mode: s.scalabilityMode == m)
            await call.receive(picture)
        before = call.transceiver.sender.getParameters()
        for unknown in ("L9T9", "L2T1" if name in ("VP8", "H264") else "l1t1"):
            with pytest.raises((OperationError, InvalidModificationError)):
                await call.set(scalabilityMode=unknown)
        assert call.transceiver.sender.getParameters().encodings == before.encodings


@pytest.mark.parametrize(
    ("hint", "content"), [("motion", None), ("detail", "screenshare"), ("text", "screenshare")]
)
async def test_contentHint(call, hint, content):
    """https://w3c.github.io/mst-content-hint/: what is read is coded as a screen is."""
    call.source.track.contentHint = hint
    call.add()
    picture = shapes()
    async with call.running(lambda: picture):
        await call.receive(picture)
        assert (await outbound(call.peers.caller)).contentType == content
        assert (await inbound(call.peers.callee)).contentType == content


@pytest.mark.parametrize(
    ("preference", "hint", "size"),
    [
        ("maintain-framerate", "", (320, 180)),
        ("balanced", "", (320, 180)),
        ("maintain-resolution", "", (640, 360)),
        ("maintain-framerate-and-resolution", "", (640, 360)),
        (None, "", (320, 180)),
        (None, "detail", (640, 360)),
    ],
)
async def test_degradationPreference(preference, hint, size):
    """What is given up where there is not enough bandwidth; without a preference, the hint says it."""
    limited = ConnectionOptions(start_bitrate=200_000, max_bitrate=200_000)
    async with Peers(RTCPeerConnection(options=limited)) as peers:
        call = VideoCall(peers)
        call.source.track.contentHint = hint
        call.add(codecs("video", "VP8"))
        sender = call.transceiver.sender
        parameters = sender.getParameters()
        parameters.degradationPreference = preference
        await sender.setParameters(parameters)

        def sent():
            return outbound(peers.caller)

        async with call.running(noise(640, 360)):
            smaller = size[0] < 640
            stream = await becomes(
                sent, lambda s: (s.framesEncoded or 0) > 1 and (not smaller or s.frameWidth == size[0])
            )
            assert (stream.frameWidth, stream.frameHeight) == size
            assert stream.qualityLimitationReason == ("bandwidth" if smaller else "none")
            # The rate is kept where the size is not, and the other way round.
            await settled(sent, "framesEncoded", lambda rate: rate > 7 if smaller else rate < 7)
            assert ((await sent()).frameWidth, (await sent()).frameHeight) == size


async def test_priority():
    """https://w3c.github.io/webrtc-priority/: what is not enough for two is shared by their priority."""
    sources, rates, picture = [VideoSource(), VideoSource()], [], noise()
    limited = ConnectionOptions(start_bitrate=700_000, max_bitrate=700_000)
    async with Peers(RTCPeerConnection(options=limited)) as peers:
        for source, priority in zip(sources, ("very-low", "high"), strict=True):
            transceiver = peers.caller.addTransceiver(
                source.track, {"sendEncodings": [{"priority": priority}], "direction": "sendonly"}
            )
            transceiver.setCodecPreferences(codecs("video", "VP8"))
        await peers.connect()

        async def targets():
            streams = (await peers.caller.getStats()).of_type("outbound-rtp")
            return [s.targetBitrate or 0 for s in sorted(streams, key=lambda s: s.mid)]

        async with pushing(lambda: [source.push(picture()) for source in sources], 1 / 30):
            low, high = await becomes(targets, lambda rates: rates[0] > 0 and rates[1] > 3 * rates[0])
            assert low + high <= 700_000
            for mid, target in (("0", low), ("1", high)):

                async def stream(mid=mid):
                    streams = (await peers.caller.getStats()).of_type("outbound-rtp")
                    return next(s for s in streams if s.mid == mid)

                rates.append(
                    await settled(stream, "bytesSent", lambda rate, t=target: rate * 8 < 1.4 * t + 20_000)
                )
            assert rates[1] > 2 * rates[0]


class Marks(Nat):
    """Notes the DSCP of what a client sends."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    async def inside(self, peer, client=None):
        self._client = client
        loop, sock = asyncio.get_running_loop(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)

        def readable() -> None:
            data, ancillary, _, source = sock.recvmsg(2048, 64)
            if 128 <= data[0] < 192:  # https://www.rfc-editor.org/rfc/rfc7983#section-7: RTP and RTCP
                self.seen |= {tos[0] >> 2 for _, kind, tos in ancillary if kind == socket.IP_TOS}
            self._from_client(data, source, peer)

        loop.add_reader(sock, readable)
        self._inside[peer] = _Socket(sock)
        return sock.getsockname()


class _Socket:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def sendto(self, data, address) -> None:
        self._sock.sendto(data, address)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._sock)
        self._sock.close()


# https://www.rfc-editor.org/rfc/rfc8837#section-5, for interactive video.
@pytest.mark.parametrize(("priority", "dscp"), [("very-low", 8), ("low", 0), ("medium", 36), ("high", 34)])
async def test_networkPriority(priority, dscp):
    source, picture, options = VideoSource(), shapes(), ConnectionOptions(dscp=True)
    async with RTCPeerConnection(options=options) as pc, RTCPeerConnection() as other, Marks() as marks:
        pc.addTransceiver(source.track, {"sendEncodings": [{"networkPriority": priority}]})
        # It is the socket's, for all that is sent there: the last packets of before may have another one.
        await marks.connect(pc, other)
        async with pushing(lambda: source.push(picture), 1 / 30):
            await settled(lambda: outbound(pc), "packetsSent", lambda rate: rate > 5, 0.2)
            assert dscp in marks.seen
            assert marks.seen <= {0, dscp}


async def available(pc):
    report = await pc.getStats()
    (transport,) = report.of_type("transport")
    pair = report.get(transport.selectedCandidatePairId)
    return None if pair is None else pair.availableOutgoingBitrate


async def test_start_bitrate_of_a_connection():
    """With nothing that comes back it is all that the estimation knows."""
    silent, source, picture = False, VideoSource(), noise()
    options = ConnectionOptions(start_bitrate=1_234_000)
    async with (
        RTCPeerConnection(options=options) as pc,
        RTCPeerConnection() as other,
        Nat(lambda: silent) as nat,
    ):
        pc.addTransceiver(source.track, {"direction": "sendonly"})
        await nat.connect(pc, other)
        for peer in (pc, other):
            await until(peer, "connectionstatechange", lambda peer=peer: peer.connectionState == "connected")
        silent = True
        async with pushing(lambda: source.push(picture()), 1 / 30):
            assert await becomes(lambda: available(pc), bool) == 1_234_000


async def test_max_bitrate_of_a_connection():
    options = ConnectionOptions(max_bitrate=250_000)
    async with Peers(RTCPeerConnection(options=options)) as peers:
        call = VideoCall(peers)
        call.add(codecs("video", "VP8"))
        async with call.running(noise()):
            assert await becomes(lambda: available(peers.caller), lambda rate: rate is not None) <= 250_000
            await settled(
                lambda: outbound(peers.caller), "bytesSent", lambda rate: 100_000 < rate * 8 < 280_000
            )
            await becomes(lambda: available(peers.caller), lambda rate: rate == 250_000)


@pytest.mark.parametrize("limit", [None, 400_000])
async def test_min_bitrate_of_a_connection(limit):
    """Half of the packets are lost: the estimation falls as far as it may."""
    packets, losing, source, picture = 0, False, VideoSource(), noise()

    def every_other() -> bool:
        nonlocal packets
        packets += 1
        return losing and packets % 2 == 0

    options = ConnectionOptions(start_bitrate=600_000, min_bitrate=limit)
    async with (
        RTCPeerConnection(options=options) as pc,
        RTCPeerConnection() as other,
        Nat(every_other) as nat,
    ):
        pc.addTransceiver(source.track, {"direction": "sendonly"})
        await nat.connect(pc, other)
        async with pushing(lambda: source.push(picture()), 1 / 30):
            await becomes(lambda: available(pc), lambda rate: rate is not None and rate > 500_000)
            losing = True
            if limit is None:
                await becomes(lambda: available(pc), lambda rate: rate < 300_000)
            else:
                await becomes(lambda: available(pc), lambda rate: rate == limit)
                await settled(lambda: outbound(pc), "packetsSent", lambda rate: rate > 20)
                await becomes(lambda: available(pc), lambda rate: rate == limit)


async def test_adaptivePtime(peers):
    """https://w3c.github.io/webrtc-extensions/#dom-rtcrtpencodingparameters-adaptiveptime"""
    source = AudioSource()
    tone, tracks = Tone(source, 1000.0), []
    peers.callee.addEventListener("track", lambda event: tracks.append(event.track))
    sender = peers.caller.addTransceiver(
        source.track, {"direction": "sendonly", "sendEncodings": [{"adaptivePtime": True}]}
    ).sender
    await peers.connect()
    assert sender.getParameters().encodings[0].adaptivePtime is True
    async with pushing(tone.push, 0.02):
        samples, rate = await heard(tracks[0], 0.3)
        assert abs(loudest(samples[:, 0], rate) - 1000) < 5

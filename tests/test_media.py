"""Calls with media: what is seen and heard at the other end is what was sent."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import numpy as np
import pytest
from calls import VideoCall, codecs, heard, loudest, shapes, snr
from harness import Peers, next_event, pushing, until
from pywebrtc import AudioSource, VideoSource
from pywebrtc.exceptions import InvalidStateError
from pywebrtc.mediastream import MediaStream
from pywebrtc.mediastreamtrack import MediaStreamTrack

WIDTH, HEIGHT = 320, 240
RED, GREEN, BLUE = (220, 30, 40), (20, 200, 60), (30, 50, 210)


def picture(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """RGB, three colours in an order that no swap of channels or planes, no turn and no mirror keeps."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[: height // 2, : width // 2] = RED
    rgb[: height // 2, width // 2 :] = GREEN
    rgb[height // 2 :] = BLUE
    return rgb


def i420(rgb: np.ndarray) -> np.ndarray:
    """BT.601, limited range, by the textbook."""
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
    u = 128 + (-37.797 * r - 74.203 * g + 112.0 * b) / 255
    v = 128 + (112.0 * r - 93.786 * g - 18.214 * b) / 255
    planes = [y.ravel(), u[::2, ::2].ravel(), v[::2, ::2].ravel()]
    return np.concatenate(planes).round().astype(np.uint8).reshape(-1, rgb.shape[1])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


async def call(peers: Peers, *tracks: MediaStreamTrack) -> list[Any]:
    """Connect with tracks of the caller; the callee's track events."""
    stream = MediaStream(tracks)
    events: list[Any] = []
    peers.callee.addEventListener("track", events.append)
    for track in tracks:
        peers.caller.addTrack(track, stream)
    await peers.connect()
    assert len(events) == len(tracks)
    return events


@pytest.mark.parametrize("format", ["rgb24", "bgr24", "i420"])
async def test_video(peers, format):
    rgb = picture()
    pushed = {"rgb24": rgb, "bgr24": np.ascontiguousarray(rgb[..., ::-1]), "i420": i420(rgb)}[format]
    source = VideoSource()
    (event,) = await call(peers, source.track)
    async with pushing(lambda: source.push(pushed, format), 1 / 30):
        reader = event.track.frames(maxsize=1)
        best = 0.0
        async with asyncio.timeout(30):
            # The first frames are as small and coarse as a new connection's bandwidth has them.
            while best <= 30:
                frame = await reader.recv()
                if (frame.width, frame.height) == (WIDTH, HEIGHT):
                    best = max(best, psnr(frame.to_ndarray("rgb24"), rgb))
                    assert frame.rtp_timestamp > 0
    assert psnr(frame.to_ndarray("bgr24"), rgb[..., ::-1]) > 30
    assert psnr(frame.to_ndarray("i420"), i420(rgb)) > 30
    report = await peers.callee.getStats()
    (inbound,) = report.of_type("inbound-rtp")
    assert report[inbound.codecId].mimeType == "video/VP8"


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (16000, 1), (44100, 2)])
async def test_audio(peers, rate, channels):
    frequency = 1000.0
    source = AudioSource(sample_rate=rate, channels=channels)
    position = 0

    def push() -> None:
        nonlocal position
        t = np.arange(position, position + rate // 50) / rate
        position += rate // 50
        tone = (12000 * np.sin(2 * np.pi * frequency * t)).astype(np.int16)
        source.push(np.repeat(tone[:, np.newaxis], channels, axis=1))

    (event,) = await call(peers, source.track)
    heard: list[np.ndarray] = []
    async with pushing(push, 0.02):
        reader = event.track.frames()
        async with asyncio.timeout(30):
            while len(heard) < 100:
                frame = await reader.recv()
                assert frame.sample_rate == 48000
                samples = frame.to_ndarray()
                assert samples.dtype == np.int16
                assert samples.shape[0] == 480
                # Silence comes before the first packet.
                if heard or np.abs(samples).max() > 3000:
                    heard.append(samples[:, 0])
    sound = np.concatenate(heard)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    loudest = np.argmax(spectrum) * 48000 / len(sound)
    assert abs(loudest - frequency) < frequency * 0.01
    # A tone and nothing else: most of the energy is there.
    assert (
        spectrum[np.abs(np.arange(len(spectrum)) * 48000 / len(sound) - loudest) < 20].sum()
        > spectrum.sum() / 3
    )


async def test_sizes_odd_and_changing(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    reader = event.track.frames(maxsize=1)
    for width, height in ((160, 120), (161, 121), (97, 33), (320, 180), (16, 16)):
        async with pushing(lambda w=width, h=height: source.push(picture(w, h)), 1 / 30), asyncio.timeout(30):
            while True:
                frame = await reader.recv()
                if (frame.width, frame.height) == (width, height):
                    break
        assert frame.to_ndarray("rgb24").shape == (height, width, 3)


async def test_an_enormous_picture_in_mid_call(peers):
    """64 million pixels, for which there are not enough bits: they are lost, and the next picture is not."""
    sending, rgb = VideoCall(peers), shapes(160, 96)
    sending.add(codecs("video", "AV1"))
    async with sending.running(lambda: rgb):
        await sending.receive(rgb)
    sending.source.push(np.broadcast_to(np.uint8(90), (8192, 8192)), format="gray")
    async with sending.running(lambda: rgb):
        await sending.receive(rgb)


async def test_the_largest_picture():
    """16384 x 16384, from memory that is one pixel, to a reader of a local track."""
    source = VideoSource()
    reader = source.track.frames(maxsize=1)
    source.push(np.broadcast_to(np.uint8(90), (16384, 16384)), format="gray")
    frame = await reader.recv()
    assert (frame.width, frame.height) == (16384, 16384)
    assert (frame.to_ndarray("gray", width=64, height=64) == 90).all()


async def test_audio_whose_kind_changes_in_mid_call(peers):
    """Rate, channels and type of what is pushed: the tone goes on, and nothing but the tone."""
    source = AudioSource(channels=2)
    kinds = itertools.cycle(
        [(48000, 2, "int16"), (16000, 1, "float32"), (44100, 2, "float32"), (8000, 1, "int16")]
    )
    seconds = 0.0

    def push() -> None:
        nonlocal seconds
        rate, channels, dtype = next(kinds)
        t = seconds + np.arange(rate // 10) / rate
        seconds += 0.1
        samples = 0.4 * np.sin(2 * np.pi * 400 * t)
        samples = samples if dtype == "float32" else samples * 32768
        source.push(np.repeat(samples.astype(dtype)[:, np.newaxis], channels, axis=1), sample_rate=rate)

    (event,) = await call(peers, source.track)
    async with pushing(push, 0.1):
        samples, rate = await heard(event.track, 1.2)
    assert rate == 48000
    assert abs(loudest(samples[:, 0], rate) - 400) < 4
    # Each change is a moment in which a filter begins anew.
    assert snr(samples[:, 0], rate, 400) > 8


async def test_a_reader_that_does_not_read(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    idle, busy = event.track.frames(maxsize=3), event.track.frames()
    async with pushing(lambda: source.push(picture()), 1 / 60), asyncio.timeout(30):
        for _ in range(10):
            await busy.recv()
    assert busy.dropped == 0
    assert idle.dropped >= 7
    times = [(await idle.recv()).rtp_timestamp for _ in range(3)]
    assert times == sorted(times)


async def test_the_track_event(peers):
    audio, video = AudioSource("microphone").track, VideoSource("camera").track
    both, other = MediaStream([audio, video]), MediaStream()
    events: list[Any] = []
    order: list[str] = []

    @peers.callee.on("track")
    def track(event: Any) -> None:
        events.append(event)
        order.append("track")
        # Its streams have it already (webrtc-pc, set-description, "addList").
        assert all(event.track in stream.getTracks() for stream in event.streams)

    peers.callee.on("signalingstatechange", lambda event: order.append("signalingstatechange"))
    peers.caller.addTrack(audio, both)
    peers.caller.addTrack(video, both, other)
    await peers.caller.setLocalDescription()
    setting = asyncio.ensure_future(peers.callee.setRemoteDescription(peers.caller.localDescription))
    setting.add_done_callback(lambda _: order.append("promise"))
    await setting
    assert order == ["signalingstatechange", "track", "track", "promise"]
    assert [event.track.kind for event in events] == ["audio", "video"]
    for event, transceiver, sent in zip(events, peers.callee.getTransceivers(), (audio, video), strict=True):
        assert event.transceiver is transceiver
        assert event.receiver is transceiver.receiver
        assert event.track is transceiver.receiver.track
        assert event.track.id == sent.id
        assert event.track.readyState == "live"
        assert event.track.label == f"remote {sent.kind}"
        assert (transceiver.direction, transceiver.currentDirection) == ("recvonly", None)
    first, second = ([stream.id for stream in event.streams] for event in events)
    assert first == [both.id]
    assert sorted(second) == sorted([both.id, other.id])
    # One object for one stream.
    assert events[0].streams[0] in events[1].streams
    assert events[0].streams[0].getTracks() == [events[0].track, events[1].track]
    await peers.callee.setLocalDescription()
    await peers.caller.setRemoteDescription(peers.callee.localDescription)
    assert [t.currentDirection for t in peers.caller.getTransceivers()] == ["sendonly", "sendonly"]
    assert [t.currentDirection for t in peers.callee.getTransceivers()] == ["recvonly", "recvonly"]
    assert [t.mid for t in peers.caller.getTransceivers()] == ["0", "1"]


async def test_a_track_of_no_stream(peers):
    events: list[Any] = []
    peers.callee.ontrack = events.append
    peers.caller.addTrack(VideoSource().track)
    await peers.negotiate()
    assert [event.streams for event in events] == [()]


async def test_remove_and_add_again(peers):
    source = VideoSource()
    stream = MediaStream([source.track])
    events: list[Any] = []
    peers.callee.ontrack = events.append
    sender = peers.caller.addTrack(source.track, stream)
    await peers.connect()
    remote = events[0].streams[0]
    log: list[tuple[str, Any]] = []
    remote.onremovetrack = remote.onaddtrack = lambda event: log.append((event.type, event.track))

    peers.caller.removeTrack(sender)
    assert sender.track is None
    assert await next_event(peers.caller, "negotiationneeded")
    await peers.negotiate()
    assert log == [("removetrack", events[0].track)]
    assert remote.getTracks() == []
    (transceiver,) = peers.callee.getTransceivers()
    assert transceiver.currentDirection == "inactive"
    assert events[0].track.readyState == "live"
    assert len(events) == 1

    # webrtc-pc, addTrack: a sender that has sent is not used again.
    again = peers.caller.addTrack(source.track, stream)
    assert again is not sender
    assert (sender.track, again.track) == (None, source.track)
    await peers.negotiate()
    assert len(events) == 2
    assert events[1].transceiver is peers.callee.getTransceivers()[1]
    assert [stream.id for stream in events[1].streams] == [stream.id]
    async with pushing(lambda: source.push(picture()), 1 / 30), asyncio.timeout(30):
        assert (await events[1].track.recv()).width


async def test_a_sender_that_has_not_sent_is_used_again(peers):
    sender = peers.caller.addTrack(VideoSource().track)
    peers.caller.removeTrack(sender)
    assert peers.caller.addTrack(AudioSource().track) is not sender
    track = VideoSource().track
    assert peers.caller.addTrack(track) is sender
    assert sender.track is track


async def test_both_ways(peers):
    there, here = VideoSource(), VideoSource()
    got: dict[str, Any] = {}
    peers.caller.ontrack = lambda event: got.update(caller=event.track)
    peers.callee.ontrack = lambda event: got.update(callee=event.track)
    peers.caller.addTrack(there.track)
    peers.callee.addTrack(here.track)
    await peers.connect()
    assert len(peers.caller.getTransceivers()) == len(peers.callee.getTransceivers()) == 1
    assert peers.caller.getTransceivers()[0].currentDirection == "sendrecv"
    red, blue = np.full((HEIGHT, WIDTH, 3), RED, np.uint8), np.full((HEIGHT, WIDTH, 3), BLUE, np.uint8)
    async with pushing(lambda: (there.push(red), here.push(blue)), 1 / 30), asyncio.timeout(30):
        at_callee, at_caller = await asyncio.gather(got["callee"].recv(), got["caller"].recv())
    assert np.abs(at_callee.to_ndarray().mean((0, 1)) - RED).max() < 25
    assert np.abs(at_caller.to_ndarray().mean((0, 1)) - BLUE).max() < 25


async def test_close_ends_the_tracks(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    track = event.track
    ended: list[Any] = []
    track.onended = ended.append
    waiting = [asyncio.ensure_future(recv()) for recv in (track.recv, track.frames().recv)]
    await asyncio.sleep(0)
    peers.callee.close()
    assert track.readyState == "ended"
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(result, InvalidStateError)
    # webrtc-pc, close(): the tracks end without an event.
    assert ended == []
    await peers.callee.wait_closed()
    with pytest.raises(InvalidStateError):
        await track.recv()
    with pytest.raises(InvalidStateError):
        track.frames()
    track.enabled = False
    track.stop()
    # What is sent goes on living: it belongs to its source.
    assert source.track.readyState == "live"


async def test_frames_that_wait_outlive_the_connection(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    reader = event.track.frames()
    async with pushing(lambda: source.push(picture()), 1 / 30), asyncio.timeout(30):
        frame = await reader.recv()
    peers.callee.close()
    await peers.callee.wait_closed()
    assert frame.to_ndarray("rgb24").shape[2] == 3


async def test_a_disabled_track_is_black(peers):
    source = VideoSource()
    (event,) = await call(peers, source.track)
    reader = event.track.frames(maxsize=1)
    white = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    async with pushing(lambda: source.push(white), 1 / 30), asyncio.timeout(30):
        while (await reader.recv()).to_ndarray().mean() < 200:
            pass
        source.track.enabled = False
        while (await reader.recv()).to_ndarray().mean() > 20:
            pass


async def test_one_source_for_two_connections():
    source = VideoSource()
    async with Peers() as one, Peers() as two:
        (first,) = await call(one, source.track)
        (second,) = await call(two, source.track)
        async with pushing(lambda: source.push(picture()), 1 / 30), asyncio.timeout(30):
            await asyncio.gather(first.track.recv(), second.track.recv())
        one.caller.close()
        async with pushing(lambda: source.push(picture()), 1 / 30), asyncio.timeout(30):
            await second.track.recv()


async def test_media_beside_a_channel(peers):
    source = VideoSource()
    peers.caller.addTrack(source.track)
    tracks: list[Any] = []
    peers.callee.ontrack = lambda event: tracks.append(event.track)
    here, there = await peers.channels()
    here.send("hello")
    assert await anext(there) == "hello"
    async with pushing(lambda: source.push(picture()), 1 / 30), asyncio.timeout(30):
        await tracks[0].recv()
    await until(peers.callee, "connectionstatechange", lambda: peers.callee.connectionState == "connected")

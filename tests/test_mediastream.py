"""MediaStream, MediaStreamTrack and FrameReader: mediacapture-main, and reading."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import time

import numpy as np
import pytest
from harness import next_event, pushing, until
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource
from pywebrtc.constraints import MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings
from pywebrtc.exceptions import InvalidStateError, OverconstrainedError
from pywebrtc.framereader import FrameReader
from pywebrtc.mediastream import MediaStream
from pywebrtc.mediastreamtrack import MediaStreamTrack


def numbered(number: int) -> np.ndarray:
    return np.full((16, 16, 3), number, np.uint8)


async def number(reader: FrameReader | MediaStreamTrack) -> int:
    return round(float((await reader.recv()).to_ndarray().mean()))


def test_streams_hold_tracks_once():
    audio, video = AudioSource().track, VideoSource().track
    stream = MediaStream([video, audio, video])
    assert stream.getTracks() == [video, audio]
    assert stream.getAudioTracks() == [audio]
    assert stream.getVideoTracks() == [video]
    assert stream.getTrackById(audio.id) is audio
    assert stream.getTrackById("none") is None
    stream.addTrack(audio)
    stream.removeTrack(video)
    stream.removeTrack(video)
    assert stream.getTracks() == [audio]
    assert repr(stream) == f"<MediaStream {stream.id} with 1 tracks>"


def test_a_stream_of_a_stream():
    one = MediaStream([VideoSource().track])
    two = MediaStream(one)
    assert two.getTracks() == one.getTracks()
    assert two.id != one.id
    assert len(one.id) == 36


def test_active():
    track = VideoSource().track
    stream = MediaStream()
    assert not stream.active
    stream.addTrack(track)
    assert stream.active
    track.stop()
    assert not stream.active


def test_no_event_for_what_the_program_does_itself():
    stream, fired = MediaStream(), []
    stream.onaddtrack = stream.onremovetrack = fired.append
    track = VideoSource().track
    track.onended = fired.append
    stream.addTrack(track)
    stream.removeTrack(track)
    track.stop()
    assert fired == []


@pytest.mark.parametrize("wrong", [None, 1, "x", VideoSource])
def test_streams_of_something_else(wrong):
    with pytest.raises(TypeError):
        MediaStream([wrong])
    for method in (MediaStream().addTrack, MediaStream().removeTrack):
        with pytest.raises(TypeError, match="MediaStreamTrack"):
            method(wrong)


@pytest.mark.parametrize("cls", [MediaStreamTrack, FrameReader])
def test_no_constructor(cls):
    with pytest.raises(TypeError, match=cls.__name__):
        cls()


def test_enabled_is_a_bool():
    track = VideoSource().track
    assert track.enabled is True
    track.enabled = False
    assert track.enabled is False
    for wrong in (0, None, "no"):
        with pytest.raises(TypeError, match="bool"):
            track.enabled = wrong


async def test_disabled_is_black():
    source = VideoSource()
    reader = source.track.frames()
    source.track.enabled = False
    source.push(numbered(200))
    assert await number(reader) == 0


async def test_two_readers_have_queues_of_their_own():
    source = VideoSource()
    one, two = source.track.frames(), source.track.frames(maxsize=2)
    for i in range(0, 250, 50):
        source.push(numbered(i))
    assert [await number(one) for _ in range(5)] == [0, 50, 100, 150, 200]
    assert [await number(two) for _ in range(2)] == [150, 200]
    assert (one.dropped, two.dropped) == (0, 3)


async def test_a_reader_that_does_not_read_keeps_the_newest():
    source = VideoSource()
    reader = source.track.frames()
    for i in range(100):
        source.push(numbered(2 * i))
    assert reader.dropped == 70
    assert await number(reader) == 140


async def test_recv_begins_with_the_first_call():
    source = VideoSource()
    source.push(numbered(10))
    waiting = asyncio.ensure_future(source.track.recv())
    await asyncio.sleep(0)
    source.push(numbered(20))
    assert round(float((await waiting).to_ndarray().mean())) == 20


async def test_a_cancelled_recv_loses_no_frame():
    source = VideoSource()
    reader = source.track.frames()
    waiting = asyncio.ensure_future(reader.recv())
    await asyncio.sleep(0)
    source.push(numbered(10))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await number(reader) == 10


async def test_several_waiters_of_one_reader():
    source = VideoSource()
    reader = source.track.frames()
    waiting = [asyncio.ensure_future(number(reader)) for _ in range(3)]
    await asyncio.sleep(0)
    for i in (10, 20, 30):
        source.push(numbered(i))
    assert sorted(await asyncio.gather(*waiting)) == [10, 20, 30]


async def test_the_end():
    source = VideoSource()
    reader = source.track.frames()
    source.push(numbered(10))
    waiting_elsewhere = source.track.frames()
    source.push(numbered(20))
    source.track.stop()
    source.track.stop()
    assert source.track.readyState == "ended"
    assert [await number(frames) for frames in (reader, reader, waiting_elsewhere)] == [10, 20, 20]
    for recv in (reader.recv, waiting_elsewhere.recv, source.track.recv):
        with pytest.raises(InvalidStateError, match="ended"):
            await recv()


async def test_the_end_wakes_who_waits():
    source = VideoSource()
    waiting = [asyncio.ensure_future(recv()) for recv in (source.track.recv, source.track.frames().recv)]
    await asyncio.sleep(0)
    source.track.stop()
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(result, InvalidStateError)


async def test_async_for():
    source = VideoSource()
    seen = []
    reader = source.track.frames()
    for i in (10, 20, 30):
        source.push(numbered(i))
    async for frame in reader:
        seen.append(round(float(frame.to_ndarray().mean())))
        if len(seen) == 2:
            source.track.stop()
    assert seen == [10, 20, 30]
    assert [frame async for frame in source.track] == []


@pytest.mark.parametrize("maxsize", [0, -1])
def test_a_queue_of_nothing(maxsize):
    with pytest.raises(ValueError, match="maxsize"):
        VideoSource().track.frames(maxsize=maxsize)


@pytest.mark.parametrize("maxsize", ["1", 1.5])
def test_a_queue_of_the_wrong_type(maxsize):
    with pytest.raises(TypeError):
        VideoSource().track.frames(maxsize=maxsize)


async def test_a_reader_goes_with_its_last_reference():
    source = VideoSource()
    reader = source.track.frames()
    assert source.push(numbered(1))
    del reader
    gc.collect()
    async with RTCPeerConnection():  # the sink goes on the signaling thread: a call there comes after it
        pass
    assert not source.push(numbered(1))


# --- Tracks: clone, mute, hints, constraints --------------------------------------------------------------


async def test_a_clone_is_stopped_and_enabled_by_itself():
    source = VideoSource("camera")
    source.track.enabled = False
    source.track.contentHint = "text"
    clone = source.track.clone()
    assert clone.id != source.track.id
    assert (clone.kind, clone.label, clone.enabled, clone.contentHint) == ("video", "camera", False, "text")
    clone.enabled = True
    readers = source.track.frames(), clone.frames()
    assert source.push(numbered(200))
    assert [await number(reader) for reader in readers] == [0, 200]
    source.track.stop()
    assert (source.track.readyState, clone.readyState) == ("ended", "live")
    assert source.push(numbered(100))
    assert await number(readers[1]) == 100


async def test_a_source_ends_with_its_last_track():
    for source, frames in ((VideoSource(), numbered(1)), (AudioSource(), np.zeros(48000, np.int16))):
        clone = source.track.clone()
        reader = clone.frames()
        source.track.stop()
        source.push(frames)
        await reader.recv()
        clone.stop()
        with pytest.raises(InvalidStateError, match="ended"):
            source.push(frames)
    assert source.queued_duration == 0
    assert source.dropped == 0


def test_the_clone_of_an_ended_track_has_ended():
    for source in (VideoSource(), AudioSource()):
        source.track.stop()
        clone = source.track.clone()
        assert clone.readyState == "ended"
        assert clone.id != source.track.id
        with pytest.raises(InvalidStateError):
            clone.frames()


async def test_a_clone_of_audio_hears_the_same():
    source = AudioSource()
    readers = source.track.frames(), source.track.clone().frames()
    samples = np.arange(480, dtype=np.int16)
    source.push(samples)
    for reader in readers:
        assert np.array_equal((await reader.recv()).to_ndarray()[:, 0], samples)


async def test_disabled_audio_is_silent_to_readers_too():
    source = AudioSource()
    clone = source.track.clone()
    source.track.enabled = False
    readers = source.track.frames(), clone.frames()
    source.push(np.full(480, 1000, np.int16))
    assert [int((await reader.recv()).to_ndarray().max()) for reader in readers] == [0, 1000]


def test_the_clone_of_a_stream():
    audio, video = AudioSource().track, VideoSource().track
    video.stop()
    stream = MediaStream([audio, video])
    clone = stream.clone()
    assert clone.id != stream.id
    assert [track.kind for track in clone.getTracks()] == ["audio", "video"]
    assert not {*clone.getTracks()} & {*stream.getTracks()}
    assert [track.readyState for track in clone.getTracks()] == ["live", "ended"]


def test_a_muted_source_mutes_its_tracks():
    source, fired = VideoSource(), []
    clone = source.track.clone()
    for track in (source.track, clone):
        track.onmute = track.onunmute = lambda event: fired.append((event.type, event.target))
    assert not source.track.muted
    source.muted = source.muted = True
    assert source.track.muted
    assert clone.muted
    assert source.track.clone().muted
    assert not source.push(numbered(1))
    source.muted = False
    assert not source.track.muted
    assert sorted(type for type, _ in fired) == ["mute", "mute", "unmute", "unmute"]
    assert {target for _, target in fired} == {source.track, clone}
    with pytest.raises(TypeError, match="muted"):
        source.muted = 1
    with pytest.raises(AttributeError):
        source.track.muted = True


def test_an_ended_track_is_not_muted_any_more():
    source, fired = VideoSource(), []
    source.track.onmute = fired.append
    source.track.stop()
    source.muted = True
    assert fired == []
    assert not source.track.muted


@pytest.mark.parametrize(
    ("source", "hints", "other"),
    [
        (VideoSource, ["motion", "detail", "text", ""], "music"),
        (AudioSource, ["speech", "speech-recognition", "music", ""], "motion"),
    ],
)
def test_content_hints(source, hints, other):
    track = source().track
    assert track.contentHint == ""
    for hint in hints:
        track.contentHint = hint
        assert track.contentHint == hint
        track.contentHint = other
        track.contentHint = "no such hint"
        assert track.contentHint == hint
    with pytest.raises(TypeError, match="contentHint"):
        track.contentHint = None


def pictured(source: VideoSource, width: int, height: int) -> bool:
    return source.push(np.zeros((height, width, 3), np.uint8))


async def size(reader: FrameReader) -> tuple[int, int]:
    frame = await reader.recv()
    return frame.width, frame.height


def test_capabilities_and_settings_of_video():
    source = VideoSource()
    track = source.track
    assert track.getCapabilities().width.max == 16384
    assert track.getSettings() == MediaTrackSettings()
    pictured(source, 640, 480)
    capabilities = track.getCapabilities()
    assert (capabilities.width.min, capabilities.width.max) == (1, 640)
    assert (capabilities.height.min, capabilities.height.max) == (1, 480)
    assert capabilities.aspectRatio.min <= 4 / 3 <= capabilities.aspectRatio.max
    assert capabilities.frameRate.max >= 60
    assert capabilities.resizeMode == ["none", "crop-and-scale"]
    assert track.getSettings() == MediaTrackSettings(
        width=640, height=480, aspectRatio=4 / 3, resizeMode="none"
    )
    assert track.getConstraints() == MediaTrackConstraints()


async def test_capabilities_and_settings_of_audio():
    track = AudioSource(sample_rate=16000, channels=2).track
    capabilities, settings = track.getCapabilities(), track.getSettings()
    assert (capabilities.sampleRate.min, capabilities.sampleRate.max) == (16000, 16000)
    assert (capabilities.channelCount.min, capabilities.channelCount.max) == (2, 2)
    assert (settings.sampleRate, settings.channelCount, settings.sampleSize) == (16000, 2, 16)
    assert settings.echoCancellation is False
    assert settings.width is None
    await track.applyConstraints(
        {"sampleRate": {"ideal": 48000}, "echoCancellation": True, "width": {"min": 99}}
    )
    # Echo is seen to; the rate is the source's.
    assert track.getSettings() == dataclasses.replace(settings, echoCancellation=True)
    with pytest.raises(OverconstrainedError) as caught:
        await track.applyConstraints({"channelCount": {"exact": 1}})
    assert caught.value.constraint == "channelCount"
    assert track.getConstraints().sampleRate.ideal == 48000


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ({}, (640, 480)),
        ({"width": 320}, (320, 240)),
        ({"height": {"max": 120}}, (160, 120)),
        ({"width": 320, "height": 320}, (320, 320)),
        ({"width": {"exact": 100}, "height": {"exact": 300}}, (100, 300)),
        ({"width": {"min": 100, "max": 200}}, (200, 150)),
        ({"aspectRatio": {"exact": 1}}, (480, 480)),
        ({"aspectRatio": 16 / 9}, (640, 360)),
        ({"aspectRatio": 16 / 9, "width": {"max": 320}}, (320, 180)),
        # More than there is: pictures are never enlarged.
        ({"width": 1280, "height": 720}, (640, 480)),
        # A wish for each, and the width is the smaller loss.
        ({"resizeMode": "none", "width": 320}, (640, 480)),
        ({"resizeMode": {"exact": "none"}, "width": 320}, (640, 480)),
        ({"resizeMode": {"exact": ["none", "crop-and-scale"]}, "width": 320}, (320, 240)),
        ({"width": {"min": 200}, "advanced": [{"width": 100}, {"width": 300}]}, (300, 225)),
        ({"advanced": [{"width": 2000}, {"height": {"max": 48}, "width": {"min": 640}}]}, (640, 48)),
        ({"sampleRate": {"exact": 1}}, (640, 480)),  # of audio
        ({"width": 319.6}, (320, 240)),
    ],
)
async def test_pictures_are_cropped_and_scaled(constraints, expected):
    source = VideoSource()
    track = source.track
    # Before the first picture and after it.
    await track.applyConstraints(constraints)
    reader = track.frames()
    assert pictured(source, 640, 480)
    assert await size(reader) == expected
    await track.applyConstraints()
    assert pictured(source, 640, 480)
    assert await size(reader) == (640, 480)
    await track.applyConstraints(constraints)
    assert pictured(source, 640, 480)
    assert await size(reader) == expected
    settings = track.getSettings()
    assert (settings.width, settings.height) == expected
    assert settings.aspectRatio == pytest.approx(expected[0] / expected[1], rel=0.01)
    assert track.getConstraints() == MediaTrackConstraints.convert(constraints)


@pytest.mark.parametrize(
    ("constraints", "name"),
    [
        ({"width": {"exact": 0}}, "width"),
        ({"width": {"min": 641}}, "width"),
        ({"height": {"exact": 481}}, "height"),
        ({"width": {"min": 200, "max": 100}}, "width"),
        ({"aspectRatio": {"min": 1000}}, "aspectRatio"),
        ({"width": {"exact": 640}, "height": {"exact": 480}, "aspectRatio": {"exact": 1}}, "aspectRatio"),
        ({"frameRate": {"exact": 0}}, "frameRate"),
        ({"frameRate": {"min": 2000}}, "frameRate"),
        ({"facingMode": {"exact": "user"}}, "facingMode"),
        ({"deviceId": {"exact": "x"}}, "deviceId"),
        ({"resizeMode": {"exact": "none"}, "width": {"exact": 320}}, "resizeMode"),
    ],
)
async def test_what_cannot_be_met_changes_nothing(constraints, name):
    source = VideoSource()
    track = source.track
    reader = track.frames()
    pictured(source, 640, 480)
    await track.applyConstraints({"width": 320})
    with pytest.raises(OverconstrainedError) as caught:
        await track.applyConstraints(constraints)
    assert caught.value.constraint == name
    assert track.getConstraints() == MediaTrackConstraints(width=320)
    pictured(source, 640, 480)
    assert [await size(reader) for _ in range(2)] == [(640, 480), (320, 240)]


@pytest.mark.parametrize(
    "wrong",
    [
        1,
        "x",
        {"width": "640"},
        {"width": {"exact": "x"}},
        {"width": True},
        {"advanced": {}},
        {"frameRate": []},
    ],
)
async def test_constraints_of_the_wrong_type(wrong):
    track = VideoSource().track
    with pytest.raises(TypeError, match="applyConstraints"):
        await track.applyConstraints(wrong)
    assert track.getConstraints() == MediaTrackConstraints()


async def test_the_middle_of_the_picture_is_kept():
    source = VideoSource()
    await source.track.applyConstraints({"aspectRatio": {"exact": 1}})
    reader = source.track.frames()
    picture = np.zeros((64, 192, 3), np.uint8)
    picture[:, 64:128] = 200
    source.push(picture)
    frame = (await reader.recv()).to_ndarray()
    assert frame.shape == (64, 64, 3)
    assert abs(int(frame.min()) - 200) <= 2


async def test_the_frame_rate_is_kept_down():
    source = VideoSource()
    await source.track.applyConstraints({"frameRate": {"max": 10}})
    start = time.monotonic() - 4
    pushed = [source.push(numbered(1), timestamp=start + i / 60) for i in range(60)]
    assert pushed == [False] * 60  # nobody reads
    reader = source.track.frames()
    assert sum(source.push(numbered(1), timestamp=start + 1 + i / 30) for i in range(60)) in (20, 21)
    assert reader.dropped == 0
    assert source.track.getSettings().frameRate == 10
    await source.track.applyConstraints({"frameRate": {"min": 5}})
    assert sum(source.push(numbered(1), timestamp=start + 3 + i / 60) for i in range(30)) == 30
    assert source.track.getSettings().frameRate is None


async def test_each_clone_has_its_own_constraints():
    source = VideoSource()
    await source.track.applyConstraints({"width": 320})
    clone = source.track.clone()
    assert clone.getConstraints() == source.track.getConstraints()
    await clone.applyConstraints({"height": {"exact": 48}})
    readers = source.track.frames(), clone.frames()
    pictured(source, 640, 480)
    assert [await size(reader) for reader in readers] == [(320, 240), (64, 48)]


async def test_pictures_that_are_too_small_for_the_constraints_are_not_sent():
    source = VideoSource()
    await source.track.applyConstraints({"width": {"min": 100}})
    reader = source.track.frames()
    assert not pictured(source, 64, 64)
    assert source.track.getSettings() == MediaTrackSettings()
    assert source.track.clone().getConstraints().width.min == 100
    assert pictured(source, 128, 64)
    assert await size(reader) == (128, 64)
    assert not pictured(source, 64, 64)
    await source.track.applyConstraints({"width": {"min": 50}})
    assert pictured(source, 64, 64)
    assert await size(reader) == (64, 64)


async def test_constraints_of_an_ended_track_have_no_effect():
    track = VideoSource().track
    track.stop()
    await track.applyConstraints({"width": {"exact": 0}})
    assert track.getConstraints() == MediaTrackConstraints()


# --- Tracks from a remote peer ----------------------------------------------------------------------------


async def test_a_remote_track_is_muted_until_media_flows(peers):
    source, fired = VideoSource(), []
    sender = peers.caller.addTrack(source.track)
    tracks: list[MediaStreamTrack] = []

    def on_track(event):
        assert event.track.muted
        tracks.append(event.track)
        event.track.onmute = event.track.onunmute = lambda e: fired.append(e.type)

    peers.callee.ontrack = on_track
    await peers.connect()
    (track,) = tracks
    clone = track.clone()
    assert track.muted
    assert clone.muted
    assert track.getSettings() == MediaTrackSettings()
    assert track.getCapabilities() == MediaTrackCapabilities()
    readers = track.frames(), clone.frames()
    async with pushing(lambda: pictured(source, 160, 120), 1 / 30):
        await until(track, "unmute", lambda: not track.muted)
        assert not clone.muted
        for reader in readers:
            frame = await reader.recv()
        settings = track.getSettings()
        assert (settings.width, settings.height) == (frame.width, frame.height)
        assert settings.aspectRatio == frame.width / frame.height
        # webrtc-pc, "process the removal of a remote track": in the task of setRemoteDescription.
        peers.caller.removeTrack(sender)
        await peers.negotiate()
        assert track.muted
        assert clone.muted
        assert fired == ["unmute", "mute"]
        assert track.readyState == "live"


async def test_a_direction_mutes_and_unmutes(peers):
    source, fired = VideoSource(), []
    peers.caller.addTrack(source.track)
    event = asyncio.ensure_future(next_event(peers.callee, "track"))
    await peers.connect()
    track = (await event).track
    track.onmute = track.onunmute = lambda e: fired.append(e.type)
    (transceiver,) = peers.caller.getTransceivers()
    async with pushing(lambda: pictured(source, 160, 120), 1 / 30):
        await until(track, "unmute", lambda: not track.muted)
        for direction, muted in (("inactive", True), ("sendonly", False)):
            transceiver.direction = direction
            await peers.negotiate()
            await until(track, "unmute", lambda muted=muted: track.muted == muted)
    assert fired == ["unmute", "mute", "unmute"]


async def test_a_stopped_transceiver_ends_both_tracks(peers):
    """webrtc-pc, "stop sending and receiving": the tracks of both receivers end, with an event."""
    peers.caller.addTrack(VideoSource().track)
    event = asyncio.ensure_future(next_event(peers.callee, "track"))
    await peers.connect()
    (transceiver,) = peers.caller.getTransceivers()
    tracks = transceiver.receiver.track, (await event).track
    clones, fired = [track.clone() for track in tracks], []
    for track in (*tracks, *clones):
        track.onended = lambda e: fired.append(e.target)
    transceiver.stop()
    await until(tracks[0], "ended", lambda: tracks[0].readyState == "ended")
    await peers.negotiate()
    assert [track.readyState for track in (*tracks, *clones)] == ["ended"] * 4
    assert {*fired} == {*tracks, *clones}
    assert len(fired) == 4


async def test_audio_unmutes_its_own_track_only(peers):
    audio, video = AudioSource(), VideoSource()
    tracks = {}
    peers.callee.ontrack = lambda event: tracks.setdefault(event.track.kind, event.track)
    for track in (audio.track, video.track):
        peers.caller.addTrack(track)
    await peers.connect()
    async with pushing(lambda: audio.push(np.zeros(960, np.int16)), 0.02):
        await until(tracks["audio"], "unmute", lambda: not tracks["audio"].muted)
    assert tracks["video"].muted


async def test_a_closed_connection_ends_its_tracks_and_their_clones(peers):
    source = VideoSource()
    peers.caller.addTrack(source.track)
    event = asyncio.ensure_future(next_event(peers.callee, "track"))
    await peers.connect()
    track = (await event).track
    clone, fired = track.clone(), []
    waiting = asyncio.ensure_future(clone.recv())
    await asyncio.sleep(0)
    track.onended = clone.onended = fired.append
    peers.callee.close()
    assert (track.readyState, clone.readyState) == ("ended", "ended")
    with pytest.raises(InvalidStateError):
        await waiting
    await peers.callee.wait_closed()
    assert fired == []
    assert source.track.readyState == "live"
    assert track.clone().readyState == "ended"
    track.enabled = False
    track.contentHint = "text"
    track.stop()


async def test_a_content_hint_reaches_the_encoder(peers):
    """Detail and text are sent as a screen is: it is in the RTP header, and the receiver's statistics."""
    source = VideoSource()
    source.track.contentHint = "text"
    peers.caller.addTrack(source.track)
    event = asyncio.ensure_future(next_event(peers.callee, "track"))
    await peers.connect()
    track = (await event).track
    reader = track.frames()
    async with pushing(lambda: pictured(source, 160, 120), 1 / 30), asyncio.timeout(20):
        while True:
            await reader.recv()
            report = await peers.callee.getStats()
            if any(s.contentType == "screenshare" for s in report.of_type("inbound-rtp")):
                break

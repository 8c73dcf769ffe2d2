"""VideoSource: where pictures become tracks, without a connection and with one."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time

import numpy as np
import pytest
from harness import ended, next_event, pushing, until
from pywebrtc import VideoFrame, VideoSource, VideoWants
from pywebrtc.exceptions import InvalidStateError


def gray(value: int, width: int = 32, height: int = 16) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


async def test_a_local_track_gives_what_was_pushed():
    source = VideoSource("camera")
    assert (source.track.kind, source.track.label, source.track.readyState) == ("video", "camera", "live")
    reader = source.track.frames()
    assert source.push(gray(50))
    assert source.push(gray(200, 18, 34))
    first, second = await reader.recv(), await reader.recv()
    assert abs(int(first.to_ndarray().mean()) - 50) <= 1
    assert (second.width, second.height) == (18, 34)
    assert abs(int(second.to_ndarray().mean()) - 200) <= 1


async def test_a_frame_may_be_pushed():
    source = VideoSource()
    reader = source.track.frames()
    frame = VideoFrame.from_ndarray(gray(90))
    assert source.push(frame)
    got = await reader.recv()
    assert np.array_equal(got.to_ndarray("i420"), frame.to_ndarray("i420"))
    assert got.timestamp == frame.timestamp


def test_without_a_reader_frames_are_skipped():
    source = VideoSource()
    assert [source.push(gray(1)) for _ in range(3)] == [False] * 3
    assert source.skipped == 3


def test_the_track_is_always_the_same():
    source = VideoSource()
    assert source.track is source.track
    assert len(source.track.id) == 36
    assert repr(source.track).startswith(f"<MediaStreamTrack video {source.track.id} live")


async def test_an_ended_source_takes_nothing():
    source = VideoSource()
    source.track.stop()
    for picture in (gray(1), VideoFrame.from_ndarray(gray(1))):
        with pytest.raises(InvalidStateError, match="ended"):
            source.push(picture)
    assert source.skipped == 0


async def test_wrong_arguments_change_nothing():
    source = VideoSource()
    reader = source.track.frames()
    for arguments in (
        (gray(1).astype(float),),
        (gray(1), "yuv"),
        (gray(1)[..., 0],),
        (None,),
        ([[[1, 2, 3]]],),
    ):
        with pytest.raises((TypeError, ValueError)):
            source.push(*arguments)
    for timestamp in (float("nan"), float("inf"), 1e30):
        with pytest.raises(ValueError, match="timestamp"):
            source.push(gray(1), timestamp=timestamp)
    with pytest.raises(TypeError):
        source.push(gray(1), timestamp="now")
    assert source.skipped == 0
    assert source.push(gray(77))
    assert abs(int((await reader.recv()).to_ndarray().mean()) - 77) <= 1


# Timestamps


async def stamps(source: VideoSource, given: list[float | None]) -> list[float]:
    """When the frames are said to have been taken, and pushed."""
    reader = source.track.frames(maxsize=len(given))
    for timestamp in given:
        assert source.push(gray(1), timestamp=timestamp)
    return [(await reader.recv()).timestamp for _ in given]


async def test_without_a_timestamp_it_is_now():
    before = time.monotonic()
    got = await stamps(VideoSource(), [None, None])
    assert before - 0.001 <= got[0] <= got[1] <= time.monotonic()


async def test_timestamps_of_the_monotonic_clock_are_kept():
    start = time.monotonic() - 2
    given = [start + i / 30 for i in range(60)]
    assert await stamps(VideoSource(), given) == pytest.approx(given, abs=1e-6)


async def test_a_time_to_come_is_now():
    (got,) = await stamps(VideoSource(), [time.monotonic() + 1])
    assert got <= time.monotonic()


async def test_a_picture_that_repeats_is_new_each_time():
    frame = VideoFrame.from_ndarray(gray(1))
    source = VideoSource()
    reader = source.track.frames()
    for _ in range(3):
        assert source.push(frame)
        await asyncio.sleep(0.002)
    times = [(await reader.recv()).timestamp for _ in range(3)]
    assert times[0] < times[1] < times[2]


@pytest.mark.parametrize("origin", [0.0, 1.8e9, -1000.0], ids=["file", "1970", "negative"])
async def test_any_clock_is_followed(origin):
    source = VideoSource()
    reader = source.track.frames()
    start = time.monotonic()
    sent: list[float] = []
    for i in range(12):
        # Its steps are even; when the program gets to it is not.
        sent.append(start + i / 50)
        await asyncio.sleep(max(0.0, sent[-1] - time.monotonic()))
        assert source.push(gray(1), timestamp=origin + i / 50)
    assert source.push(gray(1), timestamp=origin + 500)  # a cut
    times = [(await reader.recv()).timestamp for _ in range(13)]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert start <= times[0]
    assert times[-1] <= time.monotonic()


async def test_a_clock_that_jumps_back_loses_no_picture():
    now = time.monotonic()
    got = await stamps(VideoSource(), [now - 1, now - 0.5, now - 3, now - 2.9])
    assert got[:2] == pytest.approx([now - 1, now - 0.5], abs=1e-6)
    assert all(a <= b for a, b in itertools.pairwise(got))


# Threads


async def test_any_thread_may_push():
    source = VideoSource()
    clone = source.track.clone()
    readers = source.track.frames(maxsize=1000), clone.frames(maxsize=1000)
    counts = [0] * 3

    def camera(index: int) -> None:
        for i in range(50):
            counts[index] += source.push(gray(10 + index, 16 + 2 * (i % 3), 16))

    threads = [threading.Thread(target=camera, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    # The loop goes on meanwhile, and changes where pictures go.
    for i in range(20):
        await source.track.applyConstraints({"width": {"max": 16 + 2 * (i % 3)}} if i % 2 else {})
        await asyncio.sleep(0)
    clone.stop()
    for thread in threads:
        await ended(thread)
    assert sum(counts) + source.skipped == 150
    assert sum(counts) == 150
    times = [(await readers[0].recv()).timestamp for _ in range(150)]
    assert times == sorted(times)
    assert readers[0].dropped == readers[1].dropped == 0


async def test_a_thread_hears_that_the_source_has_ended():
    source = VideoSource()
    heard: list[Exception] = []
    began, loop = asyncio.Event(), asyncio.get_running_loop()

    def camera() -> None:
        source.push(gray(1))
        loop.call_soon_threadsafe(began.set)
        try:
            while True:
                source.push(gray(1))
        except InvalidStateError as error:
            heard.append(error)

    thread = threading.Thread(target=camera)
    thread.start()
    await began.wait()
    source.track.stop()
    await ended(thread)
    assert len(heard) == 1


# What encoders want


async def test_wants_of_readers():
    source = VideoSource()
    assert source.wants == VideoWants()
    told: list[VideoWants] = []
    source.onwantschange = lambda _: told.append(source.wants)
    reader = source.track.frames()
    await next_event(source, "wantschange")
    assert told == [VideoWants(wanted=True)]
    del reader
    await next_event(source, "wantschange")
    assert told[1:] == [VideoWants()]
    with pytest.raises(ValueError, match="wantschange"):
        source.on("wants", print)


async def test_wants_of_an_encoder(peers):
    source = VideoSource()
    sender = peers.caller.addTrack(source.track)
    changed: list[VideoWants] = []
    source.on("wantschange", lambda _: changed.append(source.wants))
    await peers.connect()
    await until(source, "wantschange", lambda: source.wants.active)
    # A picture that 300 kbit/s, which a connection begins with, cannot carry.
    noise = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    async with pushing(lambda: source.push(noise), 1 / 30):
        await until(source, "wantschange", lambda: (source.wants.max_pixels or 10**9) < 1280 * 720)
    parameters = sender.getParameters()
    parameters.encodings[0].maxFramerate = 7
    await sender.setParameters(parameters)
    await until(source, "wantschange", lambda: source.wants.max_framerate == 7)
    parameters = sender.getParameters()
    parameters.encodings[0].scaleResolutionDownBy = None
    parameters.encodings[0].scaleResolutionDownTo = {"maxWidth": 320, "maxHeight": 180}
    await sender.setParameters(parameters)
    await until(source, "wantschange", lambda: source.wants.resolution == (320, 180))
    parameters = sender.getParameters()
    parameters.encodings[0].active = False
    await sender.setParameters(parameters)
    await until(source, "wantschange", lambda: not source.wants.active)
    peers.caller.removeTrack(sender)
    await until(source, "wantschange", lambda: source.wants == VideoWants())
    assert all(a != b for a, b in itertools.pairwise(changed))


async def test_wants_of_several_tracks_are_what_is_enough_for_all(peers):
    source = VideoSource()
    clone = source.track.clone()
    stream = clone.clone()
    first, second = peers.caller.addTrack(source.track), peers.caller.addTrack(clone)
    await peers.connect()
    source.onwantschange = print
    for sender, rate in ((first, 5), (second, 9)):
        parameters = sender.getParameters()
        parameters.encodings[0].maxFramerate = rate
        await sender.setParameters(parameters)
    await until(source, "wantschange", lambda: source.wants.max_framerate == 9)
    peers.caller.removeTrack(second)
    await until(source, "wantschange", lambda: source.wants.max_framerate == 5)
    reader = stream.frames()
    # A reader takes what there is; it is the encoder that the program can spare work.
    assert source.wants.max_framerate == 5
    assert reader.dropped == 0

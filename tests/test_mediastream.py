"""MediaStream, MediaStreamTrack and FrameReader: mediacapture-main, and reading."""

from __future__ import annotations

import asyncio
import gc

import numpy as np
import pytest
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource
from pywebrtc.exceptions import InvalidStateError
from pywebrtc.mediastream import FrameReader, MediaStream, MediaStreamTrack


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

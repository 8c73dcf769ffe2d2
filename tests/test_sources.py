"""VideoSource and AudioSource without a connection: their tracks may be read here."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from pywebrtc import AudioSource, VideoFrame, VideoSource


def gray(value: int, width: int = 32, height: int = 16) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


async def test_a_local_track_gives_what_was_pushed():
    source = VideoSource("camera")
    assert (source.track.kind, source.track.label, source.track.readyState) == ("video", "camera", "live")
    reader = source.track.frames()
    assert source.push(gray(50))
    assert source.push(gray(200, 18, 34), timestamp=1e6)
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
    for source in (VideoSource(), AudioSource()):
        assert source.track is source.track
        assert len(source.track.id) == 36
        assert repr(source.track).startswith(f"<MediaStreamTrack {source.track.kind} {source.track.id} live")


async def test_audio_comes_in_ten_milliseconds():
    source = AudioSource(sample_rate=16000, channels=2)
    reader = source.track.frames()
    samples = np.arange(2 * 16 * 25, dtype=np.int16).reshape(-1, 2)
    source.push(samples)
    frames = [await reader.recv() for _ in range(2)]
    assert [frame.sample_rate for frame in frames] == [16000, 16000]
    got = np.concatenate([frame.to_ndarray() for frame in frames])
    assert got.dtype == np.int16
    # 25 ms were pushed: 5 ms wait for the rest of their packet.
    assert np.array_equal(got, samples[:320])
    assert source.queued_duration == 0.005
    source.push(samples[:80])
    assert np.array_equal((await reader.recv()).to_ndarray(), np.concatenate([samples[320:], samples[:80]]))


async def test_mono_in_one_dimension_and_odd_layouts():
    source = AudioSource()
    reader = source.track.frames()
    samples = np.arange(960, dtype=np.int16)
    source.push(samples[::2])
    source.push(samples[::-2])
    source.push(samples[:480, np.newaxis])
    got = [(await reader.recv()).to_ndarray()[:, 0] for _ in range(3)]
    assert np.array_equal(got, [samples[::2], samples[::-2], samples[:480]])


def test_the_oldest_samples_are_dropped():
    source = AudioSource(capacity=0.01)
    source.push(np.zeros(480 * 50, np.int16))
    assert source.dropped == 480 * 49
    assert source.queued_duration <= 0.01


async def test_clear():
    source = AudioSource(capacity=10)
    source.push(np.zeros(48000 * 5, np.int16))
    assert source.queued_duration > 1
    source.clear()
    assert source.queued_duration == 0
    assert source.dropped == 0


def test_nothing_at_all_may_be_pushed():
    source = AudioSource(channels=2)
    source.push(np.zeros((0, 2), np.int16))
    assert source.queued_duration == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_rate": 0}, "sample_rate"),
        ({"sample_rate": 11025}, "sample_rate"),
        ({"sample_rate": -48000}, "sample_rate"),
        ({"channels": 0}, "channels"),
        ({"channels": 3}, "channels"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 61}, "capacity"),
        ({"capacity": float("nan")}, "capacity"),
    ],
    ids=str,
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        AudioSource(**options)


@pytest.mark.parametrize(
    ("samples", "error"),
    [
        ([0, 0], TypeError),
        (b"\0\0", TypeError),
        (None, TypeError),
        (np.zeros(480), TypeError),
        (np.zeros(480, np.uint16), TypeError),
        (np.zeros(480, ">i2"), TypeError),
        (np.zeros((480, 2), np.int16), ValueError),
        (np.zeros((1, 480), np.int16), ValueError),
        (np.zeros((480, 1, 1), np.int16), ValueError),
        (np.int16(7), TypeError),
    ],
    ids=lambda value: getattr(value, "shape", None) and f"{value.dtype}{value.shape}",
)
def test_samples_that_are_refused(samples, error):
    with pytest.raises(error, match="samples"):
        AudioSource().push(samples)


def test_two_channels_need_two_dimensions():
    with pytest.raises(ValueError, match=r"\(samples, 2\)"):
        AudioSource(channels=2).push(np.zeros(480, np.int16))


async def test_sources_of_all_rates_at_once():
    rates = (8000, 16000, 24000, 32000, 44100, 48000)
    sources = [AudioSource(sample_rate=rate) for rate in rates]
    readers = [source.track.frames() for source in sources]
    for source in sources:
        source.push(np.ones(source.sample_rate // 10, np.int16))
    frames = await asyncio.gather(*(reader.recv() for reader in readers))
    assert [(f.sample_rate, f.to_ndarray().shape) for f in frames] == [(r, (r // 100, 1)) for r in rates]

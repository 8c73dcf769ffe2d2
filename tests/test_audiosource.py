"""AudioSource: where samples become tracks, at the pace of the clock."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

import numpy as np
import pytest
from harness import ended
from pywebrtc import AudioSource
from pywebrtc.exceptions import InvalidStateError
from pywebrtc.framereader import FrameReader


async def read(reader: FrameReader, samples: int) -> np.ndarray:
    """That many samples, and what came with the last of them."""
    got: list[np.ndarray] = []
    while sum(map(len, got)) < samples:
        got.append((await reader.recv()).to_ndarray())
    return np.concatenate(got)


def tone(frequency: float, rate: int, seconds: float, amplitude: float = 10000) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(
        np.int16
    )


def purity(samples: np.ndarray, frequency: float, rate: int) -> float:
    """The tone's power over that of everything else, in dB."""
    spectrum = np.abs(np.fft.rfft(samples * np.blackman(len(samples)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / rate) - frequency) < 4 * rate / len(samples)
    return float(10 * np.log10(spectrum[near].sum() / spectrum[~near].sum()))


def test_the_track_is_always_the_same():
    source = AudioSource(capacity=0.5)
    assert source.track is source.track
    assert len(source.track.id) == 36
    assert repr(source.track).startswith(f"<MediaStreamTrack audio {source.track.id} live")
    assert (source.sample_rate, source.channels, source.capacity) == (48000, 1, 0.5)


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
        (np.zeros(480, np.int32), TypeError),
        (np.zeros(480, np.uint16), TypeError),
        (np.zeros(480, ">i2"), TypeError),
        (np.zeros((1, 480), np.int16), ValueError),
        (np.zeros((480, 1, 1), np.int16), ValueError),
        (np.int16(7), TypeError),
    ],
    ids=lambda value: getattr(value, "shape", None) and f"{value.dtype}{value.shape}",
)
def test_samples_that_are_refused(samples, error):
    with pytest.raises(error, match="samples"):
        AudioSource().push(samples)


async def test_sources_of_all_rates_at_once():
    rates = (8000, 16000, 24000, 32000, 44100, 48000)
    sources = [AudioSource(sample_rate=rate) for rate in rates]
    readers = [source.track.frames() for source in sources]
    for source in sources:
        source.push(np.ones(source.sample_rate // 10, np.int16))
    frames = await asyncio.gather(*(reader.recv() for reader in readers))
    assert [(f.sample_rate, f.to_ndarray().shape) for f in frames] == [(r, (r // 100, 1)) for r in rates]


# Back-pressure


async def test_awaiting_push_loses_nothing():
    source = AudioSource(sample_rate=16000, capacity=0.1)
    reader = source.track.frames(maxsize=1000)
    samples = np.arange(16000 // 2, dtype=np.int16)
    at_most = 0.0
    for part in np.split(samples, 20):
        await source.push(part)
        at_most = max(at_most, source.queued_duration)
    assert at_most <= 0.05
    await source.wait_for_playout()
    assert source.queued_duration == 0
    assert np.array_equal((await read(reader, len(samples)))[:, 0], samples)
    assert source.dropped == 0
    assert reader.dropped == 0


async def test_the_last_ten_milliseconds_are_filled_up():
    source = AudioSource()
    reader = source.track.frames()
    source.push(np.full(480 * 2 + 100, 7, np.int16))
    await source.wait_for_playout()
    got = await read(reader, 480 * 3)
    assert np.array_equal(got[:, 0], [7] * 1060 + [0] * 380)
    await source.wait_for_playout()  # nothing waits


async def test_waiting_may_be_cancelled():
    source = AudioSource(capacity=0.2)
    reader = source.track.frames()
    samples = np.arange(9600, dtype=np.int16)
    for _ in range(5):
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(source.wait_for_playout(), 0.001)
    waiting = asyncio.ensure_future(source.wait_for_playout())
    source.push(samples)
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.gather(
        source.wait_for_playout(), source.wait_for_playout(), source.push(np.zeros(0, np.int16))
    )
    assert np.array_equal((await read(reader, len(samples)))[:, 0], samples)


async def test_clearing_ends_the_waiting():
    source = AudioSource(capacity=60)
    waiting = asyncio.gather(source.push(np.zeros(48000 * 59, np.int16)), source.wait_for_playout())
    await asyncio.sleep(0)
    source.clear()
    async with asyncio.timeout(10):
        await waiting


async def test_the_end_ends_the_waiting():
    source = AudioSource(capacity=60)
    waiting = [
        asyncio.ensure_future(each)
        for each in (source.push(np.zeros(48000 * 59, np.int16)), source.wait_for_playout())
    ]
    await asyncio.sleep(0)
    source.track.stop()
    async with asyncio.timeout(10):
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, InvalidStateError) for result in results)
    with pytest.raises(InvalidStateError, match="ended"):
        source.push(np.zeros(480, np.int16))
    with pytest.raises(InvalidStateError, match="ended"):
        await source.wait_for_playout()


async def test_a_muted_source_does_not_wait():
    source = AudioSource(capacity=0.01)
    source.muted = True
    await source.push(np.zeros((48000, 2), np.int16), sample_rate=96000)
    assert source.dropped == 24000


def test_one_loop_waits():
    source = AudioSource(capacity=60)

    async def wait() -> None:
        await source.push(np.zeros(0, np.int16))

    asyncio.run(wait())
    source.push(np.zeros(48000 * 59, np.int16))
    with pytest.raises(RuntimeError, match="another event loop"):
        asyncio.run(wait())
    source.clear()


async def test_any_thread_may_push():
    source = AudioSource(capacity=0.1)
    source.track.frames()

    def play() -> None:
        for _ in range(200):
            source.push(np.zeros(480, np.int16))

    threads = [threading.Thread(target=play) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await ended(thread)
    # What was played meanwhile is what is left.
    assert 600 * 480 - source.dropped - source.queued_duration * 48000 >= 0
    assert source.dropped > 0


# Other rates and channels


async def test_other_rates_are_resampled():
    rates = (4000, 8000, 11030, 16000, 22050, 32000, 44100, 96000, 192000, 12340)
    sources = [AudioSource(sample_rate=48000, capacity=2) for _ in rates]
    readers = [source.track.frames(maxsize=1000) for source in sources]
    for source, rate in zip(sources, rates, strict=True):
        whole = tone(1000, rate, 0.4)
        for part in np.split(whole, [7, 100, len(whole) // 2]):
            source.push(part, sample_rate=rate)
        assert 0.19 <= source.queued_duration <= 0.4001
    await asyncio.gather(*(source.wait_for_playout() for source in sources))
    for reader, rate in zip(readers, rates, strict=True):
        got = (await read(reader, 48000 * 4 // 10))[:19200, 0]
        # The filter's delay is at the beginning.
        assert purity(got[2000:14000].astype(float), 1000, 48000) > 60, rate
        assert 9000 < np.abs(got[2000:14000]).max() < 10500, rate


async def test_to_a_rate_of_another_kind():
    source = AudioSource(sample_rate=44100, channels=2)
    reader = source.track.frames()
    source.push(np.stack([tone(500, 48000, 0.3), tone(2000, 48000, 0.3)], axis=1), sample_rate=48000)
    await source.wait_for_playout()
    got = (await read(reader, 13230)).astype(float)
    assert purity(got[1000:, 0], 500, 44100) > 50
    assert purity(got[1000:, 1], 2000, 44100) > 50


async def test_other_numbers_of_channels_are_remixed():
    mono, stereo = AudioSource(channels=1), AudioSource(channels=2)
    at_mono, at_stereo = mono.track.frames(), stereo.track.frames()
    left = np.stack([np.full(480, 1000, np.int16), np.zeros(480, np.int16)], axis=1)
    mono.push(left)
    stereo.push(np.full(480, 1000, np.int16))
    assert np.array_equal((await at_mono.recv()).to_ndarray(), np.full((480, 1), 500))
    assert np.array_equal((await at_stereo.recv()).to_ndarray(), np.full((480, 2), 1000))
    for channels in range(1, 9):
        for source, reader in ((mono, at_mono), (stereo, at_stereo)):
            source.push(np.full((480, channels), 32767, np.int16))
            got = (await reader.recv()).to_ndarray()
            assert got.shape == (480, source.channels)
            # Loud stays loud, and does not turn over.
            assert got.min() > 16000


async def test_the_format_may_change_in_mid_stream():
    source = AudioSource(sample_rate=48000, channels=2, capacity=2)
    reader = source.track.frames(maxsize=1000)
    formats = [(48000, 2), (16000, 1), (44100, 2), (48000, 1), (8000, 4), (48000, 2)]
    for rate, channels in formats:
        source.push(np.repeat(tone(800, rate, 0.1)[:, np.newaxis], channels, axis=1), sample_rate=rate)
    await source.wait_for_playout()
    got = (await read(reader, 28800)).astype(float)
    assert len(got) == 28800
    for i, _ in enumerate(formats):
        part = got[i * 4800 + 600 : (i + 1) * 4800, 1]
        assert purity(part, 800, 48000) > 30, i


async def test_a_frame_may_be_pushed():
    source, relay = AudioSource(sample_rate=16000), AudioSource(sample_rate=48000, channels=2)
    heard, again = source.track.frames(), relay.track.frames(maxsize=1000)
    source.push(tone(1000, 16000, 0.3))
    for _ in range(30):
        relay.push(await heard.recv())
    await relay.wait_for_playout()
    got = (await read(again, 14400))[1000:].astype(float)
    assert purity(got[:, 0], 1000, 48000) > 50
    assert np.array_equal(got[:, 0], got[:, 1])


async def test_floats():
    source = AudioSource(channels=2)
    reader = source.track.frames()
    samples = np.linspace(-2, 2, 960, dtype=np.float32).reshape(480, 2)
    source.push(samples)
    got = (await reader.recv()).to_ndarray()
    assert np.abs(got - np.clip(samples * 32768.0, -32768, 32767)).max() <= 1
    for wrong in (np.nan, np.inf, -np.inf):
        samples[3, 1] = wrong
        with pytest.raises(ValueError, match="samples"):
            source.push(samples)
    assert (source.queued_duration, source.dropped) == (0, 0)


@pytest.mark.parametrize("rate", [0, 3990, 384010, -48000, 12345])
def test_rates_that_are_refused(rate):
    with pytest.raises(ValueError, match="sample_rate"):
        AudioSource().push(np.zeros(480, np.int16), sample_rate=rate)


async def test_a_pause_of_the_program_is_one_in_the_sound():
    """libwebrtc counts RTP time in samples, so silence is sent for it: sound stays in time with the video."""
    source = AudioSource()
    reader = source.track.frames(dtype="int16", maxsize=1000)
    loud = np.full(2400, 10000, np.int16)
    begin = time.monotonic()
    source.push(loud)
    await asyncio.sleep(0.4)
    pause = time.monotonic() - begin
    source.push(loud)
    heard = np.zeros(0, np.int16)
    async with asyncio.timeout(10):
        while np.count_nonzero(heard) < 2 * len(loud):
            heard = np.concatenate([heard, (await reader.recv())[:, 0]])
    first, last = np.flatnonzero(heard)[[0, -1]]
    between = (last - first + 1 - len(loud)) / 48000
    # Samples leave on ticks of 10 ms; ticks that come late on a busy machine are followed by those missed.
    assert abs(between - pause) < 0.1
    assert np.count_nonzero(heard[first : last + 1]) == 2 * len(loud)


async def test_nothing_is_sent_before_the_first_samples_and_late_ones_are_only_late():
    source = AudioSource()
    reader = source.track.frames(dtype="int16", maxsize=1000)
    await asyncio.sleep(0.15)
    begin = time.monotonic()
    source.push(np.full(960, 10000, np.int16))
    await asyncio.sleep(0.04)
    source.push(np.full(960, 10000, np.int16))
    late = time.monotonic() - begin
    heard = np.concatenate([await reader.recv() for _ in range(4)])
    # Where the machine was busy for longer than what counts as late, silence is in between.
    assert late > 0.1 or np.all(heard == 10000)

"""AudioFrame: sound in, sound out, resampled and mixed, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from pywebrtc import AudioFrame


def tone(rate: int, seconds: float = 0.2, frequency: float = 440, channels: int = 1) -> np.ndarray:
    """A tone in float32, ``(samples, channels)``; each channel half as loud as the one before."""
    t = np.arange(round(rate * seconds)) / rate
    wave = 0.5 * np.sin(2 * np.pi * frequency * t)
    return np.stack([wave / 2**channel for channel in range(channels)], -1).astype(np.float32)


def snr(got: np.ndarray, expected: np.ndarray) -> float:
    """dB."""
    error = np.sum((got.astype(float) - expected) ** 2)
    return float(10 * np.log10(np.sum(expected.astype(float) ** 2) / max(error, 1e-12)))


@pytest.mark.parametrize("dtype", ["int16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 6, 24])
def test_there_and_back(dtype, channels):
    values = np.random.default_rng(1).integers(-32768, 32768, (480, channels)).astype(np.int16)
    samples = values if dtype == "int16" else (values / 32768).astype(np.float32)
    packed = AudioFrame.from_ndarray(samples, 48000)
    planar = AudioFrame.from_ndarray(samples.T.copy(), 48000, layout="planar")
    for frame in (packed, planar):
        assert (frame.samples, frame.channels, frame.sample_rate, frame.dtype) == (
            480,
            channels,
            48000,
            dtype,
        )
        assert frame.duration == 0.01
        for wanted in ("int16", "float32"):
            expected = values if wanted == "int16" else values / np.float32(32768)
            for array in (frame.to_ndarray(wanted), frame.to_ndarray(wanted, layout="planar").T):
                assert array.dtype == wanted
                assert array.shape == (480, channels)
                assert np.array_equal(array, expected)
        assert frame.to_ndarray().dtype == dtype
        assert frame.to_ndarray(layout="planar").flags.c_contiguous


def test_it_is_a_copy_both_ways():
    for dtype in ("int16", "float32"):
        samples = np.ones((480, 2), dtype)
        frame = AudioFrame.from_ndarray(samples, 48000)
        samples[:] = 0
        frame.to_ndarray()[:] = 0
        frame.to_ndarray(layout="planar")[:] = 0
        assert frame.to_ndarray().all()


@pytest.mark.parametrize("to", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000, 12345])
def test_resampled(to):
    """The tone is where it was, without a delay, and the ends are those of a tone."""
    for rate in (8000, 16000, 44100, 48000):
        frame = AudioFrame.from_ndarray(tone(rate, channels=2), rate)
        resampled = frame.to_ndarray(sample_rate=to)
        expected = tone(to, channels=2)
        assert resampled.shape == expected.shape
        margin = to // 100
        assert snr(resampled[margin:-margin], expected[margin:-margin]) > 70, rate
        assert snr(resampled, expected) > 30, rate
        assert abs(resampled - expected).max() < 0.05, rate


def test_frames_of_ten_milliseconds_one_by_one():
    """Not as good as a stream, and no clicks."""
    long = tone(44100, 1)
    parts = [AudioFrame.from_ndarray(long[i : i + 441], 44100) for i in range(0, len(long), 441)]
    resampled = np.concatenate([part.to_ndarray(sample_rate=48000) for part in parts])
    assert snr(resampled, tone(48000, 1)) > 35


def test_short_pieces():
    for length in (1, 2, 15, 16, 17, 33):
        frame = AudioFrame.from_ndarray(np.full(length, 0.5, np.float32), 8000)
        for to in (16000, 44100, 47999, 8000, 1000):
            resampled = frame.to_ndarray(sample_rate=to)
            assert resampled.shape == (int(length * to / 8000 + 0.5), 1)
            assert np.allclose(resampled, 0.5, atol=0.025)


def test_what_is_above_the_lower_rate_is_gone():
    frame = AudioFrame.from_ndarray(tone(48000, frequency=10500), 48000)
    assert abs(frame.to_ndarray(sample_rate=16000)[200:-200]).max() < 0.01


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_mixed(dtype):
    values = np.array([[1000, 3000], [-2000, 4000]])
    samples = values.astype(np.int16) if dtype == "int16" else (values / 32768).astype(np.float32)
    stereo = AudioFrame.from_ndarray(samples, 48000)
    mono = stereo.to_ndarray("int16", channels=1)
    assert mono.tolist() == [[2000], [1000]]
    again = AudioFrame.from_ndarray(mono, 48000)
    assert again.to_ndarray(channels=2).tolist() == [[2000, 2000], [1000, 1000]]
    many = again.to_ndarray("float32", channels=16)
    assert np.array_equal(many, np.repeat(mono, 16, 1) / np.float32(32768))
    assert AudioFrame.from_ndarray(many, 48000).to_ndarray("int16", channels=1).tolist() == mono.tolist()


def test_surround_becomes_stereo():
    """5.1: left is heard left, the centre on both sides."""
    for speaker, left, right in [(0, True, False), (1, False, True), (2, True, True), (4, True, False)]:
        samples = np.zeros((100, 6), np.float32)
        samples[:, speaker] = 0.5
        stereo = AudioFrame.from_ndarray(samples, 48000).to_ndarray(channels=2)
        assert ((stereo > 0.1).all(0) == [left, right]).all(), speaker


def test_mixed_and_resampled_at_once():
    frame = AudioFrame.from_ndarray(tone(48000, channels=2), 48000)
    array = frame.to_ndarray("int16", layout="planar", sample_rate=16000, channels=1)
    assert array.dtype == np.int16
    assert array.shape == (1, 3200)
    assert snr(array[0, 100:-100] / 32768, 0.75 * tone(16000)[100:-100, 0]) > 45


def test_what_is_too_loud_is_cut():
    samples = np.array([2, 1, 1 - 1 / 65536, -1, -2, 1e30, -1e30, 0], np.float32)
    frame = AudioFrame.from_ndarray(samples, 48000)
    assert np.array_equal(frame.to_ndarray()[:, 0], samples)
    expected = [32767, 32767, 32767, -32768, -32768, 32767, -32768, 0]
    assert frame.to_ndarray("int16")[:, 0].tolist() == expected
    loud = AudioFrame.from_ndarray(np.full((480, 2), 32767, np.int16), 48000)
    assert loud.to_ndarray(channels=1, sample_rate=16000).min() > 32700


@pytest.mark.parametrize(
    ("samples", "arguments", "error", "message"),
    [
        ([0, 1], {}, TypeError, "list"),
        (np.zeros(480), {}, TypeError, "int16 or float32, not float64"),
        (np.zeros(480, np.int32), {}, TypeError, "int32"),
        (np.zeros(480, ">i2"), {}, TypeError, ">i2"),
        (np.zeros((2, 2, 2), np.int16), {}, ValueError, "dimensions"),
        (np.zeros((), np.int16), {}, ValueError, "dimensions"),
        (np.zeros(0, np.int16), {}, ValueError, "0 samples"),
        (np.zeros((480, 0), np.int16), {}, ValueError, "0 channels"),
        (np.zeros((2, 480), np.int16), {}, ValueError, "480 channels"),
        (np.zeros((480, 2), np.int16), {"layout": "planar"}, ValueError, "480 channels"),
        (np.zeros((480, 2), np.int16), {"layout": "flat"}, ValueError, "'packed' or 'planar'"),
        (np.zeros(480, np.int16), {"sample_rate": 0}, ValueError, "sample_rate"),
        (np.zeros(480, np.int16), {"sample_rate": 10**6}, ValueError, "sample_rate"),
        (np.zeros(480, np.int16), {"sample_rate": "48000"}, TypeError, "integer"),
        (np.zeros(480, np.int16), {"sample_rate": 48000.5}, TypeError, "integer"),
        (np.zeros(480, np.int16), {"timestamp": -1}, ValueError, "timestamp"),
        (np.array([0, np.nan], np.float32), {}, ValueError, "sample 1 of channel 0 is nan"),
        (np.array([[0, np.inf]], np.float32), {}, ValueError, "sample 0 of channel 1 is inf"),
        (np.broadcast_to(np.int16(0), (2**28,)), {}, ValueError, "268435456 samples"),
    ],
)
def test_what_is_refused(samples, arguments, error, message):
    with pytest.raises(error, match=message):
        AudioFrame.from_ndarray(samples, **{"sample_rate": 48000, **arguments})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dtype": "float64"}, TypeError, "int16 or float32"),
        ({"dtype": "sound"}, TypeError, "sound"),
        ({"layout": "interleaved"}, ValueError, "packed"),
        ({"sample_rate": 10}, ValueError, "1000 to 384000"),
        ({"channels": 0}, ValueError, "1 to 24"),
        ({"channels": 25}, ValueError, "1 to 24"),
        ({"channels": 9}, ValueError, "cannot become 9"),
    ],
)
def test_what_cannot_be_had(arguments, error, message):
    with pytest.raises(error, match=message):
        AudioFrame.from_ndarray(np.zeros((480, 2), np.int16), 48000).to_ndarray(**arguments)


@pytest.mark.parametrize("view", [slice(None, None, -1), slice(None, None, 2)])
def test_views(view):
    samples = tone(48000, channels=2)[view]
    assert np.array_equal(AudioFrame.from_ndarray(samples, 48000).to_ndarray(), samples)
    planar = np.asfortranarray(samples).T
    assert np.array_equal(AudioFrame.from_ndarray(planar, 48000, layout="planar").to_ndarray(), samples)


def test_a_frame_is_immutable_and_says_what_it_is():
    frame = AudioFrame.from_ndarray(np.zeros((480, 2), np.int16), 48000, timestamp=1.25)
    assert repr(frame) == "<AudioFrame 480 samples of 2 at 48000 Hz int16 at 1.250 s>"
    assert frame.timestamp == 1.25
    for name in ("sample_rate", "channels", "samples", "timestamp", "anything"):
        with pytest.raises(AttributeError):
            setattr(frame, name, 1)
    with pytest.raises(TypeError, match="AudioFrame"):
        AudioFrame()
    assert AudioFrame.from_ndarray(np.zeros(1, np.int16), 8000).timestamp > 0


def test_a_frame_can_be_pickled():
    frame = AudioFrame.from_ndarray(tone(16000, channels=2), 16000, timestamp=3)
    copy = pickle.loads(pickle.dumps(frame))
    assert (copy.sample_rate, copy.timestamp) == (16000, 3)
    assert np.array_equal(copy.to_ndarray(), frame.to_ndarray())

"""AudioMixer: sums are sums, and do not clip."""

from __future__ import annotations

import numpy as np
import pytest
from pywebrtc import AudioMixer
from sound import fit, int16, noise, releases_the_gil, tone


@pytest.mark.parametrize("rate", [8000, 16000, 32000, 48000])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_the_sum_has_each_stream(rate, dtype):
    frequencies = (300, 700, 1500)
    streams = [tone(0.5, rate, frequency=f, amplitude=0.2) for f in frequencies]
    mixed = AudioMixer(rate).mix([int16(s) if dtype == np.int16 else s for s in streams])
    assert mixed.dtype == dtype
    assert mixed.shape == streams[0].shape
    for frequency in frequencies:
        assert fit(mixed, rate, frequency)[0] == pytest.approx(0.2, rel=0.01)
    assert np.abs(mixed / (32768 if dtype == np.int16 else 1) - sum(streams)).max() < 2e-4


def test_the_limiter_keeps_the_sum_from_clipping():
    streams = [tone(0.5, frequency=440, amplitude=0.8)] * 3
    limited = AudioMixer().mix(streams)[4800:]
    clipped = AudioMixer(limiter=False).mix(streams)[4800:]
    assert np.mean(np.abs(limited) > 0.999) < 0.1
    assert np.mean(np.abs(clipped) > 0.999) > 0.5
    assert fit(limited, 48000, 440)[1] > 30
    assert fit(clipped, 48000, 440)[1] < 20


def test_one_stream_is_left_as_it_is():
    loud = int16(tone(0.1, amplitude=1))
    assert np.array_equal(AudioMixer().mix([loud]), loud)


def test_stereo():
    left = np.stack([tone(0.1, amplitude=0.3), np.zeros(4800, np.float32)], axis=1)
    mixed = AudioMixer(48000, 2).mix([left, left[:, ::-1]])
    assert np.abs(mixed[:, 0] - left[:, 0]).max() < 1e-3
    assert np.abs(mixed[:, 1] - left[:, 0]).max() < 1e-3


def test_pieces_of_any_length():
    a, b = int16(noise(0.1, seed=1)), int16(noise(0.1, seed=2))
    mixer = AudioMixer()
    cuts = [1, 479, 480, 481, 1000, 4000]
    pieces = [mixer.mix([x, y]) for x, y in zip(np.split(a, cuts), np.split(b, cuts), strict=True)]
    assert np.array_equal(np.concatenate(pieces), AudioMixer().mix([a, b]))


def test_streams_come_and_go():
    mixer = AudioMixer(16000)
    a, b, c = (int16(tone(0.1, 16000, frequency=f, amplitude=0.1)) for f in (200, 400, 800))
    out = [mixer.mix([a[:100]]), mixer.mix([a[100:800], b[100:800]]), mixer.mix([a[800:]])]
    expected = a.astype(int)
    expected[100:800] += b[100:800]
    assert np.abs(np.concatenate(out) - expected).max() <= 2
    mixer.mix([c[:30], c[:30], c[:30]])
    mixer.reset()
    assert np.array_equal(mixer.mix([a]), a)


def test_runs_without_the_gil():
    mixer, samples = AudioMixer(), noise(5)
    assert releases_the_gil(lambda: mixer.mix([samples, samples]))


def test_properties():
    mixer = AudioMixer(16000, 2)
    assert (mixer.sample_rate, mixer.channels) == (16000, 2)
    assert repr(mixer) == "<AudioMixer 16000 Hz, 2 channels>"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"sample_rate": 44100}, ValueError),
        ({"sample_rate": "16000"}, TypeError),
        ({"channels": 9}, ValueError),
        ({"limiter": 1}, TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error, match=next(iter(arguments))):
        AudioMixer(**arguments)


@pytest.mark.parametrize(
    ("arrays", "error"),
    [
        ([], ValueError),
        (np.zeros((2, 480), np.int16), TypeError),
        ([np.zeros(480, np.int16), np.zeros(481, np.int16)], ValueError),
        ([np.zeros((480, 2), np.int16)], ValueError),
        ([np.zeros(480, np.int16), np.full(480, np.nan, np.float32)], ValueError),
        ([np.zeros(480, np.int16), None], TypeError),
    ],
)
def test_bad_arrays_change_nothing(arrays, error):
    mixer = AudioMixer()
    with pytest.raises(error):
        mixer.mix(arrays)
    assert len(mixer.mix([np.zeros(480, np.int16)])) == 480

"""AudioResampler: frequencies stay what they are, and what cannot be kept is gone."""

from __future__ import annotations

import numpy as np
import pytest
from pywebrtc import AudioResampler
from sound import fit, int16, level, loudest, noise, releases_the_gil, tone

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 96000)


@pytest.mark.parametrize("out_rate", RATES)
@pytest.mark.parametrize("in_rate", RATES)
def test_a_tone_keeps_its_frequency_and_level(in_rate, out_rate):
    given = tone(1, in_rate, frequency=1000)
    out = AudioResampler(in_rate, out_rate).process(given)
    assert 0.9 * out_rate < len(out) <= out_rate
    middle = out[out_rate // 10 :]
    assert abs(loudest(middle, out_rate) - 1000) < 0.1
    amplitude, snr = fit(middle, out_rate, 1000)
    assert amplitude == pytest.approx(0.5, rel=0.005)
    assert snr > 50  # 56 dB at the worst, from 8000 to 96000 Hz


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_channels_do_not_mix(dtype):
    left, right = tone(1, 48000, frequency=300), tone(1, 48000, frequency=2000)
    stereo = np.stack([left, right], axis=1)
    out = AudioResampler(48000, 16000, 2).process(int16(stereo) if dtype == np.int16 else stereo)
    assert out.dtype == dtype
    assert out.shape == (16000, 2)
    for channel, (mine, other) in enumerate(((300, 2000), (2000, 300))):
        assert fit(out[1600:, channel], 16000, mine)[0] == pytest.approx(0.5, rel=0.01)
        assert fit(out[1600:, channel], 16000, other)[0] < 1e-3


def test_what_is_beyond_the_new_rate_is_gone():
    out = AudioResampler(48000, 16000).process(tone(1, 48000, frequency=12000))
    assert level(out) < -50


@pytest.mark.parametrize(
    ("in_rate", "out_rate"), [(48000, 16000), (44100, 48000), (11025, 8000), (8000, 8000)]
)
def test_pieces_give_what_the_whole_gives_and_flush_the_rest(in_rate, out_rate):
    samples = noise(0.3, in_rate, level=-10)
    resampler = AudioResampler(in_rate, out_rate)
    want = np.concatenate([resampler.process(samples), resampler.flush("float32")[:, 0]])
    pieces = [resampler.process(piece) for piece in np.split(samples, [1, 7, 100, 480, 1111, 2000])]
    out = np.concatenate([*pieces, resampler.flush("float32")[:, 0]])
    assert np.array_equal(out, want)
    assert len(out) == pytest.approx((len(samples) / in_rate + resampler.delay) * out_rate, abs=1)


def test_delay():
    impulse = np.zeros(48000, np.float32)
    impulse[10000] = 0.5
    resampler = AudioResampler(48000, 16000)
    out = resampler.process(impulse)
    assert resampler.delay == 16 / 48000
    assert abs(int(np.argmax(out)) / 16000 - 10000 / 48000 - resampler.delay) <= 1 / 16000
    assert AudioResampler(16000, 16000).delay == 0


def test_the_same_rate_changes_nothing():
    samples = int16(noise(0.1, 16000))
    assert np.array_equal(AudioResampler(16000, 16000).process(samples), samples)


def test_clipping_is_for_integers():
    square = np.where(tone(0.5, 16000) > 0, 1, -1).astype(np.float32)
    floats = AudioResampler(16000, 48000).process(square)
    integers = AudioResampler(16000, 48000).process(int16(square))
    assert np.abs(floats).max() > 1.05
    assert np.abs(integers.astype(int)).max() == 32768
    assert np.abs(np.clip(floats * 32768, -32768, 32767) - integers).max() <= 2


def test_properties_and_reset():
    resampler = AudioResampler(44100, 48000, 2)
    assert (resampler.in_rate, resampler.out_rate, resampler.channels) == (44100, 48000, 2)
    assert repr(resampler) == "<AudioResampler 44100 to 48000 Hz, 2 channels>"
    samples = np.stack([noise(0.1, 44100)] * 2, axis=1)
    want = resampler.process(samples)
    resampler.process(samples[:17])
    resampler.reset()
    assert np.array_equal(resampler.process(samples), want)


def test_runs_without_the_gil():
    resampler, samples = AudioResampler(48000, 44100), noise(5)
    assert releases_the_gil(lambda: resampler.process(samples))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((3999, 48000), ValueError),
        ((48000, 384001), ValueError),
        ((44100, 44101), ValueError),
        ((48000, 16000, 9), ValueError),
        ((48000.5, 16000), TypeError),
        ((None, 16000), TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error, match="AudioResampler"):
        AudioResampler(*arguments)


def test_bad_samples_change_nothing():
    resampler = AudioResampler(48000, 16000)
    for bad in (np.full(480, np.inf, np.float32), np.zeros((480, 2), np.int16)):
        with pytest.raises(ValueError):
            resampler.process(bad)
    with pytest.raises(TypeError):
        resampler.process([0.0])
    with pytest.raises(TypeError):
        resampler.flush("float64")
    assert len(resampler.process(tone(0.1))) == 1600

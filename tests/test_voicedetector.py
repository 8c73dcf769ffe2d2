"""VoiceDetector: a voice is one, and noise and silence are none."""

from __future__ import annotations

import numpy as np
import pytest
from pywebrtc import VoiceDetector
from sound import int16, noise, releases_the_gil, voice


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("aggressiveness", [None, 0, 3])
def test_tells_a_voice_from_silence(rate, aggressiveness):
    detector = VoiceDetector(rate, aggressiveness=aggressiveness)
    spoken = detector.process(int16(voice(2, rate)))
    assert spoken.dtype == np.float32
    assert spoken.shape == (200,)
    assert ((spoken >= 0) & (spoken <= 1)).all()
    assert spoken[50:].mean() > 0.6  # a seventh is pauses
    silent = detector.process(np.zeros(rate, np.int16))
    assert silent[50:].mean() < 0.1
    if aggressiveness is not None:
        assert set(spoken) <= {0.0, 1.0}


def test_the_network_tells_a_voice_from_noise():
    assert VoiceDetector(16000).process(noise(2, 16000, level=-30))[50:].mean() < 0.3


def test_channels_are_averaged():
    speech = voice(1, 16000)
    stereo = VoiceDetector(16000, 2)
    assert stereo.process(np.stack([speech, -speech], axis=1))[20:].max() < 0.2
    stereo.reset()
    both = stereo.process(np.stack([speech, speech], axis=1))
    assert np.array_equal(both, VoiceDetector(16000).process(speech))


@pytest.mark.parametrize("aggressiveness", [None, 1])
def test_pieces_give_what_the_whole_gives(aggressiveness):
    speech = voice(1, 44100)
    whole = VoiceDetector(44100, aggressiveness=aggressiveness)
    want = whole.process(speech)
    detector = VoiceDetector(44100, aggressiveness=aggressiveness)
    pieces = [detector.process(piece) for piece in np.split(speech, [1, 440, 441, 5000])]
    assert np.array_equal(np.concatenate(pieces), want)
    whole.process(speech[:100])
    whole.reset()
    assert np.array_equal(whole.process(speech), want)


def test_runs_without_the_gil():
    detector, samples = VoiceDetector(), voice(1)
    assert releases_the_gil(lambda: detector.process(samples))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"sample_rate": 7999}, ValueError),
        ({"channels": 0}, ValueError),
        ({"aggressiveness": 4}, ValueError),
        ({"aggressiveness": -1}, ValueError),
        ({"aggressiveness": "3"}, TypeError),
    ],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error, match=next(iter(arguments))):
        VoiceDetector(**arguments)


def test_bad_samples():
    with pytest.raises(ValueError, match="finite"):
        VoiceDetector().process(np.full(480, np.nan, np.float32))
    with pytest.raises(TypeError):
        VoiceDetector().process(b"")

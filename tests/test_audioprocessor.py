"""AudioProcessor: what it takes away, in dB, and what it leaves."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from pywebrtc import AudioProcessor, GainControl, LegacyGainControl
from sound import fit, int16, level, noise, releases_the_gil, tone, voice

NOTHING = {
    "echo_cancellation": False,
    "noise_suppression": False,
    "gain_control": False,
    "high_pass_filter": False,
}


def only(**what):
    return AudioProcessor(**{**NOTHING, **what})


def room(far, rate, *, delay=0.03, loss=6, seed=2):
    """What a microphone hears of a loudspeaker: reflections for 100 ms, ``loss`` dB weaker."""
    tail = np.arange(round(0.1 * rate))
    response = np.random.default_rng(seed).standard_normal(len(tail)) * np.exp(-tail / (0.02 * rate))
    response *= 10 ** (-loss / 20) / np.sqrt(np.sum(response**2))
    response = np.concatenate([np.zeros(round(delay * rate)), response])
    size = len(far) + len(response)
    echo = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(response, size), size)
    return echo[: len(far)].astype(np.float32)


class Call:
    """Six seconds in which the far end speaks, and in the last two the near end too."""

    def __init__(self, rate):
        self.rate = rate
        self.far = voice(6, rate, seed=1)
        self.near = voice(6, rate, pitch=210, seed=5)
        self.near[: 4 * rate] = 0
        self.echo = room(self.far, rate) + noise(6, rate, level=-80)
        self.microphone = self.echo + self.near
        self.alone = slice(2 * rate, 4 * rate)
        self.both = slice(4 * rate, None)


@pytest.mark.parametrize("rate", [16000, 48000])
def test_echo_is_removed_and_the_near_end_is_not(rate):
    call = Call(rate)
    processor = only(sample_rate=rate, echo_cancellation=True)
    out = processor.process(call.microphone, call.far)
    assert out.shape == call.microphone.shape
    assert out.dtype == np.float32
    # 36 dB were measured, at either rate.
    assert level(call.microphone[call.alone]) - level(out[call.alone]) > 30
    assert abs(level(out[call.both]) - level(call.near[call.both])) < 4
    # The voice that is left is the near end's, not the echo.
    statistics = processor.statistics()
    assert statistics.echo_return_loss_enhancement is not None
    assert statistics.echo_return_loss_enhancement > 5
    assert 0.02 <= statistics.delay <= 0.05


def test_without_a_far_end_nothing_is_echo():
    call = Call(16000)
    out = only(sample_rate=16000, echo_cancellation=True).process(call.microphone)
    assert abs(level(out[call.alone]) - level(call.microphone[call.alone])) < 1


def test_far_end_of_another_rate_and_stereo():
    call = Call(16000)
    far = np.repeat(voice(6, 48000, seed=1)[:, None], 2, axis=1)
    microphone = room(far[:, 0], 48000)[::3] + noise(6, 16000, level=-80)
    processor = only(sample_rate=16000, far_sample_rate=48000, far_channels=2, echo_cancellation=True)
    out = processor.process(int16(microphone), int16(far))
    assert out.dtype == np.int16
    assert level(microphone[call.alone]) - level(out[call.alone]) > 30


def test_far_end_that_comes_apart_and_from_another_thread():
    call = Call(16000)
    processor = only(sample_rate=16000, echo_cancellation=True)
    processor.stream_delay = 0.03
    steps = [slice(i, i + 160) for i in range(0, len(call.far), 160)]
    heard, said = threading.Semaphore(0), threading.Semaphore(0)

    def play():
        for step in steps:
            processor.process_far(call.far[step])
            heard.release()
            said.acquire()

    thread = threading.Thread(target=play)
    thread.start()
    out = []
    for step in steps:
        heard.acquire()
        out.append(processor.process(call.microphone[step]))
        said.release()
    thread.join()
    assert level(call.microphone[call.alone]) - level(np.concatenate(out)[call.alone]) > 30


@pytest.mark.parametrize(
    ("name", "decibels"), [("low", 6), ("moderate", 12), ("high", 18), ("very-high", 21)]
)
def test_noise_is_attenuated_by_the_level_and_a_voice_is_not(name, decibels):
    rate = 16000
    speech, hiss = voice(4, rate, seed=3), noise(4, rate)
    end = slice(2 * rate, None)
    quiet = only(sample_rate=rate, noise_suppression=name).process(hiss)
    assert abs(level(hiss[end]) - level(quiet[end]) - decibels) < 1.5
    out = only(sample_rate=rate, noise_suppression=name).process(speech + hiss)
    assert abs(level(out[end]) - level(speech[end])) < 2


def test_gain_control_raises_a_quiet_voice_and_not_the_noise():
    rate = 16000
    speech = voice(8, rate, level=-46)
    silent = np.arange(len(speech)) // (rate // 2) % 4 == 3
    microphone = np.where(silent, 0, speech).astype(np.float32) + noise(8, rate, level=-80)
    out = only(sample_rate=rate, gain_control=True, voice_detection=True).process(microphone)
    end = slice(4 * rate, None)
    gain = level(out[end]) - level(microphone[end])
    assert 15 < gain < 30  # 22 dB were measured
    assert np.abs(out).max() <= 1
    # Never above max_noise_level, -50 dBFS.
    assert level(out[end][silent[end]]) < -48


def test_fixed_gain_is_exact_until_the_limiter_holds_it():
    control = GainControl(adaptive=False, fixed_gain=12)
    quiet = tone(1, 16000, amplitude=0.05)
    out = only(sample_rate=16000, gain_control=control).process(quiet)
    assert fit(out[8000:], 16000, 440)[0] == pytest.approx(0.05 * 10 ** (12 / 20), rel=0.02)
    loud = tone(1, 16000, amplitude=0.9)
    out = only(sample_rate=16000, gain_control=control).process(loud)
    assert 0.9 < np.abs(out[8000:]).max() <= 1
    assert fit(out[8000:], 16000, 440)[1] > 25  # limited, not clipped


def test_legacy_gain_control():
    speech = voice(4, 16000, level=-46)
    out = only(sample_rate=16000, gain_control=LegacyGainControl(compression_gain=20)).process(speech)
    assert 6 < level(out[32000:]) - level(speech[32000:]) < 20
    fixed = LegacyGainControl(adaptive=False, compression_gain=6, target_level=0, limiter=False)
    out = only(sample_rate=16000, gain_control=fixed).process(speech)
    assert level(out[32000:]) - level(speech[32000:]) == pytest.approx(6, abs=1)


def test_high_pass_filter_takes_what_is_below_a_voice():
    processor = only(sample_rate=48000, high_pass_filter=True)
    low, high = tone(1, frequency=30), tone(1, frequency=1000)
    out = processor.process(low + high)[24000:]
    assert fit(out, 48000, 30)[0] < 0.1
    assert fit(out, 48000, 1000)[0] == pytest.approx(0.5, rel=0.06)


def test_full_band_is_kept():
    out = only(sample_rate=48000, noise_suppression=False, high_pass_filter=True).process(
        tone(1, frequency=18000)
    )
    assert fit(out[24000:], 48000, 18000)[0] == pytest.approx(0.5, rel=0.1)


def test_voice_detection():
    processor = only(sample_rate=16000, voice_detection=True)
    assert processor.statistics().voice_probability is None
    processor.process(voice(1.03, 16000))
    assert processor.statistics().voice_probability > 0.8
    processor.process(np.zeros(32000, np.float32))
    assert processor.statistics().voice_probability < 0.2
    processor.reset()
    assert processor.statistics().voice_probability is None
    assert only(sample_rate=16000).statistics().voice_probability is None


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_nothing_to_do_leaves_the_samples(dtype):
    speech = voice(0.5)
    samples = int16(speech) if dtype == np.int16 else speech
    out = only().process(samples)
    assert out.dtype == dtype
    assert np.abs(out.astype(float) - samples).max() <= (1 if dtype == np.int16 else 1e-4)


@pytest.mark.parametrize("rate", [8000, 11100, 16000, 22100, 32000, 44100, 48000, 96000, 192000, 384000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_rates_and_channels(rate, channels):
    processor = AudioProcessor(rate, channels, far_channels=channels, far_sample_rate=48000)
    samples = np.repeat(voice(0.2, rate)[:, None], channels, axis=1)
    far = np.zeros((48000 // 5, channels), np.float32)
    out = processor.process(samples, far)
    assert out.shape == samples.shape
    assert np.isfinite(out).all()
    assert level(out) > -60


def test_pieces_of_any_length_give_what_the_whole_gives():
    samples, far = voice(1, 16000, seed=1), voice(1, 16000, seed=2)
    whole = AudioProcessor(16000).process(samples, far)
    processor = AudioProcessor(16000)
    cuts = [0, 1, 159, 160, 161, 900, 901, 5000, 12345, 16000]
    pieces = [processor.process(samples[a:b], far[a:b]) for a, b in itertools.pairwise(cuts)]
    assert [len(piece) % 160 for piece in pieces] == [0] * len(pieces)
    assert np.array_equal(np.concatenate(pieces), whole)


def test_flush_gives_the_rest():
    samples = int16(voice(0.125, 16000))
    processor = only(sample_rate=16000)
    out = processor.process(samples)
    rest = processor.flush()
    assert rest.dtype == np.int16
    assert rest.shape == (80, 1)
    assert np.abs(np.concatenate([out, rest[:, 0]]).astype(int) - samples).max() <= 1
    assert processor.flush("float32").shape == (0, 1)
    assert processor.process(samples[:0]).shape == (0,)


def test_reset_forgets():
    call = Call(16000)
    first = AudioProcessor(16000)
    want = first.process(call.microphone, call.far)
    first.process(noise(0.5, 16000, level=-10)[:-7])
    first.reset()
    assert np.array_equal(first.process(call.microphone, call.far), want)


def test_views_are_read_as_they_look():
    stereo = np.stack([voice(0.1), noise(0.1)], axis=1)
    backwards = stereo[::-1]
    assert np.array_equal(only().process(stereo[:, 0]), only().process(stereo[:, 0].copy()))
    assert np.array_equal(only(channels=2).process(backwards), only(channels=2).process(backwards.copy()))
    read_only = stereo.copy()
    read_only.flags.writeable = False
    assert only(channels=2).process(read_only).shape == stereo.shape


def test_loud_floats_are_clipped():
    out = only().process(np.full(4800, 1e30, np.float32))
    assert np.abs(out).max() <= 1


def test_runs_without_the_gil():
    processor, samples = AudioProcessor(), voice(1)
    assert releases_the_gil(lambda: processor.process(samples, samples))


def test_properties():
    processor = AudioProcessor(16000, 2, far_sample_rate=48000)
    assert (processor.sample_rate, processor.channels) == (16000, 2)
    assert (processor.far_sample_rate, processor.far_channels) == (48000, 1)
    assert AudioProcessor(16000).far_sample_rate == 16000
    assert repr(processor) == "<AudioProcessor 16000 Hz, 2 channels>"
    processor.stream_delay = 0.25
    assert processor.stream_delay == 0.25
    for value in (-0.01, 0.51):
        with pytest.raises(ValueError, match="stream_delay"):
            processor.stream_delay = value
    assert processor.stream_delay == 0.25


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"sample_rate": 7900}, ValueError, "sample_rate"),
        ({"sample_rate": 44150}, ValueError, "sample_rate"),
        ({"sample_rate": 400000}, ValueError, "sample_rate"),
        ({"sample_rate": "48000"}, TypeError, "sample_rate"),
        ({"channels": 0}, ValueError, "channels"),
        ({"channels": 9}, ValueError, "channels"),
        ({"far_channels": 9}, ValueError, "far_channels"),
        ({"far_sample_rate": 1}, ValueError, "far_sample_rate"),
        ({"noise_suppression": "much"}, ValueError, "noise_suppression"),
        ({"noise_suppression": 3}, TypeError, "noise_suppression"),
        ({"gain_control": 3}, TypeError, "gain_control"),
        ({"echo_cancellation": 1}, TypeError, "echo_cancellation"),
        ({"voice_detection": None}, TypeError, "voice_detection"),
    ],
)
def test_bad_arguments(arguments, error, text):
    with pytest.raises(error, match=text):
        AudioProcessor(**arguments)


@pytest.mark.parametrize(
    ("control", "arguments"),
    [
        (GainControl, {"headroom": -1}),
        (GainControl, {"max_gain": 0}),
        (GainControl, {"initial_gain": -1}),
        (GainControl, {"max_gain_change": 0}),
        (GainControl, {"max_noise_level": 1}),
        (GainControl, {"fixed_gain": 51}),
        (LegacyGainControl, {"target_level": 32}),
        (LegacyGainControl, {"compression_gain": 91}),
    ],
)
def test_bad_gains(control, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        control(**arguments)
    with pytest.raises(TypeError):
        control(**dict.fromkeys(arguments, "1"))


@pytest.mark.parametrize(
    ("near", "error"),
    [
        ([1, 2], TypeError),
        (np.zeros(480), TypeError),
        (np.zeros(480, np.int32), TypeError),
        (np.zeros(480, ">i2"), TypeError),
        (np.zeros((480, 2), np.int16), ValueError),
        (np.zeros((1, 480), np.int16), ValueError),
        (np.int16(1), TypeError),
        (np.zeros((), np.int16), ValueError),
        (np.full(480, np.nan, np.float32), ValueError),
        (np.full(480, -np.inf, np.float32), ValueError),
    ],
)
def test_bad_samples_change_nothing(near, error):
    processor = AudioProcessor()
    with pytest.raises(error):
        processor.process(near)
    with pytest.raises(error):
        processor.process_far(near)
    with pytest.raises(error):
        processor.process(np.zeros(480, np.int16), near)
    assert processor.flush().shape == (0, 1)


def test_far_end_of_another_length():
    with pytest.raises(ValueError, match="not as long as"):
        AudioProcessor().process(np.zeros(480, np.int16), np.zeros(481, np.int16))
    with pytest.raises(TypeError, match="dtype"):
        AudioProcessor().flush("int32")

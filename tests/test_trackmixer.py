"""TrackMixer: tracks come out as one; and what constraints do to local audio on its way."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from harness import pushing
from pywebrtc import AudioSource, TrackMixer, VideoSource
from pywebrtc.exceptions import InvalidStateError, OverconstrainedError
from sound import fit, int16, level, noise, tone, voice


class Endless:
    """A source that is fed the same second again and again."""

    def __init__(self, second, **arguments):
        self.source = AudioSource(capacity=3, **arguments)
        self.track = self.source.track
        self.second = int16(second)

    def push(self):
        if self.source.queued_duration < 0.5:
            self.source.push(self.second)


async def stretch(track, seconds, skip=0.0):
    """So much of what the track has, in one array."""
    reader = track.frames(maxsize=1000)
    frames = []
    async with asyncio.timeout(20):
        while len(frames) < round((seconds + skip) * 100):
            frames.append((await reader.recv()).to_ndarray())
    return np.concatenate(frames[round(skip * 100) :])


@pytest.mark.parametrize(("rate", "channels"), [(48000, 1), (16000, 2)])
async def test_the_sum_has_every_track(rate, channels):
    mixer = TrackMixer("room", sample_rate=rate, channels=channels)
    assert mixer.track.label == "room"
    assert mixer.track.getSettings().sampleRate == rate
    a = Endless(tone(1, frequency=440, amplitude=0.2))
    b = Endless(
        np.stack([tone(1, 16000, frequency=1000, amplitude=0.2)] * 2, 1), sample_rate=16000, channels=2
    )
    async with pushing(a.push, 0.1), pushing(b.push, 0.1):
        mixer.add(a.track)
        mixer.add(b.track, gain=0.5)
        assert mixer.tracks == [a.track, b.track]
        mixed = await stretch(mixer.track, 0.25, skip=0.2)
        assert mixed.shape[1] == channels
        for channel in mixed.T:
            assert fit(channel, rate, 440)[0] == pytest.approx(0.2, rel=0.05)
            assert fit(channel, rate, 1000)[0] == pytest.approx(0.1, rel=0.05)
        mixer.remove(a.track)
        mixer.remove(a.track)
        mixer.add(b.track, gain=1)
        mixed = await stretch(mixer.track, 0.25, skip=0.2)
        assert fit(mixed[:, 0], rate, 440)[0] < 1e-3
        assert fit(mixed[:, 0], rate, 1000)[0] == pytest.approx(0.2, rel=0.05)
        b.track.enabled = False
        assert level(await stretch(mixer.track, 0.1, skip=0.2)) < -90


async def test_silence_where_nobody_talks():
    assert not (await stretch(TrackMixer().track, 0.1)).any()


async def test_bad_arguments():
    for arguments in ({"sample_rate": 44100}, {"channels": 3}):
        with pytest.raises(ValueError, match=next(iter(arguments))):
            TrackMixer(**arguments)
    mixer, source = TrackMixer(), AudioSource()
    for bad in (source, VideoSource().track):
        with pytest.raises(TypeError):
            mixer.add(bad)
    with pytest.raises(ValueError, match="gain"):
        mixer.add(source.track, gain=float("11"))
    source.track.stop()
    with pytest.raises(InvalidStateError):
        mixer.add(source.track)


async def test_noise_suppression_of_one_track_and_not_of_its_clone():
    hiss = Endless(noise(1, level=-40))
    clone = hiss.track.clone()
    assert hiss.track.getSettings().noiseSuppression is False
    await hiss.track.applyConstraints({"noiseSuppression": True})
    assert hiss.track.getSettings().noiseSuppression is True
    assert clone.getSettings().noiseSuppression is False
    async with pushing(hiss.push, 0.1):
        quiet, loud = await asyncio.gather(stretch(hiss.track, 0.3, skip=1.5), stretch(clone, 0.3, skip=1.5))
    assert level(loud) == pytest.approx(-40, abs=0.5)
    assert level(loud) - level(quiet) > 15
    # Back to what it was.
    await hiss.track.applyConstraints()
    assert hiss.track.getSettings().noiseSuppression is False


async def test_gain_control_of_a_track():
    speech = Endless(voice(1, level=-46) + noise(1, level=-80))
    await speech.track.applyConstraints({"autoGainControl": {"exact": True}})
    async with pushing(speech.push, 0.1):
        assert level(await stretch(speech.track, 1, skip=1)) > -36


async def test_echo_of_what_is_received_is_cancelled(peers):
    """The far end is all that the process receives, where no loudspeaker of its own plays it."""
    far, near = AudioSource(capacity=8), AudioSource(capacity=8)
    raw = near.track.clone()
    await near.track.applyConstraints({"echoCancellation": True})
    peers.caller.addTrack(far.track)
    tracks = asyncio.get_running_loop().create_future()
    peers.callee.addEventListener("track", lambda event: tracks.set_result(event.track))
    await peers.connect()
    received = await tracks

    async def room():
        # Half as loud, 40 ms later.
        late = np.zeros((1920, 1), np.int16)
        reader = received.frames(maxsize=1000)
        while True:
            frame = (await reader.recv()).to_ndarray()[:, :1]
            near.push(late[: len(frame)] // 2)
            late = np.concatenate([late[len(frame) :], frame])

    echo = asyncio.ensure_future(room())
    far.push(int16(voice(6)))
    try:
        cancelled, heard = await asyncio.gather(stretch(near.track, 1, skip=3), stretch(raw, 1, skip=3))
    finally:
        echo.cancel()
    assert level(heard) > -35
    assert level(heard) - level(cancelled) > 20


async def test_constraints_that_cannot_be_met():
    track = AudioSource(sample_rate=16000).track
    capabilities = track.getCapabilities()
    assert (capabilities.sampleRate.min, capabilities.sampleRate.max) == (16000, 16000)
    assert capabilities.echoCancellation == [False, True]
    before = track.getSettings()
    for name, value in (("sampleRate", 48000), ("channelCount", 2)):
        with pytest.raises(OverconstrainedError) as caught:
            await track.applyConstraints({name: {"exact": value}, "noiseSuppression": True})
        assert caught.value.constraint == name
        assert track.getSettings() == before

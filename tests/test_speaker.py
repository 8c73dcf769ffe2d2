"""Speakers and microphones on a real sound server: what one plays the other hears."""

from __future__ import annotations

import asyncio

import numpy as np
import pulse
import pytest
from harness import next_event, pushing
from pywebrtc import AudioSource, Speaker, VideoSource, mediaDevices
from pywebrtc.exceptions import InvalidStateError, NotFoundError
from sound import fit, int16, level, loudest, tone


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with pulse.server(tmp_path_factory.mktemp("pulse")) as found:
        yield found


@pytest.fixture
def sound(running, monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", running.address)
    return running


@pytest.fixture
def silence(monkeypatch):
    """A machine without a sound server."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")


class Tone:
    """A source with a tone of its own."""

    def __init__(self, frequency=440, amplitude=0.3):
        self.frequency = frequency
        self.source = AudioSource(capacity=3)
        self.samples = int16(tone(1, frequency=frequency, amplitude=amplitude))

    def push(self):
        if self.source.queued_duration < 0.5:
            self.source.push(self.samples)


async def heard(track, condition, seconds=0.25, timeout=20):
    """What a track says, as soon as a stretch of it is as wanted: a server begins when it likes."""
    async with asyncio.timeout(timeout):
        reader = track.frames(maxsize=1000)
        while True:
            pieces = []
            while sum(map(len, pieces)) < seconds * 48000:
                frame = await reader.recv()
                assert frame.sample_rate == 48000
                pieces.append(frame.to_ndarray())
            samples = np.concatenate(pieces)
            if condition(samples[:, 0]):
                return samples


def is_tone(frequency):
    return lambda x: (
        level(x) > -40 and abs(loudest(x, 48000) - frequency) < 2 and fit(x, 48000, frequency)[1] > 20
    )


AS_IT_IS = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}


async def test_devices_are_listed(sound):
    infos = await mediaDevices.enumerateDevices()
    assert [(info.kind, info.deviceId, info.label) for info in infos] == [
        ("audioinput", "default", "Default - Microphone"),
        ("audioinput", "Microphone", "Microphone"),
        ("audiooutput", "default", "Default - Loudspeaker"),
        ("audiooutput", "Loudspeaker", "Loudspeaker"),
    ]
    assert infos[0].groupId == infos[1].groupId != infos[2].groupId
    capabilities = infos[0].getCapabilities()
    assert capabilities.deviceId == "default"
    assert capabilities.echoCancellation == [False, True]


async def test_what_a_speaker_plays_a_microphone_hears(sound):
    a = Tone(440)
    stream = await mediaDevices.getUserMedia({"audio": AS_IT_IS})
    (microphone,) = stream.getAudioTracks()
    assert microphone.label == "Default - Microphone"
    assert microphone.getSettings().deviceId == "default"
    async with Speaker() as speaker, pushing(a.push, 0.1):
        speaker.add(a.source.track)
        assert speaker.tracks == [a.source.track]
        samples = await heard(microphone, is_tone(440))
        assert samples.shape[1] == 1
        amplitude, snr = fit(samples[:, 0], 48000, 440)
        assert amplitude == pytest.approx(0.3, rel=0.05)
        assert snr > 20
        speaker.volume = 0.5
        await heard(microphone, lambda x: fit(x, 48000, 440)[0] == pytest.approx(0.15, rel=0.05))
        # Two at once: each has its own tone, and its gain.
        b = Tone(1000)
        async with pushing(b.push, 0.1):
            speaker.add(b.source.track, gain=0.5)
            await heard(
                microphone,
                lambda x: (
                    fit(x, 48000, 1000)[0] == pytest.approx(0.075, rel=0.1)
                    and fit(x, 48000, 440)[0] == pytest.approx(0.15, rel=0.1)
                ),
            )
            speaker.remove(a.source.track)
            await heard(microphone, is_tone(1000))
            # Constraints of the track: stereo.
            await microphone.applyConstraints({**AS_IT_IS, "channelCount": {"exact": 2}})
            assert (await heard(microphone, is_tone(1000))).shape[1] == 2
            b.source.track.enabled = False
            await heard(microphone, lambda x: level(x) < -80)
    microphone.stop()


async def test_two_tracks_of_one_microphone(sound):
    a = Tone(600)
    first = (await mediaDevices.getUserMedia({"audio": AS_IT_IS})).getTracks()[0]
    second, third = await asyncio.gather(
        *(mediaDevices.getUserMedia({"audio": {**AS_IT_IS, "deviceId": "default"}}) for _ in range(2))
    )
    tracks = [first, *second.getTracks(), *third.getTracks(), first.clone()]
    assert len({track._source for track in tracks}) == 1
    async with Speaker("Loudspeaker") as speaker, pushing(a.push, 0.1):
        speaker.add(a.source.track)
        await asyncio.gather(*(heard(track, is_tone(600)) for track in tracks))
        tracks.pop().stop()
        await asyncio.gather(*(heard(track, is_tone(600)) for track in tracks))
    for track in tracks:
        track.stop()


async def test_another_loudspeaker(sound):
    module = sound.add_loudspeaker("Other")
    ears = sound.add_microphone("Ears", "Other")
    try:
        a = Tone(500)
        stream = await mediaDevices.getUserMedia({"audio": {**AS_IT_IS, "deviceId": {"exact": "Ears"}}})
        (microphone,) = stream.getTracks()
        async with Speaker() as speaker, pushing(a.push, 0.1):
            speaker.add(a.source.track)
            with pytest.raises(NotFoundError):
                await speaker.setSinkId("nonsense")
            assert speaker.sinkId == "default"
            await speaker.setSinkId("Other")
            assert speaker.sinkId == "Other"
            await heard(microphone, is_tone(500))
            # Unplugged: the track ends, and the speaker is closed.
            ended = asyncio.ensure_future(next_event(microphone, "ended"))
            await asyncio.sleep(0)
            sound.unload(ears)
            sound.unload(module)
            await ended
            assert microphone.readyState == "ended"
    finally:
        modules = sound.command("list", "short", "modules")
        for left in (ears, module):
            if f"\n{left}\t" in modules:
                sound.unload(left)


async def test_devicechange(sound):
    changes = asyncio.Queue()
    mediaDevices.ondevicechange = changes.put_nowait
    try:
        await asyncio.sleep(0.2)
        module = sound.add_loudspeaker("Headphones")
        async with asyncio.timeout(20):
            event = await changes.get()
        assert [info.label for info in event.userInsertedDevices] == ["Headphones"]
        assert event.devices == event.devices
        assert "Headphones" in [info.label for info in event.devices]
        sound.unload(module)
        async with asyncio.timeout(20):
            event = await changes.get()
        assert event.userInsertedDevices == ()
        assert "Headphones" not in [info.label for info in event.devices]
    finally:
        mediaDevices.ondevicechange = None


async def test_where_there_is_no_sound(silence):
    infos = await mediaDevices.enumerateDevices()
    assert [info for info in infos if info.kind != "videoinput"] == []
    with pytest.raises(NotFoundError, match="microphone"):
        await mediaDevices.getUserMedia({"audio": True})
    with pytest.raises(NotFoundError, match="loudspeaker"):
        await Speaker().open()


async def test_closing(sound):
    speaker = Speaker()
    source = AudioSource()
    speaker.add(source.track)  # before it is open
    await speaker.open()
    await speaker.open()
    speaker.close()
    speaker.close()
    assert speaker.closed
    assert speaker.tracks == []
    for act in (speaker.open, lambda: speaker.setSinkId("default")):
        with pytest.raises(InvalidStateError):
            await act()
    with pytest.raises(InvalidStateError):
        speaker.add(source.track)
    opening = asyncio.ensure_future(Speaker().open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    # Collected while it plays.
    await Speaker().open()


async def test_bad_arguments():
    speaker, audio, video = Speaker(), AudioSource(), VideoSource()
    for bad in (video.track, audio, None):
        with pytest.raises(TypeError):
            speaker.add(bad)
    for gain in (-0.1, 10.1):
        with pytest.raises(ValueError, match="gain"):
            speaker.add(audio.track, gain=gain)
    for volume in (-0.1, 1.1):
        with pytest.raises(ValueError, match="volume"):
            speaker.volume = volume
    with pytest.raises(TypeError):
        speaker.volume = "1"
    with pytest.raises(TypeError):
        Speaker(1)
    audio.track.stop()
    with pytest.raises(InvalidStateError):
        speaker.add(audio.track)
    assert speaker.volume == 1
    assert repr(speaker) == "<Speaker 'default' with 0 tracks>"

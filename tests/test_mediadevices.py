"""mediaDevices: what there is, what is chosen, and what is refused; with devices of the program's own."""

from __future__ import annotations

import asyncio
import gc

import numpy as np
import pytest
from harness import next_event
from pywebrtc import (
    DeviceChangeEvent,
    FakeCamera,
    FakeMicrophone,
    InputDeviceInfo,
    MediaDeviceInfo,
    MediaDevices,
    MediaStreamTrack,
    Speaker,
    VideoFrame,
    VirtualCamera,
    VirtualMicrophone,
    mediaDevices,
)
from pywebrtc.exceptions import NotFoundError, OverconstrainedError
from sound import fit, int16, loudest, tone


@pytest.fixture(autouse=True)
def only_ours(monkeypatch):
    """No device of the machine, and nothing left of ours."""
    monkeypatch.setenv("PULSE_SERVER", "unix:/nonexistent")
    yield
    for device in list(mediaDevices._virtual):
        mediaDevices.remove(device)
    mediaDevices.ondevicechange = None


async def get(**constraints) -> MediaStreamTrack:
    (track,) = (await mediaDevices.getUserMedia(constraints)).getTracks()
    return track


async def test_nothing_is_there():
    assert await mediaDevices.enumerateDevices() == []
    for kind in ("audio", "video"):
        with pytest.raises(NotFoundError):
            await mediaDevices.getUserMedia({kind: True})


async def test_infos():
    mediaDevices.add(FakeMicrophone("Ear"))
    camera = FakeCamera("Eye", width=320, height=240)
    mediaDevices.add(camera)
    mediaDevices.add(camera)
    ear, eye = await mediaDevices.enumerateDevices()
    assert (ear.kind, ear.label, eye.kind, eye.label) == ("audioinput", "Ear", "videoinput", "Eye")
    assert eye.deviceId == camera.deviceId != ear.deviceId
    assert eye.toJSON() == {
        "deviceId": eye.deviceId,
        "kind": "videoinput",
        "label": "Eye",
        "groupId": eye.groupId,
    }
    assert isinstance(eye, InputDeviceInfo)
    capabilities = eye.getCapabilities()
    assert (capabilities.width.max, capabilities.height.max, capabilities.frameRate.max) == (320, 240, 30)
    assert capabilities.deviceId == eye.deviceId
    assert repr(eye) == f"<InputDeviceInfo videoinput {eye.deviceId!r}: 'Eye'>"
    for cls in (MediaDeviceInfo, InputDeviceInfo, MediaDevices):
        with pytest.raises(TypeError, match="constructor"):
            cls()


def test_supported_constraints():
    supported = mediaDevices.getSupportedConstraints()
    assert supported.echoCancellation
    assert supported.deviceId
    assert not supported.backgroundBlur


async def test_the_fake_devices_flash_and_beep_together():
    mediaDevices.add(FakeCamera(width=160, height=120))
    mediaDevices.add(FakeMicrophone(frequency=1000))
    stream = await mediaDevices.getUserMedia({"audio": True, "video": True})
    (audio,), (video,) = stream.getAudioTracks(), stream.getVideoTracks()
    assert (audio.label, video.label) == ("Fake microphone", "Fake camera")
    settings = video.getSettings()
    assert (settings.width, settings.height, settings.frameRate) == (160, 120, 30)
    beeps, flashes = [], []

    async def listen():
        while len(beeps) < 6:
            frame = await audio.recv()
            samples = frame.to_ndarray()[:, 0]
            if np.abs(samples[:48]).max() > 5000 < np.abs(samples[-48:]).max():  # from end to end
                beeps.append(frame.timestamp)
                assert abs(loudest(samples, 48000) - 1000) < 20

    async def watch():
        before = None
        while len(flashes) < 2:
            frame = await video.recv()
            picture = frame.to_ndarray("rgb24")
            # The first bar is white, and black while it flashes.
            dark = bool(np.median(picture[:, :10]) < 100)
            if dark and before is False:
                flashes.append(frame.timestamp)
            before = dark

    async with asyncio.timeout(20):
        await asyncio.gather(listen(), watch())
    # Of different seconds, maybe.
    apart = [(flash - beep + 0.5) % 1 - 0.5 for flash in flashes for beep in beeps]
    assert min(map(abs, apart)) < 0.2
    # The square goes round. Two pictures may be of nearly one moment, on a busy machine.
    first = (await video.recv()).to_ndarray()
    async with asyncio.timeout(20):
        while (first == (await video.recv()).to_ndarray()).all():
            pass
    for track in stream.getTracks():
        track.stop()


async def test_constraints_choose_and_shape():
    small = FakeCamera("small", width=320, height=240, frame_rate=10)
    large = VirtualCamera(
        "large",
        lambda: np.full((480, 640, 3), 200, np.uint8),
        width=640,
        height=480,
        frame_rate=60,
        facing_mode="environment",
    )
    mediaDevices.add(large)
    mediaDevices.add(small)
    cases = [
        (True, "small", (320, 240, 10)),  # the first
        ({"width": 320}, "small", (320, 240, 10)),
        ({"width": {"exact": 320}, "frameRate": {"min": 20}}, "large", (320, 240, 60)),
        ({"width": {"max": 100}}, "small", (100, 75, 10)),
        ({"width": {"max": 100}, "frameRate": 50}, "large", (100, 75, 50)),
        ({"aspectRatio": {"exact": 1}, "height": 480}, "large", (480, 480, 60)),
        ({"deviceId": small.deviceId}, "small", (320, 240, 10)),
        ({"deviceId": {"exact": small.deviceId}, "frameRate": {"max": 5}}, "small", (320, 240, 5)),
        ({"facingMode": "environment", "width": 320}, "large", (320, 240, 60)),
        ({"width": {"exact": 640}, "resizeMode": {"exact": "none"}}, "large", (640, 480, 60)),
        ({"advanced": [{"width": 9999}, {"height": 240}]}, "small", (320, 240, 10)),
    ]
    for constraints, label, wanted in cases:
        track = await get(video=constraints)
        settings = track.getSettings()
        assert (settings.width, settings.height, settings.frameRate) == wanted, constraints
        assert track.label == label, constraints
        frame = await track.recv()
        assert (frame.width, frame.height) == wanted[:2], constraints
        track.stop()


@pytest.mark.parametrize(
    ("constraints", "name"),
    [
        ({"video": {"width": {"min": 5000}}}, "width"),
        ({"video": {"frameRate": {"exact": 500}}}, "frameRate"),
        ({"video": {"deviceId": {"exact": "none"}}}, "deviceId"),
        ({"video": {"resizeMode": {"exact": "none"}, "width": {"exact": 333}}}, "resizeMode"),
        ({"audio": {"sampleRate": {"exact": 8000}}, "video": True}, "sampleRate"),
        ({"audio": {"channelCount": {"min": 2}}}, "channelCount"),
    ],
)
async def test_overconstrained(constraints, name):
    mediaDevices.add(FakeCamera())
    mediaDevices.add(FakeMicrophone())
    with pytest.raises(OverconstrainedError) as caught:
        await mediaDevices.getUserMedia(constraints)
    assert caught.value.constraint == name


@pytest.mark.parametrize(
    "constraints",
    [
        None,
        {},
        {"audio": False},
        {"video": 1},
        {"video": {"width": "x"}},
        {"video": {"backgroundBlur": {"exact": True}}},
    ],
)
async def test_type_errors(constraints):
    with pytest.raises(TypeError):
        await mediaDevices.getUserMedia(constraints)


async def test_a_device_is_shared_and_closed_with_its_last_track():
    calls = 0

    def draw():
        nonlocal calls
        calls += 1
        return np.zeros((48, 64, 3), np.uint8)

    mediaDevices.add(VirtualCamera("one", draw, width=64, height=48, frame_rate=100))
    a, b = await asyncio.gather(get(video=True), get(video={"width": 32}))
    assert a._source is b._source
    assert ((await a.recv()).width, (await b.recv()).width) == (64, 32)
    clone = b.clone()
    assert (await clone.recv()).width == 32
    a.stop()
    b.stop()
    await clone.recv()
    clone.stop()
    await asyncio.sleep(0.05)
    before = calls
    await asyncio.sleep(0.1)
    assert calls == before
    again = await get(video=True)
    assert again._source is not a._source
    await again.recv()
    again.stop()


async def test_microphone_of_a_function():
    asked = []
    samples = tone(10, frequency=440, amplitude=0.3)
    position = 0

    def record(count):
        nonlocal position
        asked.append(count)
        position += count
        return samples[position - count : position]

    mediaDevices.add(VirtualMicrophone("tone", record))
    track = await get(audio=True)
    assert track.getSettings().echoCancellation is False
    reader = track.frames(maxsize=500)
    heard = np.concatenate([(await reader.recv()).to_ndarray() for _ in range(40)])[1000:, 0]
    assert fit(heard, 48000, 440)[0] == pytest.approx(0.3, rel=0.01)
    assert fit(heard, 48000, 440)[1] > 50
    assert max(asked) <= 48000 * 0.06
    track.stop()


async def test_coroutine_functions():
    loop = asyncio.get_running_loop()

    async def draw():
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        return VideoFrame.from_ndarray(np.full((48, 64, 3), 77, np.uint8))

    async def record(count):
        return int16(tone(count / 16000, 16000))

    mediaDevices.add(VirtualCamera("camera", draw, width=64, height=48))
    mediaDevices.add(VirtualMicrophone("microphone", record, sample_rate=16000))
    stream = await mediaDevices.getUserMedia({"audio": True, "video": True})
    frames = await asyncio.gather(*(track.recv() for track in stream.getTracks()))
    assert {getattr(frame, "sample_rate", None) for frame in frames} == {16000, None}
    for track in stream.getTracks():
        track.stop()


async def test_a_function_that_ends_or_fails_ends_the_track():
    problems = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))

    def ends():
        raise StopIteration

    def fails():
        raise ZeroDivisionError

    async def fails_too():
        raise ZeroDivisionError

    for draw, error in (
        (ends, None),
        (fails, ZeroDivisionError),
        (fails_too, ZeroDivisionError),
        (lambda: "no picture", TypeError),
        (lambda: np.zeros((2, 2), np.uint8), ValueError),
    ):
        camera = VirtualCamera("bad", draw)
        mediaDevices.add(camera)
        track = await get(video=True)
        await next_event(track, "ended")
        assert track.readyState == "ended"
        assert [type(problem["exception"]) for problem in problems] == ([] if error is None else [error])
        problems.clear()
        mediaDevices.remove(camera)


async def test_removing_a_device_ends_its_tracks():
    camera = FakeCamera()
    mediaDevices.add(camera)
    track = await get(video=True)
    ended = asyncio.ensure_future(next_event(track, "ended"))
    await asyncio.sleep(0)
    mediaDevices.remove(camera)
    mediaDevices.remove(camera)
    await ended
    with pytest.raises(NotFoundError):
        await get(video=True)


async def test_devicechange():
    changes: asyncio.Queue[DeviceChangeEvent] = asyncio.Queue()
    mediaDevices.addEventListener("devicechange", changes.put_nowait)
    try:
        camera = FakeCamera("Eye")
        mediaDevices.add(camera)
        async with asyncio.timeout(20):
            event = await changes.get()
            assert [info.label for info in event.devices] == ["Eye"]
            assert [info.label for info in event.userInsertedDevices] == ["Eye"]
            mediaDevices.remove(camera)
            event = await changes.get()
        assert event.devices == ()
        assert event.userInsertedDevices == ()
    finally:
        mediaDevices.removeEventListener("devicechange", changes.put_nowait)
    event = DeviceChangeEvent("devicechange", devices=[])
    assert event.devices == ()


async def test_dropped_tracks_stop_the_function():
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()

    class Camera:
        def __call__(self):
            return np.zeros((48, 64, 3), np.uint8)

        def __del__(self):
            loop.call_soon_threadsafe(stopped.set)

    camera = VirtualCamera("dropped", Camera(), width=64, height=48, frame_rate=100)
    mediaDevices.add(camera)
    track = await get(video=True)
    await track.recv()
    mediaDevices._virtual.remove(camera)
    del track, camera
    gc.collect()
    async with asyncio.timeout(10):
        await stopped.wait()


async def test_display_media():
    size = [64, 48]
    calls = 0

    def draw():
        nonlocal calls
        calls += 1
        return np.full((size[1], size[0], 3), (10, 20, 30), np.uint8)

    stream = await mediaDevices.getDisplayMedia(
        {"video": {"frameRate": 100, "width": {"max": 128}}}, source=draw, format="bgr24", label="plot"
    )
    (track,) = stream.getTracks()
    assert track.label == "plot"
    frame = await track.recv()
    assert (frame.width, frame.height) == (64, 48)
    assert np.abs(frame.to_ndarray("bgr24")[0, 0].astype(int) - (10, 20, 30)).max() < 4
    assert track.getSettings().frameRate == 100
    size[:] = 256, 100  # another window: it is made to fit
    while (await track.recv()).width != 128:
        pass
    track.stop()
    await asyncio.sleep(0.05)
    before = calls
    await asyncio.sleep(0.05)
    assert calls == before


async def test_display_media_of_nothing():
    with pytest.raises(NotFoundError):
        await mediaDevices.getDisplayMedia()
    for arguments in (
        ({"video": False},),
        ({"video": {"width": {"min": 1}}},),
        ({"video": {"width": {"exact": 1}}},),
        ({"video": {"advanced": [{}]}},),
    ):
        with pytest.raises(TypeError):
            await mediaDevices.getDisplayMedia(*arguments, source=lambda: None)
    with pytest.raises(TypeError):
        await mediaDevices.getDisplayMedia(source=3)
    with pytest.raises(ValueError):
        await mediaDevices.getDisplayMedia(source=lambda: None, format="nonsense")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: VirtualCamera("x", None), TypeError),
        (lambda: VirtualCamera(1, print), TypeError),
        (lambda: VirtualCamera("x", print, width=0), ValueError),
        (lambda: VirtualCamera("x", print, height=16385), ValueError),
        (lambda: VirtualCamera("x", print, frame_rate=0), ValueError),
        (lambda: VirtualCamera("x", print, format="x"), ValueError),
        (lambda: VirtualCamera("x", print, facing_mode="up"), ValueError),
        (lambda: VirtualMicrophone("x", print, sample_rate=1), ValueError),
        (lambda: VirtualMicrophone("x", print, channels=3), ValueError),
        (lambda: FakeMicrophone(frequency=1), ValueError),
        (lambda: mediaDevices.add(Speaker()), TypeError),
    ],
)
def test_bad_devices(make, error):
    with pytest.raises(error):
        make()

"""Tracks whose frames a coroutine gives: async iterators, and subclasses with recv() as in aiortc."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from harness import next_event, until
from pictures import ramps
from pywebrtc import (
    AudioFrame,
    AudioStreamTrack,
    MediaStreamTrack,
    VideoFrame,
    VideoStreamTrack,
)
from pywebrtc.exceptions import InvalidStateError
from sound import tone
from test_media import call, psnr

av = pytest.importorskip("av")


class Log:
    """What the loop's exception handler gets meanwhile."""

    def __init__(self) -> None:
        self.contexts: list[dict] = []

    def __enter__(self) -> list[dict]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.contexts.append(context))
        return self.contexts

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().set_exception_handler(None)


class Numbered:
    """An async iterator of gray pictures that says what is done with it."""

    def __init__(self, count: int = 10**9, interval: float = 0.0) -> None:
        self.asked = 0
        self.closed = 0
        self.cancelled = False
        self.count = count
        self.interval = interval

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.asked += 1
        if self.asked > self.count:
            raise StopAsyncIteration
        try:
            await asyncio.sleep(self.interval)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return np.full((16, 16), self.asked % 200, np.uint8)

    async def aclose(self) -> None:
        self.closed += 1


def track_of(frames, kind="video", **arguments) -> MediaStreamTrack:
    return MediaStreamTrack.from_async_iterator(frames, kind, **arguments)


async def condition(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)


def values(arrays) -> list[int]:
    return [int(array[0, 0]) for array in arrays]


async def test_an_iterator_to_its_end():
    frames = Numbered(5)
    track = track_of(frames, format="gray", label="numbers")
    assert (track.kind, track.label, track.readyState) == ("video", "numbers", "live")
    ended = asyncio.ensure_future(next_event(track, "ended"))
    with Log() as contexts:
        got = [array async for array in track.frames("gray")]
        await ended
    assert np.abs(np.array(values(got)) - [1, 2, 3, 4, 5]).max() <= 1
    assert track.readyState == "ended"
    assert frames.closed == 1
    assert contexts == []


async def test_nobody_listens_and_nobody_asks():
    frames = Numbered(interval=0.001)
    track = track_of(frames, format="gray")
    await asyncio.sleep(0.02)
    assert frames.asked == 0
    reader = track.frames()
    await reader.recv()
    del reader
    gc.collect()
    asked = -1
    async with asyncio.timeout(10):
        while asked != frames.asked:
            asked = frames.asked
            await asyncio.sleep(0.02)
    assert not frames.cancelled, "a generator would be at its end"
    reader = track.frames("gray", maxsize=1000)
    assert abs(values([await reader.recv()])[0] - (asked + 1) % 200) <= 1, "it goes on where it was"
    track.stop()


@pytest.mark.parametrize("taken", [False, True])
async def test_stop_closes_a_generator(taken):
    log: list[str] = []

    async def frames():
        try:
            while True:
                log.append("frame")
                yield np.zeros((16, 16, 3), np.uint8)
                await asyncio.sleep(3600)
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    track = track_of(frames())
    if taken:
        await track.recv()
    track.stop()
    await condition(lambda: not taken or "closed" in log)
    await asyncio.sleep(0.01)
    assert log == (["frame", "cancelled", "closed"] if taken else [])


async def test_an_iterator_that_raises():
    async def frames():
        yield np.zeros((16, 16, 3), np.uint8)
        raise LookupError("the camera is gone")

    track = track_of(frames())
    ended = asyncio.ensure_future(next_event(track, "ended"))
    with Log() as contexts:
        assert len([frame async for frame in track]) == 1
        await ended
    assert [type(context["exception"]) for context in contexts] == [LookupError]
    with pytest.raises(InvalidStateError):
        await track.recv()


@pytest.mark.parametrize(
    ("kind", "frame", "error"),
    [
        ("video", "no frame", TypeError),
        ("video", np.zeros((16, 16), np.uint8), ValueError),
        ("video", np.zeros((16, 16, 3)), TypeError),
        ("video", AudioFrame.from_ndarray(np.zeros(480, np.int16), 48000), TypeError),
        ("audio", None, TypeError),
        ("audio", np.zeros(480), TypeError),
        ("audio", np.full(480, np.nan, np.float32), ValueError),
        ("audio", np.zeros((48, 10, 2), np.int16), ValueError),
    ],
)
async def test_what_is_no_frame(kind, frame, error):
    async def frames():
        yield frame

    track = track_of(frames(), kind)
    with Log() as contexts, pytest.raises(InvalidStateError):
        await track.recv()
    assert isinstance(contexts[0]["exception"], error)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1, 2], "video"), TypeError, "list is no async iterable"),
        ((Numbered(), "text"), ValueError, "kind is 'text'"),
        ((Numbered(), "video", {"format": "rgb"}), ValueError, "pixel format 'rgb'"),
        ((Numbered(), "video", {"frame_rate": 0}), ValueError, "frame_rate is 0"),
        ((Numbered(), "audio", {"sample_rate": 11025}), ValueError, "sample_rate is 11025"),
        ((Numbered(), "audio", {"channels": 3}), ValueError, "channels is 3"),
    ],
)
async def test_what_is_refused(arguments, error, message):
    frames, kind, *rest = arguments
    with pytest.raises(error, match=message):
        track_of(frames, kind, **(rest[0] if rest else {}))


async def test_a_frame_rate():
    track = track_of(Numbered(), format="gray", frame_rate=100)
    reader = track.frames()
    first = (await reader.recv()).timestamp
    for _ in range(10):
        last = (await reader.recv()).timestamp
    # Never earlier, whatever the machine does.
    assert last - first > 0.09
    track.stop()


async def test_pts_of_pyav_say_when():
    """A picture each 50 ms, by a clock that began at -1 s."""

    async def frames():
        for i in range(5):
            frame = av.VideoFrame.from_ndarray(ramps(64, 48), "rgb24")
            frame.pts, frame.time_base = i * 50 - 1000, Fraction(1, 1000)
            yield frame

    track = track_of(frames())
    got = [frame async for frame in track.frames()]
    times = [frame.timestamp for frame in got]
    assert len(times) == 5
    assert times[-1] - times[0] > 0.19
    assert psnr(got[0].to_ndarray("rgb24"), ramps(64, 48)) > 35


async def test_frames_of_another_track_keep_their_time():
    pictures = VideoStreamTrack()

    async def inverted():
        async for frame in pictures.frames():
            yield VideoFrame.from_ndarray(255 - frame.to_ndarray(), timestamp=frame.timestamp)

    track = track_of(inverted())
    reader, original = track.frames(), pictures.frames()
    frame = await reader.recv()
    assert frame.to_ndarray().min() > 250
    assert frame.timestamp == pytest.approx((await original.recv()).timestamp, abs=1e-4)
    pictures.stop()
    async for _ in reader:
        pass
    assert track.readyState == "ended"


class Transform(MediaStreamTrack):
    """aiortc's example "server", word by word but for the processing."""

    kind = "video"

    def __init__(self, track):
        super().__init__()
        self.track = track

    async def recv(self):
        frame = await self.track.recv()
        img = frame.to_ndarray(format="bgr24")
        new_frame = av.VideoFrame.from_ndarray(255 - img, format="bgr24")
        new_frame.pts = frame.rtp_timestamp
        new_frame.time_base = Fraction(1, 90000)
        return new_frame


class Ramps(VideoStreamTrack):
    """As in aiortc: PyAV's frames at next_timestamp()."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(ramps(320, 240), format="rgb24")
        frame.pts = pts
        frame.time_base = time_base
        return frame


class Tone(AudioStreamTrack):
    """As in aiortc, of 20 ms; faster than they are played."""

    frequency = 1000
    position = 0

    async def recv(self):
        samples = tone(0.02 * 50, frequency=self.frequency)[:960]
        assert self.frequency % 50 == 0  # whole periods
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype(np.int16)[np.newaxis], "s16", "mono")
        frame.sample_rate = 48000
        frame.pts, frame.time_base = self.position, Fraction(1, 48000)
        self.position += 960
        return frame


async def test_subclasses_in_a_call(peers):
    picture, sound = Ramps(), Tone()
    assert (picture.kind, sound.kind) == ("video", "audio")
    events = await call(peers, picture, sound)
    video = next(event.track for event in events if event.track.kind == "video")
    audio = next(event.track for event in events if event.track.kind == "audio")
    changed = Transform(video)
    async with asyncio.timeout(20):
        reader = changed.frames("rgb24", maxsize=1)
        while psnr(await reader.recv(), 255 - ramps(320, 240)) < 28:
            pass
        heard: list[np.ndarray] = []
        async for samples in audio.frames(dtype="float32", channels=1):
            if heard or np.abs(samples).max() > 0.1:
                heard.append(samples[:, 0])
            if len(heard) == 60:
                break
    sound_heard = np.concatenate(heard[10:])
    spectrum = np.abs(np.fft.rfft(sound_heard * np.hanning(len(sound_heard))))
    assert abs(np.argmax(spectrum) * 48000 / len(sound_heard) - 1000) < 5
    assert picture.getSettings().width == 320
    # The far end stops: nobody asks any more.
    await peers.close()
    await until(video, "ended", lambda: video.readyState == "ended")
    await condition(lambda: changed.readyState == "ended")
    position = -1
    async with asyncio.timeout(10):
        while position != sound.position:
            position = sound.position
            await asyncio.sleep(0.1)


async def test_the_tracks_as_they_stand():
    picture, sound = VideoStreamTrack(), AudioStreamTrack()
    frame = await picture.frames().recv()
    assert (frame.width, frame.height) == (640, 480)
    assert frame.to_ndarray("gray").max() <= 1
    samples = await sound.frames(dtype="int16").recv()
    assert not samples.any()
    assert samples.shape == (480, 2)
    picture.stop()
    sound.stop()


async def test_next_timestamp():
    class Fast(VideoStreamTrack):
        frame_rate = 200

    track = Fast()
    begin = time.monotonic()
    assert await track.next_timestamp() == (0, Fraction(1, 90000))
    stamps = [(await track.next_timestamp())[0] for _ in range(4)]
    assert all(stamp % 450 == 0 for stamp in stamps)
    assert stamps == sorted(set(stamps))
    assert time.monotonic() - begin >= stamps[-1] / 90000 - 0.001
    await asyncio.sleep(0.05)
    assert (await track.next_timestamp())[0] >= stamps[-1] + 450 * 9, "what is late is left out"
    track.stop()
    with pytest.raises(InvalidStateError):
        await track.next_timestamp()
    with pytest.raises(InvalidStateError):
        await AudioStreamTrack.next_timestamp(stopped(AudioStreamTrack()))


def stopped(track):
    track.stop()
    return track


async def test_recv_is_cancelled_by_stop_and_may_stop_itself():
    class Waiting(VideoStreamTrack):
        cancelled = False

        async def recv(self):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.cancelled = True
                raise

    track = Waiting()
    waiting = asyncio.ensure_future(track.frames().recv())
    await asyncio.sleep(0.02)
    track.stop()
    with pytest.raises(InvalidStateError):
        await waiting
    await asyncio.sleep(0)
    assert track.cancelled

    class Quits(VideoStreamTrack):
        async def recv(self):
            self.stop()

    with Log() as contexts, pytest.raises(InvalidStateError):
        await Quits().frames().recv()
    assert contexts == []


async def test_a_cancelled_error_of_its_own_ends_the_track():
    class Cancelled(VideoStreamTrack):
        async def recv(self):
            raise asyncio.CancelledError

    track = Cancelled()
    with Log() as contexts, pytest.raises(InvalidStateError):
        await track.frames().recv()
    assert track.readyState == "ended"
    assert len(contexts) == 1


async def test_clones_share_what_is_asked():
    frames = Numbered()
    track = track_of(frames, format="gray")
    clone = track.clone()
    track.stop()
    assert frames.closed == 0
    await clone.frames().recv()
    clone.stop()
    await condition(lambda: frames.closed > 0)


async def test_a_track_that_is_forgotten_is_gone():
    track = weakref.ref(track_of(Numbered(), format="gray"))
    gc.collect()
    assert track() is None


async def test_a_long_piece_of_sound_is_not_cut():
    samples = tone(1.0, amplitude=0.4)

    async def frames():
        yield samples

    track = track_of(frames(), "audio", channels=1)
    got = [array async for array in track.frames(dtype="float32", maxsize=1000)]
    whole = np.concatenate(got)[:, 0]
    begin = np.argmax(np.abs(whole) > 0.01)
    assert len(whole) - begin > 0.8 * 48000, "what is queued at the end is lost"
    assert np.abs(whole[begin : begin + 30000] - samples[1:30001]).max() < 1e-2


def test_a_subclass_that_says_too_little():
    class NoKind(MediaStreamTrack):
        async def recv(self):
            raise AssertionError

    class NoFrames(MediaStreamTrack):
        kind = "video"

    for cls in (MediaStreamTrack, NoKind, NoFrames):
        with pytest.raises(TypeError, match="has no constructor"):
            cls()


def test_made_before_the_loop_runs():
    track = VideoStreamTrack()

    async def main():
        return (await track.frames().recv()).width

    assert asyncio.run(main()) == 640
    track.stop()

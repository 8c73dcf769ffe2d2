"""MediaRecorder: what is in the file is what the tracks gave, when they gave it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import subprocess
import sys
import textwrap
import threading
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from harness import until
from mediafiles import FPS, RATE, Show, contents, gradient, psnr, tone
from pywebrtc import AudioSource, VideoSource
from pywebrtc.contrib import MediaRecorder
from pywebrtc.contrib._lanes import AudioLane, Encoding
from pywebrtc.contrib._timeline import Timeline
from pywebrtc.exceptions import InvalidAccessError, InvalidStateError, NotSupportedError, OperationError


async def left(source):
    """Wait until all that was pushed has left."""
    async with asyncio.timeout(20):
        while source.queued_duration:  # noqa: ASYNC110 - of ours to be asked, not of the loop
            await asyncio.sleep(source.queued_duration)


def offsets(found):
    """How much later than its flash each beep is, in seconds."""
    # The file may begin in the middle of one, and end between the two.
    flashes, sounds = ([at for at in times if at > 0.15] for times in (found.flashes, found.beeps))
    assert abs(len(flashes) - len(sounds)) <= 1
    return np.array([sound - seen for seen, sound in zip(flashes, sounds, strict=False)])


async def test_a_call_is_recorded_in_sync_by_several_recorders(peers, tmp_path):
    show = Show(period=0.5)
    tracks = []
    peers.callee.ontrack = lambda event: tracks.append(event.track)
    for track in show.tracks:
        peers.caller.addTrack(track, show.stream)
    await peers.connect()
    (tmp_path / "hls").mkdir()
    names = {
        "call.mp4": {"video": "h264", "audio": "aac"},
        "call.mkv": {"video": "h264", "audio": "opus"},
        "call.webm": {"video": "vp8", "audio": "opus"},
        "hls/call.m3u8": {"video": "h264", "audio": "aac"},
    }
    recorders = [MediaRecorder(tmp_path / name) for name in names]
    for recorder in recorders:
        for track in tracks:
            recorder.addTrack(track)
    async with show.on():
        for track in tracks:
            await until(track, "unmute", lambda track=track: not track.muted)
        for recorder in recorders:
            await recorder.start()
            assert recorder.state == "recording"
        await asyncio.sleep(2.6)
        for recorder in recorders:
            await recorder.stop()
            assert recorder.state == "inactive"
            assert recorder.error is None
            await recorder.stop()
    for name, codecs in names.items():
        found = contents(tmp_path / name)
        assert found.codecs == codecs
        assert found.pictures[0].shape == (120, 160, 3)
        assert len(offsets(found)) >= 4
        assert np.abs(offsets(found)).max() < 0.04, (name, offsets(found))
        assert np.diff(found.times).min() > 0
        # Nothing was lost: all frames, and sound as long as the pictures.
        assert len(found.pictures) >= 0.9 * FPS * (found.times[-1] - found.times[0])
        assert abs(len(found.samples) / RATE - found.times[-1]) < 0.2
    playlist = (tmp_path / "hls" / "call.m3u8").read_text()
    assert "#EXT-X-ENDLIST" in playlist


async def test_wav_has_every_sample(tmp_path):
    source = AudioSource(sample_rate=16000, channels=2, capacity=5)
    samples = np.random.default_rng(1).integers(-32768, 32768, (8000, 2), np.int16)
    async with MediaRecorder(str(tmp_path / "a.wav")) as recorder:
        recorder.addTrack(source.track)
        await recorder.start()
        source.push(samples)
        await left(source)
        await asyncio.sleep(0.05)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 2, 2)
        written = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    assert np.array_equal(written[: len(samples)], samples)
    assert not written[len(samples) :].any()


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "mp3float"), ("a.ogg", "opus"), ("a.flac", "flac")])
async def test_other_audio_files(tmp_path, name, codec):
    source = AudioSource(capacity=5)
    async with MediaRecorder(tmp_path / name) as recorder:
        recorder.addTrack(source.track)
        await recorder.start()
        source.push(tone(0, RATE // 2, 440))
        await left(source)
    found = contents(tmp_path / name)
    assert found.codecs == {"audio": codec}
    part = found.samples[RATE // 10 : 4 * RATE // 10]
    spectrum = np.abs(np.fft.rfft(part))
    assert abs(np.argmax(spectrum) * found.rate / len(part) - 440) < 5


async def test_a_file_like_object(tmp_path):
    file = io.BytesIO()
    source = VideoSource()
    async with MediaRecorder(file, format="matroska") as recorder:
        recorder.addTrack(source.track, codec="libvpx", size=(80, 60), bitrate=300_000)
        await recorder.start()
        source.push(gradient((160, 120)))
        await asyncio.sleep(0.05)
        source.push(gradient((160, 120), 9))
        await asyncio.sleep(0.05)
    (tmp_path / "x.mkv").write_bytes(file.getvalue())
    found = contents(tmp_path / "x.mkv")
    assert found.codecs == {"video": "vp8"}
    assert psnr(found.pictures[0], gradient((80, 60))) > 25


async def test_pauses_are_left_out(tmp_path):
    video, audio = VideoSource(), AudioSource(capacity=5)
    levels = {"before": 60, "paused": 140, "after": 220}
    recorder = MediaRecorder(tmp_path / "a.mkv")
    recorder.addTrack(video.track, options={"crf": "10"})
    recorder.addTrack(audio.track, codec="pcm_s16le")
    with pytest.raises(InvalidStateError, match="nothing is being recorded"):
        recorder.pause()
    await recorder.start()
    for phase, level in levels.items():
        if phase == "paused":
            recorder.pause()
            recorder.pause()
            assert recorder.state == "paused"
        if phase == "after":
            recorder.resume()
            recorder.resume()
            assert recorder.state == "recording"
        for _ in range(15):
            video.push(np.full((48, 64, 3), level, np.uint8))
            audio.push(np.full(1600, 100 * level, np.int16))
            await asyncio.sleep(1 / 30)
    audio.clear()
    await recorder.stop()
    found = contents(tmp_path / "a.mkv")
    seen = [round(float(picture.mean()) / 20) * 20 for picture in found.pictures]
    assert seen.count(140) <= 1  # one may have been on its way
    assert seen.count(60) >= 14
    assert seen.count(220) >= 14
    assert found.times[-1] < 1.4
    # What was said meanwhile is not there, and there is no hole but what the clocks disagree about.
    loud = found.samples * 32768 / 100
    assert np.count_nonzero(np.abs(loud - 140) < 1) < 0.1 * RATE
    assert np.count_nonzero(np.abs(loud - 220) < 1) > 0.3 * RATE
    assert len(found.samples) / RATE < 1.4


async def test_pictures_of_another_size_are_fitted_into_the_first(tmp_path):
    source = VideoSource()
    async with MediaRecorder(tmp_path / "a.mp4") as recorder:
        recorder.addTrack(source.track, options={"crf": "8"})
        await recorder.start()
        for size in ((160, 120), (320, 240), (121, 91), (120, 160)):
            for _ in range(3):
                source.push(gradient(size))
                await asyncio.sleep(0.02)
    found = contents(tmp_path / "a.mp4")
    assert len(found.pictures) == 12
    assert {picture.shape for picture in found.pictures} == {(120, 160, 3)}
    for number in (2, 5, 8):
        assert psnr(found.pictures[number], gradient((160, 120))) > 25, number
    last = found.pictures[11]
    assert last[:, :34].mean() < 3  # bars beside an upright picture
    assert last[:, 126:].mean() < 3
    assert psnr(last[:, 36:124], gradient((88, 120))) > 22


async def test_a_turned_picture_is_upright_in_the_file(tmp_path):
    # As a telephone sends it: the pixels lie on their side, and the extension says how to turn them.
    lane_size = (120, 160)

    class Turned:
        rotation, width, height = 90, 160, 120

        @staticmethod
        def to_ndarray(format, width, height):
            assert format == "i420"
            upright = av.VideoFrame.from_ndarray(gradient(lane_size), "rgb24")
            lying = np.rot90(upright.to_ndarray(format="rgb24"), 1)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(lying), "rgb24")
            return frame.reformat(width, height, "yuv420p").to_ndarray()

    from pywebrtc.contrib._lanes import VideoLane

    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        lane = VideoLane(container, Encoding("libx264", {"crf": "8"}))
        lane.take(0, Turned())
        lane.close()
        container.mux(lane.packets)
        del lane
    assert psnr(contents(tmp_path / "a.mkv").pictures[0], gradient(lane_size)) > 25


async def test_a_new_track_takes_over_the_stream_of_one_that_ended(peers, tmp_path):
    one, other = VideoSource(), VideoSource()
    tracks = []
    peers.callee.ontrack = lambda event: tracks.append(event.track)
    transceiver = peers.caller.addTransceiver(one.track)
    await peers.connect()
    recorder = MediaRecorder(tmp_path / "a.mp4")
    recorder.addTrack(tracks[0])
    await recorder.start()

    async def push(source, level, until_recorded):
        while not until_recorded():
            source.push(np.full((120, 160, 3), level, np.uint8))
            await asyncio.sleep(1 / 30)

    seen = []
    reading = asyncio.ensure_future(read_into(seen, tracks[0]))
    await push(one, 60, lambda: len(seen) > 5)
    with pytest.raises(InvalidAccessError, match="already"):
        recorder.addTrack(tracks[0])
    with pytest.raises(InvalidStateError, match=r"no video stream of .* is free"):
        recorder.addTrack(one.track)
    transceiver.stop()
    peers.caller.addTransceiver(other.track)
    await peers.negotiate()
    await until(tracks[0], "ended", lambda: tracks[0].readyState == "ended")
    await reading
    recorder.addTrack(tracks[1])
    reading = asyncio.ensure_future(read_into(seen := [], tracks[1]))
    await push(other, 200, lambda: len(seen) > 5)
    recorder.removeTrack(tracks[1])
    recorder.removeTrack(tracks[1])
    recorder.addTrack(one.track)
    for _ in range(4):
        one.push(np.full((240, 320, 3), 120, np.uint8))
        await asyncio.sleep(0.02)
    await recorder.stop()
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    found = contents(tmp_path / "a.mp4")
    levels = [picture.mean() for picture in found.pictures]
    assert len([level for level in levels if abs(level - 60) < 10]) > 3
    assert len([level for level in levels if abs(level - 200) < 10]) > 3
    assert abs(levels[-1] - 120) < 10


async def read_into(seen, track):
    async for frame in track.frames():
        seen.append(frame)


async def test_a_track_that_gives_nothing_is_silent_or_black(tmp_path):
    video, audio, dark = VideoSource(), AudioSource(), VideoSource()
    async with MediaRecorder(tmp_path / "a.mkv") as recorder:
        for track in (video.track, audio.track, dark.track):
            recorder.addTrack(track)
        await recorder.start()
        for number in range(20):
            video.push(gradient((64, 48), number))
            await asyncio.sleep(0.02)
    with av.open(str(tmp_path / "a.mkv")) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio", "video"]
        assert (container.streams[2].width, container.streams[2].height) == (640, 480)
        kinds = {0: 0, 1: 0, 2: 0}
        for packet in container.demux():
            for frame in packet.decode():
                kinds[packet.stream.index] += 1
                if packet.stream.index == 1:
                    assert not frame.to_ndarray().any()
                if packet.stream.index == 2:
                    assert frame.to_ndarray(format="rgb24").max() < 3
    assert kinds[0] >= 20
    assert kinds[1] * 0.02 > 0.4
    assert kinds[2] >= 1


async def test_nothing_at_all_came(tmp_path):
    audio = AudioSource()
    async with MediaRecorder(tmp_path / "a.wav") as recorder:
        recorder.addTrack(audio.track)
        await recorder.start()
    assert not contents(tmp_path / "a.wav").samples.any()


KILLED = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from mediafiles import Show
from pywebrtc.contrib import MediaRecorder

async def main():
    show = Show()
    recorders = [MediaRecorder(name) for name in sys.argv[1:]]
    async with show.on():
        for recorder in recorders:
            for track in show.tracks:
                recorder.addTrack(track)
            await recorder.start()
        await asyncio.sleep(4.2)
        print("recorded", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_killed_process_leaves_files_that_play(tmp_path):
    names = ["a.mp4", "a.mkv", "a.webm", "a.m3u8"]
    code = KILLED.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, *(tmp_path / name for name in names)], stdout=subprocess.PIPE
    )
    assert process.stdout
    assert process.stdout.readline() == b"recorded\n"
    process.kill()
    process.wait()
    process.stdout.close()
    for name in names:
        if name == "a.m3u8":  # for a player it is live: it would wait for more
            playlist = (tmp_path / name).read_text()
            assert "#EXT-X-ENDLIST" not in playlist
            (tmp_path / name).write_text(playlist + "#EXT-X-ENDLIST\n")
        found = contents(tmp_path / name)
        # A killed recording loses its last segment: two seconds of HLS, one of the others; and what waited.
        seconds = 1.9 if name == "a.m3u8" else 2.5
        assert len(found.pictures) >= seconds * FPS * 0.8, name
        assert len(found.samples) >= seconds * RATE, name
        assert len(offsets(found)) >= 1
        assert np.abs(offsets(found)).max() < 0.04, name


async def test_what_cannot_be_written_is_told(tmp_path):
    video = VideoSource()
    for file, error in (
        (tmp_path / "none" / "a.mp4", FileNotFoundError),
        (tmp_path, IsADirectoryError),
    ):
        recorder = MediaRecorder(file, format="mp4")
        recorder.addTrack(video.track)
        with pytest.raises(error) as caught:
            await recorder.start()
        assert caught.value.filename == str(file)
        assert recorder.state == "inactive"
        await recorder.stop()

    # The disk is full.
    recorder = MediaRecorder("/dev/full", format="matroska")
    recorder.addTrack(video.track)
    errors = []
    recorder.onerror = lambda event: errors.append(event.target.error)
    await recorder.start()
    async with asyncio.timeout(20):
        while not errors:
            video.push(np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8))
            await asyncio.sleep(0.01)
    assert recorder.state == "inactive"
    assert errors[0].errno == errno.ENOSPC
    for _ in range(2):
        with pytest.raises(OSError, match="/dev/full"):
            await recorder.stop()
    with pytest.raises(InvalidStateError, match="has ended"):
        recorder.addTrack(video.track)


async def test_what_makes_no_sense(tmp_path):
    video, audio = VideoSource(), AudioSource()
    with pytest.raises(ValueError, match="does not tell the format"):
        MediaRecorder(tmp_path / "name")
    with pytest.raises(ValueError, match="'nosuch' is unknown"):
        MediaRecorder(tmp_path / "name", format="nosuch")
    recorder = MediaRecorder(tmp_path / "a.wav")
    with pytest.raises(InvalidStateError, match="no track"):
        await recorder.start()
    with pytest.raises(TypeError, match="MediaStreamTrack"):
        recorder.addTrack("track")  # type: ignore[arg-type]
    with pytest.raises(NotSupportedError, match="wav files hold no video"):
        recorder.addTrack(video.track)
    with pytest.raises(NotSupportedError, match="no audio encoder called libx264"):
        recorder.addTrack(audio.track, codec="libx264")
    with pytest.raises(NotSupportedError, match="no audio encoder called nosuch"):
        recorder.addTrack(audio.track, codec="nosuch")
    with pytest.raises(ValueError, match="bitrate is 0"):
        recorder.addTrack(audio.track, bitrate=0)
    with pytest.raises(TypeError, match="size is for video"):
        recorder.addTrack(audio.track, size=(1, 2))
    recorder.addTrack(audio.track)
    with pytest.raises(NotSupportedError, match="one stream"):
        recorder.addTrack(AudioSource().track)
    recorder.removeTrack(audio.track)
    with pytest.raises(InvalidStateError, match="no track"):
        await recorder.start()
    audio.track.stop()
    with pytest.raises(InvalidStateError, match="has ended"):
        recorder.addTrack(audio.track)
    await recorder.stop()
    await recorder.stop()
    with pytest.raises(InvalidStateError, match="has ended"):
        recorder.addTrack(AudioSource().track)
    recorder = MediaRecorder(tmp_path / "a.webm")
    with pytest.raises(NotSupportedError, match="webm files hold no h264"):
        recorder.addTrack(video.track, codec="libx264")
    # What only the encoder knows.
    recorder.addTrack(video.track, options={"deadline": "nosuch"})
    await recorder.start()
    with pytest.raises(InvalidStateError, match="started before"):
        await recorder.start()
    video.push(gradient((64, 48)))
    with pytest.raises(OperationError, match=r"a\.webm"):
        await recorder.stop()


async def test_an_encoder_that_is_behind_drops_pictures(tmp_path):
    go_on = threading.Event()

    class Slow(io.BytesIO):
        def write(self, data):
            go_on.wait()
            return super().write(data)

    source = VideoSource()
    recorder = MediaRecorder(Slow(), format="matroska")
    recorder.addTrack(source.track)
    await recorder.start()
    async with asyncio.timeout(20):
        while recorder.dropped < 20:
            source.push(gradient((64, 48)))
            await asyncio.sleep(0.001)
    stopping = asyncio.ensure_future(recorder.stop())
    await asyncio.sleep(0.05)
    stopping.cancel()  # the waiting, not the work
    with contextlib.suppress(asyncio.CancelledError):
        await stopping
    go_on.set()
    await recorder.stop()
    assert recorder.error is None


def test_a_recording_that_is_left_open_is_whole(tmp_path):
    kept = []

    async def main():
        source = VideoSource()
        recorder = MediaRecorder(tmp_path / "a.mp4")
        recorder.addTrack(source.track)
        await recorder.start()
        kept.append(recorder)
        for _ in range(10):
            source.push(gradient((64, 48)))
            await asyncio.sleep(0.02)
        source.track.stop()

    with pytest.warns(ResourceWarning, match="unclosed <MediaRecorder .*a.mp4 recording>"):
        asyncio.run(main())
    assert len(contents(tmp_path / "a.mp4").pictures) >= 10
    assert kept[0].state == "inactive"


def test_a_program_that_ends_without_a_word_leaves_a_whole_file(tmp_path):
    code = textwrap.dedent(f"""
        import asyncio, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from mediafiles import gradient
        from pywebrtc import VideoSource
        from pywebrtc.contrib import MediaRecorder
        source = VideoSource()
        recorder = MediaRecorder({str(tmp_path / "a.mp4")!r})
        recorder.addTrack(source.track)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(recorder.start())
        for number in range(10):
            source.push(gradient((64, 48), number))
            loop.run_until_complete(asyncio.sleep(0.02))
        sys.exit(3)
    """)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, check=False)
    assert done.returncode == 3, done.stderr
    assert len(contents(tmp_path / "a.mp4").pictures) >= 9


def test_the_timeline_skips_pauses():
    timeline = Timeline()
    assert not timeline.begun
    assert timeline.position(7) == 0
    timeline.begin(10)
    timeline.begin(11)
    assert timeline.begun
    timeline.pause(12)
    assert timeline.recorded(11.9)
    assert not timeline.recorded(99)
    assert timeline.position(99) == 2
    timeline.resume(15)
    assert timeline.recorded(15)
    assert not timeline.recorded(14.9)
    assert timeline.position(11) == 1
    assert timeline.position(16) == 3
    timeline.pause(17)
    timeline.resume(18)
    assert timeline.position(20) == 6


class Chunk:
    """10 ms of sound."""

    def __init__(self, samples, rate=RATE):
        self._samples = samples.reshape(-1, 1)
        self.sample_rate = rate

    def to_ndarray(self):
        return self._samples


def lane_contents(tmp_path, chunks, end):
    """What an AudioLane writes, given (when, samples)."""
    path = tmp_path / "lane.wav"
    with av.open(str(path), "w") as container:
        lane = AudioLane(container, Encoding("pcm_s16le", {}))
        for at, samples in chunks:
            lane.take(at, Chunk(samples))
            lane.advance(at)
        lane.finish(end)
        lane.close()
        container.mux(lane.packets)
        del lane
    return (contents(path).samples * 32768).round().astype(np.int16)


def test_audio_that_is_late_is_not_late_in_the_file(tmp_path):
    samples = tone(0, RATE)
    # The clock's thread was held up for 150 ms; then all came at once.
    times = [k * 0.01 if not 40 <= k < 55 else 0.55 for k in range(100)]
    chunks = [(at, samples[k * 480 : (k + 1) * 480]) for k, at in enumerate(times)]
    assert np.array_equal(lane_contents(tmp_path, chunks, 1), samples)


def test_a_gap_is_silence_where_it_was(tmp_path):
    samples = tone(0, RATE)
    chunks = [(k * 0.01 + (k >= 40) * 0.3, samples[k * 480 : (k + 1) * 480]) for k in range(100)]
    written = lane_contents(tmp_path, chunks, 1.4)
    assert np.array_equal(written[: 40 * 480], samples[: 40 * 480])
    assert not written[40 * 480 : 70 * 480].any()
    assert np.array_equal(written[70 * 480 : 130 * 480], samples[40 * 480 :])
    assert not written[130 * 480 :].any()
    assert len(written) == 140 * 480


def test_audio_that_overlaps_is_cut(tmp_path):
    samples = tone(0, RATE)
    chunks = [(k * 0.01 - (k >= 40) * 0.1, samples[k * 480 : (k + 1) * 480]) for k in range(100)]
    written = lane_contents(tmp_path, chunks, 0.9)
    # It is known from what follows that the first were early: they are lifted over.
    assert abs(len(written) - 90 * 480) <= 0.02 * RATE
    assert np.array_equal(written[-30 * 480 :], samples[-30 * 480 :])


def test_audio_that_stops_is_silent_meanwhile(tmp_path):
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        lane = AudioLane(container, Encoding("pcm_s16le", {}))
        lane.prepare(channels=2)
        lane.advance(1)
        assert not lane.packets
        lane.advance(4)
        assert sum(packet.duration * packet.time_base for packet in lane.packets) == Fraction(5, 2)
        container.mux(lane.packets)
        del lane

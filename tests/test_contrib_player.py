"""MediaPlayer: a file becomes tracks, at its own pace, with sound and pictures together."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import textwrap
import threading

import av
import numpy as np
import pytest
from calls import becomes, codecs
from harness import Peers, next_event, until
from mediafiles import (
    FPS,
    RATE,
    beeps,
    contents,
    flash,
    frequency,
    gradient,
    make_file,
    psnr,
    tone,
)
from owncodecs import H264, Made, connection
from pywebrtc import EncodedPicture, MediaStream, VideoCodec, VideoDecoder
from pywebrtc.contrib import MediaPlayer, MediaRecorder
from pywebrtc.exceptions import (
    InvalidStateError,
    NotFoundError,
    NotReadableError,
    NotSupportedError,
)

SIZE = (160, 120)


def film(path, seconds=1.0, **options):
    """A flash and a beep every half second."""
    pictures = [flash(number, SIZE, 0.5) for number in range(round(seconds * FPS))]
    return make_file(path, pictures, beeps(0, round(seconds * RATE), 0.5), **options)


def counted(path, count=45):
    """Pictures that say which they are by their brightness, four levels apart."""
    pictures = [np.full((48, 64, 3), 20 + 4 * number, np.uint8) for number in range(count)]
    return make_file(path, pictures, options={"crf": "1", "g": "10"})


async def read(track):
    """All frames of a track."""
    return [frame async for frame in track.frames(maxsize=1000)]


def numbers(frames):
    """Which pictures of counted() these are."""
    return [round((frame.to_ndarray(format="rgb24").mean() - 20) / 4) for frame in frames]


async def test_a_file_plays_in_time_and_in_sync_and_ends(tmp_path):
    path = film(tmp_path / "a.mp4", 1.5)
    async with MediaPlayer(path) as player:
        assert player.duration == pytest.approx(1.5, abs=0.05)
        assert not player.ended
        events = []
        for target in (player.audio, player.video, player):
            target.addEventListener("ended", lambda event: events.append(event.target))
        pictures, sounds = await asyncio.gather(read(player.video), read(player.audio))
        await player.wait_ended()
        assert events == [player.audio, player.video, player]
    assert player.audio.readyState == player.video.readyState == "ended"
    assert player.error is None
    assert len(pictures) >= 44
    # In real time.
    assert 1.3 < pictures[-1].timestamp - pictures[0].timestamp < 3
    samples = np.concatenate([frame.to_ndarray()[:, 0] for frame in sounds])
    assert np.count_nonzero(np.abs(samples) > 1000) > 0.15 * RATE  # two beeps of three, at least
    shown = [
        frame.timestamp
        for before, frame in zip([None, *pictures], pictures, strict=False)
        if bright(frame) and (before is None or not bright(before))
    ]
    heard = [
        frame.timestamp + np.argmax(np.abs(frame.to_ndarray()) > 3000) / RATE
        for before, frame in zip([None, *sounds], sounds, strict=False)
        if loud(frame) and (before is None or not loud(before))
    ]
    # The first may have been before the readers.
    for at in shown[1:]:
        assert min(abs(at - other) for other in heard) < 0.04, (shown, heard)


def bright(frame):
    return frame.to_ndarray(format="rgb24", width=16, height=16).mean() > 128


def loud(frame):
    return np.abs(frame.to_ndarray().astype(int)).max() > 3000


async def test_every_picture_is_played_in_order(tmp_path):
    async with MediaPlayer(counted(tmp_path / "a.mkv"), autoplay=False) as player:
        assert player.audio is None
        assert player.paused
        reading = asyncio.ensure_future(read(player.video))
        await asyncio.sleep(0)
        player.play()
        assert numbers(await reading) == list(range(45))
        await player.wait_ended()
        assert player.position > 1.4


async def test_a_call_with_a_file_that_is_recorded(peers, tmp_path):
    pictures = [gradient(SIZE)] * 75
    source = make_file(tmp_path / "a.mp4", pictures, tone(0, 5 * RATE // 2, 440), options={"crf": "8"})
    player = MediaPlayer(source, autoplay=False)
    recorder = MediaRecorder(tmp_path / "b.mp4")
    peers.callee.ontrack = lambda event: recorder.addTrack(event.track)
    stream = MediaStream([player.audio, player.video])
    for track in stream.getTracks():
        peers.caller.addTrack(track, stream)
    await peers.connect()
    await recorder.start()
    player.play()
    await player.wait_ended()
    await recorder.stop()
    found = contents(tmp_path / "b.mp4")
    assert psnr(found.pictures[len(found.pictures) * 3 // 4], gradient(SIZE)) > 28
    assert abs(frequency(found.samples[RATE : 2 * RATE]) - 440) < 1


def pictures_of(path):
    """The pictures of a file, as H.264 is sent: with start codes, and its parameters in key frames."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        start_codes = av.bitstream.BitStreamFilterContext("h264_mp4toannexb", stream)
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [units(bytes(part)) for packet in packets for part in start_codes.filter(packet)]


def units(picture):
    """Its NAL units: start codes have three bytes or four."""
    return [unit.rstrip(b"\0") for unit in picture.split(b"\0\0\1") if unit.strip(b"\0")]


class Taker(VideoDecoder):
    def __init__(self) -> None:
        self.pictures: list[EncodedPicture] = []

    def decode(self, picture: EncodedPicture) -> None:
        self.pictures.append(picture)


async def test_pictures_go_as_they_are_in_the_file(tmp_path):
    frames = [gradient(SIZE, number) for number in range(40)]
    path = make_file(
        tmp_path / "a.mp4", frames, tone(0, RATE), options={"bf": "0", "g": "20", "sc_threshold": "0"}
    )
    made = Made(Taker)
    taking = VideoCodec("H264", H264, decoder=made)
    async with (
        Peers(callee=connection(taking)) as peers,
        MediaPlayer(path, autoplay=False, decode=False) as player,
    ):
        transceiver = peers.caller.addTransceiver(player.video)
        transceiver.setCodecPreferences(codecs("video", "H264 packetization-mode=1;profile-level-id=42e01f"))
        peers.caller.addTrack(player.audio)
        await peers.connect()
        # A paused player has sent nothing: it begins with the key frame there.
        await player.seek(0.9)
        assert player.position == pytest.approx(20 / FPS, abs=0.01)
        player.play()
        expected = pictures_of(path)[20:]
        await becomes(
            lambda: asyncio.sleep(0, len(made.all[-1].pictures) if made.all else 0),
            lambda count: count >= len(expected),
        )
        assert [units(bytes(picture.data)) for picture in made.all[-1].pictures] == expected
        assert [picture.key_frame for picture in made.all[-1].pictures] == [True] + 19 * [False]
        await player.wait_ended()
    assert player.dropped == 0


async def test_a_film_of_vp8_is_decoded_at_the_other_end_only(tmp_path):
    picture = gradient(SIZE)
    path = make_file(tmp_path / "a.webm", [picture] * 15, video="libvpx", options={"g": "5"})
    player = await MediaPlayer.open(path, autoplay=False, loop=True, decode=False)
    async with Peers() as peers, player:
        tracks = []
        peers.callee.ontrack = lambda event: tracks.append(event.track)
        transceiver = peers.caller.addTransceiver(player.video)
        transceiver.setCodecPreferences(codecs("video", "VP8"))
        await peers.connect()
        player.play()
        reader = tracks[0].frames()
        for _ in range(30):  # it begins again, with a key frame
            frame = await reader.recv()
        assert psnr(frame.to_ndarray(format="rgb24"), picture) >= 30
        (outbound,) = (await peers.caller.getStats()).of_type("outbound-rtp")
        assert outbound.encoderImplementation == "pass-through"


def test_what_cannot_go_as_it_is(tmp_path):
    frames = [gradient(SIZE, number) for number in range(10)]
    path = make_file(tmp_path / "a.mp4", frames, options={"bf": "2", "b-adapt": "0"})
    with pytest.raises(NotSupportedError, match="without B-frames"):
        MediaPlayer(path, decode=False)
    path = make_file(tmp_path / "a.avi", frames, video="mpeg4")
    with pytest.raises(NotSupportedError, match="mpeg4 cannot be sent as it is; what can is av1, h264"):
        MediaPlayer(path, decode=False)


async def test_loop(tmp_path):
    path = make_file(
        tmp_path / "a.mkv",
        [np.full((48, 64, 3), 20 + 12 * number, np.uint8) for number in range(15)],
        tone(0, RATE // 2, 400),
        audio="flac",
        options={"crf": "1"},
    )
    async with MediaPlayer(path, loop=True, autoplay=False) as player:
        assert player.loop
        reader, sound = player.video.frames(maxsize=1000), player.audio.frames(maxsize=1000)
        player.play()
        shown = []
        async for frame in reader:
            shown.append(frame)
            if len(shown) == 40:
                player.loop = False
                break
        await player.wait_ended()
        shown += [frame async for frame in reader]
        heard = [frame.to_ndarray()[:, 0] async for frame in sound]
    seen = [round((frame.to_ndarray(format="rgb24").mean() - 20) / 12) for frame in shown]
    assert seen == [*range(15)] * 3
    # The tone has a whole number of periods in the file: it goes on without a break.
    samples = np.concatenate(heard)
    samples = np.trim_zeros(samples).astype(float)
    assert len(samples) > 1.3 * RATE
    assert np.abs(np.diff(samples)).max() < 1000


async def test_seek_and_pause(tmp_path):
    async with MediaPlayer(counted(tmp_path / "a.mkv"), autoplay=False) as player:
        reader = player.video.frames(maxsize=1000)
        # A paused player shows where it is.
        await player.seek(0.5)
        assert player.position == 0.5
        assert numbers([await reader.recv()]) == [15]
        await player.seek(1.0)
        assert numbers([await reader.recv()]) == [30]
        player.play()
        assert numbers([await reader.recv() for _ in range(3)]) == [31, 32, 33]
        player.pause()
        player.pause()
        await asyncio.sleep(0.1)
        at = player.position
        await asyncio.sleep(0.1)
        assert player.position == at
        await player.seek(0.2)
        player.play()
        rest = [number async for frame in reader for number in numbers([frame])]
        # From the picture at 0.2 s on, which was shown in the pause, each once.
        assert rest[rest.index(6) :] == list(range(6, 45))
        await player.wait_ended()
        with pytest.raises(InvalidStateError, match="has ended"):
            await player.seek(0)
    player = MediaPlayer(tmp_path / "a.mkv")
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seek: position"):
            await player.seek(wrong)
    await player.seek(99)
    await player.wait_ended()
    player.stop()


async def test_seek_with_sound(tmp_path):
    # A second of each tone.
    samples = np.concatenate([tone(0, RATE, frequency) for frequency in (400, 800, 1200)])
    path = make_file(tmp_path / "a.wav", samples=samples, audio="pcm_s16le")
    async with MediaPlayer(path, autoplay=False) as player:
        assert player.video is None
        player.play()
        await player.seek(2.25)
        sound = player.audio.frames(maxsize=1000)
        heard = np.concatenate([frame.to_ndarray()[:, 0] async for frame in sound])
        await player.wait_ended()
    heard = np.trim_zeros(heard)
    assert abs(frequency(heard[-RATE // 2 :]) - 1200) < 3
    assert 0.6 * RATE < len(heard) < 0.8 * RATE


async def test_a_pause_is_silent_and_the_sound_goes_on_where_it_was(tmp_path):
    path = make_file(tmp_path / "a.wav", samples=tone(0, RATE, 400), audio="pcm_s16le")
    async with MediaPlayer(path, autoplay=False) as player:
        sound = player.audio.frames(maxsize=1000)
        player.play()
        await asyncio.sleep(0.3)
        player.pause()
        await asyncio.sleep(0.4)
        player.play()
        heard = np.concatenate([frame.to_ndarray()[:, 0] async for frame in sound])
        await player.wait_ended()
    heard = np.trim_zeros(heard)
    # Nothing is lost: with the silence taken out it is the file.
    silent = np.flatnonzero(np.diff(np.flatnonzero(np.abs(heard) > 0)) > 0.1 * RATE)
    assert len(silent) == 1
    assert np.count_nonzero(heard) == np.count_nonzero(tone(0, RATE, 400))


@pytest.mark.parametrize("suffix", ["mkv", "webm", "ts"])
async def test_a_file_that_is_cut_plays_until_there(tmp_path, suffix):
    codecs = {"video": "libvpx", "audio": "libopus"} if suffix == "webm" else {}
    whole = film(tmp_path / f"whole.{suffix}", 1.0, **codecs)
    data = whole.read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(data[: len(data) // 2])
    async with MediaPlayer(cut, autoplay=False) as player:
        reading = asyncio.ensure_future(read(player.video))
        await asyncio.sleep(0)
        player.play()
        frames = await reading
        await player.wait_ended()
    assert 3 <= len(frames) < 30


async def test_what_cannot_be_played_is_told(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "junk.mp4").write_bytes(bytes(range(256)) * 40)
    data = film(tmp_path / "whole.mp4", 0.2).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nWords\n")
    for name, error in (
        ("none.mp4", FileNotFoundError),
        (".", IsADirectoryError),
        ("empty.mp4", NotReadableError),
        ("junk.mp4", NotReadableError),
        ("cut.mp4", NotReadableError),
        ("words.srt", NotFoundError),
    ):
        with pytest.raises(error) as caught:
            MediaPlayer(tmp_path / name)
        assert str(tmp_path) in str(caught.value)
        with pytest.raises(error):
            await MediaPlayer.open(tmp_path / name)
    with pytest.raises(NotSupportedError, match="nosuch"):
        MediaPlayer("nosuch://host/file")
    with pytest.raises(ConnectionRefusedError):
        await MediaPlayer.open("http://127.0.0.1:9/file.mp4", timeout=5)
    with pytest.raises(ValueError, match="format 'nosuch' is unknown"):
        MediaPlayer("file", format="nosuch")
    with pytest.raises(FileNotFoundError):  # no camera
        MediaPlayer("/dev/video99", format="v4l2")
    with pytest.raises(NotReadableError):
        MediaPlayer(io.BytesIO(b"nothing"))


def test_without_a_loop(tmp_path):
    with pytest.raises(RuntimeError, match="no running event loop"):
        MediaPlayer(film(tmp_path / "a.mp4", 0.2))


async def test_a_file_like_object_and_open(tmp_path):
    data = counted(tmp_path / "a.mkv", 10).read_bytes()
    player = await MediaPlayer.open(io.BytesIO(data), autoplay=False)
    reading = asyncio.ensure_future(read(player.video))
    await asyncio.sleep(0)
    player.play()
    assert numbers(await reading) == list(range(10))
    await player.wait_ended()
    assert "BytesIO" in repr(player)


async def test_open_is_cancelled(tmp_path):
    go_on = threading.Event()

    class Slow(io.BytesIO):
        def read(self, size=-1):
            go_on.wait()
            return super().read(size)

    data = counted(tmp_path / "a.mkv", 10).read_bytes()
    opening = asyncio.ensure_future(MediaPlayer.open(Slow(data)))
    await asyncio.sleep(0.05)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    go_on.set()


async def test_an_input_that_fails_in_the_middle(tmp_path):
    data = counted(tmp_path / "a.mkv", 45).read_bytes()

    class Failing(io.BytesIO):
        broken = False

        def read(self, size=-1):
            if self.broken:
                raise OSError(5, "the disk was taken away")
            return super().read(min(size, 500))

    file = Failing(data)
    player = MediaPlayer(file, loop=True)
    await player.video.recv()
    file.broken = True
    await next_event(player, "ended")
    assert "taken away" in str(player.error)
    with pytest.raises(OSError, match="taken away"):
        await player.wait_ended()
    assert player.video.readyState == "ended"


async def test_tracks_that_are_stopped_end_the_player(tmp_path):
    player = MediaPlayer(film(tmp_path / "a.mp4", 1), loop=True)
    clone = player.video.clone()
    player.audio.stop()
    player.video.stop()
    await clone.recv()
    clone.stop()
    await until(player, "ended", lambda: player.ended)
    assert player.error is None


async def test_a_device(tmp_path):
    # FFmpeg's synthetic one, taken for one with a clock of its own.
    from pywebrtc.contrib import _demuxer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_demuxer, "_LIVE", {"lavfi"})
        async with MediaPlayer(
            "testsrc=size=64x48:rate=100,realtime[out0];sine=400,arealtime[out1]", "lavfi"
        ) as player:
            assert player.duration is None
            reader = player.video.frames(maxsize=1000)
            sound = player.audio.frames(maxsize=1000)
            frames = [await reader.recv() for _ in range(30)]
            heard = [frame.to_ndarray()[:, 0] for frame in [await sound.recv() for _ in range(25)]]
            with pytest.raises(NotSupportedError, match="is live"):
                await player.seek(1)
            player.pause()
            await asyncio.sleep(0.1)
            player.play()
            await reader.recv()
        assert frames[0].width == 64
        assert 0.1 < frames[-1].timestamp - frames[0].timestamp < 2
        assert abs(frequency(np.concatenate(heard)) - 400) < 8


def test_a_program_that_ends_while_it_plays(tmp_path):
    path = film(tmp_path / "a.mp4", 0.5)
    code = textwrap.dedent(f"""
        import asyncio, sys
        from pywebrtc.contrib import MediaPlayer
        async def main():
            global player
            player = MediaPlayer({str(path)!r}, loop=True)
            await player.video.recv()
            if sys.argv[1] == "exit":
                sys.exit(3)
        asyncio.run(main())
        sys.exit(3)
    """)
    for how in ("exit", "loop"):
        done = subprocess.run([sys.executable, "-c", code, how], capture_output=True, check=False, timeout=60)
        assert done.returncode == 3, done.stderr
        assert done.stderr in (b"", done.stderr if b"SystemExit" in done.stderr else b"")

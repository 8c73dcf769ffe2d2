"""The demo: what it sends is known again, what is off is said, and it ends."""

import os
import re
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from pywebrtc.demo import messages, pattern, png, tone, verdict
from pywebrtc.demo.sender import Measured

EXAMPLES = sorted(Path(__file__).parent.parent.glob("examples/*.py"))


def demo(*arguments, **kwargs):
    command = [sys.executable, "-m", "pywebrtc", "demo", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)


# The call


@pytest.mark.timeout(40)
def test_quick(tmp_path):
    picture = tmp_path / "picture.png"
    process = demo("--quick", "--output", picture)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, out + err
    assert "All is well." in out
    assert "VP8" in out
    assert "\r" not in out  # calm where stdout is no terminal
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.timeout(40)
def test_a_receiver_that_dies(tmp_path):
    process = demo("--quick", "--output", tmp_path / "picture.png")
    os.kill(child_of(process.pid), signal.SIGKILL)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1, out
    assert "the receiver died, with exit status -9" in err


@pytest.mark.timeout(40)
def test_a_receiver_that_hangs_is_killed_in_time(tmp_path):
    began = time.monotonic()
    process = demo("--quick", "--output", tmp_path / "picture.png")
    child = child_of(process.pid)
    os.kill(child, signal.SIGSTOP)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1, out
    assert "it was not done after 13 s" in err
    assert time.monotonic() - began < 20
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.timeout(40)
def test_a_sender_that_dies_takes_the_receiver_along(tmp_path):
    process = demo("--quick", "--output", tmp_path / "picture.png")
    child = child_of(process.pid)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and runs(child):
        time.sleep(0.05)
    assert not runs(child)


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def child_of(pid):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for task in Path(f"/proc/{pid}/task").iterdir():
            children = (task / "children").read_text().split()
            # Not between fork and exec.
            if children and b"--answer" in Path(f"/proc/{children[0]}/cmdline").read_bytes():
                return int(children[0])
        time.sleep(0.02)
    raise AssertionError("no child")


@pytest.mark.parametrize("arguments", [("--seconds", "1"), ("--seconds", "x"), ("--seconds", "5", "--quick")])
def test_bad_options(arguments):
    process = demo(*arguments)
    assert process.wait() == 2
    assert "usage:" in process.communicate()[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_end_by_themselves(example):
    done = subprocess.run(
        [sys.executable, "-W", "error", example], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stderr


# What is sent


def test_pictures_carry_their_number():
    for number in [*range(64), 1023, 1024, 4095]:
        assert pattern.read_number(pattern.picture(number)) == number
    assert pattern.read_number(pattern.picture(pattern.NUMBERS + 7)) == 7


def test_a_number_survives_noise_and_scaling():
    picture = pattern.picture(1234)
    noise = np.random.default_rng(1).normal(0, 20, picture.shape)
    noisy = np.clip(picture + noise, 0, 255).astype(np.uint8)
    assert pattern.read_number(noisy) == 1234
    assert pattern.read_number(picture[::4, ::4].repeat(4, axis=0).repeat(4, axis=1)) == 1234


def test_what_is_not_the_pattern_has_no_number():
    assert pattern.read_number(np.zeros_like(pattern.picture(0))) is None
    assert pattern.read_number(np.full_like(pattern.picture(0), 255)) is None


def test_psnr():
    picture = pattern.picture(0)
    assert pattern.psnr(picture, picture) == 99
    half = np.full_like(picture, 100)
    assert pattern.psnr(half, half + 1) == pytest.approx(48.13, abs=0.01)
    assert pattern.psnr(picture, pattern.picture(1)) < 30  # the neighbour is not good enough


@pytest.mark.parametrize("hertz", [440, 997.3, 1000, 1011])
def test_frequency(hertz):
    samples = (3000 * np.sin(2 * np.pi * hertz / 48000 * np.arange(70000))).astype(np.int16)
    assert tone.frequency(samples, 48000) == pytest.approx(hertz, abs=0.05)


def test_silence_has_no_frequency():
    assert tone.frequency(np.zeros(48000, np.int16), 48000) == 0
    assert tone.frequency(np.zeros(10, np.int16), 48000) == 0


def test_the_tone_goes_on_where_it_stopped():
    whole = tone.samples(0, 9600)
    assert np.array_equal(np.concatenate([tone.samples(0, 5000), tone.samples(5000, 4600)]), whole)


def test_messages_are_checked():
    checker = messages.Checker()
    for number in range(100):
        checker.take(messages.message(number))
    checker.take(messages.message(100, 64 * 1024))
    assert (checker.count, checker.mistake) == (101, None)


@pytest.mark.parametrize(
    "wrong",
    [messages.message(2), messages.message(1)[:-1], b"", messages.message(1)[:-1] + b"\0", bytes(200)],
    ids=["skipped", "cut", "empty", "changed", "zeros"],
)
def test_a_wrong_message_is_noticed(wrong):
    checker = messages.Checker()
    checker.take(messages.message(0))
    checker.take(wrong)
    assert checker.mistake
    assert "message 1 " in checker.mistake


def test_png(tmp_path):
    pixels = pattern.picture(3)[:40, :60]
    png.write(tmp_path / "a.png", pixels)
    data = (tmp_path / "a.png").read_bytes()
    assert struct.unpack(">II", data[16:24]) == (60, 40)
    at, kinds = 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        kinds.append(kind)
        if kind == b"IDAT":
            rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(40, 1 + 60 * 3)
            assert np.array_equal(rows[:, 1:].reshape(40, 60, 3), pixels)
        at += 12 + length
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


# The verdict


def measured(**changes):
    report = {
        "frames": 60,
        "unreadable": 0,
        "queue_dropped": 0,
        "sizes": ["1280x720"],
        "psnr_mean": 40.0,
        "psnr_min": 35.0,
        "tone": 1000.2,
        "messages": 10,
        "bytes": 100,
        "mistake": None,
        "errors": [],
    }
    return Measured(
        frames=60, frames_encoded=60, messages=10, ping_seconds=[0.001], codec="VP8", report=report | changes
    )


def test_nothing_is_off():
    assert verdict.problems(measured()) == []
    assert dict(verdict.rows(measured(), Path("x.png")))["frames dropped"] == "0"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frames": 30}, "30 of 60 frames are missing"),
        ({"unreadable": 1}, "1 received frames are not"),
        ({"psnr_min": 30.0}, "30.0 dB, not above 30 dB"),
        ({"frames": 0, "psnr_min": 0.0, "psnr_mean": 0.0, "sizes": []}, "60 of 60 frames"),
        ({"tone": 1010.5}, "the tone is at 1010.5 Hz"),
        ({"tone": 0.0}, "the tone is at 0.0 Hz"),
        ({"messages": 9}, "10 messages were sent and 9 received"),
        ({"mistake": "message 3 is not what was sent"}, "message 3"),
        ({"errors": ["ValueError('x')"]}, "ValueError"),
    ],
)
def test_what_is_off_is_said(changes, words):
    assert re.search(words, " ".join(verdict.problems(measured(**changes))))

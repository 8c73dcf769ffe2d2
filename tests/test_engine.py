"""The engine: options, threads, logging, live objects. What is set once a process runs in one of its own."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from harness import next_event
from pywebrtc import RTCPeerConnection, VideoSource, engine
from pywebrtc.exceptions import InvalidStateError


def run(code: str) -> str:
    """What a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


THREADS = "len(os.listdir('/proc/self/task'))"


def test_import_starts_nothing():
    assert run(f"import os, pywebrtc; print({THREADS}, pywebrtc.engine.thread_count())") == "1 0"


def test_the_first_connection_starts_the_threads():
    code = f"""
import os, pywebrtc
pywebrtc.engine.configure(network_threads=3)
pc = pywebrtc.RTCPeerConnection()
print(pywebrtc.engine.thread_count(), {THREADS} > 3)
pc.close()
"""
    assert run(code) == "8 True"


def test_the_end_of_the_interpreter_with_everything_open():
    code = """
import asyncio, warnings, pywebrtc
warnings.simplefilter("ignore")
async def main():
    global pc, source
    pc = pywebrtc.RTCPeerConnection()
    source = pywebrtc.VideoSource()
    pc.addTrack(source.track)
    pc.createDataChannel("x")
    await pc.setLocalDescription()
asyncio.run(main())
other = pywebrtc.RTCPeerConnection()
print("end")
"""
    assert run(code) == "end"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("network_threads=-1", "RangeError"),
        ("network_threads=65", "RangeError"),
        ("network_threads='2'", "TypeError"),
        ("network_threads=2**40", "TypeError"),
        ("loopback='yes'", "TypeError"),
        ("field_trials='nonsense'", "InvalidAccessError"),
        ("field_trials='A/B'", "InvalidAccessError"),
        ("field_trials=None", "TypeError"),
        ("tls_roots='/nowhere'", "InvalidAccessError"),
        ("tls_roots=pywebrtc.__file__", "InvalidAccessError"),
        ("tls_roots=1", "TypeError"),
    ],
)
def test_options_that_are_refused(arguments, error):
    code = f"""
import pywebrtc
try:
    pywebrtc.engine.configure({arguments})
except Exception as e:
    print(type(e).__name__)
pc = pywebrtc.RTCPeerConnection()
pc.close()
"""
    assert run(code) == error


def test_options_that_are_taken():
    code = """
import pywebrtc
pywebrtc.engine.configure()
pywebrtc.engine.configure(network_threads=1, loopback=True, field_trials="WebRTC-A/Enabled/WebRTC-B/x:1/")
pywebrtc.RTCPeerConnection().close()
print(pywebrtc.engine.thread_count())
"""
    assert run(code) == "6"


async def test_too_late_to_configure():
    async with RTCPeerConnection():
        with pytest.raises(InvalidStateError, match="runs already"):
            engine.configure(network_threads=2)


def test_loopback_candidates():
    code = """
import asyncio, pywebrtc
pywebrtc.engine.configure(loopback=True)
async def main():
    found = []
    async with pywebrtc.RTCPeerConnection() as pc:
        end = asyncio.Event()
        pc.onicecandidate = lambda e: found.append(e.candidate.address) if e.candidate else end.set()
        pc.createDataChannel("x")
        await pc.setLocalDescription()
        await end.wait()
    print("127.0.0.1" in found)
asyncio.run(main())
"""
    assert run(code) == "True"


async def test_live_objects():
    assert engine.live_objects() == {}
    async with RTCPeerConnection() as pc:
        channel = pc.createDataChannel("x")
        source = VideoSource()
        assert engine.live_objects() == {
            "RTCPeerConnection": 1,
            "RTCDataChannel": 1,
            "VideoSource": 1,
            "MediaStreamTrack": 1,
        }
        del source
        assert channel.label == "x"
        assert set(engine.live_objects()) == {"RTCPeerConnection", "RTCDataChannel"}


async def test_the_log_reaches_logging(caplog):
    engine.set_log_level("info")
    try:
        with caplog.at_level(logging.DEBUG, "pywebrtc.libwebrtc"):
            async with RTCPeerConnection() as pc:
                pc.createDataChannel("x")
                await pc.setLocalDescription()
                while pc.iceGatheringState != "complete":
                    await next_event(pc, "icegatheringstatechange")
    finally:
        engine.set_log_level(None)
    records = [record for record in caplog.records if record.name == "pywebrtc.libwebrtc"]
    assert records
    assert {record.levelno for record in records} <= {logging.INFO, logging.WARNING, logging.ERROR}
    assert all(record.getMessage() and not record.getMessage().endswith("\n") for record in records)


async def test_the_log_is_off_again(caplog):
    engine.set_log_level("debug")
    engine.set_log_level(None)
    with caplog.at_level(logging.DEBUG, "pywebrtc.libwebrtc"):
        async with RTCPeerConnection() as pc:
            await pc.createOffer()
    # Lines that were on their way may come; the connection's are not among them.
    assert not [record for record in caplog.records if "createOffer" in record.getMessage()]


@pytest.mark.parametrize("level", ["verbose", "", "INFO", 1])
def test_an_unknown_level(level):
    with pytest.raises(ValueError, match="not one of debug, info, warning, error, None"):
        engine.set_log_level(level)

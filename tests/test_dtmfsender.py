"""RTCDTMFSender (webrtc-pc 7): the events and their times. (libwebrtc sends tones and plays none.)"""

from __future__ import annotations

import asyncio
import contextlib
import time

import numpy as np
import pytest
from harness import until
from pywebrtc import AudioSource, RTCDTMFSender
from pywebrtc.exceptions import InvalidCharacterError, InvalidStateError
from test_media import pushing

SILENCE = np.zeros((480, 1), np.int16)


@contextlib.asynccontextmanager
async def calling(peers):
    """A call whose caller sends silence; gives the caller's RTCDTMFSender."""
    source = AudioSource()
    sender = peers.caller.addTrack(source.track)
    await peers.connect()
    async with pushing(lambda: source.push(SILENCE), 0.01), asyncio.timeout(30):
        yield sender.dtmf


def log(dtmf: RTCDTMFSender) -> list[tuple[str, str, float]]:
    """What its events tell: the tone, what is left, and when."""
    events: list[tuple[str, str, float]] = []
    dtmf.addEventListener("tonechange", lambda e: events.append((e.tone, dtmf.toneBuffer, time.monotonic())))
    return events


async def ended(dtmf: RTCDTMFSender, events: list) -> None:
    await until(dtmf, "tonechange", lambda: bool(events) and events[-1][0] == "")


async def test_who_has_one(peers):
    assert peers.caller.addTransceiver("video").sender.dtmf is None
    dtmf = peers.caller.addTransceiver("audio").sender.dtmf
    assert isinstance(dtmf, RTCDTMFSender)
    assert (dtmf.canInsertDTMF, dtmf.toneBuffer) == (False, "")
    with pytest.raises(TypeError, match="has no constructor"):
        RTCDTMFSender()


async def test_tones_in_order_and_time(peers):
    async with calling(peers) as dtmf:
        assert dtmf.canInsertDTMF
        events = log(dtmf)
        begun = time.monotonic()
        dtmf.insertDTMF("1a#", 80, 50)
        assert dtmf.toneBuffer == "1A#"
        await ended(dtmf, events)
        assert [event[:2] for event in events] == [("1", "A#"), ("A", "#"), ("#", ""), ("", "")]
        # Never early, whatever the machine does; 130 ms for each tone.
        for index, (_, _, when) in enumerate(events):
            assert when - begun >= index * 0.130 - 0.005
        assert dtmf.toneBuffer == ""


async def test_the_bounds_of_times(peers):
    async with calling(peers) as dtmf:
        events = log(dtmf)
        begun = time.monotonic()
        dtmf.insertDTMF("12", 1, 1)  # 40 and 30 ms
        await ended(dtmf, events)
        assert events[-1][2] - begun >= 0.140 - 0.005


async def test_a_comma_waits_two_seconds(peers):
    async with calling(peers) as dtmf:
        events = log(dtmf)
        begun = time.monotonic()
        dtmf.insertDTMF(",1", 40, 30)
        await ended(dtmf, events)
        assert [event[0] for event in events] == [",", "1", ""]
        assert events[1][2] - begun >= 1.995


async def test_new_tones_replace_those_that_wait(peers):
    async with calling(peers) as dtmf:
        events = log(dtmf)
        dtmf.insertDTMF("111", 40, 30)
        await until(dtmf, "tonechange", lambda: len(events) == 1)
        dtmf.insertDTMF("23", 40, 30)
        assert dtmf.toneBuffer == "23"
        await ended(dtmf, events)
        assert "".join(event[0] for event in events) == "123"


async def test_no_tones_end_the_playout(peers):
    async with calling(peers) as dtmf:
        events = log(dtmf)
        dtmf.insertDTMF("")  # nothing plays, nothing happens
        dtmf.insertDTMF("111", 40, 30)
        await until(dtmf, "tonechange", lambda: len(events) == 1)
        dtmf.insertDTMF("")
        assert dtmf.toneBuffer == ""
        await ended(dtmf, events)
        assert [event[0] for event in events] == ["1", ""]


async def test_refuses(peers):
    async with calling(peers) as dtmf:
        for arguments in ((), (1,), (None,), ("1", "x"), ("1", -1), ("1", 40, 2**32), ("1", 40, True)):
            with pytest.raises(TypeError):
                dtmf.insertDTMF(*arguments)
        for tones in ("E", "1 2", "x", "\uff11", "+"):
            with pytest.raises(InvalidCharacterError):
                dtmf.insertDTMF(tones)
        assert dtmf.toneBuffer == ""


async def test_states(peers):
    transceiver = peers.caller.addTransceiver("audio", {"direction": "recvonly"})
    dtmf = transceiver.sender.dtmf
    await peers.connect()
    assert not dtmf.canInsertDTMF
    with pytest.raises(InvalidStateError):
        dtmf.insertDTMF("1")
    transceiver.stop()
    assert not dtmf.canInsertDTMF
    await peers.close()
    assert not dtmf.canInsertDTMF
    with pytest.raises(InvalidStateError):
        dtmf.insertDTMF("1")


async def test_close_while_it_plays(peers):
    async with calling(peers) as dtmf:
        events = log(dtmf)
        dtmf.insertDTMF("123456789", 40, 30)
        await until(dtmf, "tonechange", lambda: len(events) == 2)
        await peers.close()
        assert len(events) == 2
        assert not dtmf.canInsertDTMF

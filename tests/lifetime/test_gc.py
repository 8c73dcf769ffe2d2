"""Open is strong, closed is gone: what garbage collection may and may not do."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import numpy as np
from harness import Peers, until
from pywebrtc import AudioSource, RTCPeerConnection, VideoSource, engine


def collected(reference: weakref.ref[Any]) -> bool:
    gc.collect()
    return reference() is None


async def test_an_open_connection_lives_without_names(peers):
    """The dispatcher holds what is open, as a loop holds its transports."""
    here, there = await peers.channels()
    reference = weakref.ref(peers.callee)
    there.onmessage = lambda event: there.send(event.data)
    peers.callee = RTCPeerConnection()
    gc.collect()
    here.send("anyone?")
    assert await anext(here) == "anyone?"
    assert reference() is not None
    reference().close()


async def test_the_channel_without_the_connection():
    peers = Peers()
    here, there = await peers.channels()
    connections = [weakref.ref(pc) for pc in (peers.caller, peers.callee)]
    del peers
    gc.collect()
    for i in range(100):
        here.send(str(i))
    assert [await anext(there) for _ in range(100)] == [str(i) for i in range(100)]
    for connection in connections:
        connection().close()
        await connection().wait_closed()
    assert here.readyState == there.readyState == "closed"
    assert all(collected(connection) or here._connection is connection() for connection in connections[:1])


async def test_weak_references_die_after_close():
    async with Peers() as peers:
        here, there = await peers.channels()
        here.onmessage = there.onmessage = lambda event, keep=(here, there, peers): keep  # cycles
        references = [weakref.ref(o) for o in (peers.caller, peers.callee, here, there)]
    del peers, here, there
    assert all(collected(reference) for reference in references)
    assert engine.live_objects() == {}


async def test_weak_references_die_after_close_without_a_collection():
    """Where nothing of the user's is a cycle, reference counting is all that is needed."""
    pc = RTCPeerConnection()
    reference = weakref.ref(pc)
    pc.close()
    await pc.wait_closed()
    gc.collect()
    assert len([o for o in gc.get_objects() if o is pc]) == 1
    del pc
    assert collected(reference)


async def test_collections_in_callbacks(peers):
    here, there = await peers.channels()
    received: list[str] = []

    def listener(event: Any) -> None:
        received.append(event.data)
        cycle: list[Any] = [event]
        cycle.append(cycle)
        del cycle
        gc.collect()

    there.onmessage = listener
    for name in ("icecandidate", "connectionstatechange", "datachannel", "negotiationneeded"):
        peers.caller.addEventListener(name, lambda _: gc.collect())
    peers.caller.createDataChannel("another")
    for i in range(50):
        here.send(str(i))
    await until(there, "message", lambda: len(received) == 50)
    assert received == [str(i) for i in range(50)]


async def test_collections_all_the_time():
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        async with Peers() as peers:
            here, there = await peers.channels()
            for i in range(20):
                here.send(str(i))
            assert [await anext(there) for _ in range(20)] == [str(i) for i in range(20)]
    finally:
        gc.set_threshold(*thresholds)


async def test_a_connection_dropped_while_open_goes_with_close():
    async def use() -> list[weakref.ref[Any]]:
        peers = Peers()
        await peers.channels()
        return [weakref.ref(peers.caller), weakref.ref(peers.callee)]

    references = await use()
    gc.collect()
    assert all(reference() is not None for reference in references)
    for reference in references:
        reference().close()
        await reference().wait_closed()
    for _ in range(100):  # listeners' tasks that wait for a candidate end in the next turns of the loop
        await asyncio.sleep(0)
    assert all(collected(reference) for reference in references)


async def test_readers_of_tracks_are_collectable():
    source = VideoSource()
    reader = source.track.frames()
    iterator = aiter(reader)
    assert source.push(np.zeros((16, 16, 3), np.uint8))
    await anext(iterator)
    reference = weakref.ref(reader)
    assert engine.live_objects()["VideoSink"] == 1
    del reader, iterator
    assert collected(reference)
    assert "VideoSink" not in engine.live_objects()
    assert not source.push(np.zeros((16, 16, 3), np.uint8))  # nobody is there to take it


async def test_sources_and_tracks_are_collectable():
    source, audio = VideoSource(), AudioSource()
    source.track.onended = lambda _, keep=source: keep  # a cycle
    references = [weakref.ref(o) for o in (source.track, audio.track)]
    del source, audio
    assert all(collected(reference) for reference in references)
    assert engine.live_objects() == {}


async def test_a_remote_track_with_its_connection(peers):
    source = VideoSource()
    tracks: list[Any] = []
    peers.callee.ontrack = lambda event: tracks.append(event.track)
    peers.caller.addTrack(source.track)
    await peers.negotiate()
    reference = weakref.ref(tracks[0])
    await peers.close()
    tracks.clear()
    peers.caller = peers.callee = RTCPeerConnection()
    for _ in range(100):
        await asyncio.sleep(0)
    assert collected(reference)
    del source
    gc.collect()
    assert engine.live_objects() == {"RTCPeerConnection": 1}

"""RTCDataChannel: every attribute, method and event of webrtc-pc, section 6.2, and what asyncio adds."""

from __future__ import annotations

import asyncio
import io
import random
from typing import Any

import numpy as np
import pytest
from harness import Peers, until
from nat import Nat
from pywebrtc import RTCDataChannel, RTCPeerConnection, datachannel
from pywebrtc.enums import BinaryType, RTCDataChannelState
from pywebrtc.events import MessageEvent, RTCErrorEvent
from pywebrtc.exceptions import InvalidStateError, OperationError, RTCError

LARGEST = 262144
"""What libwebrtc takes (a=max-message-size in its descriptions)."""


async def drained(channel: RTCDataChannel) -> None:
    """Until everything that was sent has left."""
    if channel.bufferedAmount:
        await until(channel, "bufferedamountlow", lambda: channel.bufferedAmount == 0)


def listening(target: Any, event: str) -> asyncio.Task[Any]:
    """The next event of a type, heard of from now on."""
    future = asyncio.get_running_loop().create_future()
    target.addEventListener(event, lambda e: future.done() or future.set_result(e), once=True)
    return asyncio.ensure_future(asyncio.wait_for(future, 20))


async def take(channel: RTCDataChannel, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        return [await anext(channel) for _ in range(count)]


async def rest(channel: RTCDataChannel) -> list[Any]:
    async with asyncio.timeout(60):
        return [message async for message in channel]


# --- Attributes ------------------------------------------------------------------------------------------


async def test_defaults(peers):
    here, there = await peers.channels("a label")
    for channel in (here, there):
        assert channel.label == "a label"
        assert channel.ordered is True
        assert channel.maxPacketLifeTime is None
        assert channel.maxRetransmits is None
        assert channel.protocol == ""
        assert channel.negotiated is False
        assert channel.priority == "low"
        assert channel.readyState == "open"
        assert isinstance(channel.readyState, RTCDataChannelState)
        assert channel.bufferedAmount == 0
        assert channel.bufferedAmountLowThreshold == 0
        assert channel.binaryType == "arraybuffer"
        assert isinstance(channel.binaryType, BinaryType)
        assert channel.dropped == 0
        assert repr(channel) == f"<RTCDataChannel 'a label' id={here.id} open>"
    assert here.id == there.id
    assert isinstance(here.id, int)
    assert 0 <= here.id <= 65534


@pytest.mark.parametrize(
    "init",
    [
        {"ordered": False},
        {"maxPacketLifeTime": 100},
        {"maxRetransmits": 0},
        {"ordered": False, "maxRetransmits": 3, "protocol": "chat", "priority": "high"},
        {"maxPacketLifeTime": 65535, "priority": "very-low"},
        {"maxRetransmits": 65535, "priority": "medium", "protocol": "größe 🎈"},
    ],
    ids=str,
)
async def test_options_arrive(peers, init):
    here, there = await peers.channels("ö🎈", **init)
    for channel in (here, there):
        assert channel.label == "ö🎈"
        assert channel.ordered is init.get("ordered", True)
        assert channel.maxPacketLifeTime == init.get("maxPacketLifeTime")
        assert channel.maxRetransmits == init.get("maxRetransmits")
        assert channel.protocol == init.get("protocol", "")
        assert channel.priority == init.get("priority", "low")
        assert channel.negotiated is False
    here.send("there and")
    assert await take(there, 1) == ["there and"]
    there.send("back")
    assert await take(here, 1) == ["back"]


async def test_longest_label_and_protocol(peers):
    label, protocol = "l" * 65535, "ü" * 32767
    here, there = await peers.channels(label, protocol=protocol)
    assert (there.label, there.protocol) == (label, protocol) == (here.label, here.protocol)


async def test_empty_label(peers):
    here, there = await peers.channels("")
    assert here.label == there.label == ""


async def test_id_is_none_until_known(peers):
    channel = peers.caller.createDataChannel("test")
    assert channel.id is None
    assert channel.readyState == "connecting"
    await peers.connect()
    await channel.opened()
    assert channel.id is not None


async def test_id_of_a_channel_announced_in_band_is_ignored(peers):
    here, there = await peers.channels("test", id=77)
    assert here.id == there.id != 77


async def test_ids_do_not_meet(peers):
    """The DTLS client takes even ids, the server odd ones."""
    here, _ = await peers.channels("one")
    announced = listening(peers.caller, "datachannel")
    back = peers.callee.createDataChannel("two")
    channel = (await announced).channel
    await back.opened()
    assert back.id == channel.id
    assert back.id % 2 != here.id % 2


async def test_attributes_are_read_only(peers):
    channel = peers.caller.createDataChannel("test")
    for name in (
        "label",
        "ordered",
        "maxPacketLifeTime",
        "maxRetransmits",
        "protocol",
        "negotiated",
        "id",
        "priority",
        "readyState",
        "bufferedAmount",
    ):
        with pytest.raises(AttributeError):
            setattr(channel, name, getattr(channel, name))


async def test_no_constructor():
    with pytest.raises(TypeError, match="createDataChannel"):
        RTCDataChannel()


async def test_threshold_conversion(peers):
    channel = peers.caller.createDataChannel("test")
    channel.bufferedAmountLowThreshold = 2**32 - 1
    assert channel.bufferedAmountLowThreshold == 2**32 - 1
    for bad in ("1", 1.5, None, True):
        with pytest.raises(TypeError):
            channel.bufferedAmountLowThreshold = bad
    for bad in (-1, 2**32):
        with pytest.raises(ValueError):
            channel.bufferedAmountLowThreshold = bad
    assert channel.bufferedAmountLowThreshold == 2**32 - 1


async def test_binary_type_values(peers):
    channel = peers.caller.createDataChannel("test")
    channel.binaryType = "blob"
    assert channel.binaryType is BinaryType.BLOB
    for bad in ("buffer", "", None, 3):
        with pytest.raises(TypeError, match="binaryType"):
            channel.binaryType = bad
    assert channel.binaryType == "blob"


# --- createDataChannel: https://w3c.github.io/webrtc-pc/#dom-peerconnection-createdatachannel ---------------


@pytest.mark.parametrize(
    ("label", "init", "error"),
    [
        (None, {}, TypeError),
        (b"bytes", {}, TypeError),
        ("l" * 65536, {}, TypeError),
        ("ü" * 32768, {}, TypeError),
        ("x", {"protocol": "p" * 65536}, TypeError),
        ("x", {"protocol": 3}, TypeError),
        ("x", {"maxPacketLifeTime": 1, "maxRetransmits": 1}, TypeError),
        ("x", {"maxPacketLifeTime": 0, "maxRetransmits": 0}, TypeError),
        ("x", {"maxPacketLifeTime": -1}, TypeError),
        ("x", {"maxPacketLifeTime": 65536}, TypeError),
        ("x", {"maxRetransmits": -1}, TypeError),
        ("x", {"maxRetransmits": 65536}, TypeError),
        ("x", {"maxRetransmits": "1"}, TypeError),
        ("x", {"negotiated": True}, TypeError),
        ("x", {"negotiated": True, "id": 65535}, TypeError),
        ("x", {"negotiated": True, "id": 65536}, TypeError),
        ("x", {"negotiated": True, "id": -1}, TypeError),
        ("x", {"priority": "highest"}, TypeError),
        ("x", [], TypeError),
    ],
    ids=repr,
)
async def test_bad_options(peers, label, init, error):
    with pytest.raises(error):
        peers.caller.createDataChannel(label, init)
    assert peers.caller.signalingState == "stable"


async def test_unknown_members_are_ignored(peers):
    # WebIDL: a dictionary is read by its members.
    assert peers.caller.createDataChannel("x", {"unknown": 1}).label == "x"


async def test_id_in_use(peers):
    peers.caller.createDataChannel("one", {"negotiated": True, "id": 5})
    with pytest.raises(OperationError):
        peers.caller.createDataChannel("two", {"negotiated": True, "id": 5})
    peers.caller.createDataChannel("three", {"negotiated": True, "id": 6})


async def test_the_greatest_id(peers):
    here, there = (
        pc.createDataChannel("far", {"negotiated": True, "id": 65534}) for pc in (peers.caller, peers.callee)
    )
    await peers.connect()
    await here.opened()
    await there.opened()
    here.send("far")
    assert await take(there, 1) == ["far"]


async def test_create_after_close(peers):
    peers.caller.close()
    with pytest.raises(InvalidStateError, match="createDataChannel"):
        peers.caller.createDataChannel("late")


async def test_the_first_channel_needs_negotiation(peers):
    needed = listening(peers.caller, "negotiationneeded")
    peers.caller.createDataChannel("one")
    await needed


# --- Messages --------------------------------------------------------------------------------------------


BINARY = [
    b"",
    b"\0",
    b"bytes \xff\xfe",
    bytearray(b"bytearray"),
    memoryview(b"memoryview"),
    memoryview(b"every second")[::2],
    memoryview(b"backwards")[::-1],
    io.BytesIO(b"a blob"),
    io.BytesIO(),
    np.arange(10, dtype=np.float64),
    np.arange(24, dtype=np.uint16).reshape(2, 3, 4),
    np.arange(24, dtype=np.int32).reshape(4, 6)[::2, 1::2],
    np.arange(24, dtype=np.uint8).reshape(4, 6).T,
    np.asfortranarray(np.arange(6, dtype=np.uint8).reshape(2, 3)),
    np.array(7, dtype=np.uint8),
    np.empty(0, dtype=np.float32),
]


def as_bytes(data: Any) -> bytes:
    return data.getvalue() if isinstance(data, io.BytesIO) else memoryview(data).tobytes()


async def test_binary_messages(peers):
    here, there = await peers.channels()
    for data in BINARY:
        here.send(data)
    received = await take(there, len(BINARY))
    assert received == [as_bytes(data) for data in BINARY]
    assert {type(message) for message in received} == {bytes}


TEXT = [
    "",
    "text",
    "\0",
    "Größe, Ελλάδα, 日本語, 🎈👩‍👩‍👧",
    "\ufeffa byte order mark stays",
    "a" * 65536,
    "🎈" * 1000,
]


async def test_text_messages(peers):
    here, there = await peers.channels()
    for text in TEXT:
        here.send(text)
    assert await take(there, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ("\ud800", "\ufffd"),
        ("\udfff.", "\ufffd."),
        ("a\ud800b", "a\ufffdb"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83c\udf88", "🎈"),  # a pair of surrogates is one character, as in JavaScript
        ("\ud83c\ud83c\udf88", "\ufffd🎈"),
    ],
    ids=ascii,
)
async def test_lone_surrogates(peers, sent, received):
    """A USVString has none: https://webidl.spec.whatwg.org/#js-USVString"""
    here, there = await peers.channels()
    here.send(sent)
    assert here.bufferedAmount == len(received.encode())
    assert await take(there, 1) == [received]


async def test_bytes_that_are_not_utf8_are_binary(peers):
    """Text can only be sent as str, so that invalid UTF-8 never goes out as text."""
    here, there = await peers.channels()
    here.send(b"\xff\xc3(")
    here.send("\udcff")  # what os.fsdecode makes of a stray byte
    assert await take(there, 2) == [b"\xff\xc3(", "\ufffd"]


async def test_the_message_is_copied(peers):
    here, there = await peers.channels()
    data = bytearray(b"before")
    here.send(data)
    data[:] = b"after!"
    data.append(0)  # nothing holds the buffer
    assert await take(there, 1) == [b"before"]


@pytest.mark.parametrize("data", [None, 1, 1.5, ["text"], {"a": 1}, object, np.array([None])], ids=repr)
async def test_wrong_type(peers, data):
    here, there = await peers.channels()
    with pytest.raises(TypeError, match="send: "):
        here.send(data)
    assert here.bufferedAmount == 0
    here.send("next")
    assert await take(there, 1) == ["next"]


async def test_blob(peers):
    here, there = await peers.channels()
    there.binaryType = "blob"
    here.send(b"one")
    here.send("two")
    here.send(b"")
    one, two, three = await take(there, 3)
    assert (one.read(), two, three.read()) == (b"one", "two", b"")
    assert isinstance(one, io.BytesIO)


async def test_message_event(peers):
    here, there = await peers.channels()
    message = listening(there, "message")
    here.send("hello")
    event = await message
    assert isinstance(event, MessageEvent)
    assert (event.data, event.origin, event.lastEventId) == ("hello", "", "")
    assert event.target is there
    assert event.isTrusted
    assert not event.bubbles
    assert not event.cancelable


async def test_onmessage_and_listeners_get_all_in_order(peers):
    here, there = await peers.channels()
    handler: list[Any] = []
    listener: list[Any] = []
    there.onmessage = lambda event: handler.append(event.data)
    there.addEventListener("message", lambda event: listener.append(event.data))
    sent = [f"text {i}" if i % 2 else f"bytes {i}".encode() for i in range(500)]
    for data in sent:
        here.send(data)
    await until(there, "message", lambda: len(listener) == len(sent))
    assert handler == listener == sent


async def test_largest_message(peers):
    here, there = await peers.channels()
    data = random.Random(1).randbytes(LARGEST)
    text = "é" * (LARGEST // 2)
    here.send(data)
    here.send(text)
    assert await take(there, 2) == [data, text]


@pytest.mark.parametrize(
    "data",
    [bytes(LARGEST + 1), "a" * (LARGEST + 1), "é" * (LARGEST // 2) + "a", np.zeros(LARGEST // 4 + 1, "f4")],
    ids=["bytes", "text", "utf-8", "numpy"],
)
async def test_too_large(peers, data):
    here, there = await peers.channels()
    with pytest.raises(TypeError, match="262144"):
        here.send(data)
    assert here.bufferedAmount == 0
    assert here.readyState == "open"
    here.send("goes on")
    assert await take(there, 1) == ["goes on"]


# --- States ----------------------------------------------------------------------------------------------


async def test_send_in_every_state_but_open(peers):
    connecting = peers.caller.createDataChannel("one")
    with pytest.raises(InvalidStateError, match="connecting"):
        connecting.send("early")
    assert connecting.bufferedAmount == 0
    here, there = await peers.channels("two")
    here.close()
    assert here.readyState == "closing"
    with pytest.raises(InvalidStateError, match="closing"):
        here.send("late")
    await here.wait_closed()
    with pytest.raises(InvalidStateError, match="closed"):
        here.send("too late")
    await there.wait_closed()
    assert await rest(there) == []


async def test_opened(peers):
    channel = peers.caller.createDataChannel("test")
    waiting = asyncio.create_task(channel.opened())
    cancelled = asyncio.create_task(channel.opened())
    await asyncio.sleep(0)
    cancelled.cancel()
    await peers.connect()
    assert await waiting is channel
    assert await channel.opened() is channel
    assert cancelled.cancelled()


async def test_opened_of_a_channel_that_never_opens(peers):
    channel = peers.caller.createDataChannel("test")
    waiting = asyncio.create_task(channel.opened())
    await asyncio.sleep(0)
    peers.caller.close()
    with pytest.raises(InvalidStateError, match="closed"):
        await waiting
    with pytest.raises(InvalidStateError, match="closed"):
        await channel.opened()
    await channel.wait_closed()
    assert await rest(channel) == []


async def test_open_event_once_on_both_sides(peers):
    events: list[str] = []
    peers.callee.ondatachannel = lambda event: event.channel.addEventListener(
        "open", lambda event: events.append("there " + event.target.readyState)
    )
    here = peers.caller.createDataChannel("test")
    here.onopen = lambda event: events.append("here " + event.target.readyState)
    announced = listening(peers.callee, "datachannel")
    await peers.connect()
    await here.opened()
    there = (await announced).channel
    here.send("after open")
    assert await take(there, 1) == ["after open"]
    assert sorted(events) == ["here open", "there open"]


async def test_close_before_connecting(peers):
    channel = peers.caller.createDataChannel("never")
    events = recorded(channel)
    channel.close()
    channel.close()
    assert channel.readyState == "closing"
    await channel.wait_closed()
    assert events == ["close"]
    here, there = await peers.channels("other")
    here.send("works")
    assert await take(there, 1) == ["works"]
    assert there.label == "other"


def recorded(channel: RTCDataChannel) -> list[str]:
    """The names of the events that the channel fires from now on, with the state they were fired in."""
    events: list[str] = []
    for name in ("open", "closing", "close", "error"):
        channel.addEventListener(name, lambda event: events.append(event.type))
    return events


@pytest.mark.parametrize("closer", ["caller", "callee"])
async def test_close_from_either_side(peers, closer):
    here, there = await peers.channels()
    if closer == "callee":
        here, there = there, here
    states: list[tuple[str, str]] = []
    for name in ("closing", "close", "error"):
        there.addEventListener(name, lambda event: states.append((event.type, there.readyState)))
    events = recorded(here)
    here.close()
    assert here.readyState == "closing"
    await here.wait_closed()
    await there.wait_closed()
    # https://w3c.github.io/webrtc-pc/#data-transport-closing-procedure
    assert states == [("closing", "closing"), ("close", "closed")]
    assert events == ["close"]
    assert peers.caller.connectionState == "connected"
    here.close()
    there.close()
    assert here.readyState == there.readyState == "closed"


async def test_both_close_at_once(peers):
    here, there = await peers.channels()
    events = recorded(here), recorded(there)
    here.close()
    there.close()
    await here.wait_closed()
    await there.wait_closed()
    assert events == (["close"], ["close"])


async def test_an_id_can_be_used_again(peers):
    """As soon as the channel is closed: https://www.rfc-editor.org/rfc/rfc8831#section-6.7"""
    for i in range(5):
        init = {"negotiated": True, "id": 3}
        here, there = (pc.createDataChannel(f"{i}", init) for pc in (peers.caller, peers.callee))
        if i == 0:
            await peers.connect()
        await here.opened()
        await there.opened()
        here.send(f"message {i}")
        assert await take(there, 1) == [f"message {i}"]
        here.close()
        await here.wait_closed()
        await there.wait_closed()


async def test_close_loses_nothing(peers):
    here, there = await peers.channels()
    sent = [random.Random(i).randbytes(16384) for i in range(400)]
    for data in sent:
        here.send(data)
    here.close()
    assert await rest(there) == sent
    await here.wait_closed()
    assert here.bufferedAmount == 0


async def test_close_in_a_burst_of_small_messages(peers):
    here, there = await peers.channels()
    for i in range(5000):
        here.send(str(i))
    here.close()
    assert await rest(there) == [str(i) for i in range(5000)]


async def test_messages_before_the_other_side_closes_are_kept(peers):
    here, there = await peers.channels()
    here.send("one")
    here.send("two")
    here.close()
    await there.wait_closed()
    assert await rest(there) == ["one", "two"]
    assert await rest(there) == []


async def test_own_connection_closes(peers):
    here, there = await peers.channels()
    events = recorded(here)
    waiting = asyncio.create_task(rest(here))
    await asyncio.sleep(0)
    peers.caller.close()
    assert here.readyState == "closed"
    assert await waiting == []
    await here.wait_closed()
    await there.wait_closed()
    # https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-close, step 6: abruptly, no event
    assert events == []


async def test_remote_connection_closes(peers):
    here, there = await peers.channels()
    events = recorded(there)
    error = listening(there, "error")
    peers.caller.close()
    event = await error
    assert isinstance(event, RTCErrorEvent)
    assert isinstance(event.error, RTCError)
    assert event.error.errorDetail in ("sctp-failure", "data-channel-failure")
    await there.wait_closed()
    # https://w3c.github.io/webrtc-pc/#announce-datachannel-closed: error, then close; no closing procedure
    assert [name for name in events if name in ("error", "close")] == ["error", "close"]
    assert here.readyState == "closed"


async def test_send_in_the_flow_of_a_closing_connection(peers):
    here, _ = await peers.channels()
    here.high_water_mark = 0
    flow = asyncio.ensure_future(asyncio.wait_for(sending(here, bytes(LARGEST), 30), 30))
    await asyncio.sleep(0)
    peers.caller.close()
    with pytest.raises(InvalidStateError):
        await flow


async def sending(channel: RTCDataChannel, data: bytes, times: int) -> None:
    for _ in range(times):
        await channel.send(data)


# --- bufferedAmount --------------------------------------------------------------------------------------


async def test_buffered_amount_is_exact(peers):
    here, there = await peers.channels()
    expected = 0
    # send() does not let the loop run, so that nothing is subtracted meanwhile.
    for data in (
        "a",
        "é",
        "🎈",
        "",
        b"",
        b"12345",
        np.zeros(100, np.float32),
        io.BytesIO(b"xyz"),
        bytes(LARGEST),
    ):
        here.send(data)
        expected += len(data.encode()) if isinstance(data, str) else len(as_bytes(data))
        assert here.bufferedAmount == expected
    await drained(here)
    assert here.bufferedAmount == 0
    await take(there, 9)
    assert there.bufferedAmount == 0


async def test_buffered_amount_of_many(peers):
    here, there = await peers.channels()
    generator = random.Random(2)
    sizes = [generator.choice((0, 1, 2, 100, 1200, 20000)) for _ in range(50)]
    for size in sizes:
        here.send(bytes(size))
    assert here.bufferedAmount == sum(sizes)
    amounts = [here.bufferedAmount]
    here.addEventListener("bufferedamountlow", lambda _: amounts.append(here.bufferedAmount))
    assert [len(message) for message in await take(there, len(sizes))] == sizes
    await drained(here)
    assert amounts[-1] == 0
    here.send(b"123")
    assert here.bufferedAmount == 3
    await drained(here)


async def test_buffered_amount_low(peers):
    here, _ = await peers.channels()
    here.bufferedAmountLowThreshold = 100_000
    amounts: list[tuple[int, int]] = []

    def low(_: Any) -> None:
        amounts.append((here.bufferedAmountLowThreshold, here.bufferedAmount))
        here.bufferedAmountLowThreshold = 0

    here.onbufferedamountlow = low
    for _ in range(100):
        here.send(bytes(10_000))
    await until(here, "bufferedamountlow", lambda: here.bufferedAmount == 0)
    # Once as it falls to each of the two thresholds; to both at once is once.
    assert all(amount <= threshold for threshold, amount in amounts)
    assert [threshold for threshold, _ in amounts] in ([100_000, 0], [100_000])


async def test_buffered_amount_low_needs_a_fall(peers):
    """Nothing is fired where the amount was at or below the threshold before."""
    here, there = await peers.channels()
    here.bufferedAmountLowThreshold = 1000
    fired: list[int] = []
    here.onbufferedamountlow = lambda _: fired.append(here.bufferedAmount)
    for _ in range(10):
        here.send(bytes(100))
        assert await take(there, 1) == [bytes(100)]
    here.onbufferedamountlow = None
    here.bufferedAmountLowThreshold = 0
    here.send(b"x")
    await drained(here)
    assert fired == []


async def test_queue_is_full(peers):
    here, there = await peers.channels()
    count = 16 * 1024 * 1024 // LARGEST
    for _ in range(count):
        here.send(bytes(LARGEST))
    assert here.bufferedAmount == 16 * 1024 * 1024
    with pytest.raises(OperationError, match="16777216"):
        here.send(b"1")
    assert here.bufferedAmount == 16 * 1024 * 1024
    assert here.readyState == "open"
    here.send("")  # takes no room
    assert await take(there, count + 1) == [bytes(LARGEST)] * count + [""]
    await drained(here)
    here.send("there is room again")
    assert await take(there, 1) == ["there is room again"]


async def test_awaited_send_waits_for_room(peers):
    here, there = await peers.channels()
    here.high_water_mark = 300_000
    highest = 0

    async def send() -> None:
        nonlocal highest
        for i in range(200):
            await here.send(i.to_bytes(4, "big") * 15_000)
            assert here.bufferedAmount <= here.high_water_mark
            highest = max(highest, here.bufferedAmount)

    sender = asyncio.create_task(send())
    received = await take(there, 200)
    await sender
    assert received == [i.to_bytes(4, "big") * 15_000 for i in range(200)]
    assert highest <= here.high_water_mark


async def test_cancelling_an_awaited_send_takes_nothing_back(peers):
    here, there = await peers.channels()
    here.high_water_mark = 0

    async def send() -> None:
        await here.send(b"x" * LARGEST)

    task = asyncio.create_task(send())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await take(there, 1) == [b"x" * LARGEST]
    await here.send("next")
    assert here.bufferedAmount == 0


# --- Iteration -------------------------------------------------------------------------------------------


async def test_messages_before_any_listener_wait_for_the_first_iteration(peers):
    here, there = await peers.channels()
    for i in range(100):
        here.send(str(i))
    await drained(here)
    here.close()
    await there.wait_closed()
    assert await rest(there) == [str(i) for i in range(100)]


async def test_cancelled_iteration_loses_nothing(peers):
    here, there = await peers.channels()
    for _ in range(3):
        task = asyncio.create_task(anext(there))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    here.send("one")
    assert await take(there, 1) == ["one"]


async def test_several_iterations_share(peers):
    here, there = await peers.channels()
    tasks = [asyncio.create_task(rest(there)) for _ in range(3)]
    await asyncio.sleep(0)
    for i in range(300):
        here.send(str(i))
    here.close()
    parts = await asyncio.gather(*tasks)
    assert sorted(int(message) for part in parts for message in part) == list(range(300))


async def test_a_full_receive_queue_drops_the_oldest_and_tells(peers, monkeypatch):
    monkeypatch.setattr(datachannel, "_RECEIVE_QUEUE_BYTES", 1000)
    here, there = await peers.channels()
    for i in range(20):
        here.send(bytes([i]) * 100)
    here.close()
    await there.wait_closed()
    assert there.dropped == 10
    with pytest.raises(OperationError, match="10 messages were dropped"):
        await anext(there)
    assert await rest(there) == [bytes([i]) * 100 for i in range(10, 20)]


async def test_a_message_above_the_receive_queue_alone_is_kept(peers, monkeypatch):
    monkeypatch.setattr(datachannel, "_RECEIVE_QUEUE_BYTES", 10)
    here, there = await peers.channels()
    here.send(bytes(100))
    assert await take(there, 1) == [bytes(100)]
    assert there.dropped == 0


# --- Channels and their events ---------------------------------------------------------------------------


async def test_negotiated(peers):
    announced: list[Any] = []
    peers.callee.ondatachannel = announced.append
    init = {"negotiated": True, "id": 42, "protocol": "p", "ordered": False}
    here, there = peers.caller.createDataChannel("a", init), peers.callee.createDataChannel("b", init)
    assert here.id == there.id == 42
    assert here.negotiated
    assert there.negotiated
    await peers.connect()
    await here.opened()
    await there.opened()
    here.send("to b")
    there.send("to a")
    assert await take(there, 1) == ["to b"]
    assert await take(here, 1) == ["to a"]
    assert (here.label, there.label) == ("a", "b")
    assert announced == []
    here.close()
    await there.wait_closed()


async def test_negotiated_later_on_one_side(peers):
    """Messages for a stream that nobody has claimed yet are not those of the next one to claim it."""
    await peers.channels()
    here = peers.caller.createDataChannel("late", {"negotiated": True, "id": 100})
    await here.opened()
    there = peers.callee.createDataChannel("late", {"negotiated": True, "id": 100})
    await there.opened()
    there.send("back")
    assert await take(here, 1) == ["back"]
    here.send("forth")
    assert (await take(there, 1))[-1] == "forth"


@pytest.mark.parametrize(
    ("init", "loses"),
    [
        ({}, False),
        ({"ordered": False}, False),
        ({"maxRetransmits": 0}, True),
        ({"ordered": False, "maxRetransmits": 0}, True),
        ({"ordered": False, "maxPacketLifeTime": 1}, True),
        ({"ordered": False, "maxRetransmits": 65535}, False),
    ],
    ids=str,
)
async def test_a_network_that_loses_packets(init, loses):
    """What is unreliable loses messages then, whole ones, and nothing else; order is kept where asked for."""
    dice = random.Random(7)
    sent = [random.Random(i).randbytes(20 + i * 7) for i in range(200)]
    async with Nat() as nat, RTCPeerConnection() as caller, RTCPeerConnection() as callee:
        announced = listening(callee, "datachannel")
        here = caller.createDataChannel("lossy", init)
        await nat.connect(caller, callee)
        there = (await announced).channel
        await here.opened()
        nat.drop = lambda: dice.random() < 0.1
        for message in sent:
            here.send(message)
        here.close()
        received = await rest(there)
    assert nat.dropped > 10
    assert len(set(received)) == len(received)
    assert set(received) <= set(sent)
    if loses:
        assert 0 < len(received) < len(sent)
    else:
        assert len(received) == len(sent)
    if init.get("ordered", True):
        assert received == [message for message in sent if message in set(received)]


async def test_send_in_the_datachannel_handler(peers):
    peers.callee.ondatachannel = lambda event: event.channel.send("welcome")
    channel = peers.caller.createDataChannel("test")
    await peers.connect()
    await channel.opened()
    assert await take(channel, 1) == ["welcome"]


async def test_the_announced_channel_is_open(peers):
    states: list[tuple[str, str]] = []
    there: list[RTCDataChannel] = []

    def announced(event: Any) -> None:
        there.append(event.channel)
        states.append((event.type, event.channel.readyState))
        event.channel.onopen = lambda event: states.append((event.type, event.target.readyState))
        event.channel.onmessage = lambda event: states.append((event.type, event.target.readyState))

    peers.callee.ondatachannel = announced
    channel = peers.caller.createDataChannel("test")
    channel.onopen = lambda _: channel.send("first")
    await peers.connect()
    await until(peers.callee, "datachannel", lambda: bool(there))
    await until(there[0], "message", lambda: len(states) == 3)
    assert states == [("datachannel", "open"), ("open", "open"), ("message", "open")]


async def test_a_channel_made_in_the_datachannel_handler(peers):
    back: list[RTCDataChannel] = []

    def announced(event: Any) -> None:
        back.append(peers.callee.createDataChannel("back"))
        back[0].onopen = lambda _: back[0].send("hello from the second")
        event.channel.send("hello from the first")

    peers.callee.ondatachannel = announced
    answer = listening(peers.caller, "datachannel")
    channel = peers.caller.createDataChannel("there")
    await peers.connect()
    await channel.opened()
    second = (await answer).channel
    assert await take(channel, 1) == ["hello from the first"]
    assert await take(second, 1) == ["hello from the second"]
    assert back[0].readyState == "open"


async def test_close_in_the_datachannel_handler(peers):
    peers.callee.ondatachannel = lambda event: event.channel.close()
    channel = peers.caller.createDataChannel("unwanted")
    await peers.connect()
    await channel.wait_closed()
    assert channel.readyState == "closed"


async def test_messages_do_not_overtake_the_datachannel_event(peers):
    """What is sent in the open event is there for a listener added in the datachannel event."""
    received: list[str] = []
    peers.callee.ondatachannel = lambda event: event.channel.on("message", lambda e: received.append(e.data))
    channels = [peers.caller.createDataChannel(str(i)) for i in range(20)]
    for channel in channels:
        channel.onopen = lambda event: [event.target.send(f"{event.target.label} {i}") for i in range(5)]
    announced: set[str] = set()
    peers.callee.addEventListener("datachannel", lambda event: announced.add(event.channel.label))
    await peers.connect()
    await until(peers.callee, "datachannel", lambda: len(announced) == len(channels))
    for channel in channels:
        channel.close()
        await channel.wait_closed()
    assert sorted(received) == sorted(f"{c} {i}" for c in range(20) for i in range(5))


async def test_open_send_close_at_once_loses_nothing(peers):
    """The remote peer may close a channel before it is announced here: its messages come first."""
    received: list[str] = []
    closed: list[str] = []

    def announced(event: Any) -> None:
        event.channel.onmessage = lambda event: received.append(event.data)
        event.channel.onclose = lambda event: closed.append(event.target.label)

    def send_and_close(event: Any) -> None:
        for i in range(5):
            event.target.send(f"{event.target.label} {i}")
        event.target.close()

    peers.callee.ondatachannel = announced
    channels = [peers.caller.createDataChannel(str(i)) for i in range(50)]
    for channel in channels:
        channel.onopen = send_and_close
    last, _ = await peers.channels("last")
    for channel in channels:
        await channel.wait_closed()
    async with asyncio.timeout(20):
        while len(closed) < len(channels):  # noqa: ASYNC110 - their events come in turns of the loop
            await asyncio.sleep(0)
    assert sorted(received) == sorted(f"{c} {i}" for c in range(50) for i in range(5))
    assert last.readyState == "open"


async def test_exception_of_a_message_listener_stops_nothing(peers):
    here, there = await peers.channels()
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    received: list[str] = []

    def bad(event: Any) -> None:
        received.append(event.data)
        raise ValueError(event.data)

    there.onmessage = bad
    for i in range(10):
        here.send(str(i))
    here.close()
    await there.wait_closed()
    assert received == [str(i) for i in range(10)]
    assert [str(error) for error in reported] == received
    reported.clear()  # tracebacks hold frames, and those the peers


async def test_a_stream_is_used_again_at_once(peers):
    """A new channel has the number of the one that closed, and must not be taken for it."""
    await peers.channels("first")
    labels: list[str] = []
    ids = set()
    peers.callee.ondatachannel = lambda event: labels.append(event.channel.label)
    for i in range(50):
        channel = peers.caller.createDataChannel(str(i))
        channel.onopen = lambda event: event.target.close()
        async with asyncio.timeout(20):
            await channel.wait_closed()
        ids.add(channel.id)
    assert len(ids) < 50
    assert labels == [str(i) for i in range(50)]


async def test_listener_closes_the_channel_between_messages(peers):
    here, there = await peers.channels()
    received: list[str] = []

    def once(event: Any) -> None:
        received.append(event.data)
        there.close()

    there.onmessage = once
    for i in range(10):
        here.send(str(i))
    await there.wait_closed()
    await here.wait_closed()
    assert received == ["0"]


async def test_close_event_frees_the_native_side(peers):
    """Opening and closing channels for ever does not grow."""
    await peers.channels("keeps the transport")
    for _ in range(50):
        here, there = await peers.channels()
        here.close()
        await there.wait_closed()
        await here.wait_closed()
    assert len(peers.caller._channels) == len(peers.callee._channels) == 1


async def test_a_connection_without_the_other_side():
    async with RTCPeerConnection() as pc:
        channel = pc.createDataChannel("alone")
        assert channel.readyState == "connecting"
    assert channel.readyState == "closed"


async def test_peers_close_while_both_send():
    async with Peers() as peers:
        here, there = await peers.channels()
        for _ in range(50):
            here.send(bytes(LARGEST))
            there.send(bytes(LARGEST))
        received = asyncio.create_task(rest(there))
        await asyncio.sleep(0)
    assert here.readyState == there.readyState == "closed"
    assert all(message == bytes(LARGEST) for message in await received)

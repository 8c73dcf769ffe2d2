"""Encoded frames through Python: what a transform changes, drops and asks for is so at the other end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
from typing import Any

import numpy as np
import pytest
from harness import Peers, pushing, until
from pywebrtc import (
    AudioSource,
    RTCEncodedAudioFrame,
    RTCEncodedVideoFrame,
    RTCRtpScriptTransform,
    RTCRtpSender,
    VideoSource,
)
from pywebrtc.exceptions import (
    InvalidModificationError,
    InvalidStateError,
    NotFoundError,
    RangeError,
)
from test_media import picture, psnr

WIDTH, HEIGHT = 160, 120

# What libwebrtc's depacketizers read, and so what has to stay as it is.
CLEAR = {"VP8": 10, "VP9": 0, "H264": 60, "opus": 0}


def tone() -> np.ndarray:
    """20 ms of 1 kHz, over and over again."""
    return (9000 * np.sin(2 * np.pi * np.arange(960) / 48)).astype(np.int16)[:, np.newaxis]


class Call:
    """One track from the caller to the callee."""

    def __init__(self, peers: Peers, codec: str = "VP8", **init: Any) -> None:
        self.peers = peers
        self.kind = "audio" if codec == "opus" else "video"
        self.source: Any = AudioSource(channels=1) if self.kind == "audio" else VideoSource()
        self.rgb = picture(WIDTH, HEIGHT)
        self.transceiver = peers.caller.addTransceiver(self.source.track, {"direction": "sendonly", **init})
        capabilities = RTCRtpSender.getCapabilities(self.kind)
        assert capabilities is not None
        codecs = [c for c in capabilities.codecs if c.mimeType == f"{self.kind}/{codec}"]
        self.transceiver.setCodecPreferences(codecs[:1])
        self.sender = self.transceiver.sender
        self.receivers: list[Any] = []
        peers.callee.addEventListener("track", lambda event: self.receivers.append(event.receiver))

    def push(self) -> None:
        if self.kind == "audio":
            self.source.push(tone())
        else:
            self.source.push(self.rgb)

    def pushing(self) -> contextlib.AbstractAsyncContextManager[None]:
        return pushing(self.push, 0.02 if self.kind == "audio" else 1 / 30)

    async def connect(self, receive: Any = None) -> Any:
        """The receiver, which has had the transform from the track event on."""

        def listener(event: Any) -> None:
            event.receiver.transform = receive

        self.peers.callee.addEventListener("track", listener)
        await self.peers.connect()
        return self.receivers[0]

    async def good(self, receiver: Any) -> None:
        """Wait until what arrives is what was sent: five pictures, or a fifth of a second."""
        pictures = 0
        reader = receiver.track.frames(maxsize=1 if self.kind == "video" else 100)
        heard: list[np.ndarray] = []
        async with asyncio.timeout(30):
            while True:
                frame = (await reader.recv()).to_ndarray()
                if self.kind == "video":
                    pictures += frame.shape == self.rgb.shape and psnr(frame, self.rgb) > 30
                    if pictures == 5:
                        return
                    continue
                heard.append(frame[:, 0])
                sound = np.concatenate(heard[-20:]).astype(float)
                spectrum = np.abs(np.fft.rfft(sound))
                if len(heard) >= 20 and np.abs(sound).max() > 3000:
                    around = round(1000 * len(sound) / 48000)
                    if (spectrum[around - 2 : around + 3] ** 2).sum() > 0.98 * (spectrum**2).sum():
                        return


def flip(clear: int, frame: Any) -> Any:
    """XOR, in place; twice is as before."""
    np.frombuffer(frame.data, np.uint8)[clear:] ^= 0x5A
    return frame


@contextlib.contextmanager
def reported() -> Any:
    """What goes to the loop's exception handler meanwhile."""
    loop = asyncio.get_running_loop()
    contexts: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: contexts.append(context))
    try:
        yield contexts
    finally:
        loop.set_exception_handler(None)


async def until_true(condition: Any, timeout: float = 20) -> None:
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - counters have no events
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("codec", ["VP8", "H264", "opus"])
async def test_what_the_sender_changes_the_receiver_restores(peers, codec):
    call = Call(peers, codec)
    change = functools.partial(flip, CLEAR[codec])
    call.sender.transform = sent = RTCRtpScriptTransform(change)
    received = RTCRtpScriptTransform(change)
    receiver = await call.connect(received)
    assert call.sender.transform is sent
    assert receiver.transform is received
    async with call.pushing():
        await call.good(receiver)
    assert sent.counts.written == sent.counts.received >= 5
    assert received.counts.failed == received.counts.overflowed == received.counts.late == 0


async def test_what_is_changed_is_changed_on_the_way(peers):
    """Else the test before would be passed by transforms that do nothing."""
    call = Call(peers)
    seen: dict[str, dict[int, bytes]] = {"before": {}, "after": {}, "received": {}}

    def change(frame: Any) -> Any:
        seen["before"][frame.timestamp] = bytes(frame.data)
        flip(10, frame)
        seen["after"][frame.timestamp] = bytes(frame.data)
        return frame

    def look(frame: Any) -> None:
        seen["received"][frame.timestamp] = bytes(frame.data)

    call.sender.transform = RTCRtpScriptTransform(change)
    await call.connect(RTCRtpScriptTransform(look))
    async with call.pushing():
        await until_true(lambda: len(seen["received"]) >= 5)
    for timestamp, data in seen["received"].items():
        assert data == seen["after"][timestamp] != seen["before"][timestamp]


@pytest.mark.parametrize("form", ["function", "coroutine", "generator", "hand"])
async def test_forms_of_a_handler(peers, form):
    call = Call(peers)
    done: list[Any] = []

    def function(frame):
        done.append(frame)
        return frame

    async def coroutine(frame):
        await asyncio.sleep(0.001)
        done.append(frame)
        return frame

    async def generator(transformer):
        assert transformer.options == {"some": "options"}
        async for frame in transformer.readable:
            done.append(frame)
            yield frame

    handler = {"function": function, "coroutine": coroutine, "generator": generator, "hand": None}[form]
    transform = RTCRtpScriptTransform(handler, {"some": "options"})
    call.sender.transform = transform

    async def by_hand() -> None:
        async for frame in transform.transformer.readable:
            done.append(frame)
            await transform.transformer.writable.write(frame)

    task = asyncio.create_task(by_hand()) if form == "hand" else None
    receiver = await call.connect()
    async with call.pushing():
        await call.good(receiver)
    timestamps = [frame.timestamp for frame in done]
    assert len(set(timestamps)) == len(timestamps) >= 5
    call.sender.transform = None
    if task is not None:
        await asyncio.wait_for(task, 5)  # its frames end
    assert transform.counts.failed == 0


async def test_a_coroutine_that_is_cancelled_before_it_began(peers):
    """It is closed: a coroutine that nobody awaits is a warning, and so an error here."""
    call = Call(peers)
    began: list[Any] = []
    detached = asyncio.Event()

    async def coroutine(frame):
        began.append(frame)

    def detach() -> None:
        call.sender.transform = None
        detached.set()

    def handler(frame):
        asyncio.get_running_loop().call_soon(detach)  # before the task of what is returned
        return coroutine(frame)

    call.sender.transform = RTCRtpScriptTransform(handler)
    await call.connect()
    async with call.pushing():
        await asyncio.wait_for(detached.wait(), 20)
    assert began == []


async def test_half_of_the_frames_are_dropped(peers):
    call = Call(peers, "opus")
    sent: list[int] = []
    arrived: list[int] = []

    def every_second(frame):
        sent.append(frame.timestamp)
        return frame if len(sent) % 2 else None

    def look(frame):
        arrived.append(frame.timestamp)
        return frame

    call.sender.transform = transform = RTCRtpScriptTransform(every_second)
    await call.connect(RTCRtpScriptTransform(look))
    async with call.pushing():
        await until_true(lambda: len(arrived) >= 20)
    kept = sent[::2]
    assert sorted(arrived) == kept[kept.index(min(arrived)) :][: len(arrived)]
    assert transform.counts.received == len(sent)
    assert transform.counts.written == len(kept)
    assert transform.counts.failed == 0


async def test_metadata_of_video(peers):
    call = Call(peers)
    sent: dict[int, Any] = {}
    received: dict[int, Any] = {}

    def keep(frames, frame):
        frames[frame.timestamp] = (frame.type, frame.getMetadata())
        return frame

    call.sender.transform = RTCRtpScriptTransform(functools.partial(keep, sent))
    receiver = await call.connect(RTCRtpScriptTransform(functools.partial(keep, received)))
    async with call.pushing():
        await until_true(lambda: len(received) >= 10)
    first = True
    for timestamp, (kind, there) in received.items():
        sent_kind, here = sent[timestamp]
        assert kind == sent_kind
        assert (kind == "key") == (here.dependencies == [])
        assert here.rtpTimestamp == there.rtpTimestamp == timestamp
        assert here.synchronizationSource == there.synchronizationSource
        assert here.payloadType == there.payloadType == call.sender.getParameters().codecs[0].payloadType
        assert here.mimeType == there.mimeType == "video/VP8"
        assert here.contributingSources == there.contributingSources == []
        assert (here.width, here.height) == (WIDTH, HEIGHT)
        assert here.receiveTime is None
        assert here.captureTime < there.receiveTime < asyncio.get_running_loop().time() * 1000
        if first:
            assert (kind, here.frameId) == ("key", 1)
            assert (there.width, there.height) == (WIDTH, HEIGHT)
        else:
            assert all(dependency < here.frameId for dependency in here.dependencies)
        first = False
    assert {m.synchronizationSource for _, m in received.values()} == {
        s.source for s in receiver.getSynchronizationSources()
    }


async def test_metadata_of_audio(peers):
    call = Call(peers, "opus")
    sent: list[Any] = []
    received: list[Any] = []

    def keep(frames, frame):
        frames.append(frame.getMetadata())
        return frame

    call.sender.transform = RTCRtpScriptTransform(functools.partial(keep, sent))
    await call.connect(RTCRtpScriptTransform(functools.partial(keep, received)))
    async with call.pushing():
        await until_true(lambda: len(received) >= 20)
    for metadata in (*sent, *received):
        assert metadata.mimeType == "audio/opus"
        assert metadata.payloadType == 111
        assert 0 <= metadata.audioLevel <= 1
    assert max(metadata.audioLevel for metadata in received) > 0.1
    assert sent[0].sequenceNumber is None
    numbers = [metadata.sequenceNumber for metadata in received]
    assert all((b - a) % 65536 == 1 for a, b in itertools.pairwise(numbers))
    assert received[0].receiveTime < received[-1].receiveTime


@pytest.mark.parametrize("wrong", ["raises", "garbage", "foreign", "twice", "bytes"])
async def test_a_handler_that_is_wrong(peers, wrong):
    """Nothing that it did not answer for is sent, and the next frames are."""
    call = Call(peers, "opus")
    other: list[Any] = []
    good = False

    def handler(frame):
        if good:
            return frame
        if wrong == "raises":
            raise ZeroDivisionError("mine")
        if wrong == "garbage":
            return 17
        if wrong == "bytes":
            return bytes(frame.data)
        if wrong == "foreign":
            return other[0] if other else None
        transform.transformer.writable.write(frame)
        return frame

    call.sender.transform = transform = RTCRtpScriptTransform(handler)
    received = RTCRtpScriptTransform(lambda frame: other.append(frame) or frame)
    receiver = await call.connect(received)
    if wrong == "foreign":
        good = True
        async with call.pushing():
            await until_true(lambda: other)
        good = False
    arrived = received.counts.received
    with reported() as contexts:
        async with call.pushing():
            await until_true(lambda: transform.counts.failed >= 3)
            assert wrong == "twice" or received.counts.received - arrived <= 3  # those on their way
            good = True
            await call.good(receiver)
    kinds = {"raises": ZeroDivisionError, "garbage": TypeError, "bytes": TypeError}
    assert {type(context["exception"]) for context in contexts} == {kinds.get(wrong, InvalidStateError)}
    assert len(contexts) == transform.counts.failed
    assert all(context["transform"] is transform for context in contexts)


@pytest.mark.parametrize("end", ["sender", "receiver"])
@pytest.mark.parametrize("codec", ["VP8", "VP9", "AV1", "H264", "opus"])
async def test_garbage_for_packets_and_decoders(peers, codec, end):
    """Frames become noise of any length, or nothing: neither end minds, and what is good later arrives."""
    call = Call(peers, codec)
    rng = np.random.default_rng(1)
    spoiled = 0
    spoiling = True

    def spoil(frame):
        nonlocal spoiled
        if spoiling:
            whole = bytes(frame.data)
            frame.data = (
                rng.bytes(rng.integers(1, 1200)),
                b"",
                whole[: len(whole) // 2],
                whole[:12] + rng.bytes(len(whole)),
                b"\0" * len(whole),
                b"\xff" * len(whole),
            )[spoiled % 6]
            spoiled += 1
        return frame

    transform = RTCRtpScriptTransform(spoil)
    if end == "sender":
        call.sender.transform = transform
    receiver = await call.connect(transform if end == "receiver" else None)
    with reported() as contexts:
        async with call.pushing():
            await until_true(lambda: spoiled >= 12)
            spoiling = False
            await call.good(receiver)
    # Nothing at all is no picture, and the one who wrote it is told.
    kinds = {type(context["exception"]) for context in contexts}
    assert kinds == ({RangeError} if end == "receiver" and codec != "opus" else set())
    assert transform.counts.failed == len(contexts)


@pytest.mark.parametrize("form", ["coroutine", "generator", "generator that never reads"])
async def test_an_asynchronous_handler_that_raises(peers, form):
    call = Call(peers, "opus")
    good = False

    async def coroutine(frame):
        await asyncio.sleep(0)
        if not good:
            raise ZeroDivisionError
        return frame

    async def generator(transformer):
        async for frame in transformer.readable:
            if not good:
                raise ZeroDivisionError
            yield frame

    async def never(transformer):
        if not good:
            raise ZeroDivisionError
        async for frame in transformer.readable:
            yield frame

    handler = {"coroutine": coroutine, "generator": generator}.get(form, never)
    with reported() as contexts:
        call.sender.transform = transform = RTCRtpScriptTransform(handler)
        receiver = await call.connect()
        async with call.pushing():
            await until_true(lambda: transform.counts.failed >= 5)
            good = True
            await call.good(receiver)
    assert {type(context["exception"]) for context in contexts} == {ZeroDivisionError}
    assert len(contexts) == transform.counts.failed


@pytest.mark.parametrize("codec", ["VP8", "opus"])
async def test_a_handler_that_never_answers(peers, codec):
    """Frames that wait are bounded, and all that came before it answered again is dropped or late."""
    call = Call(peers, codec)
    stuck: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def handler(frame):
        if not stuck.done():
            await stuck
        return frame

    call.sender.transform = transform = RTCRtpScriptTransform(handler)
    receiver = await call.connect()
    native = call.sender._transform._native
    assert native is not None
    # As fast as it goes: it takes more than a hundred to overflow.
    async with pushing(call.push, 0.005):
        await until_true(lambda: transform.counts.overflowed >= 5)
        assert native.waiting == 100
        assert transform.counts.received == 1
        assert transform.counts.written == 0
        stuck.set_result(None)
        await until_true(lambda: transform.counts.written >= 100)
        # Of video a key frame was asked for, and comes through.
        await call.good(receiver)


async def test_key_frames(peers):
    call = Call(peers)
    log: list[Any] = []

    def look(frame):
        log.append((frame.type, frame.timestamp))
        return frame

    call.sender.transform = sent = RTCRtpScriptTransform(look)
    received = RTCRtpScriptTransform(lambda frame: frame)
    await call.connect(received)
    async with call.pushing():
        await until_true(lambda: len(log) > 3)
        timestamp = await sent.transformer.generateKeyFrame()
        # https://w3c.github.io/webrtc-encoded-transform/#KeyFrame-algorithms: just before it is exposed
        assert all(seen != timestamp for _, seen in log)
        await until_true(lambda: ("key", timestamp) in log)

        # Two that wait for one frame.
        both = await asyncio.gather(sent.transformer.generateKeyFrame(), sent.transformer.generateKeyFrame())
        assert both[0] == both[1] != timestamp
        await until_true(lambda: ("key", both[0]) in log)

        keys = sum(kind == "key" for kind, _ in log)
        await received.transformer.sendKeyFrameRequest()
        await until_true(lambda: sum(kind == "key" for kind, _ in log) > keys)

        # One who waits no longer hinders nobody.
        waiting = asyncio.create_task(sent.transformer.generateKeyFrame())
        await asyncio.sleep(0)
        waiting.cancel()
        assert isinstance(await sent.transformer.generateKeyFrame(), int)
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_key_frames_of_layers(peers):
    call = Call(peers, sendEncodings=[{"rid": "low"}, {"rid": "high"}])
    rids: list[tuple[str | None, str, int]] = []

    def look(frame):
        rids.append((frame.rid, frame.type, frame.timestamp))
        return frame

    call.sender.transform = transform = RTCRtpScriptTransform(look)
    # A receiver that knows of layers would be a mixer; the answer says that it does.
    await peers.caller.setLocalDescription()
    offer = peers.caller.localDescription
    await peers.callee.setRemoteDescription(offer)
    await peers.callee.setLocalDescription()
    answer = (
        peers.callee.localDescription.sdp
        + "a=rid:low recv\r\na=rid:high recv\r\na=simulcast:recv low;high\r\n"
    )
    await peers.caller.setRemoteDescription({"type": "answer", "sdp": answer})
    await until(peers.caller, "connectionstatechange", lambda: peers.caller.connectionState == "connected")
    call.rgb = picture(640, 480)
    async with call.pushing():
        await until_true(lambda: {"low", "high"} <= {rid for rid, _, _ in rids})
        for rid in ("high", "low"):
            timestamp = await transform.transformer.generateKeyFrame(rid)
            await until_true(lambda rid=rid, t=timestamp: (rid, "key", t) in rids)
        timestamp = await transform.transformer.generateKeyFrame()  # the first
        await until_true(lambda: ("low", "key", timestamp) in rids)
        with pytest.raises(NotFoundError, match="'middle'"):
            await transform.transformer.generateKeyFrame("middle")


async def test_key_frames_that_cannot_be(peers):
    call = Call(peers)
    sent, received = RTCRtpScriptTransform(), RTCRtpScriptTransform()
    with pytest.raises(InvalidStateError, match="not the transform of a video sender"):
        await sent.transformer.generateKeyFrame()
    with pytest.raises(InvalidStateError, match="not the transform of a video receiver"):
        await sent.transformer.sendKeyFrameRequest()
    call.sender.transform = sent
    call.transceiver.receiver.transform = received
    with pytest.raises(NotFoundError, match="no layer is sent"):
        await sent.transformer.generateKeyFrame()
    with pytest.raises(TypeError, match="'ä' is not a rid"):
        await sent.transformer.generateKeyFrame("ä")
    with pytest.raises(TypeError, match="rid: 17"):
        await sent.transformer.generateKeyFrame(17)
    with pytest.raises(InvalidStateError, match="nothing is received"):
        await received.transformer.sendKeyFrameRequest()
    with pytest.raises(InvalidStateError):
        await received.transformer.generateKeyFrame()
    await call.connect()
    waiting = asyncio.create_task(sent.transformer.generateKeyFrame())
    await asyncio.sleep(0)
    call.sender.transform = None
    with pytest.raises(InvalidStateError, match="has ended"):
        await waiting
    audio = peers.caller.addTransceiver("audio")
    audio.sender.transform = RTCRtpScriptTransform()
    with pytest.raises(InvalidStateError):
        await audio.sender.transform.transformer.generateKeyFrame()


async def test_where_a_transform_can_be(peers):
    first, second = (peers.caller.addTransceiver(kind) for kind in ("audio", "video"))
    transform = RTCRtpScriptTransform(lambda frame: frame)
    assert first.sender.transform is None
    first.sender.transform = transform
    first.sender.transform = transform  # where it is
    for other in (second.sender, first.receiver):
        with pytest.raises(InvalidStateError, match="transform of another"):
            other.transform = transform
        assert other.transform is None
    first.sender.transform = None
    assert first.sender.transform is None
    with pytest.raises(InvalidStateError, match="serves once"):
        second.sender.transform = transform
    for wrong in (17, "x", lambda frame: frame, RTCRtpScriptTransform):
        with pytest.raises(TypeError, match=r"RTCRtpSender\.transform"):
            first.sender.transform = wrong
        with pytest.raises(TypeError, match=r"RTCRtpReceiver\.transform"):
            first.receiver.transform = wrong
    with pytest.raises(TypeError, match="not a function"):
        RTCRtpScriptTransform(17)  # type: ignore[arg-type]
    second.stop()
    with pytest.raises(InvalidStateError, match="stopped"):
        second.sender.transform = RTCRtpScriptTransform()
    second.sender.transform = None
    peers.caller.close()
    with pytest.raises(InvalidStateError, match="closed"):
        first.receiver.transform = RTCRtpScriptTransform()
    first.receiver.transform = None


async def test_one_after_the_other(peers):
    """Put on, replaced and taken off in the middle of a call; what comes too late is dropped."""
    call = Call(peers, "opus")
    receiver = await call.connect()
    kept: list[Any] = []
    async with call.pushing():
        await call.good(receiver)
        first = RTCRtpScriptTransform(kept.append)
        call.sender.transform = first
        await until_true(lambda: len(kept) >= 3)
        call.sender.transform = second = RTCRtpScriptTransform(lambda frame: frame)
        assert first.counts.late == 0
        for frame in kept:
            await first.transformer.writable.write(frame)
            with pytest.raises(InvalidStateError, match="another transform"):
                second.transformer.writable.write(frame)
        assert first.counts.late == len(kept) == first.counts.received
        assert first.counts.written == 0
        await call.good(receiver)
        assert second.counts.written > 0
        call.sender.transform = None
        written = second.counts.written
        await call.good(receiver)
        assert second.counts.written == written


async def test_order_is_kept(peers):
    call = Call(peers, "opus")
    frames: list[Any] = []
    call.sender.transform = transform = RTCRtpScriptTransform(frames.append)
    await call.connect()
    async with call.pushing():
        await until_true(lambda: len(frames) >= 3)
    writable = transform.transformer.writable
    await writable.write(frames[1])
    with pytest.raises(InvalidStateError, match="a later frame was written"):
        writable.write(frames[0])
    with pytest.raises(InvalidStateError, match="was written already"):
        writable.write(frames[1])
    writable.write(frames[2])
    for wrong in (None, b"bytes", 17):
        with pytest.raises(TypeError, match="an encoded frame is needed"):
            writable.write(wrong)
    # It is libwebrtc's again.
    with pytest.raises(InvalidStateError, match="was written"):
        _ = frames[2].data
    with pytest.raises(InvalidStateError, match="was written"):
        frames[2].data = b"x"
    assert frames[2].getMetadata().mimeType == "audio/opus"
    assert "written" in repr(frames[2])
    assert transform.counts.written == 2


async def test_data(peers):
    call = Call(peers, "opus")
    sent: list[bytes] = []
    arrived: list[bytes] = []
    values = [
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"memoryview")[::2],
        np.arange(200, dtype=np.uint8),
        np.arange(200, dtype=np.uint8)[::-3],
        np.arange(12, dtype=np.int8).reshape(3, 4),
    ]

    def assign(frame):
        data = frame.data
        assert isinstance(data, bytearray)
        assert frame.data is data
        if len(sent) == len(values):
            data.extend(b"in place")  # a bytearray grows
            sent.append(bytes(data))
        elif len(sent) < len(values):
            value = values[len(sent)]
            frame.data = value
            sent.append(bytes(value))
            assert frame.data == sent[-1]
        else:
            return None
        return frame

    def look(frame):
        arrived.append(bytes(frame.data))

    call.sender.transform = RTCRtpScriptTransform(assign)
    await call.connect(RTCRtpScriptTransform(look))
    async with call.pushing():
        await until_true(lambda: len(arrived) == len(values) + 1)
    assert arrived == sent


async def test_data_that_is_none(peers):
    call = Call(peers, "opus")
    frames: list[Any] = []
    call.sender.transform = RTCRtpScriptTransform(frames.append)
    await call.connect()
    async with call.pushing():
        await until_true(lambda: frames)
    frame = frames[0]
    before = bytes(frame.data)
    for wrong in (
        "text",
        17,
        None,
        [1, 2],
        np.zeros(3),
        np.array(["x"], object),
        np.array(["2020"], "M8[s]"),
    ):
        with pytest.raises(TypeError, match=r"RTCEncodedAudioFrame\.data"):
            frame.data = wrong
    assert frame.data == before
    frame.data.extend(bytes(1500))
    with pytest.raises(RangeError, match="does not fit a packet"):
        call.sender.transform.transformer.writable.write(frame)
    frame.data = b""  # nothing is sent
    call.sender.transform.transformer.writable.write(frame)


async def test_copies(peers):
    """https://w3c.github.io/webrtc-encoded-transform/#dom-rtcencodedvideoframe-rtcencodedvideoframe"""
    call = Call(peers, "opus")
    frames: list[Any] = []
    arrived: list[Any] = []
    call.sender.transform = transform = RTCRtpScriptTransform(frames.append)
    await call.connect(RTCRtpScriptTransform(arrived.append))
    async with call.pushing():
        await until_true(lambda: len(frames) >= 2)
    original = frames[0]
    same = RTCEncodedAudioFrame(original, {"metadata": original.getMetadata()})
    assert same.data == original.data
    assert same.data is not original.data
    assert same.getMetadata() == original.getMetadata()
    later = (original.timestamp + 96000) % 2**32
    copy = RTCEncodedAudioFrame(same, {"metadata": {"rtpTimestamp": later}})
    copy.data = b"other"
    assert copy.timestamp == copy.getMetadata().rtpTimestamp == later != original.timestamp
    assert original.data != b"other"
    writable = transform.transformer.writable
    writable.write(copy)
    for stale in (original, same):
        with pytest.raises(InvalidStateError, match="was written already"):
            writable.write(stale)
    with pytest.raises(InvalidStateError, match="was written"):
        RTCEncodedAudioFrame(original)
    await until_true(lambda: arrived)
    assert arrived[0].timestamp == later
    assert arrived[0].data == b"other"
    with pytest.raises(InvalidModificationError, match="synchronizationSource cannot be changed"):
        RTCEncodedAudioFrame(frames[1], {"metadata": {"synchronizationSource": 1}})
    with pytest.raises(InvalidModificationError, match="mimeType"):
        RTCEncodedAudioFrame(frames[1], {"metadata": {"mimeType": "audio/x"}})
    with pytest.raises(TypeError):
        RTCEncodedAudioFrame(frames[1], {"metadata": {"rtpTimestamp": -1}})
    for wrong in (None, 17, b""):
        with pytest.raises(TypeError, match="is no RTCEncodedAudioFrame"):
            RTCEncodedAudioFrame(wrong)
    with pytest.raises(TypeError, match="is no RTCEncodedVideoFrame"):
        RTCEncodedVideoFrame(frames[1])


async def test_what_can_be_changed_of_audio(peers):
    call = Call(peers, "opus")
    frames: list[Any] = []
    arrived: list[Any] = []
    call.sender.transform = transform = RTCRtpScriptTransform(frames.append)
    await call.connect(RTCRtpScriptTransform(arrived.append))
    async with call.pushing():
        await until_true(lambda: len(frames) >= 3)
    native = frames[0]._native
    if native.can_set_audio_level:
        for wrong in (-0.1, 1.1):
            with pytest.raises(RangeError, match="audioLevel"):
                RTCEncodedAudioFrame(frames[0], {"metadata": {"audioLevel": wrong}})
        loud = RTCEncodedAudioFrame(frames[0], {"metadata": {"audioLevel": 0.5}})
        transform.transformer.writable.write(loud)
        await until_true(lambda: arrived)
        assert abs(arrived[0].getMetadata().audioLevel - 0.5) < 0.03
    if native.can_set_payload_type:
        with pytest.raises(RangeError, match="payloadType"):
            RTCEncodedAudioFrame(frames[1], {"metadata": {"payloadType": 200}})
    if native.can_set_capture_time:
        with pytest.raises(RangeError, match="captureTime"):
            RTCEncodedAudioFrame(frames[1], {"metadata": {"captureTime": -1}})
        copy = RTCEncodedAudioFrame(frames[1], {"metadata": {"captureTime": 5000.0}})
        assert copy.getMetadata().captureTime == 5000
        transform.transformer.writable.write(copy)
    assert native.can_set_audio_level
    assert native.can_set_payload_type
    assert native.can_set_capture_time


async def test_the_loop_may_be_busy(peers):
    """A slow handler does not keep the loop for itself."""
    call = Call(peers, "opus")
    turns = 0

    def slow(frame):
        import time

        time.sleep(0.03)  # longer than a frame
        return frame

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    call.sender.transform = transform = RTCRtpScriptTransform(slow)
    await call.connect()
    task = asyncio.create_task(count())
    async with call.pushing():
        await until_true(lambda: transform.counts.written >= 20)
    before = turns
    await until_true(lambda: turns > before)
    task.cancel()


async def test_closed_while_frames_wait(peers):
    call = Call(peers)
    kept: list[Any] = []
    waiting = asyncio.get_running_loop().create_future()

    async def never(frame):
        kept.append(frame)
        await waiting

    call.sender.transform = sent = RTCRtpScriptTransform(never)
    received = RTCRtpScriptTransform(kept.append)
    await call.connect(received)
    async with call.pushing():
        await until_true(lambda: kept)
        peers.caller.close()
        peers.callee.close()
        assert call.sender.transform is None
        await peers.caller.wait_closed()
        for frame in kept:
            sent.transformer.writable.write(frame)
    assert sent.counts.late == len(kept)
    assert kept[0].data
    with pytest.raises(InvalidStateError):
        await sent.transformer.generateKeyFrame()


async def test_nothing_is_sent_before_its_transform(peers):
    """On a connection that is up, whoever answers would send as soon as the answer is set.

    libwebrtc attaches the track before the transformer: without core/sender_guard.h a packet of audio in
    some hundred calls of a busy machine is sent as it was encoded.
    """
    audio, video = AudioSource(channels=1), VideoSource()
    rgb = picture(WIDTH, HEIGHT)
    leaked: list[Any] = []
    transforms: list[RTCRtpScriptTransform] = []
    await peers.channels()
    async with pushing(lambda: (audio.push(tone()), video.push(rgb)), 0.01):
        for _ in range(5):
            for kind in ("audio", "video"):
                transceiver = peers.caller.addTransceiver(kind, {"direction": "recvonly"})
                transceiver.receiver.transform = RTCRtpScriptTransform(leaked.append)
            await peers.caller.setLocalDescription()
            await peers.callee.setRemoteDescription(peers.caller.localDescription)
            new = [t for t in peers.callee.getTransceivers() if t.currentDirection is None]
            for transceiver in new:
                transceiver.direction = "sendonly"
                transceiver.sender.transform = transform = RTCRtpScriptTransform(lambda frame: None)
                transforms.append(transform)
                track = (audio if transceiver.receiver.track.kind == "audio" else video).track.clone()
                await transceiver.sender.replaceTrack(track)
            await peers.callee.setLocalDescription()
            await peers.caller.setRemoteDescription(peers.callee.localDescription)
        await until_true(lambda: all(transform.counts.received > 3 for transform in transforms))
    assert leaked == []


async def test_the_track_of_a_sender_with_a_transform(peers):
    """Until a stream goes through the transform another track stands in for it: nobody sees that."""
    call = Call(peers)
    call.sender.transform = RTCRtpScriptTransform(lambda frame: frame)
    assert call.sender.track is call.source.track
    # Not taken for a sender without a track.
    other = VideoSource().track
    assert peers.caller.addTrack(other) is not call.sender
    await call.sender.replaceTrack(None)
    await call.sender.replaceTrack(call.source.track)
    receiver = await call.connect()
    async with call.pushing():
        await call.good(receiver)
        # Away and back again: another stream, and another turn of standing in.
        call.transceiver.direction = "inactive"
        await peers.negotiate()
        call.transceiver.direction = "sendonly"
        await peers.negotiate()
        await call.good(receiver)
        before = call.sender.transform.counts.written
        second = VideoSource()
        await call.sender.replaceTrack(second.track)
        call.source = second
        await call.good(receiver)
        assert call.sender.transform.counts.written > before
        assert call.sender.track is second.track
        peers.caller.removeTrack(call.sender)
        assert call.sender.track is None
        assert peers.caller.addTrack(second.track) is not call.sender  # it has sent already

"""RTCRtpScriptTransform: encoded frames through a function of Python's.

webrtc-encoded-transform, "RTCRtpScriptTransform". There it runs in a worker; here on the event loop.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, Self, cast

from ._dispatcher import wake
from ._frametransform import EncodedFrame, FrameTransform, TransformCounts
from ._promise import Promise
from ._webidl import convert
from .encodedframe import RTCEncodedVideoFrame
from .enums import MediaStreamTrackState, RTCRtpTransceiverDirection
from .events import KeyFrameRequestEvent
from .eventtarget import EventHandler, EventTarget
from .exceptions import InvalidStateError, NotFoundError, RangeError

if TYPE_CHECKING:
    from ._transformslot import TransformSlot
    from .rtptransceiver import RTCRtpTransceiver

# Frames that a handler is given in one turn of the event loop, which has other things to do as well.
_PER_TURN = 16

# https://www.rfc-editor.org/rfc/rfc8851#section-10, rid-id
_RID = re.compile(r"[A-Za-z0-9_-]+\Z")

_SENDING = (RTCRtpTransceiverDirection.SENDRECV, RTCRtpTransceiverDirection.SENDONLY)

# A function of a frame, sync or async; or an async generator function of the transformer.
Handler = (
    Callable[[Any], EncodedFrame | Awaitable[EncodedFrame | None] | None]
    | Callable[["RTCRtpScriptTransformer"], AsyncGenerator[EncodedFrame, Any]]
)


class RTCRtpScriptTransform(FrameTransform):
    """Encoded frames through a function (webrtc-encoded-transform, "RTCRtpScriptTransform").

    ``sender.transform = RTCRtpScriptTransform(handler)`` sends all that the sender encodes through it, from
    the first frame on where it is set before the connection is negotiated; ``receiver.transform`` all that
    is received, before it is decoded. A transform serves one sender or receiver, once.

    ``handler`` is one of these:

    * a function, or coroutine function, ``handler(frame)``. What it returns goes on: the frame, most often
      with other ``frame.data``. None drops it. A frame comes when the one before is done.
    * an async generator function ``handler(transformer)``, called once: it reads
      ``async for frame in transformer.readable`` and yields what goes on, in the same order.
    * None: somebody else reads :attr:`transformer` ``.readable`` and writes its ``.writable``.

    A frame goes on only when the handler says so. One for which it raises, or returns what is no frame of
    its own, is dropped, and the error goes to the loop's exception handler; the transform goes on with the
    next (a generator that raised is called anew). While it is busy 100 frames wait; what comes then is
    dropped and counted (:attr:`counts`).

    Arguments:
        handler: as above.
        options: anything, to be found as ``transformer.options``.

    Raises:
        TypeError: ``handler`` is none of these.
    """

    def __init__(self, handler: Handler | None = None, options: Any = None) -> None:
        if handler is not None and not callable(handler):
            raise TypeError(f"RTCRtpScriptTransform: handler {handler!r} is not a function")
        self._handler: Callable[[Any], Any] | None = handler
        self._generates = inspect.isasyncgenfunction(handler) or inspect.isasyncgenfunction(
            getattr(handler, "__call__", None)  # noqa: B004 - not whether it can be called: what that is
        )
        self._transformer = RTCRtpScriptTransformer._new(self, options)
        self._slot = None
        self._counts = TransformCounts()
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self._read = 0  # frames, by the generator that runs

    @property
    def transformer(self) -> RTCRtpScriptTransformer:
        """What the frames go through; it asks for key frames, too."""
        return self._transformer

    def __repr__(self) -> str:
        return f"<RTCRtpScriptTransform {self._handler!r}>"

    def _check_free(self, where: str) -> None:
        super()._check_free(where)
        if self._ended:
            raise InvalidStateError(f"{where}: {self!r} was a transform before, and serves once")

    def _attach(self, slot: TransformSlot) -> None:
        super()._attach(slot)
        if self._generates:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                return  # it begins with the first frame
            self._start_generator()

    def _detach(self) -> None:
        super()._detach()
        self._ended = True
        self._transformer._end()
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    def _on_frames(self) -> None:
        if self._handler is None:
            self._transformer._wake()
        elif self._task is not None:
            self._transformer._wake()  # the generator; a function's task looks for itself
        elif self._generates:
            self._start_generator()
        else:
            self._run()

    # A function.

    def _run(self) -> None:
        for _ in range(_PER_TURN):
            # A task goes on by itself.
            frame = None if self._task is not None else self._transformer._next()
            if frame is None:
                return
            try:
                result = cast("Callable[[Any], Any]", self._handler)(frame)
            except Exception as exception:  # noqa: BLE001 - reported
                self._fail(frame, exception)
                continue
            if inspect.isawaitable(result):
                self._task = asyncio.get_running_loop().create_task(self._finish(frame, result))
                if inspect.iscoroutine(result):
                    # A task that is cancelled before it began has not awaited it.
                    self._task.add_done_callback(lambda _, result=result: result.close())
            else:
                self._answer(frame, result)
        asyncio.get_running_loop().call_soon(self._run)

    async def _finish(self, frame: EncodedFrame, result: Awaitable[Any]) -> None:
        try:
            self._answer(frame, await result)
        except Exception as exception:  # noqa: BLE001 - reported
            self._fail(frame, exception)
        finally:
            self._task = None
            if not self._ended:
                self._run()

    def _answer(self, frame: EncodedFrame, result: Any) -> None:
        if result is not None:
            try:
                self._write(result)
            except (TypeError, InvalidStateError, RangeError) as exception:
                self._fail(frame, exception)

    def _fail(self, frame: EncodedFrame | None, exception: Exception) -> None:
        self._counts.failed += 1
        context = {
            "message": f"Exception in the handler of {self!r}: the frame is dropped",
            "exception": exception,
            "transform": self,
            "frame": frame,
        }
        asyncio.get_running_loop().call_exception_handler(context)

    # A generator.

    def _start_generator(self) -> None:
        self._read = 0
        generator = cast("Callable[[Any], AsyncGenerator[Any, Any]]", self._handler)(self._transformer)
        self._task = asyncio.get_running_loop().create_task(self._generate(generator))

    async def _generate(self, generator: AsyncGenerator[Any, Any]) -> None:
        try:
            async for frame in generator:
                self._write(frame)
        except Exception as exception:  # noqa: BLE001 - reported
            self._fail(None, exception)
            # What it read is lost with it; one that fails before it reads would fail for ever.
            if self._read == 0:
                self._pop()
            self._task = None
            if self._slot is not None and self._slot._native_transform().waiting:
                asyncio.get_running_loop().call_soon(self._on_frames)
        finally:
            await generator.aclose()


class RTCRtpScriptTransformer(EventTarget):
    """The two ends of a script transform (webrtc-encoded-transform, "RTCRtpScriptTransformer").

    ``keyframerequest`` is never fired: libwebrtc's encoder does not tell who asked it for a key frame.
    """

    onkeyframerequest = EventHandler[KeyFrameRequestEvent]("keyframerequest")

    _transform: RTCRtpScriptTransform
    _options: Any
    _readable: EncodedFrameReadable
    _writable: EncodedFrameWritable
    _held: EncodedFrame | None  # a key frame that somebody waited for
    _announcing: bool
    _pending: list[tuple[str, Promise[int]]]
    _waiters: set[asyncio.Future[None]]

    def __init__(self) -> None:
        raise TypeError("RTCRtpScriptTransformer has no constructor: RTCRtpScriptTransform makes it")

    @classmethod
    def _new(cls, transform: RTCRtpScriptTransform, options: Any) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._transform = transform
        self._options = options
        self._readable = EncodedFrameReadable._new(self)
        self._writable = EncodedFrameWritable._new(self)
        self._held = None
        self._announcing = False
        self._pending = []
        self._waiters = set()
        return self

    @property
    def readable(self) -> EncodedFrameReadable:
        """Where frames come from: ``async for frame in transformer.readable``."""
        return self._readable

    @property
    def writable(self) -> EncodedFrameWritable:
        """Where they go on."""
        return self._writable

    @property
    def options(self) -> Any:
        """What the transform was made with."""
        return self._options

    async def generateKeyFrame(self, rid: str | None = None) -> int:
        """Have the encoder of a sender make a key frame.

        https://w3c.github.io/webrtc-encoded-transform/#dom-rtcrtpscripttransformer-generatekeyframe. It
        returns right before the handler gets the frame. Cancelling stops the waiting, not the frame.

        Arguments:
            rid: of the simulcast layer; None is the first.

        Returns:
            The frame's RTP timestamp.

        Raises:
            TypeError: ``rid`` is no rid.
            InvalidStateError: it is no transform of a video sender, or ended before the frame came.
            NotFoundError: there is no such layer, or nothing is sent.
        """
        slot = self._transform._slot
        if slot is None or slot.side != "sender" or slot.transceiver._kind != "video":
            raise InvalidStateError("generateKeyFrame: this is not the transform of a video sender")
        if rid is not None:
            rid = convert(str, rid, "generateKeyFrame: rid")
            if not _RID.match(cast("str", rid)):
                raise TypeError(f"generateKeyFrame: {rid!r} is not a rid")
        rid = _encoder(slot.transceiver, rid)
        promise = Promise[int]()
        asked = any(waiting == rid for waiting, _ in self._pending)
        self._pending.append((rid, promise))
        try:
            if not asked:
                slot.request_key_frame([rid] if rid else [])
            return await promise
        finally:
            self._pending = [task for task in self._pending if task[1] is not promise]

    async def sendKeyFrameRequest(self) -> None:
        """Ask the remote peer for a key frame.

        https://w3c.github.io/webrtc-encoded-transform/#dom-rtcrtpscripttransformer-sendkeyframerequest.
        libwebrtc asks with PLI, or with FIR where that is what was negotiated.

        Raises:
            InvalidStateError: it is no transform of a video receiver, or nothing is received.
        """
        slot = self._transform._slot
        if slot is None or slot.side != "receiver" or slot.transceiver._kind != "video":
            raise InvalidStateError("sendKeyFrameRequest: this is not the transform of a video receiver")
        if not slot.transceiver._receives:
            raise InvalidStateError("sendKeyFrameRequest: nothing is received")
        slot.request_key_frame([])

    def _next(self) -> EncodedFrame | None:
        """The next frame, but not one whose announcement is still to be heard."""
        if self._announcing:
            return None
        if self._held is not None:
            frame, self._held = self._held, None
            self._transform._read += 1
            return frame
        frame = self._transform._pop()
        if isinstance(frame, RTCEncodedVideoFrame) and self._pending and frame._native.is_key:
            announced = [promise for rid, promise in self._pending if rid == frame._native.rid]
            if announced:
                for promise in announced:
                    promise.resolve(frame.timestamp)
                self._held = frame
                self._announcing = True
                # Those who wait run first: they were scheduled before.
                asyncio.get_running_loop().call_soon(self._release)
                return None
        if frame is not None:
            self._transform._read += 1
        return frame

    def _release(self) -> None:
        self._announcing = False
        self._transform._on_frames()

    def _wake(self) -> None:
        wake(self._waiters)

    def _end(self) -> None:
        for _, promise in self._pending:
            promise.reject(InvalidStateError("generateKeyFrame: the transform has ended"))
        self._wake()


class EncodedFrameReadable:
    """The frames that come to a transform: an async iterator, which ends with the transform.

    Cancelling the wait for a frame loses none.
    """

    _transformer: RTCRtpScriptTransformer

    def __init__(self) -> None:
        raise TypeError("EncodedFrameReadable has no constructor: it is RTCRtpScriptTransformer.readable")

    @classmethod
    def _new(cls, transformer: RTCRtpScriptTransformer) -> Self:
        self = cls.__new__(cls)
        self._transformer = transformer
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EncodedFrame:
        transformer = self._transformer
        transform = transformer._transform
        if transform._handler is not None and not transform._generates:
            raise InvalidStateError("readable: the transform's handler is given the frames")
        while not transform._ended:
            frame = transformer._next()
            if frame is not None:
                return frame
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            transformer._waiters.add(waiter)
            try:
                await waiter
            finally:
                transformer._waiters.discard(waiter)
        raise StopAsyncIteration


class EncodedFrameWritable:
    """Where the frames of a transform go on, to the network or to the decoder."""

    _transformer: RTCRtpScriptTransformer

    def __init__(self) -> None:
        raise TypeError("EncodedFrameWritable has no constructor: it is RTCRtpScriptTransformer.writable")

    @classmethod
    def _new(cls, transformer: RTCRtpScriptTransformer) -> Self:
        self = cls.__new__(cls)
        self._transformer = transformer
        return self

    def write(self, frame: EncodedFrame) -> Awaitable[None]:
        """Let a frame go on. It is done when this returns; it may be awaited as in a browser.

        Once the transform or the frame's stream has ended it does nothing but count
        (``transform.counts.late``).

        Raises:
            TypeError: it is no encoded frame.
            InvalidStateError: it came through another transform, it was written already, or a later one was.
            RangeError: audio that is sent is one packet, and ``data`` does not fit; or ``data`` of a
                picture that is received is empty.
        """
        self._transformer._transform._write(frame)
        return _DONE


class _Done:
    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


_DONE = _Done()


def _encoder(transceiver: RTCRtpTransceiver, rid: str | None) -> str:
    """The layer that is to make a key frame: https://w3c.github.io/webrtc-encoded-transform/#KeyFrame-algorithms

    Raises:
        NotFoundError: there is none.
    """
    track = transceiver.sender.track
    sends = transceiver.currentDirection in _SENDING
    live = track is not None and track.readyState == MediaStreamTrackState.LIVE
    encodings: list[dict[str, Any]] = (
        transceiver._native.sender_parameters()["encodings"] if sends and live else []
    )
    layers = [encoding.get("rid") or "" for encoding in encodings if encoding.get("active", True)]
    if rid is not None:
        layers = [layer for layer in layers if layer == rid]
    if not layers:
        named = "" if rid is None else f" with the rid {rid!r}"
        raise NotFoundError(f"generateKeyFrame: no layer{named} is sent")
    return layers[0]

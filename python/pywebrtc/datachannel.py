"""RTCDataChannel: messages between two peers."""

from __future__ import annotations

import io
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from ._dispatcher import wake
from ._webidl import UnsignedLong, convert
from .enums import BinaryType, RTCDataChannelState, RTCErrorDetailType, RTCPriorityType
from .events import MessageEvent, RTCErrorEvent
from .eventtarget import Event, EventHandler, EventTarget
from .exceptions import InvalidStateError, OperationError, RTCError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Generator

    from typing_extensions import Buffer

    from . import _native
    from ._dispatcher import Dispatcher
    from .peerconnection import RTCPeerConnection

# Looked up once: an enumeration's attributes cost as much as all else that a message does.
_OPEN = RTCDataChannelState.OPEN
_BLOB = BinaryType.BLOB

# What libwebrtc queues for a channel before it refuses (DataChannelInterface::MaxSendQueueSize).
_SEND_QUEUE_BYTES = 16 * 1024 * 1024
# What waits for an iteration at most; the oldest messages are dropped beyond it.
_RECEIVE_QUEUE_BYTES = 64 * 1024 * 1024


class RTCDataChannel(EventTarget):
    """A channel for messages, from ``createDataChannel`` or a ``datachannel`` event (webrtc-pc, section 6.2).

    Messages are ``str`` or bytes. Take them with a ``message`` listener or with ``async for message in
    channel``, which ends when the channel closes. Messages that arrive before there is either wait for the
    first iteration.
    """

    onopen = EventHandler[Event]("open")
    onbufferedamountlow = EventHandler[Event]("bufferedamountlow")
    onerror = EventHandler[RTCErrorEvent]("error")
    onclosing = EventHandler[Event]("closing")
    onclose = EventHandler[Event]("close")
    onmessage = EventHandler[MessageEvent]("message")

    _connection: RTCPeerConnection
    _dispatcher: Dispatcher
    _native: _native.DataChannel
    _readyState: RTCDataChannelState
    _id: int | None
    _priority: RTCPriorityType
    _binaryType: BinaryType
    _bufferedAmount: int
    _bufferedAmountLowThreshold: int
    _queue: deque[Any]  # messages that wait for an iteration
    _queue_bytes: int
    _dropped: int
    _dropped_told: int
    _waiters: set[asyncio.Future[None]]
    _send: Callable[[Any, bool], None]
    _flow: _Flow

    high_water_mark: int
    """Bytes of ``bufferedAmount`` up to which ``await channel.send(...)`` does not wait; 1 MiB at first."""

    def __init__(self) -> None:
        raise TypeError("RTCDataChannel has no constructor: use RTCPeerConnection.createDataChannel()")

    @classmethod
    def _new(
        cls,
        connection: RTCPeerConnection,
        dispatcher: Dispatcher,
        native: _native.DataChannel,
        readyState: RTCDataChannelState,
        priority: RTCPriorityType | str,
    ) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._connection = connection
        self._dispatcher = dispatcher
        self._native = native
        self._readyState = readyState
        self._id = native.id
        self._priority = RTCPriorityType(priority)
        self._binaryType = BinaryType.ARRAYBUFFER
        self._bufferedAmount = 0
        self._bufferedAmountLowThreshold = 0
        self._queue = deque()
        self._queue_bytes = 0
        self._dropped = self._dropped_told = 0
        self._waiters = set()
        self._send = native.send
        self._flow = _Flow(self)
        self.high_water_mark = 1024 * 1024
        dispatcher.target(native.key, self)
        return self

    @property
    def label(self) -> str:
        """A name for people; channels may share it."""
        return self._native.label

    @property
    def ordered(self) -> bool:
        """Whether messages arrive in the order in which they were sent."""
        return self._native.ordered

    @property
    def maxPacketLifeTime(self) -> int | None:
        """Milliseconds during which a message is sent again; None where that has no limit."""
        return self._native.max_packet_life_time

    @property
    def maxRetransmits(self) -> int | None:
        """How often a message is sent again; None where that has no limit."""
        return self._native.max_retransmits

    @property
    def protocol(self) -> str:
        """The name of the subprotocol, or ``""``."""
        return self._native.protocol

    @property
    def negotiated(self) -> bool:
        """Whether both peers created the channel themselves."""
        return self._native.negotiated

    @property
    def id(self) -> int | None:
        """The SCTP stream, 0 to 65534; None until it is known."""
        return self._id

    @property
    def priority(self) -> RTCPriorityType:
        """The relative priority of the channel's messages (webrtc-priority)."""
        return self._priority

    @property
    def readyState(self) -> RTCDataChannelState:
        """``"connecting"``, ``"open"``, ``"closing"`` or ``"closed"``."""
        return self._readyState

    @property
    def bufferedAmount(self) -> int:
        """Bytes of messages that were sent with :meth:`send` and have not left yet, without overhead."""
        return self._bufferedAmount

    @property
    def bufferedAmountLowThreshold(self) -> int:
        """When ``bufferedAmount`` falls to this or below, ``bufferedamountlow`` is fired; 0 at first."""
        return self._bufferedAmountLowThreshold

    @bufferedAmountLowThreshold.setter
    def bufferedAmountLowThreshold(self, value: int) -> None:
        self._bufferedAmountLowThreshold = convert(
            UnsignedLong, value, "RTCDataChannel.bufferedAmountLowThreshold"
        )

    @property
    def binaryType(self) -> BinaryType:
        """What binary messages become: ``"arraybuffer"`` gives ``bytes``, ``"blob"`` gives ``io.BytesIO``.

        Raises:
            TypeError: on setting it to anything else.
        """
        return self._binaryType

    @binaryType.setter
    def binaryType(self, value: BinaryType | str) -> None:
        try:
            self._binaryType = BinaryType(value)
        except ValueError:
            raise TypeError(
                f"RTCDataChannel.binaryType: {value!r} is not one of 'arraybuffer', 'blob'"
            ) from None

    @property
    def dropped(self) -> int:
        """Messages that no iteration took in time: 64 MiB wait at most, then the oldest are dropped."""
        return self._dropped

    def send(self, data: str | Buffer | io.BytesIO) -> Awaitable[None]:
        """Send a message; it is copied and queued before this returns.

        Await the result for back-pressure: ``await channel.send(data)`` goes on when at most
        :attr:`high_water_mark` bytes are buffered. Cancelling that takes nothing back.

        Arguments:
            data: text, or anything with the buffer protocol (bytes, bytearray, memoryview, numpy arrays).

        Raises:
            InvalidStateError: the channel is not open.
            TypeError: another type, or more bytes than the remote peer takes (``sctp.maxMessageSize``).
            OperationError: more than 16 MiB would be buffered. Nothing was sent.
            InvalidStateError: from the await, where the channel closed meanwhile.
        """
        # https://w3c.github.io/webrtc-pc/#datachannel-send
        if self._readyState is not _OPEN:
            raise InvalidStateError(f"send: the channel is {self._readyState}, not open")
        binary = True
        payload: Any = data
        if type(data) is bytes:
            size = len(data)
        elif isinstance(data, str):
            binary = False
            payload = _utf8(data)
            size = len(payload)
        else:
            payload, size = _bytes(data)
        limit = self._connection._transports.max_message_size
        if size > limit:
            raise TypeError(f"send: a message of {size} bytes; the remote peer takes at most {limit:.0f}")
        buffered = self._bufferedAmount + size
        if buffered > _SEND_QUEUE_BYTES:
            raise OperationError(
                f"send: {self._bufferedAmount} bytes are buffered, at most {_SEND_QUEUE_BYTES} can be: "
                "await send(), or wait for bufferedamountlow"
            )
        self._send(payload, binary)
        self._bufferedAmount = buffered
        return self._flow

    def close(self) -> None:
        """Close the channel once all that was sent has left; the other peer's closes too. Idempotent.

        https://w3c.github.io/webrtc-pc/#dom-rtcdatachannel-close
        """
        if self._readyState in (RTCDataChannelState.CLOSING, RTCDataChannelState.CLOSED):
            return
        self._readyState = RTCDataChannelState.CLOSING
        self._native.close()
        self._wake()

    async def opened(self) -> Self:
        """Wait until the channel is open, and return it. Cancelling does nothing else.

        Raises:
            InvalidStateError: it was closed before.
        """
        while self._readyState == RTCDataChannelState.CONNECTING:
            await self._wait()
        if self._readyState != RTCDataChannelState.OPEN:
            raise InvalidStateError(f"the channel is {self._readyState}, not open")
        return self

    async def wait_closed(self) -> None:
        """Wait until ``readyState`` is ``"closed"``. Cancelling does nothing else."""
        while self._readyState != RTCDataChannelState.CLOSED:
            await self._wait()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        """The next message.

        Raises:
            OperationError: once, after messages were dropped because they waited for too long.
        """
        while not self._queue:
            if self._readyState == RTCDataChannelState.CLOSED:
                raise StopAsyncIteration
            await self._wait()
        if self._dropped != self._dropped_told:
            lost, self._dropped_told = self._dropped - self._dropped_told, self._dropped
            raise OperationError(f"{lost} messages were dropped: the iteration is too slow")
        message = self._queue.popleft()
        self._queue_bytes -= _size(message)
        return message

    def __repr__(self) -> str:
        return f"<RTCDataChannel {self.label!r} id={self._id} {self._readyState}>"

    # What the dispatcher calls.

    def _on_state(self, state: str, id: int, error: OperationError | None) -> None:
        if id >= 0:
            self._id = id
        if state == RTCDataChannelState.OPEN:
            # A channel that was announced is open already.
            if self._readyState == RTCDataChannelState.CONNECTING:
                self._readyState = RTCDataChannelState.OPEN
                self._announce_open()
        elif state == RTCDataChannelState.CLOSING:
            # https://w3c.github.io/webrtc-pc/#data-transport-closing-procedure step 2: no event where
            # close() began it.
            if self._readyState != RTCDataChannelState.CLOSING:
                self._readyState = RTCDataChannelState.CLOSING
                self._wake()
                self._fire(Event._new("closing"))
        elif state == RTCDataChannelState.CLOSED:
            # https://w3c.github.io/webrtc-pc/#announce-datachannel-closed
            self._end()
            if error is not None:
                if not isinstance(error, RTCError):
                    error = RTCError(error.message, errorDetail=RTCErrorDetailType.DATA_CHANNEL_FAILURE)
                self._fire(RTCErrorEvent._new("error", error=error))
            self._fire(Event._new("close"))

    def _announce_open(self) -> None:
        """https://w3c.github.io/webrtc-pc/#announce-datachannel-open, from step 3"""
        if self._readyState == RTCDataChannelState.OPEN:
            self._wake()
            self._fire(Event._new("open"))

    def _on_messages(self, messages: list[str | bytes]) -> None:
        # https://w3c.github.io/webrtc-pc/#receive-data
        for index, message in enumerate(messages):
            # Each listener may have changed any of it.
            if self._readyState is not _OPEN:
                return
            if not self._has_listeners("message"):
                self._enqueue(messages[index:])
                return
            self._fire(MessageEvent._received(self._data(message)))

    def _on_sent(self, size: int) -> None:
        before = self._bufferedAmount
        self._bufferedAmount = max(0, before - size)
        if self._waiters:
            self._wake()
        if before > self._bufferedAmountLowThreshold >= self._bufferedAmount:
            self._fire(Event._new("bufferedamountlow"))

    def _connection_closed(self) -> None:
        """The connection was closed by us: abruptly, and without an event (webrtc-pc, close, step 6)."""
        self._end()

    def _end(self) -> None:
        self._readyState = RTCDataChannelState.CLOSED
        # It refers back to the channel; nothing can be sent any more.
        self.__dict__.pop("_flow", None)
        self._dispatcher.forget(self._native.key)
        self._connection._forget_channel(self)
        self._wake()

    def _data(self, message: str | bytes) -> Any:
        if self._binaryType is _BLOB and isinstance(message, bytes):
            return io.BytesIO(message)
        return message

    def _enqueue(self, messages: list[str | bytes]) -> None:
        self._queue.extend(map(self._data, messages))
        self._queue_bytes += sum(map(len, messages))
        while self._queue_bytes > _RECEIVE_QUEUE_BYTES and len(self._queue) > 1:
            self._queue_bytes -= _size(self._queue.popleft())
            self._dropped += 1
        self._wake()

    def _wake(self) -> None:
        wake(self._waiters)

    async def _wait(self) -> None:
        """Until something has changed."""
        waiter: asyncio.Future[None] = self._dispatcher.loop.create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)


class _Flow:
    """What ``send`` returns: awaiting it waits for room in the buffer."""

    __slots__ = ("_channel",)

    def __init__(self, channel: RTCDataChannel) -> None:
        self._channel = channel

    def __await__(self) -> Generator[Any, None, None]:
        channel = self._channel
        while channel._bufferedAmount > channel.high_water_mark:
            if channel._readyState == RTCDataChannelState.CLOSED:
                raise InvalidStateError("send: the channel closed before the message left")
            yield from channel._wait().__await__()


def _utf8(text: str) -> bytes:
    """A USVString as UTF-8: lone surrogates become U+FFFD (https://webidl.spec.whatwg.org/#js-USVString)."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _bytes(data: Any) -> tuple[Any, int]:
    """The bytes of a binary message, not copied where they are contiguous, and their number."""
    try:
        view = data.getbuffer() if isinstance(data, io.BytesIO) else memoryview(data)
    except (TypeError, ValueError):  # numpy raises ValueError for what has no buffer format, such as dates
        raise TypeError(f"send: str or a bytes-like object, not {type(data).__name__}") from None
    if "O" in view.format:
        raise TypeError("send: an array of Python objects, which has no bytes to send")
    return (view if view.c_contiguous else view.tobytes()), view.nbytes


def _size(message: Any) -> int:
    return message.getbuffer().nbytes if isinstance(message, io.BytesIO) else len(message)

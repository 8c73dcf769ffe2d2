"""What is behind ``transform`` of a sender or receiver, and what the objects that go there have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .encodedframe import RTCEncodedAudioFrame, RTCEncodedVideoFrame, wrap
from .exceptions import InvalidStateError, RangeError

if TYPE_CHECKING:
    from . import _native
    from .rtptransceiver import RTCRtpTransceiver

# Frames that may wait for a transform: two seconds of audio, or of 25 pictures in two layers.
_CAPACITY = 100

# What an Ethernet frame holds beside headers and SRTP's tag. libwebrtc sends nothing much larger, and what is
# absurd ends the stream.
_MAX_AUDIO = 1400

EncodedFrame = RTCEncodedVideoFrame | RTCEncodedAudioFrame


@dataclass(slots=True)
class TransformCounts:
    """What became of the frames of a transform. Those that its handler kept for itself are only received.

    Members:
        received: frames that the transform was given.
        written: that went on, to the network or to the decoder.
        failed: that were dropped because the handler raised, or answered with what is no frame of its own.
        overflowed: that were dropped because too many waited: of audio the oldest, of video all up to the
            next key frame, which is asked for.
        late: that were written, or waited, when their stream or the transform had ended.
    """

    received: int = 0
    written: int = 0
    failed: int = 0
    overflowed: int = 0
    late: int = 0


class FrameTransform:
    """An object that can be a ``transform``: of one sender or receiver at a time."""

    __slots__ = ()

    _slot: TransformSlot | None
    _counts: TransformCounts

    @property
    def counts(self) -> TransformCounts:
        """What became of the frames so far: a copy."""
        counts = self._counts
        if self._slot is not None:
            self._slot._count(counts)
        return TransformCounts(counts.received, counts.written, counts.failed, counts.overflowed, counts.late)

    def _check_free(self, where: str) -> None:
        if self._slot is not None:
            raise InvalidStateError(f"{where}: {self!r} is the transform of another sender or receiver")

    def _attach(self, slot: TransformSlot) -> None:
        self._slot = slot

    def _detach(self) -> None:
        self._slot = None

    def _on_frames(self) -> None:
        """Frames wait."""
        raise NotImplementedError

    def _pop(self) -> EncodedFrame | None:
        native = None if self._slot is None else self._slot._native_transform().pop()
        if native is None:
            return None
        self._counts.received += 1
        return wrap(native, self)

    def _write(self, frame: Any) -> None:
        """Hand a frame back.

        Raises:
            TypeError: it is no frame.
            InvalidStateError: it came through another transform, or it or a later one was written already.
            RangeError: audio that is sent is one packet, and it does not fit.
        """
        if not isinstance(frame, EncodedFrame):
            raise TypeError(f"an encoded frame is needed, not {type(frame).__name__}")
        if frame._owner is not self:
            raise InvalidStateError(f"{frame!r} came through another transform")
        if self._slot is None:
            self._counts.late += 1
            return
        data = frame._data
        if (
            data is not None
            and len(data) > _MAX_AUDIO
            and not frame._native.is_video
            and frame._native.from_sender
        ):
            raise RangeError(f"{frame!r}: audio of more than {_MAX_AUDIO} bytes does not fit a packet")
        how = self._slot._native_transform().hand_back(frame._native, data, frame._changes)
        if how == "on":
            self._counts.written += 1
        elif how == "twice":
            raise InvalidStateError(f"{frame!r} was written already")
        elif how == "out-of-order":
            raise InvalidStateError(f"{frame!r}: a later frame was written already, and their order is kept")


class TransformSlot:
    """The ``transform`` of one sender or receiver.

    The native part is made with the first transform and stays; without a transform it lets frames pass.
    """

    def __init__(self, transceiver: RTCRtpTransceiver, side: Literal["sender", "receiver"]) -> None:
        self.transceiver = transceiver
        self.side = side
        self._transform: FrameTransform | None = None
        self._native: _native.EncodedTransform | None = None
        self._overflowed = self._late = 0  # that were counted

    @property
    def transform(self) -> FrameTransform | None:
        """What is there."""
        return self._transform

    def set(self, transform: FrameTransform | None, where: str) -> None:
        """https://w3c.github.io/webrtc-encoded-transform/#dom-rtcrtpsender-transform

        Raises:
            InvalidStateError: it is in another place, the connection is closed, or the transceiver stopped.
        """
        if transform is self._transform:
            return
        if transform is not None:
            self.transceiver._connection._check_open(where)
            if self.transceiver._stopping:
                raise InvalidStateError(f"{where}: the transceiver is stopped")
            transform._check_free(where)
            self._make()
        before, self._transform = self._transform, transform
        if self._native is None:
            return
        if transform is None:
            self._native.set_closed(False)
        if before is not None:
            self._count(before._counts)
            before._detach()
        if transform is not None:
            self._skip_counts()
            transform._attach(self)
            self._native.set_closed(True)
            # Those that the transform before did not take are told of no more.
            loop = self.transceiver._dispatcher._loop
            if self._native.waiting and loop is not None:
                loop.call_soon(self._on_frames)

    def stop(self) -> None:
        """The transceiver was stopped, or the connection closed."""
        transform, self._transform = self._transform, None
        if self._native is not None:
            self.transceiver._dispatcher.forget(self._native.key)
            if transform is not None:
                self._count(transform._counts)
        if transform is not None:
            transform._detach()

    def request_key_frame(self, rids: list[str]) -> None:
        """Ask the encoder, or the remote peer, for a key frame."""
        self._native_transform().request_key_frame(rids)

    def _make(self) -> None:
        if self._native is None:
            transceiver = self.transceiver
            make = transceiver._native.sender_transform if self.side == "sender" else None
            make = make or transceiver._native.receiver_transform
            self._native = make(_CAPACITY)
            transceiver._dispatcher.target(self._native.key, self)

    def _native_transform(self) -> _native.EncodedTransform:
        assert self._native is not None
        return self._native

    def _skip_counts(self) -> None:
        native = self._native_transform()
        self._overflowed, self._late = native.overflowed, native.late

    def _count(self, counts: TransformCounts) -> None:
        native = self._native_transform()
        counts.overflowed += native.overflowed - self._overflowed
        counts.late += native.late - self._late
        self._skip_counts()

    # What the dispatcher calls.

    def _on_frames(self) -> None:
        if self._transform is not None:
            self._transform._on_frames()

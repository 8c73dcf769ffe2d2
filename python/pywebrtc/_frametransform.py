"""What the objects that go into ``transform`` of a sender or receiver have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .encodedframe import RTCEncodedAudioFrame, RTCEncodedVideoFrame, wrap
from .exceptions import InvalidStateError, RangeError

if TYPE_CHECKING:
    from ._transformslot import TransformSlot

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
            RangeError: audio that is sent is one packet, and it does not fit; or a picture that is received
                is empty.
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
        if data is not None and not data and frame._native.is_video and not frame._native.from_sender:
            # To a decoder that says that a picture was lost; libvpx is not asked that before the first one.
            raise RangeError(f"{frame!r}: there is nothing to decode; to drop it, do not write it")
        how = self._slot._native_transform().hand_back(frame._native, data, frame._changes)
        if how == "on":
            self._counts.written += 1
        elif how == "twice":
            raise InvalidStateError(f"{frame!r} was written already")
        elif how == "out-of-order":
            raise InvalidStateError(f"{frame!r}: a later frame was written already, and their order is kept")

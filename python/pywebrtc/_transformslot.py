"""What is behind ``transform`` of a sender or receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .exceptions import InvalidStateError

if TYPE_CHECKING:
    from . import _native
    from ._frametransform import FrameTransform, TransformCounts
    from .rtptransceiver import RTCRtpTransceiver

# Frames that may wait for a transform: two seconds of audio, or of 25 pictures in two layers.
_CAPACITY = 100


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

"""RTCEncodedVideoFrame and RTCEncodedAudioFrame: what an encoder made, or a decoder is to get.

webrtc-encoded-transform, "RTCEncodedVideoFrame interface". Transforms give them (``scripttransform.py``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self, cast

from . import _native
from ._webidl import (
    Dictionary,
    Octet,
    UnsignedLong,
    UnsignedLongLong,
    UnsignedShort,
    dictionary,
    shown,
)
from .enums import RTCEncodedVideoFrameType
from .exceptions import InvalidModificationError, InvalidStateError, RangeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Buffer

# What the buffer of libwebrtc's that frames wait in for their decoder knows of.
_MAX_DEPENDENCIES = 5

# Milliseconds, of a clock that starts with the machine: what libwebrtc still counts in microseconds.
_MAX_TIME = 10**12


@dictionary
class RTCEncodedFrameMetadata(Dictionary):
    """What is known of an encoded frame; None where libwebrtc, or the peer, does not say.

    Times are milliseconds on the clock of ``time.monotonic()``, as those of events. ``captureTime`` is the
    capturer's, as far as both have the time of day right; of received frames it is known where the header
    extension ``abs-capture-time`` was negotiated, and ``senderCaptureTimeOffset`` with it.
    """

    synchronizationSource: UnsignedLong | None = None
    payloadType: Octet | None = None
    contributingSources: list[UnsignedLong] | None = None
    rtpTimestamp: UnsignedLong | None = None
    receiveTime: float | None = None
    captureTime: float | None = None
    senderCaptureTimeOffset: float | None = None
    mimeType: str | None = None


@dictionary
class RTCEncodedVideoFrameMetadata(RTCEncodedFrameMetadata):
    """Metadata of video. ``timestamp`` is the picture's, in microseconds; only a sender knows it.

    ``frameId`` and ``dependencies`` are there where a header extension carries them (dependency descriptor),
    as is the size of delta frames.
    """

    frameId: UnsignedLongLong | None = None
    dependencies: list[UnsignedLongLong] | None = None
    width: UnsignedShort | None = None
    height: UnsignedShort | None = None
    spatialIndex: UnsignedLong | None = None
    temporalIndex: UnsignedLong | None = None
    timestamp: UnsignedLongLong | None = None


@dictionary
class RTCEncodedAudioFrameMetadata(RTCEncodedFrameMetadata):
    """Metadata of audio. Only received frames have a ``sequenceNumber``.

    ``audioLevel`` is linear, 0 to 1, and there where its header extension was negotiated.
    """

    sequenceNumber: UnsignedShort | None = None
    audioLevel: float | None = None


@dictionary
class RTCEncodedVideoFrameOptions(Dictionary):
    """What a copy of a frame is to have in place of the original's."""

    metadata: RTCEncodedVideoFrameMetadata | None = None


@dictionary
class RTCEncodedAudioFrameOptions(Dictionary):
    """What a copy of a frame is to have in place of the original's."""

    metadata: RTCEncodedAudioFrameMetadata | None = None


class _EncodedFrame:
    _native: _native.EncodedFrame
    _owner: object  # the transform that it came through, and has to go back to
    _data: bytearray | bytes | None  # None as long as nobody asked for it
    _metadata: dict[str, Any] | None
    _changes: _native.EncodedFrameChanges

    @classmethod
    def _new(cls, native: _native.EncodedFrame, owner: object) -> Self:
        self = cls.__new__(cls)
        self._native = native
        self._owner = owner
        self._data = None
        self._metadata = None
        self._changes = _native.EncodedFrameChanges()
        return self

    def _copy(self, original: _EncodedFrame, given: RTCEncodedFrameMetadata | None) -> None:
        self._native = original._native
        self._owner = original._owner
        self._data = bytes(original.data)
        self._metadata = dict(original._members())
        self._changes = _native.EncodedFrameChanges()
        for attribute in _CHANGEABLE.values():
            setattr(self._changes, attribute, getattr(original._changes, attribute))
        if given is not None:
            wanted = {name: getattr(given, name) for name in given.members()}
            self._change({name: value for name, value in wanted.items() if value is not None})

    def _change(self, given: dict[str, Any]) -> None:
        metadata = self._members()
        changed = {name: value for name, value in given.items() if metadata.get(name) != value}
        native = self._native
        allowed = {
            "rtpTimestamp": True,
            "payloadType": native.can_set_payload_type,
            "captureTime": native.can_set_capture_time,
            "audioLevel": native.can_set_audio_level,
            "frameId": native.is_video and not native.from_sender and "frameId" in metadata,
        }
        allowed["dependencies"] = allowed["frameId"]
        for name, value in changed.items():
            if not allowed.get(name):
                raise InvalidModificationError(
                    f"{type(self).__name__}: {name} cannot be changed, to {shown(value)}, of this frame"
                )
        _check({**metadata, **changed}, changed)
        metadata.update(changed)
        for name, value in changed.items():
            setattr(self._changes, _CHANGEABLE[name], _AS_NATIVE.get(name, _same)(value))

    def _members(self) -> dict[str, Any]:
        if self._metadata is None:
            self._metadata = self._native.metadata()
        return self._metadata

    @property
    def data(self) -> bytearray:
        """The encoded bytes, to be read, changed in place or assigned. As they are then they are written.

        The first access copies them; a frame whose data nobody asks for is passed on as it is. Anything with
        the buffer protocol can be assigned (bytes, bytearray, memoryview, a numpy array of bytes): a copy.

        Raises:
            TypeError: what is assigned has no bytes.
            InvalidStateError: the frame was written, and is libwebrtc's again.
        """
        if not self._native.held:
            raise InvalidStateError(f"{type(self).__name__}.data: the frame was written")
        if self._data is None:
            self._data = self._native.data()
        if not isinstance(self._data, bytearray):
            self._data = bytearray(self._data or b"")
        return self._data

    @data.setter
    def data(self, value: Buffer) -> None:
        data = payload(value, f"{type(self).__name__}.data")
        if not self._native.held:
            raise InvalidStateError(f"{type(self).__name__}.data: the frame was written")
        self._data = data

    @property
    def timestamp(self) -> int:
        """The RTP timestamp, of 32 bits; ``getMetadata().rtpTimestamp`` is the same."""
        return self._members()["rtpTimestamp"]

    @property
    def rid(self) -> str | None:
        """The name of the simulcast layer that a sender made it for; None where there is one layer."""
        return self._native.rid or None

    def __repr__(self) -> str:
        size = len(self._data) if self._data is not None else self._native.size
        state = f"{size} bytes" if self._native.held else "written"
        return f"<{type(self).__name__} {self._native.mime_type} {self.timestamp} {state}>"


class RTCEncodedVideoFrame(_EncodedFrame):
    """An encoded picture, or one layer of it (webrtc-encoded-transform, "RTCEncodedVideoFrame").

    A copy, ``RTCEncodedVideoFrame(frame, {"metadata": {...}})``, may be written in place of its original:
    one of the two. ``metadata`` names what is to be different: ``rtpTimestamp``, and of received frames
    ``frameId`` and ``dependencies``; libwebrtc lets nothing else be changed.

    Raises:
        TypeError: a member has the wrong type.
        InvalidModificationError: another member differs from the original's.
        RangeError: a value makes no sense, as a dependency on a later frame.
        InvalidStateError: the original was written.
    """

    def __init__(
        self,
        originalFrame: RTCEncodedVideoFrame,
        options: RTCEncodedVideoFrameOptions | Mapping[str, Any] | None = None,
    ) -> None:
        _check_original(self, originalFrame)
        self._copy(originalFrame, RTCEncodedVideoFrameOptions.convert(options).metadata)

    @property
    def type(self) -> RTCEncodedVideoFrameType:
        """``"key"`` if it can be decoded alone, ``"delta"`` if not, ``"empty"`` if it has no data."""
        if self._native.is_key:
            return RTCEncodedVideoFrameType.KEY
        size = self._native.size if self._data is None else len(self._data)
        empty = self._native.held and size == 0
        return RTCEncodedVideoFrameType.EMPTY if empty else RTCEncodedVideoFrameType.DELTA

    def getMetadata(self) -> RTCEncodedVideoFrameMetadata:
        """What is known of the frame: a copy."""
        return RTCEncodedVideoFrameMetadata(**_copied(self._members()))


class RTCEncodedAudioFrame(_EncodedFrame):
    """An encoded packet of audio (webrtc-encoded-transform, "RTCEncodedAudioFrame").

    A copy, ``RTCEncodedAudioFrame(frame, {"metadata": {...}})``, may be written in place of its original:
    one of the two. ``metadata`` names what is to be different: ``rtpTimestamp``, and of a sender's frames
    ``payloadType``, ``captureTime`` and ``audioLevel``; libwebrtc lets nothing else be changed.

    Raises:
        TypeError: a member has the wrong type.
        InvalidModificationError: another member differs from the original's.
        RangeError: a value is out of range.
        InvalidStateError: the original was written.
    """

    def __init__(
        self,
        originalFrame: RTCEncodedAudioFrame,
        options: RTCEncodedAudioFrameOptions | Mapping[str, Any] | None = None,
    ) -> None:
        _check_original(self, originalFrame)
        self._copy(originalFrame, RTCEncodedAudioFrameOptions.convert(options).metadata)

    def getMetadata(self) -> RTCEncodedAudioFrameMetadata:
        """What is known of the frame: a copy."""
        return RTCEncodedAudioFrameMetadata(**_copied(self._members()))


def wrap(native: _native.EncodedFrame, owner: object) -> RTCEncodedVideoFrame | RTCEncodedAudioFrame:
    """The frame that libwebrtc gave, for the transform that it has to go back to."""
    return (RTCEncodedVideoFrame if native.is_video else RTCEncodedAudioFrame)._new(native, owner)


def payload(value: Any, where: str) -> bytes:
    """The bytes of what is bytes-like.

    Raises:
        TypeError: it is not.
    """
    if isinstance(value, bytes):
        return value
    try:
        view = memoryview(value)
    except (TypeError, ValueError):  # numpy raises ValueError for what has no buffer format, such as dates
        raise TypeError(f"{where}: a bytes-like object is needed, not {type(value).__name__}") from None
    if view.format not in ("B", "b", "c"):
        raise TypeError(f"{where}: a buffer of bytes is needed, not of items of format {view.format!r}")
    return view.tobytes()


def _check_original(self: _EncodedFrame, original: object) -> None:
    if not isinstance(original, type(self)):
        raise TypeError(f"{type(self).__name__}: originalFrame {shown(original)} is no {type(self).__name__}")


def _check(metadata: dict[str, Any], changed: dict[str, Any]) -> None:
    if changed.get("payloadType", 0) > 127:
        raise RangeError(f"payloadType is {changed['payloadType']}, not in 0..127")
    if not 0 <= changed.get("audioLevel", 0) <= 1:
        raise RangeError(f"audioLevel is {changed['audioLevel']}, not in 0..1")
    if not 0 <= changed.get("captureTime", 0) <= _MAX_TIME:
        raise RangeError(f"captureTime is {changed['captureTime']}, not in 0..{_MAX_TIME}")
    if "frameId" in changed or "dependencies" in changed:
        dependencies: list[int] = metadata.get("dependencies") or []
        unique = len(set(dependencies)) == len(dependencies) <= _MAX_DEPENDENCIES
        if not unique or any(dependency >= metadata["frameId"] for dependency in dependencies):
            raise RangeError(
                f"dependencies of frame {metadata['frameId']} are {dependencies}: they must be at most "
                f"{_MAX_DEPENDENCIES}, each once, and of earlier frames"
            )


def _decibels(level: float) -> int:
    # https://www.rfc-editor.org/rfc/rfc6464#section-3: -dBov, and 127 is silence
    return 127 if level <= 0 else min(127, max(0, round(-20 * math.log10(level))))


def _microseconds(milliseconds: float) -> int:
    return round(milliseconds * 1000)


def _same(value: Any) -> Any:
    return value


def _copied(members: dict[str, Any]) -> dict[str, Any]:
    return {name: list(cast("list[Any]", v)) if isinstance(v, list) else v for name, v in members.items()}


# Members, and what EncodedFrameChanges calls them.
_CHANGEABLE = {
    "rtpTimestamp": "rtp_timestamp",
    "payloadType": "payload_type",
    "captureTime": "capture_time_us",
    "audioLevel": "audio_level",
    "frameId": "frame_id",
    "dependencies": "dependencies",
}
_AS_NATIVE = {"captureTime": _microseconds, "audioLevel": _decibels}

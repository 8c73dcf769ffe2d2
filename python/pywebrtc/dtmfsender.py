"""RTCDTMFSender: telephone keys in the audio that is sent."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Self

from ._webidl import UnsignedLong, convert
from .events import RTCDTMFToneChangeEvent
from .eventtarget import EventHandler, EventTarget
from .exceptions import InvalidCharacterError, InvalidStateError

if TYPE_CHECKING:
    from . import _native
    from .rtptransceiver import RTCRtpTransceiver

_TONES = frozenset("0123456789ABCD#*,")


class RTCDTMFSender(EventTarget):
    """Plays telephone keys to the remote peer (webrtc-pc, section "RTCDTMFSender"): ``sender.dtmf``."""

    ontonechange = EventHandler[RTCDTMFToneChangeEvent]("tonechange")

    _transceiver: RTCRtpTransceiver
    _native: _native.DtmfSender | None  # made with the first use
    _toneBuffer: str
    _insertions: itertools.count[int]
    _insertion: int
    _playing: bool

    def __init__(self) -> None:
        raise TypeError("RTCDTMFSender has no constructor: it is the dtmf of an audio RTCRtpSender")

    @classmethod
    def _new(cls, transceiver: RTCRtpTransceiver) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._transceiver = transceiver
        self._native = None
        self._toneBuffer = ""
        self._insertions = itertools.count(1)
        self._insertion = 0
        self._playing = False
        return self

    @property
    def toneBuffer(self) -> str:
        """The tones that are still to be played."""
        return self._toneBuffer

    @property
    def canInsertDTMF(self) -> bool:
        """Whether the audio is being sent, with ``telephone-event`` among its codecs."""
        if self._transceiver._stopping:
            return False
        try:
            return self._made().can_insert()
        except InvalidStateError:
            return False

    def insertDTMF(self, tones: str, duration: int = 100, interToneGap: int = 70) -> None:
        """Play tones one after the other, in place of those that are still to be played.

        https://w3c.github.io/webrtc-pc/#dom-rtcdtmfsender-insertdtmf. A ``tonechange`` event tells of each
        tone's begin, one with an empty ``tone`` of the end.

        Arguments:
            tones: of ``0123456789ABCD#*``, and ``,`` for a pause of 2 seconds; ``""`` plays no more.
            duration: of a tone in milliseconds, 40 to 6000; the nearest of these is taken.
            interToneGap: the silence between two in milliseconds, 30 to 6000 likewise.

        Raises:
            TypeError: an argument has the wrong type.
            InvalidStateError: :attr:`canInsertDTMF` is false.
            InvalidCharacterError: ``tones`` has other characters.
        """
        tones = convert(str, tones, "insertDTMF: tones").upper()
        duration = convert(UnsignedLong, duration, "insertDTMF: duration")
        gap = convert(UnsignedLong, interToneGap, "insertDTMF: interToneGap")
        if not self.canInsertDTMF:
            raise InvalidStateError(
                "insertDTMF: the audio is not being sent, or telephone-event was not negotiated"
            )
        unknown = sorted(set(tones) - _TONES)
        if unknown:
            raise InvalidCharacterError(f"insertDTMF: {', '.join(map(repr, unknown))} are no tones")
        if tones or self._playing:
            self._insertion = next(self._insertions)
            self._made().insert(tones, min(max(duration, 40), 6000), min(max(gap, 30), 6000), self._insertion)
            self._playing = True
        self._toneBuffer = tones

    def _made(self) -> _native.DtmfSender:
        if self._native is None:
            transceiver = self._transceiver
            self._native = transceiver._native.make_dtmf_sender()
            transceiver._dispatcher.target(self._native.key, self)
        return self._native

    def _stop(self) -> None:
        if self._native is not None:
            self._transceiver._dispatcher.forget(self._native.key)

    def _on_tone(self, insertion: int, tone: str, tones_left: str) -> None:
        if insertion == self._insertion:  # else it was on its way when its tones were replaced
            self._toneBuffer = tones_left
            self._playing = tone != ""
        if self._has_listeners("tonechange"):
            self._fire(RTCDTMFToneChangeEvent._new("tonechange", tone=tone))

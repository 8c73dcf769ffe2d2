"""RTCRtpSFrameEncryptor and RTCRtpSFrameDecryptor: media that only the ends can read (SFrame, RFC 9605).

webrtc-encoded-transform, "SFrame transforms". libwebrtc has only the interface of it so far.
"""

# The annotations are read at run time, to convert by them.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from . import _sframepayload
from ._frametransform import EncodedFrame, FrameTransform, TransformCounts
from ._webidl import Dictionary, UnsignedLongLong, dictionary
from .enums import SFrameCipherSuite, SFrameTransformErrorEventType, SFrameType
from .eventtarget import Event, EventHandler, EventInit, EventTarget
from .exceptions import InvalidStateError, NotSupportedError, RangeError
from .sframe import SFrameDecrypter, SFrameEncrypter, SFrameError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Buffer


@dictionary
class SFrameTransformOptions(Dictionary):
    """How frames are encrypted."""

    cipherSuite: SFrameCipherSuite | str


@dictionary
class RTCRtpSFrameEncryptorOptions(SFrameTransformOptions):
    """How frames are encrypted, and whether as frames (packets are not encrypted one by one here)."""

    type: SFrameType | str = SFrameType.PER_FRAME


@dictionary
class SFrameTransformErrorEventInit(EventInit):
    """Members of :class:`SFrameTransformErrorEvent`."""

    errorType: SFrameTransformErrorEventType | str
    frame: Any
    keyID: UnsignedLongLong | None = None


class SFrameTransformErrorEvent(Event):
    """``error``: a frame was not decrypted (webrtc-encoded-transform, "SFrameTransformErrorEvent")."""

    _Init: ClassVar[type[EventInit]] = SFrameTransformErrorEventInit
    _errorType: SFrameTransformErrorEventType
    _frame: Any
    _keyID: int | None = None

    @property
    def errorType(self) -> SFrameTransformErrorEventType:
        """Why: wrong key, changed or replayed; unknown key; or no SFrame."""
        return self._errorType

    @property
    def keyID(self) -> int | None:
        """The key that the frame names; None where it names none."""
        return self._keyID

    @property
    def frame(self) -> Any:
        """The frame, as it came. It is dropped."""
        return self._frame


class RTCRtpSFrameEncryptor(FrameTransform):
    """Encrypts what a sender sends: ``sender.transform = RTCRtpSFrameEncryptor({"cipherSuite": ...})``.

    webrtc-encoded-transform, "RTCRtpSFrameEncryptor". Until it has a key nothing is sent. It may be put on
    another sender later: its counter goes on.

    Arguments:
        options: ``cipherSuite``, a value of :class:`SFrameCipherSuite`.
        ratchet_bits: see :class:`SFrameEncrypter`. (ours)

    Raises:
        TypeError: a member has the wrong type, or ``cipherSuite`` is missing.
        NotSupportedError: ``type`` is ``"per-packet"``.
        ImportError: ``cryptography`` is not installed.
    """

    def __init__(
        self, options: RTCRtpSFrameEncryptorOptions | Mapping[str, Any], *, ratchet_bits: int = 0
    ) -> None:
        given = RTCRtpSFrameEncryptorOptions.convert(options, "RTCRtpSFrameEncryptor")
        if given.type != SFrameType.PER_FRAME:
            raise NotSupportedError("RTCRtpSFrameEncryptor: packets are not encrypted one by one")
        self._sframe = SFrameEncrypter(given.cipherSuite, ratchet_bits=ratchet_bits)
        self._slot = None
        self._counts = TransformCounts()

    async def setEncryptionKey(self, key: Buffer, keyId: int) -> None:
        """Encrypt with this key from now on; of video a key frame is made, for who knows no older key.

        Arguments:
            key: the base key, which is secret and random: 16 bytes or more, of one sender only.
            keyId: what receivers know it by, 0 to 2**64 - 1.

        Raises:
            TypeError: ``key`` is not bytes-like, ``keyId`` no integer.
            RangeError: the key is empty, or the id out of range.
            InvalidStateError: it is the key in use.
        """
        self._sframe.set_key(key, keyId)
        _ask_for_key_frame(self)

    def ratchet(self) -> int:
        """Go on with the next key of the chain (RFC 9605, section 5.1); the new id. (ours)

        Raises:
            InvalidStateError: there is no key, or ``ratchet_bits`` is 0.
        """
        return self._sframe.ratchet()

    def _on_frames(self) -> None:
        while (frame := self._pop()) is not None:
            mime_type = frame._native.mime_type
            try:
                clear, rest = _sframepayload.split(mime_type, bytes(frame.data))
                frame.data = _sframepayload.join(mime_type, clear, self._sframe.encrypt(rest, clear))
                self._write(frame)
            except (InvalidStateError, RangeError, ValueError):
                self._counts.failed += 1


class RTCRtpSFrameDecryptor(EventTarget, FrameTransform):
    """Decrypts what comes: ``receiver.transform = RTCRtpSFrameDecryptor({"cipherSuite": ...})``.

    webrtc-encoded-transform, "RTCRtpSFrameDecryptor". A frame that is not decrypted is dropped; an ``error``
    event says why, and :attr:`counts` how many. Of video a key frame is asked for when a key comes.

    Arguments:
        options: ``cipherSuite``, a value of :class:`SFrameCipherSuite`.
        ratchet_bits: see :class:`SFrameDecrypter`. (ours)

    Raises:
        TypeError: a member has the wrong type, or ``cipherSuite`` is missing.
        ImportError: ``cryptography`` is not installed.
    """

    onerror = EventHandler[SFrameTransformErrorEvent]("error")

    def __init__(self, options: SFrameTransformOptions | Mapping[str, Any], *, ratchet_bits: int = 0) -> None:
        EventTarget.__init__(self)
        given = SFrameTransformOptions.convert(options, "RTCRtpSFrameDecryptor")
        self._sframe = SFrameDecrypter(given.cipherSuite, ratchet_bits=ratchet_bits)
        self._slot = None
        self._counts = TransformCounts()

    async def addDecryptionKey(self, key: Buffer, keyId: int) -> None:
        """Decrypt with this key, too; it replaces one with the same id.

        Raises:
            TypeError: ``key`` is not bytes-like, ``keyId`` no integer.
            RangeError: the key is empty, or the id out of range.
        """
        self._sframe.add_key(key, keyId)
        if self._counts.failed:
            _ask_for_key_frame(self)

    async def removeDecryptionKey(self, keyId: int) -> None:
        """Forget a key.

        Raises:
            TypeError: ``keyId`` is no integer.
            RangeError: it is out of range.
        """
        self._sframe.remove_key(keyId)

    def _on_frames(self) -> None:
        while (frame := self._pop()) is not None:
            mime_type = frame._native.mime_type
            try:
                clear, ciphertext = _sframepayload.unjoin(mime_type, bytes(frame.data))
                frame.data = clear + self._sframe.decrypt(ciphertext, clear)
                self._write(frame)
            except SFrameError as error:
                self._refused(frame, error.errorType, error.keyID)
            except ValueError:
                self._refused(frame, SFrameTransformErrorEventType.SYNTAX, None)

    def _refused(self, frame: EncodedFrame, why: SFrameTransformErrorEventType, key_id: int | None) -> None:
        self._counts.failed += 1
        if self._has_listeners("error"):
            self._fire(SFrameTransformErrorEvent._new("error", errorType=why, keyID=key_id, frame=frame))


def _ask_for_key_frame(transform: FrameTransform) -> None:
    slot = transform._slot
    if slot is not None and slot.transceiver._kind == "video":
        slot.request_key_frame([])

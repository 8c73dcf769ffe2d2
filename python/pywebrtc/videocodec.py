"""Video codecs written in Python: the seam for hardware, and for codecs that libwebrtc does not have.

A connection is given them with ``RTCPeerConnection(options=ConnectionOptions(video_codecs=[...]))``.
libwebrtc does all the rest: it negotiates them, packs and paces, estimates the bandwidth, asks for key
frames, repairs losses.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._webidl import shown
from .dictionaries import RTCRtpCodec
from .exceptions import RangeError
from .pixelformat import MAX_SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from . import _native
    from .videoframe import VideoFrame

# https://www.rfc-editor.org/rfc/rfc6838#section-4.2: what a subtype may be called.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,63}\Z")
# https://www.rfc-editor.org/rfc/rfc8866#section-9: what stands in a=fmtp without a quarrel about its syntax.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")
_VALUE = re.compile(r"[\x21-\x3a\x3c-\x7e]{1,2000}\Z")
# What libwebrtc adds to every list of codecs by itself.
_RESERVED = {"rtx", "red", "ulpfec", "flexfec", "flexfec-03"}

# Bytes of one picture: RTP counts packets in 16 bits.
_MAX_PICTURE = 16 << 20


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One encoded picture.

    Attributes:
        data: its bytes. H.264 and H.265 are in the byte stream format, with start codes (Annex B), and key
            frames with their parameter sets; AV1 is OBUs with their sizes; of VP8 and VP9 it is a frame.
            Anything of other codecs.
        key_frame: whether it can be decoded without an earlier one.
        rtp_timestamp: of the picture that it is: :attr:`VideoFrame.rtp_timestamp`. None is the one that an
            encoder was given last.
        width: pixels; None where it is the picture's own width, or is not known.
        height: pixels, in the same way.
        qp: the quantizer that it was encoded with, for statistics; None where that is not known.

    Raises:
        TypeError: ``data`` is not bytes, or another attribute has the wrong type.
        RangeError: ``data`` is empty or has more than 16 MiB, or a number is out of range.
    """

    data: Buffer
    key_frame: bool = False
    rtp_timestamp: int | None = None
    width: int | None = None
    height: int | None = None
    qp: int | None = None

    def __post_init__(self) -> None:
        # What is no bytes may be changed later, or have gaps.
        if not isinstance(self.data, bytes):
            try:
                object.__setattr__(self, "data", bytes(memoryview(self.data)))
            except TypeError:
                raise TypeError(f"EncodedPicture: data is {shown(self.data)}, not bytes") from None
        size = len(self.data)  # pyright: ignore[reportArgumentType]
        if not 0 < size <= _MAX_PICTURE:
            raise RangeError(f"EncodedPicture: data has {size} bytes, not 1 to {_MAX_PICTURE}")
        if not isinstance(self.key_frame, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"EncodedPicture: key_frame is {shown(self.key_frame)}, not a bool")
        for name, low, high in (
            ("rtp_timestamp", 0, 2**32 - 1),
            ("width", 1, MAX_SIDE),
            ("height", 1, MAX_SIDE),
            ("qp", 0, 255),
        ):
            value = getattr(self, name)
            if value is not None:
                _check_int(value, low, high, f"EncodedPicture: {name}")

    def __repr__(self) -> str:
        kind = "key" if self.key_frame else "delta"
        return f"<EncodedPicture {kind} {len(self.data)} bytes>"  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoEncoderSettings:
    """What an encoder is to make.

    Attributes:
        codec: what it encodes for.
        width: pixels of the pictures that it will be given.
        height: pixels.
        framerate: pictures a second, at most.
        bitrate: bits per second to begin with.
        max_bitrate: bits per second that it will never be asked for more than; None where there is no limit.
        screencast: whether the pictures are a screen.
        max_payload_size: bytes that fit a packet. libwebrtc splits what is larger.
    """

    codec: VideoCodec
    width: int
    height: int
    framerate: float
    bitrate: int
    max_bitrate: int | None
    screencast: bool
    max_payload_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoDecoderSettings:
    """What a decoder will be given.

    Attributes:
        codec: what it decodes.
        width: pixels of the largest picture to expect; None where that is not known.
        height: pixels.
    """

    codec: VideoCodec
    width: int | None
    height: int | None


class VideoEncoder(ABC):
    """An encoder of one stream, or of one layer of simulcast.

    Its methods are called on the event loop, one at a time. :meth:`configure` and :meth:`encode` may be
    coroutine functions; what computes belongs in an executor:
    ``return await loop.run_in_executor(None, self._encode, frame)``.
    """

    def configure(self, settings: VideoEncoderSettings) -> Awaitable[None] | None:  # noqa: B027
        """Get ready. It comes before the first picture, and again when the size or the encoding's
        parameters have changed; the next picture is to be a key frame then.

        An encoder that raises here is given up: libwebrtc goes on with the next codec that was negotiated, if
        there is one.
        """

    @abstractmethod
    def encode(
        self, frame: VideoFrame, key_frame: bool
    ) -> (
        EncodedPicture
        | Buffer
        | Sequence[EncodedPicture]
        | Awaitable[EncodedPicture | Buffer | Sequence[EncodedPicture] | None]
        | None
    ):
        """Encode a picture.

        Four pictures wait while it is busy; what comes then is dropped and counted.

        Arguments:
            frame: the picture, in whatever format it was pushed; ``frame.rtp_timestamp`` is its name.
            key_frame: whether it has to be a key frame: the first, and when a receiver asks for one.

        Returns:
            Bytes are the picture encoded, as it was asked for; :class:`EncodedPicture` says more. Encoders
            that are behind return the pictures that are ready, each with its ``rtp_timestamp``, or None: up
            to 16 may be missing. One that a later one is returned before is given up. One for which this
            raises is dropped, and the exception goes to the loop's exception handler; after ten in a row the
            encoder is given up, as in :meth:`configure`.
        """

    def set_rates(self, bitrate: int, framerate: float) -> None:  # noqa: B027
        """What the network bears has changed.

        Arguments:
            bitrate: bits per second from now on; 0 is a pause.
            framerate: pictures a second.
        """

    def close(self) -> None:  # noqa: B027
        """The last call. It comes when libwebrtc needs the encoder no more and what it was at has ended;
        an ``await`` that takes more than two seconds from then on is cancelled.
        """


class VideoDecoder(ABC):
    """A decoder of one stream.

    Its methods are called on the event loop, one at a time. :meth:`configure` and :meth:`decode` may be
    coroutine functions; what computes belongs in an executor.
    """

    def configure(self, settings: VideoDecoderSettings) -> Awaitable[None] | None:  # noqa: B027
        """Get ready: it comes before the first picture, and may come again."""

    @abstractmethod
    def decode(
        self, picture: EncodedPicture
    ) -> VideoFrame | NDArray[Any] | Awaitable[VideoFrame | NDArray[Any] | None] | None:
        """Decode a picture. The first is a key frame.

        Eight pictures wait while it is busy; what comes then is dropped and counted up to the next key
        frame, which is asked for.

        Returns:
            The picture, as a :class:`VideoFrame` or an array in RGB, ``(height, width, 3)``; None where it is
            not to be shown. Where this raises, the exception goes to the loop's exception handler and a key
            frame is asked for; what comes before it is dropped.
        """

    def close(self) -> None:  # noqa: B027
        """The last call, as :meth:`VideoEncoder.close`."""


@dataclass(slots=True)
class VideoCodecCounts:
    """What became of pictures.

    Attributes:
        encoded: pictures that were encoded.
        decoded: pictures that were decoded.
        dropped: pictures, and encoded ones, that nobody had time for, or that nothing came of that could be
            sent.
        failed: calls of an encoder or decoder that raised, or returned what is none of its values.
        late: encoded pictures that came when they were not waited for any more.
    """

    encoded: int = 0
    decoded: int = 0
    dropped: int = 0
    failed: int = 0
    late: int = 0


class VideoCodec:
    """A codec that a connection brings along (``ConnectionOptions.video_codecs``).

    It can be given to any number of connections; each stream, and each layer of simulcast, has an encoder or
    decoder of its own. Layers are made by as many encoders, with pictures scaled for them.

    Where only one direction is there, libwebrtc's own codec of that name serves the other, if it has one;
    else the codec is offered by transceivers of that one direction only.

    Arguments:
        name: as in SDP: ``"H264"``, ``"H265"``, or a name of one's own. VP8, VP9, AV1, H264 and H265 are
            packed as RTP has it for them; all others as opaque bytes.
        parameters: those of ``a=fmtp``. They decide what is the same codec, as H.264's
            ``packetization-mode`` and ``profile-level-id`` do.
        encoder: makes an encoder: a function without arguments, such as a subclass of :class:`VideoEncoder`.
        decoder: makes a decoder, such as a subclass of :class:`VideoDecoder`.
        implementation: what statistics call it (``encoderImplementation``).
        hardware: whether it is to count as power-efficient (``powerEfficientEncoder``).
        alignment: what width and height of the pictures for the encoder are to be multiples of: libwebrtc
            crops.

    Raises:
        TypeError: an argument has the wrong type, or there is neither encoder nor decoder.
        ValueError: the name, or a parameter, is none that SDP can have, or the name is one that libwebrtc
            uses for repair.
        RangeError: ``alignment`` is not in 1 to 64.
    """

    def __init__(
        self,
        name: str,
        parameters: Mapping[str, str] | None = None,
        *,
        encoder: Callable[[], VideoEncoder] | None = None,
        decoder: Callable[[], VideoDecoder] | None = None,
        implementation: str = "Python",
        hardware: bool = False,
        alignment: int = 1,
    ) -> None:
        if encoder is None and decoder is None:
            raise TypeError("VideoCodec: there is neither an encoder nor a decoder")
        for given, which in ((encoder, "encoder"), (decoder, "decoder")):
            if given is not None and not callable(given):
                raise TypeError(f"VideoCodec: {which} {shown(given)} makes none: it is not a function")
        if not isinstance(implementation, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"VideoCodec: implementation {shown(implementation)} is not a string")
        _check_int(alignment, 1, 64, "VideoCodec: alignment")
        self._name = codec_name(name, "VideoCodec: name")
        self._parameters = _checked(parameters or {})
        self._encoder = encoder
        self._decoder = decoder
        self._implementation = implementation
        self._hardware = bool(hardware)
        self._alignment = alignment
        self._counts = VideoCodecCounts()
        # Those that are in use; what they counted is added when they are closed.
        self._natives: set[_native.ExternalEncoder | _native.ExternalDecoder] = set()

    @property
    def name(self) -> str:
        """As in SDP."""
        return self._name

    @property
    def parameters(self) -> dict[str, str]:
        """Those of ``a=fmtp``: a copy."""
        return dict(self._parameters)

    @property
    def capability(self) -> RTCRtpCodec:
        """As ``setCodecPreferences`` of a connection with the codec takes it, and ``codec`` of an encoding.

        ``RTCRtpSender.getCapabilities`` tells of no connection in particular, so it is not in there.
        """
        line = ";".join(f"{key}={value}" for key, value in self._parameters.items())
        return RTCRtpCodec(mimeType=f"video/{self._name}", clockRate=90000, sdpFmtpLine=line or None)

    @property
    def counts(self) -> VideoCodecCounts:
        """What became of pictures so far, in all connections: a copy."""
        counts = self._counts
        natives = tuple(self._natives)
        return VideoCodecCounts(
            encoded=counts.encoded,
            decoded=counts.decoded,
            dropped=counts.dropped + sum(native.dropped for native in natives),
            failed=counts.failed,
            late=counts.late + sum(native.late for native in natives),
        )

    def __repr__(self) -> str:
        return f"<VideoCodec {self.capability.mimeType} {self.capability.sdpFmtpLine or ''}>".replace(
            " >", ">"
        )


def codec_name(name: Any, where: str) -> str:
    """The name of a codec that has pictures.

    Raises:
        TypeError: it is not a string.
        ValueError: it is not such a name.
    """
    if not isinstance(name, str):
        raise TypeError(f"{where} {shown(name)} is not a string")
    if not _NAME.match(name) or name.lower() in _RESERVED:
        raise ValueError(f"{where} {name!r} is not that of a video codec")
    return name


def _checked(parameters: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(parameters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"VideoCodec: parameters are {shown(parameters)}, not a mapping")
    for key, value in parameters.items():
        if not (isinstance(key, str) and isinstance(value, str)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"VideoCodec: the parameter {shown(key)}={shown(value)} is not of strings")
        if not _KEY.match(key) or not _VALUE.match(value):
            raise ValueError(f"VideoCodec: {key!r}={value!r} cannot stand in a=fmtp")
    return dict(parameters)


def _check_int(value: Any, low: int, high: int, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{where} is {shown(value)}, not an int")
    if not low <= value <= high:
        raise RangeError(f"{where} is {value}, not in {low} to {high}")

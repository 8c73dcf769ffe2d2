"""RTCRtpSender: sends a track to the remote peer."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import re
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from . import _native
from ._transformslot import TransformSlot
from ._webidl import convert
from .dictionaries import (
    RTCRtcpParameters,
    RTCRtpCapabilities,
    RTCRtpEncodingParameters,
    RTCRtpSendParameters,
    RTCSetParameterOptions,
)
from .dtmfsender import RTCDTMFSender
from .enums import RTCStatsType
from .exceptions import InvalidModificationError, InvalidStateError, NotSupportedError, RangeError
from .mediastream import MediaStream
from .mediastreamtrack import MediaStreamTrack

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping

    from .dtlstransport import RTCDtlsTransport
    from .peerconnection import RTCPeerConnection
    from .rtptransceiver import RTCRtpTransceiver
    from .scripttransform import RTCRtpScriptTransform
    from .sframetransform import RTCRtpSFrameEncryptor
    from .statsreport import RTCStatsReport

# https://www.rfc-editor.org/rfc/rfc8851#section-10, rid-id; libwebrtc takes 16 characters (RFC 8852).
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}\Z")


class RTCRtpSender:
    """Encodes and sends a track (webrtc-pc, section "RTCRtpSender"). Connections make it."""

    _connection: RTCPeerConnection
    _transceiver: RTCRtpTransceiver
    _track: MediaStreamTrack | None
    _dtmf: RTCDTMFSender | None
    _parameters: RTCRtpSendParameters  # as libwebrtc told them last
    _last_returned: RTCRtpSendParameters | None  # [[LastReturnedParameters]]
    _transform: TransformSlot

    def __init__(self) -> None:
        raise TypeError("RTCRtpSender has no constructor: use RTCPeerConnection.addTrack()")

    @classmethod
    def _new(cls, connection: RTCPeerConnection, transceiver: RTCRtpTransceiver) -> Self:
        self = cls.__new__(cls)
        self._connection = connection
        self._transceiver = transceiver
        self._track = None
        self._dtmf = RTCDTMFSender._new(transceiver) if transceiver._kind == "audio" else None
        self._parameters = RTCRtpSendParameters(
            transactionId="", headerExtensions=[], rtcp=RTCRtcpParameters(), codecs=[], encodings=[]
        )
        self._last_returned = None
        self._transform = TransformSlot(transceiver, "sender")
        return self

    @property
    def track(self) -> MediaStreamTrack | None:
        """The track that is sent; None where there is none."""
        return self._track

    @property
    def transport(self) -> RTCDtlsTransport | None:
        """The transport that media is sent over; None until it is negotiated."""
        return self._transceiver._transport

    @property
    def dtmf(self) -> RTCDTMFSender | None:
        """What plays telephone keys into the audio; None for video."""
        return self._dtmf

    @property
    def transform(self) -> RTCRtpScriptTransform | RTCRtpSFrameEncryptor | None:
        """What encoded frames go through on their way to the network; None lets them pass.

        https://w3c.github.io/webrtc-encoded-transform/#dom-rtcrtpsender-transform. Set before the sender is
        negotiated, it gets the first frame, and none is sent without it. Setting it raises TypeError for
        what is no transform, InvalidStateError for one that is in another place or was, and where the
        connection is closed or the transceiver stopped.
        """
        return cast("Any", self._transform.transform)

    @transform.setter
    def transform(self, value: RTCRtpScriptTransform | RTCRtpSFrameEncryptor | None) -> None:
        from .scripttransform import RTCRtpScriptTransform
        from .sframetransform import RTCRtpSFrameEncryptor

        kind = RTCRtpScriptTransform | RTCRtpSFrameEncryptor | None
        self._transform.set(convert(kind, value, "RTCRtpSender.transform"), "RTCRtpSender.transform")

    @staticmethod
    def getCapabilities(kind: str) -> RTCRtpCapabilities | None:
        """The codecs and header extensions that ``"audio"`` or ``"video"`` can be sent with; else None.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getcapabilities

        Raises:
            TypeError: ``kind`` is not a string.
        """
        return capabilities(_native.sender_capabilities, kind)

    @staticmethod
    def disableHardwareEncoding() -> None:
        """Has no effect: what the package encodes with is software.

        https://w3c.github.io/webrtc-extensions/#disable-hardware-encoding
        """

    def getParameters(self) -> RTCRtpSendParameters:
        """How the track is encoded and sent: a copy, to be changed and given to :meth:`setParameters`.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getparameters. It serves until the event loop's
        next turn: get it anew after an await. On a closed connection it is what it was at last.
        """
        if self._last_returned is None:
            try:
                native: Any = self._transceiver._native.sender_parameters()
                self._parameters = RTCRtpSendParameters.convert(native)
            except InvalidStateError:  # closed
                return copy.deepcopy(self._parameters)
            if self._transceiver._kind == "video":
                # libwebrtc has no default for the encoding that addTrack makes.
                for encoding in self._parameters.encodings:
                    if encoding.scaleResolutionDownBy is None and encoding.scaleResolutionDownTo is None:
                        encoding.scaleResolutionDownBy = 1.0
            self._last_returned = self._parameters
            with contextlib.suppress(RuntimeError):  # no loop runs: nothing comes in between
                asyncio.get_running_loop().call_soon(self._forget_returned)
        return copy.deepcopy(self._last_returned)

    def setParameters(
        self,
        parameters: RTCRtpSendParameters | Mapping[str, Any],
        setParameterOptions: RTCSetParameterOptions | Mapping[str, Any] | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Change how the track is encoded, without negotiation.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-setparameters. The arguments are checked at the
        call, so that it may be made a task; what it returns is to be awaited. Cancelling does not undo it.

        Arguments:
            parameters: what :meth:`getParameters` gave in this turn of the event loop, with other
                ``encodings`` or ``degradationPreference``.
            setParameterOptions: whether to make key frames now (webrtc-extensions).

        Raises:
            TypeError: a member has the wrong type.
            InvalidStateError: :meth:`getParameters` was not called in this turn, the transceiver is stopped,
                or the connection closed.
            InvalidModificationError: the number or order of encodings or a read-only member has changed, or a
                codec was not negotiated.
            RangeError: ``scaleResolutionDownBy`` is below 1.0 or ``maxFramerate`` below 0.
            NotSupportedError: ``ptime``, which libwebrtc does not have.
            OperationError: libwebrtc does not know the ``scalabilityMode`` (InvalidModificationError once
                codecs are negotiated), or could not apply it all.
        """
        given = RTCRtpSendParameters.convert(parameters, "setParameters")
        options = RTCSetParameterOptions.convert(setParameterOptions, "setParameters: options")
        connection = self._connection
        connection._check_open("setParameters")
        if self._transceiver._stopping:
            raise InvalidStateError("setParameters: the transceiver is stopped")
        last = self._last_returned
        if last is None:
            raise InvalidStateError(
                "setParameters: getParameters() was not called in this turn of the event loop"
            )
        _check_read_only(last, given)
        check_encodings(self._transceiver._kind, given.encodings, "setParameters")
        key_frames = [option.keyFrame for option in options.encodingOptions]
        if key_frames and len(key_frames) != len(given.encodings):
            raise InvalidModificationError(
                f"setParameters: {len(key_frames)} encodingOptions for {len(given.encodings)} encodings"
            )
        return self._set_parameters(given, key_frames)

    async def _set_parameters(self, given: RTCRtpSendParameters, key_frames: list[bool]) -> None:
        connection = self._connection
        future: asyncio.Future[None] = connection._dispatcher.loop.create_future()

        def done(error: BaseException | None, value: Any) -> None:
            self._forget_returned()
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        connection._native.set_parameters(
            connection._expect(done),
            self._transceiver._native,
            given.encodings,
            given.degradationPreference,
            key_frames,
        )
        await future

    def _forget_returned(self) -> None:
        self._last_returned = None

    async def replaceTrack(self, withTrack: MediaStreamTrack | None) -> None:
        """Send another track of the same kind, or none, without negotiation.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-replacetrack. It waits for its turn among the
        connection's operations. Cancelling does not undo it.

        Raises:
            TypeError: ``withTrack`` is not a MediaStreamTrack or None, or is of the other kind.
            InvalidStateError: the connection is closed, or the transceiver stopped.
        """
        if withTrack is not None:
            check_track(withTrack, "replaceTrack")
            if withTrack.kind != self._transceiver._kind:
                raise TypeError(
                    f"replaceTrack: {withTrack!r}, and the sender's kind is {self._transceiver._kind}"
                )

        def start(done: Any) -> None:
            if self._transceiver._stopping:
                raise InvalidStateError("replaceTrack: the transceiver is stopped")

            def replaced(error: BaseException | None, value: Any) -> None:
                if error is None:
                    self._track = withTrack
                done(error, value)

            native: Any = None if withTrack is None else withTrack._native
            operation = self._connection._expect(replaced)
            self._connection._native.replace_track(operation, self._transceiver._native, native)

        await self._connection._chain("replaceTrack", start)

    def setStreams(self, *streams: MediaStream) -> None:
        """Say which streams the remote peer finds the track in; it learns it by negotiation.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-setstreams

        Raises:
            TypeError: one of ``streams`` is not a MediaStream.
            InvalidStateError: the connection is closed.
        """
        ids = stream_ids(streams, "setStreams")
        self._connection._check_open("setStreams")
        self._transceiver._native.set_streams(ids)

    async def getStats(self) -> RTCStatsReport:
        """Statistics of what this sender sends, and of all that is involved in it.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpsender-getstats; more is said at the connection's.
        """
        report = await self._connection._collect_stats()
        return report._select(RTCStatsType.OUTBOUND_RTP, self._transceiver.mid)

    def __repr__(self) -> str:
        return f"<RTCRtpSender mid={self._transceiver.mid!r} track={self._track!r}>"


def capabilities(native: Any, kind: str) -> RTCRtpCapabilities | None:
    """What libwebrtc can do with a kind of media; None for what is no kind."""
    if not isinstance(kind, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"getCapabilities: kind {kind!r} is not a string")
    return RTCRtpCapabilities.convert(native(kind)) if kind in ("audio", "video") else None


def check_track(track: object, method: str) -> None:
    """TypeError for what is no track."""
    if not isinstance(track, MediaStreamTrack):
        raise TypeError(f"{method}: a MediaStreamTrack is needed, not {type(track).__name__}")


def stream_ids(streams: Iterable[object], method: str) -> list[str]:
    """The ids of streams, once each; a TypeError for what is no stream."""
    ids: dict[str, None] = {}
    for stream in streams:
        if not isinstance(stream, MediaStream):
            raise TypeError(f"{method}: streams must be MediaStream objects, not {type(stream).__name__}")
        ids[stream.id] = None
    return list(ids)


def check_encodings(
    kind: Literal["audio", "video"], encodings: list[RTCRtpEncodingParameters], method: str
) -> None:
    """The checks of values that addTransceiver and setParameters share; what audio has no use for is removed.

    https://w3c.github.io/webrtc-pc/#dfn-addtransceiver-sendencodings-validation-steps
    """
    for encoding in encodings:
        if encoding.ptime is not None:
            raise NotSupportedError(f"{method}: libwebrtc has no ptime for an encoding; a=ptime works")
        if kind == "audio":
            encoding.scaleResolutionDownBy = encoding.scaleResolutionDownTo = encoding.maxFramerate = None
        if encoding.scaleResolutionDownBy is not None and encoding.scaleResolutionDownBy < 1:
            raise RangeError(
                f"{method}: scaleResolutionDownBy is {encoding.scaleResolutionDownBy}, 1.0 is the least"
            )
        if encoding.maxFramerate is not None and encoding.maxFramerate < 0:
            raise RangeError(f"{method}: maxFramerate is {encoding.maxFramerate}, 0 is the least")


def check_rids(encodings: list[RTCRtpEncodingParameters]) -> None:
    """The rules for rids of the same steps, as TypeErrors."""
    rids = [encoding.rid for encoding in encodings if encoding.rid is not None]
    for rid in rids:
        if not _RID.match(rid):
            raise TypeError(f"addTransceiver: rid {rid!r} is not 1 to 16 letters, digits, '-' and '_'")
    if rids and len(rids) != len(encodings):
        raise TypeError("addTransceiver: either all encodings have a rid, or none")
    if len(set(rids)) != len(rids):
        raise TypeError(f"addTransceiver: rids are used twice: {rids}")


def set_default_scaling(encodings: list[RTCRtpEncodingParameters]) -> None:
    """The defaults of ``scaleResolutionDownBy`` of the same steps: each layer is twice the one before."""
    if any(encoding.scaleResolutionDownTo is not None for encoding in encodings):
        return
    given = any(encoding.scaleResolutionDownBy is not None for encoding in encodings)
    for index, encoding in enumerate(encodings):
        if encoding.scaleResolutionDownBy is None:
            encoding.scaleResolutionDownBy = 1.0 if given else 2.0 ** (len(encodings) - index - 1)


def _check_read_only(last: RTCRtpSendParameters, given: RTCRtpSendParameters) -> None:
    if len(given.encodings) != len(last.encodings):
        raise InvalidModificationError(
            f"setParameters: {len(given.encodings)} encodings, and there are {len(last.encodings)}"
        )
    if [encoding.rid for encoding in given.encodings] != [encoding.rid for encoding in last.encodings]:
        raise InvalidModificationError("setParameters: rids are read-only, and so is the encodings' order")
    for name in ("transactionId", "headerExtensions", "rtcp", "codecs"):
        if getattr(given, name) != getattr(last, name):
            raise InvalidModificationError(f"setParameters: {name} is read-only")

"""RTCRtpReceiver: receives a track from the remote peer."""

from __future__ import annotations

import contextlib
import copy
import weakref
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from . import _native
from ._transformslot import TransformSlot
from ._webidl import convert
from .dictionaries import (
    RTCRtcpParameters,
    RTCRtpCapabilities,
    RTCRtpContributingSource,
    RTCRtpReceiveParameters,
    RTCRtpSynchronizationSource,
)
from .enums import RTCStatsType
from .exceptions import InvalidStateError, RangeError
from .rtpsender import capabilities

if TYPE_CHECKING:
    from .dtlstransport import RTCDtlsTransport
    from .mediastream import MediaStream
    from .mediastreamtrack import MediaStreamTrack
    from .rtptransceiver import RTCRtpTransceiver
    from .scripttransform import RTCRtpScriptTransform
    from .sframetransform import RTCRtpSFrameDecryptor
    from .statsreport import RTCStatsReport

_Source = TypeVar("_Source", bound=RTCRtpContributingSource)

# https://w3c.github.io/webrtc-extensions/#dom-rtcrtpreceiver-jitterbuffertarget
_MAX_JITTER_BUFFER_TARGET = 4000


class RTCRtpReceiver:
    """Receives and decodes a track (webrtc-pc, section "RTCRtpReceiver"). Connections make it."""

    _transceiver: RTCRtpTransceiver
    _track: MediaStreamTrack
    _streams: list[MediaStream]
    _parameters: RTCRtpReceiveParameters  # as libwebrtc told them last
    _jitterBufferTarget: float | None
    _transform: TransformSlot

    def __init__(self) -> None:
        raise TypeError("RTCRtpReceiver has no constructor: it comes with a track event")

    @classmethod
    def _new(cls, transceiver: RTCRtpTransceiver, track: MediaStreamTrack) -> Self:
        self = cls.__new__(cls)
        self._transceiver = transceiver
        self._track = track
        track._source.receiver = weakref.ref(self)
        self._streams = []
        self._parameters = RTCRtpReceiveParameters(headerExtensions=[], rtcp=RTCRtcpParameters(), codecs=[])
        self._jitterBufferTarget = None
        self._transform = TransformSlot(transceiver, "receiver")
        return self

    @property
    def track(self) -> MediaStreamTrack:
        """The track that is received; it exists before the remote peer sends anything."""
        return self._track

    @property
    def transport(self) -> RTCDtlsTransport | None:
        """The transport that media is received over; None until it is negotiated."""
        return self._transceiver._transport

    @property
    def transform(self) -> RTCRtpScriptTransform | RTCRtpSFrameDecryptor | None:
        """What encoded frames go through on their way to the decoder; None lets them pass.

        https://w3c.github.io/webrtc-encoded-transform/#dom-rtcrtpreceiver-transform. Set before the receiver
        is negotiated, or in a listener of the ``track`` event, it gets the first frame. Setting it raises
        TypeError for what is no transform, InvalidStateError for one that is in another place or was, and
        where the connection is closed or the transceiver stopped.
        """
        return cast("Any", self._transform.transform)

    @transform.setter
    def transform(self, value: RTCRtpScriptTransform | RTCRtpSFrameDecryptor | None) -> None:
        from .scripttransform import RTCRtpScriptTransform
        from .sframetransform import RTCRtpSFrameDecryptor

        kind = RTCRtpScriptTransform | RTCRtpSFrameDecryptor | None
        self._transform.set(convert(kind, value, "RTCRtpReceiver.transform"), "RTCRtpReceiver.transform")

    @staticmethod
    def getCapabilities(kind: str) -> RTCRtpCapabilities | None:
        """The codecs and header extensions that ``"audio"`` or ``"video"`` can be received with; else None.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getcapabilities

        Raises:
            TypeError: ``kind`` is not a string.
        """
        return capabilities(_native.receiver_capabilities, kind)

    @staticmethod
    def disableHardwareDecoding() -> None:
        """Has no effect: what the package decodes with is software.

        https://w3c.github.io/webrtc-extensions/#disable-hardware-decoding
        """

    def getParameters(self) -> RTCRtpReceiveParameters:
        """What the track is received with. On a closed connection it is what it was at last.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getparameters
        """
        with contextlib.suppress(InvalidStateError):  # closed
            native: Any = self._transceiver._native.receiver_parameters()
            self._parameters = RTCRtpReceiveParameters.convert(native)
        return copy.deepcopy(self._parameters)

    def getContributingSources(self) -> list[RTCRtpContributingSource]:
        """Those whose packets a mixer put into what was played out in the last 10 seconds, the latest first.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getcontributingsources
        """
        return self._sources(RTCRtpContributingSource, contributing=True)

    def getSynchronizationSources(self) -> list[RTCRtpSynchronizationSource]:
        """The senders of the packets that were played out in the last 10 seconds, the latest first.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getsynchronizationsources
        """
        return self._sources(RTCRtpSynchronizationSource, contributing=False)

    def _sources(self, kind: type[_Source], *, contributing: bool) -> list[_Source]:
        try:
            sources = self._transceiver._native.sources()
        except InvalidStateError:  # closed
            return []
        found = [kind.convert(entry) for is_csrc, entry in sources if is_csrc == contributing]
        return sorted(found, key=lambda source: source.timestamp, reverse=True)

    @property
    def jitterBufferTarget(self) -> float | None:
        """The delay in milliseconds, 0 to 4000, that the jitter buffer is to keep; None leaves it to it.

        https://w3c.github.io/webrtc-extensions/#dom-rtcrtpreceiver-jitterbuffertarget. More of it rides out
        more jitter; RangeError for what is out of range, TypeError for what is no number.
        """
        return self._jitterBufferTarget

    @jitterBufferTarget.setter
    def jitterBufferTarget(self, value: float | None) -> None:
        target: float | None = convert(float | None, value, "RTCRtpReceiver.jitterBufferTarget")
        if target is not None and not 0 <= target <= _MAX_JITTER_BUFFER_TARGET:
            raise RangeError(
                f"RTCRtpReceiver.jitterBufferTarget: {target} is not in 0..{_MAX_JITTER_BUFFER_TARGET}"
            )
        self._jitterBufferTarget = target
        with contextlib.suppress(InvalidStateError):  # closed: nothing is received any more
            self._transceiver._native.set_jitter_buffer_target(None if target is None else target / 1000)

    async def getStats(self) -> RTCStatsReport:
        """Statistics of what this receiver receives, and of all that is involved in it.

        https://w3c.github.io/webrtc-pc/#dom-rtcrtpreceiver-getstats; more is said at the connection's.
        """
        report = await self._transceiver._connection._collect_stats()
        return report._select(RTCStatsType.INBOUND_RTP, self._transceiver.mid)

    def __repr__(self) -> str:
        return f"<RTCRtpReceiver mid={self._transceiver.mid!r} track={self._track!r}>"

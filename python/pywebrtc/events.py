"""The events that carry something. Those that do not are plain :class:`Event` objects.

Each is made as in its specification, ``RTCDataChannelEvent("datachannel", {"channel": channel})``, or with
keywords, ``RTCDataChannelEvent("datachannel", channel=channel)``. All attributes are read-only. Where an
attribute has nothing to say of errors, making an event with a member of the wrong type or without a required
one is a TypeError.
"""

# The annotations are read at run time, to convert by them.
# ruff: noqa: TC001

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ._webidl import Interface, UnsignedShort, convert, dictionary
from .eventtarget import Event, EventInit
from .exceptions import RTCError
from .icecandidate import RTCIceCandidate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .datachannel import RTCDataChannel
    from .mediadeviceinfo import MediaDeviceInfo
    from .mediastream import MediaStream
    from .mediastreamtrack import MediaStreamTrack
    from .rtpreceiver import RTCRtpReceiver
    from .rtptransceiver import RTCRtpTransceiver
else:
    RTCDataChannel = Interface(".datachannel", "RTCDataChannel")
    MediaDeviceInfo = Interface(".mediadeviceinfo", "MediaDeviceInfo")
    MediaStream = Interface(".mediastream", "MediaStream")
    MediaStreamTrack = Interface(".mediastreamtrack", "MediaStreamTrack")
    RTCRtpReceiver = Interface(".rtpreceiver", "RTCRtpReceiver")
    RTCRtpTransceiver = Interface(".rtptransceiver", "RTCRtpTransceiver")


@dictionary
class RTCPeerConnectionIceEventInit(EventInit):
    """Members of :class:`RTCPeerConnectionIceEvent`."""

    candidate: RTCIceCandidate | None = None
    url: str | None = None


class RTCPeerConnectionIceEvent(Event):
    """``icecandidate``: a local candidate was found (webrtc-pc, section "RTCPeerConnectionIceEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCPeerConnectionIceEventInit
    _candidate: RTCIceCandidate | None = None
    _url: str | None = None

    @property
    def candidate(self) -> RTCIceCandidate | None:
        """The candidate; one with an empty ``candidate`` ends a generation, None ends all gathering."""
        return self._candidate

    @property
    def url(self) -> str | None:
        """The URL of the STUN or TURN server it was found with; None for a host candidate."""
        return self._url


@dictionary
class RTCPeerConnectionIceErrorEventInit(EventInit):
    """Members of :class:`RTCPeerConnectionIceErrorEvent`."""

    address: str | None = None
    port: UnsignedShort | None = None
    url: str = ""
    errorCode: UnsignedShort
    errorText: str = ""


class RTCPeerConnectionIceErrorEvent(Event):
    """``icecandidateerror``: gathering failed (webrtc-pc, section "RTCPeerConnectionIceErrorEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCPeerConnectionIceErrorEventInit
    _address: str | None = None
    _port: int | None = None
    _url: str = ""
    _errorCode: int
    _errorText: str = ""

    @property
    def address(self) -> str | None:
        """The local IP address used with the server; None if it is not exposed as a candidate."""
        return self._address

    @property
    def port(self) -> int | None:
        """The local port used with the server; None if ``address`` is."""
        return self._port

    @property
    def url(self) -> str:
        """The URL of the STUN or TURN server."""
        return self._url

    @property
    def errorCode(self) -> int:
        """The STUN error code the server gave; 701 if it could not be reached."""
        return self._errorCode

    @property
    def errorText(self) -> str:
        """The reason text the server gave; something of libwebrtc's for 701."""
        return self._errorText


@dictionary
class RTCTrackEventInit(EventInit):
    """Members of :class:`RTCTrackEvent`."""

    receiver: RTCRtpReceiver
    track: MediaStreamTrack
    streams: list[MediaStream] = field(default_factory=list["MediaStream"])
    transceiver: RTCRtpTransceiver


class RTCTrackEvent(Event):
    """``track``: the remote peer sends something new (webrtc-pc, section "RTCTrackEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCTrackEventInit
    _receiver: RTCRtpReceiver
    _track: MediaStreamTrack
    _streams: tuple[MediaStream, ...] = ()
    _transceiver: RTCRtpTransceiver

    def __init__(
        self, type: str, eventInitDict: RTCTrackEventInit | Mapping[str, Any] | None = None, /, **members: Any
    ) -> None:
        super().__init__(type, eventInitDict, **members)
        self._streams = tuple(self._streams)  # a FrozenArray, and the [SameObject] each time

    @property
    def receiver(self) -> RTCRtpReceiver:
        """The receiver of the track."""
        return self._receiver

    @property
    def track(self) -> MediaStreamTrack:
        """The track; the same as ``receiver.track``."""
        return self._track

    @property
    def streams(self) -> tuple[MediaStream, ...]:
        """The streams that the track is in."""
        return self._streams

    @property
    def transceiver(self) -> RTCRtpTransceiver:
        """The transceiver of the receiver."""
        return self._transceiver


@dictionary
class RTCDataChannelEventInit(EventInit):
    """Members of :class:`RTCDataChannelEvent`."""

    channel: RTCDataChannel


class RTCDataChannelEvent(Event):
    """``datachannel``: the remote peer opened a channel (webrtc-pc, section "RTCDataChannelEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCDataChannelEventInit
    _channel: RTCDataChannel

    @property
    def channel(self) -> RTCDataChannel:
        """The channel."""
        return self._channel


@dictionary
class MessageEventInit(EventInit):
    """Members of :class:`MessageEvent`."""

    data: Any = None
    origin: str = ""
    lastEventId: str = ""


class MessageEvent(Event):
    """``message``: a data channel received one (HTML standard, section "The MessageEvent interface").

    ``source`` and ``ports`` of the HTML standard, which belong to windows and workers, do not exist here.
    """

    _Init: ClassVar[type[EventInit]] = MessageEventInit
    _data: Any = None
    _origin: str = ""
    _lastEventId: str = ""

    @classmethod
    def _received(cls, data: Any) -> Self:
        """What ``_new("message", data=data)`` makes, for the path that thousands a second take."""
        self = cls.__new__(cls)
        self._type = "message"
        self._timeStamp = time.monotonic() * 1000
        self._data = data
        return self

    @property
    def data(self) -> Any:
        """The message: a ``str`` if it was sent as text, else ``bytes``."""
        return self._data

    @property
    def origin(self) -> str:
        """Empty: data channels do not set it."""
        return self._origin

    @property
    def lastEventId(self) -> str:
        """Empty: data channels do not set it."""
        return self._lastEventId


@dictionary
class RTCErrorEventInit(EventInit):
    """Members of :class:`RTCErrorEvent`."""

    error: RTCError


class RTCErrorEvent(Event):
    """``error``: a channel or transport failed (webrtc-pc, section "RTCErrorEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCErrorEventInit
    _error: RTCError

    @property
    def error(self) -> RTCError:
        """What happened."""
        return self._error


@dictionary
class RTCDTMFToneChangeEventInit(EventInit):
    """Members of :class:`RTCDTMFToneChangeEvent`."""

    tone: str = ""


class RTCDTMFToneChangeEvent(Event):
    """``tonechange``: a DTMF tone starts, or all have ended (webrtc-pc, section "RTCDTMFToneChangeEvent")."""

    _Init: ClassVar[type[EventInit]] = RTCDTMFToneChangeEventInit
    _tone: str = ""

    @property
    def tone(self) -> str:
        """The tone that starts, one of ``0-9 A-D * # ,``; ``""`` when all have ended."""
        return self._tone


class KeyFrameRequestEvent(Event):
    """``keyframerequest``: a key frame was asked for (webrtc-encoded-transform, "KeyFrameRequestEvent")."""

    def __init__(self, type: str, rid: str | None = None) -> None:
        super().__init__(type)
        self._rid: str | None = convert(str | None, rid, "KeyFrameRequestEvent.rid")

    @property
    def rid(self) -> str | None:
        """The layer that it was asked of; None if of no certain one."""
        return self._rid


@dictionary
class MediaStreamTrackEventInit(EventInit):
    """Members of :class:`MediaStreamTrackEvent`."""

    track: MediaStreamTrack


class MediaStreamTrackEvent(Event):
    """``addtrack`` or ``removetrack`` of a stream (mediacapture-main, section "MediaStreamTrackEvent")."""

    _Init: ClassVar[type[EventInit]] = MediaStreamTrackEventInit
    _track: MediaStreamTrack

    @property
    def track(self) -> MediaStreamTrack:
        """The track that came or went."""
        return self._track


@dictionary
class DeviceChangeEventInit(EventInit):
    """Members of :class:`DeviceChangeEvent`."""

    devices: list[MediaDeviceInfo] = field(default_factory=list["MediaDeviceInfo"])


class DeviceChangeEvent(Event):
    """``devicechange`` of ``mediaDevices`` (mediacapture-main, section "DeviceChangeEvent")."""

    _Init: ClassVar[type[EventInit]] = DeviceChangeEventInit
    _devices: tuple[MediaDeviceInfo, ...] = ()
    _userInsertedDevices: tuple[MediaDeviceInfo, ...] = ()

    def __init__(
        self,
        type: str,
        eventInitDict: DeviceChangeEventInit | Mapping[str, Any] | None = None,
        /,
        **members: Any,
    ) -> None:
        super().__init__(type, eventInitDict, **members)
        self._devices = tuple(self._devices)  # a FrozenArray, and the [SameObject] each time

    @property
    def devices(self) -> tuple[MediaDeviceInfo, ...]:
        """The devices that there are now."""
        return self._devices

    @property
    def userInsertedDevices(self) -> tuple[MediaDeviceInfo, ...]:
        """Those of them that were not there before."""
        return self._userInsertedDevices

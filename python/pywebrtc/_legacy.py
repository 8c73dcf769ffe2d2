"""The obsolete members of RTCPeerConnection: streams, where there are tracks today.

MDN documents them; no specification does any more. Each gives a DeprecationWarning and is built on what it
was replaced by.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from ._webidl import convert, dictionary
from .eventtarget import Event, EventHandler, EventInit, EventT, EventTarget
from .exceptions import InvalidAccessError
from .mediastream import MediaStream
from .mediastreamtrack import MediaStreamTrack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .dtmfsender import RTCDTMFSender
    from .eventtarget import Listener
    from .rtpreceiver import RTCRtpReceiver
    from .rtpsender import RTCRtpSender


@dictionary
class MediaStreamEventInit(EventInit):
    """Members of :class:`MediaStreamEvent`."""

    stream: MediaStream | None = None


class MediaStreamEvent(Event):
    """``addstream`` or ``removestream`` of a connection: obsolete (MDN: MediaStreamEvent)."""

    _Init: ClassVar[type[EventInit]] = MediaStreamEventInit
    _stream: MediaStream | None = None

    @property
    def stream(self) -> MediaStream | None:
        """The stream that the remote peer sends from now on, or no longer."""
        return self._stream


class Connection(Protocol):
    """What the members are built on."""

    _local_streams: list[MediaStream]

    def _check_open(self, method: str) -> None: ...
    def addTrack(self, track: MediaStreamTrack, *streams: MediaStream) -> RTCRtpSender:
        """As that of RTCPeerConnection."""
        ...

    def removeTrack(self, sender: RTCRtpSender) -> None:
        """As that of RTCPeerConnection."""
        ...

    def getSenders(self) -> list[RTCRtpSender]:
        """As that of RTCPeerConnection."""
        ...

    def getReceivers(self) -> list[RTCRtpReceiver]:
        """As that of RTCPeerConnection."""
        ...


_EVENTS = ("addstream", "removestream")


class _ObsoleteEventHandler(EventHandler[EventT]):
    def __set__(self, target: EventTarget, handler: Callable[[EventT], object] | None) -> None:
        _deprecated(f"on{self.event_type}", "ontrack")
        super().__set__(target, handler)


class ObsoleteMembers(EventTarget):
    """What RTCPeerConnection has for programs of old."""

    onaddstream = _ObsoleteEventHandler[MediaStreamEvent]("addstream")
    onremovestream = _ObsoleteEventHandler[MediaStreamEvent]("removestream")

    def addEventListener(
        self,
        type: str,
        callback: Listener | None,
        options: Mapping[str, Any] | bool | None = None,
        /,
        *,
        once: bool = False,
    ) -> None:
        """As that of :class:`EventTarget`; for ``addstream`` and ``removestream`` with a warning."""
        if type in _EVENTS:
            _deprecated(f"the event {type}", "track")
        super().addEventListener(type, callback, options, once=once)

    def addStream(self: Connection, stream: MediaStream) -> None:
        """Send all tracks of a stream (MDN: RTCPeerConnection.addStream). Use :meth:`addTrack` for each.

        A stream that was added already, and a track that is being sent already, are left as they are.

        Raises:
            TypeError: ``stream`` is not a MediaStream.
            InvalidStateError: the connection is closed.
        """
        _deprecated("addStream", "addTrack")
        stream = convert(MediaStream, stream, "addStream: stream")
        self._check_open("addStream")
        if stream in self._local_streams:
            return
        self._local_streams.append(stream)
        sent = [sender.track for sender in self.getSenders()]
        for track in stream.getTracks():
            if track not in sent:
                self.addTrack(track, stream)

    def removeStream(self: Connection, stream: MediaStream) -> None:
        """Send the tracks of a stream no longer (MDN: removeStream). Use :meth:`removeTrack`.

        A stream that was not added changes nothing.

        Raises:
            TypeError: ``stream`` is not a MediaStream.
            InvalidStateError: the connection is closed.
        """
        _deprecated("removeStream", "removeTrack")
        stream = convert(MediaStream, stream, "removeStream: stream")
        self._check_open("removeStream")
        if stream not in self._local_streams:
            return
        self._local_streams.remove(stream)
        kept = [track for other in self._local_streams for track in other.getTracks()]
        for sender in self.getSenders():
            if sender.track in stream.getTracks() and sender.track not in kept:
                self.removeTrack(sender)

    def getLocalStreams(self: Connection) -> list[MediaStream]:
        """The streams of :meth:`addStream` (MDN: getLocalStreams). Use :meth:`getSenders`."""
        _deprecated("getLocalStreams", "getSenders")
        return list(self._local_streams)

    def getRemoteStreams(self: Connection) -> list[MediaStream]:
        """The streams that the remote peer sends (MDN: getRemoteStreams). Use :meth:`getReceivers`."""
        _deprecated("getRemoteStreams", "getReceivers")
        return remote_streams(self)

    def getStreamById(self: Connection, streamId: str) -> MediaStream | None:
        """The local or remote stream with that id (MDN: getStreamById); None where there is none.

        Raises:
            TypeError: ``streamId`` is not a string.
        """
        _deprecated("getStreamById", "the streams of track events")
        id = convert(str, streamId, "getStreamById: streamId")
        streams = self._local_streams + remote_streams(self)
        return next((stream for stream in streams if stream.id == id), None)

    def createDTMFSender(self: Connection, track: MediaStreamTrack) -> RTCDTMFSender:
        """What sends telephone keys with a track (MDN: createDTMFSender). Use ``RTCRtpSender.dtmf``.

        Raises:
            TypeError: ``track`` is not a MediaStreamTrack.
            InvalidStateError: the connection is closed.
            InvalidAccessError: the track is not being sent, or not an audio track.
        """
        _deprecated("createDTMFSender", "RTCRtpSender.dtmf")
        track = convert(MediaStreamTrack, track, "createDTMFSender: track")
        self._check_open("createDTMFSender")
        dtmf = next((sender.dtmf for sender in self.getSenders() if sender.track is track), None)
        if dtmf is None:
            raise InvalidAccessError(f"createDTMFSender: {track!r} is no audio track that is being sent")
        return dtmf


def remote_streams(connection: Connection) -> list[MediaStream]:
    """The streams that what is received belongs to."""
    receivers = connection.getReceivers()
    return list(dict.fromkeys(stream for receiver in receivers for stream in receiver._streams))


def changed_streams(connection: Connection, before: list[MediaStream]) -> list[tuple[str, MediaStream]]:
    """What has come and gone since the remote streams were those: event and stream."""
    now = remote_streams(connection)
    return [
        *(("removestream", stream) for stream in before if stream not in now),
        *(("addstream", stream) for stream in now if stream not in before),
    ]


def _deprecated(what: str, instead: str) -> None:
    warnings.warn(f"{what} is obsolete: use {instead}", DeprecationWarning, stacklevel=3)

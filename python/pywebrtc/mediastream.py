"""MediaStream: tracks that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ._tracksource import new_id
from ._webidl import convert
from .enums import MediaStreamTrackState
from .events import MediaStreamTrackEvent
from .eventtarget import EventHandler, EventTarget
from .mediastreamtrack import MediaStreamTrack

if TYPE_CHECKING:
    from collections.abc import Iterable


class MediaStream(EventTarget):
    """Tracks that belong together (mediacapture-main, section "MediaStream").

    Arguments:
        tracks: another stream, or tracks.

    Raises:
        TypeError: ``tracks`` holds something else.
    """

    onaddtrack = EventHandler[MediaStreamTrackEvent]("addtrack")
    onremovetrack = EventHandler[MediaStreamTrackEvent]("removetrack")

    def __init__(self, tracks: MediaStream | Iterable[MediaStreamTrack] = ()) -> None:
        super().__init__()
        self._id = new_id()
        given = tracks.getTracks() if isinstance(tracks, MediaStream) else tracks
        # A set that keeps its order.
        self._tracks = dict.fromkeys(convert(list[MediaStreamTrack], given, "MediaStream: tracks"))

    @classmethod
    def _new(cls, id: str) -> Self:
        self = cls()
        self._id = id
        return self

    @property
    def id(self) -> str:
        """A unique name; a remote stream has the one that the peer announced."""
        return self._id

    @property
    def active(self) -> bool:
        """Whether a track of it is live."""
        return any(track.readyState == MediaStreamTrackState.LIVE for track in self._tracks)

    def getTracks(self) -> list[MediaStreamTrack]:
        """All tracks."""
        return list(self._tracks)

    def getAudioTracks(self) -> list[MediaStreamTrack]:
        """The audio tracks."""
        return [track for track in self._tracks if track.kind == "audio"]

    def getVideoTracks(self) -> list[MediaStreamTrack]:
        """The video tracks."""
        return [track for track in self._tracks if track.kind == "video"]

    def getTrackById(self, trackId: str) -> MediaStreamTrack | None:
        """The track with that id; None where there is none."""
        id = convert(str, trackId, "getTrackById: trackId")
        return next((track for track in self._tracks if track.id == id), None)

    def addTrack(self, track: MediaStreamTrack) -> None:
        """Add a track; one that is there already changes nothing. No event is fired."""
        self._tracks.setdefault(convert(MediaStreamTrack, track, "addTrack: track"))

    def removeTrack(self, track: MediaStreamTrack) -> None:
        """Remove a track; one that is not there changes nothing. No event is fired."""
        self._tracks.pop(convert(MediaStreamTrack, track, "removeTrack: track"), None)

    def clone(self) -> MediaStream:
        """A stream with a clone of each track (mediacapture-main, "clone()")."""
        return MediaStream([track.clone() for track in self._tracks])

    def __repr__(self) -> str:
        return f"<MediaStream {self._id} with {len(self._tracks)} tracks>"

    def _add_remote(self, track: MediaStreamTrack) -> None:
        """The remote peer added a track: with an event (webrtc-pc, "set the associated remote streams")."""
        if track not in self._tracks:
            self._tracks[track] = None
            self._fire_track("addtrack", track)

    def _remove_remote(self, track: MediaStreamTrack) -> None:
        if track in self._tracks:
            del self._tracks[track]
            self._fire_track("removetrack", track)

    def _fire_track(self, type: str, track: MediaStreamTrack) -> None:
        self._fire(MediaStreamTrackEvent._new(type, track=track))

"""Where the frames of tracks come from: what a track and its clones share."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Protocol

from . import _dispatcher
from ._webidl import convert
from .constraints import MediaTrackCapabilities, MediaTrackSettings
from .enums import MediaStreamTrackState
from .eventtarget import Event

if TYPE_CHECKING:
    from . import _native
    from ._dispatcher import Dispatcher
    from ._puller import Puller
    from .constraints import MediaTrackConstraints
    from .mediastreamtrack import MediaStreamTrack
    from .rtpreceiver import RTCRtpReceiver


def new_id() -> str:
    """The id of a new track or stream: a UUID (mediacapture-main, section "MediaStreamTrack")."""
    from uuid import uuid4

    return str(uuid4())


class TrackSource:
    """A source that gives frames as they come, and cannot be asked for others."""

    # What receives it, where it is remote.
    receiver: weakref.ref[RTCRtpReceiver] | None = None
    # What asks a program's coroutine for its frames, where one gives them.
    puller: Puller | None = None
    # All tracks have been stopped. Read on any thread.
    ended = False

    def __init__(self) -> None:
        self._live: weakref.WeakSet[MediaStreamTrack] = weakref.WeakSet()

    def started(self, track: MediaStreamTrack) -> None:
        """The track is one of this source's."""
        self._live.add(track)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more frames; where it was the last one, the source has ended."""
        self._live.discard(track)
        self.ended = not self._live
        if self.ended and self.puller is not None:
            self.puller.stop()

    @property
    def tracks(self) -> list[MediaStreamTrack]:
        """The tracks that are live."""
        return list(self._live)

    def mute(self, value: bool) -> None:
        """It gives nothing for now, or something again: https://w3c.github.io/mediacapture-main/#set-track-muted"""
        for track in self.tracks:
            track._set_muted(value)

    def end(self) -> None:
        """It is gone, and nobody is told: end its tracks."""
        for track in self.tracks:
            track._end()

    def create_track(self) -> _native.Track:
        """A native track of a local source."""
        raise NotImplementedError

    def clone(self, track: MediaStreamTrack) -> _native.Track:
        """A native track for a clone of the track."""
        return track._native.clone(new_id())

    def capabilities(self) -> MediaTrackCapabilities:
        """What the source can do."""
        return MediaTrackCapabilities()

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What it does for the track."""
        return MediaTrackSettings()

    def adjust(self, track: MediaStreamTrack) -> None:
        """Do for the track as its constraints ask, if it can be done at the moment."""

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        """Do for the track as the constraints ask.

        Raises:
            OverconstrainedError: it cannot, and goes on as before.
        """


class RemoteSource(TrackSource):
    """What a receiver receives."""

    def __init__(self, dispatcher: Dispatcher, native: _native.Track) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        self._native = native
        dispatcher.target(native.key, self)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more frames."""
        super().stopped(track)
        if not self.tracks:
            self._dispatcher.forget(self._native.key)

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What the RTP data says (webrtc-pc, section "MediaTrackSettings")."""
        if self._native.size is None:
            return MediaTrackSettings()
        width, height = self._native.size
        return MediaTrackSettings(width=width, height=height, aspectRatio=width / height)

    # What the dispatcher calls.

    def _on_state(self, state: str) -> None:
        # https://w3c.github.io/mediacapture-main/#track-ended
        if state == MediaStreamTrackState.ENDED:
            tracks = self.tracks
            self.end()
            for track in tracks:
                track._fire(Event._new("ended"))

    def _on_unmuted(self) -> None:
        # https://w3c.github.io/webrtc-pc/#mediastreamtrack: data arrives, and the receiver is receptive
        self.mute(False)


class Source:
    """What the sources that a program pushes to have in common."""

    _track: MediaStreamTrack
    _muted = False

    @property
    def track(self) -> MediaStreamTrack:
        """The track. Clones of it have the same source."""
        return self._track

    @property
    def muted(self) -> bool:
        """Whether what is pushed goes nowhere. The tracks are ``muted`` then, with their ``mute`` event."""
        return self._muted

    @muted.setter
    def muted(self, value: bool) -> None:
        self._muted = convert(bool, value, f"{type(self).__name__}.muted")
        self._track._source.mute(value)


class Watched(Protocol):
    """A source that hears what is wanted of it."""

    def _wants_changed(self) -> None: ...


class Waker:
    """What the dispatcher keeps in place of the source, which goes when nobody else holds it."""

    def __init__(self, source: Watched) -> None:
        self._source = weakref.ref(source)
        self._dispatcher = _dispatcher.current()

    def watch(self, native: _native.VideoSource | _native.EncodedSource) -> None:
        """Have it told when something else is wanted of its native source."""
        native.watch(self._dispatcher.mailbox)
        self._dispatcher.target(native.key, self)
        weakref.finalize(native, self._dispatcher.forget, native.key)

    def _on_wants(self) -> None:
        source = self._source()
        if source is not None:
            source._wants_changed()

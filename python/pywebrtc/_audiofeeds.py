"""FeedSource: local audio on its way to tracks, processed for each as its constraints ask."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

from . import _dispatcher, _native
from ._settings import select_settings
from ._tracksource import TrackSource, new_id
from .constraints import DoubleRange, MediaTrackCapabilities, MediaTrackSettings, ULongRange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .constraints import MediaTrackConstraints
    from .mediastreamtrack import MediaStreamTrack

_LATENCY = 0.01
_SAMPLE_SIZE = 16


class FeedSource(TrackSource):
    """Where local audio tracks get their samples: each from a native feed of its own.

    Arguments:
        settings: what is the same for all tracks: rate, device.
        channels: the numbers of channels that a track can have, the one preferred first.
        processed: whether echo, noise and level are seen to where nobody says anything of them.
    """

    def __init__(
        self, settings: MediaTrackSettings, *, channels: Sequence[int], processed: bool = False
    ) -> None:
        super().__init__()
        self._fixed = settings
        self._channels = channels
        self._candidates = feed_settings(settings, channels, processed=processed)
        self._watcher: _Watcher | None = None
        self._made: dict[str, _native.AudioFeed] = {}
        self._feeds: weakref.WeakKeyDictionary[MediaStreamTrack, _native.AudioFeed] = (
            weakref.WeakKeyDictionary()
        )
        self._selected: weakref.WeakKeyDictionary[MediaStreamTrack, MediaTrackSettings] = (
            weakref.WeakKeyDictionary()
        )

    def attach(self, feed: _native.AudioFeed) -> None:
        """Have the feed fed, until nobody holds it any more or it is detached."""
        raise NotImplementedError

    def detach(self, feed: _native.AudioFeed) -> None:
        """The feed needs no more samples."""
        raise NotImplementedError

    def create_track(self) -> _native.Track:
        """A native track of this source."""
        feed = _native.AudioFeed()
        track = feed.create_track(new_id())
        self._made[track.id] = feed
        return track

    def started(self, track: MediaStreamTrack) -> None:
        """The track is one of this source's."""
        super().started(track)
        feed = self._made.pop(track._native.id)
        self._feeds[track] = feed
        if self._watcher is not None:
            self._watcher.watch(feed)
        self._configure(track, self._candidates[0])
        self.attach(feed)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more samples."""
        super().stopped(track)
        self.detach(self._feeds.pop(track))

    def watch(self, tell: Callable[[bool], None]) -> None:
        """Have it told when somebody begins to take the samples, and when nobody does any more."""
        self._watcher = _Watcher(self, tell)
        for feed in self._feeds.values():
            self._watcher.watch(feed)

    def _wanted(self) -> bool:
        return any(feed.wanted for feed in self._feeds.values())

    def clone(self, track: MediaStreamTrack) -> _native.Track:
        """A native track for a clone of the track."""
        return self.create_track()

    def capabilities(self) -> MediaTrackCapabilities:
        """What the source can do."""
        return feed_capabilities(self._fixed, self._channels)

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What it does for the track."""
        return MediaTrackSettings.convert(self._selected[track])

    def adjust(self, track: MediaStreamTrack) -> None:
        """Do for the track as its constraints ask: that can always be done."""
        self.constrain(track, track._constraints)

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        """Do for the track as the constraints ask."""
        self._configure(track, select_settings("audio", self._candidates, constraints))

    def _configure(self, track: MediaStreamTrack, settings: MediaTrackSettings) -> None:
        self._selected[track] = settings
        self._feeds[track].configure(
            echo_cancellation=bool(settings.echoCancellation),
            noise_suppression=bool(settings.noiseSuppression),
            auto_gain_control=bool(settings.autoGainControl),
            channels=settings.channelCount,
        )


class _Watcher:
    """What the dispatcher keeps in place of the source, which goes when nobody else holds it."""

    def __init__(self, source: FeedSource, tell: Callable[[bool], None]) -> None:
        self._source = weakref.ref(source)
        self._tell = weakref.WeakMethod(tell)
        self._dispatcher = _dispatcher.current()

    def watch(self, feed: _native.AudioFeed) -> None:
        feed.watch(self._dispatcher.mailbox)
        self._dispatcher.target(feed.key, self)
        weakref.finalize(feed, self._dispatcher.forget, feed.key)

    def _on_wants(self) -> None:
        source, tell = self._source(), self._tell()
        if source is not None and tell is not None:
            tell(source._wanted())


def feed_settings(
    fixed: MediaTrackSettings, channels: Sequence[int], *, processed: bool
) -> list[MediaTrackSettings]:
    """All that a track can be set to, what is preferred first."""
    order = (processed, not processed)
    return [
        MediaTrackSettings(
            sampleRate=fixed.sampleRate,
            sampleSize=_SAMPLE_SIZE,
            echoCancellation=echo,
            noiseSuppression=noise,
            autoGainControl=gain,
            latency=_LATENCY,
            channelCount=count,
            deviceId=fixed.deviceId,
            groupId=fixed.groupId,
        )
        for count, echo, noise, gain in itertools.product(channels, order, order, order)
    ]


def feed_capabilities(fixed: MediaTrackSettings, channels: Sequence[int]) -> MediaTrackCapabilities:
    """What there is to choose from."""
    return MediaTrackCapabilities(
        sampleRate=ULongRange(min=fixed.sampleRate, max=fixed.sampleRate),
        sampleSize=ULongRange(min=_SAMPLE_SIZE, max=_SAMPLE_SIZE),
        echoCancellation=[False, True],
        autoGainControl=[False, True],
        noiseSuppression=[False, True],
        latency=DoubleRange(min=_LATENCY, max=_LATENCY),
        channelCount=ULongRange(min=min(channels), max=max(channels)),
        deviceId=fixed.deviceId,
        groupId=fixed.groupId,
    )

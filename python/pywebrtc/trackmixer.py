"""TrackMixer: tracks that are mixed to one."""

from __future__ import annotations

from . import _native
from ._audiofeeds import FeedSource
from ._webidl import Long, convert
from .audiomixer import checked_mixing_rate
from .constraints import MediaTrackSettings
from .enums import MediaStreamTrackState
from .exceptions import InvalidStateError
from .mediastreamtrack import MediaStreamTrack

# What libwebrtc scales samples by without a loss that is heard; beyond it there is nothing but clipping.
MAX_GAIN = 10.0


class _Mix(FeedSource):
    def __init__(self, native: _native.TrackMixer, settings: MediaTrackSettings, channels: int) -> None:
        super().__init__(settings, channels=[channels])
        self._native = native

    def attach(self, feed: _native.AudioFeed) -> None:
        self._native.add_feed(feed)

    def detach(self, feed: _native.AudioFeed) -> None:
        self._native.remove_feed(feed)


class TrackMixer:
    """An audio track that is the sum of others, local and remote ones: of those who talk in a room.

    The samples do not go through Python: libwebrtc's mixer adds them up every 10 ms and keeps the sum from
    clipping, on the thread that plays what is received. For a conference each participant gets a mixer with
    all others in it. Arrays are mixed by :class:`AudioMixer`.

    Arguments:
        label: a name for people, the track's ``label``.
        sample_rate: samples a second: 8000, 16000, 32000 or 48000.
        channels: 1 or 2.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate or number of channels that is not allowed.
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    def __init__(self, label: str = "", *, sample_rate: int = 48000, channels: int = 1) -> None:
        rate = checked_mixing_rate(sample_rate, "TrackMixer: sample_rate")
        if convert(Long, channels, "TrackMixer: channels") not in (1, 2):
            raise ValueError(f"TrackMixer: channels is {channels}, not 1 or 2")
        name = convert(str, label, "TrackMixer: label")
        self._native = _native.TrackMixer(rate, channels)
        source = _Mix(self._native, MediaTrackSettings(sampleRate=rate), channels)
        self._track = MediaStreamTrack._new(source.create_track(), name, source)
        self._tracks: list[MediaStreamTrack] = []

    @property
    def track(self) -> MediaStreamTrack:
        """The sum. Clones of it are the same, each processed as its own constraints ask."""
        return self._track

    @property
    def tracks(self) -> list[MediaStreamTrack]:
        """Those that are in it."""
        return list(self._tracks)

    def add(self, track: MediaStreamTrack, *, gain: float = 1.0) -> None:
        """Have a track in the sum; one that is in it already gets another gain.

        Arguments:
            track: an audio track. One that is disabled, muted or ended is silent.
            gain: what its samples are multiplied by, 0 to 10.

        Raises:
            TypeError: it is no audio track, or the gain no number.
            ValueError: the gain is out of range.
            InvalidStateError: the track has ended.
        """
        self._native.add(checked_track(track, "TrackMixer.add"), checked_gain(gain, "TrackMixer.add"))
        if track not in self._tracks:
            self._tracks.append(track)

    def remove(self, track: MediaStreamTrack) -> None:
        """Have a track in the sum no more; one that is not in it changes nothing."""
        if track in self._tracks:
            self._native.remove(track._native)
            self._tracks.remove(track)


def checked_track(track: object, where: str) -> _native.Track:
    """The native side of an audio track that is live.

    Raises:
        TypeError: it is no audio track.
        InvalidStateError: it has ended.
    """
    found = convert(MediaStreamTrack, track, f"{where}: track")
    if found.kind != "audio":
        raise TypeError(f"{where}: {found!r} is no audio track")
    if found.readyState == MediaStreamTrackState.ENDED:
        raise InvalidStateError(f"{where}: {found!r} has ended")
    return found._native


def checked_gain(gain: object, where: str) -> float:
    """A gain that is no nonsense."""
    value = convert(float, gain, f"{where}: gain")
    if not 0 <= value <= MAX_GAIN:
        raise ValueError(f"{where}: gain is {value}, not in 0 to {MAX_GAIN:g}")
    return value

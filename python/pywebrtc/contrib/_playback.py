"""The thread of a player: it decodes, waits until frames are due, and pushes them."""

from __future__ import annotations

import contextlib
import math
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from pywebrtc import _native
from pywebrtc.exceptions import InvalidStateError
from pywebrtc.videoframe import VideoFrame

from ._feeds import RATE, AudioFeed, EncodedFeed, VideoFeed
from ._pyav import errors_of, pyav, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._demuxer import Demuxer

    # Called with what went wrong, or None.
    Done = Callable[[Exception | None], object]

# Seconds of audio that a source has at least: it is filled up with silence, because a source that gives
# nothing has the clock of its RTP timestamps stand still, which no receiver expects.
_LEAST = 0.03

# Seconds by which audio may leave earlier or later than it should: less is the 10 ms in which it leaves.
_LOOSE = 0.02

# Seconds by which a picture may be late. After that it is dropped, if the next one is there.
_LATE = 0.1

# Seconds without a picture after which one is shown though it is late.
_UNSEEN = 0.25

# Seconds of audio of a device that may wait: what is more than that only makes it late.
_LATEST = 0.3

# Seconds by which all pictures may be late, where no audio tells how late it is.
_TOO_LATE = 0.5


class Playback:
    """A file that plays, from its making until its end or :meth:`stop`.

    Arguments:
        demuxer: the file, which it closes in the end.
        feeds: where its frames go.
        loop: whether it begins again at the end.
        paused: whether it waits for :meth:`pause` to be called with False.
        orphaned: whether nobody is there any more to stop it.
        done: called once, on the thread, with what ended it, or None.

    Time is that of the audio source, which libwebrtc empties at its own pace: what is pushed now leaves when
    all that is queued has left. Pictures are pushed when the sound that they belong to leaves.
    """

    def __init__(
        self,
        demuxer: Demuxer,
        feeds: list[AudioFeed | VideoFeed],
        *,
        loop: bool,
        paused: bool,
        orphaned: Callable[[], bool],
        done: Done,
    ) -> None:
        self.loop = loop
        self.dropped = 0
        self._demuxer = demuxer
        self._feeds = feeds
        self._audio = next((feed for feed in feeds if isinstance(feed, AudioFeed)), None)
        self._orphaned = orphaned
        self._done = done
        self._changed = threading.Condition()
        self._paused = paused
        self._seeks: deque[tuple[float, Done]] = deque()
        self._stopped = False
        self._ended = False
        # When the beginning of the file was played, or would have been.
        self._base = 0.0
        # Where it stays while it is paused.
        self._held: float | None = 0.0
        # When a picture was shown last.
        self._seen = 0.0
        self._thread = threading.Thread(target=self._run, name="pywebrtc-player", daemon=True)
        self._thread.start()

    # What any thread calls.

    @property
    def position(self) -> float:
        """Where in the file it is, in seconds."""
        held = self._held
        return max(0.0, _now() - self._base if held is None else held)

    def pause(self, paused: bool) -> None:
        """Stand still, or go on."""
        with self._changed:
            self._paused = paused
            self._changed.notify()

    def seek(self, position: float, done: Done) -> None:
        """Go on from there; ``done`` is called, on the thread, when it does or cannot."""
        with self._changed:
            if not self._ended:
                self._seeks.append((position, done))
                self._changed.notify()
                return
        done(_no_more())

    def stop(self) -> None:
        """Let it end soon."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(timeout)

    # The thread's.

    def _run(self) -> None:
        error: Exception | None = None
        try:
            with errors_of(self._demuxer.name):
                if self._demuxer.live:
                    self._relay()
                else:
                    self._play()
        except Exception as exception:  # noqa: BLE001 - whatever it is, it ended the tracks, and is told
            error = exception
        with self._changed:
            self._ended = True
        for _, done in self._seeks:
            done(_no_more())
        self._demuxer.close()
        # Decoders have threads and memory of their own, and sources are to go with their tracks.
        self._feeds.clear()
        self._audio = None
        self._done(error)

    def _play(self) -> None:
        progress = False
        while self._goes_on():
            feed, due = self._next()
            if feed is not None:
                if self._wait(due):
                    self._push(feed)
                    progress = True
            elif self._held is not None:
                self._wait(math.inf)
            elif self.loop and progress:
                # Without a break: what is queued has not been heard yet.
                self._base += self._end()
                self._move(0.0)
                progress = False
            elif self._wait(self._base + self._end()):
                return

    def _relay(self) -> None:
        while self._goes_on():
            if not self._demuxer.read():
                continue
            for feed in self._feeds:
                while (at := feed.peek()) is not None:
                    self._base = _now() - at
                    if self._held is None:
                        self._push(feed)
                    else:
                        feed.take()
            if self._demuxer.ended:
                return

    def _goes_on(self) -> bool:
        """Do what was asked for; False where it was to stop, or nobody wants anything any more."""
        for feed in [feed for feed in self._feeds if feed.source.track._source.ended]:
            self._feeds.remove(feed)
            self._demuxer.forget(feed.frames)
            if feed is self._audio:
                self._audio = None
        with self._changed:
            seeks, self._seeks = self._seeks, deque()
            paused, stopped = self._paused, self._stopped
        for position, done in seeks:
            try:
                self._seek(position)
            except pyav().FFmpegError as error:
                done(translated(error, self._demuxer.name))
            else:
                done(None)
        if paused and self._held is None:
            # The sound that is queued is heard, and the pictures that belong to it are seen.
            self._held = self.position if self._audio is None else max(self.position, self._audio.next)
        elif not paused and self._held is not None:
            self._base = _now() + self._queued() - self._held
            self._held = None
        return not stopped and bool(self._feeds) and not self._orphaned()

    def _seek(self, position: float) -> None:
        position = self._move(position)
        if self._audio is not None:
            self._audio.source.clear()
        self._base = _now() - position
        if self._held is not None:
            self._held = position
            for feed in self._feeds:
                if isinstance(feed, VideoFeed) and feed.peek() is not None:
                    self._push(feed)

    def _move(self, position: float) -> float:
        """Where it goes on: what is not decoded does so with a key frame."""
        self._demuxer.seek(position)
        for feed in self._feeds:
            if isinstance(feed, EncodedFeed):
                begin = feed.peek()
                position = position if begin is None else max(0.0, begin)
        for feed in self._feeds:
            feed.seek(position)
        return position

    def _next(self) -> tuple[AudioFeed | VideoFeed | None, float]:
        """What is due next, and when it is to be pushed."""
        due, next = math.inf, None
        for feed in self._feeds:
            at = feed.peek()
            if at is None or (self._held is not None and at >= self._held):
                continue
            if self._base + at - feed.lead < due:
                due, next = self._base + at - feed.lead, feed
        return next, due

    def _end(self) -> float:
        return max(feed.next for feed in self._feeds)

    def _queued(self) -> float:
        return 0.0 if self._audio is None else self._audio.source.queued_duration

    def _wait(self, until: float) -> bool:
        """Wait until then; False where something is to be looked at before."""
        while (seconds := until - _now()) > 0:
            if self._audio is not None and self._queued() < _LEAST:
                self._silence(_LEAST)
            if self._demuxer.work_ahead():
                continue
            if self._orphaned() or any(feed.source.track._source.ended for feed in self._feeds):
                return False
            with self._changed:
                if self._seeks or self._stopped or self._paused != (self._held is not None):
                    return False
                self._changed.wait(min(seconds, _LEAST / 2))
        return True

    def _silence(self, seconds: float) -> None:
        import numpy as np

        assert self._audio is not None
        source = self._audio.source
        self._send(self._audio, np.zeros((round(seconds * RATE), source.channels), np.int16))

    def _push(self, feed: AudioFeed | VideoFeed) -> None:
        if isinstance(feed, AudioFeed):
            self._push_sound(feed)
        elif isinstance(feed, EncodedFeed):
            self._push_encoded(feed)
        else:
            self._push_picture(feed)

    def _push_sound(self, feed: AudioFeed) -> None:
        late = _now() + self._queued() - (self._base + feed.next)
        if self._demuxer.live:
            if self._queued() > _LATEST:
                feed.take()
                self.dropped += 1
                return
        elif late > _LOOSE:
            self._base += late
        elif late < -_LOOSE:
            self._silence(-late)
        self._send(feed, feed.take())

    def _push_encoded(self, feed: EncodedFeed) -> None:
        if not self._demuxer.live and feed.lost():
            self._seek(feed.begin)
        if feed.peek() is not None:
            # However late it is: the next one needs it.
            due = self._base + feed.next
            with contextlib.suppress(InvalidStateError):  # it has ended just now
                feed.source.push(feed.take().picture, timestamp=min(due, _now()))

    def _push_picture(self, feed: VideoFeed) -> None:
        due = self._base + feed.next
        frame = feed.take()
        now = _now()
        if not self._demuxer.live and now - due > _LATE:
            after = feed.peek()
            if after is not None and self._base + after <= now and now - self._seen < _UNSEEN:
                self.dropped += 1
                return
            if self._audio is None and now - due > _TOO_LATE:
                self._base += now - due
        self._seen = now
        self._send(feed, VideoFrame.from_av(frame, timestamp=min(due, now)))

    def _send(self, feed: AudioFeed | VideoFeed, media: Any) -> None:
        with contextlib.suppress(InvalidStateError):  # it has ended just now
            feed.source.push(media)


def _no_more() -> Exception:
    return InvalidStateError("seek: the player has ended")


def _now() -> float:
    return _native.time_us() / 1e6

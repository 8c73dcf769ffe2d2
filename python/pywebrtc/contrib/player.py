"""MediaPlayer: a file, URL or device becomes tracks."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import math
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

from pywebrtc import AudioSource, EncodedVideoSource, VideoSource
from pywebrtc.eventtarget import Event, EventHandler, EventTarget
from pywebrtc.exceptions import NotSupportedError

from ._demuxer import Demuxer, EncodedFrames
from ._feeds import RATE, AudioFeed, EncodedFeed, VideoFeed
from ._playback import Playback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pywebrtc.mediastreamtrack import MediaStreamTrack


class MediaPlayer(EventTarget):
    """Plays a file, a URL or a device into tracks.

    ::

        player = MediaPlayer("film.mp4", loop=True)
        pc.addTrack(player.audio)
        pc.addTrack(player.video)

    Reading, decoding and pacing are done by a thread of the player's own. A file plays in real time, its
    sound and its pictures together; what a device or a camera gives is sent as it comes. The tracks end
    with the file, with their ``ended`` event, after which the player fires ``ended`` too. When all tracks
    have been stopped the player has stopped.

    Opening blocks, as ``open()`` does, which a file on a disk is hardly worth mentioning for. Use
    ``await MediaPlayer.open(...)`` for what may take its time.

    Arguments:
        file: a path or URL, the name of a device, or an object with ``read`` (and ``seek``, for some
            formats).
        format: FFmpeg's name of the format or kind of device, such as ``"v4l2"`` or ``"alsa"``; found out
            where absent.
        options: FFmpeg's options of the format, such as ``{"video_size": "640x480"}``.
        loop: begin again at the end, without a break.
        autoplay: begin at once; else at :meth:`play`.
        timeout: seconds to wait for it to open, and for each of its packets later.
        decode: False sends the pictures as they are in the file (H.264, H.265, VP8, VP9, AV1), on
            connections that have negotiated their codec: see :class:`pywebrtc.EncodedVideoSource`. Receivers
            see them from the next key frame on: begin with :meth:`play` when they are connected, and the film
            begins when libwebrtc is ready for it. No picture is left out, and :meth:`seek` goes to the key
            frame before. Sound is always decoded.

    Raises:
        ImportError: PyAV is not installed.
        OSError: it is not there, or may not be opened, as ``open()`` says it: FileNotFoundError for example.
        NotReadableError: it is empty, cut, or not media.
        NotFoundError: there is neither audio nor video in it.
        NotSupportedError: FFmpeg has no such protocol or no such decoder; or pictures that are not decoded
            are of another codec, or have B-frames.
        NetworkError: the server refuses.
        TimeoutError: no answer in time.
        ValueError: the format is unknown.
        RuntimeError: no event loop runs.
    """

    onended = EventHandler[Event]("ended")

    def __init__(
        self,
        file: Any,
        format: str | None = None,
        options: Mapping[str, str] | None = None,
        *,
        loop: bool = False,
        autoplay: bool = True,
        timeout: float | None = None,
        decode: bool = True,
    ) -> None:
        super().__init__()
        self._begin(_open(file, format, options, timeout, decode), loop, autoplay)

    @classmethod
    async def open(
        cls,
        file: Any,
        format: str | None = None,
        options: Mapping[str, str] | None = None,
        *,
        loop: bool = False,
        autoplay: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109 - FFmpeg's own, for each packet too
        decode: bool = True,
    ) -> Self:
        """A player, opened on a thread; arguments and errors are those of the class.

        Cancelling it closes what is opened, as soon as that is open.
        """
        running = asyncio.get_running_loop()
        opened: asyncio.Future[Demuxer] = running.create_future()

        def settle(demuxer: Demuxer | None, error: Exception | None) -> None:
            if opened.cancelled():
                if demuxer is not None:
                    demuxer.close()
            elif demuxer is not None:
                opened.set_result(demuxer)
            elif error is not None:
                opened.set_exception(error)

        def run() -> None:
            demuxer, failure = None, None
            try:
                demuxer = _open(file, format, options, timeout, decode)
            except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
                failure = error
            _post(running, settle, demuxer, failure)

        # Not one of the loop's threads: it may be there for as long as a server is silent.
        threading.Thread(target=run, name="pywebrtc-open", daemon=True).start()
        demuxer = await opened
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._begin(demuxer, loop, autoplay)
        return self

    def _begin(self, demuxer: Demuxer, loop: bool, autoplay: bool) -> None:
        running = asyncio.get_running_loop()
        self._name = demuxer.name
        self._duration = demuxer.duration
        self._live = demuxer.live
        self._paused = not autoplay
        self._error: Exception | None = None
        self._ended = asyncio.Event()
        feeds: list[AudioFeed | VideoFeed] = []
        self._audio = self._video = None
        if demuxer.audio is not None:
            channels = min(demuxer.audio.stream.codec_context.channels, 2)
            source = AudioSource(self._name, sample_rate=RATE, channels=channels)
            self._audio = source.track
            feeds.append(AudioFeed(demuxer, demuxer.audio, source))
        if demuxer.video is not None:
            frames = demuxer.video
            if isinstance(frames, EncodedFrames):
                size = frames.stream.codec_context.width, frames.stream.codec_context.height
                source = EncodedVideoSource(frames.codec, *size, self._name)
                feeds.append(EncodedFeed(demuxer, frames, source))
            else:
                source = VideoSource(self._name)
                feeds.append(VideoFeed(demuxer, frames, source))
            self._video = source.track
        self._playback = Playback(
            demuxer,
            feeds,
            loop=loop,
            paused=self._paused,
            orphaned=running.is_closed,
            done=functools.partial(_post, running, self._finished),
        )
        _playbacks.add(self._playback)

    @property
    def audio(self) -> MediaStreamTrack | None:
        """The audio track, of 48 kHz; None where there is none."""
        return self._audio

    @property
    def video(self) -> MediaStreamTrack | None:
        """The video track; None where there is none."""
        return self._video

    @property
    def duration(self) -> float | None:
        """Seconds; None where that is not known, as of a device."""
        return self._duration

    @property
    def position(self) -> float:
        """Where in the file it is, in seconds."""
        return self._playback.position

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def ended(self) -> bool:
        """Whether it has come to its end, or was stopped."""
        return self._ended.is_set()

    @property
    def error(self) -> Exception | None:
        """What ended it, where that was not the end of the file."""
        return self._error

    @property
    def dropped(self) -> int:
        """Pictures that were left out, because decoding takes longer than playing."""
        return self._playback.dropped

    @property
    def loop(self) -> bool:
        """Whether it begins again at the end."""
        return self._playback.loop

    @loop.setter
    def loop(self, value: bool) -> None:
        self._playback.loop = bool(value)

    def play(self) -> None:
        """Go on. Without effect at the end."""
        self._paused = False
        self._playback.pause(False)

    def pause(self) -> None:
        """Stand still: with silence, and the last picture. What a device gives meanwhile is left out."""
        self._paused = True
        self._playback.pause(True)

    async def seek(self, position: float) -> None:
        """Go on from there; a player that is paused shows the picture there.

        Arguments:
            position: seconds. Beyond the end is the end.

        Raises:
            ValueError: it is negative, or not finite.
            NotSupportedError: a device has no positions.
            InvalidStateError: the player has ended, or ends before.
            OSError: the input cannot seek; it plays on.
        """
        if not 0 <= position < math.inf:
            raise ValueError(f"seek: position is {position}, not a number of seconds from 0 on")
        if self._live:
            raise NotSupportedError(f"seek: {self._name} is live")
        loop = asyncio.get_running_loop()
        there: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if not there.done():
                there.set_exception(error) if error is not None else there.set_result(None)

        self._playback.seek(position, functools.partial(_post, loop, settle))
        await there

    def stop(self) -> None:
        """End it, and its tracks. Idempotent."""
        self._playback.stop()

    async def wait_ended(self) -> None:
        """Wait for the end: of the file, or by :meth:`stop`.

        Raises:
            OSError: the input could not be read on, or what else :attr:`error` is.
        """
        await self._ended.wait()
        if self._error is not None:
            raise self._error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        await self._ended.wait()

    def __repr__(self) -> str:
        state = "ended" if self.ended else "paused" if self._paused else "playing"
        return f"<MediaPlayer {self._name} {state}>"

    def _finished(self, error: Exception | None) -> None:
        self._error = error
        self._playback.join()
        self._ended.set()
        # https://w3c.github.io/mediacapture-main/#track-ended
        for track in (self._audio, self._video):
            if track is not None:
                tracks = track._source.tracks
                track._source.end()
                for each in tracks:
                    each._fire(Event._new("ended"))
        self._fire(Event._new("ended"))


def _open(
    file: Any, format: str | None, options: Mapping[str, str] | None, timeout: float | None, decode: bool
) -> Demuxer:
    name = repr(file)
    with contextlib.suppress(TypeError):
        file = name = os.fsdecode(file)
    return Demuxer(file, name, format=format, options=options, timeout=timeout, decode=decode)


def _post(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *arguments: Any) -> None:
    """Call it on the loop; where that is closed nobody waits."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *arguments)


_playbacks: weakref.WeakSet[Playback] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    """A thread that is in the middle of something when the interpreter goes would not survive it."""
    for playback in list(_playbacks):
        playback.stop()
    for playback in list(_playbacks):
        playback.join(timeout=1)

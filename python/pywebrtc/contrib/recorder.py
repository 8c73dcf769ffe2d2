"""MediaRecorder: tracks become a file."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from pywebrtc import _dispatcher
from pywebrtc._webidl import convert
from pywebrtc.enums import MediaStreamTrackState
from pywebrtc.eventtarget import Event, EventHandler, EventTarget
from pywebrtc.exceptions import InvalidAccessError, InvalidStateError, NotSupportedError
from pywebrtc.mediastreamtrack import MediaStreamTrack

from ._formats import SINGLE, choose_encoder, format_of
from ._inputs import Input, align, now
from ._lanes import Encoding
from ._pyav import pyav
from ._writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pywebrtc.audioframe import AudioFrame
    from pywebrtc.videoframe import VideoFrame

_URL = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class MediaRecorder(EventTarget):
    """Records tracks to a file: mp4, mkv, webm, wav, hls, and what else FFmpeg writes.

    ::

        async with MediaRecorder("call.mp4") as recorder:
            recorder.addTrack(audio)
            recorder.addTrack(video)
            await recorder.start()
            await asyncio.sleep(60)

    Encoding and writing are done by a thread of the recorder's own. Audio and video are placed by the
    times of their frames, from the first frame on: where audio is missing there is silence, where no
    picture comes the last one stays. Pictures of another size than the first are scaled to it, with bars
    where their shape is another. What is on the disk can be played at any moment, so that a program that
    is killed loses its last second or two.

    ``error`` is fired when nothing more can be written (the disk is full, for example); :attr:`error`
    says why.

    Arguments:
        file: a path or URL, or an object with ``write`` (and ``seek``, for some formats).
        format: FFmpeg's name of the format; told by the name of the file where absent.
        options: FFmpeg's options of the format, instead of ours.

    Raises:
        ImportError: PyAV is not installed.
        TypeError: an argument has the wrong type.
        ValueError: the format is unknown.
    """

    onerror = EventHandler[Event]("error")

    def __init__(
        self,
        file: Any,
        format: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        # A path or URL, or None and an object.
        self._path = None
        with contextlib.suppress(TypeError):
            self._path = os.fsdecode(file)
        self._name = self._path or repr(file)
        self._container: Any = self._create(self._path or file, format, options)
        self._inputs: list[Input] = []
        self._writer: Writer | None = None
        self._aligning: asyncio.Task[None] | None = None
        self._state = "inactive"
        self._error: Exception | None = None
        self._ended = asyncio.Event()
        self._dispatcher = _dispatcher.current()

    @property
    def state(self) -> str:
        """``"inactive"``, ``"recording"`` or ``"paused"``, as of a MediaRecorder of the W3C."""
        return self._state

    @property
    def error(self) -> Exception | None:
        """What ended the recording, where that was not :meth:`stop`."""
        return self._error

    @property
    def dropped(self) -> int:
        """Frames that were not recorded, because the encoder or the event loop was behind by a second or
        more.
        """
        written = 0 if self._writer is None else self._writer.dropped
        return written + sum(source.dropped for source in self._inputs)

    def addTrack(
        self,
        track: MediaStreamTrack,
        *,
        codec: str | None = None,
        bitrate: int | None = None,
        size: tuple[int, int] | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Record a track, in a stream of its own.

        The streams of a file are fixed when the recording starts. From then on a new track takes over the
        stream of one that has ended, or was removed: so a renegotiated call is recorded in one file. What
        is said about the encoding means nothing then.

        Arguments:
            track: audio or video.
            codec: FFmpeg's name of the encoder; the usual one of the format where absent.
            bitrate: bits a second; as the encoder's quality needs where absent.
            size: ``(width, height)`` of the video in the file; that of the first picture where absent.
            options: FFmpeg's options of the encoder, beside or instead of ours.

        Raises:
            TypeError: not a track, or ``size`` with audio.
            ValueError: ``bitrate`` or ``size`` is not positive.
            InvalidAccessError: it is recorded already.
            InvalidStateError: the track has ended, the recording has, or it runs and no stream of that
                kind is free.
            NotSupportedError: the format does not hold it, or its encoder is missing.
        """
        convert(MediaStreamTrack, track, "addTrack: track")
        if track.readyState == MediaStreamTrackState.ENDED:
            raise InvalidStateError(f"addTrack: {track!r} has ended")
        if self._container is None:
            raise InvalidStateError(f"addTrack: the recording of {self._name} has ended")
        if any(source.track is track for source in self._inputs):
            raise InvalidAccessError(f"addTrack: {track!r} is recorded already")
        if self._state == "inactive":
            wanted = Encoding(codec or "", options or {}, bitrate, size)
            self._inputs.append(self._new_input(track, wanted))
            return
        free = (source for source in self._inputs if source.kind == track.kind and source.track is None)
        source = next(free, None)
        if source is None:
            raise InvalidStateError(
                f"addTrack: no {track.kind} stream of {self._name} is free, and no stream can be added now"
            )
        source.read(track, self._put_into(source))

    def removeTrack(self, track: MediaStreamTrack) -> None:
        """Record the track no more. A track that is not recorded changes nothing.

        In a recording that runs, its stream goes on with silence or the last picture, and another track may
        take it over.
        """
        for source in list(self._inputs):
            if source.track is track:
                if self._state == "inactive":
                    self._inputs.remove(source)
                else:
                    source.stop()

    async def start(self) -> None:
        """Begin. The file is created, or overwritten.

        Raises:
            InvalidStateError: there is no track, or the recording was started before.
            OSError: the file cannot be written, as ``open()`` says it.
        """
        if self._container is None or self._writer is not None:
            raise InvalidStateError(f"start: {self._name} was started before")
        if not self._inputs:
            raise InvalidStateError("start: there is no track to record")
        loop = self._dispatcher.loop
        begun = asyncio.Event()

        def post(callback: Callable[..., object], *arguments: Any) -> None:
            # The loop may be closed: then _abandon() waits for the writer, and nobody else does.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(callback, *arguments)

        self._writer = Writer(
            self._container,
            self._name,
            [(source.kind, source.encoding) for source in self._inputs],
            None if self._path is None or _URL.match(self._path) else self._path,
            functools.partial(post, begun.set),
            functools.partial(post, self._finished, begun),
        )
        self._state = "recording"
        self._dispatcher.opened(self)
        for source in self._inputs:
            if source.track is not None:
                source.read(source.track, self._put_into(source))
        self._aligning = loop.create_task(align(self._inputs))
        await begun.wait()
        if self._error is not None:  # it never began
            error, self._error, self._writer = self._error, None, None
            raise error

    def pause(self) -> None:
        """Leave out what comes from now on. In the file there is no gap.

        Raises:
            InvalidStateError: nothing is being recorded.
        """
        writer = self._written_by()
        if self._state == "recording":
            self._state = "paused"
            writer.pause(now())

    def resume(self) -> None:
        """Go on.

        Raises:
            InvalidStateError: nothing is being recorded.
        """
        writer = self._written_by()
        if self._state == "paused":
            self._state = "recording"
            writer.resume(now())

    async def stop(self) -> None:
        """End the recording: when this returns the file is whole, and closed. Idempotent.

        Cancelling it cancels the waiting: the file is finished all the same.

        Raises:
            OSError: the file could not be written.
            DOMException: it could not be encoded.
        """
        if self._writer is None:
            self._container = None
            return
        self._end_inputs()
        self._writer.finish(now())
        await self._ended.wait()
        if self._error is not None:
            raise self._error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def __repr__(self) -> str:
        return f"<MediaRecorder {self._name} {self._state}>"

    def _create(self, target: Any, format: str | None, options: Mapping[str, str] | None) -> Any:
        av = pyav()
        try:
            container = av.open(target, "w", format=format)
        except ValueError as error:  # it has no error of its own for this
            known = f"format {format!r} is unknown" if format else "its name does not tell the format"
            raise ValueError(f"{self._name}: {known}") from error
        chosen = {"flush_packets": "1", "max_interleave_delta": "3000000"}
        chosen |= format_of(container.format.name).options
        container.options.update(chosen | dict(options or {}))
        return container

    def _new_input(self, track: MediaStreamTrack, wanted: Encoding) -> Input:
        name = self._container.format.name
        if name in SINGLE and self._inputs:
            raise NotSupportedError(f"addTrack: {name} files hold one stream")
        if wanted.size is not None and track.kind != "video":
            raise TypeError("addTrack: size is for video, and this is audio")
        for what, value in (("bitrate", wanted.bitrate), *(("size", side) for side in wanted.size or ())):
            if value is not None and value <= 0:
                raise ValueError(f"addTrack: {what} is {value}, not positive")
        encoder = choose_encoder(self._container, track.kind, wanted.encoder or None)
        return Input(track, replace(wanted, encoder=encoder))

    def _written_by(self) -> Writer:
        if self._writer is None or self._state == "inactive":
            raise InvalidStateError(f"{self!r}: nothing is being recorded")
        return self._writer

    def _put_into(self, source: Input) -> Callable[[float, VideoFrame | AudioFrame], object]:
        return functools.partial(self._written_by().put, self._inputs.index(source))

    def _end_inputs(self) -> None:
        self._state = "inactive"
        self._container = None
        for source in self._inputs:
            source.stop()
        if self._aligning is not None:
            self._aligning.cancel()

    def _finished(self, begun: asyncio.Event, error: Exception | None) -> None:
        self._end_inputs()
        self._error = error
        assert self._writer is not None
        self._writer.join()
        self._dispatcher.closed(self)
        self._ended.set()
        if not begun.is_set():  # start() raises it
            begun.set()
        elif error is not None:
            self._fire(Event._new("error"))

    def _abandon(self) -> None:
        """The loop ends, and nobody has stopped it."""
        assert self._writer is not None
        self._writer.finish(now())
        self._writer.join()
        self._state = "inactive"

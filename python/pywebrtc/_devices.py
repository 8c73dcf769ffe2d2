"""Devices of the machine as sources of tracks: asked for and opened on a thread of libwebrtc's."""

from __future__ import annotations

import uuid
import weakref
from typing import TYPE_CHECKING, Any

from . import _dispatcher, _native
from ._audiofeeds import FeedSource
from ._camerasettings import camera_settings
from .constraints import DoubleRange, MediaTrackCapabilities, MediaTrackSettings, ULongRange
from .enums import MediaStreamTrackState, VideoResizeModeEnum
from .eventtarget import Event
from .exceptions import InvalidAccessError, NotFoundError, NotReadableError, OperationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from ._tracksource import TrackSource
    from .constraints import MediaTrackConstraints
    from .mediastreamtrack import MediaStreamTrack


async def ask(start: Callable[..., None], *arguments: Any) -> Any:
    """What an operation without a connection gives: ``start(mailbox, target, operation, *arguments)``.

    Cancelling lets go of what it would have given.
    """
    answer = _Answer(_dispatcher.current())
    start(answer.dispatcher.mailbox, answer.key, 0, *arguments)
    return await answer.wait()


class _Answer:
    def __init__(self, dispatcher: _dispatcher.Dispatcher) -> None:
        self.key = _native.next_key()
        self.dispatcher = dispatcher
        self._future: asyncio.Future[Any] = dispatcher.loop.create_future()
        dispatcher.target(self.key, self)

    async def wait(self) -> Any:
        try:
            return await self._future
        finally:
            self.dispatcher.forget(self.key)

    def _on_operation(self, operation: int, error: BaseException | None, value: Any, state: None) -> None:
        if self._future.done():
            return
        if error is not None:
            self._future.set_exception(error)
        else:
            self._future.set_result(value)


async def open_device(start: Callable[..., None], *arguments: Any) -> Any:
    """A device, opened.

    Raises:
        NotFoundError: it is not there any more.
        NotReadableError: the system does not give it.
    """
    try:
        return await ask(start, *arguments)
    except InvalidAccessError as error:
        raise NotFoundError(str(error)) from None
    except OperationError as error:
        raise NotReadableError(str(error)) from None


class LostDevice:
    """Ends the tracks of a source whose device is gone, with their event.

    https://w3c.github.io/mediacapture-main/#track-ended: "the source ... is permanently ... disconnected".
    """

    def __init__(self, source: TrackSource, key: int) -> None:
        self._source = weakref.ref(source)
        dispatcher = _dispatcher.current()
        dispatcher.target(key, self)
        weakref.finalize(source, dispatcher.forget, key)

    def _on_lost(self) -> None:
        source = self._source()
        if source is not None:
            tracks = source.tracks
            source.end()
            for track in tracks:
                track._fire(Event._new("ended"))


class MicrophoneSource(FeedSource):
    """A microphone of the machine, which is open as long as one of its tracks is live."""

    def __init__(self, native: _native.Microphone, settings: MediaTrackSettings) -> None:
        super().__init__(settings, channels=(1, 2), processed=True)
        self._microphone: _native.Microphone | None = native
        LostDevice(self, native.key)

    def attach(self, feed: _native.AudioFeed) -> None:
        """Have the feed fed."""
        if self._microphone is not None:
            self._microphone.add_feed(feed)

    def detach(self, feed: _native.AudioFeed) -> None:
        """The feed needs no more samples."""
        if self._microphone is not None:
            self._microphone.remove_feed(feed)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more samples; where it was the last one, the microphone is closed."""
        super().stopped(track)
        if not self.tracks:
            self._microphone = None


class CameraSource(TrackSource):
    ...

"""The machine's devices as sources of tracks: listed and opened on a thread of libwebrtc's."""

from __future__ import annotations

import hashlib
import weakref
from typing import TYPE_CHECKING, Any

from . import _dispatcher, _native
from ._audiofeeds import FeedSource, feed_capabilities, feed_settings
from ._cameraformats import CameraFormat, FormatSource, choices, format_capabilities
from .constraints import MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings
from .enums import MediaDeviceKind
from .eventtarget import Event
from .exceptions import InvalidAccessError, NotFoundError, NotReadableError, OperationError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from ._tracksource import TrackSource
    from .mediastreamtrack import MediaStreamTrack

# Whatever a device records at, it is resampled to that.
MICROPHONE_RATE = 48000
_CHANNELS = (1, 2)


async def ask(start: Callable[..., None], *arguments: Any) -> Any:
    """What an operation without a connection gives: ``start(mailbox, target, operation, *arguments)``.

    Cancelling lets go of what it would have given.
    """
    answer = _Answer(_dispatcher.current())
    try:
        start(answer.dispatcher.mailbox, answer.key, 0, *arguments)
        return await answer.future
    finally:
        answer.dispatcher.forget(answer.key)


class _Answer:
    def __init__(self, dispatcher: _dispatcher.Dispatcher) -> None:
        self.key = _native.next_key()
        self.dispatcher = dispatcher
        self.future: asyncio.Future[Any] = dispatcher.loop.create_future()
        dispatcher.target(self.key, self)

    def _on_operation(self, operation: int, error: BaseException | None, value: Any, state: None) -> None:
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(value)


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


class Lost:
    """Who hears that a device is gone: https://w3c.github.io/mediacapture-main/#track-ended.

    ``told`` is called on the loop, as long as the owner exists.
    """

    def __init__(self, owner: object, key: int, told: Callable[[Any], None]) -> None:
        self._owner = weakref.ref(owner)
        self._told = told
        dispatcher = _dispatcher.current()
        dispatcher.target(key, self)
        weakref.finalize(owner, dispatcher.forget, key)

    def _on_lost(self) -> None:
        owner = self._owner()
        if owner is not None:
            self._told(owner)


def end_tracks(source: TrackSource) -> None:
    """The source has ended by itself: so have its tracks, with their event."""
    tracks = source.tracks
    source.end()
    for track in tracks:
        track._fire(Event._new("ended"))


class _MicrophoneSource(FeedSource):
    """A microphone, which is open as long as one of its tracks is live."""

    def __init__(self, native: _native.Microphone, settings: MediaTrackSettings) -> None:
        super().__init__(settings, channels=_CHANNELS, processed=True)
        self._microphone: _native.Microphone | None = native
        Lost(self, native.key, end_tracks)

    def attach(self, feed: _native.AudioFeed) -> None:
        if self._microphone is not None:
            self._microphone.add_feed(feed)

    def detach(self, feed: _native.AudioFeed) -> None:
        if self._microphone is not None:
            self._microphone.remove_feed(feed)

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if self.ended:
            self._microphone = None


class _CameraSource(FormatSource):
    """A camera, which is open as long as one of its tracks is live."""

    def __init__(self, native: _native.Camera, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._camera: _native.Camera | None = native
        Lost(self, native.key, end_tracks)

    def configure(self, format: CameraFormat) -> None:
        if self._camera is not None:
            self._camera.configure(_native_format(format))

    def attach(self, output: _native.VideoSource) -> None:
        if self._camera is not None:
            self._camera.add_output(output)

    def detach(self, output: _native.VideoSource) -> None:
        if self._camera is not None:
            self._camera.remove_output(output)

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if self.ended:
            self._camera = None


def _native_format(format: CameraFormat) -> _native.CameraFormat:
    return _native.CameraFormat(format.width, format.height, round(format.frame_rate))


class Device:
    """A device that can be opened, or a loudspeaker: one of the machine's, or a program's own."""

    def __init__(self, kind: MediaDeviceKind, id: str, label: str, group: str) -> None:
        self._kind = kind
        self._id = id
        self._label = label
        self._group = group

    @property
    def deviceId(self) -> str:
        """What constraints call it."""
        return self._id

    @property
    def label(self) -> str:
        """A name for people."""
        return self._label

    def _is(self, other: Device) -> bool:
        """Whether nothing has changed."""
        return vars(self) == vars(other)

    def _capabilities(self) -> MediaTrackCapabilities:
        """What a track of it can be set to."""
        raise NotImplementedError

    def _choices(self, constraints: MediaTrackConstraints) -> list[tuple[MediaTrackSettings, Any]]:
        """All that a track can be set to, what is preferred first, with what :meth:`_open` is to be given."""
        raise NotImplementedError

    async def _open(self, how: Any) -> TrackSource:
        """A source for tracks of it."""
        raise NotImplementedError


class _Microphone(Device):
    @property
    def _settings(self) -> MediaTrackSettings:
        return MediaTrackSettings(sampleRate=MICROPHONE_RATE, deviceId=self._id, groupId=self._group)

    def _capabilities(self) -> MediaTrackCapabilities:
        return feed_capabilities(self._settings, _CHANNELS)

    def _choices(self, constraints: MediaTrackConstraints) -> list[tuple[MediaTrackSettings, Any]]:
        return [(settings, None) for settings in feed_settings(self._settings, _CHANNELS, processed=True)]

    async def _open(self, how: None) -> TrackSource:
        native = await open_device(_native.Microphone.open, self._id)
        return _MicrophoneSource(native, self._settings)


class _Camera(Device):
    def __init__(self, *arguments: Any, formats: list[CameraFormat]) -> None:
        super().__init__(*arguments)
        self._formats = formats

    @property
    def _settings(self) -> MediaTrackSettings:
        return MediaTrackSettings(deviceId=self._id, groupId=self._group)

    def _capabilities(self) -> MediaTrackCapabilities:
        return format_capabilities(self._formats, self._settings)

    def _choices(self, constraints: MediaTrackConstraints) -> list[tuple[MediaTrackSettings, Any]]:
        made = choices(self._formats, self._settings, constraints)
        return [(choice.settings, choice.format) for choice in made]

    async def _open(self, how: CameraFormat) -> TrackSource:
        native = await open_device(_native.Camera.open, self._id, _native_format(how))
        return _CameraSource(native, self._formats, how, self._settings)


async def machine_devices() -> list[Device]:
    """Those that the machine has now. Cameras without a format that can be read are left out."""
    devices: list[Device] = []
    for found in await ask(_native.list_devices):
        kind = MediaDeviceKind(found.kind)
        # What is known of devices that belong together: one sound card has one name in both directions.
        group = hashlib.sha256(found.label.encode()).hexdigest()[:32]
        if kind == MediaDeviceKind.VIDEOINPUT:
            formats = [CameraFormat(f.width, f.height, f.max_frame_rate) for f in found.formats]
            if formats:
                devices.append(_Camera(kind, found.id, found.label, group, formats=formats))
            continue
        label = f"Default - {found.label}" if found.id == "default" else found.label
        device = _Microphone if kind == MediaDeviceKind.AUDIOINPUT else Device
        devices.append(device(kind, found.id, label, group))
    return devices

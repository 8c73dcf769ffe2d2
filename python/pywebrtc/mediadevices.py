"""mediaDevices: microphones, cameras and loudspeakers, as in a browser's ``navigator.mediaDevices``."""

from __future__ import annotations

import asyncio
import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from . import _dispatcher
from ._devices import Device, machine_devices
from ._screen import ScreenSource
from ._settings import bounds, select_settings
from ._webidl import convert, shown
from .constraints import (
    MediaStreamConstraints,
    MediaTrackConstraints,
    MediaTrackConstraintSet,
    MediaTrackSupportedConstraints,
)
from .enums import MediaDeviceKind
from .events import DeviceChangeEvent
from .eventtarget import EventHandler, EventTarget
from .exceptions import NotAllowedError, NotFoundError
from .mediadeviceinfo import InputDeviceInfo, MediaDeviceInfo
from .mediastream import MediaStream
from .mediastreamtrack import MediaStreamTrack
from .virtualdevices import VirtualDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._tracksource import TrackSource

# Seconds between two looks at the devices, as long as somebody listens for changes.
_LOOK = 1.0

_KINDS = {"audio": MediaDeviceKind.AUDIOINPUT, "video": MediaDeviceKind.VIDEOINPUT}
_NAMES = {"audio": "microphone", "video": "camera"}
# https://w3c.github.io/mediacapture-main/#dfn-allowed-required-constraints-for-device-selection
_NOT_REQUIRED = ("backgroundBlur",)

Kind = Literal["audio", "video"]


class MediaDevices(EventTarget):
    """Microphones, cameras and loudspeakers (mediacapture-main, section "MediaDevices").

    There is one object, :data:`pywebrtc.mediaDevices`. A program may use what it runs on: nobody is asked
    for permission, and labels and ids are always told. Microphones and loudspeakers are those of PulseAudio
    (or PipeWire in its place), else ALSA's; cameras are those of V4L2. Devices of the program's own are
    :meth:`add`-ed: pictures and samples from functions, or synthetic ones.

    ``devicechange`` is fired in the loop that runs when a listener is added.
    """

    ondevicechange = EventHandler[DeviceChangeEvent]("devicechange")

    _virtual: list[VirtualDevice]
    # What is open, and shared by those who ask for the same device in the same loop.
    _sources: weakref.WeakValueDictionary[_Key, TrackSource]
    _opening: dict[_Key, asyncio.Future[None]]
    _watchers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Watcher]

    def __init__(self) -> None:
        raise TypeError("MediaDevices has no constructor: use pywebrtc.mediaDevices")

    @classmethod
    def _new(cls) -> Self:
        self = cls.__new__(cls)
        EventTarget.__init__(self)
        self._virtual = []
        self._sources = weakref.WeakValueDictionary()
        self._opening = {}
        self._watchers = weakref.WeakKeyDictionary()
        return self

    async def enumerateDevices(self) -> list[MediaDeviceInfo]:
        """The devices that there are: microphones, then cameras, then loudspeakers.

        https://w3c.github.io/mediacapture-main/#dom-mediadevices-enumeratedevices. The system is asked on a
        thread of libwebrtc's. Cancelling does nothing else.

        Raises:
            InvalidStateError: in a forked child, or while the interpreter exits.
        """
        return _infos(await self._devices())

    def getSupportedConstraints(self) -> MediaTrackSupportedConstraints:
        """The constraints that are heeded (mediacapture-main, "getSupportedConstraints()")."""
        return MediaTrackSupportedConstraints(backgroundBlur=False)

    async def getUserMedia(
        self, constraints: MediaStreamConstraints | Mapping[str, Any] | None = None
    ) -> MediaStream:
        """A stream with a track of a microphone, of a camera, or of both: those nearest to the constraints.

        https://w3c.github.io/mediacapture-main/#dom-mediadevices-getusermedia. A device is open as long as
        one of its tracks is live; who asks for it again in the same loop gets another track of it. Voices
        are processed unless the constraints say otherwise: ``{"audio": {"echoCancellation": False}}``. When
        a device is unplugged, its tracks end with an ``ended`` event. Cancelling opens nothing.

        Arguments:
            constraints: ``{"audio": True, "video": {"width": 1280, "deviceId": "..."}}``; True for any.

        Raises:
            TypeError: neither audio nor video is asked for, or a member has the wrong type.
            NotFoundError: there is no such device, or it is gone.
            OverconstrainedError: none can do what is required; ``constraint`` says which.
            NotAllowedError: the system lets this user see no camera, though there is one.
            NotReadableError: the device is in use, or fails.
        """
        asked = MediaStreamConstraints.convert(constraints, "getUserMedia")
        wanted = {kind: given for kind in _KINDS if (given := _constraints(getattr(asked, kind))) is not None}
        if not wanted:
            raise TypeError("getUserMedia: neither audio nor video is asked for")
        for given in wanted.values():
            _check_required(given)
        devices = await self._devices()
        selected = [(given, *_select(kind, devices, given)) for kind, given in wanted.items()]
        opened = [(given, device, await self._source(device, how)) for given, device, how in selected]
        tracks = [_track(source, device._label, given) for given, device, source in opened]
        return MediaStream(tracks)

    async def getDisplayMedia(
        self,
        options: MediaStreamConstraints | Mapping[str, Any] | None = None,
        *,
        source: Callable[[], Any] | None = None,
        format: str = "rgb24",
        label: str = "screen",
    ) -> MediaStream:
        """A stream with the pictures that a function gives: of a screen, a window, a plot.

        https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia, with a function
        in place of the user's choice. It is called as often as the track's ``frameRate`` says, 30 times a
        second where nothing is said, until the track is stopped; on a thread of its own, so it may take its
        time, or in the loop where it is a coroutine function. examples/screen_share.py shares a screen.

        Arguments:
            options: ``{"video": {"frameRate": 10, "width": {"max": 1280}}}``. There is no audio.
            source: what gives a picture: an array in ``format``, a :class:`VideoFrame`, or None for none
                this time. StopIteration ends the track; so does any other exception, which goes to the
                loop's exception handler.
            format: the layout of the arrays.
            label: the track's ``label``.

        Raises:
            TypeError: the function is none, or video is not asked for, or constraints other than ideal and
                ``max`` ones.
            NotFoundError: there is no function.
            OverconstrainedError: a ``max`` is less than can be done.
        """
        asked = MediaStreamConstraints.convert(
            {"video": True} if options is None else options, "getDisplayMedia"
        )
        given = _constraints(asked.video)
        if given is None:
            raise TypeError("getDisplayMedia: video is not asked for")
        _check_display(given)
        if source is None:
            raise NotFoundError("getDisplayMedia: give a function for pictures: source=...")
        if not callable(source):
            raise TypeError(f"getDisplayMedia: source: {shown(source)} is no function")
        screen = ScreenSource(source, format)
        track = _track(screen, convert(str, label, "getDisplayMedia: label"), given)
        screen.start()
        return MediaStream([track])

    def add(self, device: VirtualDevice) -> None:
        """Have a device of the program's own among the others: first of its kind. (Ours.)

        Adding it again changes nothing. ``devicechange`` is fired.

        Raises:
            TypeError: it is no virtual device.
        """
        convert(VirtualDevice, device, "MediaDevices.add: device")
        if device not in self._virtual:
            self._virtual.insert(0, device)
            self._look_now()

    def remove(self, device: VirtualDevice) -> None:
        """Have it there no more; its tracks end, with their event. (Ours.)

        One that is not there changes nothing.
        """
        if device in self._virtual:
            self._virtual.remove(device)
            device._lost()
            self._look_now()

    async def _devices(self) -> list[Device]:
        return _in_order([*self._virtual, *await machine_devices()])

    async def _source(self, device: Device, how: Any) -> TrackSource:
        """The device, opened; by this call or by one before it."""
        key = (_dispatcher.current(), device._kind, device._id)
        while (opening := self._opening.get(key)) is not None:
            await asyncio.wait([opening])
        source = self._sources.get(key)
        if source is None or source.ended:
            self._opening[key] = opening = asyncio.get_running_loop().create_future()
            try:
                self._sources[key] = source = await device._open(how)
            finally:
                del self._opening[key]
                opening.set_result(None)
        return source

    def _append(self, type: str, registration: Any) -> None:
        super()._append(type, registration)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if loop not in self._watchers:
            self._watchers[loop] = watcher = _Watcher(self)
            loop.call_soon(watcher.look)

    def _look_now(self) -> None:
        for loop, watcher in list(self._watchers.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(watcher.look)


_Key = tuple[_dispatcher.Dispatcher, MediaDeviceKind, str]


class _Watcher:
    """Looks every second whether the devices are still the same, as long as somebody listens."""

    def __init__(self, devices: MediaDevices) -> None:
        self._devices = devices
        self._virtual = list(devices._virtual)
        self._machine: list[Device] | None = None
        # Not the timers, nor a task that has ended: they hold the loop, under which this is kept weakly.
        self._task: asyncio.Task[None] | None = None
        self._looks = 0

    def look(self) -> None:
        """Look now, and again after a second. In the loop."""
        self._looks += 1
        loop = asyncio.get_running_loop()
        if not self._devices._has_listeners("devicechange"):
            self._devices._watchers.pop(loop, None)
            return
        if self._task is None:
            self._task = loop.create_task(self._compare())
        loop.call_later(_LOOK, self._look_again, self._looks)

    def _look_again(self, look: int) -> None:
        if look == self._looks:  # and none has come in between
            self.look()

    async def _compare(self) -> None:
        try:
            machine = await machine_devices()
        finally:
            self._task = None
        known = _in_order([*self._virtual, *(machine if self._machine is None else self._machine)])
        self._virtual, self._machine = list(self._devices._virtual), machine
        found = _in_order([*self._virtual, *machine])
        if len(found) == len(known) and all(a._is(b) for a, b in zip(found, known, strict=True)):
            return
        infos = tuple(_infos(found))
        inserted = tuple(i for i in infos if not any(i._device._is(device) for device in known))
        event = DeviceChangeEvent._new("devicechange", devices=infos, userInsertedDevices=inserted)
        self._devices._fire(event)


def _in_order(devices: list[Device]) -> list[Device]:
    """Microphones, cameras, loudspeakers, as browsers list them."""
    order = (MediaDeviceKind.AUDIOINPUT, MediaDeviceKind.VIDEOINPUT, MediaDeviceKind.AUDIOOUTPUT)
    return sorted(devices, key=lambda device: order.index(device._kind))


def _infos(devices: list[Device]) -> list[MediaDeviceInfo]:
    return [
        (MediaDeviceInfo if device._kind == MediaDeviceKind.AUDIOOUTPUT else InputDeviceInfo)._new(device)
        for device in devices
    ]


def _constraints(given: bool | MediaTrackConstraints) -> MediaTrackConstraints | None:
    if isinstance(given, bool):
        return MediaTrackConstraints() if given else None
    return given


def _check_required(given: MediaTrackConstraints) -> None:
    for name in _NOT_REQUIRED:
        constraint = getattr(given, name)
        if constraint is not None and bounds(constraint).keys() & {"exact", "min", "max"}:
            raise TypeError(f"getUserMedia: {name} selects no device: it must not be required")


def _check_display(given: MediaTrackConstraints) -> None:
    # https://w3c.github.io/mediacapture-screen-share/#dom-mediadevices-getdisplaymedia
    if given.advanced is not None:
        raise TypeError("getDisplayMedia: advanced constraints are not allowed")
    for name in MediaTrackConstraintSet.members():
        constraint = getattr(given, name)
        if constraint is not None and bounds(constraint).keys() & {"exact", "min"}:
            raise TypeError(f"getDisplayMedia: {name}: exact and min are not allowed")


def _select(kind: str, devices: list[Device], given: MediaTrackConstraints) -> tuple[Device, Any]:
    """The device and the way to open it that are nearest to what is asked for."""
    candidates = [
        (settings, device, how)
        for device in devices
        if device._kind == _KINDS[kind]
        for settings, how in device._choices(given)
    ]
    if not candidates:
        if kind == "video":
            _check_permission()
        raise NotFoundError(f"getUserMedia: there is no {_NAMES[kind]}")
    settings = select_settings(kind, [candidate[0] for candidate in candidates], given)
    return next((device, how) for found, device, how in candidates if found is settings)


def _check_permission() -> None:
    refused = [path for path in sorted(Path("/dev").glob("video*")) if not os.access(path, os.R_OK | os.W_OK)]
    if refused:
        raise NotAllowedError(
            f"getUserMedia: no permission for {', '.join(map(str, refused))}: is the user in the group video?"
        )


def _track(source: TrackSource, label: str, given: MediaTrackConstraints) -> MediaStreamTrack:
    track = MediaStreamTrack._new(source.create_track(), label, source)
    try:
        track._constrain(given)
    except BaseException:
        track.stop()
        raise
    return track


#: The one object of its class.
mediaDevices = MediaDevices._new()

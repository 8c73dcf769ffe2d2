"""Cameras and microphones of the program's own: pictures and samples from functions, and synthetic ones."""

from __future__ import annotations

import hashlib
import time
import weakref
from typing import TYPE_CHECKING, Any

from . import _native
from ._audioarrays import checked_samples
from ._audiofeeds import FeedSource, feed_capabilities, feed_settings
from ._cameraformats import CameraFormat, FormatSource, choices, format_capabilities
from ._devices import Device, end_tracks
from ._pump import Pump
from ._screen import native_frame
from ._tracksource import new_id
from ._webidl import Long, convert, shown
from .constraints import MediaTrackCapabilities, MediaTrackConstraints, MediaTrackSettings
from .enums import MediaDeviceKind, VideoFacingModeEnum
from .pixelformat import MAX_SIDE, PixelFormat, pixel_format

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from ._tracksource import TrackSource
    from .mediastreamtrack import MediaStreamTrack

_RATES = (8000, 16000, 24000, 32000, 44100, 48000)
_DEFAULT_FRAME_RATE = 30.0
_MAX_FRAME_RATE = 1000.0

# Seconds between two calls for samples, and how much is asked for ahead of what is played.
_SAMPLES_INTERVAL = 0.02
_SAMPLES_AHEAD = 0.06


class VirtualDevice(Device):
    """A :class:`VirtualCamera` or :class:`VirtualMicrophone`, for ``mediaDevices.add``."""

    def __init__(self, kind: MediaDeviceKind, label: str, function: object) -> None:
        where = type(self).__name__
        name = convert(str, label, f"{where}: label")
        if not callable(function):
            raise TypeError(f"{where}: {shown(function)} is no function")
        super().__init__(kind, new_id(), name, hashlib.sha256(name.encode()).hexdigest()[:32])
        self._function = function
        self._opened: weakref.WeakSet[TrackSource] = weakref.WeakSet()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._label!r}>"

    def _is(self, other: Device) -> bool:
        return self is other

    def _lost(self) -> None:
        for source in list(self._opened):
            end_tracks(source)


class VirtualCamera(VirtualDevice):
    """A camera whose pictures a function gives, for ``mediaDevices.add`` and ``getUserMedia``.

    The function is called as often as the frame rate says, as long as a track of the camera is live; on a
    thread of its own, so it may take its time, or in the loop where it is a coroutine function. It gives an
    array, a :class:`VideoFrame`, or None for none this time; StopIteration ends the tracks.

    Arguments:
        label: a name for people.
        draw: the function, without arguments.
        width: pixels of the pictures.
        height: pixels of the pictures.
        frame_rate: pictures a second, 0.1 to 1000.
        format: the layout of the arrays.
        facing_mode: where it looks, a value of :class:`VideoFacingModeEnum`.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a number, format or mode that is not allowed.
    """

    def __init__(
        self,
        label: str,
        draw: Callable[[], Any],
        *,
        width: int = 640,
        height: int = 480,
        frame_rate: float = _DEFAULT_FRAME_RATE,
        format: PixelFormat | str = PixelFormat.RGB24,
        facing_mode: VideoFacingModeEnum | str | None = None,
    ) -> None:
        super().__init__(MediaDeviceKind.VIDEOINPUT, label, draw)
        for name, side in (("width", width), ("height", height)):
            if not 1 <= convert(Long, side, f"VirtualCamera: {name}") <= MAX_SIDE:
                raise ValueError(f"VirtualCamera: {name} is {side}, not in 1 to {MAX_SIDE}")
        rate = convert(float, frame_rate, "VirtualCamera: frame_rate")
        if not 0.1 <= rate <= _MAX_FRAME_RATE:
            raise ValueError(f"VirtualCamera: frame_rate is {rate}, not in 0.1 to {_MAX_FRAME_RATE:g}")
        if facing_mode is not None:
            facing_mode = VideoFacingModeEnum(facing_mode)
        self._format = pixel_format(format)
        self._formats = [CameraFormat(width, height, rate)]
        self._settings = MediaTrackSettings(facingMode=facing_mode, deviceId=self._id, groupId=self._group)

    def _capabilities(self) -> MediaTrackCapabilities:
        return format_capabilities(self._formats, self._settings)

    def _choices(self, constraints: MediaTrackConstraints) -> list[tuple[MediaTrackSettings, Any]]:
        made = choices(self._formats, self._settings, constraints)
        return [(choice.settings, choice.format) for choice in made]

    async def _open(self, how: CameraFormat) -> TrackSource:
        source = _DrawnSource(self._formats, how, self._settings, self._function, self._format)
        self._opened.add(source)
        return source


class _DrawnSource(FormatSource):
    """What a VirtualCamera is for its tracks."""

    def __init__(
        self,
        formats: list[CameraFormat],
        format: CameraFormat,
        settings: MediaTrackSettings,
        draw: Any,
        layout: PixelFormat,
    ) -> None:
        super().__init__(formats, format, settings)
        self.produce = draw
        self.interval = 1 / format.frame_rate
        self._layout = layout
        # Read by the pump's thread.
        self._natives: tuple[_native.VideoSource, ...] = ()
        self._pump = Pump(self, draw)

    def attach(self, output: _native.VideoSource) -> None:
        self._natives = (*self._natives, output)

    def detach(self, output: _native.VideoSource) -> None:
        self._natives = tuple(native for native in self._natives if native is not output)

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if self.ended:
            self._pump.stop()

    def deliver(self, value: Any) -> None:
        frame = native_frame(value, self._layout)
        now = _native.time_us()
        for native in self._natives:
            native.push_frame(frame, now)


class VirtualMicrophone(VirtualDevice):
    """A microphone whose samples a function gives, for ``mediaDevices.add`` and ``getUserMedia``.

    The function is called some 50 times a second, as long as a track of the microphone is live; on a thread
    of its own, or in the loop where it is a coroutine function. Echo, noise and level of what it gives are
    left alone, unless constraints ask for it.

    Arguments:
        label: a name for people.
        record: the function, with the number of samples that are wanted. It gives an array of int16 or
            float32, of shape ``(samples, channels)`` or ``(samples,)`` for one channel, of as many samples or
            fewer, or None for none this time; StopIteration ends the tracks.
        sample_rate: samples a second: 8000, 16000, 24000, 32000, 44100 or 48000.
        channels: 1 or 2.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a rate or number of channels that is not allowed.
    """

    def __init__(
        self, label: str, record: Callable[[int], Any], *, sample_rate: int = 48000, channels: int = 1
    ) -> None:
        super().__init__(MediaDeviceKind.AUDIOINPUT, label, record)
        if convert(Long, sample_rate, "VirtualMicrophone: sample_rate") not in _RATES:
            raise ValueError(f"VirtualMicrophone: sample_rate is {sample_rate}, not one of {_RATES}")
        if convert(Long, channels, "VirtualMicrophone: channels") not in (1, 2):
            raise ValueError(f"VirtualMicrophone: channels is {channels}, not 1 or 2")
        self._channels = channels
        self._settings = MediaTrackSettings(sampleRate=sample_rate, deviceId=self._id, groupId=self._group)

    def _capabilities(self) -> MediaTrackCapabilities:
        return feed_capabilities(self._settings, [self._channels])

    def _choices(self, constraints: MediaTrackConstraints) -> list[tuple[MediaTrackSettings, Any]]:
        return [(s, None) for s in feed_settings(self._settings, [self._channels], processed=False)]

    async def _open(self, how: None) -> TrackSource:
        source = _RecordedSource(self._settings, self._channels, self._function)
        self._opened.add(source)
        return source


class _RecordedSource(FeedSource):
    """What a VirtualMicrophone is for its tracks."""

    interval = _SAMPLES_INTERVAL

    def __init__(self, settings: MediaTrackSettings, channels: int, record: Any) -> None:
        super().__init__(settings, channels=[channels])
        assert settings.sampleRate is not None
        self._rate = settings.sampleRate
        self._width = channels
        self._record = record
        self._native = _native.AudioSource(self._rate, channels, 1000)
        self._pump = Pump(self, record)

    def attach(self, feed: _native.AudioFeed) -> None:
        self._native.add_feed(feed)

    def detach(self, feed: _native.AudioFeed) -> None:
        self._native.remove_feed(feed)

    def stopped(self, track: MediaStreamTrack) -> None:
        super().stopped(track)
        if self.ended:
            self._pump.stop()

    def produce(self) -> Any:
        return self._record(max(round(_SAMPLES_AHEAD * self._rate) - self._native.queued, 0))

    def deliver(self, value: Any) -> None:
        samples = checked_samples(value, self._width, "what a VirtualMicrophone's function gives")
        self._native.push(samples, self._rate)


class FakeCamera(VirtualCamera):
    """A camera with a test picture, as browsers have with ``--use-fake-device-for-media-stream``.

    Colour bars, on which a white square goes round every 4 seconds. All of it is inverted for a tenth of each
    second of ``time.monotonic()``, while a :class:`FakeMicrophone` beeps.

    Arguments:
        label: a name for people.
        width: pixels.
        height: pixels.
        frame_rate: pictures a second.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a number that is not allowed.
    """

    def __init__(
        self,
        label: str = "Fake camera",
        *,
        width: int = 640,
        height: int = 480,
        frame_rate: float = _DEFAULT_FRAME_RATE,
    ) -> None:
        self._bars: NDArray[np.uint8] | None = None
        super().__init__(label, self._draw, width=width, height=height, frame_rate=frame_rate)

    def _draw(self) -> NDArray[np.uint8]:
        import numpy as np  # as elsewhere: only who sees pictures needs it

        format = self._formats[0]
        if self._bars is None:
            # White, yellow, cyan, green, magenta, red, blue, black.
            colours = [(255 * (i // 2 & 1), 255 * (i // 4), 255 * (i & 1)) for i in range(7, -1, -1)]
            bars = np.array(colours, np.uint8)[np.arange(format.width) * 8 // format.width]
            self._bars = np.broadcast_to(bars, (format.height, format.width, 3))
        now = time.monotonic()
        picture = 255 - self._bars if now % 1 < _BEEP else self._bars.copy()
        side = max(min(format.width, format.height) // 6, 1)
        angle = now % 4 / 4 * 2 * np.pi
        x = round((format.width - side) * (1 + np.cos(angle)) / 2)
        y = round((format.height - side) * (1 + np.sin(angle)) / 2)
        picture[y : y + side, x : x + side] = 255
        return picture


# Seconds of each second of the clock in which fake devices beep and flash.
_BEEP = 0.1


class FakeMicrophone(VirtualMicrophone):
    """A microphone with a beep, as browsers have with ``--use-fake-device-for-media-stream``.

    A tone for the first tenth of each second of ``time.monotonic()``, and silence for the rest.

    Arguments:
        label: a name for people.
        frequency: of the tone in Hz, 20 to 3900.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: a frequency that is not allowed.
    """

    def __init__(self, label: str = "Fake microphone", *, frequency: float = 1000) -> None:
        self._frequency = convert(float, frequency, "FakeMicrophone: frequency")
        if not 20 <= self._frequency <= 3900:
            raise ValueError(f"FakeMicrophone: frequency is {frequency}, not in 20 to 3900")
        self._next: float | None = None
        super().__init__(label, self._beep)

    def _beep(self, count: int) -> NDArray[np.float32]:
        import numpy as np  # as above

        rate = self._settings.sampleRate or 1
        begin = time.monotonic() + _SAMPLES_AHEAD - count / rate
        # Samples follow each other without a gap; after a pause of the program they begin anew.
        if self._next is not None and abs(begin - self._next) < _SAMPLES_AHEAD:
            begin = self._next
        self._next = begin + count / rate
        when = begin + np.arange(count) / rate
        tone = 0.25 * np.sin(2 * np.pi * self._frequency * (when % 1))
        return np.where(when % 1 < _BEEP, tone, 0).astype(np.float32)

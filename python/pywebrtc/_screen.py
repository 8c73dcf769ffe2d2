"""ScreenSource: pictures of a program's function, of any size, for getDisplayMedia."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native
from ._pump import Pump
from .pixelformat import PixelFormat, pixel_format
from .videoframe import VideoFrame
from .videosource import _Pictures

if TYPE_CHECKING:
    from .constraints import MediaTrackSettings
    from .mediastreamtrack import MediaStreamTrack

_DEFAULT_FRAME_RATE = 30.0


class ScreenSource(_Pictures):
    """What getDisplayMedia's function is for its tracks: pictures of any size, which may change."""

    def __init__(self, draw: Any, format: PixelFormat | str) -> None:
        super().__init__(screencast=True)
        self.produce = draw
        self._layout = pixel_format(format)
        self._pump: Pump | None = None

    def start(self) -> None:
        """Call the function, from now on."""
        self._pump = Pump(self, self.produce)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more pictures; where it was the last one, the function is called no more."""
        super().stopped(track)
        if self.ended and self._pump is not None:
            self._pump.stop()

    @property
    def interval(self) -> float:
        """As the track that wants most wants it."""
        rates = [self._rate(track) for track in self.tracks]
        return 1 / max(rates, default=_DEFAULT_FRAME_RATE)

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What it does for the track."""
        settings = super().settings(track)
        if settings.width is not None:
            settings.frameRate = self._rate(track)
        return settings

    def deliver(self, value: Any) -> None:
        """Send a picture."""
        frame = native_frame(value, self._layout)
        now = _native.time_us()
        for native in self.outputs((frame.width, frame.height)):
            native.push_frame(frame, now)

    def _rate(self, track: MediaStreamTrack) -> float:
        return super().settings(track).frameRate or _DEFAULT_FRAME_RATE


def native_frame(value: Any, layout: PixelFormat) -> _native.VideoFrame:
    """What a program's function gave, as a native frame; TypeError and ValueError where it is none."""
    frame = value if isinstance(value, VideoFrame) else VideoFrame.from_ndarray(value, layout)
    return frame._native

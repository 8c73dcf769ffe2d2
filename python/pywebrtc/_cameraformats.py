"""FormatSource: cameras, which give pictures in some formats, and tracks, which may ask for others."""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import _native
from ._settings import numbers, select_settings
from ._tracksource import TrackSource, new_id
from .constraints import DoubleRange, MediaTrackCapabilities, MediaTrackSettings, ULongRange
from .enums import VideoResizeModeEnum

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .constraints import MediaTrackConstraints
    from .mediastreamtrack import MediaStreamTrack

# What is taken where nothing is said, as browsers do.
_USUAL = (640, 480)


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """Pictures that a camera can give."""

    width: int
    height: int
    frame_rate: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What a track may be set to, and the format of the camera that it is made of."""

    settings: MediaTrackSettings
    format: CameraFormat


class FormatSource(TrackSource):
    """Where the tracks of a camera get their pictures: each from a native source of its own.

    The camera gives the smallest format that is enough for all tracks; for each of them pictures are cropped,
    scaled and dropped from that.
    """

    def __init__(
        self, formats: Sequence[CameraFormat], format: CameraFormat, fixed: MediaTrackSettings
    ) -> None:
        super().__init__()
        self._formats = formats
        self._format = format
        self._fixed = fixed
        self._made: dict[str, _native.VideoSource] = {}
        self._outputs: weakref.WeakKeyDictionary[MediaStreamTrack, _native.VideoSource] = (
            weakref.WeakKeyDictionary()
        )
        self._chosen: weakref.WeakKeyDictionary[MediaStreamTrack, Choice] = weakref.WeakKeyDictionary()

    def configure(self, format: CameraFormat) -> None:
        """Have the camera give another format."""
        raise NotImplementedError

    def attach(self, output: _native.VideoSource) -> None:
        """Have pictures pushed to it, until nobody holds it any more or it is detached."""
        raise NotImplementedError

    def detach(self, output: _native.VideoSource) -> None:
        """It needs no more pictures."""
        raise NotImplementedError

    def create_track(self) -> _native.Track:
        """A native track of this source."""
        output = _native.VideoSource(False)
        track = output.create_track(new_id())
        self._made[track.id] = output
        return track

    def started(self, track: MediaStreamTrack) -> None:
        """The track is one of this source's."""
        super().started(track)
        output = self._made.pop(track._native.id)
        self._outputs[track] = output
        self._choose(track, Choice(as_it_is(self._format, self._fixed), self._format))
        self.attach(output)

    def stopped(self, track: MediaStreamTrack) -> None:
        """The track needs no more pictures."""
        super().stopped(track)
        self._chosen.pop(track, None)
        self.detach(self._outputs.pop(track))

    def clone(self, track: MediaStreamTrack) -> _native.Track:
        """A native track for a clone of the track."""
        return self.create_track()

    def capabilities(self) -> MediaTrackCapabilities:
        """What the source can do."""
        return format_capabilities(self._formats, self._fixed)

    def settings(self, track: MediaStreamTrack) -> MediaTrackSettings:
        """What it does for the track."""
        return MediaTrackSettings.convert(self._chosen[track].settings)

    def adjust(self, track: MediaStreamTrack) -> None:
        """Do for the track as its constraints ask: that can always be done."""
        self.constrain(track, track._constraints)

    def constrain(self, track: MediaStreamTrack, constraints: MediaTrackConstraints) -> None:
        """Do for the track as the constraints ask."""
        self._choose(track, choose(choices(self._formats, self._fixed, constraints), constraints))

    def _choose(self, track: MediaStreamTrack, choice: Choice) -> None:
        self._chosen[track] = choice
        settings = choice.settings
        rate = settings.frameRate if settings.frameRate != choice.format.frame_rate else None
        self._outputs[track].set_output(settings.width or 0, settings.height or 0, rate or 0)
        wanted = [chosen.format for chosen in self._chosen.values()]
        format = min(
            (f for f in self._formats if all(_is_enough(f, w) for w in wanted)),
            key=lambda f: (f.width * f.height, f.frame_rate),
            # Each is enough for one of them; the largest is nearest to enough for all.
            default=max(wanted, key=lambda f: (f.width * f.height, f.frame_rate)),
        )
        if format != self._format:
            self._format = format
            self.configure(format)


def _is_enough(format: CameraFormat, wanted: CameraFormat) -> bool:
    return (
        format.width >= wanted.width
        and format.height >= wanted.height
        and format.frame_rate >= wanted.frame_rate
    )


def as_it_is(format: CameraFormat, fixed: MediaTrackSettings) -> MediaTrackSettings:
    """The settings of a track that has a camera's pictures as they are."""
    return MediaTrackSettings(
        width=format.width,
        height=format.height,
        aspectRatio=format.width / format.height,
        frameRate=format.frame_rate,
        resizeMode=VideoResizeModeEnum.NONE,
        facingMode=fixed.facingMode,
        deviceId=fixed.deviceId,
        groupId=fixed.groupId,
    )


def choices(
    formats: Sequence[CameraFormat], fixed: MediaTrackSettings, constraints: MediaTrackConstraints
) -> list[Choice]:
    """All that a track can be set to, what is preferred first.

    Formats as they are come before those that are made by cropping, scaling and dropping, of which there are
    as many as the constraints name.
    """
    preferred = sorted(formats, key=_distance_from_usual)
    made = [Choice(as_it_is(format, fixed), format) for format in preferred]
    widths, heights = numbers(constraints, "width"), numbers(constraints, "height")
    ratios, rates = numbers(constraints, "aspectRatio"), numbers(constraints, "frameRate")
    # Those that lose least, first.
    for format in sorted(formats, key=lambda f: f.width * f.height):
        for width, height in _sizes(format, widths, heights, ratios):
            for rate in (
                format.frame_rate,
                *sorted((r for r in rates if 0 < r < format.frame_rate), reverse=True),
            ):
                settings = as_it_is(format, fixed)
                settings.width, settings.height, settings.frameRate = width, height, rate
                # What was asked for, not what the rounded size makes of it.
                near = [r for r in ratios if abs(width / r - height) < 1 or abs(height * r - width) < 1]
                settings.aspectRatio = near[0] if near else width / height
                settings.resizeMode = VideoResizeModeEnum.CROP_AND_SCALE
                made.append(Choice(settings, format))
    return made


def choose(among: Sequence[Choice], constraints: MediaTrackConstraints) -> Choice:
    """The one that the constraints ask for.

    Raises:
        OverconstrainedError: there is none.
    """
    settings = select_settings("video", [choice.settings for choice in among], constraints)
    return next(choice for choice in among if choice.settings is settings)


def _sizes(
    format: CameraFormat, widths: Iterable[float], heights: Iterable[float], ratios: Iterable[float]
) -> list[tuple[int, int]]:
    full_width, full_height = format.width, format.height
    all_widths = {full_width, *map(int, widths)}
    all_heights = {full_height, *map(int, heights)}
    sizes = {(w, h) for w in all_widths for h in all_heights}
    for ratio in (full_width / full_height, *ratios):
        if 1 / full_height <= ratio <= full_width:
            sizes |= {(w, round(w / ratio)) for w in all_widths}
            sizes |= {(round(h * ratio), h) for h in all_heights}
    fitting = [(w, h) for w, h in sizes if 0 < w <= full_width and 0 < h <= full_height]

    def lost(size: tuple[int, int]) -> tuple[float, int]:
        # What is cropped first, then what is scaled; a size that was rounded has the same shape still.
        shape = abs(math.log(size[0] * full_height / (size[1] * full_width)))
        return (0 if shape < 0.01 else shape), -size[0] * size[1]

    return sorted(fitting, key=lost)


def _distance_from_usual(format: CameraFormat) -> float:
    width, height = _USUAL
    return abs(format.width - width) + abs(format.height - height) - min(format.frame_rate, 30) / 1000


def format_capabilities(formats: Sequence[CameraFormat], fixed: MediaTrackSettings) -> MediaTrackCapabilities:
    """What there is to choose from."""
    width = max(format.width for format in formats)
    height = max(format.height for format in formats)
    return MediaTrackCapabilities(
        width=ULongRange(min=1, max=width),
        height=ULongRange(min=1, max=height),
        aspectRatio=DoubleRange(min=1 / height, max=width),
        frameRate=DoubleRange(min=0, max=max(format.frame_rate for format in formats)),
        facingMode=[] if fixed.facingMode is None else [fixed.facingMode],
        resizeMode=[*VideoResizeModeEnum],
        deviceId=fixed.deviceId,
        groupId=fixed.groupId,
    )

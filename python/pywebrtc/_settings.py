"""SelectSettings: which of the settings that a source has are nearest to what is asked of a track.

https://w3c.github.io/mediacapture-main/#dfn-selectsettings, over the candidates that the source names.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ._webidl import Dictionary
from .constraints import MediaTrackConstraints, MediaTrackConstraintSet, MediaTrackSettings
from .exceptions import OverconstrainedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Constraints of the other kind of track do not apply: they are met by anything.
_OF_VIDEO = {"width", "height", "aspectRatio", "frameRate", "facingMode", "resizeMode", "backgroundBlur"}
_OF_BOTH = {"deviceId", "groupId"}
_OF_AUDIO = {*MediaTrackConstraintSet.members()} - _OF_VIDEO - _OF_BOTH
_OF_KIND = {"video": _OF_VIDEO | _OF_BOTH, "audio": _OF_AUDIO | _OF_BOTH}

_BOUNDS = ("exact", "ideal", "min", "max")


def select_settings(
    kind: str, candidates: Sequence[MediaTrackSettings], constraints: MediaTrackConstraints
) -> MediaTrackSettings:
    """The candidate that the constraints ask for; of several that are equally near, the first.

    Raises:
        OverconstrainedError: a mandatory constraint is met by none.
    """
    names = _OF_KIND[kind]
    left = list(candidates)
    for name, constraint in _given(constraints, names):
        asked = bounds(constraint)
        met = [settings for settings in left if _is_met(asked, getattr(settings, name))]
        if not met:
            raise OverconstrainedError(name, f"{name}: {constraint!r} cannot be met")
        left = met
    for extra in constraints.advanced or []:
        given = [(name, bounds(constraint, "exact")) for name, constraint in _given(extra, names)]
        met = [s for s in left if all(_is_met(asked, getattr(s, name)) for name, asked in given)]
        left = met or left

    def distance(settings: MediaTrackSettings) -> float:
        return sum(
            _distance(bounds(constraint).get("ideal"), getattr(settings, name))
            for name, constraint in _given(constraints, names)
        )

    return min(left, key=distance)


def numbers(constraints: MediaTrackConstraints, name: str) -> set[float]:
    """All the numbers that the constraints name for a property."""
    found: set[float] = set()
    for given in (constraints, *(constraints.advanced or [])):
        constraint = getattr(given, name)
        if constraint is not None:
            found.update(bounds(constraint).values())
    return found


def _given(constraints: MediaTrackConstraintSet, names: set[str]) -> Iterator[tuple[str, Any]]:
    for name in MediaTrackConstraintSet.members():
        constraint = getattr(constraints, name)
        if name in names and constraint is not None:
            yield name, constraint


def bounds(constraint: Any, bare: str = "ideal") -> dict[str, Any]:
    """The bounds that a constraint has; ``bare`` is what a value without a name stands for."""
    if not isinstance(constraint, Dictionary):
        return {bare: constraint}
    given = {name: getattr(constraint, name, None) for name in _BOUNDS}
    return {name: value for name, value in given.items() if value is not None}


def _is_met(asked: dict[str, Any], value: Any) -> bool:
    required = {name: bound for name, bound in asked.items() if name != "ideal"}
    if value is None:
        return not required
    return (
        ("exact" not in required or _is_one_of(value, required["exact"]))
        and value >= required.get("min", value)
        and value <= required.get("max", value)
    )


def _distance(ideal: Any, value: Any) -> float:
    """https://w3c.github.io/mediacapture-main/#dfn-fitness-distance"""
    if ideal is None or _is_one_of(value, ideal):
        return 0
    if isinstance(value, bool | str | None) or isinstance(ideal, bool | str | list):
        return 1
    return abs(value - ideal) / max(abs(value), abs(ideal), math.ulp(0.0))


def _is_one_of(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted

"""Where moments of libwebrtc's clock are in a recording: it begins with the first frame and skips pauses."""

from __future__ import annotations

import math


class Timeline:
    """Seconds of the clock to seconds of the file."""

    def __init__(self) -> None:
        self._origin: float | None = None
        # From when to when nothing was recorded.
        self._pauses: list[tuple[float, float]] = []

    @property
    def begun(self) -> bool:
        """Whether a first frame came."""
        return self._origin is not None

    def begin(self, at: float) -> None:
        """The file begins at that moment, if it has not begun."""
        if self._origin is None:
            self._origin = at

    def pause(self, at: float) -> None:
        """From that moment on nothing is recorded."""
        self._pauses.append((at, math.inf))

    def resume(self, at: float) -> None:
        """It goes on."""
        start, _ = self._pauses.pop()
        self._pauses.append((start, at))

    def recorded(self, at: float) -> bool:
        """Whether that moment is part of the file."""
        return not any(start <= at < end for start, end in self._pauses)

    def position(self, at: float) -> float:
        """Where in the file it is; a moment in a pause is where the pause is. Below 0: before the first
        frame.
        """
        origin = at if self._origin is None else self._origin
        skipped = sum(
            max(0.0, min(end, at) - max(start, origin)) for start, end in self._pauses if start < at
        )
        return at - origin - skipped

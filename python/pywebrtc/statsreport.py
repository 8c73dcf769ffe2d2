"""RTCStatsReport: what getStats gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from .stats import RTCStats, make_stats

if TYPE_CHECKING:
    from .enums import RTCStatsType

T = TypeVar("T", bound=RTCStats)


class RTCStatsReport(Mapping[str, RTCStats]):
    """Statistics by id, in libwebrtc's order (webrtc-pc, section "RTCStatsReport").

    A report never changes. It is equal to another of the same statistics and can be pickled.
    """

    _stats: dict[str, RTCStats]

    def __init__(self) -> None:
        raise TypeError("RTCStatsReport has no constructor: getStats() gives it")

    @classmethod
    def _new(cls, stats: Iterable[RTCStats]) -> Self:
        self = cls.__new__(cls)
        self._stats = {entry.id: entry for entry in stats}
        return self

    @classmethod
    def from_dict(cls, stats: Mapping[str, Mapping[str, Any]]) -> Self:
        """The report that :meth:`to_dict` was called on, from what JSON kept of it.

        Raises:
            TypeError: it is no dict of dicts, or one of them lacks ``id``, ``timestamp`` or ``type``.
        """
        try:
            return cls._new([make_stats(members) for members in stats.values()])
        except (AttributeError, KeyError, TypeError) as error:
            raise TypeError(f"from_dict: this is not what to_dict() gave: {error!r}") from error

    def __getitem__(self, id: str) -> RTCStats:
        return self._stats[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stats)

    def __len__(self) -> int:
        return len(self._stats)

    @overload
    def of_type(self, type: type[T]) -> list[T]: ...

    @overload
    def of_type(self, type: RTCStatsType | str) -> list[Any]: ...

    def of_type(self, type: Any) -> list[Any]:
        """The statistics of one type, such as ``"inbound-rtp"``, or of one class, such as RTCCodecStats.

        With a class a type checker knows their members; one that others inherit from gives all of those.
        """
        if isinstance(type, str):
            return [entry for entry in self._stats.values() if entry.type == type]
        return [entry for entry in self._stats.values() if isinstance(entry, type)]

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """All statistics by id, each as a dict of the members that are present: plain data, as in JSON."""
        return {id: entry.to_dict() for id, entry in self._stats.items()}

    def __repr__(self) -> str:
        return f"<RTCStatsReport of {len(self)}>"

    def _select(self, type: RTCStatsType, mid: str | None) -> RTCStatsReport:
        """The RTP streams of one media description, with all that they refer to, directly or indirectly.

        https://w3c.github.io/webrtc-pc/#dfn-stats-selection-algorithm; no other stream has the mid of a
        sender or receiver.
        """
        selected = [e.id for e in self.of_type(type) if mid is not None and getattr(e, "mid", None) == mid]
        for id in selected:  # grows meanwhile
            selected += [other for other in self._references(self._stats[id]) if other not in selected]
        return RTCStatsReport._new(entry for id, entry in self._stats.items() if id in selected)

    def _references(self, entry: RTCStats) -> Iterator[str]:
        for f in fields(entry):
            if f.name.endswith("Id") and (id := getattr(entry, f.name)) in self._stats:
                yield id

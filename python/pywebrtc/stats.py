"""RTCStatsReport: what getStats gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class RTCStatsReport(Mapping[str, Mapping[str, Any]]):
    """Statistics by id, in libwebrtc's order (webrtc-pc, section "RTCStatsReport").

    Each value is a dict with the members of webrtc-stats that libwebrtc reports, ``id``, ``type`` and
    ``timestamp`` among them; a member that does not apply is absent.
    """

    def __init__(self, stats: list[dict[str, Any]]) -> None:
        self._stats = {entry["id"]: entry for entry in stats}

    def __getitem__(self, id: str) -> Mapping[str, Any]:
        return self._stats[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stats)

    def __len__(self) -> int:
        return len(self._stats)

    def of_type(self, type: str) -> list[Mapping[str, Any]]:
        """The statistics of one type, such as ``"inbound-rtp"``."""
        return [entry for entry in self._stats.values() if entry["type"] == type]

    def __repr__(self) -> str:
        return f"<RTCStatsReport of {len(self)}>"

"""The little that the package itself reads in SDP: libwebrtc parses it for everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(r"^a=(mid|ice-ufrag):(.*?)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One m-section: what candidates are matched with."""

    mid: str | None
    ice_ufrag: str | None


def media_descriptions(sdp: str) -> list[MediaDescription]:
    """The m-sections of ``sdp`` in order; an ice-ufrag of the session level holds where they have none."""
    session, *sections = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    session_ufrag = dict(_ATTRIBUTE.findall(session)).get("ice-ufrag")
    attributes = [dict(_ATTRIBUTE.findall(section)) for section in sections]
    return [MediaDescription(a.get("mid"), a.get("ice-ufrag", session_ufrag)) for a in attributes]

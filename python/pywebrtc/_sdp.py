"""The little that the package itself reads in SDP: libwebrtc parses it for everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .enums import RTCErrorDetailType
from .exceptions import RTCError

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


# What libwebrtc's parser lets pass and what comes after it asserts.
_GRAMMARS = {
    # RFC 8285, 5: 1 to 255 are those that can be sent.
    "extmap": re.compile(r"0*([1-9]\d?|1\d\d|2[0-4]\d|25[0-5])([/ ].*)?", re.ASCII),
    # RFC 8842, 5: not holdconn.
    "setup": re.compile(r"active|passive|actpass", re.IGNORECASE),
}
_CHECKED = re.compile(rf"^a=({'|'.join(_GRAMMARS)}):(.*?)\r?$", re.MULTILINE)


def check(sdp: str) -> None:
    """Check the little that has to be right before libwebrtc is given a description.

    Raises:
        RTCError: with ``errorDetail`` ``"sdp-syntax-error"`` and the line.
    """
    for match in _CHECKED.finditer(sdp):
        name, value = match.groups()
        if not _GRAMMARS[name].fullmatch(value):
            line = match[0][:200].rstrip()
            raise RTCError(
                f'the SDP is invalid: {name} is malformed or out of range in the line "{line}"',
                errorDetail=RTCErrorDetailType.SDP_SYNTAX_ERROR,
                sdpLineNumber=1 + sdp.count("\n", 0, match.start()),
            )

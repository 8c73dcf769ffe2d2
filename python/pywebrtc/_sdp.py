"""The little that the package itself reads in SDP: libwebrtc parses it for everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .enums import RTCErrorDetailType
from .exceptions import RTCError

_ATTRIBUTE = re.compile(
    r"^a=(mid|ice-ufrag|ice-pwd|ice-lite|fingerprint|candidate)(?::(.*?))?\r?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """One m-section; attributes of the session level hold where it has none of its own."""

    kind: str
    mid: str | None
    ice_ufrag: str | None
    ice_pwd: str | None
    ice_lite: bool
    fingerprints: tuple[str, ...]
    candidates: tuple[str, ...]


@lru_cache(maxsize=16)  # much of what happens while a connection is made looks at the same descriptions
def media_descriptions(sdp: str) -> tuple[MediaDescription, ...]:
    """The m-sections of ``sdp`` in order."""
    session, *sections = re.split(r"^(?=m=)", sdp, flags=re.MULTILINE)
    common = _attributes(session)
    return tuple(_media_description(section, common | _attributes(section)) for section in sections)


def _attributes(text: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in _ATTRIBUTE.findall(text):
        values.setdefault(name, []).append(value)
    return values


def _media_description(section: str, attributes: dict[str, list[str]]) -> MediaDescription:
    def last(name: str) -> str | None:
        return attributes[name][-1] if name in attributes else None

    return MediaDescription(
        kind=section[2:].partition(" ")[0],
        mid=last("mid"),
        ice_ufrag=last("ice-ufrag"),
        ice_pwd=last("ice-pwd"),
        ice_lite="ice-lite" in attributes,
        fingerprints=tuple(attributes.get("fingerprint", ())),
        candidates=tuple("candidate:" + candidate for candidate in attributes.get("candidate", ())),
    )


_FINGERPRINT = re.compile(r"^a=fingerprint:(\S+)[ \t]+(\S+)", re.MULTILINE | re.IGNORECASE)
_IDENTITY = re.compile(r"^a=identity:(\S*).*\r?\n?", re.MULTILINE)
_SESSION_VERSION = re.compile(r"^o=\S+ (\S+ \S+)", re.MULTILINE)


def fingerprints(sdp: str) -> set[tuple[str, str]]:
    """Algorithm and digest of every a=fingerprint, in one spelling (RFC 8122, 5)."""
    return {normal_fingerprint(*found) for found in _FINGERPRINT.findall(sdp)}


def normal_fingerprint(algorithm: str, digest: str) -> tuple[str, str]:
    """A fingerprint in the one spelling."""
    return algorithm.lower(), digest.upper()


def identities(sdp: str) -> list[str]:
    """The assertions of the session level, without extensions (RFC 8827, 5)."""
    return _IDENTITY.findall(_session(sdp))


def with_identity(sdp: str, assertion: str) -> str:
    """``sdp`` with an a=identity at the end of its session level."""
    session = _session(sdp)
    return f"{session}a=identity:{assertion}\r\n{sdp[len(session) :]}"


def session_version(sdp: str) -> str:
    """Session and version of the o= line: the same as long as a description is (RFC 8829, 5.2.1)."""
    found = _SESSION_VERSION.search(sdp)
    return found[1] if found else ""


def _session(sdp: str) -> str:
    return re.split(r"^(?=m=)", sdp, maxsplit=1, flags=re.MULTILINE)[0]


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

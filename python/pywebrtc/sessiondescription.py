"""RTCSessionDescription: what a peer offers or answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ._webidl import either
from .dictionaries import RTCSessionDescriptionInit
from .enums import RTCSdpType

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, init=False, repr=False)
class RTCSessionDescription:
    """SDP and the part that it plays (webrtc-pc, section "RTCSessionDescription").

    Made of a dict or of keywords, ``RTCSessionDescription({"type": "offer", "sdp": sdp})`` or
    ``RTCSessionDescription(type="offer", sdp=sdp)``. Immutable, equal by value, hashable and picklable.

    Attributes:
        type: what part the SDP plays.
        sdp: the SDP; ``""`` where none was given, as with ``"rollback"``.

    Raises:
        TypeError: ``type`` is missing or not one of :class:`RTCSdpType`, or ``sdp`` is not a string.
    """

    type: RTCSdpType
    sdp: str

    def __init__(
        self,
        descriptionInitDict: RTCSessionDescriptionInit
        | RTCSessionDescription
        | Mapping[str, Any]
        | None = None,
        /,
        *,
        type: RTCSdpType | str | None = None,
        sdp: str | None = None,
    ) -> None:
        given = either(descriptionInitDict, {"type": type, "sdp": sdp})
        init = RTCSessionDescriptionInit.convert(given, "RTCSessionDescription")
        object.__setattr__(self, "type", init.type)
        object.__setattr__(self, "sdp", init.sdp)

    @classmethod
    def _new(cls, type: str, sdp: str) -> Self:
        """One of libwebrtc's: what it says needs no conversion."""
        self = cls.__new__(cls)
        object.__setattr__(self, "type", RTCSdpType(type))
        object.__setattr__(self, "sdp", sdp)
        return self

    def toJSON(self) -> dict[str, Any]:
        """The two members as a dict, for ``json.dumps`` and the constructor."""
        return {"type": str(self.type), "sdp": self.sdp}

    def __repr__(self) -> str:
        media = self.sdp.count("\nm=")
        return f"<RTCSessionDescription {self.type}, {media} m-sections, {len(self.sdp)} characters>"

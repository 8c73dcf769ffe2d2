"""Session descriptions, before they are sent."""

from __future__ import annotations

import re

START_BITRATE = "x-google-start-bitrate=4000"


def prefer(sdp: str, codec: str) -> str:
    """A description in which a codec stands before the others, and begins with enough bits for all pictures.

    So all implementations on libwebrtc encode the same from the first second on.

    Raises:
        ValueError: the description does not have the codec.
    """
    types = re.findall(rf"^a=rtpmap:(\d+) {codec}/90000", sdp, re.MULTILINE)
    if not types:
        raise ValueError(f"there is no {codec}")
    for type in types:
        sdp = re.sub(
            rf"^(a=rtpmap:{type} .*?)(\r?)$",
            rf"\1\r\na=fmtp:{type} {START_BITRATE}\2",
            sdp,
            flags=re.MULTILINE,
        )

    def reorder(match: re.Match[str]) -> str:
        formats = match[2].split()
        formats.sort(key=lambda format: format not in types)
        return f"{match[1]} {' '.join(formats)}"

    return re.sub(r"^(m=video \d+ \S+) ([\d ]+)", reorder, sdp, flags=re.MULTILINE)

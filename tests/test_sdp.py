"""What the package reads in SDP by itself."""

from __future__ import annotations

import pytest
from pywebrtc._sdp import MediaDescription, media_descriptions

SESSION = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_media_descriptions(end):
    sdp = [
        *SESSION,
        "a=group:BUNDLE audio 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:audio",
        "a=ice-ufrag:one",
        "a=ice-ufraggle:no",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:t+w/o",
        "a=mid:1",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    ]
    assert media_descriptions(end.join(sdp) + end) == [
        MediaDescription("audio", "one"),
        MediaDescription("1", "t+w/o"),
        MediaDescription(None, None),
    ]


def test_ufrag_of_the_session():
    sdp = "\r\n".join(
        [*SESSION, "a=ice-ufrag:all", "m=audio 9 X 0", "a=mid:0", "m=video 9 X 0", "a=ice-ufrag:own"]
    )
    assert media_descriptions(sdp) == [MediaDescription("0", "all"), MediaDescription(None, "own")]


@pytest.mark.parametrize("sdp", ["", "v=0", "\r\n".join(SESSION), "am=audio", "\0\ud800"], ids=ascii)
def test_no_media(sdp):
    assert media_descriptions(sdp) == []

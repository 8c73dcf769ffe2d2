"""What the package reads in SDP by itself."""

from __future__ import annotations

import pytest
from pywebrtc._sdp import check, media_descriptions
from pywebrtc.exceptions import RTCError

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
    sections = media_descriptions(end.join(sdp) + end)
    assert [(s.kind, s.mid, s.ice_ufrag) for s in sections] == [
        ("audio", "audio", "one"),
        ("video", "1", "t+w/o"),
        ("application", None, None),
    ]


def test_attributes_of_the_session():
    sdp = "\r\n".join(
        [
            *SESSION,
            "a=ice-ufrag:all",
            "a=ice-lite",
            "m=audio 9 X 0",
            "a=mid:0",
            "m=video 9 X 0",
            "a=ice-ufrag:own",
        ]
    )
    first, second = media_descriptions(sdp)
    assert (first.mid, first.ice_ufrag, first.ice_lite) == ("0", "all", True)
    assert (second.mid, second.ice_ufrag, second.ice_lite) == (None, "own", True)


def test_attributes_of_ice_and_dtls():
    sdp = "\n".join(
        [
            *SESSION,
            "a=fingerprint:sha-256 AA",
            "m=audio 9 X 0",
            "a=ice-pwd:secret",
            "a=candidate:1 1 udp 1 192.0.2.1 9 typ host",
            "a=candidate:2 1 udp 1 192.0.2.2 9 typ host",
            "m=video 9 X 0",
            "a=fingerprint:sha-1 BB",
        ]
    )
    first, second = media_descriptions(sdp)
    assert first.ice_pwd == "secret"
    assert first.candidates == tuple(f"candidate:{n} 1 udp 1 192.0.2.{n} 9 typ host" for n in (1, 2))
    assert (first.fingerprints, second.fingerprints) == (("sha-256 AA",), ("sha-1 BB",))
    assert second.ice_lite is False
    assert second.candidates == ()


@pytest.mark.parametrize("sdp", ["", "v=0", "\r\n".join(SESSION), "am=audio", "\0\ud800"], ids=ascii)
def test_no_media(sdp):
    assert media_descriptions(sdp) == ()


GOOD = [
    "a=extmap:1 urn:x",
    "a=extmap:255/recvonly urn:x",
    "a=extmap:014 urn:x",
    "a=extmap-allow-mixed",
    "a=setup:actpass",
    "a=setup:Active",
    "b=extmap:0",
]
BAD = [
    "a=extmap:0 urn:x",
    "a=extmap:256 urn:x",
    "a=extmap:4096 urn:x",
    "a=extmap:-1 urn:x",
    "a=extmap:",
    "a=extmap:x urn:x",
    "a=extmap:" + "9" * 1000,
    "a=setup:holdconn",
    "a=setup:",
    "a=setup:active passive",
]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_that_pass(end):
    check(end.join([*SESSION, *GOOD, ""]))


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("line", BAD, ids=lambda line: ascii(line)[:40])
def test_lines_that_do_not(line, end):
    with pytest.raises(RTCError, match="invalid") as caught:
        check(end.join([*SESSION, *GOOD, line, *BAD]))
    assert caught.value.sdpLineNumber == len(SESSION) + len(GOOD) + 1
    assert caught.value.errorDetail == "sdp-syntax-error"
    assert line[:40] in caught.value.message
    assert len(caught.value.message) < 400

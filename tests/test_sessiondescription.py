"""sessiondescription.py (https://w3c.github.io/webrtc-pc/#rtcsessiondescription-class)."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywebrtc.dictionaries import RTCLocalSessionDescriptionInit, RTCSessionDescriptionInit
from pywebrtc.enums import RTCSdpType
from pywebrtc.sessiondescription import RTCSessionDescription

SDP = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 9 X 96\r\n"
)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RTCSessionDescription({"type": "offer", "sdp": SDP}),
        lambda: RTCSessionDescription({"type": "offer", "sdp": SDP, "extra": 1}),
        lambda: RTCSessionDescription(type="offer", sdp=SDP),
        lambda: RTCSessionDescription(RTCSessionDescriptionInit(type=RTCSdpType.OFFER, sdp=SDP)),
        lambda: RTCSessionDescription(RTCSessionDescription(type="offer", sdp=SDP)),
    ],
)
def test_ways_to_make_one(make):
    description = make()
    assert description.type is RTCSdpType.OFFER
    assert description.sdp == SDP
    assert description == RTCSessionDescription(type="offer", sdp=SDP)


@pytest.mark.parametrize("type_", list(RTCSdpType))
def test_types_and_the_default_sdp(type_):
    for arguments in ({"type": type_}, {"type": type_, "sdp": None}):
        description = RTCSessionDescription(arguments)
        assert (description.type, description.sdp) == (type_, "")


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "RTCSessionDescription: required member 'type' is missing"),
        (({},), {}, "required member 'type' is missing"),
        (({"sdp": SDP},), {}, "required member 'type' is missing"),
        (
            ({"type": "Offer"},),
            {},
            "RTCSessionDescription.type: 'Offer' is not one of 'offer', 'pranswer', 'answer', ",
        ),
        (({"type": "offer", "sdp": 3},), {}, "RTCSessionDescription.sdp: 3 is not a string"),
        (({"type": "offer", "sdp": SDP.encode()},), {}, "is not a string"),
        (("offer",), {}, "'offer' is not a dict or RTCSessionDescriptionInit"),
        (("offer", SDP), {}, "positional"),
        (({"type": "offer"},), {"sdp": SDP}, "not as both"),
        ((), {"type": "offer", "spd": SDP}, "spd"),
    ],
)
def test_what_cannot_be_one(arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        RTCSessionDescription(*arguments, **keywords)


def test_read_only():
    description = RTCSessionDescription(type="offer")
    for name in ("type", "sdp"):
        with pytest.raises(AttributeError):
            setattr(description, name, "answer")
    with pytest.raises((AttributeError, TypeError)):
        description.other = 1


@given(st.sampled_from(list(RTCSdpType)), st.text())
def test_round_trips(type_, sdp):
    description = RTCSessionDescription(type=type_, sdp=sdp)
    plain = description.toJSON()
    assert plain == {"type": str(type_), "sdp": sdp}
    assert [type(value) for value in plain.values()] == [str, str]
    for twin in (
        RTCSessionDescription(json.loads(json.dumps(plain))),
        pickle.loads(pickle.dumps(description)),
        copy.deepcopy(description),
    ):
        assert twin == description
        assert hash(twin) == hash(description)
        assert twin.type is type_


def test_inequality():
    descriptions = {RTCSessionDescription(type=t, sdp=s) for t in ("offer", "answer") for s in ("", SDP)}
    assert len(descriptions) == 4
    assert RTCSessionDescription(type="offer") != {"type": "offer", "sdp": ""}


def test_it_serves_as_the_dictionaries():
    description = RTCSessionDescription(type="offer", sdp=SDP)
    for cls in (RTCSessionDescriptionInit, RTCLocalSessionDescriptionInit):
        assert cls.convert(description) == cls(type="offer", sdp=SDP)


def test_repr_is_short():
    assert repr(RTCSessionDescription(type="offer", sdp=SDP)) == (
        f"<RTCSessionDescription offer, 2 m-sections, {len(SDP)} characters>"
    )
    assert len(repr(RTCSessionDescription(type="offer", sdp="x" * 10**6))) < 100

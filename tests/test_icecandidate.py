"""icecandidate.py (https://w3c.github.io/webrtc-pc/#rtcicecandidate-interface, RFC 8839)."""

import copy
import dataclasses
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywebrtc.dictionaries import RTCIceCandidateInit, RTCLocalIceCandidateInit
from pywebrtc.enums import (
    RTCIceCandidateType,
    RTCIceComponent,
    RTCIceProtocol,
    RTCIceServerTransportProtocol,
    RTCIceTcpCandidateType,
)
from pywebrtc.icecandidate import RTCIceCandidate, RTCIceCandidatePair

GIVEN = ("candidate", "sdpMid", "sdpMLineIndex", "usernameFragment", "relayProtocol", "url")
PARSED = (
    "foundation",
    "component",
    "priority",
    "address",
    "protocol",
    "port",
    "type",
    "tcpType",
    "relatedAddress",
    "relatedPort",
)
HOST = "candidate:1 1 udp 2122260223 192.0.2.1 61665 typ host"
SRFLX = (
    "candidate:842163049 1 udp 1677729535 203.0.113.7 3478 typ srflx raddr 0.0.0.0 rport 0 "
    "generation 0 ufrag sXP5 network-cost 999"
)
TCP = "candidate:3 2 TCP 1518280447 2001:db8::1 9 typ host tcptype active"


def parsed(candidate):
    result = RTCIceCandidate(candidate=candidate, sdpMid="0")
    assert result.candidate == candidate
    return {name: getattr(result, name) for name in PARSED}


NOTHING = dict.fromkeys(PARSED)


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (
            HOST,
            {
                "foundation": "1",
                "component": RTCIceComponent.RTP,
                "priority": 2122260223,
                "address": "192.0.2.1",
                "protocol": RTCIceProtocol.UDP,
                "port": 61665,
                "type": RTCIceCandidateType.HOST,
            },
        ),
        (
            SRFLX,
            {
                "foundation": "842163049",
                "component": RTCIceComponent.RTP,
                "priority": 1677729535,
                "address": "203.0.113.7",
                "protocol": RTCIceProtocol.UDP,
                "port": 3478,
                "type": RTCIceCandidateType.SRFLX,
                "relatedAddress": "0.0.0.0",
                "relatedPort": 0,
            },
        ),
        (
            TCP,
            {
                "foundation": "3",
                "component": RTCIceComponent.RTCP,
                "priority": 1518280447,
                "address": "2001:db8::1",
                "protocol": RTCIceProtocol.TCP,
                "port": 9,
                "type": RTCIceCandidateType.HOST,
                "tcpType": RTCIceTcpCandidateType.ACTIVE,
            },
        ),
    ],
)
def test_parsing(candidate, expected):
    result = parsed(candidate)
    assert result == NOTHING | expected
    assert {name: type(value) for name, value in result.items() if value is not None} == {
        name: type(value) for name, value in expected.items()
    }


@pytest.mark.parametrize("type_", list(RTCIceCandidateType))
def test_types(type_):
    assert parsed(HOST.replace("host", type_))["type"] is type_


@pytest.mark.parametrize("type_", list(RTCIceTcpCandidateType))
def test_tcp_types(type_):
    assert parsed(TCP.replace("active", type_))["tcpType"] is type_


@pytest.mark.parametrize(
    ("candidate", "name", "value"),
    [
        (HOST.replace("192.0.2.1", "6e8d.local"), "address", "6e8d.local"),
        (HOST.replace("192.0.2.1", "redacted-ip.invalid"), "address", None),
        (HOST.replace("udp", "UDP"), "protocol", "udp"),
        (HOST.replace(":1 ", ":" + "aZ9+/" * 6 + "xx "), "foundation", "aZ9+/" * 6 + "xx"),
        (HOST.replace("61665", "65535"), "port", 65535),
        (HOST.replace("2122260223", "4294967295"), "priority", 4294967295),
        (HOST + " tcptype active", "tcpType", None),
        (TCP.replace(" tcptype active", ""), "tcpType", None),
        (HOST + " raddr 10.0.0.1", "relatedAddress", "10.0.0.1"),
        (HOST + " rport 10", "relatedPort", 10),
        (HOST + " \u00e9t\u00e9 \u2603", "port", 61665),
    ],
)
def test_parsing_at_the_edges(candidate, name, value):
    assert parsed(candidate)[name] == value


@pytest.mark.parametrize(
    "candidate",
    [
        "",
        "x",
        "candidate:",
        HOST.removeprefix("candidate:"),
        "a=" + HOST,
        "Candidate" + HOST.removeprefix("candidate"),
        HOST + " ",
        HOST + "\r\n",
        HOST + " generation",
        HOST.replace(" ", "  ", 1),
        HOST.replace(" typ host", ""),
        HOST.replace("typ", "type"),
        HOST.replace("host", "hosts"),
        HOST.replace(" udp", " ssltcp"),
        HOST.replace(" udp", " sctp"),
        HOST.replace(":1 1", ":1 0"),
        HOST.replace(":1 1", ":1 3"),
        HOST.replace(":1 1", ":1 -1"),
        HOST.replace(":1 1", ":1 x"),
        HOST.replace(":1 ", ": "),
        HOST.replace(":1 ", ":" + "1" * 33 + " "),
        HOST.replace(":1 ", ":\u00b2 "),
        HOST.replace("2122260223", "4294967296"),
        HOST.replace("2122260223", "99999999999"),
        HOST.replace("61665", "65536"),
        HOST.replace("61665", "-1"),
        HOST + " generation 0 raddr 10.0.0.1",
        SRFLX.replace("rport 0", "rport 65536"),
        SRFLX.replace("rport 0", "rport x"),
        TCP.replace("active", "actpass"),
    ],
)
def test_malformed_candidates_are_kept_and_nothing_is_parsed(candidate):
    # https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcicecandidate: any error of parsing is ignored
    assert parsed(candidate) == NOTHING


@given(st.text() | st.from_regex(r"candidate:[ -~]{0,60}", fullmatch=True))
def test_any_string_is_accepted(text):
    parsed(text)


@given(st.lists(st.sampled_from([*SRFLX.split(" "), "", "-1", "tcp", "tcptype", "99999"]), max_size=16))
def test_any_words_are_accepted(words):
    parsed(" ".join(words))


FULL = {
    "candidate": SRFLX,
    "sdpMid": "audio",
    "sdpMLineIndex": 3,
    "usernameFragment": "sXP5",
    "relayProtocol": "tls",
    "url": "turns:turn.example.org",
}


@pytest.mark.parametrize(
    "make",
    [
        lambda: RTCIceCandidate(FULL),
        lambda: RTCIceCandidate(FULL | {"extra": 1}),
        lambda: RTCIceCandidate(**FULL),
        lambda: RTCIceCandidate(RTCLocalIceCandidateInit(**FULL)),
        lambda: RTCIceCandidate(RTCIceCandidate(FULL)),
    ],
)
def test_ways_to_make_one(make):
    candidate = make()
    assert {name: getattr(candidate, name) for name in GIVEN} == FULL
    assert candidate.relayProtocol is RTCIceServerTransportProtocol.TLS
    assert candidate.type is RTCIceCandidateType.SRFLX


def test_defaults():
    candidate = RTCIceCandidate({"sdpMid": ""})
    assert {name: getattr(candidate, name) for name in GIVEN} == dict.fromkeys(GIVEN) | {
        "candidate": "",
        "sdpMid": "",
    }
    assert RTCIceCandidate(sdpMLineIndex=0).sdpMLineIndex == 0
    # https://w3c.github.io/webrtc-pc/#dfn-create-an-rtcicecandidate: from the dictionary, not from the string
    assert RTCIceCandidate(candidate=SRFLX, sdpMid="0").usernameFragment is None


@pytest.mark.parametrize("arguments", [(), ({},), (None,), ({"candidate": HOST},), ({"sdpMid": None},)])
def test_a_media_description_is_needed(arguments):
    # https://w3c.github.io/webrtc-pc/#dom-rtcicecandidate-constructor step 1
    with pytest.raises(TypeError, match="sdpMid and sdpMLineIndex are both absent"):
        RTCIceCandidate(*arguments)
    # ... which the dictionary itself does not ask for: addIceCandidate() takes it for the end of candidates.
    RTCIceCandidateInit.convert(*arguments)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((HOST,), {}, "is not a dict or RTCLocalIceCandidateInit"),
        (({"sdpMid": 0},), {}, "RTCIceCandidate.sdpMid: 0 is not a string"),
        (({"sdpMLineIndex": "0"},), {}, "RTCIceCandidate.sdpMLineIndex: '0' is not an integer"),
        (({"sdpMLineIndex": 65536},), {}, r"65536 is not in 0\.\.65535"),
        (({"sdpMLineIndex": -1},), {}, r"-1 is not in 0\.\.65535"),
        (({"sdpMid": "0", "candidate": 3},), {}, "RTCIceCandidate.candidate: 3 is not a string"),
        (({"sdpMid": "0", "usernameFragment": 3},), {}, "usernameFragment: 3 is not a string"),
        (
            ({"sdpMid": "0", "relayProtocol": "dtls"},),
            {},
            "relayProtocol: 'dtls' is not one of 'udp', 'tcp', 'tls'",
        ),
        (({"sdpMid": "0", "url": 3},), {}, "url: 3 is not a string"),
        (({"sdpMid": "0"},), {"candidate": HOST}, "not as both"),
        ((), {"sdpMid": "0", "foundation": "1"}, "foundation"),
    ],
)
def test_what_cannot_be_one(arguments, keywords, message):
    with pytest.raises(TypeError, match=message):
        RTCIceCandidate(*arguments, **keywords)


def test_read_only():
    candidate = RTCIceCandidate(FULL)
    for name in GIVEN + PARSED:
        with pytest.raises(AttributeError):
            setattr(candidate, name, None)
    with pytest.raises((AttributeError, TypeError)):
        candidate.other = 1


def test_to_json():
    # https://w3c.github.io/webrtc-pc/#dom-rtcicecandidate-tojson
    candidate = RTCIceCandidate(FULL)
    assert candidate.toJSON() == {name: FULL[name] for name in GIVEN[:4]}
    assert list(candidate.toJSON()) == list(GIVEN[:4])
    twin = RTCIceCandidate(json.loads(json.dumps(candidate.toJSON())))
    assert twin.toJSON() == candidate.toJSON()
    assert (twin.type, twin.url) == (candidate.type, None)


def test_equality_and_pickling():
    candidate = RTCIceCandidate(FULL)
    for twin in (RTCIceCandidate(FULL), pickle.loads(pickle.dumps(candidate)), copy.deepcopy(candidate)):
        assert twin == candidate
        assert hash(twin) == hash(candidate)
        assert twin.type is candidate.type
    for name, value in {"candidate": HOST, "sdpMid": "x", "sdpMLineIndex": 0, "url": None}.items():
        assert RTCIceCandidate(FULL | {name: value}) != candidate


def test_it_serves_as_the_dictionary():
    assert RTCIceCandidateInit.convert(RTCIceCandidate(FULL)) == RTCIceCandidateInit(
        **{name: FULL[name] for name in GIVEN[:4]}
    )


def test_repr():
    candidate = RTCIceCandidate(candidate=HOST, sdpMid="0")
    assert repr(candidate) == f"RTCIceCandidate(candidate='{HOST}', sdpMid='0')"
    assert eval(repr(candidate)) == candidate


def test_pair():
    local, remote = RTCIceCandidate(candidate=HOST, sdpMid="0"), RTCIceCandidate(candidate=SRFLX, sdpMid="0")
    pair = RTCIceCandidatePair._new(local, remote)
    assert pair.local is local
    assert pair.remote is remote
    assert pickle.loads(pickle.dumps(pair)) == pair
    with pytest.raises(dataclasses.FrozenInstanceError):
        pair.local = remote

"""events.py: the event interfaces of webrtc-pc, mediacapture-main and HTML."""

import inspect
import sys
import types

import pytest
from pywebrtc import FakeCamera, MediaDeviceInfo, events
from pywebrtc.eventtarget import Event, EventInit, EventTarget
from pywebrtc.exceptions import RTCError
from pywebrtc.icecandidate import RTCIceCandidate


class Interface:
    """Stands in for an interface whose objects cannot be made without a connection."""

    def __repr__(self):
        return f"<{type(self).__name__}>"


class RTCDataChannel(Interface):
    pass


class RTCRtpReceiver(Interface):
    pass


class RTCRtpTransceiver(Interface):
    pass


class MediaStream(Interface):
    pass


class MediaStreamTrack(Interface):
    pass


@pytest.fixture(autouse=True)
def interfaces(monkeypatch):
    for module, *classes in (
        ("datachannel", RTCDataChannel),
        ("mediastream", MediaStream),
        ("mediastreamtrack", MediaStreamTrack),
        ("rtpreceiver", RTCRtpReceiver),
        ("rtptransceiver", RTCRtpTransceiver),
    ):
        stand_in = types.SimpleNamespace(**{cls.__name__: cls for cls in classes})
        monkeypatch.setitem(sys.modules, f"pywebrtc.{module}", stand_in)


CANDIDATE = RTCIceCandidate(candidate="", sdpMid="0")
ERROR = RTCError("lost", errorDetail="data-channel-failure")
CHANNEL, RECEIVER, TRANSCEIVER, TRACK = (
    RTCDataChannel(),
    RTCRtpReceiver(),
    RTCRtpTransceiver(),
    MediaStreamTrack(),
)
STREAM = MediaStream()
DEVICE = MediaDeviceInfo._new(FakeCamera())

# class, required members, members with the value that they have when absent, all members with other values
CASES = {
    events.RTCPeerConnectionIceEvent: (
        {},
        {"candidate": None, "url": None},
        {"candidate": CANDIDATE, "url": "stun:a"},
    ),
    events.RTCPeerConnectionIceErrorEvent: (
        {"errorCode": 701},
        {"address": None, "port": None, "url": "", "errorText": ""},
        {"address": "::1", "port": 5000, "url": "stun:a", "errorCode": 401, "errorText": "no"},
    ),
    events.RTCTrackEvent: (
        {"receiver": RECEIVER, "track": TRACK, "transceiver": TRANSCEIVER},
        {"streams": ()},
        {"receiver": RECEIVER, "track": TRACK, "transceiver": TRANSCEIVER, "streams": (STREAM, STREAM)},
    ),
    events.RTCDataChannelEvent: ({"channel": CHANNEL}, {}, {"channel": CHANNEL}),
    events.MessageEvent: (
        {},
        {"data": None, "origin": "", "lastEventId": ""},
        {"data": b"x", "origin": "o", "lastEventId": "1"},
    ),
    events.RTCErrorEvent: ({"error": ERROR}, {}, {"error": ERROR}),
    events.RTCDTMFToneChangeEvent: ({}, {"tone": ""}, {"tone": "#"}),
    events.MediaStreamTrackEvent: ({"track": TRACK}, {}, {"track": TRACK}),
    events.DeviceChangeEvent: ({}, {"devices": ()}, {"devices": (DEVICE,)}),
}
each_class = pytest.mark.parametrize("cls", CASES, ids=lambda cls: cls.__name__)


def members(event, names):
    return {name: getattr(event, name) for name in names}


def test_every_event_of_the_module_is_tested():
    assert set(CASES) == {
        cls
        for cls in vars(events).values()
        # Has no dictionary: below.
        if inspect.isclass(cls) and issubclass(cls, Event) and cls not in (Event, events.KeyFrameRequestEvent)
    }


def test_a_key_frame_request():
    assert events.KeyFrameRequestEvent("keyframerequest").rid is None
    assert events.KeyFrameRequestEvent("keyframerequest", "low").rid == "low"
    with pytest.raises(TypeError, match=r"KeyFrameRequestEvent\.rid"):
        events.KeyFrameRequestEvent("keyframerequest", 17)


@each_class
def test_defaults(cls):
    required, defaults, _ = CASES[cls]
    for event in (cls("x", required), cls("x", **required), cls._new("x", **required)):
        assert event.type == "x"
        assert members(event, required | defaults) == required | defaults
        assert (event.bubbles, event.cancelable, event.composed, event.isTrusted) == (
            False,
            False,
            False,
            False,
        )


@each_class
def test_all_members(cls):
    full = CASES[cls][2]
    init = cls._Init(**full)
    assert type(init).__name__ == cls.__name__ + "Init"
    assert isinstance(init, EventInit)
    for event in (cls("x", full), cls("x", init), cls("x", **full), cls._new("x", **full)):
        assert members(event, full) == full
    assert cls("x", full | {"cancelable": True, "unknown": 1}).cancelable


@each_class
def test_attributes_are_read_only_and_documented(cls):
    _, _, full = CASES[cls]
    event = cls("x", full)
    for name in full:
        assert inspect.getdoc(getattr(cls, name))
        with pytest.raises(AttributeError):
            setattr(event, name, None)


@each_class
def test_required_members(cls):
    required, _, _ = CASES[cls]
    for name in required:
        given = {other: value for other, value in required.items() if other != name}
        for value in (given, given | {name: None}):
            with pytest.raises(TypeError, match=f"required member '{name}' is missing"):
                cls("x", value)
        with pytest.raises(TypeError, match=name):
            cls("x", **given)
    if required:
        with pytest.raises(TypeError):
            cls("x")


@each_class
def test_wrong_members(cls):
    _, _, full = CASES[cls]
    for name in set(full) - {"data"}:
        with pytest.raises(TypeError, match=rf"{cls.__name__}Init\.{name}: .* is not "):
            cls("x", full | {name: object()})
    with pytest.raises(TypeError, match="unknown"):
        cls("x", **full, unknown=1)
    with pytest.raises(TypeError, match="type"):
        cls(None, full)


@each_class
def test_repr_names_the_members(cls):
    _, _, full = CASES[cls]
    text = repr(cls("x", full))
    assert text.startswith(f"<{cls.__name__} 'x' ")
    for name, value in full.items():
        assert f" {name}={value!r}" in text
    assert "cancelable" not in text


@each_class
def test_dispatch(cls):
    seen = []
    target = EventTarget()
    target.addEventListener("x", seen.append)
    event = cls("x", CASES[cls][2])
    assert target.dispatchEvent(event)
    assert seen == [event]
    assert event.target is target


def test_streams_are_frozen_and_the_same_object():
    given = [STREAM]
    event = events.RTCTrackEvent(
        "track", receiver=RECEIVER, track=TRACK, transceiver=TRANSCEIVER, streams=given
    )
    given.append(STREAM)
    assert event.streams == (STREAM,)
    assert event.streams is event.streams


def test_data_is_what_was_given():
    data = ["any", {"thing": 1}]
    assert events.MessageEvent("message", data=data).data is data


def test_out_of_range():
    for given in ({"errorCode": 65536}, {"errorCode": -1}, {"errorCode": 1, "port": 65536}):
        with pytest.raises(TypeError, match=r"is not in 0\.\.65535"):
            events.RTCPeerConnectionIceErrorEvent("icecandidateerror", given)

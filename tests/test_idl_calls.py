"""Every member of every interface with everything that WebIDL does not let through, made of the IDL.

A value that a type does not convert from is a TypeError, whatever state the object is in; nothing changes and
nothing aborts. And with the right values on a closed connection: what the algorithms say.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from numbers import Real
from typing import Any

import pytest
import pywebrtc
from harness import Peers, until
from pywebrtc import AudioSource, MediaStream, VideoSource
from pywebrtc.exceptions import InvalidStateError
from test_idl import CALLBACKS, IDL, excused
from webidl import REQUIRED, Argument, Member, Type

# What is no W3C type, in all shapes.
POOL: list[Any] = [
    None, True, 0, -1, 1.5, 2**64, math.nan, math.inf, "", "nonsense", b"bytes", [], [None], [1],
    ["nonsense"], {}, {"nonsense": 1}, object(), Exception, Exception(), lambda: None,
]  # fmt: skip

ECDSA = {"name": "ECDSA", "namedCurve": "P-256"}

INTEGERS = {
    "octet": range(2**8),
    "unsigned short": range(2**16),
    "unsigned long": range(2**32),
    "long": range(-(2**31), 2**31),
    "unsigned long long": range(2**53),
    "short": range(-(2**15), 2**15),
    "long long": range(1 - 2**53, 2**53),
}
STRINGS = {"DOMString", "USVString", "ByteString"}
DOUBLES = {"double", "DOMHighResTimeStamp", "EpochTimeStamp"}
# Of other specifications: of HTML, of WebCrypto, and JavaScript's own.
ENUMS = {name: d.values for name, d in IDL.items() if d.kind == "enum"} | {
    "BinaryType": ["blob", "arraybuffer"]
}
# Encoded frames belong to a call with media: tests/test_encodedtransform.py, tests/test_sframe.py.
ENCODED = {
    "RTCEncodedAudioFrame",
    "RTCEncodedVideoFrame",
    "RTCRtpSFrameDecryptor",
    "RTCRtpSFrameEncryptor",
    "RTCRtpScriptTransform",
    "RTCRtpScriptTransformer",
    "SFrameTransformErrorEvent",
}
# Devices are those of the machine: tests/test_mediadevices.py.
DEVICES = {"InputDeviceInfo", "MediaDeviceInfo", "MediaDevices", "DeviceChangeEvent"}
BUFFERS = {"ArrayBuffer", "ArrayBufferView", "Blob"}


def is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def converts(type_: Type, value: Any) -> bool:
    """Whether a value of POOL is one of the type."""
    name = type_.name
    if type_.nullable and value is None:
        return True
    if name in ("any", "object", "AlgorithmIdentifier"):
        return name != "AlgorithmIdentifier" or isinstance(value, str | Mapping)
    if name == "or":
        return any(converts(argument, value) for argument in type_.arguments)
    if name == "boolean":
        return isinstance(value, bool)
    if name in STRINGS:
        return isinstance(value, str)
    if name in INTEGERS:
        if "Clamp" in type_.attributes:
            return is_number(value)
        return isinstance(value, int) and not isinstance(value, bool) and value in INTEGERS[name]
    if name in DOUBLES:
        return is_number(value) and math.isfinite(value)
    if name in ENUMS:
        return value in ENUMS[name] if isinstance(value, str) else False
    if name in BUFFERS:
        return isinstance(value, bytes)
    if name in ("sequence", "FrozenArray"):
        return isinstance(value, list) and all(converts(type_.arguments[0], item) for item in value)
    if name == "EventHandler" or name in CALLBACKS:
        return value is None or callable(value)
    definition = IDL.get(name)
    if definition is not None and definition.kind == "dictionary":
        return isinstance(value, Mapping) and all(
            converts(member.type, value[member.name]) if value.get(member.name) is not None
            else member.default is not REQUIRED
            for member in members_of(name)
        )  # fmt: skip
    return False


def members_of(dictionary: str) -> Iterator[Argument]:
    """The members of a dictionary that are there, inherited ones first."""
    if dictionary not in IDL:  # EventInit, of DOM
        return
    definition = IDL[dictionary]
    if definition.parent is not None:
        yield from members_of(definition.parent)
    for member in definition.members:
        if not excused(f"{dictionary}.{member.name}"):
            yield member


class Right:
    """Right values of the types, from the objects of a connection."""

    def __init__(self, objects: Mapping[str, Any]) -> None:
        self.objects = objects

    def value(self, type_: Type) -> Any:
        name = type_.name
        if name in self.objects:
            return self.objects[name]
        if name == "or":
            return self.value(type_.arguments[0])
        if name in ENUMS:
            return ENUMS[name][0]
        if name in ("sequence", "FrozenArray"):
            return []
        if name in IDL and IDL[name].kind == "dictionary":
            return {m.name: self.value(m.type) for m in members_of(name) if m.default is REQUIRED}
        simple = dict.fromkeys(STRINGS, "x") | dict.fromkeys([*INTEGERS, *DOUBLES], 1)
        others = {"boolean": True, "AlgorithmIdentifier": ECDSA, "any": None} | dict.fromkeys(BUFFERS, b"")
        return (simple | others)[name]

    def arguments(self, overload: Member) -> list[Any]:
        return [self.value(a.type) for a in overload.arguments if a.default is REQUIRED]

    def wrong(self, type_: Type, depth: int = 0) -> list[Any]:
        """Values that do not convert: of POOL, and dictionaries with one wrong member."""
        found = [value for value in POOL if not converts(type_, value)]
        definition = IDL.get(type_.name)
        if definition is not None and definition.kind == "dictionary" and depth < 2:
            right = self.value(type_)
            found += [
                {**right, member.name: value}
                for member in members_of(type_.name)
                for value in self.wrong(member.type, depth + 1)
                if value is not None or member.default is REQUIRED
            ]
        if type_.name == "sequence" and depth < 2:
            found += [[value] for value in self.wrong(type_.arguments[0], depth + 1)]
        if type_.name == "or" and depth < 2:
            nested = [a for a in type_.arguments if a.name in IDL and IDL[a.name].kind == "dictionary"]
            found += [value for a in nested for value in self.wrong(a, depth + 1) if isinstance(value, dict)]
        return found


@contextlib.asynccontextmanager
async def call() -> AsyncIterator[dict[str, Any]]:
    """An object of each interface, of a call with audio, video and data; by the interfaces' names."""
    async with Peers() as peers:
        audio, video = AudioSource().track, VideoSource().track
        stream = MediaStream([audio, video])
        sender = peers.caller.addTrack(audio, stream)
        peers.caller.addTrack(video, stream)
        channel, _ = await peers.channels()
        (transceiver, _) = peers.caller.getTransceivers()
        objects = {
            "RTCPeerConnection": peers.caller,
            "RTCSessionDescription": peers.caller.localDescription,
            "RTCIceCandidate": pywebrtc.RTCIceCandidate(candidate="", sdpMid="0"),
            "RTCRtpTransceiver": transceiver,
            "RTCRtpSender": sender,
            "RTCRtpReceiver": transceiver.receiver,
            "RTCDataChannel": channel,
            "MediaStream": stream,
            "MediaStreamTrack": audio,
            "RTCStatsReport": await peers.caller.getStats(),
            "RTCError": pywebrtc.RTCError({"errorDetail": "dtls-failure"}),
            "OverconstrainedError": pywebrtc.OverconstrainedError("width"),
            "RTCDTMFSender": sender.dtmf,
            "RTCDtlsTransport": sender.transport,
            "RTCIceTransport": sender.transport.iceTransport,
            "RTCSctpTransport": peers.caller.sctp,
        }
        ice = objects["RTCIceTransport"]
        await until(ice, "selectedcandidatepairchange", lambda: ice.getSelectedCandidatePair() is not None)
        objects["RTCIceCandidatePair"] = ice.getSelectedCandidatePair()
        objects["RTCCertificate"] = await pywebrtc.RTCPeerConnection.generateCertificate(ECDSA)
        objects["RTCIdentityAssertion"] = pywebrtc.RTCIdentityAssertion("example.org", "name")
        right = Right(objects)
        for name, definition in IDL.items():
            event = name.endswith("Event") and definition.kind == "interface"
            if event and hasattr(pywebrtc, name) and name not in ENCODED | DEVICES:
                (constructor,) = (m for m in definition.members if m.kind == "constructor")
                objects[name] = getattr(pywebrtc, name)(*right.arguments(constructor))
        yield objects


INTERFACES = [
    name
    for name, d in IDL.items()
    if d.kind == "interface" and d.members and hasattr(pywebrtc, name) and name not in ENCODED | DEVICES
]


def overloads(interface: str) -> Iterator[tuple[str, list[Member]]]:
    """The operations and the constructor that are there, with their overloads."""
    grouped: dict[str, list[Member]] = {}
    for member in IDL[interface].members:
        called = member.kind in ("operation", "constructor") and not excused(f"{interface}.{member.name}")
        if called and not any(a.type.name in CALLBACKS for a in member.arguments):
            grouped.setdefault(member.name, []).append(member)
    yield from grouped.items()


def function(interface: str, instance: Any, name: str) -> Callable[..., Any]:
    return getattr(pywebrtc, interface) if name == "constructor" else getattr(instance, name)


async def outcome(call_: Callable[..., Any], *arguments: Any) -> BaseException | None:
    """What a call raises or, where it is awaited, ends with."""
    try:
        result = call_(*arguments)
        if inspect.isawaitable(result):
            async with asyncio.timeout(10):
                await result
    except Exception as error:  # noqa: BLE001 - it is what is looked at
        return error
    return None


def state(objects: Mapping[str, Any]) -> dict[str, Any]:
    """All attributes of all objects."""
    return {
        f"{interface}.{member.name}": getattr(objects[interface], member.name)
        for interface in INTERFACES
        for member in IDL[interface].members
        # A promise is another one for each who asks.
        if member.kind == "attribute" and member.type.name != "Promise"
        if not excused(f"{interface}.{member.name}")
    }


async def test_wrong_arguments():
    async with call() as objects:
        before, right, bad = state(objects), Right(objects), []
        for interface in INTERFACES:
            for name, members in overloads(interface):
                method = function(interface, objects[interface], name)
                for i in range(max(len(member.arguments) for member in members)):
                    takers = [member for member in members if i < len(member.arguments)]
                    values = right.wrong(takers[0].arguments[i].type)
                    for value in values:
                        if any(converts(taker.arguments[i].type, value) for taker in takers):
                            continue
                        argument = takers[0].arguments[i]
                        if value is None and argument.default is not REQUIRED and not argument.variadic:
                            continue
                        given = [right.value(a.type) for a in takers[0].arguments]
                        given[i] = value
                        error = await outcome(method, *given)
                        if not isinstance(error, TypeError):
                            bad.append((f"{interface}.{name}", argument.name, value, error))
        assert bad == []
        assert state(objects) == before


async def test_missing_arguments():
    async with call() as objects:
        before, right, bad = state(objects), Right(objects), []
        for interface in INTERFACES:
            for name, members in overloads(interface):
                method = function(interface, objects[interface], name)
                required = min((right.arguments(member) for member in members), key=len)
                for count in range(len(required)):
                    error = await outcome(method, *required[:count])
                    if not isinstance(error, TypeError):
                        bad.append((f"{interface}.{name}", count, error))
        assert bad == []
        assert state(objects) == before


async def test_attributes():
    async with call() as objects:
        before, right, bad = state(objects), Right(objects), []
        for interface in INTERFACES:
            for member in IDL[interface].members:
                name = f"{interface}.{member.name}"
                if member.kind != "attribute" or excused(name):
                    continue
                expected = AttributeError if member.readonly else TypeError
                for value in [1] if member.readonly else right.wrong(member.type):
                    error = await outcome(setattr, objects[interface], member.name, value)
                    if not isinstance(error, expected):
                        bad.append((name, value, error))
        assert bad == []
        assert state(objects) == before


@pytest.mark.parametrize(
    "name", [n for n, d in IDL.items() if d.kind == "dictionary" and hasattr(pywebrtc, n)]
)
def test_dictionaries(name):
    """Members are converted one by one, and a wrong one is named."""
    cls = getattr(pywebrtc, name)
    if not hasattr(cls, "convert"):  # statistics: they are only given
        return
    stream = MediaStream()
    objects = {"MediaStream": stream, "MediaStreamTrack": VideoSource().track}
    right = Right(objects)
    try:
        given = right.value(Type(name))
    except KeyError:  # it needs an object of a connection: the methods that take it are called above
        return
    cls.convert(given)
    for member in members_of(name):
        if member.default is REQUIRED:
            with pytest.raises(TypeError, match=member.name):
                cls.convert({k: v for k, v in given.items() if k != member.name})
        for value in right.wrong(member.type):
            if value is not None:
                with pytest.raises(TypeError, match=member.name):
                    cls.convert({**given, member.name: value})


# What the algorithms refuse on a closed connection; everything else may be done.
REFUSED_WHEN_CLOSED = {
    "RTCDTMFSender.insertDTMF",
    "RTCDataChannel.send",
    "RTCPeerConnection.addIceCandidate",
    "RTCPeerConnection.addTrack",
    "RTCPeerConnection.addTransceiver",
    "RTCPeerConnection.createAnswer",
    "RTCPeerConnection.createDataChannel",
    "RTCPeerConnection.createOffer",
    "RTCPeerConnection.getIdentityAssertion",
    "RTCPeerConnection.removeTrack",
    "RTCPeerConnection.setConfiguration",
    "RTCPeerConnection.setIdentityProvider",
    "RTCPeerConnection.setLocalDescription",
    "RTCPeerConnection.setRemoteDescription",
    "RTCRtpSender.replaceTrack",
    "RTCRtpSender.setParameters",
    "RTCRtpSender.setStreams",
    "RTCRtpTransceiver.stop",
    # libwebrtc holds these, and they go with it.
    "RTCRtpTransceiver.getHeaderExtensionsToNegotiate",
    "RTCRtpTransceiver.getNegotiatedHeaderExtensions",
    "RTCRtpTransceiver.setCodecPreferences",
    "RTCRtpTransceiver.setHeaderExtensionsToNegotiate",
}


async def test_a_closed_connection():
    async with call() as objects:
        pc, right, bad = objects["RTCPeerConnection"], Right(objects), []
        parameters = objects["RTCRtpSender"].getParameters()
        pc.close()
        await pc.wait_closed()
        before = state(objects)
        for interface in INTERFACES:
            for name, members in overloads(interface):
                if name == "constructor":
                    continue
                called = f"{interface}.{name}"
                arguments = right.arguments(members[0])
                if called == "RTCRtpSender.setParameters":
                    arguments = [parameters]
                error = await outcome(function(interface, objects[interface], name), *arguments)
                expected = InvalidStateError if called in REFUSED_WHEN_CLOSED else type(None)
                if not isinstance(error, expected):
                    bad.append((called, error))
        assert bad == []
        after = state(objects)
        # stop() and so on do what they do to tracks, which are nobody's but the program's.
        assert {k: v for k, v in after.items() if not k.startswith("MediaStream")} == {
            k: v for k, v in before.items() if not k.startswith("MediaStream")
        }
    assert {name.partition(".")[2] for name in REFUSED_WHEN_CLOSED} <= {
        member.name for interface in INTERFACES for member in IDL[interface].members
    }

"""The package against the specifications' own IDL (tests/idl): what is missing has a reason here."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pywebrtc
from pywebrtc import DOMException, Event, EventTarget
from pywebrtc.eventtarget import EventHandler
from webidl import ABSENT, REQUIRED, Argument, Definition, Member, load

IDL = load(Path(__file__).parent / "idl")

# WebIDL has no partial enums: webrtc-identity says so and gives its values another name.
IDL["RTCErrorDetailType"].values += IDL.pop("RTCErrorDetailTypeIdp").values

# What is not there, and why. A definition's name stands for all of it.
NOT_HERE = {
    "SFrame of bytes, without frames: SFrameEncrypter and SFrameDecrypter, as Python has no streams": {
        "SFrameDecryptorStream",
        "SFrameEncryptorStream",
    },
    "there are no workers: a transform's handler runs on the event loop": {
        "RTCRtpScriptTransform.constructor arguments",
        "RTCRtpScriptTransformType",
        "RTCTransformEvent",
        "WorkerAndParameters",
    },
    "permissions, windows and workers are a browser's": {
        "CameraDevicePermissionDescriptor",
        "DedicatedWorkerGlobalScope",
        "Navigator",
        "RTCIdentityProviderGlobalScope",
        "RTCIdentityProviderRegistrar",
    },
    "optional in webrtc-pc (section 'Legacy Interface Extensions'), and Python awaits": {
        "RTCPeerConnection.addIceCandidate(successCallback)",
        "RTCPeerConnection.createAnswer(successCallback)",
        "RTCPeerConnection.createOffer(successCallback)",
        "RTCPeerConnection.setLocalDescription(successCallback)",
        "RTCPeerConnection.setRemoteDescription(successCallback)",
    },
    "webrtc-ice: libwebrtc has no ICE transports without a connection": {
        "RTCIceGatherOptions",
        "RTCIceTransport.addRemoteCandidate",
        "RTCIceTransport.constructor",
        "RTCIceTransport.gather",
        "RTCIceTransport.onerror",
        "RTCIceTransport.onicecandidate",
        "RTCIceTransport.start",
        "RTCIceTransport.stop",
    },
    "libwebrtc's own ICE controller picks the candidate pairs, without asking": {
        "RTCIceCandidatePairEvent",
        "RTCIceCandidatePairEventInit",
        "RTCIceTransport.onicecandidatepairadd",
        "RTCIceTransport.onicecandidatepairnominate",
        "RTCIceTransport.onicecandidatepairremove",
        "RTCIceTransport.removeCandidatePairs",
        "RTCIceTransport.selectCandidatePair",
    },
    "libwebrtc has no RTP header extension encryption": {
        "RTCConfiguration.rtpHeaderEncryptionPolicy",
        "RTCRtpHeaderEncryptionPolicy",
        "RTCRtpTransceiver.rtpHeaderEncryptionNegotiated",
    },
    "an event's attribute has that value where its member is absent": {
        "RTCPeerConnectionIceErrorEventInit.errorText default",
        "RTCPeerConnectionIceErrorEventInit.url default",
    },
}

EXCUSED = set().union(*NOT_HERE.values())


def missing(definition: Definition) -> Iterator[str]:
    """The names of what is not there as the IDL has it, each with what is wrong."""
    cls = getattr(pywebrtc, definition.name, None)
    if definition.kind == "callback":
        return
    if cls is None:
        yield definition.name
    elif definition.kind == "enum":
        if [str(value) for value in cls] != definition.values:
            yield f"{definition.name} values"
    elif definition.kind == "dictionary":
        yield from missing_in_dictionary(cls, definition)
    else:
        yield from missing_in_interface(cls, definition)


def missing_in_dictionary(cls: type[Any], definition: Definition) -> Iterator[str]:
    if definition.parent is not None and not issubclass(cls, getattr(pywebrtc, definition.parent)):
        yield f"{definition.name} parent"
    fields = {field.name: field for field in dataclasses.fields(cls)}
    # Statistics are only given: what they convert from does not matter.
    given = definition.specification == "webrtc-stats" or definition.name == "RTCStats"
    for member in definition.members:
        name = f"{definition.name}.{member.name}"
        field = fields.get(member.name)
        if field is None:
            yield name
        elif not given and default_of(field) != expected_default(member):
            yield f"{name} default"


def default_of(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return REQUIRED if field.default is dataclasses.MISSING else field.default


def expected_default(member: Argument) -> Any:
    return None if member.default is ABSENT else member.default


def missing_in_interface(cls: type[Any], definition: Definition) -> Iterator[str]:
    bases = {"EventTarget": EventTarget, "Event": Event, "DOMException": DOMException}
    if definition.parent is not None:
        parent = bases.get(definition.parent) or getattr(pywebrtc, definition.parent, None)
        if parent is None or not issubclass(cls, parent):
            yield f"{definition.name} parent"
    overloads: dict[str, list[Member]] = {}
    for member in definition.members:
        callbacks = [a.name for a in member.arguments if a.type.name in CALLBACKS]
        if callbacks:
            yield f"{definition.name}.{member.name}({callbacks[0]})"
        else:
            overloads.setdefault(member.name, []).append(member)
    for name, members in overloads.items():
        problem = problem_with(cls, name, members)
        if problem is not None:
            yield f"{definition.name}.{name}{problem}"
    if "constructor" not in overloads and has_constructor(cls):
        yield f"{definition.name}.constructor is too many"
    # Those that are not to be made have one without parameters, which raises.
    if "constructor" in overloads and not inspect.signature(cls).parameters and not has_constructor(cls):
        yield f"{definition.name}.constructor"


CALLBACKS = {"VoidFunction"} | {d.name for d in IDL.values() if d.kind == "callback"}


def has_constructor(cls: type[Any]) -> bool:
    try:
        cls()
    except TypeError as error:
        return "constructor" not in str(error)
    return True


def problem_with(cls: type[Any], name: str, members: list[Member]) -> str | None:
    """What is wrong with an attribute, or with an operation and its overloads."""
    member = members[0]
    if member.kind == "maplike":
        return None if issubclass(cls, collections.abc.Mapping) else " is no mapping"
    if member.kind == "constructor":
        return problem_with_signature(cls.__init__, members)
    try:
        found = inspect.getattr_static(cls, name)
    except AttributeError:
        return ""
    if member.kind == "attribute":
        return problem_with_attribute(cls, found, member)
    if member.static != isinstance(found, staticmethod | classmethod):
        return " static"
    function = getattr(cls, name) if member.static else found
    if not inspect.isfunction(inspect.unwrap(getattr(function, "__func__", function))):
        return " is no method"
    # Either an async function, or one that says to give a coroutine: its checks come with the call.
    awaited = str(inspect.signature(function).return_annotation).startswith("Coroutine")
    if (inspect.iscoroutinefunction(function) or awaited) != (member.type.name == "Promise"):
        return " await"
    return problem_with_signature(function, members)


def problem_with_attribute(cls: type[Any], found: Any, member: Member) -> str | None:
    if member.type.name == "EventHandler":
        fits = isinstance(found, EventHandler) and found.event_type == member.name.removeprefix("on")
        return None if fits else " is no event handler"
    if isinstance(found, property):
        writable = found.fset is not None
    else:
        writable = not cls.__dataclass_params__.frozen if dataclasses.is_dataclass(cls) else True
    return None if writable != member.readonly else " readonly"


def problem_with_signature(function: Any, overloads: list[Member]) -> str | None:
    parameters = list(inspect.signature(function).parameters.values())
    if not inspect.ismethod(function) and parameters and parameters[0].name == "self":
        del parameters[0]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    # Members may also be given as keywords, in place of the dictionary.
    keywords = any(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters)
    required = sum(p.default is p.empty for p in positional)
    expected = [[a for a in overload.arguments if not a.variadic] for overload in overloads]
    expected_required = min(sum(a.default is REQUIRED for a in arguments) for arguments in expected)
    longest = max(expected, key=len)
    names = [{arguments[i].name for arguments in expected if i < len(arguments)} for i in range(len(longest))]
    fits = (
        len(positional) == len(longest)
        and all(p.name in allowed for p, allowed in zip(positional, names, strict=True))
        and variadic == any(a.variadic for overload in overloads for a in overload.arguments)
        and (required == expected_required or (keywords and required < expected_required))
    )
    return None if fits else " arguments"


def excused(name: str) -> bool:
    return name in EXCUSED or name.partition(".")[0] in EXCUSED


@pytest.mark.parametrize("name", IDL)
def test_everything_is_there(name):
    assert [problem for problem in missing(IDL[name]) if not excused(problem)] == []


def test_no_excuse_is_left_over():
    found = {problem for definition in IDL.values() for problem in missing(definition)}
    assert EXCUSED - found == set()
    assert sum(map(len, NOT_HERE.values())) == len(EXCUSED)

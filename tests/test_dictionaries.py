"""dictionaries.py against the IDL of the specifications, and conversion through each of its types.

The IDL is that of npm's @webref/idl 3.85.0, partial dictionaries merged, and of webrtc-extensions.
"""

import copy
import inspect
import pickle
import re
import sys
import types
from typing import get_args, get_type_hints

import pytest
from pywebrtc import dictionaries, enums
from pywebrtc._webidl import Dictionary, Long, Octet, UnsignedLong, UnsignedLongLong, UnsignedShort
from pywebrtc.exceptions import EnforceRangeError

IDL = """
dictionary RTCIceServer { required (USVString or sequence<USVString>) urls; DOMString username;
    DOMString credential; };
dictionary RTCConfiguration { sequence<RTCIceServer> iceServers = [];
    RTCIceTransportPolicy iceTransportPolicy = "all"; RTCBundlePolicy bundlePolicy = "balanced";
    RTCRtcpMuxPolicy rtcpMuxPolicy = "require"; sequence<RTCCertificate> certificates = [];
    [EnforceRange] octet iceCandidatePoolSize = 0; DOMString peerIdentity;
    boolean alwaysNegotiateDataChannels = false; };
dictionary RTCCertificateExpiration { [EnforceRange] unsigned long long expires; };
dictionary RTCOfferAnswerOptions { };
dictionary RTCOfferOptions : RTCOfferAnswerOptions { boolean iceRestart = false; boolean offerToReceiveAudio;
    boolean offerToReceiveVideo; };
dictionary RTCAnswerOptions : RTCOfferAnswerOptions { };
dictionary RTCSessionDescriptionInit { required RTCSdpType type; DOMString sdp = ""; };
dictionary RTCLocalSessionDescriptionInit { RTCSdpType type; DOMString sdp = ""; };
dictionary RTCIceCandidateInit { DOMString candidate = ""; DOMString? sdpMid = null;
    unsigned short? sdpMLineIndex = null; DOMString? usernameFragment = null; };
dictionary RTCLocalIceCandidateInit : RTCIceCandidateInit {
    RTCIceServerTransportProtocol? relayProtocol = null; USVString? url = null; };
dictionary RTCDataChannelInit { boolean ordered = true; [EnforceRange] unsigned short maxPacketLifeTime;
    [EnforceRange] unsigned short maxRetransmits; USVString protocol = ""; boolean negotiated = false;
    [EnforceRange] unsigned short id; RTCPriorityType priority = "low"; };
dictionary RTCRtpCodec { required DOMString mimeType; required unsigned long clockRate;
    unsigned short channels; DOMString sdpFmtpLine; };
dictionary RTCRtpCodecParameters : RTCRtpCodec { required octet payloadType; };
dictionary RTCRtpHeaderExtensionCapability { required DOMString uri;
    required RTCRtpTransceiverDirection direction; };
dictionary RTCRtpCapabilities { required sequence<RTCRtpCodec> codecs;
    required sequence<RTCRtpHeaderExtensionCapability> headerExtensions; };
dictionary RTCRtpHeaderExtensionParameters { required DOMString uri; required unsigned short id;
    boolean encrypted = false; };
dictionary RTCRtcpParameters { DOMString cname; boolean reducedSize; };
dictionary RTCResolutionRestriction { unsigned long maxWidth; unsigned long maxHeight; };
dictionary RTCRtpCodingParameters { DOMString rid; };
dictionary RTCRtpEncodingParameters : RTCRtpCodingParameters { boolean active = true; RTCRtpCodec codec;
    unsigned long maxBitrate; double maxFramerate; double scaleResolutionDownBy;
    RTCPriorityType priority = "low"; RTCPriorityType networkPriority; DOMString scalabilityMode;
    RTCResolutionRestriction scaleResolutionDownTo; unsigned long ptime; boolean adaptivePtime = false; };
dictionary RTCRtpParameters { required sequence<RTCRtpHeaderExtensionParameters> headerExtensions;
    required RTCRtcpParameters rtcp; required sequence<RTCRtpCodecParameters> codecs; };
dictionary RTCRtpSendParameters : RTCRtpParameters { required DOMString transactionId;
    required sequence<RTCRtpEncodingParameters> encodings; RTCDegradationPreference degradationPreference; };
dictionary RTCRtpReceiveParameters : RTCRtpParameters { };
dictionary RTCEncodingOptions { boolean keyFrame = false; };
dictionary RTCSetParameterOptions { sequence<RTCEncodingOptions> encodingOptions = []; };
dictionary RTCRtpTransceiverInit { RTCRtpTransceiverDirection direction = "sendrecv";
    sequence<MediaStream> streams = []; sequence<RTCRtpEncodingParameters> sendEncodings = []; };
dictionary RTCRtpContributingSource { required DOMHighResTimeStamp timestamp; required unsigned long source;
    double audioLevel; required unsigned long rtpTimestamp; DOMHighResTimeStamp captureTimestamp;
    DOMHighResTimeStamp senderCaptureTimeOffset; };
dictionary RTCRtpSynchronizationSource : RTCRtpContributingSource { };
dictionary RTCIdentityProviderOptions { DOMString protocol = "default"; DOMString usernameHint;
    DOMString peerIdentity; };
dictionary RTCIdentityProviderDetails { required DOMString domain; DOMString protocol = "default"; };
dictionary RTCIdentityAssertionResult { required RTCIdentityProviderDetails idp;
    required DOMString assertion; };
dictionary RTCIdentityValidationResult { required DOMString identity; required DOMString contents; };
dictionary RTCIdentityProvider { required GenerateAssertionCallback generateAssertion;
    required ValidateAssertionCallback validateAssertion; };
dictionary RTCDtlsFingerprint { DOMString algorithm; DOMString value; };
dictionary RTCIceParameters { DOMString usernameFragment; DOMString password; boolean iceLite; };
dictionary RTCErrorInit { required RTCErrorDetailType errorDetail; long sdpLineNumber; long sctpCauseCode;
    unsigned long receivedAlert; unsigned long sentAlert; long httpRequestStatusCode;
    DOMString idpLoginUrl; DOMString idpErrorInfo; };
"""


class RTCCertificate:
    """Stands in for the interface, whose objects cannot be made without the native module."""


class MediaStream:
    """The same."""


@pytest.fixture(autouse=True)
def interfaces(monkeypatch):
    for module, cls in (("certificate", RTCCertificate), ("mediastream", MediaStream)):
        monkeypatch.setitem(sys.modules, f"pywebrtc.{module}", types.SimpleNamespace(**{cls.__name__: cls}))


def parse(idl):
    """name -> (base, {member: (type, default)}); the default is "required", None or the text of the IDL."""
    result = {}
    for name, base, body in re.findall(r"dictionary (\w+)(?: : (\w+))? \{(.*?)\};", idl, re.DOTALL):
        members = {}
        for text in (" ".join(part.split()) for part in body.split(";") if part.strip()):
            required, type_, member, default = re.fullmatch(
                r"(required )?(?:\[EnforceRange\] )?(.+?) (\w+)(?: = (.+))?", text
            ).groups()
            members[member] = (type_, "required" if required else default)
        result[name] = (base or None, members)
    return result


SPECIFIED = parse(IDL)
DEFINED = {
    name: cls
    for name, cls in vars(dictionaries).items()
    if inspect.isclass(cls) and issubclass(cls, Dictionary) and cls is not Dictionary
}
each = pytest.mark.parametrize("name", SPECIFIED)

SIMPLE = {
    "boolean": bool,
    "double": float,
    "DOMHighResTimeStamp": float,
    "DOMString": str,
    "USVString": str,
    "octet": Octet,
    "unsigned short": UnsignedShort,
    "unsigned long": UnsignedLong,
    "unsigned long long": UnsignedLongLong,
    "long": Long,
    "(USVString or sequence<USVString>)": str | list[str],
}


def annotation(type_):
    """The annotation that a WebIDL type is written as."""
    if type_ in SIMPLE:
        return SIMPLE[type_]
    if match := re.fullmatch(r"sequence<(.+)>", type_):
        return list[annotation(match[1])]
    if hasattr(enums, type_):
        return getattr(enums, type_) | str
    return getattr(dictionaries, type_)


def all_members(name):
    base, members = SPECIFIED[name]
    return (all_members(base) if base else {}) | members


def test_the_same_dictionaries():
    assert set(DEFINED) == set(SPECIFIED)


@each
def test_the_same_members_in_the_same_order(name):
    cls = DEFINED[name]
    base, members = SPECIFIED[name]
    assert cls.__bases__ == (DEFINED[base] if base else Dictionary,)
    assert list(cls.members()) == list(all_members(name))
    for member in members:
        assert f"{member}: " in cls.__doc__


@each
def test_the_same_types_and_defaults(name):
    cls = DEFINED[name]
    hints = get_type_hints(cls, include_extras=True)
    required = {
        member: sample(type_)
        for member, (type_, default) in all_members(name).items()
        if default == "required"
    }
    value = cls(**required)
    for member, (type_, default) in all_members(name).items():
        expected = annotation(type_.removesuffix("?"))
        optional = default in (None, "null")
        assert hints[member] == (expected | None if optional else expected), member
        if default == "required":
            with pytest.raises(TypeError, match=f"{name}: required member {member!r} is missing"):
                cls.convert({other: given for other, given in required.items() if other != member})
        else:
            wanted = None if optional else eval(default, {"true": True, "false": False})
            assert getattr(value, member) == wanted, member
            assert getattr(cls.convert(required), member) == wanted, member


def sample(type_):
    """A value of a WebIDL type, in plain data as far as possible."""
    type_ = type_.removesuffix("?")
    if match := re.fullmatch(r"sequence<(.+)>", type_):
        return [sample(match[1])]
    if type_ in SPECIFIED:
        return {member: sample(inner) for member, (inner, _) in all_members(type_).items()}
    if hasattr(enums, type_):
        return list(getattr(enums, type_))[-1].value
    if type_ in ("RTCCertificate", "MediaStream"):
        return {"RTCCertificate": RTCCertificate, "MediaStream": MediaStream}[type_]()
    if type_.endswith("Callback"):
        return print
    return {bool: True, float: 1.5, str: "text"}.get(SIMPLE[type_], ["stun:a"] if "(" in type_ else 1)


@each
def test_conversion_from_a_literal_and_from_a_dataclass(name):
    cls = DEFINED[name]
    literal = sample(name)
    value = cls.convert(literal | {"unknown": 1})
    assert type(value) is cls
    assert value == cls.convert(value)
    assert value is not cls.convert(value)
    for member, given in literal.items():
        if not isinstance(given, dict | list):
            assert getattr(value, member) == given
    for member, (type_, _) in all_members(name).items():
        if hasattr(enums, type_.removesuffix("?")):
            assert isinstance(getattr(value, member), getattr(enums, type_.removesuffix("?")))


WRONG = {
    bool: [1, "true"],
    float: ["1", True, float("nan")],
    str: [1, b"x"],
    str | list[str]: [1, [1]],
}


@each
def test_wrong_types_of_members(name):
    cls = DEFINED[name]
    literal = sample(name)
    for member, (type_, _) in all_members(name).items():
        hint = annotation(type_.removesuffix("?"))
        for wrong in [object(), *WRONG.get(hint, [1.5, b"x"])]:
            with pytest.raises(TypeError, match=rf"^{name}\.{member}(\[0\])?: "):
                cls.convert(literal | {member: wrong})
        for allowed in (part for part in get_args(hint) if isinstance(part, range)):
            for wrong in (allowed.start - 1, allowed.stop):
                with pytest.raises(EnforceRangeError, match=rf"^{name}\.{member}: "):
                    cls.convert(literal | {member: wrong})
            assert getattr(cls.convert(literal | {member: allowed[-1]}), member) == allowed[-1]


@each
def test_copies_and_pickles(name):
    if "certificates" in sample(name) or "streams" in sample(name):
        return  # interfaces are not plain data
    value = DEFINED[name].convert(sample(name))
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
    assert repr(value).startswith(f"{name}(")


def test_configuration_as_written_in_a_browser():
    configuration = dictionaries.RTCConfiguration.convert(
        {
            "iceServers": [
                {"urls": "stun:stun.example.org"},
                {"urls": ["turn:a", "turns:a"], "username": "u", "credential": "c"},
            ],
            "iceTransportPolicy": "relay",
        }
    )
    assert configuration.iceServers[1] == dictionaries.RTCIceServer(
        urls=["turn:a", "turns:a"], username="u", credential="c"
    )
    assert configuration.iceTransportPolicy is enums.RTCIceTransportPolicy.RELAY
    assert configuration.bundlePolicy is enums.RTCBundlePolicy.BALANCED


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"iceTransportPolicy": "foo"},
            "iceTransportPolicy: 'foo' is not one of 'relay', 'all'",
        ),
        ({"rtcpMuxPolicy": "negotiate"}, "rtcpMuxPolicy: 'negotiate' is not 'require'"),
        ({"iceServers": [{}]}, "iceServers[0]: required member 'urls' is missing"),
        (
            {"iceServers": {"urls": "stun:a"}},
            "iceServers: {'urls': 'stun:a'} is not a sequence",
        ),
        (
            {"iceServers": ["stun:a"]},
            "iceServers[0]: 'stun:a' is not a dict or RTCIceServer",
        ),
        ({"certificates": ["pem"]}, "certificates[0]: 'pem' is not of type RTCCertificate"),
        ({"iceCandidatePoolSize": 256}, "iceCandidatePoolSize: 256 is not in 0..255"),
    ],
)
def test_messages_say_which_member_what_was_given_and_what_is_allowed(given, message):
    with pytest.raises(TypeError) as caught:
        dictionaries.RTCConfiguration.convert(given)
    assert str(caught.value) == f"RTCConfiguration.{message}"


def test_secrets_are_not_in_reprs():
    configuration = dictionaries.RTCConfiguration.convert(
        {"iceServers": [{"urls": "turn:a", "username": "u", "credential": "hush"}]}
    )
    assert "hush" not in repr(configuration)
    assert "hush" not in repr(dictionaries.RTCIceParameters(usernameFragment="u", password="hush"))

"""enums.py against the IDL of the specifications (npm's @webref/idl 3.85.0, in its order)."""

import inspect
import json
import pickle
import re
from enum import StrEnum

import pytest
from pywebrtc import enums

IDL = """
enum RTCIceTransportPolicy { "relay", "all" };
enum RTCBundlePolicy { "balanced", "max-compat", "max-bundle" };
enum RTCRtcpMuxPolicy { "require" };
enum RTCSignalingState { "stable", "have-local-offer", "have-remote-offer", "have-local-pranswer",
    "have-remote-pranswer", "closed" };
enum RTCIceGatheringState { "new", "gathering", "complete" };
enum RTCPeerConnectionState { "closed", "failed", "disconnected", "new", "connecting", "connected" };
enum RTCIceConnectionState { "closed", "failed", "disconnected", "new", "checking", "completed",
    "connected" };
enum RTCSdpType { "offer", "pranswer", "answer", "rollback" };
enum RTCIceProtocol { "udp", "tcp" };
enum RTCIceTcpCandidateType { "active", "passive", "so" };
enum RTCIceCandidateType { "host", "srflx", "prflx", "relay" };
enum RTCIceServerTransportProtocol { "udp", "tcp", "tls" };
enum RTCRtpTransceiverDirection { "sendrecv", "sendonly", "recvonly", "inactive", "stopped" };
enum RTCDtlsTransportState { "new", "connecting", "connected", "closed", "failed" };
enum RTCIceGathererState { "new", "gathering", "complete" };
enum RTCIceTransportState { "closed", "failed", "disconnected", "new", "checking", "completed", "connected" };
enum RTCIceRole { "unknown", "controlling", "controlled" };
enum RTCIceComponent { "rtp", "rtcp" };
enum RTCSctpTransportState { "connecting", "connected", "closed" };
enum RTCDataChannelState { "connecting", "open", "closing", "closed" };
enum RTCErrorDetailType { "data-channel-failure", "dtls-failure", "fingerprint-failure", "sctp-failure",
    "sdp-syntax-error", "hardware-encoder-not-available", "hardware-encoder-error", "idp-bad-script-failure",
    "idp-execution-failure", "idp-load-failure", "idp-need-login", "idp-timeout", "idp-tls-failure",
    "idp-token-expired", "idp-token-invalid" };
enum RTCStatsType { "codec", "inbound-rtp", "outbound-rtp", "remote-inbound-rtp", "remote-outbound-rtp",
    "media-source", "media-playout", "peer-connection", "data-channel", "transport", "candidate-pair",
    "local-candidate", "remote-candidate", "certificate" };
enum RTCQualityLimitationReason { "none", "cpu", "bandwidth", "other" };
enum RTCDtlsRole { "client", "server", "unknown" };
enum RTCStatsIceCandidatePairState { "frozen", "waiting", "in-progress", "failed", "succeeded" };
enum RTCPriorityType { "very-low", "low", "medium", "high" };
enum RTCDegradationPreference { "maintain-framerate", "maintain-resolution", "balanced",
    "maintain-framerate-and-resolution" };
enum MediaStreamTrackState { "live", "ended" };
enum VideoFacingModeEnum { "user", "environment", "left", "right" };
enum VideoResizeModeEnum { "none", "crop-and-scale" };
enum EchoCancellationModeEnum { "all", "remote-only" };
enum MediaDeviceKind { "audioinput", "audiooutput", "videoinput" };
enum RTCEncodedVideoFrameType { "empty", "key", "delta" };
enum SFrameCipherSuite {
     "AES_128_CTR_HMAC_SHA256_80",
     "AES_128_CTR_HMAC_SHA256_64",
     "AES_128_CTR_HMAC_SHA256_32",
     "AES_128_GCM_SHA256_128",
     "AES_256_GCM_SHA512_128",
     "AES_256_CTR_HMAC_SHA512_80",
     "AES_256_CTR_HMAC_SHA512_64",
     "AES_256_CTR_HMAC_SHA512_32"
};
enum SFrameType { "per-frame", "per-packet" };
enum SFrameTransformErrorEventType { "authentication", "keyID", "syntax" };
enum BinaryType { "blob", "arraybuffer" };
"""
SPECIFIED = {
    name: re.findall(r'"([^"]+)"', values)
    for name, values in re.findall(r"enum (\w+) \{(.*?)\}", IDL, re.DOTALL)
}
DEFINED = {
    name: cls
    for name, cls in vars(enums).items()
    if inspect.isclass(cls) and issubclass(cls, StrEnum) and cls is not StrEnum
}


def test_the_same_enumerations():
    assert list(DEFINED) == list(SPECIFIED)


@pytest.mark.parametrize("name", SPECIFIED)
def test_the_same_values_in_the_same_order(name):
    cls = DEFINED[name]
    assert list(cls) == SPECIFIED[name]
    assert cls.__doc__
    for member, value in zip(cls, SPECIFIED[name], strict=True):
        assert (member, str(member), f"{member}", json.dumps(member)) == (value, value, value, f'"{value}"')
        assert member.name == value.upper().replace("-", "_")
        assert cls(value) is member
        assert pickle.loads(pickle.dumps(member)) is member
        assert {value: 1}[member] == 1


def test_an_unknown_value():
    with pytest.raises(ValueError, match="'open' is not a valid RTCSignalingState"):
        enums.RTCSignalingState("open")

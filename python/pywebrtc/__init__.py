"""Google's libwebrtc with the browser's API, on asyncio, with numpy frames.

A name's module is imported when the name is first used: ``import pywebrtc`` itself costs next to nothing, and
a program pays for what it needs. ``__init__.pyi`` says the same to type checkers.
"""

from importlib import import_module

# The public names of each module. (`__getattr__`: PEP 562.)
_NAMES = {
    "_legacy": "MediaStreamEvent MediaStreamEventInit",
    "_frametransform": "TransformCounts",
    "_version": "__version__",
    "audioframe": "AudioFrame",
    "audiomixer": "AudioMixer",
    "audioprocessor": (
        "AudioProcessor AudioProcessorStatistics GainControl LegacyGainControl NoiseSuppressionLevel"
    ),
    "audioresampler": "AudioResampler",
    "audiosource": "AudioSource",
    "certificate": "RTCCertificate",
    "constraints": (
        "ConstrainBooleanOrDOMStringParameters ConstrainBooleanParameters ConstrainDOMStringParameters "
        "ConstrainDoubleRange ConstrainULongRange DoubleRange MediaStreamConstraints "
        "MediaTrackCapabilities MediaTrackConstraints MediaTrackConstraintSet MediaTrackSettings "
        "MediaTrackSupportedConstraints ULongRange"
    ),
    "datachannel": "RTCDataChannel",
    "dictionaries": (
        "RTCAnswerOptions RTCCertificateExpiration RTCConfiguration RTCDataChannelInit "
        "RTCDtlsFingerprint RTCEncodingOptions RTCErrorInit RTCIceCandidateInit RTCIceParameters "
        "RTCIceServer RTCIdentityAssertionResult RTCIdentityProvider RTCIdentityProviderDetails "
        "RTCIdentityProviderOptions RTCIdentityValidationResult RTCLocalIceCandidateInit "
        "RTCLocalSessionDescriptionInit RTCOfferAnswerOptions RTCOfferOptions RTCResolutionRestriction "
        "RTCRtcpParameters RTCRtpCapabilities RTCRtpCodec RTCRtpCodecParameters RTCRtpCodingParameters "
        "RTCRtpContributingSource RTCRtpEncodingParameters RTCRtpHeaderExtensionCapability "
        "RTCRtpHeaderExtensionParameters RTCRtpParameters RTCRtpReceiveParameters RTCRtpSendParameters "
        "RTCRtpSynchronizationSource RTCRtpTransceiverInit RTCSessionDescriptionInit "
        "RTCSetParameterOptions"
    ),
    "dtlstransport": "RTCDtlsTransport",
    "dtmfsender": "RTCDTMFSender",
    "encodedframe": (
        "RTCEncodedAudioFrame RTCEncodedAudioFrameMetadata RTCEncodedAudioFrameOptions "
        "RTCEncodedFrameMetadata RTCEncodedVideoFrame RTCEncodedVideoFrameMetadata "
        "RTCEncodedVideoFrameOptions"
    ),
    "encodedvideosource": "EncodedVideoSource",
    "engine": "ConnectionOptions",
    "enums": (
        "BinaryType EchoCancellationModeEnum MediaDeviceKind MediaStreamTrackState RTCBundlePolicy "
        "RTCDataChannelState RTCDegradationPreference RTCDtlsRole RTCDtlsTransportState "
        "RTCEncodedVideoFrameType RTCErrorDetailType RTCIceCandidateType RTCIceComponent "
        "RTCIceConnectionState RTCIceGathererState RTCIceGatheringState RTCIceProtocol RTCIceRole "
        "RTCIceServerTransportProtocol RTCIceTcpCandidateType RTCIceTransportPolicy RTCIceTransportState "
        "RTCPeerConnectionState RTCPriorityType RTCQualityLimitationReason RTCRtcpMuxPolicy "
        "RTCRtpTransceiverDirection RTCSctpTransportState RTCSdpType RTCSignalingState "
        "RTCStatsIceCandidatePairState RTCStatsType SFrameCipherSuite SFrameTransformErrorEventType "
        "SFrameType VideoFacingModeEnum VideoResizeModeEnum"
    ),
    "events": (
        "DeviceChangeEvent DeviceChangeEventInit KeyFrameRequestEvent MediaStreamTrackEvent "
        "MediaStreamTrackEventInit MessageEvent MessageEventInit RTCDataChannelEvent "
        "RTCDataChannelEventInit RTCDTMFToneChangeEvent RTCDTMFToneChangeEventInit RTCErrorEvent "
        "RTCErrorEventInit RTCPeerConnectionIceErrorEvent RTCPeerConnectionIceErrorEventInit "
        "RTCPeerConnectionIceEvent RTCPeerConnectionIceEventInit RTCTrackEvent RTCTrackEventInit"
    ),
    "eventtarget": "Event EventInit EventTarget",
    "exceptions": (
        "AbortError DOMException EnforceRangeError InvalidAccessError InvalidCharacterError "
        "InvalidModificationError InvalidStateError NetworkError NotAllowedError NotFoundError "
        "NotReadableError NotSupportedError OperationError OverconstrainedError RangeError RTCError "
        "SecurityError UnknownError"
    ),
    "framereader": "FrameReader",
    "icecandidate": "RTCIceCandidate RTCIceCandidatePair",
    "icetransport": "RTCIceTransport",
    "identity": "RTCIdentityAssertion",
    "mediadeviceinfo": "InputDeviceInfo MediaDeviceInfo",
    "mediadevices": "MediaDevices mediaDevices",
    "mediastream": "MediaStream",
    "mediastreamtrack": "MediaStreamTrack",
    "peerconnection": "RTCPeerConnection",
    "pixelformat": "PixelFormat",
    "rtpreceiver": "RTCRtpReceiver",
    "rtpsender": "RTCRtpSender",
    "rtptransceiver": "RTCRtpTransceiver",
    "scripttransform": (
        "EncodedFrameReadable EncodedFrameWritable RTCRtpScriptTransform RTCRtpScriptTransformer"
    ),
    "sctptransport": "RTCSctpTransport",
    "sessiondescription": "RTCSessionDescription",
    "sframe": "SFrameDecrypter SFrameEncrypter SFrameError",
    "sframetransform": (
        "RTCRtpSFrameDecryptor RTCRtpSFrameEncryptor RTCRtpSFrameEncryptorOptions "
        "SFrameTransformErrorEvent SFrameTransformErrorEventInit SFrameTransformOptions"
    ),
    "speaker": "Speaker",
    "stats": (
        "RTCAudioPlayoutStats RTCAudioSourceStats RTCCertificateStats RTCCodecStats RTCDataChannelStats "
        "RTCIceCandidatePairStats RTCIceCandidateStats RTCInboundRtpStreamStats RTCMediaSourceStats "
        "RTCOutboundRtpStreamStats RTCPeerConnectionStats RTCReceivedRtpStreamStats "
        "RTCRemoteInboundRtpStreamStats RTCRemoteOutboundRtpStreamStats RTCRtpStreamStats "
        "RTCSentRtpStreamStats RTCStats RTCTransportStats RTCVideoSourceStats"
    ),
    "statsreport": "RTCStatsReport",
    "streamtrack": "AudioStreamTrack VideoStreamTrack",
    "trackmixer": "TrackMixer",
    "videocodec": (
        "EncodedPicture VideoCodec VideoCodecCounts VideoDecoder VideoDecoderSettings VideoEncoder "
        "VideoEncoderSettings"
    ),
    "videocolorspace": (
        "VideoColorPrimaries VideoColorSpace VideoMatrixCoefficients VideoTransferCharacteristics"
    ),
    "videoframe": "VideoFrame VideoPlane",
    "videosource": "VideoSource VideoWants",
    "virtualdevices": "FakeCamera FakeMicrophone VirtualCamera VirtualDevice VirtualMicrophone",
    "voicedetector": "VoiceDetector",
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names.split()}
_PUBLIC_MODULES = ("engine", "exceptions", "identity")
# Neither linter evaluates it: a test compares it with __init__.pyi, which type checkers read.
__all__ = [*_MODULE_OF, *_PUBLIC_MODULES]  # noqa: PLE0604  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    if name in _PUBLIC_MODULES:
        return import_module(f"{__name__}.{name}")  # which makes it an attribute
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

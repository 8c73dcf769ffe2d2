"""What is asked of tracks, and what they answer: the dictionaries of mediacapture-main's constraints.

A dict literal of the same members works wherever a method takes one:
``await track.applyConstraints({"width": {"max": 640}, "frameRate": 15})``. A bare value is what is preferred,
``ideal``; within ``advanced`` it is what must be, ``exact``.
"""

from __future__ import annotations

from ._webidl import ClampedUnsignedLong, Dictionary, UnsignedLong, dictionary


@dictionary
class DoubleRange(Dictionary):
    """From ``min`` to ``max`` (mediacapture-main, section "DoubleRange").

    Attributes:
        max: the greatest value.
        min: the least value.
    """

    max: float | None = None
    min: float | None = None


@dictionary
class ConstrainDoubleRange(DoubleRange):
    """A constraint of a number (mediacapture-main, section "ConstrainDoubleRange").

    Attributes:
        exact: the only value that will do.
        ideal: the value that is preferred.
    """

    exact: float | None = None
    ideal: float | None = None


@dictionary
class ULongRange(Dictionary):
    """From ``min`` to ``max``, in integers (mediacapture-main, section "ULongRange").

    Attributes:
        max: the greatest value.
        min: the least value.
    """

    max: ClampedUnsignedLong | None = None
    min: ClampedUnsignedLong | None = None


@dictionary
class ConstrainULongRange(ULongRange):
    """A constraint of an integer (mediacapture-main, section "ConstrainULongRange").

    Attributes:
        exact: the only value that will do.
        ideal: the value that is preferred.
    """

    exact: ClampedUnsignedLong | None = None
    ideal: ClampedUnsignedLong | None = None


@dictionary
class ConstrainBooleanParameters(Dictionary):
    """A constraint of a boolean (mediacapture-main, section "ConstrainBooleanParameters").

    Attributes:
        exact: the only value that will do.
        ideal: the value that is preferred.
    """

    exact: bool | None = None
    ideal: bool | None = None


@dictionary
class ConstrainDOMStringParameters(Dictionary):
    """A constraint of a string (mediacapture-main, section "ConstrainDOMStringParameters").

    Attributes:
        exact: the only values that will do.
        ideal: the values that are preferred.
    """

    exact: str | list[str] | None = None
    ideal: str | list[str] | None = None


@dictionary
class ConstrainBooleanOrDOMStringParameters(Dictionary):
    """A constraint of a boolean or string (mediacapture-main, "ConstrainBooleanOrDOMStringParameters").

    Attributes:
        exact: the only value that will do.
        ideal: the value that is preferred.
    """

    exact: bool | str | None = None
    ideal: bool | str | None = None


ConstrainULong = ClampedUnsignedLong | ConstrainULongRange
ConstrainDouble = float | ConstrainDoubleRange
ConstrainBoolean = bool | ConstrainBooleanParameters
ConstrainDOMString = str | list[str] | ConstrainDOMStringParameters
ConstrainBooleanOrDOMString = bool | str | ConstrainBooleanOrDOMStringParameters


@dictionary
class MediaTrackConstraintSet(Dictionary):
    """What all must hold, or be near to, at once (mediacapture-main, section "MediaTrackConstraintSet").

    Attributes:
        width: in pixels.
        height: in pixels.
        aspectRatio: the width divided by the height.
        frameRate: in frames per second.
        facingMode: where a camera looks, a value of :class:`VideoFacingModeEnum`.
        resizeMode: whether pictures may be cropped and scaled, a value of :class:`VideoResizeModeEnum`.
        sampleRate: in samples per second.
        sampleSize: in bits per sample.
        echoCancellation: True, False or a value of :class:`EchoCancellationModeEnum`.
        autoGainControl: whether the volume is kept level.
        noiseSuppression: whether noise is removed.
        latency: in seconds.
        channelCount: 1 for mono, 2 for stereo.
        deviceId: the device.
        groupId: the group of devices.
        backgroundBlur: whether the background is blurred.
    """

    width: ConstrainULong | None = None
    height: ConstrainULong | None = None
    aspectRatio: ConstrainDouble | None = None
    frameRate: ConstrainDouble | None = None
    facingMode: ConstrainDOMString | None = None
    resizeMode: ConstrainDOMString | None = None
    sampleRate: ConstrainULong | None = None
    sampleSize: ConstrainULong | None = None
    echoCancellation: ConstrainBooleanOrDOMString | None = None
    autoGainControl: ConstrainBoolean | None = None
    noiseSuppression: ConstrainBoolean | None = None
    latency: ConstrainDouble | None = None
    channelCount: ConstrainULong | None = None
    deviceId: ConstrainDOMString | None = None
    groupId: ConstrainDOMString | None = None
    backgroundBlur: ConstrainBoolean | None = None


@dictionary
class MediaTrackConstraints(MediaTrackConstraintSet):
    """What ``applyConstraints`` takes (mediacapture-main, section "MediaTrackConstraints").

    Attributes:
        advanced: further sets; each is met in turn if it can be met as a whole, and else passed over.
    """

    advanced: list[MediaTrackConstraintSet] | None = None


@dictionary
class MediaTrackCapabilities(Dictionary):
    """What a track's source can do (mediacapture-main, section "MediaTrackCapabilities").

    The attributes are those of :class:`MediaTrackConstraintSet`: ranges of numbers, or lists of values.
    """

    width: ULongRange | None = None
    height: ULongRange | None = None
    aspectRatio: DoubleRange | None = None
    frameRate: DoubleRange | None = None
    facingMode: list[str] | None = None
    resizeMode: list[str] | None = None
    sampleRate: ULongRange | None = None
    sampleSize: ULongRange | None = None
    echoCancellation: list[bool | str] | None = None
    autoGainControl: list[bool] | None = None
    noiseSuppression: list[bool] | None = None
    latency: DoubleRange | None = None
    channelCount: ULongRange | None = None
    deviceId: str | None = None
    groupId: str | None = None
    backgroundBlur: list[bool] | None = None


@dictionary
class MediaTrackSettings(Dictionary):
    """What a track does (mediacapture-main, section "MediaTrackSettings").

    The attributes are those of :class:`MediaTrackConstraintSet`; None is what is not known or has no meaning.
    """

    width: UnsignedLong | None = None
    height: UnsignedLong | None = None
    aspectRatio: float | None = None
    frameRate: float | None = None
    facingMode: str | None = None
    resizeMode: str | None = None
    sampleRate: UnsignedLong | None = None
    sampleSize: UnsignedLong | None = None
    echoCancellation: bool | str | None = None
    autoGainControl: bool | None = None
    noiseSuppression: bool | None = None
    latency: float | None = None
    channelCount: UnsignedLong | None = None
    deviceId: str | None = None
    groupId: str | None = None
    backgroundBlur: bool | None = None


@dictionary
class MediaTrackSupportedConstraints(Dictionary):
    """Which constraints are heeded (mediacapture-main, section "MediaTrackSupportedConstraints").

    The attributes are those of :class:`MediaTrackConstraintSet`.
    """

    width: bool = True
    height: bool = True
    aspectRatio: bool = True
    frameRate: bool = True
    facingMode: bool = True
    resizeMode: bool = True
    sampleRate: bool = True
    sampleSize: bool = True
    echoCancellation: bool = True
    autoGainControl: bool = True
    noiseSuppression: bool = True
    latency: bool = True
    channelCount: bool = True
    deviceId: bool = True
    groupId: bool = True
    backgroundBlur: bool = True


@dictionary
class MediaStreamConstraints(Dictionary):
    """What ``getUserMedia`` takes (mediacapture-main, section "MediaStreamConstraints").

    Attributes:
        video: whether there is to be a camera; what it is to be like.
        audio: whether there is to be a microphone; what it is to be like.
        peerIdentity: whom alone the tracks are for (webrtc-identity). Nothing is kept from the program, so
            it changes nothing.
    """

    video: bool | MediaTrackConstraints = False
    audio: bool | MediaTrackConstraints = False
    peerIdentity: str | None = None

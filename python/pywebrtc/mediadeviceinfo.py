"""MediaDeviceInfo and InputDeviceInfo: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .constraints import MediaTrackCapabilities

if TYPE_CHECKING:
    from ._devices import Device
    from .enums import MediaDeviceKind


class MediaDeviceInfo:
    """A device, from ``mediaDevices.enumerateDevices()`` (mediacapture-main, section "MediaDeviceInfo")."""

    _device: Device

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} has no constructor: use mediaDevices.enumerateDevices()")

    @classmethod
    def _new(cls, device: Device) -> Self:
        self = cls.__new__(cls)
        self._device = device
        return self

    @property
    def deviceId(self) -> str:
        """What constraints call it; ``"default"`` is what the system uses where nothing is said."""
        return self._device._id

    @property
    def kind(self) -> MediaDeviceKind:
        """``"audioinput"``, ``"audiooutput"`` or ``"videoinput"``."""
        return self._device._kind

    @property
    def label(self) -> str:
        """A name for people."""
        return self._device._label

    @property
    def groupId(self) -> str:
        """The same for devices that belong to the same piece of hardware, as far as their names tell."""
        return self._device._group

    def toJSON(self) -> dict[str, str]:
        """The attributes as a dict."""
        return {
            "deviceId": self.deviceId,
            "kind": str(self.kind),
            "label": self.label,
            "groupId": self.groupId,
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.kind} {self.deviceId!r}: {self.label!r}>"


class InputDeviceInfo(MediaDeviceInfo):
    """A microphone or camera (mediacapture-main, section "InputDeviceInfo")."""

    def getCapabilities(self) -> MediaTrackCapabilities:
        """What a track of it can be set to."""
        return MediaTrackCapabilities.convert(self._device._capabilities())

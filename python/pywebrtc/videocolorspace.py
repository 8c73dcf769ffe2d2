"""VideoColorSpace: what the numbers of a picture mean as colours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ._webidl import convert


class VideoColorPrimaries(StrEnum):
    """Which red, green and blue (WebCodecs, VideoColorPrimaries; from ``film`` on, libwebrtc's others)."""

    BT709 = "bt709"
    BT470BG = "bt470bg"
    SMPTE170M = "smpte170m"
    BT2020 = "bt2020"
    SMPTE432 = "smpte432"
    FILM = "film"
    BT470M = "bt470m"
    SMPTE240M = "smpte240m"
    SMPTE428 = "smpte428"
    SMPTE431 = "smpte431"
    JEDEC_P22 = "jedec-p22"


class VideoTransferCharacteristics(StrEnum):
    """How numbers become light (WebCodecs, VideoTransferCharacteristics; from ``log`` on, libwebrtc's
    others).
    """

    BT709 = "bt709"
    SMPTE170M = "smpte170m"
    IEC61966_2_1 = "iec61966-2-1"
    LINEAR = "linear"
    PQ = "pq"
    HLG = "hlg"
    LOG = "log"
    LOG_SQRT = "log-sqrt"
    GAMMA22 = "gamma22"
    GAMMA28 = "gamma28"
    SMPTE240M = "smpte240m"
    IEC61966_2_4 = "iec61966-2-4"
    BT1361_ECG = "bt1361-ecg"
    BT2020_10 = "bt2020-10"
    BT2020_12 = "bt2020-12"
    SMPTE428 = "smpte428"


class VideoMatrixCoefficients(StrEnum):
    """How red, green and blue became Y, U and V (WebCodecs; from ``fcc`` on, libwebrtc's others)."""

    RGB = "rgb"
    BT709 = "bt709"
    BT470BG = "bt470bg"
    SMPTE170M = "smpte170m"
    BT2020_NCL = "bt2020-ncl"
    FCC = "fcc"
    SMPTE240M = "smpte240m"
    YCOCG = "ycocg"
    BT2020_CL = "bt2020-cl"
    SMPTE2085 = "smpte2085"
    CHROMA_DERIVED_NCL = "chroma-derived-ncl"
    CHROMA_DERIVED_CL = "chroma-derived-cl"
    ICTCP = "ictcp"


@dataclass(frozen=True, slots=True)
class VideoColorSpace:
    """A colour space as in WebCodecs; ITU-T H.273 has what the names mean. None is what is not known.

    Conversions between YUV and RGB use the matrix (BT.601, which is ``smpte170m`` and ``bt470bg``, BT.709 or
    BT.2020) and the range; what is not known, or is no matrix of these, counts as BT.601 with limited range,
    as in libwebrtc. Primaries and transfer are kept and sent, and change no pixel.

    Arguments:
        primaries: which red, green and blue.
        transfer: how numbers become light.
        matrix: how red, green and blue became Y, U and V.
        fullRange: whether luma goes from 0 to 255, and not from 16 to 235.

    Raises:
        TypeError: a value is none of the enumeration's.
    """

    primaries: VideoColorPrimaries | str | None = None
    transfer: VideoTransferCharacteristics | str | None = None
    matrix: VideoMatrixCoefficients | str | None = None
    fullRange: bool | None = None

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, convert(kind, value, f"VideoColorSpace.{name}"))

    @classmethod
    def _of(cls, names: tuple[str, str, str, str] | None) -> VideoColorSpace | None:
        """That of a native frame."""
        if names is None:
            return None
        primaries, transfer, matrix, range = names
        full = {"full": True, "limited": False}.get(range)
        return cls(
            VideoColorPrimaries(primaries) if primaries else None,
            VideoTransferCharacteristics(transfer) if transfer else None,
            VideoMatrixCoefficients(matrix) if matrix else None,
            full,
        )

    @property
    def _names(self) -> tuple[str, str, str, str]:
        full = {None: "", True: "full", False: "limited"}[self.fullRange]
        return self.primaries or "", self.transfer or "", self.matrix or "", full


_KINDS: dict[str, type] = {
    "primaries": VideoColorPrimaries,
    "transfer": VideoTransferCharacteristics,
    "matrix": VideoMatrixCoefficients,
    "fullRange": bool,
}

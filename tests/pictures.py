"""Pictures for tests, and what they are in every format, by the definitions and in numpy."""

from __future__ import annotations

import numpy as np

YUV = ("i420", "i420a", "i422", "i444", "i010", "i210", "i410", "nv12")
RGB = ("rgb24", "bgr24", "rgba", "bgra", "argb", "abgr")
FORMATS = (*YUV, *RGB, "gray")

# By how much chroma is smaller, across and down.
CHROMA = {"i422": (2, 1), "i210": (2, 1), "i444": (1, 1), "i410": (1, 1)}
DEEP = ("i010", "i210", "i410")

# Kr and Kb of ITU-R BT.601, BT.709 and BT.2020.
MATRICES = {"smpte170m": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020-ncl": (0.2627, 0.0593)}


def ramps(width: int = 64, height: int = 48) -> np.ndarray:
    """RGB: smooth, and different in each channel and direction."""
    y, x = np.mgrid[0:height, 0:width]
    red = 40 + 170 * x / width
    green = 200 - 150 * y / height
    blue = 60 + 100 * (x + y) / (width + height)
    return np.stack([red, green, blue], -1).round().astype(np.uint8)


def alpha(width: int = 64, height: int = 48) -> np.ndarray:
    """An alpha channel for it."""
    return np.broadcast_to(np.linspace(10, 240, width).astype(np.uint8), (height, width))


def planes(
    rgb: np.ndarray,
    format: str,
    *,
    matrix: str = "smpte170m",
    full: bool = False,
    opacity: np.ndarray | None = None,
) -> list[np.ndarray]:
    """A picture in a YUV format, plane by plane, or ``gray``."""
    red, blue = MATRICES[matrix]
    r, g, b = (rgb[..., i].astype(float) for i in range(3))
    luma = red * r + (1 - red - blue) * g + blue * b
    if format == "gray":
        return [luma.round().astype(np.uint8)]
    u, v = (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red)
    if not full:
        luma, u, v = 16 + luma * 219 / 255, u * 224 / 255, v * 224 / 255
    across, down = CHROMA.get(format, (2, 2))
    parts = [luma, *(small(p, across, down) + 128 for p in (u, v))]
    if format == "nv12":
        parts[1:] = [np.stack(parts[1:], -1)]
    if format in DEEP:
        return [(p * 4).round().clip(0, 1023).astype(np.uint16) for p in parts]
    if format == "i420a":
        parts.append(np.full(luma.shape, 255) if opacity is None else opacity.astype(float))
    return [p.round().clip(0, 255).astype(np.uint8) for p in parts]


def small(plane: np.ndarray, across: int, down: int) -> np.ndarray:
    """Means of blocks; those at odd edges have fewer pixels."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % down), (0, -width % across)), mode="edge")
    return padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across).mean((1, 3))


def array(rgb: np.ndarray, format: str, opacity: np.ndarray | None = None, **colours) -> np.ndarray:
    """A picture in any format, as one array."""
    height, width = rgb.shape[:2]
    if format in RGB:
        a = np.full((height, width), 255, np.uint8) if opacity is None else opacity
        channels = {"r": rgb[..., 0], "g": rgb[..., 1], "b": rgb[..., 2], "a": a}
        return np.stack([channels[c] for c in format.removesuffix("24")], -1)
    parts = planes(rgb, format, opacity=opacity, **colours)
    if format == "gray":
        return parts[0]
    if format in ("i444", "i410"):
        return np.stack(parts)
    return np.concatenate([p.ravel() for p in parts]).reshape(-1, width)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """dB, of 8 bits, or of 10 where both have 16."""
    peak = 1023 if a.dtype == np.uint16 else 255
    return float(10 * np.log10(peak**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))

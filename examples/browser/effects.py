"""What numpy does with a picture: RGB, uint8, of shape (height, width, 3), to another of the same shape."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

# 256 colours from cold to hot: black, purple, red, yellow, white.
_AT = [0, 80, 150, 210, 255]
_RED, _GREEN, _BLUE = [0, 90, 220, 250, 255], [0, 10, 50, 200, 255], [0, 120, 40, 40, 255]
_HEAT = np.stack([np.interp(np.arange(256), _AT, each) for each in (_RED, _GREEN, _BLUE)], axis=1).astype(
    np.uint8
)


def grey(picture: Picture) -> Picture:
    """How bright each pixel is; green counts most, as to the eye. Of shape (height, width)."""
    red, green, blue = (picture[..., i].astype(np.uint16) for i in range(3))
    return ((77 * red + 150 * green + 29 * blue) >> 8).astype(np.uint8)


def edges(picture: Picture) -> Picture:
    """Bright where neighbouring pixels differ."""
    bright = grey(picture).astype(np.int16)
    found = np.zeros_like(bright)
    found[:, 1:] += np.abs(np.diff(bright, axis=1))
    found[1:] += np.abs(np.diff(bright, axis=0))
    return np.repeat(np.minimum(4 * found, 255).astype(np.uint8)[..., np.newaxis], 3, axis=2)


EFFECTS = {
    "none": lambda picture: picture,
    "mirror": lambda picture: picture[:, ::-1],
    "negative": lambda picture: 255 - picture,
    "poster": lambda picture: (picture & 0xC0) + 0x20,
    "edges": edges,
    "heat": lambda picture: _HEAT[grey(picture)],
}

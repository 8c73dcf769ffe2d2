"""What numpy does with a picture: RGB, uint8, of shape (height, width, 3), to another of the same shape."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

# Black, purple, red, yellow, white: 256 colours from cold to hot.
_STOPS = ((0, (0, 0, 0)), (80, (90, 10, 120)), (150, (220, 50, 40)), (210, (250, 200, 40)), (255, (255, 255, 255)))
_HEAT = np.stack(
    [np.interp(np.arange(256), *zip(*((at, c[i]) for at, c in _STOPS), strict=True)) for i in range(3)], axis=1
).astype(np.uint8)


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

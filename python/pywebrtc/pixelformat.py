"""PixelFormat, and the shapes that arrays of each format have."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PixelFormat(StrEnum):
    """How the pixels of an array are laid out. Packed formats are named by the order of their bytes in
    memory.

    ========  ========================  ======  ==============================================================
    format    shape of the array        dtype
    ========  ========================  ======  ==============================================================
    i420      ``(height * 3/2, width)``  uint8   Y, then U and V at half the width and height
    i420a     ``(height * 5/2, width)``  uint8   the same, then alpha
    i422      ``(height * 2, width)``    uint8   Y, then U and V at half the width
    i444      ``(3, height, width)``     uint8   Y, U and V
    i010      ``(height * 3/2, width)``  uint16  i420 with 10 bits, in the low end
    i210      ``(height * 2, width)``    uint16  i422 with 10 bits
    i410      ``(3, height, width)``     uint16  i444 with 10 bits
    nv12      ``(height * 3/2, width)``  uint8   Y, then U and V in turn, at half the width and height
    rgb24     ``(height, width, 3)``     uint8   as PIL and matplotlib have it
    bgr24     ``(height, width, 3)``     uint8   as OpenCV has it
    rgba      ``(height, width, 4)``     uint8   and ``bgra``, ``argb``, ``abgr``
    gray      ``(height, width)``        uint8   luma from 0 to 255, as OpenCV has it
    ========  ========================  ======  ==============================================================

    A picture of odd width or height has ``(width + 1) // 2`` by ``(height + 1) // 2`` pixels of halved
    chroma. Then planes do not fit into the rows of one array: as in OpenCV and PyAV, arrays of formats with
    halved chroma have even sides. Planes have no such limit (:meth:`VideoFrame.from_planes`,
    :attr:`VideoFrame.planes`).
    """

    I420 = "i420"
    I420A = "i420a"
    I422 = "i422"
    I444 = "i444"
    I010 = "i010"
    I210 = "i210"
    I410 = "i410"
    NV12 = "nv12"
    RGB24 = "rgb24"
    BGR24 = "bgr24"
    RGBA = "rgba"
    BGRA = "bgra"
    ARGB = "argb"
    ABGR = "abgr"
    GRAY = "gray"


# libwebrtc's encoders go to 16384 pixels a side.
MAX_SIDE = 16384


class _Layout(NamedTuple):
    dtype: str
    # By how much chroma is smaller than luma, across and down; None where there is none.
    chroma: tuple[int, int] | None = None
    alpha: bool = False
    # Samples of a pixel that lie side by side.
    channels: int = 1
    # Whether U and V do.
    pairs: bool = False


_LAYOUTS = {
    PixelFormat.I420: _Layout("uint8", (2, 2)),
    PixelFormat.I420A: _Layout("uint8", (2, 2), alpha=True),
    PixelFormat.I422: _Layout("uint8", (2, 1)),
    PixelFormat.I444: _Layout("uint8", (1, 1)),
    PixelFormat.I010: _Layout("uint16", (2, 2)),
    PixelFormat.I210: _Layout("uint16", (2, 1)),
    PixelFormat.I410: _Layout("uint16", (1, 1)),
    PixelFormat.NV12: _Layout("uint8", (2, 2), pairs=True),
    PixelFormat.RGB24: _Layout("uint8", channels=3),
    PixelFormat.BGR24: _Layout("uint8", channels=3),
    PixelFormat.RGBA: _Layout("uint8", channels=4),
    PixelFormat.BGRA: _Layout("uint8", channels=4),
    PixelFormat.ARGB: _Layout("uint8", channels=4),
    PixelFormat.ABGR: _Layout("uint8", channels=4),
    PixelFormat.GRAY: _Layout("uint8"),
}


def pixel_format(format: PixelFormat | str) -> PixelFormat:
    """The format of that name.

    Raises:
        ValueError: there is none.
    """
    try:
        return PixelFormat(format)
    except ValueError:
        known = ", ".join(repr(str(known)) for known in PixelFormat)
        raise ValueError(f"pixel format {format!r} is not one of {known}") from None


def is_yuv(format: PixelFormat) -> bool:
    """Whether frames keep pixels in this format as they are."""
    return _LAYOUTS[format].chroma is not None


def chroma(format: PixelFormat) -> tuple[int, int]:
    """By how much chroma is smaller than luma, across and down."""
    return _LAYOUTS[format].chroma or (1, 1)


def count_planes(format: PixelFormat) -> int:
    """How many planes there are."""
    return len(_plane_shapes(_LAYOUTS[format], 1, 1))


def check_size(width: int, height: int) -> None:
    """Refuse a size that no frame has.

    Raises:
        ValueError: it is out of range.
    """
    for name, value in (("width", width), ("height", height)):
        if not 1 <= value <= MAX_SIDE:
            raise ValueError(f"{name} is {value}, not in 1 to {MAX_SIDE}")


def check_array_size(format: PixelFormat, width: int, height: int) -> None:
    """Refuse a size that no array of the format has.

    Raises:
        ValueError: it is out of range, or odd where chroma is halved.
    """
    _shape(format, width, height)


def as_pixels(value: Any, format: PixelFormat) -> NDArray[Any]:
    """What a user gave for the pixels of one plane or all, as an array without a copy.

    Raises:
        TypeError: it is not an array, or not of the format's dtype.
    """
    return as_array(value, _LAYOUTS[format].dtype, "pixels")


def split(pixels: NDArray[Any], format: PixelFormat) -> list[NDArray[Any]]:
    """The planes in an array, as the native side takes them: views of it where that is possible, else copies.

    Raises:
        ValueError: its shape does not fit.
    """
    layout = _LAYOUTS[format]
    height, width = _size(pixels, format)
    if layout.chroma is None:
        return [_rows(pixels)]
    if layout.chroma == (1, 1):
        return [_rows(plane) for plane in pixels]
    whole = pixels.flags.c_contiguous and pixels.flags.aligned
    return _views(pixels if whole else pixels.copy(order="C"), layout, height, width)


def fit(planes: list[NDArray[Any]], format: PixelFormat) -> list[NDArray[Any]]:
    """Arrays of one plane each, as the native side takes them: themselves where that is possible, else
    copies.

    Raises:
        ValueError: their number, or the shape of one, does not fit.
    """
    if not planes or planes[0].ndim < 2:
        raise ValueError(f"planes in {format} begin with one of at least two dimensions")
    height, width = planes[0].shape[:2]
    _check_size(height, width, planes[0].shape)
    wanted = _plane_shapes(_LAYOUTS[format], height, width)
    if [plane.shape for plane in planes] != wanted:
        have, are = (", ".join(map(str, shapes)) for shapes in (wanted, [plane.shape for plane in planes]))
        raise ValueError(f"planes of {width}x{height} in {format} have the shapes {have}, not {are}")
    return [_rows(plane) for plane in planes]


def allocate(format: PixelFormat, width: int, height: int) -> tuple[NDArray[Any], list[NDArray[Any]]]:
    """A new array for a picture of that size, and views of its planes.

    Raises:
        ValueError: the format has no array of that size.
    """
    import numpy as np  # most of the time that `import pywebrtc` would take

    array = np.empty(_shape(format, width, height), _LAYOUTS[format].dtype)
    return array, split(array, format)


def check_out(out: Any, format: PixelFormat, width: int, height: int) -> list[NDArray[Any]]:
    """The planes of an array that is to be filled.

    Raises:
        TypeError: it is not an array, or not of the format's dtype.
        ValueError: its shape does not fit, it is read-only, or its rows are not contiguous.
    """
    wanted = _shape(format, width, height)
    array = as_array(out, _LAYOUTS[format].dtype, "out")
    if array.shape != wanted:
        raise ValueError(f"out has the shape {array.shape}, not {wanted}")
    if not array.flags.writeable:
        raise ValueError("out is read-only")
    planes = split(array, format)
    if not all(shares(plane, array) for plane in planes):
        raise ValueError("the rows of out are not contiguous")
    return planes


def shares(plane: NDArray[Any], array: NDArray[Any]) -> bool:
    """Whether a plane lies in the memory of an array."""
    import numpy as np  # as above

    return np.may_share_memory(plane, array)


def as_array(value: Any, dtypes: str | tuple[str, ...], what: str) -> NDArray[Any]:
    """``value`` as a numpy array of one of these dtypes, without a copy; what has DLPack is taken too.

    Raises:
        TypeError: it is neither, or of another dtype.
    """
    import numpy as np  # as above

    if isinstance(value, np.ndarray):
        array = np.asarray(cast("NDArray[Any]", value))  # a subclass may slice in its own way
    elif hasattr(value, "__dlpack__"):
        try:
            array = cast("NDArray[Any]", np.from_dlpack(_in_memory(value)))
        except (BufferError, RuntimeError, ValueError) as error:
            raise TypeError(f"{what}: DLPack of {type(value).__name__}: {error}") from error
    else:
        raise TypeError(f"{what} must be a numpy array or have DLPack, not be {type(value).__name__}")
    allowed = (dtypes,) if isinstance(dtypes, str) else dtypes
    if array.dtype not in allowed:
        raise TypeError(f"{what} must be {' or '.join(allowed)}, not {array.dtype}")
    return array


def _in_memory(value: Any) -> Any:
    """What has DLPack, if it is where numpy can read: the memory of the CPU, or such of CUDA or ROCm."""
    device = value.__dlpack_device__()[0]
    if device not in (1, 3, 11):
        raise BufferError(f"on a device (type {device}), not in the CPU's memory; move it there first")
    return value


def _rows(plane: NDArray[Any]) -> NDArray[Any]:
    """The plane itself where libyuv can step over its rows, else a copy.

    libyuv steps over rows that lie apart, but not over pixels that do, and not backwards.
    """
    row = plane[0].nbytes
    inner = (plane.itemsize,) if plane.ndim == 2 else (plane.shape[2] * plane.itemsize, plane.itemsize)
    # copy(), not ascontiguousarray(): to numpy any stride of a side of one pixel is contiguous.
    fits = (
        plane.strides[1:] == inner
        and plane.strides[0] >= row
        and plane.strides[0] % plane.itemsize == 0
        and plane.strides[0] * plane.shape[0] < 2**31  # libwebrtc counts bytes of a plane in int
        and plane.flags.aligned
    )
    return plane if fits else plane.copy(order="C")


def _shape(format: PixelFormat, width: int, height: int) -> tuple[int, ...]:
    layout = _LAYOUTS[format]
    check_size(width, height)
    if layout.chroma is None:
        return (height, width) if layout.channels == 1 else (height, width, layout.channels)
    across, down = layout.chroma
    if across == 1:
        return (3, height, width)
    for name, value, by in (("width", width, across), ("height", height, down)):
        if value % by:
            raise ValueError(f"{name} is {value}; arrays in {format} have an even one, planes need not")
    return (height * 2 if down == 1 else height * (5 if layout.alpha else 3) // 2, width)


def _size(array: NDArray[Any], format: PixelFormat) -> tuple[int, int]:
    """Height and width of the picture in an array."""
    layout = _LAYOUTS[format]
    shape = array.shape
    if layout.chroma is None:
        wanted = "(height, width)" if layout.channels == 1 else f"(height, width, {layout.channels})"
        good = len(shape) == 2 if layout.channels == 1 else len(shape) == 3 and shape[2] == layout.channels
        height, width = shape[:2] if good else (0, 0)
    elif layout.chroma == (1, 1):
        wanted = "(3, height, width)"
        good = len(shape) == 3 and shape[0] == 3
        height, width = shape[1:] if good else (0, 0)
    else:
        # Rows in halves of the height.
        rows = 4 if layout.chroma[1] == 1 else 5 if layout.alpha else 3
        wanted = f"(height * {rows}/2, width) with even width and height"
        good = len(shape) == 2 and shape[1] % 2 == 0 and shape[0] % (2 if rows == 4 else rows) == 0
        height, width = (shape[0] * 2 // rows, shape[1]) if good else (0, 0)
        if rows == 4:
            wanted = "(height * 2, width) with even width"
    if not good:
        raise ValueError(f"an array in {format} has the shape {wanted}, not {shape}")
    _check_size(height, width, shape)
    return height, width


def _check_size(height: int, width: int, shape: tuple[int, ...]) -> None:
    if not (1 <= height <= MAX_SIDE and 1 <= width <= MAX_SIDE):
        raise ValueError(f"an array of shape {shape}: width and height must be in 1 to {MAX_SIDE}")


def _plane_shapes(layout: _Layout, height: int, width: int) -> list[tuple[int, ...]]:
    luma = (height, width)
    if layout.chroma is None:
        return [luma if layout.channels == 1 else (*luma, layout.channels)]
    across, down = layout.chroma
    chroma = ((height + down - 1) // down, (width + across - 1) // across)
    if layout.pairs:
        return [luma, (*chroma, 2)]
    return [luma, chroma, chroma, *([luma] if layout.alpha else [])]


def _views(array: NDArray[Any], layout: _Layout, height: int, width: int) -> list[NDArray[np.generic]]:
    """Planes that lie in one contiguous array, one after the other."""
    flat = array.reshape(-1)
    planes: list[NDArray[Any]] = []
    start = 0
    for shape in _plane_shapes(layout, height, width):
        end = start + shape[0] * shape[1] * (shape[2] if len(shape) == 3 else 1)
        planes.append(flat[start:end].reshape(shape))
        start = end
    return planes

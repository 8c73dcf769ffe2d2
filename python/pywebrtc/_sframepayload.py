"""What of an encoded frame has to stay readable when it is encrypted, and how the rest is carried.

libwebrtc cuts frames into packets after they are encrypted, and puts them together before they are
decrypted; for that it reads in them. What stays is authenticated (it is SFrame's metadata); the rest is an
SFrame ciphertext:

    VP8             3 bytes of delta frames and 10 of key frames stay: type, size
    H.264, H.265    parameter sets and all else before the first slice stay, with the beginning of that
                    slice, which names its parameter sets. The ciphertext is the rest of that one NAL unit,
                    with emulation prevention and a last byte that is not zero
    AV1             sequence headers stay, which tell key frames; temporal delimiters are not sent anyway. The
                    ciphertext of the other OBUs is the payload of one of a reserved type
    VP9, audio      nothing stays: the payload is the ciphertext, as RFC 9605 has it
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_START = b"\0\0\0\1"

# Bytes of a slice after its header that are enough for the number of its picture parameter set.
_SLICE_BYTES = 4

# https://aomediacodec.github.io/av1-spec/#obu-header-syntax. Packetizers keep reserved types, decoders
# ignore them.
_SEQUENCE_HEADER, _TEMPORAL_DELIMITER, _RESERVED = 1, 2, 9
_HAS_EXTENSION, _HAS_SIZE = 4, 2


def split(mime_type: str, data: bytes) -> tuple[bytes, bytes]:
    """What stays, and what is to be encrypted.

    Raises:
        ValueError: it is not what an encoder makes.
    """
    codec = mime_type.lower()
    if codec == "video/vp8":
        size = _vp8_clear(data)
        return data[:size], data[size:]
    if codec in _NAL_HEADER:
        return _split_nal_units(data, _NAL_HEADER[codec])
    if codec == "video/av1":
        return _split_obus(data)
    return b"", data


def join(mime_type: str, clear: bytes, ciphertext: bytes) -> bytes:
    """The encrypted frame."""
    codec = mime_type.lower()
    if codec == "video/av1":
        return clear + bytes((_RESERVED << 3,)) + ciphertext
    if codec in _NAL_HEADER:
        # The bytes before decide whether a first zero is the third in a row.
        return clear + re.sub(b"\0\0(?=[\0-\3])", b"\0\0\3", clear[-2:] + ciphertext + b"\x80")[2:]
    return clear + ciphertext


def unjoin(mime_type: str, data: bytes) -> tuple[bytes, bytes]:
    """What stayed of an encrypted frame, and the ciphertext.

    Raises:
        ValueError: it was not made by :func:`join`.
    """
    codec = mime_type.lower()
    if codec == "video/av1":
        clear, rest = _split_obus(data)
        header, payload, after = _obu(rest)
        if header != bytes((_RESERVED << 3,)) or after:
            raise ValueError("its OBU is not the one that a ciphertext has")
        return clear, payload
    if codec not in _NAL_HEADER:
        return split(mime_type, data)
    clear, rest = _split_nal_units(data, _NAL_HEADER[codec])
    body = re.sub(b"\0\0\3", b"\0\0", clear[-2:] + rest)[2:]
    if not body.endswith(b"\x80"):
        raise ValueError("the last byte is not the one that ends a ciphertext")
    return clear, body[:-1]


# The size of a NAL unit's header.
_NAL_HEADER = {"video/h264": 1, "video/h265": 2}


def _vp8_clear(data: bytes) -> int:
    # https://www.rfc-editor.org/rfc/rfc6386#section-9.1: the first bit is 0 in key frames
    if not data:
        raise ValueError("a frame without data")
    return min(len(data), 3 if data[0] & 1 else 10)


def _is_slice(unit: bytes, header_size: int) -> bool:
    return 1 <= unit[0] & 0x1F <= 5 if header_size == 1 else unit[0] >> 1 & 0x3F < 32


def _nal_units(data: bytes) -> Iterator[tuple[int, int]]:
    """Where NAL units begin, and end before the next start code."""
    begin = None
    for match in re.finditer(b"\0?\0\0\1", data):
        if begin is not None:
            yield begin, match.start()
        begin = match.end()
    if begin is not None:
        yield begin, len(data)


def _split_nal_units(data: bytes, header_size: int) -> tuple[bytes, bytes]:
    clear = b""
    for begin, end in _nal_units(data):
        unit = data[begin:end]
        if len(unit) < header_size:
            continue
        # A depacketizer writes start codes of four bytes.
        clear += _START
        if _is_slice(unit, header_size):
            size = header_size + _SLICE_BYTES
            return clear + unit[:size], data[begin + len(unit[:size]) :]
        clear += unit
    raise ValueError("there is no slice in it")


def _split_obus(data: bytes) -> tuple[bytes, bytes]:
    clear = b""
    while data:
        header, payload, after = _obu(data)
        kind = header[0] >> 3
        if kind == _SEQUENCE_HEADER:
            # As a depacketizer writes it.
            clear += bytes((header[0] | _HAS_SIZE,)) + header[1:] + _leb128(len(payload)) + payload
        elif kind != _TEMPORAL_DELIMITER:
            break
        data = after
    return clear, data


def _obu(data: bytes) -> tuple[bytes, bytes, bytes]:
    """An OBU's header without the bit for its size, its payload, and what comes after it."""
    if not data:
        raise ValueError("an OBU is missing")
    begin = 2 if data[0] & _HAS_EXTENSION else 1
    header = bytes((data[0] & ~_HAS_SIZE,)) + data[1:begin]
    if not data[0] & _HAS_SIZE:
        return header, data[begin:], b""
    size = 0
    for i, byte in enumerate(data[begin : begin + 8]):
        size |= (byte & 0x7F) << (7 * i)
        if not byte & 0x80:
            begin += i + 1
            if len(data) < begin + size:
                break
            return header, data[begin : begin + size], data[begin + size :]
    raise ValueError("the size of an OBU is not that of its data")


def _leb128(value: int) -> bytes:
    size = bytearray()
    while value >= 0x80:
        size.append(value & 0x7F | 0x80)
        value >>= 7
    size.append(value)
    return bytes(size)

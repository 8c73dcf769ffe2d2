"""SFrame: end-to-end encryption of frames, whatever carries them (RFC 9605). With ``cryptography``, an extra.

:class:`SFrameEncrypter` and :class:`SFrameDecrypter` turn bytes into bytes; ``sframetransform.py`` puts
them between codecs and the network.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple, cast

from ._webidl import convert
from .encodedframe import payload
from .enums import SFrameCipherSuite, SFrameTransformErrorEventType
from .exceptions import InvalidStateError, OperationError, RangeError

if TYPE_CHECKING:
    from types import ModuleType

    from typing_extensions import Buffer

_SALT_SIZE = 12  # Nn, of all suites
_MAX = 2**64 - 1

# A frame that claims to be many steps on costs as many derivations before it is known to be authentic.
_MAX_RATCHET_BITS = 8


class _Suite(NamedTuple):
    """https://www.rfc-editor.org/rfc/rfc9605#section-4.5; HMAC suites have a key of key_size + hash_size."""

    number: int
    hash: str
    hash_size: int
    key_size: int
    tag_size: int
    gcm: bool


_SUITES = {
    SFrameCipherSuite.AES_128_CTR_HMAC_SHA256_80: _Suite(1, "sha256", 32, 16, 10, gcm=False),
    SFrameCipherSuite.AES_128_CTR_HMAC_SHA256_64: _Suite(2, "sha256", 32, 16, 8, gcm=False),
    SFrameCipherSuite.AES_128_CTR_HMAC_SHA256_32: _Suite(3, "sha256", 32, 16, 4, gcm=False),
    SFrameCipherSuite.AES_128_GCM_SHA256_128: _Suite(4, "sha256", 32, 16, 16, gcm=True),
    SFrameCipherSuite.AES_256_GCM_SHA512_128: _Suite(5, "sha512", 64, 32, 16, gcm=True),
    # https://datatracker.ietf.org/doc/draft-barnes-sframe-iana-256/
    SFrameCipherSuite.AES_256_CTR_HMAC_SHA512_80: _Suite(6, "sha512", 64, 32, 10, gcm=False),
    SFrameCipherSuite.AES_256_CTR_HMAC_SHA512_64: _Suite(7, "sha512", 64, 32, 8, gcm=False),
    SFrameCipherSuite.AES_256_CTR_HMAC_SHA512_32: _Suite(8, "sha512", 64, 32, 4, gcm=False),
}


class SFrameError(OperationError):
    """A ciphertext that was not decrypted; :attr:`errorType` says why, :attr:`keyID` which key it names."""

    def __init__(
        self, message: str, errorType: SFrameTransformErrorEventType, keyID: int | None = None
    ) -> None:
        super().__init__(message)
        self.errorType = errorType
        self.keyID = keyID


class SFrameEncrypter:
    """Encrypts with one key at a time, each counter once (RFC 9605, sections 4.4 and 5.1).

    Arguments:
        cipherSuite: an :class:`SFrameCipherSuite`.
        ratchet_bits: of the key id, that tell the ratchet step; 0 where keys are not ratcheted.

    Raises:
        TypeError: there is no such suite.
        RangeError: ``ratchet_bits`` is not 0 to 8.
        ImportError: ``cryptography`` is not installed.
    """

    def __init__(self, cipherSuite: SFrameCipherSuite | str, *, ratchet_bits: int = 0) -> None:
        self._suite = _suite(cipherSuite, "SFrameEncrypter")
        self._bits = _ratchet_bits(ratchet_bits)
        self._key: _Key | None = None
        self._base = b""
        self._counter = 0

    @property
    def key_id(self) -> int | None:
        """The id of the key in use; None before :meth:`set_key`."""
        return None if self._key is None else self._key.id

    def set_key(self, base_key: Buffer, key_id: int) -> None:
        """Encrypt with this key from now on.

        A base key belongs to one encrypter and id, and is never set again: its counter begins at 0, and
        what is encrypted twice with one counter is open to whoever has both.

        Raises:
            TypeError: ``base_key`` is not bytes-like, ``key_id`` no integer.
            RangeError: the key is empty, or the id not in 0 to 2**64 - 1.
            InvalidStateError: it is the key in use.
        """
        base = _base_key(base_key)
        number = _key_id(key_id)
        if self._key is not None and (self._base, self._key.id) == (base, number):
            raise InvalidStateError("set_key: this key is in use, and its counter would begin again")
        self._key, self._base, self._counter = _Key(self._suite, base, number), base, 0

    def ratchet(self) -> int:
        """Go on with the next key of the chain, which does not lead back to this one; the new id.

        https://www.rfc-editor.org/rfc/rfc9605#section-5.1

        Raises:
            InvalidStateError: there is no key, or ``ratchet_bits`` is 0.
        """
        if self._key is None or not self._bits:
            raise InvalidStateError("ratchet: there is no key, or no ratchet_bits")
        size = 1 << self._bits
        step = (self._key.id + 1) % size
        self.set_key(_ratcheted(self._suite, self._base), self._key.id // size * size + step)
        return self._key.id

    def encrypt(self, data: Buffer, metadata: Buffer = b"") -> bytes:
        """The SFrame ciphertext: header, encrypted data, tag. ``metadata`` is authenticated with it.

        Raises:
            InvalidStateError: there is no key, or its counter is at its end.
        """
        if self._key is None or self._counter > _MAX:
            raise InvalidStateError("encrypt: there is no key, or its counter is at its end")
        plaintext, aad = payload(data, "encrypt: data"), payload(metadata, "encrypt: metadata")
        counter = self._counter
        self._counter += 1
        return self._key.encrypt(counter, plaintext, aad)


class SFrameDecrypter:
    """Decrypts with the keys that it was given, each ciphertext once (RFC 9605, sections 4.4 and 5.1).

    Arguments:
        cipherSuite: an :class:`SFrameCipherSuite`.
        ratchet_bits: as at the encrypter. A frame with a later step is tried with the key ratcheted that far.
        replay_window: counters below the highest that may still come; older ones are refused, and any twice.

    Raises:
        TypeError: there is no such suite.
        RangeError: ``ratchet_bits`` is not 0 to 8, or ``replay_window`` less than 1.
        ImportError: ``cryptography`` is not installed.
    """

    def __init__(
        self, cipherSuite: SFrameCipherSuite | str, *, ratchet_bits: int = 0, replay_window: int = 1024
    ) -> None:
        self._suite = _suite(cipherSuite, "SFrameDecrypter")
        self._bits = _ratchet_bits(ratchet_bits)
        if replay_window < 1:
            raise RangeError(f"SFrameDecrypter: replay_window is {replay_window}, at least 1 is needed")
        self._window = replay_window
        self._keys: dict[int, _Receiving] = {}

    @property
    def key_ids(self) -> list[int]:
        """The ids of the keys that are there."""
        return list(self._keys)

    def add_key(self, base_key: Buffer, key_id: int) -> None:
        """Decrypt with this key, too; it replaces one with the same id.

        Raises:
            TypeError: ``base_key`` is not bytes-like, ``key_id`` no integer.
            RangeError: the key is empty, or the id not in 0 to 2**64 - 1.
        """
        base, number = _base_key(base_key), _key_id(key_id)
        known = self._keys.get(number)
        if known is None or known.base != base:  # the same again would forget what came
            self._keys[number] = _Receiving(self._suite, base, number)

    def remove_key(self, key_id: int) -> bool:
        """Forget a key; whether it was there."""
        return self._keys.pop(_key_id(key_id), None) is not None

    def decrypt(self, data: Buffer, metadata: Buffer = b"") -> bytes:
        """The data of an SFrame ciphertext.

        Raises:
            SFrameError: it is no ciphertext (``errorType`` "syntax"), its key is unknown ("keyID"), it was
                made with another key or changed, or came before ("authentication").
        """
        ciphertext, aad = payload(data, "decrypt: data"), payload(metadata, "decrypt: metadata")
        number, counter, size = parse_header(ciphertext)
        key = self._keys.get(number)
        ratcheted = None if key is not None else self._ratcheted(number)
        key = key or ratcheted
        if key is None:
            raise SFrameError(f"key {number} is unknown", SFrameTransformErrorEventType.KEYID, number)
        if key.replayed(counter, self._window):
            raise SFrameError(f"{counter} came before", SFrameTransformErrorEventType.AUTHENTICATION, number)
        plaintext = key.key.decrypt(counter, ciphertext, size, aad)
        # What is not authentic changes nothing.
        key.came(counter, self._window)
        if ratcheted is not None:
            self._advance(ratcheted)
        return plaintext

    def _ratcheted(self, number: int) -> _Receiving | None:
        """A key of the same generation, as many steps on as the id says."""
        size = 1 << self._bits
        generation = [key for id, key in self._keys.items() if self._bits and id // size == number // size]
        if not generation:
            return None
        latest = generation[-1]
        base = latest.base
        for _ in range((number - latest.key.id) % size):
            base = _ratcheted(self._suite, base)
        return _Receiving(self._suite, base, number)

    def _advance(self, latest: _Receiving) -> None:
        """Of older steps one is kept, for frames that are late."""
        size = 1 << self._bits
        older = [id for id in self._keys if id // size == latest.key.id // size]
        for id in older[:-1]:
            del self._keys[id]
        self._keys[latest.key.id] = latest


class _Key:
    """What is derived from a base key: https://www.rfc-editor.org/rfc/rfc9605#section-4.4.2"""

    def __init__(self, suite: _Suite, base: bytes, number: int) -> None:
        self.id = number
        self._suite = suite
        secret = _extract(suite, base)
        label = number.to_bytes(8, "big") + suite.number.to_bytes(2, "big")
        size = suite.key_size if suite.gcm else suite.key_size + suite.hash_size
        self.key = _expand(suite, secret, b"SFrame 1.0 Secret key " + label, size)
        self.salt = _expand(suite, secret, b"SFrame 1.0 Secret salt " + label, _SALT_SIZE)
        self._gcm = _cryptography("aead").AESGCM(self.key) if suite.gcm else None

    def nonce(self, counter: int) -> bytes:
        """The salt XOR the counter."""
        return (int.from_bytes(self.salt, "big") ^ counter).to_bytes(_SALT_SIZE, "big")

    def encrypt(self, counter: int, plaintext: bytes, metadata: bytes) -> bytes:
        """https://www.rfc-editor.org/rfc/rfc9605#section-4.4.3"""
        header = encode_header(self.id, counter)
        nonce, aad = self.nonce(counter), header + metadata
        if self._gcm is not None:
            return header + cast("bytes", self._gcm.encrypt(nonce, plaintext, aad))
        encrypted = self._ctr(nonce, plaintext)
        return header + encrypted + self._tag(nonce, aad, encrypted)

    def decrypt(self, counter: int, ciphertext: bytes, header_size: int, metadata: bytes) -> bytes:
        """https://www.rfc-editor.org/rfc/rfc9605#section-4.4.4"""
        suite = self._suite
        if len(ciphertext) < header_size + suite.tag_size:
            raise SFrameError("it is shorter than its tag", SFrameTransformErrorEventType.SYNTAX, self.id)
        nonce, aad, body = self.nonce(counter), ciphertext[:header_size] + metadata, ciphertext[header_size:]
        if self._gcm is not None:
            try:
                return cast("bytes", self._gcm.decrypt(nonce, body, aad))
            except _cryptography("exceptions").InvalidTag:
                pass
        else:
            encrypted, tag = body[: -suite.tag_size], body[-suite.tag_size :]
            if hmac.compare_digest(tag, self._tag(nonce, aad, encrypted)):
                return self._ctr(nonce, encrypted)
        raise SFrameError("the tag does not fit", SFrameTransformErrorEventType.AUTHENTICATION, self.id)

    # https://www.rfc-editor.org/rfc/rfc9605#section-4.5.1

    def _ctr(self, nonce: bytes, data: bytes) -> bytes:
        ciphers = _cryptography("ciphers")
        algorithm = ciphers.algorithms.AES(self.key[: self._suite.key_size])
        context = ciphers.Cipher(algorithm, ciphers.modes.CTR(nonce + bytes(4))).encryptor()
        return cast("bytes", context.update(data) + context.finalize())

    def _tag(self, nonce: bytes, aad: bytes, encrypted: bytes) -> bytes:
        sizes = b"".join(n.to_bytes(8, "big") for n in (len(aad), len(encrypted), self._suite.tag_size))
        whole = hmac.digest(
            self.key[self._suite.key_size :], sizes + nonce + aad + encrypted, self._suite.hash
        )
        return whole[: self._suite.tag_size]


class _Receiving:
    """A key to decrypt with, and which counters came: https://www.rfc-editor.org/rfc/rfc3711#section-3.3.2"""

    def __init__(self, suite: _Suite, base: bytes, number: int) -> None:
        self.base = base
        self.key = _Key(suite, base, number)
        self._highest = -1
        self._came = 0  # a bit for each counter from the highest down

    def replayed(self, counter: int, window: int) -> bool:
        """Whether it came, or is too old to tell."""
        age = self._highest - counter
        return age >= 0 and (age >= window or bool(self._came >> age & 1))

    def came(self, counter: int, window: int) -> None:
        """Remember it."""
        ahead = counter - self._highest
        if ahead > 0:
            self._came = 1 if ahead >= window else ((self._came << ahead) | 1) & ((1 << window) - 1)
            self._highest = counter
        else:
            self._came |= 1 << -ahead


def encode_header(key_id: int, counter: int) -> bytes:
    """https://www.rfc-editor.org/rfc/rfc9605#section-4.3"""
    config, tail = 0, b""
    for shift, value in ((4, key_id), (0, counter)):
        if value < 8:
            config |= value << shift
        else:
            size = (value.bit_length() + 7) // 8
            config |= (8 | (size - 1)) << shift
            tail += value.to_bytes(size, "big")
    return bytes((config,)) + tail


def parse_header(ciphertext: bytes) -> tuple[int, int, int]:
    """The key id, the counter, and the header's size.

    Raises:
        SFrameError: it is cut, or a value takes more bytes than it needs.
    """
    values: list[int] = []
    position = 1
    for shift in (4, 0):
        field = ciphertext[0] >> shift & 0xF if ciphertext else 8
        if field < 8:
            values.append(field)
            continue
        size = (field & 7) + 1
        part = ciphertext[position : position + size]
        value = int.from_bytes(part, "big")
        if len(part) < size or value < 8 or part[0] == 0:
            raise SFrameError("its header is malformed", SFrameTransformErrorEventType.SYNTAX)
        values.append(value)
        position += size
    return values[0], values[1], position


def mls_key_id(epoch: int, index: int, *, epoch_bits: int, index_bits: int, context: int = 0) -> int:
    """The key id of a member of an MLS group: https://www.rfc-editor.org/rfc/rfc9605#section-5.2

    Raises:
        RangeError: a value does not fit its bits.
    """
    if not 0 <= index < 1 << index_bits or epoch < 0 or context < 0:
        raise RangeError(f"mls_key_id: index {index} does not fit {index_bits} bits, or a value is negative")
    number = (context << (index_bits + epoch_bits)) + (index << epoch_bits) + epoch % (1 << epoch_bits)
    return _key_id(number)


def _ratcheted(suite: _Suite, base: bytes) -> bytes:
    return _expand(suite, _extract(suite, base), b"SFrame 1.0 Ratchet", suite.hash_size)


def _extract(suite: _Suite, key: bytes) -> bytes:
    # https://www.rfc-editor.org/rfc/rfc5869#section-2.2, without a salt
    return hmac.digest(bytes(suite.hash_size), key, suite.hash)


def _expand(suite: _Suite, secret: bytes, info: bytes, size: int) -> bytes:
    # https://www.rfc-editor.org/rfc/rfc5869#section-2.3
    output = block = b""
    while len(output) < size:
        block = hmac.digest(secret, block + info + bytes((len(output) // suite.hash_size + 1,)), suite.hash)
        output += block
    return output[:size]


def _suite(name: SFrameCipherSuite | str, where: str) -> _Suite:
    suite = _SUITES[convert(SFrameCipherSuite, name, f"{where}: cipherSuite")]
    _cryptography("ciphers")
    return suite


def _ratchet_bits(value: int) -> int:
    if not 0 <= value <= _MAX_RATCHET_BITS:
        raise RangeError(f"ratchet_bits is {value}, not in 0..{_MAX_RATCHET_BITS}")
    return value


def _base_key(value: Buffer) -> bytes:
    base = payload(value, "base_key")
    if not base:
        raise RangeError("base_key: it is empty")
    return base


def _key_id(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"key id {value!r} is not an integer")
    if not 0 <= value <= _MAX:
        raise RangeError(f"key id {value} is not in 0..2**64 - 1")
    return value


def _cryptography(part: str) -> ModuleType:
    try:
        if part == "aead":
            from cryptography.hazmat.primitives.ciphers import aead as module
        elif part == "ciphers":
            from cryptography.hazmat.primitives import ciphers as module
            from cryptography.hazmat.primitives.ciphers import algorithms, modes

            assert algorithms
            assert modes
        else:
            from cryptography import exceptions as module
    except ImportError as error:
        raise ImportError("SFrame needs cryptography: pip install 'pywebrtc[sframe]'") from error
    return module

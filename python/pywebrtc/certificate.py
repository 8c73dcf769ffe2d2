"""RTCCertificate: what a connection proves to be itself with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from . import _dispatcher, _native
from ._webidl import UnsignedLong, convert, shown
from .dictionaries import RTCCertificateExpiration, RTCDtlsFingerprint
from .exceptions import InvalidAccessError, NotSupportedError

if TYPE_CHECKING:
    import asyncio

_DAY = 24 * 60 * 60 * 1000
_DEFAULT_EXPIRES = 30 * _DAY
_MAX_EXPIRES = 365 * _DAY

_RSA_LENGTHS = range(2048, 8192 + 1)
_RSA_EXPONENT = 65537

_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----\n?", re.DOTALL)


class RTCCertificate:
    """A key pair and its certificate (webrtc-pc, section "RTCCertificate").

    It comes from :meth:`RTCPeerConnection.generateCertificate` or :meth:`from_pem`, and may be given to any
    number of connections. Immutable, and equal by value. Pickling it pickles the private key.
    """

    _native: _native.Certificate

    def __init__(self) -> None:
        raise TypeError("RTCCertificate has no constructor: use RTCPeerConnection.generateCertificate()")

    @classmethod
    def _new(cls, native: _native.Certificate) -> Self:
        self = cls.__new__(cls)
        self._native = native
        return self

    @property
    def expires(self) -> int:
        """When it expires: milliseconds since the epoch."""
        return self._native.expires

    def getFingerprints(self) -> list[RTCDtlsFingerprint]:
        """Its fingerprints as in SDP: one, with the hash function that it is signed with."""
        fingerprint = self._native.fingerprint
        if fingerprint is None:
            return []
        algorithm, value = fingerprint
        return [RTCDtlsFingerprint(algorithm=algorithm, value=value)]

    @classmethod
    def from_pem(cls, pem: str) -> Self:
        """Make one of what :meth:`to_pem` gave, or of any PEM private key and its certificate. (Ours.)

        Raises:
            TypeError: ``pem`` is not a string.
            InvalidAccessError: it does not hold one key and one certificate, or these do not fit.
        """
        blocks = [(match[1], match[0]) for match in _PEM_BLOCK.finditer(convert(str, pem, "from_pem"))]
        keys = [block for kind, block in blocks if kind.endswith("PRIVATE KEY")]
        certificates = [block for kind, block in blocks if kind == "CERTIFICATE"]
        if len(keys) != 1 or len(certificates) != 1:
            raise InvalidAccessError("from_pem: there must be one private key and one certificate")
        return cls._new(_native.Certificate.from_pem(keys[0], certificates[0]))

    def to_pem(self) -> str:
        """The private key and the certificate as PEM. Keep it secret. (Ours.)"""
        return self._native.private_key + self._native.certificate

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RTCCertificate):
            return NotImplemented
        return self is other or self.to_pem() == other.to_pem()

    def __hash__(self) -> int:
        return hash(self._native.certificate)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_pem, (self.to_pem(),)

    def __repr__(self) -> str:
        fingerprints = " ".join(f"{f.algorithm} {f.value}" for f in self.getFingerprints())
        return f"<RTCCertificate expires={self.expires} {fingerprints}>"


async def generate(keygenAlgorithm: str | Mapping[str, Any]) -> RTCCertificate:
    """https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-generatecertificate"""
    if isinstance(keygenAlgorithm, str):
        algorithm: Mapping[str, Any] = {"name": keygenAlgorithm}
    elif isinstance(keygenAlgorithm, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        algorithm = keygenAlgorithm
    else:
        raise TypeError(f"generateCertificate: {shown(keygenAlgorithm)} is not a string or a dict")
    given = RTCCertificateExpiration.convert(algorithm, "generateCertificate").expires
    expires = min(_DEFAULT_EXPIRES if given is None else given, _MAX_EXPIRES)
    name = _member(str, algorithm, "name")
    dispatcher = _dispatcher.current()
    generated = _Generated(dispatcher)
    if name.upper() == "ECDSA":
        _check_ecdsa(algorithm)
        _native.generate_certificate(dispatcher.mailbox, generated.key, expires, None)
    elif name.upper() == "RSASSA-PKCS1-V1_5":
        length = _rsa_length(algorithm)
        _native.generate_certificate(dispatcher.mailbox, generated.key, expires, length)
    else:
        raise NotSupportedError(
            f"generateCertificate: {shown(name)} is not one of 'ECDSA', 'RSASSA-PKCS1-v1_5'"
        )
    return await generated.wait()


class _Generated:
    """Waits for one certificate."""

    def __init__(self, dispatcher: _dispatcher.Dispatcher) -> None:
        self.key = _native.next_key()
        self._dispatcher = dispatcher
        self._future: asyncio.Future[RTCCertificate] = dispatcher.loop.create_future()

    async def wait(self) -> RTCCertificate:
        self._dispatcher.target(self.key, self)
        try:
            return await self._future
        finally:
            self._dispatcher.forget(self.key)

    def _on_operation(self, operation: int, error: BaseException | None, value: Any, state: None) -> None:
        if error is not None:
            self._future.set_exception(error)
        else:
            self._future.set_result(RTCCertificate._new(value))


def _member(type: Any, algorithm: Mapping[str, Any], name: str) -> Any:
    """A required member of the algorithm: https://w3c.github.io/webcrypto/#algorithm-normalization-normalize-an-algorithm"""
    value = algorithm.get(name)
    if value is None:
        raise TypeError(f"generateCertificate: required member {name!r} is missing")
    return convert(type, value, f"generateCertificate: {name}")


def _bytes(algorithm: Mapping[str, Any], name: str) -> bytes:
    value = _member(Any, algorithm, name)
    try:
        return bytes(memoryview(value))
    except TypeError:
        raise TypeError(f"generateCertificate: {name}: {shown(value)} is not bytes-like") from None


def _check_ecdsa(algorithm: Mapping[str, Any]) -> None:
    # https://w3c.github.io/webcrypto/#dfn-EcKeyGenParams
    curve = _member(str, algorithm, "namedCurve")
    if curve != "P-256":
        raise NotSupportedError(f"generateCertificate: namedCurve {shown(curve)} is not 'P-256'")


def _rsa_length(algorithm: Mapping[str, Any]) -> int:
    # https://w3c.github.io/webcrypto/#dfn-RsaHashedKeyGenParams
    length = _member(UnsignedLong, algorithm, "modulusLength")
    exponent = int.from_bytes(_bytes(algorithm, "publicExponent"), "big")
    hash_algorithm = _member(Any, algorithm, "hash")
    if isinstance(hash_algorithm, str):
        hash_algorithm = {"name": hash_algorithm}
    hash = _member(str, convert(Mapping, hash_algorithm, "generateCertificate: hash"), "name")
    if hash.upper() != "SHA-256":
        raise NotSupportedError(f"generateCertificate: hash {shown(hash)} is not 'SHA-256'")
    if exponent != _RSA_EXPONENT:
        raise NotSupportedError(
            f"generateCertificate: publicExponent {shown(exponent)} is not {_RSA_EXPONENT}"
        )
    if length not in _RSA_LENGTHS:
        raise NotSupportedError(f"generateCertificate: modulusLength {length} is not in 2048 to 8192")
    return length

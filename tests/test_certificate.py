"""RTCCertificate and generateCertificate: https://w3c.github.io/webrtc-pc/#sec.cert-mgmt"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import re
import ssl
import time

import pytest
from harness import Peers
from pywebrtc import RTCCertificate, RTCConfiguration, RTCPeerConnection
from pywebrtc.exceptions import InvalidAccessError, InvalidModificationError, NotSupportedError

ECDSA = {"name": "ECDSA", "namedCurve": "P-256"}
RSA = {
    "name": "RSASSA-PKCS1-v1_5",
    "modulusLength": 2048,
    "publicExponent": bytes([1, 0, 1]),
    "hash": "SHA-256",
}
DAY = 24 * 60 * 60 * 1000

generate = RTCPeerConnection.generateCertificate


def der(certificate: RTCCertificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(
        certificate.to_pem().partition("-----BEGIN CERTIFICATE-----")[1]
        + (certificate.to_pem().partition("-----BEGIN CERTIFICATE-----")[2])
    )


def test_it_has_no_constructor():
    with pytest.raises(TypeError):
        RTCCertificate()


@pytest.mark.parametrize(
    "algorithm",
    [
        ECDSA,
        {**ECDSA, "name": "ecdsa"},
        RSA,
        {**RSA, "name": "rsassa-pkcs1-v1_5", "hash": {"name": "sha-256"}},
        {**RSA, "publicExponent": bytearray([0, 1, 0, 1])},
    ],
    ids=["ECDSA", "lower case", "RSA", "hash object", "leading zero"],
)
async def test_what_is_generated(algorithm):
    before = time.time() * 1000
    certificate = await generate(algorithm)
    assert before + 30 * DAY - 2000 <= certificate.expires <= time.time() * 1000 + 30 * DAY + 2000
    [fingerprint] = certificate.getFingerprints()
    assert fingerprint.algorithm == "sha-256"
    assert re.fullmatch("([0-9a-f]{2}:){31}[0-9a-f]{2}", fingerprint.value)
    assert fingerprint.value.replace(":", "") == hashlib.sha256(der(certificate)).hexdigest()


@pytest.mark.parametrize(
    ("expires", "lifetime"),
    [(0, 0), (5000, 5000), (DAY, DAY), (365 * DAY, 365 * DAY), (2**53 - 1, 365 * DAY)],
)
async def test_expires(expires, lifetime):
    certificate = await generate({**ECDSA, "expires": expires})
    assert abs(certificate.expires - time.time() * 1000 - lifetime) < 10_000


@pytest.mark.parametrize(
    ("algorithm", "error"),
    [
        ("", NotSupportedError),
        ("bogus", NotSupportedError),
        ("ECDSA", TypeError),
        ("RSASSA-PKCS1-v1_5", TypeError),
        (None, TypeError),
        (3, TypeError),
        ([("name", "ECDSA")], TypeError),
        ({}, TypeError),
        ({"name": 3}, TypeError),
        ({"name": "bogus"}, NotSupportedError),
        ({"name": "ECDSA"}, TypeError),
        ({"name": "ECDSA", "namedCurve": 256}, TypeError),
        ({"name": "ECDSA", "namedCurve": "P-384"}, NotSupportedError),
        ({**ECDSA, "expires": -1}, TypeError),
        ({**ECDSA, "expires": "soon"}, TypeError),
        ({**RSA, "modulusLength": None}, TypeError),
        ({**RSA, "modulusLength": "2048"}, TypeError),
        ({**RSA, "modulusLength": -1}, TypeError),
        ({**RSA, "modulusLength": 0}, NotSupportedError),
        ({**RSA, "modulusLength": 1024}, NotSupportedError),
        ({**RSA, "modulusLength": 2**32 - 1}, NotSupportedError),
        ({**RSA, "modulusLength": 8193}, NotSupportedError),
        ({**RSA, "publicExponent": None}, TypeError),
        ({**RSA, "publicExponent": 65537}, TypeError),
        ({**RSA, "publicExponent": b""}, NotSupportedError),
        ({**RSA, "publicExponent": b"\3"}, NotSupportedError),
        ({**RSA, "publicExponent": b"\xff" * 100}, NotSupportedError),
        ({**RSA, "hash": None}, TypeError),
        ({**RSA, "hash": {}}, TypeError),
        ({**RSA, "hash": "SHA-1"}, NotSupportedError),
        ({"name": "HMAC", "hash": "SHA-256"}, NotSupportedError),
    ],
    ids=str,
)
async def test_algorithms_that_are_refused(algorithm, error):
    with pytest.raises(error):
        await generate(algorithm)


async def test_the_loop_runs_while_keys_are_made():
    task = asyncio.create_task(generate({**RSA, "modulusLength": 4096}))
    longest, last = 0.0, time.monotonic()
    while not task.done():
        await asyncio.sleep(0.001)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    assert longest < 1
    assert isinstance(await task, RTCCertificate)


async def test_cancelling_wedges_nothing():
    task = asyncio.create_task(generate(RSA))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert isinstance(await generate(ECDSA), RTCCertificate)


@pytest.mark.parametrize("algorithm", [ECDSA, RSA], ids=["ECDSA", "RSA"])
async def test_pem_equality_and_pickle(algorithm):
    certificate, other = await generate(algorithm), await generate(algorithm)
    assert certificate != other
    assert certificate != 3
    for copy in (RTCCertificate.from_pem(certificate.to_pem()), pickle.loads(pickle.dumps(certificate))):
        assert copy == certificate
        assert hash(copy) == hash(certificate)
        assert copy.expires == certificate.expires
        assert copy.getFingerprints() == certificate.getFingerprints()
    assert "PRIVATE" not in repr(certificate)
    assert certificate.getFingerprints()[0].value in repr(certificate)


async def test_pem_that_is_refused():
    one, two = (await generate(ECDSA)).to_pem(), (await generate(ECDSA)).to_pem()
    key, _, certificate = one.partition("-----BEGIN CERTIFICATE-----")
    certificate = "-----BEGIN CERTIFICATE-----" + certificate
    foreign = "-----BEGIN CERTIFICATE-----" + two.partition("-----BEGIN CERTIFICATE-----")[2]
    for pem in (
        "",
        "x",
        key,
        certificate,
        one + two,
        key + foreign,
        key + certificate.replace("M", "N"),
        key * 2,
    ):
        with pytest.raises(InvalidAccessError):
            RTCCertificate.from_pem(pem)
    for pem in (None, b"x", 3):
        with pytest.raises(TypeError):
            RTCCertificate.from_pem(pem)
    # The order, and what stands between, do not matter.
    assert RTCCertificate.from_pem(f"Bag attributes\n{certificate}\nkey:\n{key}").to_pem() == one


@pytest.mark.parametrize("algorithm", [ECDSA, RSA], ids=["ECDSA", "RSA"])
async def test_connections_use_it_again_and_again(algorithm):
    certificate = await generate(algorithm)
    [fingerprint] = certificate.getFingerprints()
    for _ in range(2):
        caller = RTCPeerConnection({"certificates": [certificate]})
        async with Peers(caller=caller) as peers:
            await peers.channels()
            assert f"a=fingerprint:sha-256 {fingerprint.value.upper()}" in caller.localDescription.sdp
            assert peers.callee.sctp.transport.getRemoteCertificates() == [der(certificate)]
            assert caller.getConfiguration().certificates == [certificate]
            assert caller.getConfiguration().certificates[0] is certificate


async def test_an_expired_one_is_refused():
    certificate = await generate({**ECDSA, "expires": 0})
    with pytest.raises(InvalidAccessError, match="expired"):
        RTCPeerConnection({"certificates": [certificate]})


async def test_they_cannot_be_changed():
    one, two = await generate(ECDSA), await generate(ECDSA)
    async with RTCPeerConnection({"certificates": [one]}) as pc:
        for certificates in ([], [two], [one, two], [one, one]):
            with pytest.raises(InvalidModificationError):
                pc.setConfiguration({"certificates": certificates})
        pc.setConfiguration(RTCConfiguration(certificates=[one]))
    async with RTCPeerConnection() as pc:
        with pytest.raises(InvalidModificationError):
            pc.setConfiguration({"certificates": [one]})


@pytest.mark.parametrize("certificates", [[None], ["x"], "x", 3, [{}]])
def test_what_is_no_certificate(certificates):
    with pytest.raises(TypeError):
        RTCPeerConnection({"certificates": certificates})

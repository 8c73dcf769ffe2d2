"""SFrame: the vectors of RFC 9605, byte by byte; keys, replays, ratchets; and calls of two who have a key."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from pywebrtc import (
    RTCRtpScriptTransform,
    RTCRtpSFrameDecryptor,
    RTCRtpSFrameEncryptor,
    SFrameCipherSuite,
    SFrameDecrypter,
    SFrameEncrypter,
    SFrameError,
    _sframepayload,
    sframe,
)
from pywebrtc.exceptions import InvalidStateError, NotSupportedError, RangeError
from test_encodedtransform import Call, until_true

SUITES = list(SFrameCipherSuite)
GCM = "AES_128_GCM_SHA256_128"
KEY = bytes(range(16))

# https://www.rfc-editor.org/rfc/rfc9605#appendix-C.1: (kid, ctr, header), a choice of each size
HEADERS = [
    (0, 0, "00"), (0, 1, "01"), (0, 255, "08ff"), (0, 256, "090100"), (0, 65536, "0a010000"),
    (0, 2**32 - 1, "0bffffffff"), (0, 2**64 - 1, "0fffffffffffffffff"), (1, 0, "10"), (1, 255, "18ff"),
    (1, 2**40, "1d010000000000"), (255, 0, "80ff"), (255, 255, "88ffff"), (255, 65535, "89ffffff"),
    (256, 1, "910100"), (256, 2**48, "9e010001000000000000"), (65535, 256, "99ffff0100"),
    (65536, 255, "a8010000ff"), (2**32 - 1, 2**32 - 1, "bbffffffffffffffff"),
    (2**40, 1, "d1010000000000"), (2**56, 0, "f00100000000000000"), (2**64 - 1, 1, "f1ffffffffffffffff"),
    (2**64 - 1, 2**64 - 1, "ffffffffffffffffffffffffffffffffff"),
]  # fmt: skip

METADATA = bytes.fromhex("4945544620534672616d65205747")
PLAIN = bytes.fromhex("64726166742d696574662d736672616d652d656e63")

# appendix C.2: key = enc_key + auth_key, nonce, aad and plaintext as below
CTR_HMAC = {
    1: "6339af04ada1d064688a442b8dc69d5b6bfa40f4bef0583e8081069cc60705",
    2: "6339af04ada1d064688a442b8dc69d5b6bfa40f4be6e93b7da076927bb",
    3: "6339af04ada1d064688a442b8dc69d5b6bfa40f4be09480509",
    6: "f861831490fa37f8e284a1994021589564a23bf3050eb0e0ace45930d53a7f",
    7: "f861831490fa37f8e284a1994021589564a23bf30508ee5fb61b88f889",
    8: "f861831490fa37f8e284a1994021589564a23bf305131a979b",
}

# appendix C.3, and sframe-wg's for 6 to 8: sframe_key, sframe_salt, ciphertext; key id 0x123, counter 0x4567
SFRAME = {
    1: ("3f7d9a7c83ae8e1c8a11ae695ab59314b367e359fadac7b9c46b2bc6f81f46e16b96f0811868d59402b7e870102720b3",
        "50b29329a04dc0f184ac3168",
        "9901234567449408b6f490086165b9d6f62b24ae1a59a56486b4ae8ed036b88912e24f11"),
    2: ("e2ec5c797540310483b16bf6e7a570d2a27d192fe869c7ccd8584a8d9dab91549fbe553f5113461ec6aa83bf3865553e",
        "e68ac8dd3d02fbcd368c5577",
        "99012345673f31438db4d09434e43afa0f8a2f00867a2be085046a9f5cb4f101d607"),
    3: ("2c5703089cbb8c583475e4fc461d97d18809df79b6d550f78eb6d50ffa80d89211d57909934f46f5405e38cd583c69fe",
        "38c16e4f5159700c00c7f350",
        "990123456717fc8af28a5a695afcfc6c8df6358a17e26b2fcb3bae32e443"),
    4: ("d34f547f4ca4f9a7447006fe7fcbf768",
        "75234edefe07819026751816",
        "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb"),
    5: ("d3e27b0d4a5ae9e55df01a70e6d4d28d969b246e2936f4b7a5d9b494da6b9633",
        "84991c167b8cd23c93708ec7",
        "990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca21353c1cc24d56ceabced279"),
    6: (("3c343886ec1c79278836863e00fe934c8894460cfa367ebdc4856b0a9268a4f4fb99437876819394ef90b10ee12602d0"
        "23f7128ee50f2314c2cc3cff4c56616d2fe03ad2a254cc2ed29b2a4d3f2534c0dda9e7c391ad1917ea07aa221dd4b224"),
        "e082f7ce012ad30c87c49e3f",
        "9901234567b369e03ec6467ad505ddc84914115069280c5c797555be6e32cde6ac25bc9e"),
    7: (("7271d6c6cbccd2e2343d480ebea65718a7bb379eefcf3f8d107c1e2a76e755293a497fd9e4e8291b965161987ef4ef24"
        "983eabb06cb0a392defaab18654780a39c106ffa4a47d4183a6e593cd0c1bcab2b9c6dcf049215845bfb7580c4dea80e"),
        "46b4367993a314910d4d9f3d",
        "990123456797cb5644d8831ff8bdc080249990b24b569144cab2a87be22c20d97976"),
    8: (("afe92c81e0df8c00fab619e0559fe5aeefce1ef77789d4c728af1b1c1f2e3552c405d274415a5291ec075c2d9954c450"
        "fbd36682a4e978494808b703ce78b409f9fec29b91e6e703a75c4131377c80c9d51b8906088092452e2593eb142eea2d"),
        "f6de647bac1263524cfb6533",
        "9901234567112a94a288b85b49ffef1d279f2830165c39d76cac8884011c"),
}  # fmt: skip


@pytest.mark.parametrize(("key_id", "counter", "header"), HEADERS)
def test_headers(key_id, counter, header):
    encoded = bytes.fromhex(header)
    assert sframe.encode_header(key_id, counter) == encoded
    assert sframe.parse_header(encoded + b"rest") == (key_id, counter, len(encoded))
    if len(encoded) > 1:
        with pytest.raises(SFrameError) as error:
            sframe.parse_header(encoded[:-1])
        assert error.value.errorType == "syntax"


@pytest.mark.parametrize("header", ["", "0807", "8007", "89ff00ff", "0900ff"])
def test_headers_that_are_none(header):
    """Cut, or longer than they need to be."""
    with pytest.raises(SFrameError, match="malformed"):
        sframe.parse_header(bytes.fromhex(header))


@pytest.mark.parametrize("number", CTR_HMAC)
def test_vectors_of_the_compound_cipher(number):
    suite = sframe._SUITES[SUITES[number - 1]]
    assert suite.number == number
    key = sframe._Key(suite, KEY, 0)
    key.key = bytes(range(suite.key_size + suite.hash_size))
    nonce = bytes(range(16, 28))
    encrypted = key._ctr(nonce, PLAIN)
    assert (encrypted + key._tag(nonce, METADATA, encrypted)).hex() == CTR_HMAC[number]


@pytest.mark.parametrize("number", SFRAME)
def test_vectors(number):
    suite = sframe._SUITES[SUITES[number - 1]]
    key = sframe._Key(suite, KEY, 0x123)
    wanted_key, salt, ciphertext = SFRAME[number]
    assert key.key.hex() == wanted_key
    assert key.salt.hex() == salt
    assert key.encrypt(0x4567, PLAIN, METADATA).hex() == ciphertext
    decrypter = SFrameDecrypter(SUITES[number - 1])
    decrypter.add_key(KEY, 0x123)
    assert decrypter.decrypt(bytes.fromhex(ciphertext), METADATA) == PLAIN


def pair(suite: str = GCM, **options: Any) -> tuple[SFrameEncrypter, SFrameDecrypter]:
    encrypter, decrypter = SFrameEncrypter(suite, **options), SFrameDecrypter(suite, **options)
    encrypter.set_key(KEY, 0)
    decrypter.add_key(KEY, 0)
    return encrypter, decrypter


def why(decrypter: SFrameDecrypter, data: bytes, metadata: bytes = b"") -> str:
    with pytest.raises(SFrameError) as error:
        decrypter.decrypt(data, metadata)
    return str(error.value.errorType)


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_changed_is_refused(suite):
    encrypter, decrypter = pair(suite)
    ciphertext = encrypter.encrypt(PLAIN, METADATA)
    assert PLAIN not in ciphertext
    for position in range(1, len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= 1
        assert why(decrypter, bytes(changed), METADATA) == "authentication"
    assert why(decrypter, ciphertext, METADATA + b"x") == "authentication"
    assert why(decrypter, ciphertext[:-1], METADATA) == "authentication"
    assert why(decrypter, ciphertext[:3], METADATA) == "syntax"
    assert why(decrypter, b"") == "syntax"
    other = SFrameDecrypter(suite)
    assert why(other, ciphertext, METADATA) == "keyID"
    other.add_key(bytes(16), 0)
    assert why(other, ciphertext, METADATA) == "authentication"
    # None of it has used the counter up.
    assert decrypter.decrypt(ciphertext, METADATA) == PLAIN
    assert why(decrypter, ciphertext, METADATA) == "authentication"  # a replay
    assert decrypter.decrypt(encrypter.encrypt(b"")) == b""


def test_replays():
    encrypter, _ = pair()
    decrypter = SFrameDecrypter(GCM, replay_window=4)
    decrypter.add_key(KEY, 0)
    frames = [encrypter.encrypt(bytes([i])) for i in range(20)]
    for i in (0, 2, 1, 5, 3):
        assert decrypter.decrypt(frames[i]) == bytes([i])
    for i in (0, 1, 2, 3, 5):  # came, or is four below the highest
        assert why(decrypter, frames[i]) == "authentication"
    assert decrypter.decrypt(frames[4]) == b"\x04"
    assert decrypter.decrypt(frames[19]) == b"\x13"
    assert why(decrypter, frames[15]) == "authentication"
    assert decrypter.decrypt(frames[16]) == b"\x10"
    decrypter.add_key(KEY, 0)  # the same again forgets nothing
    assert why(decrypter, frames[16]) == "authentication"


def test_counters_are_used_once():
    encrypter, decrypter = pair()
    first = encrypter.encrypt(b"1")
    with pytest.raises(InvalidStateError, match="in use"):
        encrypter.set_key(KEY, 0)
    assert encrypter.encrypt(b"1") != first
    encrypter._counter = 2**64
    with pytest.raises(InvalidStateError, match="at its end"):
        encrypter.encrypt(b"1")
    encrypter.set_key(KEY, 1)
    assert encrypter.key_id == 1
    decrypter.add_key(KEY, 1)
    assert decrypter.decrypt(encrypter.encrypt(b"1")) == b"1"
    assert decrypter.key_ids == [0, 1]
    assert decrypter.remove_key(1)
    assert not decrypter.remove_key(1)
    assert why(decrypter, encrypter.encrypt(b"1")) == "keyID"


def test_ratchets():
    """https://www.rfc-editor.org/rfc/rfc9605#section-5.1"""
    encrypter, decrypter = SFrameEncrypter(GCM, ratchet_bits=2), SFrameDecrypter(GCM, ratchet_bits=2)
    encrypter.set_key(KEY, 5 << 2)
    decrypter.add_key(KEY, 5 << 2)
    before = encrypter.encrypt(b"late")
    ids = []
    for step in range(1, 10):
        ids.append(encrypter.ratchet())
        frame = encrypter.encrypt(bytes([step]))
        if step == 1:
            assert decrypter.decrypt(frame) == b"\x01"
            assert decrypter.decrypt(before) == b"late"
        elif step != 3:  # one was not heard of
            assert decrypter.decrypt(frame) == bytes([step])
    assert ids == [20 + step % 4 for step in range(1, 10)]
    assert len(decrypter.key_ids) == 2
    # Another generation is another key.
    encrypter.set_key(KEY, 6 << 2)
    assert why(decrypter, encrypter.encrypt(b"x")) == "keyID"
    # Nothing that is not authentic moves the ratchet.
    forged = bytearray(encrypter.encrypt(b"x"))
    known = decrypter.key_ids
    forged[1] = 5 << 2 | 3
    assert why(decrypter, bytes(forged)) in ("authentication", "keyID")
    assert decrypter.key_ids == known
    with pytest.raises(InvalidStateError):
        SFrameEncrypter(GCM, ratchet_bits=2).ratchet()
    with pytest.raises(InvalidStateError):
        pair()[0].ratchet()


def test_ids_of_mls():
    """https://www.rfc-editor.org/rfc/rfc9605#figure-9"""
    bits = {"epoch_bits": 4, "index_bits": 6}
    assert sframe.mls_key_id(14, 3, **bits) == 0x3E
    assert sframe.mls_key_id(14, 20, **bits) == 0x14E
    assert sframe.mls_key_id(16, 2, context=2, **bits) == 0x820
    assert sframe.mls_key_id(16, 2, context=3, **bits) == 0xC20
    assert sframe.mls_key_id(17, 51, **bits) == 0x331
    with pytest.raises(RangeError):
        sframe.mls_key_id(1, 64, **bits)


async def test_bad_arguments():
    with pytest.raises(TypeError, match="cipherSuite"):
        SFrameEncrypter("AES")
    with pytest.raises(TypeError, match="cipherSuite"):
        RTCRtpSFrameEncryptor({})
    with pytest.raises(NotSupportedError):
        RTCRtpSFrameEncryptor({"cipherSuite": GCM, "type": "per-packet"})
    for bits in (-1, 9):
        with pytest.raises(RangeError, match="ratchet_bits"):
            SFrameDecrypter(GCM, ratchet_bits=bits)
    with pytest.raises(RangeError, match="replay_window"):
        SFrameDecrypter(GCM, replay_window=0)
    encryptor, decryptor = (
        cls({"cipherSuite": GCM}) for cls in (RTCRtpSFrameEncryptor, RTCRtpSFrameDecryptor)
    )
    with pytest.raises(InvalidStateError, match="there is no key"):
        SFrameEncrypter(GCM).encrypt(b"x")
    for method in (encryptor.setEncryptionKey, decryptor.addDecryptionKey):
        for key in ("text", 17, None):
            with pytest.raises(TypeError, match="base_key"):
                await method(key, 0)
        with pytest.raises(RangeError, match="empty"):
            await method(b"", 0)
        for key_id in (-1, 2**64):
            with pytest.raises(RangeError, match="key id"):
                await method(KEY, key_id)
        for key_id in (1.5, "1", None, True):
            with pytest.raises(TypeError, match="key id"):
                await method(KEY, key_id)
    with pytest.raises(InvalidStateError):
        encryptor.ratchet()


def test_payloads():
    """All that a frame may contain comes back, and what packetizers look for is in none."""
    awkward = [bytes(n) for n in (1, 2, 3, 4, 50)] + [
        b"\0\0\1" * 9,
        b"\0\0\3" * 9,
        b"\x80",
        b"x\0\0",
        b"\0\0\0\0\1",
    ]
    units = b"\0\0\0\1\x67sps!\0\0\1\x68pps\0\0\0\1\x65"
    for start, tail in itertools.product((b"abcd", b"ab\0\0", b"\0\0\0\0"), awkward):
        clear, rest = _sframepayload.split("video/H264", units + start + b"rest\0\0\1\x65slice")
        assert clear == b"\0\0\0\1\x67sps!\0\0\0\1\x68pps\0\0\0\1\x65" + start
        assert rest == b"rest\0\0\1\x65slice"
        encrypted = _sframepayload.join("video/H264", clear, tail)
        body = encrypted[len(clear) :]
        if b"\0\0\0" not in clear[-4:]:
            assert all(code not in clear[-2:] + body for code in (b"\0\0\0", b"\0\0\1", b"\0\0\2"))
        assert body[-1] != 0
        assert _sframepayload.unjoin("video/H264", encrypted) == (clear, tail)
    for mime_type in ("video/VP9", "audio/opus"):
        assert _sframepayload.split(mime_type, b"all of it") == (b"", b"all of it")
        assert _sframepayload.unjoin(mime_type, _sframepayload.join(mime_type, b"", b"x")) == (b"", b"x")
    # Temporal delimiter, sequence header, frame.
    for sequence, frame in itertools.product(
        (b"", b"\x0a\3seq", b"\x0e\1\3seq"), (b"\x32\5frame", b"\x30frame")
    ):
        clear, rest = _sframepayload.split("video/AV1", b"\x12\0" + sequence + frame)
        assert (clear, rest) == (sequence, frame)
        for ciphertext in awkward:
            encrypted = _sframepayload.join("video/AV1", clear, ciphertext)
            assert _sframepayload.unjoin("video/AV1", encrypted) == (clear, ciphertext)
    # A depacketizer adds the OBU's size.
    assert _sframepayload.unjoin("video/AV1", b"\x4a\x83\x00abc") == (b"", b"abc")
    for wrong in (b"", b"\x4a", b"\x4a\x04abc", b"\x32\x03abc", b"\x4a" + b"\xff" * 20):
        with pytest.raises(ValueError, match="OBU"):
            _sframepayload.unjoin("video/AV1", wrong)
    for wrong in (b"", b"no start code", b"\0\0\1\x67sps"):
        with pytest.raises(ValueError, match="no slice"):
            _sframepayload.split("video/H264", wrong)
    assert _sframepayload.split("video/H265", b"\0\0\1\x40\1vps\0\0\1\x26\1slice header")[0].endswith(
        b"\x26\1slic"
    )
    with pytest.raises(ValueError, match="without data"):
        _sframepayload.split("video/VP8", b"")


@pytest.mark.parametrize("codec", ["VP8", "VP9", "H264", "AV1", "opus"])
async def test_only_the_ends_can_read(peers, codec):
    """No key, or a wrong one: nothing is seen or heard. The right one comes: it is."""
    call = Call(peers, codec)
    suite = {"cipherSuite": "AES_128_CTR_HMAC_SHA256_80" if codec == "opus" else GCM}
    call.sender.transform = encryptor = RTCRtpSFrameEncryptor(suite)
    decryptor = RTCRtpSFrameDecryptor(suite)
    why: list[tuple[str, int | None]] = []
    decryptor.onerror = lambda event: why.append((event.errorType, event.keyID))
    receiver = await call.connect(decryptor)
    async with call.pushing():
        # Without a key nothing leaves.
        await until_true(lambda: encryptor.counts.failed >= 3)
        assert encryptor.counts.written == 0
        assert decryptor.counts.received == 0
        await encryptor.setEncryptionKey(KEY, 7)
        await until_true(lambda: why)
        assert set(why) == {("keyID", 7)}
        await decryptor.addDecryptionKey(bytes(16), 7)
        await until_true(lambda: why[-1] == ("authentication", 7))
        assert decryptor.counts.written == 0
        await decryptor.addDecryptionKey(KEY, 7)
        await call.good(receiver)
        failed = decryptor.counts.failed
        # Another key, which both know: no frame is lost.
        await decryptor.addDecryptionKey(KEY[::-1], 8)
        await encryptor.setEncryptionKey(KEY[::-1], 8)
        await call.good(receiver)
        assert decryptor.counts.failed == failed
    report = await peers.callee.getStats()
    (inbound,) = report.of_type("inbound-rtp")
    assert report[inbound.codecId].mimeType.endswith(codec)


async def test_ratchet_in_a_call(peers):
    call = Call(peers, "opus")
    call.sender.transform = encryptor = RTCRtpSFrameEncryptor({"cipherSuite": GCM}, ratchet_bits=3)
    decryptor = RTCRtpSFrameDecryptor({"cipherSuite": GCM}, ratchet_bits=3)
    await encryptor.setEncryptionKey(KEY, 8)
    await decryptor.addDecryptionKey(KEY, 8)
    receiver = await call.connect(decryptor)
    async with call.pushing():
        await call.good(receiver)
        assert encryptor.ratchet() == 9
        written = decryptor.counts.written
        await until_true(lambda: decryptor.counts.written > written + 5)
        await call.good(receiver)
    assert decryptor.counts.failed == 0
    await decryptor.removeDecryptionKey(9)


async def test_what_comes_in_the_clear_is_dropped(peers):
    call = Call(peers, "opus")
    call.sender.transform = RTCRtpScriptTransform(lambda frame: frame)
    decryptor = RTCRtpSFrameDecryptor({"cipherSuite": GCM})
    await decryptor.addDecryptionKey(KEY, 1)
    await call.connect(decryptor)
    async with call.pushing():
        await until_true(lambda: decryptor.counts.failed >= 5)
    assert decryptor.counts.written == 0


async def test_its_place(peers):
    call = Call(peers, "opus")
    encryptor = RTCRtpSFrameEncryptor({"cipherSuite": GCM})
    with pytest.raises(TypeError, match=r"RTCRtpReceiver\.transform"):
        call.transceiver.receiver.transform = encryptor
    with pytest.raises(TypeError, match=r"RTCRtpSender\.transform"):
        call.sender.transform = RTCRtpSFrameDecryptor({"cipherSuite": GCM})
    call.sender.transform = encryptor
    assert call.sender.transform is encryptor
    other = peers.caller.addTransceiver("audio").sender
    with pytest.raises(InvalidStateError, match="transform of another"):
        other.transform = encryptor
    call.sender.transform = None
    other.transform = encryptor
    await asyncio.sleep(0)

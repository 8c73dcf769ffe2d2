"""Identity providers and the identity of peers (webrtc-identity, RFC 8827)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pywebrtc
from harness import Peers, until
from pywebrtc import (
    AudioSource,
    RTCError,
    RTCIdentityAssertion,
    RTCIdentityAssertionResult,
    RTCIdentityProviderOptions,
    RTCIdentityValidationResult,
    RTCPeerConnection,
    exceptions,
)
from pywebrtc.exceptions import InvalidStateError, OperationError

FINGERPRINT = re.compile(r"^a=fingerprint:(\S+) (\S+)", re.MULTILINE)


class Provider:
    """Asserts who somebody is, and remembers what it asserted: nobody else can make its assertions."""

    def __init__(self, domain: str, user: str = "alice", protocol: str = "default") -> None:
        self.idp = {"domain": domain, "protocol": protocol}
        self.identity = f"{user}@{domain}"
        self.issued: dict[str, dict[str, str]] = {}
        self.generated: list[tuple[str, str, RTCIdentityProviderOptions]] = []
        self.validated: list[tuple[str, str]] = []

    async def generateAssertion(self, contents: str, origin: str, options: RTCIdentityProviderOptions) -> Any:
        self.generated.append((contents, origin, options))
        await asyncio.sleep(0)
        token = f"{self.identity} {len(self.generated)} \u00e9"
        self.issued[token] = {"identity": self.identity, "contents": contents}
        return {"idp": self.idp, "assertion": token}

    async def validateAssertion(self, assertion: str, origin: str) -> Any:
        self.validated.append((assertion, origin))
        await asyncio.sleep(0)
        if assertion not in self.issued:
            raise RTCError("unknown", errorDetail="idp-token-invalid")
        return self.issued[assertion]


@pytest.fixture(autouse=True)
def no_provider_left() -> Iterator[None]:
    yield
    for domain in ("a.example", "b.example", "xn--bcher-kva.example"):
        for protocol in ("default", "other"):
            pywebrtc.identity.unregister(domain, protocol)


@pytest.fixture
def provider() -> Provider:
    """That of the domain a.example."""
    provider = Provider("a.example")
    pywebrtc.identity.register("a.example", provider)
    return provider


@pytest.fixture
async def pc():
    async with RTCPeerConnection() as connection:
        yield connection


def decoded(assertion: str) -> Any:
    return json.loads(base64.b64decode(assertion))


def encoded(assertion: Any) -> str:
    return base64.b64encode(json.dumps(assertion).encode()).decode()


def asserted_in(sdp: str) -> list[str]:
    return re.findall(r"^a=identity:(.*)\r$", sdp.partition("\r\nm=")[0] + "\r\n", re.MULTILINE)


async def exchange(caller: RTCPeerConnection, callee: RTCPeerConnection) -> None:
    """One round of explicit offer and answer, without candidates."""
    offer = await caller.createOffer()
    await caller.setLocalDescription(offer)
    await callee.setRemoteDescription(offer)
    answer = await callee.createAnswer()
    await callee.setLocalDescription(answer)
    await caller.setRemoteDescription(answer)


def is_pending(pc: RTCPeerConnection) -> bool:
    return not pc._identity.peer.settled


async def settle() -> None:
    """Let validations that nobody waits for end."""
    for _ in range(20):
        await asyncio.sleep(0)


# --- The registry ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, "x", {}, {"generateAssertion": print}, object()])
def test_what_is_no_provider_is_refused(wrong):
    with pytest.raises(TypeError, match="register"):
        pywebrtc.identity.register("a.example", wrong)


def test_arguments_of_register():
    provider = Provider("a.example")
    with pytest.raises(TypeError):
        pywebrtc.identity.register(1, provider)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        pywebrtc.identity.register("a.example", provider, timeout="x")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError):
        pywebrtc.identity.register("a.example", provider, trusted_for="b.example")
    for protocol in ("a/b", "a\\b"):
        with pytest.raises(exceptions.SyntaxError, match="protocol"):
            pywebrtc.identity.register("a.example", provider, protocol)


async def asserts(pc: RTCPeerConnection, expected: str) -> bool:
    return decoded(await pc.getIdentityAssertion())["assertion"].startswith(expected)


@pytest.mark.parametrize(
    "form", ["object", "dict", "class", "function", "coroutine function", "plain functions"]
)
async def test_forms_of_providers(pc, form):
    provider = Provider("a.example")

    class Made(Provider):
        def __init__(self) -> None:
            super().__init__("a.example")

    async def later() -> Provider:
        await asyncio.sleep(0)
        return provider

    def now(*_: Any) -> Any:
        return RTCIdentityAssertionResult(idp=provider.idp, assertion="alice@a.example")  # pyright: ignore[reportArgumentType]

    forms: dict[str, Any] = {
        "object": provider,
        "dict": {
            "generateAssertion": provider.generateAssertion,
            "validateAssertion": provider.validateAssertion,
        },
        "class": Made,
        "function": lambda: provider,
        "coroutine function": later,
        "plain functions": {"generateAssertion": now, "validateAssertion": now},
    }
    pywebrtc.identity.register("a.example", forms[form])
    pc.setIdentityProvider("a.example")
    assert await asserts(pc, "alice@a.example")


async def test_providers_are_found_by_domain_and_protocol(provider):
    pywebrtc.identity.register("a.example", Provider("a.example", "other", "other"), "other")
    pywebrtc.identity.register("B\u00fccher.example", Provider("b\u00fccher.example", "book"))
    for domain, options, user in (
        ("a.example", None, "alice"),
        ("A.Example", {}, "alice"),
        ("a.example", {"protocol": "other"}, "other"),
        ("xn--bcher-kva.example", None, "book"),
    ):
        async with RTCPeerConnection() as pc:
            pc.setIdentityProvider(domain, options)
            assert await asserts(pc, user)


async def test_a_later_registration_replaces_an_earlier_one(pc, provider):
    pywebrtc.identity.register("a.example", Provider("a.example", "second"))
    pc.setIdentityProvider("a.example")
    assert await asserts(pc, "second")


# --- setIdentityProvider and getIdentityAssertion --------------------------------------------------------


async def test_an_assertion(pc, provider):
    """https://w3c.github.io/webrtc-identity/#sec.identity-proxy-assertion-request"""
    pc.setIdentityProvider("a.example", {"usernameHint": "al", "peerIdentity": "bob@b.example"})
    assertion = await pc.getIdentityAssertion()
    assert set(decoded(assertion)) == {"idp", "assertion"}
    assert decoded(assertion)["idp"] == {"domain": "a.example", "protocol": "default"}
    assert decoded(assertion)["assertion"] in provider.issued
    ((contents, origin, options),) = provider.generated
    assert origin == "null"
    assert options == RTCIdentityProviderOptions(usernameHint="al", peerIdentity="bob@b.example")
    pc.createDataChannel("x")
    offer = await pc.createOffer()
    fingerprints = [{"algorithm": a, "digest": d} for a, d in set(FINGERPRINT.findall(offer.sdp))]
    assert json.loads(contents) == {"fingerprint": fingerprints}
    assert asserted_in(offer.sdp) == [assertion]
    assert await pc.getIdentityAssertion() == assertion
    assert len(provider.generated) == 1
    assert pc.idpLoginUrl is pc.idpErrorInfo is None


async def test_the_configured_peer_identity_is_told_to_the_provider(provider):
    async with RTCPeerConnection({"peerIdentity": "bob@b.example"}) as pc:
        pc.setIdentityProvider("a.example")
        await pc.getIdentityAssertion()
        assert provider.generated[0][2].peerIdentity == "bob@b.example"


async def test_requests_at_the_same_time_are_one(pc, provider):
    pc.setIdentityProvider("a.example")
    first, second, offer = await asyncio.gather(
        pc.getIdentityAssertion(), pc.getIdentityAssertion(), pc.createOffer()
    )
    assert first == second
    assert asserted_in(offer.sdp) == [first]
    assert len(provider.generated) == 1


async def test_an_assertion_is_kept_until_the_provider_changes(pc, provider):
    pc.setIdentityProvider("a.example")
    first = await pc.getIdentityAssertion()
    pc.setIdentityProvider("a.example", {"protocol": "default"})
    assert await pc.getIdentityAssertion() == first
    pc.setIdentityProvider("a.example", {"usernameHint": "x"})
    assert await pc.getIdentityAssertion() != first


async def test_set_identity_provider_checks(pc):
    for wrong in (None, 1, b"a.example"):
        with pytest.raises(TypeError, match="provider"):
            pc.setIdentityProvider(wrong)
    with pytest.raises(TypeError, match="usernameHint"):
        pc.setIdentityProvider("a.example", {"usernameHint": 1})
    for protocol in ("a/b", "a\\b"):
        with pytest.raises(exceptions.SyntaxError, match="protocol"):
            pc.setIdentityProvider("a.example", {"protocol": protocol})
    with pytest.raises(OperationError, match="setIdentityProvider"):
        await pc.getIdentityAssertion()
    pc.close()
    with pytest.raises(InvalidStateError):
        pc.setIdentityProvider("a.example", {"protocol": "a/b"})
    with pytest.raises(InvalidStateError):
        await pc.getIdentityAssertion()


# --- What goes wrong with providers: https://w3c.github.io/webrtc-identity/#sec.idp-error-handling -------


def raising(error: Callable[[], BaseException]) -> Any:
    async def method(*_: Any) -> Any:
        raise error()

    return {"generateAssertion": method, "validateAssertion": method}


def answering(answer: Any) -> Any:
    async def method(*_: Any) -> Any:
        return answer

    return {"generateAssertion": method, "validateAssertion": method}


def failing_factory() -> Any:
    raise OSError("no network")


def not_found() -> Any:
    raise RTCError("gone", errorDetail="idp-load-failure", httpRequestStatusCode=404)


def no_tls() -> Any:
    raise RTCError("who is that", errorDetail="idp-tls-failure")


FAILURES = {
    "raises": (raising(lambda: ValueError("boom")), "idp-execution-failure", "ValueError: boom"),
    "is cancelled": (raising(asyncio.CancelledError), "idp-execution-failure", "cancelled"),
    "another RTCError": (
        raising(lambda: RTCError("x", errorDetail="dtls-failure")),
        "idp-execution-failure",
        "RTCError: x",
    ),
    "token expired": (
        raising(lambda: RTCError("old", errorDetail="idp-token-expired")),
        "idp-token-expired",
        "old",
    ),
    "factory raises": (failing_factory, "idp-load-failure", "no network"),
    "factory says why": (not_found, "idp-load-failure", "gone"),
    "tls": (no_tls, "idp-tls-failure", "who"),
    "factory gives no provider": (object, "idp-bad-script-failure", "lacks"),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("method", ["getIdentityAssertion", "createOffer", "setLocalDescription"])
async def test_a_provider_that_fails(pc, failure, method):
    provider, detail, message = FAILURES[failure]
    pywebrtc.identity.register("a.example", provider)
    pc.setIdentityProvider("a.example")
    pc.createDataChannel("x")
    with pytest.raises(RTCError, match=message) as raised:
        await getattr(pc, method)()
    assert raised.value.errorDetail == detail
    assert raised.value.httpRequestStatusCode == (404 if provider is not_found else None)
    assert pc.localDescription is None
    assert pc.signalingState == "stable"
    # The next attempt asks anew.
    pywebrtc.identity.register("a.example", Provider("a.example"))
    assert len(asserted_in((await pc.createOffer()).sdp)) == 1


async def test_a_provider_that_nobody_registered(pc):
    pc.setIdentityProvider("nobody.example", {"protocol": "p"})
    with pytest.raises(RTCError, match=r"'nobody.example' and protocol 'p'") as raised:
        await pc.createOffer()
    assert raised.value.errorDetail == "idp-load-failure"


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "assertion",
        {},
        {"assertion": "x"},
        {"idp": {"domain": "a.example"}},
        {"idp": {}, "assertion": "x"},
        {"idp": {"domain": 1}, "assertion": "x"},
        {"idp": {"domain": "a.example", "protocol": "a/b"}, "assertion": "x"},
        {"idp": {"domain": "a.example", "protocol": "a\\b"}, "assertion": "x"},
        {"idp": {"domain": "a.example"}, "assertion": b"x"},
    ],
)
async def test_an_assertion_that_is_malformed(pc, answer):
    pywebrtc.identity.register("a.example", answering(answer))
    pc.setIdentityProvider("a.example")
    for method in (pc.getIdentityAssertion, pc.createOffer):
        with pytest.raises(OperationError, match=r"a\.example gave no valid assertion"):
            await method()


class Hanging:
    """Never answers, and takes being cancelled as a wish."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def generateAssertion(self, *_: Any) -> None:
        self.asked.set()
        while not self.let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.let_go.wait()

    validateAssertion = generateAssertion


async def test_a_provider_that_hangs(pc):
    provider = Hanging()
    pywebrtc.identity.register("a.example", provider, timeout=0.05)
    pc.setIdentityProvider("a.example")
    for method in (pc.getIdentityAssertion, pc.createOffer, pc.setLocalDescription):
        with pytest.raises(RTCError, match=r"more than 0.05 seconds") as raised:
            await method()
        assert raised.value.errorDetail == "idp-timeout"
    # The chain goes on meanwhile and afterwards.
    await pc.setRemoteDescription({"type": "offer", "sdp": (await plain_offer())})
    provider.let_go.set()


async def plain_offer() -> str:
    async with RTCPeerConnection() as pc:
        pc.createDataChannel("x")
        return (await pc.createOffer()).sdp


async def test_a_factory_that_hangs(pc):
    let_go = asyncio.Event()

    async def load() -> Any:
        await let_go.wait()

    pywebrtc.identity.register("a.example", load, timeout=0.05)
    pc.setIdentityProvider("a.example")
    with pytest.raises(RTCError) as raised:
        await pc.createOffer()
    assert raised.value.errorDetail == "idp-timeout"


async def test_login(pc):
    """https://w3c.github.io/webrtc-identity/#sec.idp-loginneeded"""
    logged_in = False
    inner = Provider("a.example")

    class NeedsLogin(Provider):
        async def generateAssertion(self, contents: str, origin: str, options: Any) -> Any:
            if not logged_in:
                raise RTCError(
                    "log in first",
                    errorDetail="idp-need-login",
                    idpLoginUrl="https://a.example/login",
                    idpErrorInfo='{"attempts": 3}',
                )
            return await inner.generateAssertion(contents, origin, options)

    pywebrtc.identity.register("a.example", NeedsLogin("a.example"))
    pc.setIdentityProvider("a.example")
    with pytest.raises(RTCError, match="log in first") as raised:
        await pc.createOffer()
    assert raised.value.errorDetail == "idp-need-login"
    assert raised.value.idpLoginUrl == pc.idpLoginUrl == "https://a.example/login"
    assert raised.value.idpErrorInfo == pc.idpErrorInfo == '{"attempts": 3}'
    logged_in = True
    assert asserted_in((await pc.createOffer()).sdp)
    assert pc.idpLoginUrl is pc.idpErrorInfo is None


@pytest.mark.parametrize("turns", [0, 1, 3, 8])
async def test_close_while_a_provider_runs(turns):
    hang = asyncio.Event()

    async def forever(*_: Any) -> None:
        await hang.wait()

    pywebrtc.identity.register("a.example", {"generateAssertion": forever, "validateAssertion": forever})
    pc = RTCPeerConnection()
    pc.setIdentityProvider("a.example")
    tasks = [
        asyncio.ensure_future(coroutine)
        for coroutine in (pc.getIdentityAssertion(), pc.createOffer(), pc.setLocalDescription())
    ]
    waiting = asyncio.ensure_future(until_identity(pc))
    for _ in range(turns):
        await asyncio.sleep(0)
    if turns == 8:
        await asyncio.sleep(0.05)  # in the middle of it
    pc.close()
    async with asyncio.timeout(5):
        results = await asyncio.gather(*tasks, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [InvalidStateError] * 4
    with pytest.raises(InvalidStateError):
        await pc.peerIdentity
    await pc.wait_closed()


async def until_identity(pc: RTCPeerConnection) -> RTCIdentityAssertion:
    return await pc.peerIdentity


async def test_cancelling_takes_nothing_from_others(pc):
    go = asyncio.Event()
    inner = Provider("a.example")

    async def slow(*arguments: Any) -> Any:
        await go.wait()
        return await inner.generateAssertion(*arguments)

    pywebrtc.identity.register("a.example", {"generateAssertion": slow, "validateAssertion": slow})
    pc.setIdentityProvider("a.example")
    cancelled, kept, offer = (
        asyncio.ensure_future(each)
        for each in (pc.getIdentityAssertion(), pc.getIdentityAssertion(), pc.createOffer())
    )
    await settle()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    go.set()
    assert asserted_in((await offer).sdp) == [await kept]


# --- Two peers -------------------------------------------------------------------------------------------


@pytest.fixture
def both(peers: Peers, provider: Provider) -> Peers:
    """Two peers with a provider each: alice@a.example calls bob@b.example."""
    pywebrtc.identity.register("b.example", Provider("b.example", "bob"))
    peers.caller.setIdentityProvider("a.example")
    peers.callee.setIdentityProvider("b.example")
    return peers


ALICE = RTCIdentityAssertion("a.example", "alice@a.example")
BOB = RTCIdentityAssertion("b.example", "bob@b.example")


async def test_two_peers_know_each_other(both):
    """Implicit descriptions, trickled candidates, and a call that comes about."""
    waiting = asyncio.ensure_future(until_identity(both.callee))
    await both.channels()
    async with asyncio.timeout(10):
        assert await waiting == await both.callee.peerIdentity == ALICE
        assert await both.caller.peerIdentity == BOB
    assert both.caller.peerIdentity is both.caller.peerIdentity
    assert len(asserted_in(both.caller.localDescription.sdp)) == 1
    assert asserted_in(both.callee.localDescription.sdp) == [await both.callee.getIdentityAssertion()]


async def test_renegotiation_keeps_the_identity(both, provider):
    await both.channels()
    known = both.callee.peerIdentity
    assert await known == ALICE
    (assertion,) = asserted_in(both.caller.localDescription.sdp)
    both.caller.addTrack(AudioSource().track)
    await both.negotiate()
    await settle()
    assert asserted_in(both.caller.localDescription.sdp) == [assertion]
    assert both.callee.peerIdentity is known
    assert await known == ALICE
    assert await both.caller.peerIdentity == BOB
    # One assertion for all of them; each description is validated.
    assert len(provider.generated) == 1
    assert len(provider.validated) == 2


async def test_a_renegotiation_without_identity_keeps_it_too(both):
    """RFC 8827, 5.4: as long as the fingerprints are the same."""
    await both.channels()
    known = both.callee.peerIdentity
    assert await known == ALICE
    both.caller.addTrack(AudioSource().track)
    offer = await both.caller.createOffer()
    await both.callee.setRemoteDescription({"type": "offer", "sdp": without_identity(offer.sdp)})
    await settle()
    assert both.callee.peerIdentity is known
    assert await known == ALICE


def without_identity(sdp: str) -> str:
    return re.sub(r"^a=identity:.*\r\n", "", sdp, flags=re.MULTILINE)


def with_identity(sdp: str, *values: str) -> str:
    session, m, media = without_identity(sdp).partition("m=")
    return session + "".join(f"a=identity:{value}\r\n" for value in values) + m + media


def with_other_fingerprint(sdp: str) -> str:
    """As somebody in the middle would have it: another certificate, the same assertion."""
    return re.sub(
        r"^(a=fingerprint:sha-256 )(\S+)",
        lambda match: match[1] + ":".join(reversed(match[2].split(":"))),
        sdp,
        flags=re.MULTILINE,
    )


async def test_descriptions_keep_what_they_were_set_with(both):
    caller = both.caller
    caller.createDataChannel("x")
    offer = await caller.createOffer()
    await caller.setLocalDescription(offer)
    assert asserted_in(caller.localDescription.sdp) == asserted_in(offer.sdp) != []
    await until(caller, "icegatheringstatechange", lambda: caller.iceGatheringState == "complete")
    assert "a=candidate" in caller.localDescription.sdp
    assert asserted_in(caller.localDescription.sdp) == asserted_in(offer.sdp)
    assert caller.localDescription is caller.localDescription
    # An application may take it out: then it is not asserted.
    await caller.setLocalDescription({"type": "rollback"})
    offer = await caller.createOffer()
    await caller.setLocalDescription({"type": "offer", "sdp": without_identity(offer.sdp)})
    assert asserted_in(caller.localDescription.sdp) == []


async def test_without_a_provider_nothing_is_asserted(peers):
    await peers.channels()
    assert "a=identity" not in peers.caller.localDescription.sdp
    assert is_pending(peers.caller)
    assert is_pending(peers.callee)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(peers.caller.peerIdentity, 0.01)


async def offer_of(pc: RTCPeerConnection) -> str:
    pc.createDataChannel("x")
    return (await pc.createOffer()).sdp


async def rejected(pc: RTCPeerConnection, sdp: str) -> Any:
    """The error that ``peerIdentity`` is rejected with by a remote offer; there is a new promise then."""
    promise = pc.peerIdentity
    await pc.setRemoteDescription({"type": "offer", "sdp": sdp})
    async with asyncio.timeout(5):
        with pytest.raises(OperationError) as raised:
            await promise
    assert pc.peerIdentity is not promise
    assert is_pending(pc)
    return raised.value


async def test_a_tampered_fingerprint(both):
    offer = await offer_of(both.caller)
    error = await rejected(both.callee, with_other_fingerprint(offer))
    assert type(error) is OperationError
    assert "was not asserted for the fingerprint sha-256 " in str(error)
    # Renegotiation may put it right.
    await both.callee.setRemoteDescription({"type": "rollback"})
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    assert await both.callee.peerIdentity == ALICE


async def test_one_of_several_fingerprints_is_not_covered(both):
    offer = await offer_of(both.caller)
    (line,) = set(re.findall(r"^a=fingerprint:.*\r\n", offer, re.MULTILINE))
    session, m, media = offer.partition("m=")
    both_lines = session + with_other_fingerprint(line) + m + media
    assert "was not asserted" in str(await rejected(both.callee, both_lines))


async def test_a_tampered_assertion(both):
    offer = await offer_of(both.caller)
    assertion = decoded(asserted_in(offer)[0])
    assertion["assertion"] += "!"
    error = await rejected(both.callee, with_identity(offer, encoded(assertion)))
    assert isinstance(error, RTCError)
    assert error.errorDetail == "idp-token-invalid"


GOOD = {"idp": {"domain": "a.example", "protocol": "default"}, "assertion": "x"}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "!!!",
        "aGVsbG8",
        base64.b64encode(b"hello").decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b"[" * 100_000).decode(),
        encoded([]),
        encoded({}),
        encoded(GOOD | {"assertion": 1}),
        encoded({"assertion": "x"}),
        encoded(GOOD | {"idp": "a.example"}),
        encoded(GOOD | {"idp": {"protocol": "default"}}),
        encoded(GOOD | {"idp": {"domain": "a.example", "protocol": "a/b"}}),
        encoded(GOOD | {"idp": {"domain": "a.example", "protocol": "a\\b"}}),
    ],
)
async def test_an_identity_that_is_malformed(both, value):
    error = await rejected(both.callee, with_identity(await offer_of(both.caller), value))
    assert type(error) is OperationError
    assert "malformed" in str(error)


async def test_several_identities(both):
    offer = await offer_of(both.caller)
    (value,) = asserted_in(offer)
    assert "several" in str(await rejected(both.callee, with_identity(offer, value, value)))


async def test_an_identity_with_extensions(both):
    """RFC 8827, 5: ``base64 *(SP identity-extension)``."""
    offer = await offer_of(both.caller)
    (value,) = asserted_in(offer)
    sdp = with_identity(offer, f"{value} a=b c")
    await both.callee.setRemoteDescription({"type": "offer", "sdp": sdp})
    assert await both.callee.peerIdentity == ALICE


async def test_an_identity_of_a_domain_that_nobody_registered(both):
    offer = await offer_of(both.caller)
    pywebrtc.identity.unregister("a.example")
    error = await rejected(both.callee, offer)
    assert error.errorDetail == "idp-load-failure"


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_provider_that_fails_to_validate(both, failure):
    offer = await offer_of(both.caller)
    provider, detail, message = FAILURES[failure]
    pywebrtc.identity.register("a.example", provider)
    error = await rejected(both.callee, offer)
    assert error.errorDetail == detail
    assert message in str(error)


async def test_a_provider_that_hangs_while_it_validates(both):
    """setRemoteDescription does not wait for it."""
    offer = await offer_of(both.caller)
    provider = Hanging()
    pywebrtc.identity.register("a.example", provider, timeout=0.1)
    promise = both.callee.peerIdentity
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    assert both.callee.signalingState == "have-remote-offer"
    await both.callee.setLocalDescription()
    assert is_pending(both.callee)
    with pytest.raises(RTCError) as raised:
        await promise
    assert raised.value.errorDetail == "idp-timeout"
    provider.let_go.set()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "alice@a.example",
        {"identity": "alice@a.example"},
        {"contents": "x"},
        {"identity": 1, "contents": "x"},
    ],
)
async def test_an_answer_that_is_malformed(both, answer):
    offer = await offer_of(both.caller)
    pywebrtc.identity.register("a.example", answering(answer))
    error = await rejected(both.callee, offer)
    assert type(error) is OperationError
    assert "a.example gave no valid answer" in str(error)


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "x",
        "[]",
        "{}",
        "1",
        '{"fingerprint": 1}',
        '{"fingerprint": [1]}',
        '{"fingerprint": [{"digest": "x"}]}',
    ],
)
async def test_contents_that_are_malformed(both, contents):
    offer = await offer_of(both.caller)
    result = RTCIdentityValidationResult(identity="alice@a.example", contents=contents)
    pywebrtc.identity.register("a.example", answering(result))
    assert "contents are malformed" in str(await rejected(both.callee, offer))


async def validated_as(both: Peers, identity: str, **options: Any) -> str:
    """A valid offer, and a provider that says it is of somebody."""
    offer = await offer_of(both.caller)
    fingerprints = [{"algorithm": a, "digest": d} for a, d in set(FINGERPRINT.findall(offer))]
    contents = json.dumps({"fingerprint": fingerprints})
    pywebrtc.identity.register(
        "a.example", answering({"identity": identity, "contents": contents}), **options
    )
    return offer


@pytest.mark.parametrize("identity", ["alice@b.example", "alice@sub.a.example", "alice@example"])
async def test_a_lying_provider(both, identity):
    """RFC 8827, 7.6: it speaks for its own domain only."""
    error = await rejected(both.callee, await validated_as(both, identity))
    assert "may not speak for" in str(error)


@pytest.mark.parametrize("identity", ["", "alice", "alice@", "@a.example", "al@ice@a.example"])
async def test_an_identity_that_names_nobody(both, identity):
    error = await rejected(both.callee, await validated_as(both, identity))
    assert "user@domain" in str(error)


@pytest.mark.parametrize(
    ("identity", "options"),
    [
        ("alice@A.EXAMPLE", {}),
        ("al%40ice@a.example", {}),
        ("alice@b.example", {"trusted_for": ["c.example", "B.example"]}),
    ],
)
async def test_identities_that_a_provider_may_speak_for(both, identity, options):
    offer = await validated_as(both, identity, **options)
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    assert await both.callee.peerIdentity == RTCIdentityAssertion("a.example", identity)


async def test_a_description_that_is_refused_says_nothing(both, provider):
    offer = await offer_of(both.caller)
    with pytest.raises(OperationError):
        await both.callee.setRemoteDescription({"type": "offer", "sdp": offer.replace("a=ice-ufrag", "a=x")})
    await settle()
    assert is_pending(both.callee)
    assert provider.validated == []


async def test_another_certificate_ends_what_was_known(both):
    """RFC 8827, 5.4: identities are forgotten when the fingerprints change."""
    await both.callee.setRemoteDescription({"type": "offer", "sdp": await offer_of(both.caller)})
    known = both.callee.peerIdentity
    assert await known == ALICE
    await both.callee.setRemoteDescription({"type": "rollback"})
    await both.callee.setRemoteDescription({"type": "offer", "sdp": await plain_offer()})
    await settle()
    assert both.callee.peerIdentity is not known
    assert is_pending(both.callee)


async def test_a_peer_does_not_become_somebody_else(both):
    offer = await offer_of(both.caller)
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    known = both.callee.peerIdentity
    assert await known == ALICE
    await both.callee.setRemoteDescription({"type": "rollback"})
    both.caller.setIdentityProvider("b.example")
    await both.callee.setRemoteDescription({"type": "offer", "sdp": (await both.caller.createOffer()).sdp})
    await settle()
    assert await known == ALICE
    assert both.callee.peerIdentity is not known
    assert is_pending(both.callee)


async def test_validations_run_one_after_the_other(both, provider):
    running = 0

    async def slow(assertion: str, origin: str) -> Any:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0.02)
        running -= 1
        return await provider.validateAssertion(assertion, origin)

    pywebrtc.identity.register(
        "a.example", {"generateAssertion": provider.generateAssertion, "validateAssertion": slow}
    )
    offer = await offer_of(both.caller)
    for _ in range(3):
        await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
        await both.callee.setRemoteDescription({"type": "rollback"})
    assert await both.callee.peerIdentity == ALICE
    async with asyncio.timeout(5):
        while len(provider.validated) < 3:  # noqa: ASYNC110 - the provider tells nobody
            await asyncio.sleep(0.01)


async def test_a_waiter_that_is_cancelled_harms_no_other(both):
    waiting = [asyncio.ensure_future(until_identity(both.callee)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(both.callee.peerIdentity, 0.01)
    await both.callee.setRemoteDescription({"type": "offer", "sdp": await offer_of(both.caller)})
    assert await waiting[1] == await waiting[2] == ALICE


# --- A target peer identity ------------------------------------------------------------------------------


def targeted(identity: str) -> RTCPeerConnection:
    return RTCPeerConnection({"peerIdentity": identity})


@pytest.mark.parametrize("target", ["alice@a.example", "alice@A.Example"])
async def test_the_peer_that_is_wanted(both, target):
    async with targeted(target) as pc:
        await pc.setRemoteDescription({"type": "offer", "sdp": await offer_of(both.caller)})
        # Resolved before setRemoteDescription returned.
        assert not is_pending(pc)
        assert await pc.peerIdentity == ALICE
        await pc.setLocalDescription()


@pytest.mark.parametrize("target", ["bob@b.example", "Alice@a.example", "alice@b.example", "alice"])
async def test_another_peer_than_is_wanted(both, target):
    async with targeted(target) as pc:
        promise = pc.peerIdentity
        with pytest.raises(OperationError, match=r"'alice@a.example', not") as raised:
            await pc.setRemoteDescription({"type": "offer", "sdp": await offer_of(both.caller)})
        with pytest.raises(OperationError) as same:
            await promise
        assert same.value is raised.value
        # It stays rejected, and no description was applied.
        assert pc.peerIdentity is promise
        assert pc.remoteDescription is None
        assert pc.signalingState == "stable"


async def test_a_peer_that_does_not_say_who_it_is():
    async with targeted("alice@a.example") as pc:
        with pytest.raises(OperationError, match="does not say"):
            await pc.setRemoteDescription({"type": "offer", "sdp": await plain_offer()})
        assert pc.remoteDescription is None


async def test_a_target_and_a_provider_that_fails(both):
    offer = await offer_of(both.caller)
    pywebrtc.identity.register("a.example", raising(lambda: ValueError("boom")))
    async with targeted("alice@a.example") as pc:
        with pytest.raises(RTCError, match="boom"):
            await pc.setRemoteDescription({"type": "offer", "sdp": offer})


async def test_a_target_and_a_renegotiation(both):
    offer = await offer_of(both.caller)
    async with targeted("alice@a.example") as pc:
        await pc.setRemoteDescription({"type": "offer", "sdp": offer})
        await pc.setRemoteDescription({"type": "rollback"})
        await pc.setRemoteDescription({"type": "offer", "sdp": without_identity(offer)})
        await pc.setRemoteDescription({"type": "rollback"})
        for sdp in (with_other_fingerprint(offer), with_other_fingerprint(without_identity(offer))):
            with pytest.raises(OperationError):
                await pc.setRemoteDescription({"type": "offer", "sdp": sdp})
        assert await pc.peerIdentity == ALICE


async def test_close_while_a_target_is_validated(both):
    offer = await offer_of(both.caller)
    provider = Hanging()
    pywebrtc.identity.register("a.example", provider)
    pc = targeted("alice@a.example")
    task = asyncio.ensure_future(pc.setRemoteDescription({"type": "offer", "sdp": offer}))
    await provider.asked.wait()
    pc.close()
    provider.let_go.set()
    with pytest.raises(InvalidStateError):
        await task
    with pytest.raises(InvalidStateError):
        await pc.peerIdentity
    await pc.wait_closed()


async def test_targets_on_both_sides(provider):
    pywebrtc.identity.register("b.example", Provider("b.example", "bob"))
    async with Peers(targeted("bob@b.example"), targeted("alice@a.example")) as peers:
        peers.caller.setIdentityProvider("a.example")
        peers.callee.setIdentityProvider("b.example")
        here, there = await peers.channels()
        here.send("secret")
        assert await anext(there) == "secret"
        assert await peers.caller.peerIdentity == BOB
        assert await peers.callee.peerIdentity == ALICE


# --- RTCIdentityAssertion --------------------------------------------------------------------------------


def test_identity_assertions():
    assertion = RTCIdentityAssertion("a.example", "alice@a.example")
    assert (assertion.idp, assertion.name) == ("a.example", "alice@a.example")
    assert repr(assertion) == "RTCIdentityAssertion(idp='a.example', name='alice@a.example')"
    assertion.name = "bob@a.example"
    assert assertion == RTCIdentityAssertion("a.example", "bob@a.example")
    for wrong in ((1, "x"), ("x", None)):
        with pytest.raises(TypeError, match="RTCIdentityAssertion"):
            RTCIdentityAssertion(*wrong)


async def test_what_was_said_cannot_be_changed_from_outside(both):
    offer = await offer_of(both.caller)
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    (await both.callee.peerIdentity).name = "mallory@a.example"
    await both.callee.setRemoteDescription({"type": "rollback"})
    promise = both.callee.peerIdentity
    await both.callee.setRemoteDescription({"type": "offer", "sdp": offer})
    await settle()
    assert both.callee.peerIdentity is promise  # it is still the same peer

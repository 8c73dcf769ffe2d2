"""Identity on one connection: what it asserts of itself, and whom it knows its peer to be.

https://w3c.github.io/webrtc-identity/; the formats are those of RFC 8827.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import inspect
import json
from typing import TYPE_CHECKING, Any, TypeVar

from ._promise import Promise
from ._sdp import fingerprints, identities, normal_fingerprint, session_version, with_identity
from ._webidl import convert, shown
from .dictionaries import (
    RTCIdentityAssertionResult,
    RTCIdentityProviderOptions,
    RTCIdentityValidationResult,
)
from .enums import RTCErrorDetailType
from .exceptions import DOMException, InvalidStateError, OperationError, RTCError
from .identity import RTCIdentityAssertion, canonical, check_protocol, provider_of, registration

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator, Iterable

    from ._dispatcher import Done
    from ._operations import Start

T = TypeVar("T")

# The serialization of an opaque origin (https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin).
_ORIGIN = "null"


class ConnectionIdentity:
    """The identity part of an RTCPeerConnection.

    Arguments:
        fingerprint: algorithm and digest of the connection's certificate.
        target: the only peer identity that will do, if there is one.
    """

    def __init__(self, fingerprint: tuple[str, str], target: str | None) -> None:
        self.login_url: str | None = None
        self.error_info: str | None = None
        self.peer: Promise[RTCIdentityAssertion] = Promise()
        self._fingerprint = fingerprint
        self._target = target
        self._provider: tuple[str, RTCIdentityProviderOptions] | None = None
        # The request for an assertion; when it is done, the stored assertion.
        self._assertion: asyncio.Task[str] | None = None
        # Who said whom the peer is, and of which certificates.
        self._validated: tuple[str, str] | None = None
        self._covered: set[tuple[str, str]] = set()
        self._validation = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        # The assertions in local descriptions, which libwebrtc does not keep, by session and version.
        self._local: dict[str, str] = {}

    # Asserting: https://w3c.github.io/webrtc-identity/#sec.identity-proxy-assertion-request

    @property
    def asserts(self) -> bool:
        """Whether offers and answers are to have an identity."""
        return self._provider is not None

    def set_provider(self, domain: str, options: RTCIdentityProviderOptions) -> None:
        """Take the provider for assertions from now on."""
        if self._provider != (domain, options):
            self._provider = domain, options
            self._assertion = None

    async def assertion(self) -> str:
        """The assertion, in JSON and base64: the stored one, that of the request under way, or a new one."""
        if self._provider is None:
            raise OperationError("there is no identity provider: setIdentityProvider() was not called")
        request = self._assertion
        if request is None or (request.done() and (request.cancelled() or request.exception())):
            request = self._assertion = self._task(self._request(*self._provider))
        await asyncio.wait({request})
        if request.cancelled():
            raise InvalidStateError("the RTCPeerConnection was closed")
        return request.result()

    def assert_in(self, sdp: str, done: Done) -> None:
        """Put the assertion into a new description, and give that to ``done``."""

        def asserted(error: BaseException | None, assertion: Any) -> None:
            done(error, None if error is not None else with_identity(sdp, assertion))

        self._start(self.assertion(), asserted)

    async def _request(self, domain: str, options: RTCIdentityProviderOptions) -> str:
        algorithm, digest = self._fingerprint
        # RFC 8827, 7.4
        contents = json.dumps({"fingerprint": [{"algorithm": algorithm, "digest": digest}]})
        given = RTCIdentityProviderOptions.convert(options)
        given.peerIdentity = given.peerIdentity or self._target
        answer = await self._ask(domain, options.protocol, "generateAssertion", contents, _ORIGIN, given)
        try:
            result = RTCIdentityAssertionResult.convert(answer, "generateAssertion")
            check_protocol("generateAssertion", result.idp.protocol)
        except (TypeError, DOMException) as error:
            raise OperationError(
                f"the identity provider {domain} gave no valid assertion: {error}"
            ) from error
        idp = {"domain": result.idp.domain, "protocol": result.idp.protocol}
        return base64.b64encode(json.dumps({"idp": idp, "assertion": result.assertion}).encode()).decode()

    # Local descriptions

    def keep(self, sdps: Iterable[str]) -> None:
        """Remember what local descriptions assert: those that are set, and the one that is about to be."""
        self._local = {session_version(sdp): found[0] for sdp in sdps if (found := identities(sdp))}

    def restored(self, sdp: str) -> str:
        """A local description of libwebrtc's with the assertion that it was set with."""
        if not self._local:
            return sdp
        assertion = self._local.get(session_version(sdp))
        return sdp if assertion is None else with_identity(sdp, assertion)

    # Validating: https://w3c.github.io/webrtc-identity/#sec.identity-verify-assertion

    def apply_remote(self, sdp: str, apply: Start, done: Done) -> None:
        """Apply a remote description and validate its identity.

        Where only one peer will do that comes first: no transport is to connect with another. Otherwise the
        description is applied first, so that one that is refused says nothing about the peer.
        """
        if self._target is None:

            def applied(error: BaseException | None, value: Any) -> None:
                if error is None and (self._covered or self._tasks or identities(sdp)):
                    self._start(self._validate_in_turn(sdp), _ignore)
                done(error, value)

            apply(applied)
        else:

            def validated(error: BaseException | None, value: Any) -> None:
                if error is not None:
                    self.peer.reject(error)
                    done(error, None)
                else:
                    apply(applied_to_the_target)

            def applied_to_the_target(error: BaseException | None, value: Any) -> None:
                if error is None:
                    self._resolve()
                done(error, value)

            self._start(self._validate(sdp), validated)

    async def _validate_in_turn(self, sdp: str) -> None:
        async with self._validation:
            try:
                await self._validate(sdp)
            except DOMException as error:
                self.peer.reject(error)
                self._forget()
            else:
                self._resolve()

    def _resolve(self) -> None:
        if self._validated is not None:
            self.peer.resolve(RTCIdentityAssertion(*self._validated))

    async def _validate(self, sdp: str) -> None:
        """Find out who sent a remote description: ``_validated`` and ``_covered``, or an error."""
        assertions = identities(sdp)
        if not assertions:
            # RFC 8827, 5.4: an identity holds as long as the fingerprints are the same.
            if self._validated is None or not self._covered.issuperset(fingerprints(sdp)):
                if self._target is not None:
                    raise OperationError(
                        f"the remote description does not say that it is of {shown(self._target)}"
                    )
                self._forget()
            return
        if len(assertions) > 1:
            raise OperationError("the remote description has several identities")
        asserted = _decoded(assertions[0])
        domain, protocol = asserted.idp.domain, asserted.idp.protocol
        answer = await self._ask(domain, protocol, "validateAssertion", asserted.assertion, _ORIGIN)
        try:
            result = RTCIdentityValidationResult.convert(answer, "validateAssertion")
        except TypeError as error:
            raise OperationError(f"the identity provider {domain} gave no valid answer: {error}") from error
        covered = _fingerprints_in(result.contents)
        if uncovered := fingerprints(sdp) - covered:
            raise OperationError(
                f"the identity was not asserted for the fingerprint {' '.join(min(uncovered))}"
            )
        _check_authority(domain, protocol, result.identity)
        self._check_same(result.identity)
        self._validated = domain, result.identity
        self._covered = covered

    def _check_same(self, identity: str) -> None:
        expected = self._target
        if expected is None and self._validated is not None:
            _, expected = self._validated
        if expected is not None and _canonical_identity(identity) != _canonical_identity(expected):
            raise OperationError(f"the remote peer is {shown(identity)}, not {shown(expected)}")

    def _forget(self) -> None:
        """The peer is nobody in particular again, and may be validated anew."""
        self._validated = None
        self._covered = set()
        if self.peer.settled:
            self.peer = Promise()

    # Providers

    async def _ask(self, domain: str, protocol: str, method: str, *arguments: Any) -> Any:
        """What a provider answers: https://w3c.github.io/webrtc-identity/#sec.idp-error-handling"""
        self.login_url = self.error_info = None
        try:
            return await _ask(domain, protocol, method, *arguments)
        except RTCError as error:
            self.login_url, self.error_info = error.idpLoginUrl, error.idpErrorInfo
            raise

    # Tasks

    def close(self) -> None:
        """End all that is under way; nothing begins from now on."""
        self._closed = True
        for task in list(self._tasks):
            if not task.get_loop().is_closed():
                task.cancel()
        self.peer.reject(InvalidStateError("the RTCPeerConnection was closed"))

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever asked for it may have been cancelled: it was heard of

    def _start(self, work: Coroutine[Any, Any, Any], done: Done) -> None:
        if self._closed:  # an operation has ended since
            work.close()
            return

        def ended(task: asyncio.Task[Any]) -> None:
            if not task.cancelled():  # by close(), which has told everybody
                error = task.exception()
                done(error, task.result() if error is None else None)

        self._task(work).add_done_callback(ended)


def _ignore(error: BaseException | None, value: Any) -> None:
    if error is not None:
        raise error


async def _ask(domain: str, protocol: str, method: str, *arguments: Any) -> Any:
    registered = registration(domain, protocol)
    if registered is None:
        raise RTCError(
            f"no identity provider is registered for domain {shown(domain)} and protocol {shown(protocol)}",
            errorDetail=RTCErrorDetailType.IDP_LOAD_FAILURE,
        )
    call = asyncio.ensure_future(_call(domain, registered.provider, method, *arguments))
    try:
        await asyncio.wait({call}, timeout=registered.timeout)
        if not call.done():
            raise RTCError(
                f"{method} of the identity provider {domain} took more than {registered.timeout} seconds",
                errorDetail=RTCErrorDetailType.IDP_TIMEOUT,
            )
        if call.cancelled():
            raise RTCError(
                f"{method} of the identity provider {domain} was cancelled",
                errorDetail=RTCErrorDetailType.IDP_EXECUTION_FAILURE,
            )
        return call.result()
    finally:
        # Not awaited: a provider may take its time for that too.
        call.cancel()


async def _call(domain: str, provider: Any, method: str, *arguments: Any) -> Any:
    found = provider_of(provider)
    if found is None:
        with _failing(domain, RTCErrorDetailType.IDP_LOAD_FAILURE):
            found = provider_of(await _resolved(provider()))
    if found is None:
        raise RTCError(
            f"the identity provider {domain} lacks generateAssertion or validateAssertion",
            errorDetail=RTCErrorDetailType.IDP_BAD_SCRIPT_FAILURE,
        )
    with _failing(domain, RTCErrorDetailType.IDP_EXECUTION_FAILURE):
        return await _resolved(getattr(found, method)(*arguments))


async def _resolved(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


@contextlib.contextmanager
def _failing(domain: str, detail: RTCErrorDetailType) -> Generator[None]:
    """Make an RTCError of whatever a provider raises, except of one that it made itself."""
    try:
        yield
    except Exception as error:
        if isinstance(error, RTCError) and error.errorDetail.startswith("idp-"):
            raise
        text = f"the identity provider {domain} failed: {type(error).__name__}: {error}"
        raise RTCError(text, errorDetail=detail) from error


# Formats of RFC 8827


def _decoded(assertion: str) -> RTCIdentityAssertionResult:
    """Steps 2 and 3: base64 and JSON."""
    try:
        decoded = json.loads(base64.b64decode(assertion, validate=True))
        result = convert(RTCIdentityAssertionResult, decoded, "a=identity")
        check_protocol("a=identity", result.idp.protocol)
    except (ValueError, TypeError, RecursionError, DOMException) as error:
        raise OperationError(f"the identity in the remote description is malformed: {error}") from error
    return result


def _fingerprints_in(contents: str) -> set[tuple[str, str]]:
    """Step 9: what an assertion was made for (RFC 8827, 7.4)."""
    try:
        found = json.loads(contents)["fingerprint"]
        return {normal_fingerprint(each["algorithm"], each["digest"]) for each in found}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OperationError(f"the validated contents are malformed: {shown(contents)}") from error


def _check_authority(domain: str, protocol: str, identity: str) -> None:
    """Step 10: a provider speaks for its own domain, and those it is trusted for (RFC 8827, 7.6)."""
    user, _, of = identity.partition("@")
    if not user or not of or "@" in of:
        raise OperationError(f"the identity {shown(identity)} is not of the form user@domain")
    registered = registration(domain, protocol)
    trusted = registered.trusted_for if registered is not None else ()
    if canonical(of) != canonical(domain) and canonical(of) not in trusted:
        raise OperationError(f"the identity provider {domain} may not speak for {shown(identity)}")


def _canonical_identity(identity: str) -> tuple[str, str]:
    user, _, domain = identity.rpartition("@")
    return user, canonical(domain)

"""Identity providers, and who a peer is (https://w3c.github.io/webrtc-identity/).

In a browser a provider is a script that is loaded from its domain. Python has no sandbox to run one in, so a
provider is an object of this program, registered for its domain and protocol::

    class Provider:
        async def generateAssertion(self, contents, origin, options):
            return {"idp": {"domain": "example.org"}, "assertion": await sign(contents)}

        async def validateAssertion(self, assertion, origin):
            user, contents = await verify(assertion)
            return {"identity": f"{user}@example.org", "contents": contents}

    pywebrtc.identity.register("example.org", Provider())

    pc.setIdentityProvider("example.org")  # here: offers and answers assert who we are
    who = await pc.peerIdentity  # there: RTCIdentityAssertion(idp="example.org", name="alice@example.org")

What both methods take and return is said at :class:`RTCIdentityProvider`. ``contents`` is opaque to a
provider: it holds the fingerprints of certificates, and what is validated has to be what was asserted. The
origin is ``"null"``: a program has none.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._webidl import convert, shown
from .dictionaries import RTCIdentityProvider
from .exceptions import SyntaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# https://w3c.github.io/webrtc-identity/#sec.idp-error-handling
_TIMEOUT = 15.0


@dataclass(slots=True)
class RTCIdentityAssertion:
    """Who a peer is (webrtc-identity, section "RTCIdentityAssertion").

    Attributes:
        idp: the domain of the identity provider that says so.
        name: the identity: ``user@domain``, with ``@`` and ``%`` in ``user`` percent-encoded (RFC 8827, 7.6).
    """

    idp: str
    name: str

    def __setattr__(self, name: str, value: str) -> None:
        object.__setattr__(self, name, convert(str, value, f"RTCIdentityAssertion: {name}"))


@dataclass(frozen=True, slots=True)
class _Registration:
    provider: Any
    timeout: float
    trusted_for: frozenset[str]


_registered: dict[tuple[str, str], _Registration] = {}


def register(
    domain: str,
    provider: object | Callable[[], object],
    protocol: str = "default",
    *,
    timeout: float = _TIMEOUT,
    trusted_for: Iterable[str] = (),
) -> None:
    """Make a provider known to all connections of this process, in place of one that was there.

    Arguments:
        domain: the domain name that it speaks for.
        provider: an object with the methods of :class:`RTCIdentityProvider`, a dict of them, or a function (a
            class, as a rule) that gives one, or an awaitable of one. A function is called whenever a provider
            is needed; what it raises is an ``"idp-load-failure"``, unless it is an RTCError that says more.
        protocol: tells providers of one domain apart.
        timeout: seconds that it may take, its function included.
        trusted_for: other domains whose identities it may confirm (RFC 8827, 7.6).

    Raises:
        TypeError: an argument has the wrong type.
        SyntaxError: ``protocol`` has a slash or backslash (the DOMException).
    """
    domain = convert(str, domain, "register: domain")
    check_protocol("register", convert(str, protocol, "register: protocol"))
    timeout = convert(float, timeout, "register: timeout")
    others = convert(list[str], trusted_for, "register: trusted_for")
    if provider_of(provider) is None and not callable(provider):
        raise TypeError(
            f"register: {shown(provider)} has no generateAssertion and validateAssertion, and is no function"
        )
    trusted = frozenset(canonical(other) for other in others)
    _registered[canonical(domain), protocol] = _Registration(provider, timeout, trusted)


def unregister(domain: str, protocol: str = "default") -> None:
    """Forget a provider; connections that are asking it now go on. Nothing happens where there is none."""
    _registered.pop((canonical(domain), protocol), None)


def registration(domain: str, protocol: str) -> _Registration | None:
    """What was registered."""
    return _registered.get((canonical(domain), protocol))


def provider_of(value: Any) -> RTCIdentityProvider | None:
    """The methods of a provider; None where one is missing, or it is a class that has yet to give one."""

    def member(name: str) -> Any:
        return value.get(name) if isinstance(value, dict) else getattr(value, name, None)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]

    methods = {name: member(name) for name in RTCIdentityProvider.members()}
    if isinstance(value, type) or not all(map(callable, methods.values())):
        return None
    return RTCIdentityProvider(**methods)


def check_protocol(method: str, protocol: str) -> None:
    """A protocol is a part of a URL's path: https://w3c.github.io/webrtc-identity/#dom-rtcidentityproviderdetails-protocol"""
    if "/" in protocol or "\\" in protocol:
        raise SyntaxError(f"{method}: protocol {protocol!r} has a slash or a backslash")


def canonical(domain: str) -> str:
    """One form of all domain names whose labels are equivalent (RFC 5890, 2.3.2.4)."""
    host, colon, port = domain.partition(":")
    with contextlib.suppress(UnicodeError):  # no domain name: equivalent to itself
        host = host.encode("idna").decode()
    return (host + colon + port).lower()

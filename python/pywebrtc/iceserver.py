"""Validation of ICE servers, as ``RTCPeerConnection`` and ``setConfiguration`` do it before anything else.

https://w3c.github.io/webrtc-pc/#set-the-configuration, "validate an ICE server URL". The forms of the URLs
are those of RFC 7064 (``stun:host[:port]``) and RFC 7065 (``turn:host[:port][?transport=udp|tcp]``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import exceptions
from ._webidl import shown
from .exceptions import InvalidAccessError, NotSupportedError

if TYPE_CHECKING:
    from .dictionaries import RTCIceServer

_URL = re.compile(
    r"""
    (?P<scheme> [A-Za-z][A-Za-z0-9+.-]* ) :
    (?P<host>   \[ (?P<ipv6> [0-9A-Fa-f:.]+ ) \]  |  [A-Za-z0-9._~-]{1,253} )
    (?: : (?P<port> [0-9]{1,5} ) )?
    (?: \? (?P<query> [^#]* ) )?
    """,
    re.VERBOSE,
)

# RFC 8489, 14.3: the attribute holds fewer bytes than that.
_USERNAME_LIMIT = 509


def validated_urls(server: RTCIceServer) -> list[str]:
    """Check one server; return its URLs as a list, with their schemes in lower case.

    Raises:
        SyntaxError: there is no URL, or one is malformed (the DOMException, not the builtin).
        NotSupportedError: a URL is well-formed, and libwebrtc does not implement its scheme.
        InvalidAccessError: a TURN server without username or credential, or with ones that cannot be used.
    """
    urls = [server.urls] if isinstance(server.urls, str) else server.urls
    if not urls:
        raise exceptions.SyntaxError("RTCIceServer.urls: there must be at least one URL")
    return [_validated(url, server) for url in urls]


def _validated(url: str, server: RTCIceServer) -> str:
    match = _URL.fullmatch(url)
    if match is None:
        raise exceptions.SyntaxError(f"{shown(url)} is not of the form scheme:host[:port][?query]")
    scheme, query = match["scheme"].lower(), match["query"]
    if scheme not in ("stun", "stuns", "turn", "turns"):
        raise exceptions.SyntaxError(f"{shown(url)}: the scheme is not one of stun, stuns, turn, turns")
    _check_host(url, match["host"], match["ipv6"])
    if match["port"] is not None and not 0 < int(match["port"]) < 2**16:
        raise exceptions.SyntaxError(f"{shown(url)}: the port is not in 1..65535")
    if scheme.startswith("stun"):
        if query is not None:
            raise exceptions.SyntaxError(f"{shown(url)}: a {scheme} URL has no query")
        if scheme == "stuns":
            # libwebrtc would send plain STUN over UDP there, which is not what was asked for.
            raise NotSupportedError(f"{shown(url)}: STUN over TLS is not supported")
    else:
        if query not in (None, "transport=udp", "transport=tcp"):
            raise exceptions.SyntaxError(f"{shown(url)}: the query is not transport=udp or transport=tcp")
        _check_credentials(url, server)
    return scheme + url[len(scheme) :]


def _check_host(url: str, host: str, ipv6: str | None) -> None:
    import ipaddress

    try:
        if ipv6 is not None:
            ipaddress.IPv6Address(ipv6)
        elif host.rstrip(".").rpartition(".")[2].isdecimal():
            # https://url.spec.whatwg.org/#ends-in-a-number-checker: it can only be an address.
            ipaddress.IPv4Address(host)
    except ValueError:
        raise exceptions.SyntaxError(f"{shown(url)}: {host!r} is not an IP address") from None


def _check_credentials(url: str, server: RTCIceServer) -> None:
    # RFC 8489, 14.3 and RFC 8265, 4: neither is empty.
    if not server.username or not server.credential:
        missing = "a credential" if server.username else "a username"
        raise InvalidAccessError(f"{shown(url)}: a TURN server needs {missing}")
    if len(server.username.encode()) >= _USERNAME_LIMIT:
        raise InvalidAccessError(f"{shown(url)}: the username has {_USERNAME_LIMIT} bytes or more")

"""iceserver.py: RFC 7064, RFC 7065 and webrtc-pc's "validate an ICE server URL"."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywebrtc import exceptions
from pywebrtc.dictionaries import RTCIceServer
from pywebrtc.exceptions import DOMException, InvalidAccessError, NotSupportedError
from pywebrtc.iceserver import validated_urls


def check(urls, username="user", credential="secret"):
    return validated_urls(RTCIceServer(urls=urls, username=username, credential=credential))


@pytest.mark.parametrize(
    "url",
    [
        "stun:stun.example.org",
        "stun:stun.example.org:3478",
        "stun:stun.example.org.",
        "stun:localhost",
        "stun:my_host",
        "stun:xn--bcher-kva.example",
        "stun:192.0.2.1",
        "stun:192.0.2.1:1",
        "stun:[2001:db8::1]",
        "stun:[::ffff:192.0.2.1]:65535",
        "stun:3com.example",
        "stun:1.example",
        "turn:turn.example.org",
        "turn:turn.example.org:443",
        "turn:turn.example.org?transport=udp",
        "turn:turn.example.org:80?transport=tcp",
        "turn:[::1]:3478?transport=tcp",
        "turns:turn.example.org",
        "turns:turn.example.org:5349?transport=tcp",
        "turns:192.0.2.1?transport=udp",
    ],
)
def test_well_formed(url):
    assert check(url) == [url]
    assert check([url, url]) == [url, url]
    scheme, _, rest = url.partition(":")
    # RFC 3986, 3.1: schemes are case-insensitive; libwebrtc's are not.
    assert check(f"{scheme.upper()}:{rest}") == [url]


def test_stun_needs_no_credentials():
    assert check("stun:a", None, None) == ["stun:a"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stun",
        "stun:",
        ":a",
        "stun:?",
        "turn:?transport=udp",
        "stun::3478",
        "http:example.org",
        "https://example.org",
        "relay:example.org",
        "example.org:3478",
        "stun://example.org",
        "stun:/example.org",
        "stun:example.org/",
        "stun:example.org/path",
        "stun:user@example.org",
        "turn:user:password@example.org",
        "stun:example.org#x",
        "turn:example.org?transport=udp#x",
        "stun:example.org:",
        "stun:example.org:0",
        "stun:example.org:65536",
        "stun:example.org:123456",
        "stun:example.org:-1",
        "stun:example.org:+1",
        "stun:example.org:x",
        "stun:example.org:\u0663",
        "stun:example.org:1:2",
        "stun:example.org?",
        "stun:example.org?transport=udp",
        "stuns:example.org?transport=tcp",
        "turn:example.org?",
        "turn:example.org?transport",
        "turn:example.org?transport=",
        "turn:example.org?transport=tls",
        "turn:example.org?transport=UDP",
        "turn:example.org?TRANSPORT=udp",
        "turn:example.org?transport=udp&transport=tcp",
        "turn:example.org?transport=udp?transport=udp",
        "turn:example.org?x=y",
        "turn:example.org?\n",
        "stun:exa mple.org",
        " stun:example.org",
        "stun:example.org ",
        "stun:example.org\n",
        "stun:b\u00fccher.example",
        "stun:a%20b",
        "stun:a,b",
        "stun:[::1",
        "stun:::1",
        "stun:2001:db8::1",
        "stun:[]",
        "stun:[:::]",
        "stun:[fe80::1%eth0]",
        "stun:[192.0.2.1]",
        "stun:[example.org]",
        "stun:1.2.3",
        "stun:1.2.3.256",
        "stun:1.2.3.4.5",
        "stun:example.1",
        "stun:" + "a" * 254,
        "stun:" + "a" * 10**6,
    ],
)
def test_malformed(url):
    for urls in (url, ["stun:ok", url]):
        with pytest.raises(exceptions.SyntaxError) as caught:
            check(urls)
        assert url == "" or repr(url)[:20] in str(caught.value)
        assert len(str(caught.value)) < 300


def test_no_url():
    with pytest.raises(exceptions.SyntaxError, match="at least one URL"):
        check([])


@pytest.mark.parametrize("url", ["stuns:stun.example.org", "stuns:[::1]:5349", "STUNS:a"])
def test_stun_over_tls_is_not_supported(url):
    with pytest.raises(NotSupportedError, match="STUN over TLS"):
        check(url)


@pytest.mark.parametrize("scheme", ["turn", "turns"])
@pytest.mark.parametrize(
    ("username", "credential", "message"),
    [
        (None, None, "a username"),
        (None, "secret", "a username"),
        ("", "secret", "a username"),
        ("user", None, "a credential"),
        ("user", "", "a credential"),
        ("u" * 509, "secret", "509 bytes or more"),
        ("\u00e9" * 255, "secret", "509 bytes or more"),
    ],
)
def test_turn_needs_credentials(scheme, username, credential, message):
    with pytest.raises(InvalidAccessError, match=message) as caught:
        check(["stun:a", f"{scheme}:turn.example.org"], username, credential)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("username", ["u" * 508, "\u00e9" * 254])
def test_the_longest_username(username):
    # RFC 8489, 14.3: fewer than 509 bytes
    assert check("turn:a", username)


@given(st.text() | st.from_regex(r"(stun|turn)s?:[\x00-\x7f]{0,30}", fullmatch=True))
def test_any_string_is_a_list_or_a_dom_exception(url):
    with contextlib.suppress(DOMException):
        assert check(url) == [url[:5].lower() + url[5:]]

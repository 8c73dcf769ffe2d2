"""The one seam for what the specifications do not have: threads, logging, live objects."""

from __future__ import annotations

import atexit
import logging
import os

from . import _dispatcher, _native

# Threads are joined here and nowhere else. Whatever is still open is closed without an event.
atexit.register(_native.shutdown)

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(
    *,
    network_threads: int = 0,
    loopback: bool | None = None,
    field_trials: str = "",
    tls_roots: str | os.PathLike[str] | None = None,
) -> None:
    """Set options of libwebrtc for the whole process, before the first connection or source.

    Arguments:
        network_threads: threads for ICE, DTLS, SRTP and SCTP, over which connections are spread; 0 means
            one a core, at least 2 and at most 8.
        loopback: whether addresses of loopback interfaces become candidates; by default only where the
            machine has no other interface that is up.
        field_trials: libwebrtc's field trials, ``"Name/Value/Name2/Value2/"``.
        tls_roots: a file of certificates in PEM, one of which a TURN server of a ``turns:`` URL must be
            vouched for by, besides those that libwebrtc has compiled in. By default the file in the
            environment variable ``SSL_CERT_FILE``, or that of the system. The name in the URL must be among
            the DNS names of the server's certificate: libwebrtc does not look at the IP addresses there.

    Raises:
        InvalidStateError: the engine runs already.
        RangeError: ``network_threads`` is not in 0 to 64.
        InvalidAccessError: ``field_trials`` is malformed, or there is no certificate in ``tls_roots``.
    """
    _native.configure(
        network_threads=network_threads,
        loopback=loopback,
        field_trials=field_trials,
        tls_roots=None if tls_roots is None else os.fspath(tls_roots),
    )


def live_objects() -> dict[str, int]:
    """How many native objects exist, by kind, once all that was let go of so far is gone."""
    return _native.live_objects()


def thread_count() -> int:
    """The engine's own threads that run now: 0 before first use. Connections with media have more."""
    return _native.thread_count()


def set_log_level(level: str | None) -> None:
    """Send libwebrtc's log to ``logging.getLogger("pywebrtc.libwebrtc")``, from the running loop.

    libwebrtc's threads never wait for a handler: 4096 lines may wait, the oldest are dropped, and a warning
    says how many were.

    Arguments:
        level: ``"debug"``, ``"info"``, ``"warning"`` or ``"error"``; None turns it off.

    Raises:
        ValueError: another level.
    """
    if level is not None and level not in _LEVELS:
        raise ValueError(f"set_log_level: {level!r} is not one of {', '.join(_LEVELS)}, None")
    dispatcher = _dispatcher.current()
    dispatcher.target(_LOG_KEY, _LogReader())
    _native.set_log(dispatcher.mailbox, _LOG_KEY, level or "none")


# No object has it: keys of objects start at 1.
_LOG_KEY = 0


class _LogReader:
    def _on_log(self) -> None:
        logger = logging.getLogger("pywebrtc.libwebrtc")
        lines, dropped = _native.take_log()
        if dropped:
            logger.warning("%d lines of libwebrtc's log were dropped", dropped)
        for severity, text in lines:
            logger.log(_LEVELS[severity], "%s", text.decode(errors="replace").rstrip())

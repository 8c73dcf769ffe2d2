"""The one seam for what the specifications do not have.

Of the whole process: threads, field trials, logging, live objects. Of one connection:
:class:`ConnectionOptions`.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from . import _dispatcher, _native
from ._webidl import Long, convert, shown
from .exceptions import RangeError
from .videocodec import VideoCodec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


# webrtc::AdapterType; mobile networks have a bit for each generation.
_ADAPTERS = {"ethernet": 1, "wifi": 2, "cellular": 4 | 64 | 128 | 256 | 512, "vpn": 8, "loopback": 16}

_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionOptions:
    """What one connection can be told beyond the specifications: ``RTCPeerConnection(options=...)``.

    It cannot be changed later. None stands for libwebrtc's own value. There is no mDNS: local addresses are
    not hidden, and names that end in ``.local`` are resolved by the system, where it can. The intervals and
    timeouts of ICE have to fit each other, which libwebrtc checks.

    Attributes:
        port_range: the first and the last local port of UDP and TCP candidates, 1 to 65535.
        ignored_adapters: kinds of network interfaces that are not used: ``"ethernet"``, ``"wifi"``,
            ``"cellular"``, ``"vpn"``, ``"loopback"``, as libwebrtc guesses them from their names.
        udp: gather UDP candidates.
        tcp: gather TCP candidates.
        ipv6: gather IPv6 candidates.
        link_local: gather candidates of link-local addresses.
        continual_gathering: go on gathering while connected, when networks come and go.
        dscp: mark packets by the ``networkPriority`` of encodings.
        field_trials: libwebrtc's field trials for this connection besides those of :func:`configure`,
            ``"Name/Value/Name2/Value2/"``.
        video_codecs: codecs written in Python, that this connection has besides libwebrtc's. They are
            offered first, in this order, and stand in for those of libwebrtc's that are the same by SDP.
        min_bitrate: what the bandwidth estimation never falls below, in bits per second.
        start_bitrate: what the bandwidth estimation starts with, in bits per second.
        max_bitrate: what all media together may use, in bits per second.
        ice_receiving_timeout: seconds without a packet after which a candidate pair is not receiving.
        ice_unwritable_timeout: seconds without a response after which a candidate pair is not writable ...
        ice_unwritable_checks: ... and how many checks without a response that takes.
        ice_inactive_timeout: seconds without a response after which a candidate pair is given up.
        ice_check_interval_strong: seconds between two checks while a pair is writable and receiving.
        ice_check_interval_weak: seconds between two checks while none is.
        ice_check_interval_min: seconds between two checks, at least.
        ice_backup_ping_interval: seconds between two checks of pairs that are not selected.

    Raises:
        TypeError: an attribute has the wrong type.
        RangeError: a value is out of its range, or the ends of a range are the wrong way round.
    """

    port_range: tuple[int, int] | None = None
    ignored_adapters: Collection[str] = ()
    udp: bool = True
    tcp: bool = True
    ipv6: bool = True
    link_local: bool = True
    continual_gathering: bool = False
    dscp: bool = False
    field_trials: str = ""
    video_codecs: Sequence[VideoCodec] = ()
    min_bitrate: int | None = None
    start_bitrate: int | None = None
    max_bitrate: int | None = None
    ice_receiving_timeout: float | None = None
    ice_unwritable_timeout: float | None = None
    ice_unwritable_checks: int | None = None
    ice_inactive_timeout: float | None = None
    ice_check_interval_strong: float | None = None
    ice_check_interval_weak: float | None = None
    ice_check_interval_min: float | None = None
    ice_backup_ping_interval: float | None = None

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            where = f"ConnectionOptions.{f.name}"
            if f.type == "bool":
                convert(bool, value, where)
            elif f.type == "str":
                convert(str, value, where)
            elif f.type == "int | None" and value is not None:
                _in_range(convert(Long, value, where), 1, 2**31 - 1, where)
            elif f.type == "float | None" and value is not None:
                _in_range(convert(float, value, where), 0.001, _DAY, where)
        self._check_ports()
        where = "ConnectionOptions.ignored_adapters"
        ignored = frozenset(convert(list[str], self.ignored_adapters, where))
        if unknown := ignored - set(_ADAPTERS):
            raise RangeError(f"{where}: {sorted(unknown)} are not of {', '.join(_ADAPTERS)}")
        object.__setattr__(self, "ignored_adapters", ignored)
        where = "ConnectionOptions.video_codecs"
        codecs = tuple(convert(list[VideoCodec], self.video_codecs, where))
        object.__setattr__(self, "video_codecs", codecs)
        bitrates = [b for b in (self.min_bitrate, self.start_bitrate, self.max_bitrate) if b is not None]
        if bitrates != sorted(bitrates):
            raise RangeError("ConnectionOptions: min_bitrate <= start_bitrate <= max_bitrate does not hold")

    def _check_ports(self) -> None:
        if self.port_range is None:
            return
        where = "ConnectionOptions.port_range"
        ports = convert(list[Long], self.port_range, where)
        if len(ports) != 2:
            raise TypeError(f"{where}: {shown(self.port_range)} is not a pair")
        for port in ports:
            _in_range(port, 1, 65535, where)
        if ports[0] > ports[1]:
            raise RangeError(f"{where}: {ports[0]} is greater than {ports[1]}")

    @property
    def _adapters(self) -> int:
        """``ignored_adapters`` as libwebrtc has them."""
        return sum(_ADAPTERS[adapter] for adapter in self.ignored_adapters)


def _in_range(value: float, low: float, high: float, where: str) -> None:
    if not low <= value <= high:
        raise RangeError(f"{where}: {value} is not in {low} to {high}")


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

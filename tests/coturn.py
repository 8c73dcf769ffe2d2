"""A TURN server for tests: coturn from Debian, on loopback, for one user."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# Self-signed, for the name "localhost", good until 2126.
CERTIFICATE, KEY = DATA / "localhost.crt", DATA / "localhost.key"

_BINDING_REQUEST = bytes.fromhex("0001 0000 2112a442") + bytes(12)


@dataclass(frozen=True)
class TurnServer:
    """One that runs. It relays between loopback addresses."""

    port: int
    tls_port: int
    username: str = "alice"
    credential: str = "wonderland"

    @property
    def stun(self) -> str:
        """The URL of its STUN side."""
        return f"stun:127.0.0.1:{self.port}"

    def url(self, transport: str) -> str:
        """The URL for ``"udp"``, ``"tcp"`` or ``"tls"``; the certificate is for the name."""
        if transport == "tls":
            return f"turns:localhost:{self.tls_port}?transport=tcp"
        return f"turn:127.0.0.1:{self.port}?transport={transport}"

    def ice_server(self, transport: str, **changes: Any) -> dict[str, Any]:
        """The RTCIceServer for a transport."""
        return {
            "urls": self.url(transport),
            "username": self.username,
            "credential": self.credential,
        } | changes


def available() -> bool:
    """Whether this machine has coturn."""
    return shutil.which("turnserver") is not None


@contextlib.contextmanager
def running() -> Iterator[TurnServer]:
    """Start a server on free ports; stop it at the end."""
    server = TurnServer(*free_ports(2))
    with tempfile.TemporaryDirectory(prefix="coturn-") as folder:
        options = {
            "listening-ip": "127.0.0.1",
            "relay-ip": "127.0.0.1",
            "listening-port": server.port,
            "tls-listening-port": server.tls_port,
            "realm": "pywebrtc.test",
            "user": f"{server.username}:{server.credential}",
            "cert": CERTIFICATE,
            "pkey": KEY,
            "userdb": Path(folder, "db"),
            "pidfile": Path(folder, "pid"),
            "log-file": Path(folder, "log"),
        }
        command = ["turnserver", "-n", "--lt-cred-mech", "--allow-loopback-peers", "--no-cli", "--simple-log"]
        command += [f"--{name}={value}" for name, value in options.items()]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(server, process, Path(folder, "log"))
            yield server
        finally:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    """Ports that are free now, for UDP as for TCP."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            tcp = stack.enter_context(socket.socket())
            tcp.bind(("127.0.0.1", 0))
            udp = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                ports.append(tcp.getsockname()[1])
        return ports


def _wait(server: TurnServer, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers over UDP, and listens on both TCP ports."""
    deadline = time.monotonic() + 20
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(0.1)
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                udp.connect(("127.0.0.1", server.port))
                udp.send(_BINDING_REQUEST)
                udp.recv(1500)
                for port in (server.port, server.tls_port):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                return
            time.sleep(0.05)
    raise RuntimeError(f"coturn does not answer: {log.read_text() if log.exists() else os.strerror(2)}")

"""A PulseAudio server of the tests' own: a loudspeaker that is heard by a microphone, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path


class Pulse:
    """A running server; ``command`` is one of pactl's."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.address = f"unix:{folder / 'native'}"
        self._process = process

    def command(self, *words: str) -> str:
        environment = {**os.environ, "PULSE_SERVER": self.address}
        return subprocess.run(
            ["pactl", *words], env=environment, check=True, capture_output=True, text=True, timeout=10
        ).stdout.strip()

    def add_loudspeaker(self, name: str) -> str:
        """Another one, by name; returns what ``unload`` takes."""
        return self.command("load-module", "module-null-sink", *_sink(name))

    def add_microphone(self, name: str, loudspeaker: str) -> str:
        """One that hears a loudspeaker. The monitor itself is no microphone to libwebrtc."""
        return self.command("load-module", "module-remap-source", *_source(name, loudspeaker))

    def unload(self, module: str) -> None:
        self.command("unload-module", module)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _sink(name: str) -> list[str]:
    return [f"sink_name={name}", "rate=48000", "channels=2", f"sink_properties=device.description={name}"]


def _source(name: str, sink: str) -> list[str]:
    properties = f"source_properties=device.description={name}"
    return [f"source_name={name}", f"master={sink}.monitor", properties]


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Pulse]:
    """Run one. Root may do that, and nobody else's server is touched."""
    assert shutil.which("pulseaudio"), "scripts/dev setup installs it"
    (folder / "run").mkdir(mode=0o700)
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PULSE_RUNTIME_PATH": str(folder / "run"),
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
    }
    modules = [
        f"module-native-protocol-unix socket={folder / 'native'} auth-anonymous=1",
        " ".join(["module-null-sink", *_sink("Loudspeaker")]),
        " ".join(["module-remap-source", *_source("Microphone", "Loudspeaker")]),
    ]
    command = [
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--use-pid-file=no",
        "--exit-idle-time=-1",
        "--disable-shm=yes",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *(f"--load={module}" for module in modules)], env=environment, stdout=log, stderr=log
        )
    pulse = Pulse(folder, process)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                pulse.command("info")
                break
            except subprocess.CalledProcessError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.05)
        yield pulse
    finally:
        pulse.stop()

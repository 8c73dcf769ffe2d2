"""System packages, through apt."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from . import steps

# What compiling the binding, its tests and the checks need. What building libwebrtc itself needs is
# known to third_party/libwebrtc.py.
PACKAGES = (
    "chromium",  # tests/interop
    "clang-19",
    "clang-format-19",
    "clang-tidy-19",
    "cmake",
    "coturn",  # tests/test_turn.py
    "googletest",
    "libc++-19-dev",
    "libc++abi-19-dev",
    "libclang-rt-19-dev",
    "libpulse0",  # tests/test_speaker.py
    "libturbojpeg0",  # tests/test_camera.py
    "lld-19",
    "llvm-19",
    "ninja-build",
    "pulseaudio",  # tests/test_speaker.py
    "pulseaudio-utils",
    "valgrind",  # guard.py
)
# What a package would start, for everybody who reaches this machine. The tests start their own.
SERVICES = {"coturn": "coturn.service"}


def needed() -> list[str]:
    """The system packages to have, with this Python."""
    wanted = list(PACKAGES)
    if sys.base_prefix == "/usr":  # a Python of one's own brings its headers and venv
        wanted += ["python3-dev", "python3-venv"]
    return wanted


def install(wanted: Iterable[str]) -> None:
    """Install the system packages that are missing."""
    wanted = sorted(set(wanted))
    if not shutil.which("apt-get"):
        print(f"! no apt here: these packages of Debian, or their likes, are needed: {' '.join(wanted)}")
        return
    missing = [name for name in wanted if name not in installed()]
    if not missing:
        return
    # sudo resets the environment, hence env.
    root = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    steps.run("apt-get update", [*apt, "update"])
    for service in (SERVICES[name] for name in missing if name in SERVICES):
        if Path("/run/systemd/system").exists():
            steps.run(f"mask {service}", [*root, "systemctl", "mask", service])
    print(f"  installing {' '.join(missing)}")
    steps.run("apt-get install", [*apt, "install", "--yes", "--no-install-recommends", *missing])


def installed() -> set[str]:
    """The names of all installed system packages."""
    listing = steps.output(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n"])
    return {
        name
        for status, _, name in (line.partition(" ") for line in listing.splitlines())
        if status == "installed"
    }

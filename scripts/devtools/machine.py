"""The machine: system packages through apt, and a private virtual environment."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from pathlib import Path

from . import steps
from .lock import locked

VENV = steps.ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# What compiling the binding, its tests and the checks need. What building libwebrtc itself needs is
# known to third_party/libwebrtc.py.
PACKAGES = (
    "clang-19",
    "clang-format-19",
    "clang-tidy-19",
    "cmake",
    "googletest",
    "libc++-19-dev",
    "libc++abi-19-dev",
    "libclang-rt-19-dev",
    "lld-19",
    "llvm-19",
    "ninja-build",
)


def setup() -> None:
    """Whatever is missing; quick when nothing is."""
    install(packages())
    make_venv()


def packages() -> list[str]:
    """The system packages to have, for this Python."""
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
    apt = [] if os.geteuid() == 0 else ["sudo"]
    apt += ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    steps.run("apt-get update", [*apt, "update"])
    print(f"  installing {' '.join(missing)}")
    steps.run("apt-get install", [*apt, "install", "--yes", "--no-install-recommends", *missing])


def installed() -> set[str]:
    """The names of all installed system packages."""
    listing = steps.output(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n"])
    return {name for status, _, name in (line.partition(" ") for line in listing.splitlines()) if status == "installed"}


def requirements() -> list[str]:
    """What goes into the virtual environment, from pyproject.toml."""
    project = tomllib.loads((steps.ROOT / "pyproject.toml").read_text())
    return [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    ]


def make_venv() -> None:
    """Create .venv, or renew it when its requirements or its Python changed."""
    wanted = requirements()
    key = hashlib.sha256("\n".join([sys.version, sys.base_prefix, *wanted]).encode()).hexdigest()
    stamp = VENV / "pywebrtc-dev.stamp"
    with locked("venv"):
        if stamp.exists() and stamp.read_text() == key:
            return
        steps.run("virtual environment", [sys.executable, "-m", "venv", "--clear", VENV])
        steps.run("Python packages", [PYTHON, "-m", "pip", "install", "--quiet", *wanted])
        # `.venv/bin/python` sees the release build, as an editable install would have it.
        from .trees import RELEASE

        site = Path(sysconfig.get_path("purelib", vars={"base": str(VENV)}))
        (site / "pywebrtc-dev.pth").write_text(f"{RELEASE.site}\n")
        stamp.write_text(key)

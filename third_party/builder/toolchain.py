"""The compiler: Debian's, at the paths and under the names that Chromium's build asks for."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

from builder.console import BuildError
from builder.pins import Pins

ENVIRONMENT = {
    "CC": "clang-19",
    "CXX": "clang++-19",
    "AR": "llvm-ar-19",
    "NM": "llvm-nm-19",
    "RANLIB": "llvm-ranlib-19",
    "CXXFLAGS": "-stdlib=libc++",
    "LDFLAGS": "-stdlib=libc++ -static-libstdc++",
}


def require(pins: Pins) -> None:
    """Fail with the command that installs what is missing."""
    if not shutil.which("dpkg-query"):
        raise BuildError(
            "libwebrtc is built from Debian's source packages, and this is no Debian. Name a ready one with "
            "PYWEBRTC_LIBWEBRTC, or build it with depot_tools (third_party/README.md)."
        )
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${binary:Package} ${db:Status-Status}\n", *pins.packages],
        capture_output=True,
        text=True,
        check=False,
    )
    states = (line.split() for line in shown.stdout.splitlines())
    installed = {name.partition(":")[0] for name, state in states if state == "installed"}
    if missing := [package for package in pins.packages if package not in installed]:
        raise BuildError(
            f"packages are missing:\n\n  apt-get install --no-install-recommends {' '.join(missing)}"
        )


def clang_base(work: Path) -> Path:
    """A folder for GN's clang_base_path with the compiler's runtime where Chromium's own clang has it.

    Debian names the file after the processor, Chromium the folder.
    """
    machine = platform.machine()
    resources = Path(
        subprocess.run(
            [ENVIRONMENT["CC"], "-print-resource-dir"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    builtins = resources / "lib" / "linux" / f"libclang_rt.builtins-{machine}.a"
    if not builtins.is_file():
        raise BuildError(f"there is no {builtins}")
    base = work / "clang"
    link = (
        base
        / "lib"
        / "clang"
        / resources.name
        / "lib"
        / f"{machine}-unknown-linux-gnu"
        / "libclang_rt.builtins.a"
    )
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(builtins)
    return base

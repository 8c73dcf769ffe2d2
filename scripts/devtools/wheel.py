"""Source distribution and wheel, and a call with it where nothing else of this repository is."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from . import libwebrtc, steps, trees
from .machine import PYTHON

DIST = steps.ROOT / "dist"


def build() -> None:
    """Build the wheel out of the sdist, repair it, install it in an empty environment, run a call there."""
    libwebrtc.provide("release")
    shutil.rmtree(DIST, ignore_errors=True)
    raw = steps.ROOT / "build" / "wheel"
    shutil.rmtree(raw, ignore_errors=True)
    environment = trees.libwebrtc_environment("release")
    steps.run("sdist, and wheel out of it", [PYTHON, "-m", "build", "--outdir", raw], env=environment)
    DIST.mkdir()
    for sdist in raw.glob("*.tar.gz"):
        shutil.copy(sdist, DIST)
    (wheel,) = raw.glob("*.whl")
    steps.run("auditwheel repair", [PYTHON, "-m", "auditwheel", "repair", "--wheel-dir", DIST, wheel])
    (repaired,) = DIST.glob("*.whl")
    try_out(repaired)
    for path in sorted(DIST.iterdir()):
        print(f"  {path.relative_to(steps.ROOT)}  {path.stat().st_size / 1e6:.1f} MB")


def try_out(wheel: Path) -> None:
    """A new user's first minute."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        steps.run("clean environment", [sys.executable, "-m", "venv", Path(folder) / "venv"])
        steps.run("install the wheel", [python, "-m", "pip", "install", "--quiet", wheel])
        steps.run("a call with it", [python, "-m", "pywebrtc", "demo", "--quick"], cwd=Path(folder))

"""Where things are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DIST = ROOT / "dist"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def site_packages() -> Path:
    """Where the virtual environment has its packages."""
    return next(VENV.glob("lib/python*/site-packages"))

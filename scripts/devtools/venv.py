"""The private virtual environment: .venv with what pyproject.toml names."""

from __future__ import annotations

import platform
import sys
import tomllib

from . import paths, steps, trees
from .lock import locked


def make() -> None:
    """Create it, or renew it when its requirements or its Python changed."""
    python = f"Python {platform.python_version()} of {sys.base_prefix}"
    wanted = requirements()
    state = "\n".join([python, *wanted])
    stamp = paths.VENV / "pywebrtc-dev.txt"
    with locked("venv"):
        before = stamp.read_text() if stamp.exists() else ""
        if before == state:
            return
        stamp.unlink(missing_ok=True)
        if not before.startswith(python):
            steps.run("virtual environment", [sys.executable, "-m", "venv", "--clear", paths.VENV])
        steps.run("Python packages", [paths.PYTHON, "-m", "pip", "install", "--quiet", *wanted])
        # `.venv/bin/python` sees the release build, as after an editable install.
        (paths.site_packages() / "pywebrtc-dev.pth").write_text(f"{trees.RELEASE.site}\n")
        stamp.write_text(state)


def requirements() -> list[str]:
    """What goes into it: to build, to run and to develop."""
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())
    return [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
    ]

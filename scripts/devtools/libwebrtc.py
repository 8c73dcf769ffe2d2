"""libwebrtc: taken where it is ready, else built by third_party/libwebrtc.py."""

from __future__ import annotations

import sys

from . import machine, steps, trees

PROGRAM = steps.ROOT / "third_party" / "libwebrtc.py"


def provide(variant: str) -> None:
    """Make sure that there is a libwebrtc of this variant."""
    environment = trees.libwebrtc_environment(variant)
    try:
        steps.output([sys.executable, PROGRAM, "path"], env=environment)
    except steps.Failure:
        if environment["PYWEBRTC_LIBWEBRTC"]:
            raise
        build(variant)


def build(variant: str) -> None:
    """Build it from its pinned source. It shows its own progress, goes on where it was interrupted."""
    machine.install(steps.output([sys.executable, PROGRAM, "packages"]).split())
    steps.stream(f"libwebrtc, {variant}", [sys.executable, PROGRAM, "build", "--variant", variant])

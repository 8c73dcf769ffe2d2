"""libwebrtc: taken where it is ready, else built by third_party/libwebrtc.py."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from . import packages, paths, steps

PROGRAM = paths.ROOT / "third_party" / "libwebrtc.py"
VARIANTS = ("release", "dcheck", "asan")


def ready(variant: str) -> str:
    """The archive or folder that the environment names for a variant, or nothing.

    PYWEBRTC_LIBWEBRTC for release, PYWEBRTC_LIBWEBRTC_DCHECK and PYWEBRTC_LIBWEBRTC_ASAN for the others.
    """
    suffix = "" if variant == "release" else f"_{variant.upper()}"
    given = os.environ.get(f"PYWEBRTC_LIBWEBRTC{suffix}", "")
    return str(Path(given).resolve()) if given else ""


def environment(variant: str) -> dict[str, str]:
    """How third_party/libwebrtc.py and libwebrtc.cmake are told what to take."""
    return {"PYWEBRTC_VARIANT": variant, "PYWEBRTC_LIBWEBRTC": ready(variant)}


def provide(variant: str) -> None:
    """Make sure that there is a libwebrtc of this variant."""
    try:
        steps.output([sys.executable, PROGRAM, "path"], env=environment(variant))
    except steps.StepError:
        if ready(variant):
            raise
        build(variant)


def build(variant: str) -> None:
    """Build it from its pinned source. It shows its own progress and goes on where it was interrupted."""
    packages.install(steps.output([sys.executable, PROGRAM, "packages"]).split())
    title = f"libwebrtc, {variant}, from source (PYWEBRTC_LIBWEBRTC... would name a ready one)"
    steps.stream(title, [sys.executable, PROGRAM, "build", "--variant", variant])

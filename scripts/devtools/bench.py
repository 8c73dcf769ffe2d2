"""The benchmarks: what they need is built and installed, each peer in an environment of its own."""

from __future__ import annotations

import os
import sys

from . import node, paths, steps, trees
from .lock import locked

FOLDER = paths.BUILD / "bench"
# Pinned: numbers are of a version.
PEERS = {"wrtc": ("wrtc==0.1.0", "numpy"), "aiortc": ("aiortc==1.16.0", "numpy")}
ROAMHQ = "@roamhq/wrtc@0.10.0"


def bench(arguments: list[str]) -> None:
    """Measure: ``benchmarks/runner`` says what the arguments are."""
    trees.build(trees.RELEASE, "_native", "native_benchmarks")
    environments()
    steps.stream(
        "bench",
        [
            *(paths.PYTHON, "-m", "runner", "--environments", FOLDER),
            *("--native", trees.RELEASE.folder / "benchmarks" / "native" / "native_benchmarks", *arguments),
        ],
        env={
            # Compiled modules are kept, as an installed package has them: imports are measured.
            "PYTHONPATH": f"{trees.RELEASE.site}{os.pathsep}{paths.ROOT / 'benchmarks'}",
            "PYTHONDONTWRITEBYTECODE": "",
            "BENCH_NODE": str(node.program()),
        },
    )


def environments() -> None:
    """An environment for each peer, never the one that we work with."""
    with locked("bench"):
        for name, wanted in PEERS.items():
            folder = FOLDER / name
            if _stale(name, " ".join(wanted)):
                steps.run(f"environment of {name}", [sys.executable, "-m", "venv", "--clear", folder])
                steps.run(f"install {name}", [folder / "bin" / "pip", "install", "--quiet", *wanted])
                _fresh(name, " ".join(wanted))
        if _stale("roamhq", ROAMHQ):
            (FOLDER / "roamhq").mkdir(parents=True, exist_ok=True)
            node.npm(f"install {ROAMHQ}", "install", "--prefix", FOLDER / "roamhq", ROAMHQ)
            _fresh("roamhq", ROAMHQ)


def _stale(name: str, wanted: str) -> bool:
    stamp = FOLDER / name / "installed.txt"
    return not stamp.exists() or stamp.read_text() != wanted


def _fresh(name: str, wanted: str) -> None:
    (FOLDER / name / "installed.txt").write_text(wanted)

"""The regression guard: instructions of the binding's own paths, by callgrind, against committed ones.

Instructions, not times: the same program counts the same on every machine, busy or not. This machine's kind
has no hardware counters (`perf stat` has none in a virtual machine), so valgrind counts.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from . import paths, steps, trees
from .lock import locked

PROGRAM = paths.ROOT / "benchmarks" / "guard.py"
BOUNDS = paths.ROOT / "benchmarks" / "guard.json"
FOLDER = paths.BUILD / "guard"
# How much more than committed is too much. What the numbers differ by themselves is in benchmarks/README.md.
TOLERANCE = 0.08


def guard(*, update: bool) -> None:
    """Count, and compare; with update, commit to what there is now."""
    trees.build(trees.RELEASE, "_native")
    counts = count()
    bounds = json.loads(BOUNDS.read_text()) if BOUNDS.exists() else {}
    known = bounds.get(interpreter(), {})
    for name, now in counts.items():
        before = known.get(name)
        change = f"{100 * (now / before - 1):+6.1f} %" if before else "      new"
        print(f"  {name:<44} {now:>9,} instructions {change}", flush=True)
    if update:
        bounds[interpreter()] = counts
        BOUNDS.write_text(json.dumps(bounds, indent=2, sort_keys=True) + "\n")
        return
    if not known:
        print(f"  nothing is committed for {interpreter()}; scripts/dev guard --update would", flush=True)
        return
    if set(known) != set(counts):
        raise steps.StepError("guard.json has other paths: scripts/dev guard --update")
    worse = [name for name, now in counts.items() if now > known[name] * (1 + TOLERANCE)]
    if worse:
        raise steps.StepError(
            f"more than {100 * TOLERANCE:.0f} % dearer than committed: {', '.join(worse)}. "
            "Where that is meant: scripts/dev guard --update, and say why in the commit"
        )


def count() -> dict[str, int]:
    """Instructions of the main thread for one item of each path."""
    with locked("guard"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        site = stage()
        said = FOLDER / "paths.json"
        steps.run(
            "count instructions",
            [
                *("valgrind", "--tool=callgrind", "--separate-threads=yes", "--dump-before=getppid"),
                *(f"--callgrind-out-file={FOLDER}/callgrind", paths.PYTHON, PROGRAM, said),
            ],
            # The same layout of dictionaries and sets each time; no threads of numpy's.
            env={"PYTHONPATH": str(site), "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        )
        counted = {}
        for number, path in enumerate(json.loads(said.read_text())):
            # Each path has three stretches (the first warms up), each ends what is before it and itself.
            once, twice = (instructions(6 * number + 2 * stretch) for stretch in (2, 3))
            counted[path["name"]] = round((twice - once) / path["items"])
        return counted


def stage() -> Path:
    """The package, with a module that valgrind 3.19 can read: clang 19's debug information it cannot."""
    site = FOLDER / "site"
    package = site / "pywebrtc"
    shutil.copytree(trees.RELEASE.site / "pywebrtc", package)
    (module,) = package.glob("_native*.so")
    steps.output(["llvm-strip-19", "--strip-debug", module])
    return site


def instructions(dump: int) -> int:
    """Of the main thread, in a dump."""
    text = (FOLDER / f"callgrind.{dump}-01").read_text()
    (total,) = re.findall(r"^totals: (\d+)", text, re.MULTILINE)
    return int(total)


def interpreter() -> str:
    """Whose instructions are in the counts, too."""
    return f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}-{os.uname().machine}"

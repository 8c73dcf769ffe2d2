"""GN and ninja: libwebrtc.a from the source tree."""

from __future__ import annotations

import re
from pathlib import Path

from builder import toolchain
from builder.console import Console
from builder.pins import Pins


def configure(pins: Pins, console: Console, work: Path, variant: str) -> None:
    """Write args.gn and let GN write the ninja files."""
    objects = work / "out" / variant
    objects.mkdir(parents=True, exist_ok=True)
    args = pins.args(variant) | {"clang_base_path": f'"{toolchain.clang_base(work)}"'}
    (objects / "args.gn").write_text("".join(f"{name}={value}\n" for name, value in args.items()))
    source = work / "src"
    console.run(["gn", "gen", objects, f"--root={source}"], cwd=source, env=toolchain.ENVIRONMENT)


def compile_library(console: Console, work: Path, variant: str, jobs: int) -> None:
    """Make obj/libwebrtc.a; ninja goes on where it was interrupted."""
    console.run(
        ["ninja", "-C", work / "out" / variant, "-j", str(jobs), "webrtc"],
        cwd=work,
        # GN's ninja files run GN again when its inputs change, which reads the compiler from the environment.
        env=toolchain.ENVIRONMENT | {"NINJA_STATUS": "[%f/%t] "},
        progress=lambda line: line if re.match(r"\[\d+/\d+\] ", line) else None,
    )

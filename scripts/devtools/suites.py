"""The tests: gtest under ctest, with and without sanitizers, and pytest; and the demo."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from . import paths, steps, trees

# libwebrtc and libc++ are archives that were not instrumented: a vector that they grew looks overflown
# to those that were.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_container_overflow=0:detect_leaks=1",
    "TSAN_OPTIONS": f"halt_on_error=1:suppressions={paths.ROOT}/tests/native/tsan.supp",
}
# What is run against a libwebrtc that is instrumented itself: slow, and meant for memory.
ASAN_TESTS = ("tests/lifetime", "tests/test_datachannel.py")


def pytest(variant: str, arguments: list[str]) -> None:
    """Build what is out of date, then the native tests and pytest; with arguments, only pytest with them."""
    tree = trees.BY_VARIANT[variant]
    environment = python_environment(tree)
    if arguments:
        trees.build(tree, "_native")
    else:
        trees.build(tree, "_native", "native_tests")
        ctest(tree, instrumented_environment(tree))
        if variant == "asan":
            arguments = [test for test in ASAN_TESTS if (paths.ROOT / test).exists()]
        # Most of a test is waiting. A file stays in one process: so do the servers that its tests share.
        arguments = ["--numprocesses", str(trees.JOBS), "--dist", "loadfile", *arguments]
    steps.stream(f"pytest, {variant}", [paths.PYTHON, "-m", "pytest", *arguments], env=environment)


def native() -> None:
    """The gtest tests as they are."""
    trees.build(trees.RELEASE, "native_tests")
    ctest(trees.RELEASE)


def sanitized(name: str) -> None:
    """The gtest tests under ThreadSanitizer or AddressSanitizer."""
    tree = trees.SANITIZED[name]
    trees.build(tree, "native_tests")
    ctest(tree, SANITIZER_OPTIONS)


def ctest(tree: trees.Tree, env: Mapping[str, str] | None = None) -> None:
    """Run the gtest tests of a tree."""
    command = ["ctest", "--test-dir", tree.folder, "--output-on-failure", "--parallel", str(trees.JOBS)]
    steps.run(f"native tests, {tree.name}", command, env=env)


def demo(arguments: list[str]) -> None:
    """Two processes call each other."""
    trees.build(trees.RELEASE, "_native")
    steps.stream(
        "demo", [paths.PYTHON, "-m", "pywebrtc", "demo", *arguments], env=python_environment(trees.RELEASE)
    )


def python_environment(tree: trees.Tree) -> dict[str, str]:
    """How Python finds and loads the module of a tree."""
    environment = {"PYTHONPATH": str(tree.site), "PYTHONDONTWRITEBYTECODE": "1"}
    if tree.variant == "asan":
        # Python itself is not instrumented: the runtime must be there before it.
        environment |= instrumented_environment(tree)
        environment["LD_PRELOAD"] = str(asan_runtime())
    return environment


def instrumented_environment(tree: trees.Tree) -> dict[str, str]:
    """How an executable finds the shared runtime; Python's own leaks at exit are no one's concern."""
    if tree.variant != "asan":
        return {}
    paths = [str(asan_runtime().parent), os.environ.get("LD_LIBRARY_PATH", "")]
    return {"LD_LIBRARY_PATH": ":".join(filter(None, paths)), "ASAN_OPTIONS": "detect_leaks=0"}


def asan_runtime() -> Path:
    """The shared runtime of AddressSanitizer."""
    return Path(steps.output(["clang-19", "-print-file-name=libclang_rt.asan-x86_64.so"]))

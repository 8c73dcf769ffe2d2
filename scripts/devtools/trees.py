"""Build trees: build/<name>, one for each way that the sources are compiled.

A tree that has the extension module has a folder `site` too: a package of links to python/pywebrtc with
the module of this tree in it. PYTHONPATH names it, and so a variant is chosen without a word in the package.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import libwebrtc, module, paths, steps
from .lock import locked

JOBS = os.cpu_count() or 1


@dataclass(frozen=True)
class Tree:
    """One configuration of CMakeLists.txt."""

    name: str
    variant: str = "release"
    options: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where it is built."""
        return paths.BUILD / self.name

    @property
    def site(self) -> Path:
        """What PYTHONPATH names."""
        return self.folder / "site"


# Lines in stack traces, without the weight of whole debug information.
_TRACEABLE = ("-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1")

RELEASE = Tree("release", "release", ("-DCMAKE_BUILD_TYPE=Release", "-DPYWEBRTC_BENCHMARKS=ON"))
BY_VARIANT = {
    "release": RELEASE,
    "dcheck": Tree("dcheck", "dcheck", _TRACEABLE),
    "asan": Tree("asan", "asan", _TRACEABLE),
}
# The native tests alone, instrumented, over the release libwebrtc as it is.
SANITIZED = {
    name: Tree(
        f"native-{name}", "release", (*_TRACEABLE, "-DPYWEBRTC_MODULE=OFF", f"-DPYWEBRTC_SANITIZE={name}")
    )
    for name in ("thread", "address")
}


def build(tree: Tree, *targets: str) -> None:
    """Bring a tree up to date: configure where something changed, compile what changed."""
    with locked(tree.name):
        if not is_configured(tree):
            libwebrtc.provide(tree.variant)
            configure(tree)
        steps.run(
            f"build {tree.name} ({', '.join(targets)})",
            ["cmake", "--build", tree.folder, "--parallel", str(JOBS), "--target", *targets],
            env=libwebrtc.environment(tree.variant),
        )
        if "_native" in targets:
            stage(tree)
            module.check(next((tree.site / "pywebrtc").glob("_native*.so")))


def configuration(tree: Tree) -> tuple[list[str], str]:
    """The arguments of CMake, and a text that differs when configuring again would do something else."""
    ready = libwebrtc.ready(tree.variant) or configured_with(tree)
    arguments = [
        *("-S", str(paths.ROOT), "-B", str(tree.folder), "-G", "Ninja"),
        f"-DPYWEBRTC_LIBWEBRTC={ready}",
        f"-DPYWEBRTC_VARIANT={tree.variant}",
        f"-DPython_EXECUTABLE={paths.PYTHON}",
        f"-DCMAKE_PREFIX_PATH={paths.site_packages() / 'pybind11'}",
        f"-DCMAKE_LIBRARY_OUTPUT_DIRECTORY={tree.site / 'pywebrtc'}",
        "-DPYWEBRTC_NATIVE_TESTS=ON",
        *tree.options,
    ]
    given = Path(ready).stat() if ready and Path(ready).exists() else None
    content = given and (given.st_size, given.st_mtime)
    return arguments, json.dumps([arguments, platform.python_version(), content])


def configured_with(tree: Tree) -> str:
    """The ready libwebrtc that the tree was configured with: naming one holds until another is named."""
    stamp = tree.folder / "configured.json"
    option = "-DPYWEBRTC_LIBWEBRTC="
    arguments: list[str] = json.loads(stamp.read_text())[0] if stamp.exists() else []
    ready = next((a.removeprefix(option) for a in arguments if a.startswith(option)), "")
    return ready if ready and Path(ready).exists() else ""


def is_configured(tree: Tree) -> bool:
    """Whether ninja alone can do the rest (it configures again by itself when a CMake file changed)."""
    stamp = tree.folder / "configured.json"
    return stamp.exists() and stamp.read_text() == configuration(tree)[1] and libwebrtc_is_there(tree)


def libwebrtc_is_there(tree: Tree) -> bool:
    """Whether the libwebrtc that the tree was configured with still exists."""
    root = tree.folder / "libwebrtc-root.txt"
    return root.exists() and Path(root.read_text().strip()).is_dir()


def configure(tree: Tree) -> None:
    """Run CMake over a tree."""
    stamp = tree.folder / "configured.json"
    stamp.unlink(missing_ok=True)
    arguments, key = configuration(tree)
    steps.run(f"configure {tree.name}", ["cmake", *arguments], env=libwebrtc.environment(tree.variant))
    stamp.write_text(key)


def stage(tree: Tree) -> None:
    """Links to the package's Python beside the module of this tree."""
    package = tree.site / "pywebrtc"
    source = paths.ROOT / "python" / "pywebrtc"
    wanted = {
        path.name: path for path in source.iterdir() if path.name != "__pycache__" and path.suffix != ".so"
    }
    for link in package.iterdir():
        if link.is_symlink() and link.name not in wanted:
            link.unlink()
    for name, path in wanted.items():
        link = package / name
        if not link.is_symlink():
            link.symlink_to(Path(os.path.relpath(path, package)))


def clean() -> None:
    """Remove what was built here. Nothing of libwebrtc: that lies in its own cache."""
    for folder in (paths.BUILD, paths.DIST):
        shutil.rmtree(folder, ignore_errors=True)

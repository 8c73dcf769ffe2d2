"""The order of the steps, and what of them is done already."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from builder import cache, codecs, compiling, fetch, pack, toolchain, tree
from builder.console import Console
from builder.pins import Pins


def build(pins: Pins, variant: str, *, jobs: int, work: Path, output: Path) -> None:
    """Bring one variant up to date, from the sources to the archive."""
    toolchain.require(pins)
    work.mkdir(parents=True, exist_ok=True)
    result = output / cache.name(pins.version, variant)
    with _alone(work), Console(work / f"build-{variant}.log", steps=7) as console:
        if cache.is_current(result, pins, variant):
            console.line(f"libwebrtc {pins.version} is ready: {result}")
            return

        def step(title: str, product: str, key: str, action: Callable[[], object]) -> None:
            """Make a product, a path in the work folder, unless its stamp says that it is of these inputs."""
            path = work / "stamps" / product.replace("/", "-")
            if (work / product).exists() and path.is_file() and path.read_text() == key:
                console.step(f"{title}: done before")
                return
            console.step(title)
            path.unlink(missing_ok=True)
            action()
            path.parent.mkdir(exist_ok=True)
            path.write_text(key)

        step(
            "downloading the sources",
            "downloads",
            pins.key("fetch"),
            lambda: fetch.fetch(pins, console, work),
        )
        step("unpacking and patching", "src", pins.key("tree"), lambda: tree.make(pins, console, work))
        step(
            f"building {', '.join(codec.name for codec in pins.codecs)}",
            "codecs",
            pins.key("codecs"),
            lambda: codecs.build(pins, console, work, jobs),
        )
        step(
            f"configuring libwebrtc, {variant}",
            f"out/{variant}",
            pins.key("configure", variant),
            lambda: compiling.configure(pins, console, work, variant),
        )
        # ninja knows by itself what is done.
        console.step(f"compiling libwebrtc, {jobs} at a time")
        compiling.compile_library(console, work, variant, jobs)

        marker = cache.marker(result)
        marker.unlink(missing_ok=True)
        console.step("packing")
        pack.folder(
            pins,
            console,
            result,
            source=work / "src",
            objects=work / "out" / variant,
            codecs=work / "codecs",
            version=_version(pins, variant),
        )
        console.step("compressing")
        archive = pack.archive(result)
        marker.write_text(pins.key("pack", variant))
        console.line(f"libwebrtc {pins.version} is ready ({console.elapsed()}):\n  {result}\n  {archive}")


def pack_checkout(
    pins: Pins, variant: str, *, version: str, source: Path, objects: Path, output: Path
) -> None:
    """Pack an upstream checkout that somebody built, which has the codecs inside."""
    git: list[str | Path] = ["git", "-C", source, "rev-parse", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    target = output / cache.name(version, variant)
    with Console(target.with_name(target.name + ".log"), steps=2) as console:
        console.step("packing")
        pack.folder(
            pins,
            console,
            target,
            source=source,
            objects=objects,
            codecs=None,
            version=f"libwebrtc {version}, from a checkout of {commit or 'no known commit'}\n",
        )
        console.step("compressing")
        console.line(f"{target}\n{pack.archive(target)}")


def _version(pins: Pins, variant: str) -> str:
    """share/VERSION, for people and for bug reports."""
    lines = [f"libwebrtc {pins.milestone}, from the Debian source package chromium {pins.chromium.version}"]
    known = ", ".join(f"{codec.name} {codec.version}" for codec in pins.codecs)
    lines.append(f"{known}, from Debian's source packages, static and position independent")
    if note := pins.variants[variant]["note"]:
        lines.append(note)
    return "\n".join(lines) + "\n"


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """Hold the work folder; a second build waits for the first and then finds everything done."""
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another build holds {work}; waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The source tree: what is needed of chromium, patched, and laid out as a checkout of WebRTC."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from builder.console import Console
from builder.pins import Pins


def make(pins: Pins, console: Console, work: Path) -> None:
    """Make work/src from nothing."""
    chromium = work / "chromium"
    source = work / "src"
    for folder in (chromium, source):
        shutil.rmtree(folder, ignore_errors=True)
    _unpack(pins, console, work / "downloads", chromium)
    for name in pins.tree["patches"]:
        _patch(console, chromium, chromium / "debian" / "patches" / f"{name}.patch")
    for path in pins.patches:
        _patch(console, chromium, path)
    _arrange(chromium, source)
    for name in pins.tree["unbundle"]:
        target = source / "third_party" / name / "BUILD.gn"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source / "build" / "linux" / "unbundle" / f"{name}.gn", target)
    shutil.copytree(pins.stand_ins, source, dirs_exist_ok=True)


def _unpack(pins: Pins, console: Console, downloads: Path, target: Path) -> None:
    target.mkdir(parents=True)
    top = f"chromium-{pins.version}"
    (debian,) = (file for file in pins.chromium.files if file.endswith(".debian.tar.xz"))
    (upstream,) = (file for file in pins.chromium.files if ".orig.tar." in file)
    console.run(["tar", "-xf", downloads / debian, "debian/patches"], cwd=target)
    console.run(
        [
            "tar",
            "-xf",
            downloads / upstream,
            "--strip-components=1",
            "--checkpoint=20000",
            "--checkpoint-action=echo=%u",
            *(f"{top}/{folder}" for folder in pins.tree["folders"]),
        ],
        cwd=target,
        # tar counts records of 10 KiB.
        progress=lambda line: f"{int(line) // 100_000} GB read" if line.isdigit() else None,
    )


def _patch(console: Console, tree: Path, path: Path) -> None:
    """Apply what a patch changes in files that are unpacked, or that it makes itself."""
    parts = re.split(r"^(?=--- )", path.read_text(), flags=re.MULTILINE)[1:]
    here = [part for part in parts if _is_for(tree, part)]
    console.run(["patch", "-p1", "--batch", "--forward"], cwd=tree, stdin="".join(here))


def _is_for(tree: Path, part: str) -> bool:
    old, new = re.findall(r"^(?:---|\+\+\+) (\S+)", part, flags=re.MULTILINE)[:2]
    return old == "/dev/null" or (tree / Path(*Path(new).parts[1:])).is_file()


def _arrange(chromium: Path, source: Path) -> None:
    """third_party/webrtc becomes the root; everything else moves in beside it."""
    (chromium / "third_party" / "webrtc").rename(source)
    (source / "third_party").mkdir()
    for path in list((chromium / "third_party").iterdir()):
        path.rename(source / "third_party" / path.name)
    (chromium / "third_party").rmdir()
    for path in list(chromium.iterdir()):
        if path.name != "debian":
            path.rename(source / path.name)
    shutil.rmtree(chromium)

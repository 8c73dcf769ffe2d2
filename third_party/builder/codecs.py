"""opus, dav1d and openh264: archives of position independent code."""

from __future__ import annotations

import shutil
from pathlib import Path

from builder import toolchain
from builder.console import Console
from builder.pins import Pins, Source


def build(pins: Pins, console: Console, work: Path, jobs: int) -> None:
    """Make work/codecs/lib*.a from nothing; the sources stay in work/codecs/NAME, with their licences."""
    folder = work / "codecs"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for codec in pins.codecs:
        console.progress(codec.name)
        source = _unpack(codec, console, work / "downloads", folder)
        objects = folder / f"{codec.name}-build"
        objects.mkdir()
        env = toolchain.ENVIRONMENT | {
            "CFLAGS": codec.cflags,
            "CXXFLAGS": f"{codec.cflags} {toolchain.ENVIRONMENT['CXXFLAGS']}",
        }
        if (source / "meson.build").is_file():
            console.run(["meson", "setup", *codec.options, source, objects], cwd=folder, env=env)
            console.run(["ninja", "-C", objects, "-j", str(jobs)], cwd=folder, env=env)
        else:
            # The compiler writes the paths it is given into the objects: no names of this machine's folders.
            console.run([Path("..", codec.name, "configure"), *codec.options], cwd=objects, env=env)
            console.run(["make", f"-j{jobs}"], cwd=objects, env=env)
        (archive,) = objects.rglob(f"lib{codec.name}.a")
        shutil.copy(archive, folder)


def _unpack(codec: Source, console: Console, downloads: Path, folder: Path) -> Path:
    """dpkg-source applies Debian's patches, among them the security fixes."""
    (description,) = (file for file in codec.files if file.endswith(".dsc"))
    # Every file of it has been checked against pins.toml.
    console.run(["dpkg-source", "--no-check", "--extract", downloads / description, codec.name], cwd=folder)
    return folder / codec.name

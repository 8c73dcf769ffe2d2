"""Where a ready libwebrtc lies, and how an archive of one gets there."""

from __future__ import annotations

import hashlib
import os
import platform
import tarfile
import tempfile
from pathlib import Path

from builder.console import BuildError
from builder.pins import Pins


def home() -> Path:
    """The folder that holds everything of ours that may be deleted at any time."""
    if given := os.environ.get("PYWEBRTC_CACHE"):
        base = Path(given)
    elif given := os.environ.get("XDG_CACHE_HOME"):
        base = Path(given) / "pywebrtc"
    else:
        base = Path.home() / ".cache" / "pywebrtc"
    return base.absolute() / "libwebrtc"


def name(version: str, variant: str) -> str:
    """The name of the result, as libwebrtc-150.0.7871.100-linux-x86_64-dcheck."""
    parts = ["libwebrtc", version, platform.system().lower(), platform.machine()]
    return "-".join(parts if variant == "release" else [*parts, variant])


def marker(folder: Path) -> Path:
    """The file beside a built folder that says from which pins it was built."""
    return folder.with_name(folder.name + ".pins")


def is_current(folder: Path, pins: Pins, variant: str) -> bool:
    """Whether a folder is complete and of these pins."""
    path = marker(folder)
    return folder.is_dir() and path.is_file() and path.read_text() == pins.key("pack", variant)


def locate(pins: Pins, variant: str) -> Path:
    """The folder of a ready libwebrtc: the one that PYWEBRTC_LIBWEBRTC names, or the one built here."""
    if given := os.environ.get("PYWEBRTC_LIBWEBRTC"):
        path = Path(given).expanduser().absolute()
        folder = path if path.is_dir() else unpacked(path)
        if not (folder / "lib" / "libwebrtc.a").is_file():
            raise BuildError(f"PYWEBRTC_LIBWEBRTC: there is no lib/libwebrtc.a in {folder}")
        return folder
    folder = home() / name(pins.version, variant)
    if not folder.is_dir():
        raise BuildError(f"there is no {folder} yet")
    if not is_current(folder, pins, variant):
        raise BuildError(f"{folder} was built from other pins")
    return folder


def unpacked(archive: Path) -> Path:
    """The folder that an archive is unpacked to, once; builds that do it at one time do no harm."""
    try:
        with archive.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BuildError(f"PYWEBRTC_LIBWEBRTC: {error.strerror}: {archive}") from None
    target = home() / "unpacked" / digest[:16] / archive.name.removesuffix(".tar.xz")
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as staging:
        try:
            with tarfile.open(archive) as tar:
                # Debian 12's Python, 3.11.2, is older than filters.
                safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                tar.extractall(staging, **safely)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BuildError(f"PYWEBRTC_LIBWEBRTC: {archive} cannot be unpacked: {error}") from None
        top = list(Path(staging).iterdir())
        if len(top) != 1 or not top[0].is_dir():
            raise BuildError(f"PYWEBRTC_LIBWEBRTC: {archive} does not hold exactly one folder")
        try:
            top[0].rename(target)
        except OSError:
            # Another build was faster; a folder that is in use is not replaced.
            if not target.is_dir():
                raise
    return target

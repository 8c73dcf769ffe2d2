"""The result: include/, lib/ and share/ of one folder, and the archive of it."""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from builder.console import BuildError, Console
from builder.pins import Pins

# Headers of libwebrtc's own tests.
TESTS = re.compile(r"^(?!third_party/).*(/(test|mock)/|_test\.h$|unittest)")


def folder(
    pins: Pins,
    console: Console,
    target: Path,
    *,
    source: Path,
    objects: Path,
    codecs: Path | None,
    version: str,
) -> None:
    """Make the folder `target`, complete or not at all.

    `codecs` has lib*.a and the sources of the codecs that are not in `source`; `version` is the text of
    share/VERSION.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pack-") as staging:
        result = Path(staging) / target.name
        _headers(pins, source, objects, result / "include")
        _libraries(objects, codecs, result / "lib")
        _share(pins, console, source, objects, codecs, version, result / "share")
        shutil.rmtree(target, ignore_errors=True)
        result.rename(target)


def archive(target: Path) -> Path:
    """Make the .tar.xz beside a folder: the same bytes for the same files, whoever packs them and when."""

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        return member.replace(uid=0, gid=0, uname="", gname="", mtime=0, deep=False)

    result = target.with_name(target.name + ".tar.xz")
    partial = target.with_name(result.name + ".partial")
    with tarfile.open(partial, "w:xz") as tar:
        tar.add(target, target.name, filter=anonymous)
    return partial.rename(result)


def _headers(pins: Pins, source: Path, objects: Path, target: Path) -> None:
    for top in pins.pack["headers"]:
        _copy_headers(source / top, source, target)
    _copy_headers(objects / "gen", objects / "gen", target)


def _copy_headers(folder: Path, root: Path, target: Path) -> None:
    if not folder.is_dir():
        raise BuildError(f"there is no {folder}")
    for path in folder.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.suffix in {".h", ".inc"} and not TESTS.search(name):
            _copy(path, target / name)


def _libraries(objects: Path, codecs: Path | None, target: Path) -> None:
    _copy(objects / "obj" / "libwebrtc.a", target / "libwebrtc.a")
    for path in codecs.glob("lib*.a") if codecs else ():
        _copy(path, target / path.name)


def _share(
    pins: Pins, console: Console, source: Path, objects: Path, codecs: Path | None, version: str, target: Path
) -> None:
    for codec in pins.codecs:
        for name in codec.licenses:
            origin = codecs / codec.name if codecs else source / codec.upstream
            _copy(origin / name, target / "licenses" / codec.name / name)
    for owner, paths in pins.licenses.items():
        for name in paths:
            path = source / name
            # An absolute path, libc++'s, is Debian's; a checkout may be built where libc++ is the system's.
            if path.is_relative_to(source) or codecs:
                _copy(path, target / "licenses" / owner / path.name)

    defines = console.run(["gn", "desc", objects, "//:webrtc", "defines"], cwd=source).split()
    public = [
        define
        for define in defines
        if re.fullmatch("|".join(pins.pack["defines"]), define) and define not in pins.pack["private_defines"]
    ]
    (target / "defines.txt").write_text("".join(f"{define}\n" for define in public))
    args = re.sub(r"^(#.*|clang_base_path=.*|)\n", "", (objects / "args.gn").read_text(), flags=re.MULTILINE)
    (target / "args.gn").write_text(args)
    (target / "VERSION").write_text(version)


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # With its time: what is packed again is not compiled again.
        shutil.copy2(path, target)
    except FileNotFoundError:
        raise BuildError(f"there is no {path}") from None

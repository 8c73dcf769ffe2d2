"""What the linker does not say of an extension module: what is missing in it, and what it needs."""

from __future__ import annotations

import re
from pathlib import Path

from . import steps

# Every Linux has these. A C++ library would be another one than libwebrtc's.
LIBRARIES = re.compile(r"(ld-linux.*|libc|libm|libdl|libpthread|librt)\.so\.\d+|libclang_rt\.asan.*\.so")
# What the process has: the interpreter. libc's are known by their versions.
PRESENT = re.compile(r"_?_?Py.*|.*@.*")
# The sanitizer's runtime stands in for some of libc and for new and delete, without versions.
RUNTIME = "libclang_rt.asan-x86_64.so"


def check(module: Path) -> None:
    """Raise where the module would not load, or not everywhere.

    A module may leave symbols to be found when it is loaded, as Python's are: so one that libwebrtc does
    not have is no error of the linker, but an ImportError.
    """
    listing = steps.output(["llvm-readelf-19", "--dynamic", module])
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", listing)
    missing = {symbol for symbol in symbols(module, "--undefined-only") if not PRESENT.fullmatch(symbol)}
    if missing and RUNTIME in needed:
        missing -= symbols(steps.output(["clang-19", f"-print-file-name={RUNTIME}"]), "--defined-only")
    if missing:
        raise steps.StepError(f"nothing defines {'; '.join(sorted(missing))}")
    foreign = [name for name in needed if not LIBRARIES.fullmatch(name)]
    if foreign:
        raise steps.StepError(f"{module.name} needs {', '.join(foreign)}")


def symbols(library: str | Path, which: str) -> set[str]:
    """The dynamic symbols that a library defines, or that it cannot do without."""
    listing = steps.output(["llvm-nm-19", "--dynamic", which, "--demangle", library])
    names = (re.fullmatch(r"\s*(?:[0-9a-f]+ )?([A-Za-z]) (.*)", line) for line in listing.splitlines())
    # Undefined and weak: it can.
    return {name[2] for name in names if name and name[1] != "w"}

"""What the linker does not say of an extension module: what is missing in it, and what it needs."""

from __future__ import annotations

import re
from pathlib import Path

from . import steps

# Every Linux has these. A C++ library would be another one than libwebrtc's.
LIBRARIES = re.compile(r"(ld-linux.*|libc|libm|libdl|libpthread|librt)\.so\.\d+|libclang_rt\.asan.*\.so")
# What the process has: the interpreter, and in its place the sanitizer. libc's are known by their versions.
PRESENT = re.compile(r"_?_?Py.*|__(asan|sanitizer|lsan|ubsan)_.*|.*@.*")


def check(module: Path) -> None:
    """Raise where the module would not load, or not everywhere.

    A module may leave symbols to be found when it is loaded, as Python's are: so one that libwebrtc does
    not have is no error of the linker, but an ImportError.
    """
    listing = steps.output(["llvm-nm-19", "--dynamic", "--undefined-only", "--demangle", module])
    symbols = [
        line.strip().removeprefix("U ") for line in listing.splitlines() if line.strip().startswith("U ")
    ]
    missing = [symbol for symbol in symbols if not PRESENT.fullmatch(symbol)]
    if missing:
        raise steps.StepError(f"nothing defines {'; '.join(missing)}")
    listing = steps.output(["llvm-readelf-19", "--dynamic", module])
    foreign = [name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", listing) if not LIBRARIES.fullmatch(name)]
    if foreign:
        raise steps.StepError(f"{module.name} needs {', '.join(foreign)}")

"""What is pinned: pins.toml, args.gn, patches/ and stand-ins/, and what they hash to."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Source:
    """A Debian source package: its files and their sha256, and how a codec's is built."""

    name: str
    version: str
    files: dict[str, str]
    upstream: str = ""
    cflags: str = ""
    options: Sequence[str] = ()
    licenses: Sequence[str] = ()


@dataclass(frozen=True)
class Pins:
    """pins.toml, read; the tables that one step alone looks at stay tables."""

    version: str
    milestone: str
    suite: str
    packages: list[str]
    chromium: Source
    codecs: list[Source]
    tree: dict[str, Any]
    pack: dict[str, Any]
    licenses: dict[str, list[str]]
    variants: dict[str, dict[str, Any]]

    @property
    def sources(self) -> list[Source]:
        """Everything that is downloaded."""
        return [self.chromium, *self.codecs]

    @property
    def patches(self) -> list[Path]:
        """Patches of ours, applied after Debian's."""
        return sorted((HERE / "patches").glob("*.patch"))

    @property
    def stand_ins(self) -> Path:
        """Files for what the source tree lacks, at their paths in it."""
        return HERE / "stand-ins"

    def args(self, variant: str) -> dict[str, str]:
        """GN's arguments, the variant's over the common ones."""
        lines = (line.strip() for line in (HERE / "args.gn").read_text().splitlines())
        common = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        extra: dict[str, str] = self.variants[variant]["args"]
        return common | extra

    def key(self, step: str, variant: str = "") -> str:
        """A hash of everything that a step's result depends on, the steps before it included."""
        match step:
            case "fetch":
                inputs: list[object] = [self.suite, self.sources]
            case "tree":
                patches = [path.read_text() for path in self.patches]
                stand_ins = {
                    str(path.relative_to(self.stand_ins)): path.read_text()
                    for path in sorted(self.stand_ins.rglob("*"))
                    if path.is_file()
                }
                inputs = [self.chromium, self.tree, patches, stand_ins]
            case "codecs":
                inputs = [self.codecs]
            case "configure":
                inputs = [self.key("tree"), self.args(variant)]
            case "pack":
                inputs = [
                    self.key("configure", variant),
                    self.key("codecs"),
                    self.pack,
                    self.licenses,
                    self.variants[variant],
                ]
            case _:
                raise ValueError(step)
        return hashlib.sha256(repr(inputs).encode()).hexdigest()


@cache
def load() -> Pins:
    """Read pins.toml."""
    data = tomllib.loads((HERE / "pins.toml").read_text())
    chromium, *codecs = (Source(**entry) for entry in data.pop("source"))
    return Pins(chromium=chromium, codecs=codecs, **data)

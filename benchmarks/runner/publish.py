"""The documentation's tables: between two comments, made of the file that the first of them names."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import table
from .results import Results

ROOT = Path(__file__).resolve().parents[2]
BLOCKS: dict[str, Callable[[Results], str]] = {
    "README.md": table.summary,
    "docs/performance.md": table.document,
}

_BLOCK = re.compile(r"<!-- from (benchmarks/results/\S+\.json) -->\n.*?<!-- to here -->", re.DOTALL)


def block(source: str, text: str) -> str:
    """A table and where it is from."""
    return f"<!-- from {source} -->\n\n{text.strip()}\n\n<!-- to here -->"


def publish(results: Results, source: Path) -> None:
    """Put the tables of a file into the documentation."""
    for document, render in BLOCKS.items():
        put(document, source, render(results))


def put(document: str, source: Path, text: str) -> None:
    """Put a table into a document, in place of the one that is there."""
    name = source.resolve().relative_to(ROOT).as_posix()
    path = ROOT / document
    written, count = _BLOCK.subn(lambda _: block(name, text), path.read_text())
    if count != 1:
        raise SystemExit(f"{document} has {count} tables of benchmarks, not one")
    path.write_text(written)


def published(document: str) -> tuple[str, str]:
    """The file that a document's table names, and the table with its comments."""
    found = _BLOCK.search((ROOT / document).read_text())
    if found is None:
        raise ValueError(f"{document} has no table of benchmarks")
    return found[1], found[0]

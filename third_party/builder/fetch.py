"""Download Debian source packages through apt, without touching the system's configuration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from builder.console import BuildError, Console
from builder.pins import Pins

ETC = Path("/etc/apt")


def fetch(pins: Pins, console: Console, work: Path) -> None:
    """Download every file of every source package that is not here yet, and check all of them."""
    downloads = work / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    wanted = {downloads / file: digest for source in pins.sources for file, digest in source.files.items()}
    missing = [path for path, digest in wanted.items() if _sha256(path) != digest]
    if missing:
        _download(pins, console, work / "apt", downloads)
    for path in missing:
        if (found := _sha256(path)) != wanted[path]:
            raise BuildError(
                f"{path} is not the file that is pinned:\n  sha256    {found}\n  pins.toml {wanted[path]}\n"
                "Delete it to try again."
            )


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "(no such file)"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(pins: Pins, console: Console, private: Path, downloads: Path) -> None:
    parts = private / "sources.list.d"
    for folder in (parts, private / "lists" / "partial", private / "cache"):
        folder.mkdir(parents=True, exist_ok=True)
    (parts / "source.sources").write_text(stanzas := _deb822(pins.suite))
    (parts / "source.list").write_text(lines := _one_line(pins.suite))
    if not stanzas and not lines:
        raise BuildError(
            f"the sources are Debian's of {pins.suite}, and {ETC} names no mirror of {pins.suite}"
        )
    options = [
        f"Dir::State::Lists={private / 'lists'}",
        f"Dir::Cache={private / 'cache'}",
        "Dir::Etc::SourceList=/dev/null",
        f"Dir::Etc::SourceParts={parts}",
        # apt's own user cannot write below a home folder; what it downloads is checked all the same.
        "APT::Sandbox::User=root",
        # Progress that a program can read.
        "APT::Status-Fd=1",
        "Acquire::Retries=3",
    ]
    apt = ["apt-get", *(word for option in options for word in ("-o", option))]
    console.run([*apt, "update"], cwd=private, progress=_percent("lists of sources"))
    try:
        console.run(
            [
                *apt,
                "source",
                "--download-only",
                *(f"{source.name}={source.version}" for source in pins.sources),
            ],
            cwd=downloads,
            progress=_percent("downloading"),
        )
    except BuildError as error:
        raise BuildError(
            f"{error}\n\nIf a version was not found, the mirror in {ETC} does not have it or not its source: "
            "name another mirror there, or roll the pin (third_party/README.md)."
        ) from None


def _percent(what: str) -> Callable[[str], str | None]:
    def shown(line: str) -> str | None:
        match = re.match(r"dlstatus:\d+:([\d.]+):", line)
        return f"{what}: {float(match[1]):.0f} %" if match else None

    return shown


def _deb822(suite: str) -> str:
    """The stanzas of /etc/apt/sources.list.d/*.sources that are of our suite, for sources."""
    stanzas = (
        stanza.strip()
        for path in sorted((ETC / "sources.list.d").glob("*.sources"))
        for stanza in re.split(r"\n\s*\n", path.read_text())
    )
    return "\n\n".join(
        re.sub(r"^Types:.*$", "Types: deb-src", stanza, flags=re.MULTILINE)
        for stanza in stanzas
        if re.search(rf"^Suites:(.*\s)?{suite}\b", stanza, re.MULTILINE)
    )


def _one_line(suite: str) -> str:
    """The same of the older format, in /etc/apt/sources.list and sources.list.d/*.list."""
    paths = [ETC / "sources.list", *sorted((ETC / "sources.list.d").glob("*.list"))]
    text = "\n".join(path.read_text() for path in paths if path.is_file())
    found = re.findall(rf"^deb\s+((?:\[[^]]*\]\s+)?\S+\s+{suite}\b.*)$", text, re.MULTILINE)
    return "".join(f"deb-src {line}\n" for line in found)

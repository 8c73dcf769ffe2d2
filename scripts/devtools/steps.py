"""Steps: one line with its time when all is well; everything that was said when not."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .paths import ROOT

Command = Sequence[str | Path]


class StepError(Exception):
    """A step went wrong; what a person needs to know has been printed or is the message."""


def run(title: str, command: Command, *, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run a command quietly. On failure print its whole output and raise StepError."""
    started = time.monotonic()
    said: list[str] = []
    try:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        report("✗", title, started)
        raise StepError(f"{title}: {error.filename} is not installed; try scripts/dev setup") from None
    assert process.stdout is not None
    show_progress(title, "")
    for line in process.stdout:
        said.append(line)
        show_progress(title, line)
    if process.wait() == 0:
        report("✓", title, started)
        return
    report("✗", title, started)
    print(f"$ {shlex.join(map(str, command))}\n{''.join(said)}", flush=True)
    raise StepError(f"{title} failed (exit status {process.returncode})")


def call(title: str, function: Callable[[], str]) -> None:
    """The same for a function, whose text, if any, says what was wrong."""
    started = time.monotonic()
    show_progress(title, "")
    wrong = function()
    report("✗" if wrong else "✓", title, started)
    if wrong:
        print(wrong, flush=True)
        raise StepError(f"{title} failed")


def stream(title: str, command: Command, *, env: Mapping[str, str] | None = None) -> None:
    """Run a command whose output is what was asked for."""
    print(f"· {title}", flush=True)
    status = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env={**os.environ, **(env or {})}, check=False
    ).returncode
    if status:
        raise StepError(f"{title} failed (exit status {status})")


def output(command: Command, *, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepError(f"$ {shlex.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def show_progress(title: str, line: str) -> None:
    """On a terminal, the title and what is being said, in one line that is written over."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{f'· {title}  {line.strip()}'[:width]}", end="", flush=True)


def report(mark: str, title: str, started: float) -> None:
    """The line that stays."""
    start = "\r\x1b[K" if sys.stdout.isatty() else ""
    print(f"{start}{mark} {title:<48} {time.monotonic() - started:7.1f} s", flush=True)

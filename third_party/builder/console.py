"""What the person sees: numbered steps, one line of progress, and where the log is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO


class BuildError(Exception):
    """Something that a person can act on: shown without a traceback."""


class Console:
    """Steps on the terminal, everything in the log."""

    # A line every so often where no terminal can be rewritten, as in CI.
    QUIET_SECONDS = 30

    def __init__(self, log: Path, steps: int) -> None:
        self.log_path = log
        self.steps = steps
        self.step_number = 0
        self.started = time.monotonic()
        self._terminal = sys.stdout.isatty()
        self._shown = 0.0
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log: TextIO = log.open("w")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._log.close()

    def elapsed(self) -> str:
        """Minutes and seconds since the start."""
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes}:{seconds:02}"

    def step(self, title: str) -> None:
        """Begin the next step."""
        self.step_number += 1
        self._shown = time.monotonic()
        self.line(f"[{self.step_number}/{self.steps}] {title}  ({self.elapsed()})")

    def line(self, text: str) -> None:
        """Print a line, and log it."""
        self._end_progress()
        print(text, flush=True)
        print(text, file=self._log, flush=True)

    def progress(self, text: str) -> None:
        """Show how far the step is: in place on a terminal, now and then elsewhere."""
        now = time.monotonic()
        if self._terminal:
            width = shutil.get_terminal_size().columns
            print(f"\r\x1b[K      {text}"[: width + 4], end="", flush=True)
        elif now - self._shown >= self.QUIET_SECONDS:
            print(f"      {text}  ({self.elapsed()})", flush=True)
            self._shown = now

    def _end_progress(self) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", flush=True)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: dict[str, str] | None = None,
        stdin: str | None = None,
        progress: Callable[[str], str | None] = lambda line: None,
    ) -> str:
        """Run a command with its output in the log, and return the output.

        `progress` makes of a line what the person sees of it, if anything. `env` is added to ours.
        """
        print("$", *command, file=self._log, flush=True)
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                # Messages are shown to people and parsed by us: in one language.
                env=os.environ | {"LC_ALL": "C.UTF-8"} | (env or {}),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except FileNotFoundError as error:
            raise BuildError(f"{error.filename} was not found") from None
        with process:
            if process.stdin and stdin is not None:
                process.stdin.write(stdin)
                process.stdin.close()
            assert process.stdout
            output = []
            for line in process.stdout:
                self._log.write(line)
                output.append(line)
                if shown := progress(line.rstrip()):
                    self.progress(shown)
        if process.returncode:
            self._end_progress()
            raise BuildError(self._explain(command, process.returncode, output))
        return "".join(output)

    def _explain(self, command: Sequence[str | Path], code: int, output: list[str]) -> str:
        tail = "".join(deque(output, maxlen=25)).rstrip()
        name = Path(command[0]).name
        return f"{name} failed with code {code}:\n\n{tail}\n\nThe whole log: {self.log_path}"

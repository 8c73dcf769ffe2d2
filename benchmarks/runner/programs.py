"""The programs: how each is started, alone or as two processes, and what it says."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .plan import ONE

PATIENCE = 60
"""Seconds for a run; one that takes longer has failed."""
PROGRAMS = Path(__file__).resolve().parents[1] / "programs" / "main.py"
NODE = Path(__file__).resolve().parents[1] / "node" / "main.js"


class RunError(Exception):
    """A program failed, or said nothing; the message is what there is to know."""


@dataclass(frozen=True)
class Program:
    """A command to which scenario and options are added."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def run(self, scenario: str, options: str, mode: str) -> dict[str, Any]:
        """What the program says of one run."""
        words = [*self.command, scenario, *self.options, *options.split()]
        if mode == ONE:
            processes = [self._start([*words, "role=both"], ())]
        else:
            near, far = socket.socketpair()
            with near, far:
                processes = [
                    self._start([*words, f"role={role}", f"fd={end.fileno()}"], (end.fileno(),))
                    for role, end in (("offer", near), ("answer", far))
                ]
        try:
            said, complaint = processes[0].communicate(timeout=PATIENCE)
            for other in processes[1:]:
                other.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise RunError(f"nothing came in {PATIENCE} s") from None
        finally:
            for process in processes:
                _end(process)
        lines = [line for line in said.decode().splitlines() if line.startswith("{")]
        if not lines:
            raise RunError(
                complaint.decode(errors="replace")[-2000:] or f"exit status {processes[0].returncode}"
            )
        return json.loads(lines[-1])

    def _start(self, words: list[str], fds: tuple[int, ...]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            words,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=fds,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def programs(folder: Path, native: Path) -> dict[str, Program]:
    """All of them: peers from their environments in ``folder``, ours from the Python that runs this."""
    found = [
        Program("native", (str(native),), options=("threads=2",)),
        Program("native-1", (str(native),), options=("threads=1",)),
        Program("pywebrtc", (sys.executable, str(PROGRAMS), "pywebrtc")),
        Program("wrtc", (str(folder / "wrtc/bin/python"), str(PROGRAMS), "wrtc"), {"PYTHONPATH": ""}),
        Program("aiortc", (str(folder / "aiortc/bin/python"), str(PROGRAMS), "aiortc"), {"PYTHONPATH": ""}),
        Program(
            "roamhq", (os.environ.get("BENCH_NODE", "node"), str(NODE), str(folder / "roamhq/node_modules"))
        ),
    ]
    return {program.name: program for program in found}

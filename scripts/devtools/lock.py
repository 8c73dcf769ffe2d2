"""One at a time: two runs of scripts/dev must not write the same folder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from . import paths


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of this name; waits, and says so, while another run holds it."""
    paths.BUILD.mkdir(exist_ok=True)
    with (paths.BUILD / f".lock-{name}").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"  another scripts/dev works on {name}; waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""PyAV, where it is installed, and its errors as those of Python and ours."""

from __future__ import annotations

import contextlib
import importlib
import os
from typing import TYPE_CHECKING, Any

from pywebrtc.exceptions import (
    NetworkError,
    NotReadableError,
    NotSupportedError,
    OperationError,
    TimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Generator


def pyav() -> Any:
    """The module ``av``.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("av")
    except ImportError as error:
        message = "pywebrtc.contrib needs PyAV for files and devices: pip install 'pywebrtc[contrib]'"
        raise ImportError(message, name="av") from error


@contextlib.contextmanager
def errors_of(name: str) -> Generator[None]:
    """Errors of FFmpeg's as those of Python and ours, with the file, URL or device that they are about."""
    try:
        yield
    except pyav().FFmpegError as error:
        raise translated(error, name) from error


def translated(error: Any, name: str) -> Exception:
    """What a caller who knows nothing of FFmpeg expects in place of its error."""
    kinds = pyav().error
    message = f"{name}: {error.strerror}"
    # What the operating system refuses is what open() would raise: FileNotFoundError, PermissionError, ...
    if isinstance(error, OSError):
        return OSError(error.errno, os.strerror(error.errno or 0), name)
    if isinstance(error, kinds.InvalidDataError | kinds.EOFError):
        return NotReadableError(f"{name}: empty, cut, damaged or not media ({error.strerror})")
    if isinstance(error, kinds.ExitError):  # its timeout interrupted it
        return TimeoutError(f"{name}: no data in time")
    if isinstance(error, kinds.LookupError | kinds.PatchWelcomeError):
        return NotSupportedError(message)
    if isinstance(error, kinds.HTTPError | kinds.HTTPClientError):
        return NetworkError(message)
    return OperationError(message)

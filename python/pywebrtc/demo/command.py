"""Options, the child, the limit of time, and the verdict."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import faulthandler
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import cast

from .console import Progress, table
from .receiver import receive
from .sender import DemoError, Measured, Sender
from .signalling import Signalling
from .verdict import problems, rows

# Beside the seconds of media: for starting, connecting, the bursts and the measuring, on a busy machine.
_MORE_SECONDS = 11
# After that nobody listens any more, not even an event loop.
_LAST_RESORT = 2


def main(arguments: list[str]) -> int:
    """The command line. Returns the exit status: 0 where all is well."""
    options = _parse(arguments)
    limit = options.seconds + _MORE_SECONDS
    faulthandler.dump_traceback_later(limit + _LAST_RESORT, exit=True)
    try:
        if options.answer:
            # Ctrl-C goes to both; this one leaves when the other hangs up.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            asyncio.run(receive(options.answer, options.output))
            return 0
        return _demo(options, limit)
    except KeyboardInterrupt:
        return 130
    finally:
        faulthandler.cancel_dump_traceback_later()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pywebrtc")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    demo = commands.add_parser(
        "demo",
        help="two processes call each other: video, a tone, messages",
        description="Two processes on this machine call each other, without any server: one sends 1280x720 "
        "video, a tone and messages, the other receives. What arrived is measured; the exit status is 0 "
        "where all is well. It takes a few seconds more than the call, and at most 13.",
    )
    length = demo.add_mutually_exclusive_group()
    length.add_argument(
        "--seconds", type=_seconds, default=6.0, help="how long the call is, 2 to 60 (default: %(default)g)"
    )
    length.add_argument(
        "--quick", dest="seconds", action="store_const", const=2.0, help="the same as --seconds 2"
    )
    demo.add_argument(
        "--output",
        type=Path,
        default=Path(tempfile.gettempdir(), "pywebrtc-demo.png"),
        help="where a sent and a received picture are saved, side by side (default: %(default)s)",
    )
    demo.add_argument("--answer", type=Path, help=argparse.SUPPRESS)  # what the child is started with
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 2 <= seconds <= 60:
        raise ValueError(text)
    return seconds


def _demo(options: argparse.Namespace, limit: float) -> int:
    began = time.monotonic()
    try:
        measured = asyncio.run(_call(options, limit))
        wrong = problems(measured)
        print(table(rows(measured, options.output)))
    except TimeoutError:
        wrong = [f"it was not done after {limit:g} s"]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the verdict
        known = _leaves(error)
        wrong = [str(leaf) if isinstance(leaf, DemoError) else repr(leaf) for leaf in known]
        if not all(isinstance(leaf, DemoError) for leaf in known):
            traceback.print_exception(error)
    if wrong:
        print("\nSomething is off:", *wrong, sep="\n  ", file=sys.stderr)
        return 1
    print(f"\nAll is well. ({time.monotonic() - began:.1f} s)")
    return 0


async def _call(options: argparse.Namespace, limit: float) -> Measured:
    with tempfile.TemporaryDirectory(prefix="pywebrtc-") as folder:
        async with asyncio.timeout(limit):
            return await _with_child(options, Path(folder) / "signalling")


async def _with_child(options: argparse.Namespace, socket: Path) -> Measured:
    connected: asyncio.Future[Signalling] = asyncio.get_running_loop().create_future()
    burst = min(1.0, options.seconds / 8)
    progress = Progress(options.seconds + 2 * burst + 1.5)

    async def calling() -> Measured:
        signalling = await connected
        measured = await Sender(signalling, options.seconds, burst, progress).call()
        await signalling.close()
        return measured

    server = await asyncio.start_unix_server(
        lambda reader, writer: connected.set_result(Signalling(reader, writer)), socket
    )
    progress.step("starting the receiver")
    command = ["-m", "pywebrtc", "demo", "--answer", socket, "--output", options.output.absolute()]
    command += ["--seconds", str(options.seconds)]
    child = await asyncio.create_subprocess_exec(sys.executable, *command)
    drawing = asyncio.create_task(progress.run())
    call, gone = asyncio.create_task(calling()), asyncio.create_task(child.wait())
    try:
        await asyncio.wait({call, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            raise DemoError(f"the receiver died, with exit status {gone.result()}")
        measured = call.result()  # or what went wrong: the receiver waits then, and is killed
        if status := await gone:
            raise DemoError(f"the receiver ended with exit status {status}")
        return measured
    finally:
        for task in (call, gone, drawing):
            task.cancel()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        await asyncio.gather(call, gone, drawing, return_exceptions=True)
        server.close()


def _leaves(error: BaseException) -> list[BaseException]:
    """The exceptions in an exception group."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return [leaf for inner in group.exceptions for leaf in _leaves(inner)]
    return [error]

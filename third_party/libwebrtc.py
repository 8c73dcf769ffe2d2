#!/usr/bin/env python3
"""libwebrtc for pywebrtc: build it from a pinned source, or say where it lies.

    libwebrtc.py build [--variant V] [--jobs N] [--work DIR] [--output DIR]
    libwebrtc.py path [--variant V]       print the folder of a ready libwebrtc, or fail
    libwebrtc.py packages                 print the Debian packages that the build needs
    libwebrtc.py pack --version M150 --source DIR --build DIR
                                          pack an upstream checkout that was built with depot_tools

See README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from builder import cache, console, pins


def parse_arguments() -> argparse.Namespace:
    """The command line. PYWEBRTC_VARIANT is the default of --variant, for CMake and CI."""
    known = pins.load()
    variant = argparse.ArgumentParser(add_help=False)
    variant.add_argument(
        "--variant",
        choices=sorted(known.variants),
        default=os.environ.get("PYWEBRTC_VARIANT") or "release",
    )
    output = argparse.ArgumentParser(add_help=False)
    output.add_argument("--output", type=Path, default=cache.home(), help="where the result goes")

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    build = verbs.add_parser("build", parents=[variant, output], help="build from the pinned source")
    build.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    build.add_argument("--work", type=Path, default=cache.home() / "work", help="downloads, sources, objects")
    verbs.add_parser("path", parents=[variant], help="print the folder of a ready libwebrtc")
    verbs.add_parser("packages", help="print the Debian packages that the build needs")
    pack = verbs.add_parser("pack", parents=[variant, output], help="pack a depot_tools build")
    pack.add_argument("--version", required=True, help="the milestone, as M150, or all four numbers")
    pack.add_argument("--source", type=Path, required=True, help="the checkout's src folder")
    pack.add_argument("--build", type=Path, required=True, help="its output folder, as out/Release")

    arguments = parser.parse_args()
    # argparse does not hold a default against the choices.
    if getattr(arguments, "variant", "release") not in known.variants:
        parser.error(f"PYWEBRTC_VARIANT is one of {', '.join(sorted(known.variants))}")
    return arguments


def main() -> None:
    """Run one verb; what a person can act on is printed without a traceback."""
    arguments = parse_arguments()
    try:
        match arguments.verb:
            case "path":
                print(cache.locate(pins.load(), arguments.variant))
            case "packages":
                print(*pins.load().packages, sep="\n")
            case "build":
                from builder import build

                build.build(
                    pins.load(),
                    arguments.variant,
                    jobs=arguments.jobs,
                    work=arguments.work.resolve(),
                    output=arguments.output.resolve(),
                )
            case "pack":
                from builder import build

                build.pack_checkout(
                    pins.load(),
                    arguments.variant,
                    version=arguments.version,
                    source=arguments.source.resolve(),
                    objects=arguments.build.resolve(),
                    output=arguments.output.resolve(),
                )
    except console.BuildError as error:
        sys.exit(f"libwebrtc: {error}")
    except KeyboardInterrupt:
        sys.exit("libwebrtc: interrupted; the next run goes on from here")


if __name__ == "__main__":
    main()

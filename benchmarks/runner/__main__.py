"""``scripts/dev bench``: ours, C++ and the peers in turn, then JSON, tables and pictures."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from . import machine, plots, publish, table
from .plan import ALL, FAMILIES, Family
from .programs import Program, RunError, programs
from .results import Results

KEPT = Path(__file__).resolve().parents[1] / "results"


def parse() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/dev bench", description=__doc__, allow_abbrev=False)
    names = [family.name for family in FAMILIES]
    parser.add_argument(
        "--quick", action="store_true", help="a little of everything, once, in under two minutes"
    )
    parser.add_argument("--only", action="append", choices=names, help="this family; may be given again")
    parser.add_argument("--rounds", type=int, help="how often; otherwise what a family needs")
    parser.add_argument("--programs", default=",".join(ALL), help=f"of {', '.join(ALL)}")
    parser.add_argument(
        "--output", type=Path, help="stem of the files; otherwise the date in benchmarks/results"
    )
    parser.add_argument("--report", type=Path, help="measure nothing: tables and pictures of this JSON file")
    parser.add_argument("--environments", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--native", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(arguments: argparse.Namespace, who: dict[str, Program]) -> Results:
    """Round by round, and in a round one program after the other: what disturbs one disturbs all."""
    about = machine.about(_options(arguments))
    results = Results(about)
    for family in FAMILIES:
        if not arguments.only or family.name in arguments.only:
            run_family(results, family, arguments, who)
    about["machine"]["load_after"] = machine.load()
    return results


def run_family(
    results: Results, family: Family, arguments: argparse.Namespace, who: dict[str, Program]
) -> None:
    """All rounds of a family."""
    started = time.monotonic()
    failed: set[tuple[str, str, str]] = set()
    rounds = arguments.rounds or (1 if arguments.quick else family.rounds)
    modes = family.modes[:1] if arguments.quick else family.modes
    chosen = family.quick if arguments.quick else family.options
    if not chosen:
        return
    for number in range(rounds):
        for mode in modes:
            for options in chosen:
                for name in family.programs:
                    run = name, mode, options
                    if name not in who or run in failed:
                        continue
                    try:
                        said = who[name].run(family.scenario, options, mode)
                    except RunError as error:
                        # Once is enough: it would fail again, and slowly.
                        failed.add(run)
                        results.failures.append(
                            {
                                "family": family.name,
                                "mode": mode,
                                "program": name,
                                "options": options,
                                "error": str(error),
                            }
                        )
                        print(f"✗ {family.name}, {mode}, {name}, {options}: {error}", flush=True)
                        continue
                    results.add(family.name, mode, name, said, number)
    print(f"✓ {family.name:<12} {rounds} rounds {time.monotonic() - started:7.1f} s", flush=True)


def _options(arguments: argparse.Namespace) -> str:
    words = ["--quick"] if arguments.quick else []
    words += [f"--only {name}" for name in arguments.only or ()]
    words += [f"--rounds {arguments.rounds}"] if arguments.rounds else []
    return " ".join(words) or "none"


def main() -> None:
    """Measure and write, or only write."""
    arguments = parse()
    if arguments.report:
        stem = arguments.report.with_suffix("")
        results = Results.read(arguments.report)
    else:
        who = programs(arguments.environments, arguments.native)
        who = {name: who[name] for name in arguments.programs.split(",")}
        results = measure(arguments, who)
        stem = arguments.output
        if stem is None and (arguments.quick or arguments.only):
            stem = arguments.environments / "results" / "partial"
        elif stem is None:
            stem = KEPT / results.about["date"].split()[0]
        stem.parent.mkdir(parents=True, exist_ok=True)
        results.write(stem.with_suffix(".json"))
    text = table.document(results)
    stem.with_suffix(".md").write_text(text)
    pictures = plots.write(results, stem)
    if stem.parent.resolve() == KEPT:
        publish.publish(results, stem.with_suffix(".json"))
    print(f"\n{table.targets(results)}\n{stem}.json, {stem}.md and {len(pictures)} pictures")


if __name__ == "__main__":
    main()

"""Results as Markdown: what was aimed at, and a table for each metric."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .plan import FAMILIES, OURS, RIVAL, TARGETS, Family, Metric, Target
from .results import Case, Results, measured, spread

TITLES = {
    "native": "C++",
    "native-1": "C++, one network thread",
    "pywebrtc": "**pywebrtc**",
    "wrtc": "wrtc",
    "aiortc": "aiortc",
    "roamhq": "@roamhq/wrtc",
}
NOTHING = "-"
"""Where there is no number."""


def document(results: Results) -> str:
    """All of it."""
    parts = [heading(results), "## What is aimed at\n", targets(results)]
    for family in measured(results, FAMILIES):
        parts += [f"## {family.title}\n", *(table(results, family, metric) for metric in family.metrics)]
    if results.failures:
        parts += ["## Failures\n", *(f"* {failure}" for failure in results.failures)]
    return "\n".join(parts) + "\n"


def heading(results: Results) -> str:
    """Where the numbers are from."""
    about = results.about
    machine = about["machine"]
    versions = "; ".join(
        f"{TITLES[program].strip('*')}: {', '.join(f'{name} {number}' for name, number in of.items())}"
        for program, of in about.get("versions", {}).items()
    )
    return (
        f"Measured {about['date']} on {machine['cores']} cores of {machine['cpu']}, "
        f"{machine['memory_gb']} GB, {machine['system']}; "
        f"load {machine['load_before']} before, {machine['load_after']} after. "
        f"Options: {about['options']}.\n\n{versions}.\n\n"
        "Numbers are medians of the rounds, in brackets half of their spread; ratios are medians of the "
        "rounds' ratios. CPU is user and system time of all threads.\n"
    )


def summary(results: Results) -> str:
    """A line for each number that is aimed at, in one process, and who has which."""
    programs = ("native", "pywebrtc", "wrtc", "aiortc", "roamhq")
    lines = [f"| | {' | '.join(TITLES[name] for name in programs)} |", f"|---{'|---' * len(programs)}|"]
    for target in TARGETS:
        found = _case(results, target)
        if found is None:
            continue
        mode, case, metric = found
        best = results.native(target.family, mode, case, metric)
        values = [
            results.median(target.family, mode, case, best if name == "native" else name, metric.name)
            for name in programs
        ]
        cells = [NOTHING if math.isnan(value) else digits(value) for value in values]
        title = f"{target.title}{f', {target.unit}' if target.unit else ''}"
        lines.append(f"| {title} | {' | '.join(cells)} |")
    machine = results.about["machine"]
    return "\n".join(lines) + (
        f"\n\nMedians, both peers in one process, {results.about['date']}, "
        f"{machine['cores']} cores of {machine['cpu']}.\n"
    )


def targets(results: Results) -> str:
    """What is aimed at, and what there is."""
    lines = ["| | to C++ | aim | to wrtc | aim |", "|---|---|---|---|---|"]
    for target in TARGETS:
        found = _case(results, target)
        if found is None:
            continue
        mode, case, metric = found
        native = results.native(target.family, mode, case, metric)
        ratio = results.ratio(target.family, mode, case, metric, native)
        difference = results.more(target.family, mode, case, metric, native)
        rival = results.ratio(target.family, mode, case, metric, RIVAL)
        sign = "≥" if metric.higher else "≤"
        cells = ["", ""]
        if target.native is not None:
            cells = [_mark(ratio, target.native, metric.higher, f"{ratio:.2f}"), f"{sign} {target.native}"]
        elif target.native_plus is not None:
            bound = target.native_plus
            cells = [_mark(difference, bound, False, f"{difference:+.0f}"), f"≤ +{bound:g}"]
        if target.rival is not None:
            cells += [_mark(rival, target.rival, metric.higher, f"{rival:.2f}"), f"{sign} {target.rival}"]
        else:
            cells += ["", ""]
        lines.append(f"| {target.title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def table(results: Results, family: Family, metric: Metric) -> str:
    """A metric of a family: a line a case, a column a program."""
    there = {key[3] for key in results.rows if key[0] == family.name}
    programs = [name for name in family.programs if name in there]
    compare = OURS in programs and len(programs) > 1
    titles = [TITLES[name] for name in programs]
    if compare:
        titles += ["to C++", "to wrtc"]
    lines = [
        f"{metric.title} ({'more' if metric.higher else 'less'} is better)\n",
        f"| | {' | '.join(titles)} |",
        f"|---{'|---' * len(titles)}|",
    ]
    for mode, case in results.cases(family.name):
        cells = [number(results.numbers(family.name, mode, case, name, metric.name)) for name in programs]
        if compare:
            native = results.native(family.name, mode, case, metric)
            cells += [
                _ratio(results.ratio(family.name, mode, case, metric, other)) for other in (native, RIVAL)
            ]
        if any(cell != NOTHING for cell in cells):
            lines.append(f"| {describe(case, mode, len(family.modes) > 1)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


_LOADS = {"idle": "idle", "task": "beside a busy task", "thread": "beside a busy thread"}
_WORDS: dict[str, Callable[[Any], str]] = {
    "size": lambda size: f"{size} B" if size < 1024 else f"{size // 1024} KiB",
    "ordered": lambda ordered: "" if ordered else "unordered",
    "connections": lambda count: f"{count} connections" if count > 1 else "",
    "trickle": lambda trickle: "trickle" if trickle else "all candidates first",
    "at_once": lambda count: f"{count} at once" if count > 1 else "",
    "pairs": lambda count: f"{count} pairs",
    "height": lambda height: f"{height}p",
    "width": lambda width: "",
    "streams": lambda count: f"{count} streams" if count > 1 else "1 stream",
    "load": lambda load: _LOADS.get(load, load),
}


def describe(case: Case, mode: str, with_mode: bool) -> str:
    """A case in words."""
    parts = [_WORDS.get(name, str)(value) for name, value in case]
    return ", ".join(filter(None, [*parts, mode if with_mode else ""])) or "all"


def number(numbers: list[float]) -> str:
    """The median, and its spread."""
    there = sorted(number for number in numbers if not math.isnan(number))
    if not there:
        return NOTHING
    middle = (there[(len(there) - 1) // 2] + there[len(there) // 2]) / 2
    wide = spread(there)
    known = len(there) > 1 and not math.isnan(wide)
    return f"{digits(middle)} (±{100 * wide:.0f} %)" if known else digits(middle)


def digits(value: float) -> str:
    """Three digits that count."""
    if value >= 1e5:
        return f"{value / 1000:,.0f}k"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _ratio(value: float) -> str:
    return NOTHING if math.isnan(value) else f"{value:.2f}"


def _mark(value: float, bound: float, higher: bool, shown: str) -> str:
    if math.isnan(value):
        return NOTHING
    return f"{shown} {'✓' if (value >= bound if higher else value <= bound) else '✗'}"


def _case(results: Results, target: Target) -> tuple[str, Case, Metric] | None:
    """The case that a target is about."""
    family = next(family for family in FAMILIES if family.name == target.family)
    metric = next(metric for metric in family.metrics if metric.name == target.metric)
    for mode, case in results.cases(target.family):
        if mode == target.mode and target.case.items() <= dict(case).items():
            return mode, case, metric
    return None

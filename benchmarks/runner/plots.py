"""Results as pictures: bars, in SVG, which needs nothing to be drawn and little to be kept."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

from .plan import FAMILIES, Family, Metric
from .results import Results, measured
from .table import TITLES, describe, digits

COLOURS = {
    "native": "#4c566a",
    "native-1": "#9aa3b5",
    "pywebrtc": "#d1495b",
    "wrtc": "#edae49",
    "aiortc": "#66a182",
    "roamhq": "#2e86ab",
}
WIDTH, LABELS, BAR, GAP, TOP = 860, 250, 13, 14, 64


def write(results: Results, stem: Path) -> list[Path]:
    """A picture for the first metric of each family, and MB/s beside messages/s."""
    written = []
    for family in measured(results, FAMILIES):
        for metric in family.metrics[: 2 if family.name == "throughput" else 1]:
            path = stem.with_name(f"{stem.name}-{family.name}-{metric.name.replace('_', '-')}.svg")
            path.write_text(picture(results, family, metric))
            written.append(path)
    return written


def picture(results: Results, family: Family, metric: Metric) -> str:
    """Groups of bars, a group a case; each group has its own scale, since sizes differ by powers of ten."""
    groups = []
    for mode, case in results.cases(family.name):
        values = {
            name: results.median(family.name, mode, case, name, metric.name) for name in family.programs
        }
        values = {name: value for name, value in values.items() if not math.isnan(value)}
        if values:
            groups.append((describe(case, mode, len(family.modes) > 1), values))
    better = "more" if metric.higher else "less"
    drawn: list[str] = []
    y = TOP
    for label, values in groups:
        height = BAR * len(values)
        most = max(values.values()) or 1
        drawn.append(_text(LABELS - 10, y + height / 2 + 4, label, "end"))
        for name, value in values.items():
            length = (WIDTH - LABELS - 110) * value / most
            drawn.append(
                f'<rect x="{LABELS}" y="{y}" width="{max(1, length):.1f}" height="{BAR - 2}" '
                f'fill="{COLOURS[name]}"/>'
            )
            drawn.append(_text(LABELS + length + 5, y + BAR - 4, digits(value), size=10))
            y += BAR
        y += GAP
    x = 10.0
    for name in family.programs:
        title = TITLES[name].strip("*")
        drawn.append(f'<rect x="{x}" y="36" width="11" height="11" fill="{COLOURS[name]}"/>')
        drawn.append(_text(x + 16, 46, title))
        x += 34 + 6.6 * len(title)
    drawn.append(_text(10, 20, f"{family.title}: {metric.title} ({better} is better)", size=14))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'

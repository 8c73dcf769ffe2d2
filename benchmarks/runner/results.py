"""The numbers of a run: gathered round by round, written as JSON, read again."""

from __future__ import annotations

import json
import math
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .plan import NATIVE, OURS, Family, Metric

Case = tuple[tuple[str, Any], ...]


@dataclass
class Results:
    """What came of a run."""

    about: dict[str, Any]
    """Date, machine, options, versions."""
    rows: dict[tuple[str, str, Case, str], dict[str, list[float]]] = field(default_factory=dict)
    """By family, mode, case and program: for each metric a number a round."""
    failures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, family: str, mode: str, program: str, said: dict[str, Any], number: int) -> None:
        """What a program said in a round."""
        self.about.setdefault("versions", {})[program] = said["versions"]
        for result in said["results"]:
            key = family, mode, tuple(result["case"].items()), program
            row = self.rows.setdefault(key, {})
            for metric, value in result["values"].items():
                numbers = row.setdefault(metric, [])
                # A round that failed leaves a gap: rounds are compared with each other.
                numbers += [math.nan] * (number - len(numbers))
                numbers.append(math.nan if value is None else float(f"{value:.5g}"))

    def cases(self, family: str) -> list[tuple[str, Case]]:
        """Modes and cases of a family, in their order."""
        return list(dict.fromkeys((mode, case) for name, mode, case, _ in self.rows if name == family))

    def numbers(self, family: str, mode: str, case: Case, program: str, metric: str) -> list[float]:
        """A number a round; empty where there are none."""
        return self.rows.get((family, mode, case, program), {}).get(metric, [])

    def median(self, family: str, mode: str, case: Case, program: str, metric: str) -> float:
        """Of the rounds; NaN where there are none."""
        return median(self.numbers(family, mode, case, program, metric))

    def native(self, family: str, mode: str, case: Case, metric: Metric) -> str:
        """The faster of the two."""
        best = max if metric.higher else min
        have = [name for name in NATIVE if not math.isnan(self.median(family, mode, case, name, metric.name))]
        return best(
            have, key=lambda name: self.median(family, mode, case, name, metric.name), default=NATIVE[0]
        )

    def ratio(self, family: str, mode: str, case: Case, metric: Metric, other: str) -> float:
        """The median of the rounds' ratios, ours to another's; NaN where there are none."""
        ours = self.numbers(family, mode, case, OURS, metric.name)
        theirs = self.numbers(family, mode, case, other, metric.name)
        return median([a / b for a, b in zip(ours, theirs, strict=False) if b])

    def more(self, family: str, mode: str, case: Case, metric: Metric, other: str) -> float:
        """The median of what ours is more in a round."""
        ours = self.numbers(family, mode, case, OURS, metric.name)
        theirs = self.numbers(family, mode, case, other, metric.name)
        return median([a - b for a, b in zip(ours, theirs, strict=False)])

    def write(self, path: Path) -> None:
        """One line for each row, so that two files can be compared."""
        lines = [
            json.dumps(
                {
                    "family": family,
                    "mode": mode,
                    "case": dict(case),
                    "program": program,
                    "values": {
                        metric: [None if math.isnan(number) else number for number in numbers]
                        for metric, numbers in values.items()
                    },
                },
                ensure_ascii=False,
            )
            for (family, mode, case, program), values in self.rows.items()
        ]
        about = json.dumps({**self.about, "failures": self.failures}, indent=1, ensure_ascii=False)
        rows = ",\n".join(lines)
        path.write_text(f'{{"about": {about},\n"rows": [\n{rows}\n]}}\n')

    @classmethod
    def read(cls, path: Path) -> Results:
        """What was written."""
        data = json.loads(path.read_text())
        failures = data["about"].pop("failures")
        results = cls(data["about"], failures=failures)
        for row in data["rows"]:
            key = row["family"], row["mode"], tuple(row["case"].items()), row["program"]
            results.rows[key] = {
                metric: [math.nan if number is None else number for number in numbers]
                for metric, numbers in row["values"].items()
            }
        return results


def median(numbers: list[float]) -> float:
    """Of those that there are."""
    there = [number for number in numbers if not math.isnan(number)]
    return statistics.median(there) if there else math.nan


def spread(numbers: list[float]) -> float:
    """Half of what lies between the least and the most, as a part of the median."""
    there = [number for number in numbers if not math.isnan(number)]
    middle = median(there)
    return (max(there) - min(there)) / 2 / middle if there and middle else math.nan


def measured(results: Results, families: tuple[Family, ...]) -> list[Family]:
    """Those that there are numbers of."""
    names = {name for name, *_ in results.rows}
    return [family for family in families if family.name in names]

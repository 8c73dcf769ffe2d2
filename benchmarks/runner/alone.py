"""Where the numbers of programs go that are run by themselves, beside ``scripts/dev bench``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from . import machine

KEPT = Path(__file__).resolve().parents[1] / "results"


def keep(name: str, about: dict[str, Any], found: Any, path: Path | None = None) -> Path:
    """Write what was measured as JSON; to ``results/DATE-name.json`` unless told otherwise."""
    about["machine"]["load_after"] = machine.load()
    path = path or KEPT / f"{dt.datetime.now(dt.UTC):%Y-%m-%d}-{name}.json"
    path.write_text(json.dumps({"about": about, "results": found}, indent=1) + "\n")
    return path

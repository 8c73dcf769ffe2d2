"""What it was measured on."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from pathlib import Path
from typing import Any


def about(options: str) -> dict[str, Any]:
    """When, on what and how something is measured, as it begins."""
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": {**describe(), "load_before": load()},
        "options": options,
    }


def describe() -> dict[str, Any]:
    """Processor, memory, system."""
    cpus = Path("/proc/cpuinfo").read_text()
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    model = re.search(r"model name\s*: (.*)", cpus)
    return {
        "cpu": model[1] if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(int(memory[1]) / 1e6) if memory else None,
        "system": f"{platform.system()} {platform.release()}",
    }


def load() -> float:
    """Who wants to run, over the last minute."""
    return round(os.getloadavg()[0], 2)

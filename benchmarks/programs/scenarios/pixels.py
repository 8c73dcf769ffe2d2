"""An array becomes a frame, and a frame an array, for each format that the implementation has."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import now, percentile, result
from side import Side


def median_ms(seconds: float, convert: Callable[[], object]) -> float:
    """Of one conversion."""
    convert()
    times = []
    end = now() + seconds
    while now() < end:
        start = now()
        convert()
        times.append(now() - start)
    return 1000 * percentile(times, 0.5)


async def offer(side: Side) -> list[dict[str, Any]]:
    """Both ways."""
    width, height = side.options.integer("width", 1920), side.options.integer("height", 1080)
    seconds = side.options.number("seconds", 0.2)
    results = []
    for format, shape, into, out_new, out in side.api.conversions(width, height):
        array = (np.arange(np.prod(shape)) * 31).astype(np.uint8).reshape(shape)
        values = {
            "in_ms": median_ms(seconds, functools.partial(into, array)),
            "out_new_ms": median_ms(seconds, out_new),
        }
        if out is not None:
            values["out_ms"] = median_ms(seconds, out)
        results.append(result({"format": format, "width": width, "height": height}, **values))
    return results


async def answer(side: Side) -> None:
    """Nothing."""

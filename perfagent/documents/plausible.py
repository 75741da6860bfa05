"""Whether a run document from outside can have been measured. Its types are checked when it is read; here are the numbers, some of which
say how much memory the statistics take."""

from __future__ import annotations

import math
from itertools import pairwise

from perfagent.model.run import EndpointStats, Run
from perfagent.model.sketch import Sketch, bin_of

LONGEST = 2 * 86_400.0  # seconds of one run
MOST_ENDPOINTS = 5000
LONGEST_NAME = 2000
_MOST = 10**12  # requests
_AFTER = 3600.0  # seconds that requests may end after the load
_INFINITE = bin_of(math.inf)


def implausible(run: Run) -> str:
    """What cannot be, in words; empty where all can."""
    if not (_within(run.duration, LONGEST) and _within(run.warmup, LONGEST)):
        return "a duration that no run has"
    if run.round is not None and not 0 <= run.round <= 1000:
        return f"round {run.round}"
    if len(run.endpoints) > MOST_ENDPOINTS:
        return f"{len(run.endpoints)} endpoints"
    amounts = (run.bytes_received, run.bytes_sent, run.health.cpu)
    if not all(amount is None or (math.isfinite(amount) and amount >= 0) for amount in amounts):
        return "an amount that is negative or no number"
    return next((wrong for stats in run.endpoints if (wrong := _endpoint(stats, run.duration + _AFTER))), "")


def _endpoint(stats: EndpointStats, end: float) -> str:
    if len(stats.endpoint) > LONGEST_NAME:
        return f"an endpoint whose name has {len(stats.endpoint)} characters"
    parts = ((stats.requests, stats.failed), *((cell.requests, cell.failed) for cell in stats.cells))
    if not all(0 <= failed <= requests < _MOST for requests, failed in parts):
        return "counts that contradict each other"
    if not all(_within(cell.start, end) for cell in stats.cells):
        return "a time outside of the run"
    if not all(map(_sketch, (*stats.timings.values(), *(cell.duration for cell in stats.cells)))):
        return "a distribution that contradicts itself"
    return ""


def _sketch(sketch: Sketch) -> bool:
    numbers = (sketch.total, sketch.minimum, sketch.maximum)
    return (
        len(sketch.indices) == len(sketch.counts)
        and all(0 <= index < _INFINITE for index in sketch.indices)
        and all(low < high for low, high in pairwise(sketch.indices))
        and all(count > 0 for count in sketch.counts)
        and sum(sketch.counts) == sketch.count < _MOST
        and all(math.isfinite(number) and number >= 0 for number in numbers)
        and sketch.minimum <= sketch.maximum
    )


def _within(value: float, most: float) -> bool:
    return math.isfinite(value) and 0 <= value <= most

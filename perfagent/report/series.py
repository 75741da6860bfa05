"""What the charts draw, worked out once for picture and page: densities and timelines of one endpoint on both sides."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from perfagent.model.comparison import ALL_ENDPOINTS
from perfagent.model.evidence import Evidence
from perfagent.model.run import EndpointStats, Run, Side
from perfagent.model.sketch import Sketch, bin_edges
from perfagent.report.input import ReportInput

SLOTS = 56  # columns of a density: enough for shape, few enough to hide the noise of a thousand requests
_TAIL = 0.002  # share cut off at both ends, so that one outlier does not squeeze the rest into a corner


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Shares of requests in columns of equal width on the logarithm; `edges` (seconds) has one more than each of the two sides."""

    edges: tuple[float, ...]
    baseline: tuple[float, ...]
    candidate: tuple[float, ...]
    p95_baseline: float
    p95_candidate: float
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundPoint:
    """p95 (seconds) of one round, and of its cells as (seconds since the round's start, p95)."""

    round: int
    p95: float
    cells: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    baseline: tuple[RoundPoint, ...]
    candidate: tuple[RoundPoint, ...]
    length: float
    """Seconds of the longest round; 0 when only the rounds' own values are known."""


def density(report: ReportInput, endpoint: str) -> Density | None:
    """None when a side has no usable run with requests of this endpoint."""
    base, cand = (_merged(report.side(side), endpoint) for side in Side)
    if not base.count or not cand.count:
        return None
    marks = _p95_of(report, endpoint) or (base.quantile(0.95), cand.quantile(0.95))
    low = max(min(*marks, base.quantile(_TAIL), cand.quantile(_TAIL)), 1e-6)
    high = max(*marks, base.quantile(1 - _TAIL), cand.quantile(1 - _TAIL), low * 1.05)
    step = math.log(high / low) / SLOTS
    edges = tuple(low * math.exp(step * i) for i in range(SLOTS + 1))
    return Density(
        edges=edges,
        baseline=_shares(base, low, step),
        candidate=_shares(cand, low, step),
        p95_baseline=marks[0],
        p95_candidate=marks[1],
        requests=base.count + cand.count,
    )


def _p95_of(report: ReportInput, endpoint: str) -> tuple[float, float] | None:
    """As the comparison has it, so that a picture does not show two values for one thing."""
    for row in report.comparison.rows if report.comparison else ():
        if row.endpoint == endpoint and row.metric == "p95" and row.baseline is not None and row.candidate is not None:
            return row.baseline, row.candidate
    return None


def _merged(runs: Sequence[Run], endpoint: str) -> Sketch:
    return Sketch.merged([s.timings["duration"] for r in runs for s in _stats(r, endpoint)])


def _stats(run: Run, endpoint: str) -> list[EndpointStats]:
    """Of one endpoint, or of all."""
    return [e for e in run.endpoints if endpoint in (e.endpoint, ALL_ENDPOINTS) and "duration" in e.timings]


def _cells(stats: Sequence[EndpointStats]) -> tuple[tuple[float, float], ...]:
    by_start: dict[float, list[Sketch]] = defaultdict(list)
    for one in stats:
        for cell in one.cells:
            by_start[cell.start].append(cell.duration)
    merged = ((start, Sketch.merged(parts)) for start, parts in sorted(by_start.items()))
    return tuple((start, sketch.quantile(0.95)) for start, sketch in merged if sketch.count)


def _shares(sketch: Sketch, low: float, step: float) -> tuple[float, ...]:
    """A bin may be wider than a column: its count is spread over the columns it covers. Smoothed, five columns wide."""
    out = [0.0] * SLOTS
    for index, count in zip(sketch.indices, sketch.counts, strict=True):
        start, end = (math.log(max(edge, low / 1e6) / low) / step for edge in bin_edges(index))
        for slot in range(max(0, math.floor(start)), min(SLOTS, math.ceil(end))):
            out[slot] += count * max(0.0, min(end, slot + 1) - max(start, slot)) / (end - start)
    for _ in range(2):
        padded = [out[0], *out, out[-1]]
        out = [(padded[i] + 2 * padded[i + 1] + padded[i + 2]) / 4 for i in range(SLOTS)]
    return tuple(value / sketch.count for value in out)


def timeline(report: ReportInput, endpoint: str) -> Timeline | None:
    """From the runs; without them from the comparison's evidence "p95 of each round"; None when neither knows."""
    base, cand = (tuple(_points(report.side(side), endpoint)) for side in Side)
    if base and cand:
        return Timeline(baseline=base, candidate=cand, length=max(r.duration for r in report.runs))
    for item in report.comparison.evidence if report.comparison else ():
        if item.endpoint == endpoint and "p95" in item.name and "round" in item.name:
            return _from_evidence(item)
    return None


def _points(runs: Sequence[Run], endpoint: str) -> Sequence[RoundPoint]:
    points = []
    for number, run in enumerate(runs, start=1):
        stats = _stats(run, endpoint)
        whole = Sketch.merged([s.timings["duration"] for s in stats])
        if whole.count:
            position = run.round if run.round is not None else number
            points.append(RoundPoint(round=position, p95=whole.quantile(0.95), cells=_cells(stats)))
    return points


def _from_evidence(item: Evidence) -> Timeline | None:
    sides = []
    for values in (item.baseline, item.candidate):
        if not isinstance(values, tuple):
            return None
        sides.append(tuple(RoundPoint(round=i, p95=v) for i, v in enumerate(values, start=1) if v is not None))
    return Timeline(baseline=sides[0], candidate=sides[1], length=0.0) if all(sides) else None

"""One metric as series over rounds (or runs): each endpoint, all endpoints together, and each endpoint against the others.

A slow machine moves all endpoints of a run alike. So "everything got slower" is asked of the common series, and "this one got slower" of its
difference to the others in the same run, from which the machine has cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from perfagent.model.run import EndpointStats, Run
from perfagent.model.sketch import Sketch
from perfagent.stats.distributions import Floats
from perfagent.stats.summaries import TAIL_SHARE, Ladder, Quantiles, by_endpoint, log_moments

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
PHASES = {"waiting_p95": "waiting", "connecting_p95": "connecting", "tls_p95": "tls", "receiving_p95": "receiving"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """One metric of one side: log summaries and their sampling variances, endpoints × runs; nan where there is nothing."""

    y: Floats
    v: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Series of one metric ready for the estimator: endpoints (K × N), all together (1 × N), each against the others (K × N)."""

    own: Logs
    common: Logs
    relative: Logs


def quantile_logs(runs: Sequence[Run], endpoints: Sequence[str], *, phase: str, read: Callable[[Ladder], Quantiles]) -> Logs:
    y = np.full((len(endpoints), len(runs)), np.nan)
    v = np.full_like(y, np.nan)
    for r, run in enumerate(runs):
        present = by_endpoint(run)
        for k, name in enumerate(endpoints):
            sketch = present[name].timings.get(phase) if name in present else None
            if sketch is not None and sketch.count:
                found = read(Ladder(sketch))
                y[k, r], v[k, r] = found.log, found.variance
    return Logs(y=y, v=v)


def reader(metric: str) -> tuple[str, Callable[[Ladder], Quantiles]]:
    """The phase and the summary of a latency metric; p99 reads the mean of the slowest requests, which is centred on it and less noisy."""
    if metric == "p99":
        return "duration", lambda ladder: ladder.tail(TAIL_SHARE)
    if metric in QUANTILES:
        return "duration", lambda ladder: ladder.quantile(QUANTILES[metric])
    return PHASES[metric], lambda ladder: ladder.quantile(0.95)


def level_logs(runs: Sequence[Run], endpoints: Sequence[str]) -> Logs:
    """Mean log of the durations of each run and endpoint."""
    present = [by_endpoint(run) for run in runs]
    sketches = [_duration(stats.get(name)) for name in endpoints for stats in present]
    moments = log_moments(sketches)
    shape = (len(endpoints), len(runs))
    with np.errstate(invalid="ignore", divide="ignore"):
        v = (moments.variance / moments.count).reshape(shape)
    y = moments.mean.reshape(shape)
    return Logs(y=y, v=np.where(np.isfinite(y), np.maximum(v, 1e-12), np.nan))


def _duration(stats: EndpointStats | None) -> Sketch:
    return stats.timings.get("duration", Sketch()) if stats else Sketch()


def paired_level(baseline: Sequence[Run], candidate: Sequence[Run], endpoints: Sequence[str]) -> Logs:
    """Differences of mean logs per round, stratified by 10-s cell: a load wave inside a round hits both sides of a cell alike.

    A cell counts by the harmonic mean of its two request counts, which is the precision it brings.
    """
    index: list[tuple[int, int]] = []
    left: list[Sketch] = []
    right: list[Sketch] = []
    for r, (b, c) in enumerate(zip(baseline, candidate, strict=True)):
        ours, theirs = by_endpoint(b), by_endpoint(c)
        for k, name in enumerate(endpoints):
            if name not in ours or name not in theirs:
                continue
            cells = {cell.start: cell.duration for cell in ours[name].cells}
            both = [(cells[cell.start], cell.duration) for cell in theirs[name].cells if cell.start in cells]
            if not both:
                both = [(_duration(ours[name]), _duration(theirs[name]))]
            for one, other in both:
                index.append((k, r))
                left.append(one)
                right.append(other)
    shape = (len(endpoints), len(baseline))
    if not index:
        return Logs(y=np.full(shape, np.nan), v=np.full(shape, np.nan))
    b_side, c_side = log_moments(left), log_moments(right)
    where = np.array([k * shape[1] + r for k, r in index])
    size = shape[0] * shape[1]
    usable = (b_side.count > 0) & (c_side.count > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.where(usable, b_side.count * c_side.count / (b_side.count + c_side.count), 0.0)
        difference = np.where(usable, c_side.mean - b_side.mean, 0.0)
        total = np.bincount(where, weight, size)
        y = np.bincount(where, weight * difference, size) / total
        inside = np.where(usable, (b_side.count * b_side.variance + c_side.count * c_side.variance), 0.0)
        requests = np.bincount(where, np.where(usable, b_side.count + c_side.count, 0.0), size)
        degrees = np.maximum(requests - 2 * np.bincount(where, usable.astype(float), size), 1.0)
        v = np.bincount(where, inside, size) / degrees / total
    return Logs(y=y.reshape(shape), v=np.maximum(v, 1e-12).reshape(shape))


def bundle(own: Logs, *, spread: float) -> Bundle:
    """Weights are fixed over rounds (precision with `spread` between runs), and missing rounds are left out of their endpoint only."""
    seen = np.isfinite(own.y) & np.isfinite(own.v)
    with np.errstate(invalid="ignore"):
        typical = np.where(seen, own.v, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    weight = np.where(seen.any(axis=1), 1.0 / (typical + spread**2), 0.0)
    w = weight[:, None] * seen
    y, v = np.where(seen, own.y, 0.0), np.where(seen, own.v, 0.0)
    total, sum_y, sum_v = w.sum(axis=0), (w * y).sum(axis=0), (w**2 * v).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        common = Logs(y=(sum_y / total)[None, :], v=(sum_v / total**2)[None, :])
        rest = total[None, :] - w
        alone = rest <= 1e-9 * np.maximum(total[None, :], 1e-300)
        relative_y = np.where(alone, np.nan, own.y - (sum_y[None, :] - w * y) / rest)
        relative_v = np.where(alone, np.nan, own.v + (sum_v[None, :] - w**2 * v) / rest**2)
    return Bundle(own=own, common=common, relative=Logs(y=relative_y, v=relative_v))

"""From runs to arrays: per run and endpoint one summary of each metric on the log scale, with the noise that sampling alone leaves in it.

Everything later works on these few numbers per run; requests are never pooled across runs, because requests of one run are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perfagent.model.run import EndpointStats, Run
from perfagent.model.sketch import Sketch
from perfagent.stats.distributions import Floats

TAIL_SHARE = 0.02  # the slowest 2 %: their mean log is centred on p99 and half as noisy as the single quantile
_SHIFT = 45  # the sketch's bins are the top 19 bits of a double


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMoments:
    """Of many sketches at once: counts of values > 0, mean of their logs, variance of their logs."""

    count: Floats
    mean: Floats
    variance: Floats


def bin_values(indices: Sequence[int]) -> Floats:
    """Middle of each bin in the unit of the values."""
    low = (np.asarray(indices, dtype=np.uint64) << np.uint64(_SHIFT)).view(np.float64)
    high = ((np.asarray(indices, dtype=np.uint64) + np.uint64(1)) << np.uint64(_SHIFT)).view(np.float64)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def log_moments(sketches: Sequence[Sketch]) -> LogMoments:
    """One pass over the concatenated bins of all `sketches`; nan where a sketch is empty."""
    sizes = np.fromiter((len(s.indices) for s in sketches), dtype=np.int64, count=len(sketches))
    total = int(sizes.sum())
    values = bin_values(np.fromiter((i for s in sketches for i in s.indices), dtype=np.uint64, count=total))  # type: ignore[arg-type]
    counts = np.fromiter((c for s in sketches for c in s.counts), dtype=np.float64, count=total)
    counts[values <= 1e-12] = 0.0  # exact zeros have no logarithm
    logs = np.log(np.maximum(values, 1e-12))
    owner = np.repeat(np.arange(len(sketches)), sizes)
    n = np.bincount(owner, counts, len(sketches))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, counts * logs, len(sketches)) / n
        square = np.bincount(owner, counts * logs * logs, len(sketches)) / n
    return LogMoments(count=n, mean=mean, variance=np.maximum(square - mean**2, 0.0))


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Log values at one share of one sketch, and its sampling variance; `value` in the sketch's unit."""

    value: float
    log: float
    variance: float


_NONE = Quantiles(float("nan"), float("nan"), float("nan"))


class Ladder:
    """Cumulative counts of one sketch, from which quantiles and tail means are read."""

    def __init__(self, sketch: Sketch) -> None:
        self.count = sketch.count
        self.values = bin_values(sketch.indices) if sketch.indices else np.empty(0)
        self.counts = np.asarray(sketch.counts, dtype=np.float64)
        self.cumulative = np.cumsum(self.counts)
        if self.count:
            self.values = np.clip(self.values, sketch.minimum, sketch.maximum)
            self.logs = np.log(np.maximum(self.values, 1e-12))

    def _log_at(self, q: float) -> float:
        """Linear between the bins, so that equal shifts of the data shift it equally."""
        rank = q * self.count
        return float(np.interp(rank, self.cumulative - 0.5 * self.counts, self.logs))

    def quantile(self, q: float) -> Quantiles:
        """The variance comes from the spread of the order statistics one standard error of rank away."""
        if not self.count or self.values[-1] <= 0:
            return _NONE
        log = self._log_at(q)
        step = (q * (1 - q) / self.count) ** 0.5
        low, high = max(q - step, 0.0), min(q + step, 1.0)
        spread = (self._log_at(high) - self._log_at(low)) * step / max(high - low, 1e-12)
        return Quantiles(float(np.exp(log)), log, max(spread, 1e-3) ** 2)

    def tail(self, share: float) -> Quantiles:
        """Mean log of the slowest `share` of the values (at least one value)."""
        if not self.count or self.values[-1] <= 0:
            return _NONE
        wanted = max(share * self.count, 1.0)
        before = np.concatenate(([0.0], self.cumulative[:-1]))
        weights = np.clip(self.cumulative - (self.count - wanted), 0.0, self.cumulative - before)
        log = float(weights @ self.logs) / wanted
        inside = float(weights @ (self.logs - log) ** 2) / wanted
        edge = float(self.logs[int(np.argmax(weights > 0))])
        # Var of an upper tail mean of share a: (Var(tail) + (1 - a) (mean - edge)^2) / (a n)
        variance = (inside + (1 - share) * (log - edge) ** 2) / wanted
        return Quantiles(float(np.exp(log)), log, max(variance, (0.5 / wanted) ** 2 * 0.01, 1e-6))


def by_endpoint(run: Run) -> Mapping[str, EndpointStats]:
    return {e.endpoint: e for e in run.endpoints if e.requests}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Requests and failures, runs × endpoints; zero where an endpoint does not occur."""

    requests: Floats
    failed: Floats


def counts(runs: Sequence[Run], endpoints: Sequence[str]) -> Counts:
    requests = np.zeros((len(runs), len(endpoints)))
    failed = np.zeros_like(requests)
    at = {e: i for i, e in enumerate(endpoints)}
    for r, run in enumerate(runs):
        for stats in run.endpoints:
            if stats.endpoint in at:
                requests[r, at[stats.endpoint]] = stats.requests
                failed[r, at[stats.endpoint]] = stats.failed
    return Counts(requests=requests, failed=failed)

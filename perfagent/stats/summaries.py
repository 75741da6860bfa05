"""Single sketches read: bins as values, quantiles with the noise that sampling leaves in them, counts of requests and failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from perfagent.model.run import EndpointStats, Run
from perfagent.model.sketch import Sketch
from perfagent.stats.distributions import Floats

_SHIFT = np.uint64(45)  # the sketch's bins are the top 19 bits of a double


def bin_values(indices: ArrayLike) -> Floats:
    """Middle of each bin in the unit of the values."""
    whole = np.asarray(indices, dtype=np.uint64)
    low, high = (whole << _SHIFT).view(np.float64), ((whole + np.uint64(1)) << _SHIFT).view(np.float64)
    return np.asarray(0.5 * (low + high), dtype=np.float64)


def quantile_logs(sketch: Sketch, shares: Sequence[float]) -> tuple[Floats, Floats]:
    """Logs of quantiles of a non-empty sketch, linear between bins so that equal shifts of the data shift them equally; sampling variances.

    A variance comes from the spread of the order statistics one standard error of rank away.
    """
    q = np.asarray(shares)
    step = np.sqrt(q * (1 - q) / sketch.count)
    low, high = np.maximum(q - step, 0.0), np.minimum(q + step, 1.0)
    counts = np.asarray(sketch.counts, dtype=np.float64)
    rank = np.cumsum(counts) - 0.5 * counts
    values = np.clip(bin_values(sketch.indices), sketch.minimum, sketch.maximum)
    logs = np.log(np.maximum(values, 1e-12))
    at, lower, upper = np.interp(np.concatenate((q, low, high)) * sketch.count, rank, logs).reshape(3, -1)
    spread = (upper - lower) * step / np.maximum(high - low, 1e-12)
    return at, np.maximum(spread, 1e-3) ** 2


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

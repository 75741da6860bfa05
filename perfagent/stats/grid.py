"""Endpoints × runs × 10-s cells: the finest view the runs keep, in which a load wave can be told from a slow endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from perfagent.model.run import CELL_SECONDS, Run
from perfagent.model.sketch import Sketch
from perfagent.stats.distributions import Floats
from perfagent.stats.summaries import bin_values, by_endpoint

BAND = (0.003, 0.025)
"""The tail is the mean log of the requests between the slowest 0.3 % and 2.5 %: centred on p99, and less noisy than one quantile."""

_LONGEST_WAVE = 0.6  # correlation of neighbouring cells; longer waves cannot be told from noise between runs in a run of a few cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Counts, mean logs (0 where the count is 0) and variances of logs: endpoints × runs × cells; the others are the bins."""

    count: Floats
    mean: Floats
    variance: Floats
    owner: NDArray[np.int64]
    logs: Floats
    counts: Floats

    @property
    def level(self) -> Floats:
        """Mean log per endpoint and run; nan where there is nothing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.count * self.mean).sum(axis=2) / self.count.sum(axis=2), dtype=np.float64)

    @property
    def noise(self) -> Floats:
        """Sampling variance of `level`, cells apart."""
        with np.errstate(invalid="ignore", divide="ignore"):
            total = self.count.sum(axis=2)
            return np.asarray((self.count * self.variance).sum(axis=2) / total**2, dtype=np.float64)


def grid(runs: Sequence[Run], endpoints: Sequence[str], cells: int) -> Grid:
    sketches: list[Sketch] = []
    places: list[int] = []
    for r, run in enumerate(runs):
        present = by_endpoint(run)
        for k, name in enumerate(endpoints):
            if name not in present:
                continue
            stats, first = present[name], (k * len(runs) + r) * cells
            for cell in stats.cells:
                sketches.append(cell.duration)
                places.append(first + min(int(cell.start // CELL_SECONDS), cells - 1))
            if not stats.cells:
                sketches.append(stats.timings.get("duration", Sketch()))
                places.append(first)
    sizes = np.array([len(s.indices) for s in sketches], dtype=np.int64)
    total = int(sizes.sum()) if len(sizes) else 0
    values = bin_values(np.fromiter(chain.from_iterable(s.indices for s in sketches), dtype=np.uint64, count=total))
    counts = np.fromiter(chain.from_iterable(s.counts for s in sketches), dtype=np.float64, count=total)
    counts[values <= 1e-12] = 0.0  # exact zeros have no logarithm
    logs = np.log(np.maximum(values, 1e-12))
    owner = np.repeat(np.array(places, dtype=np.int64), sizes)
    shape = (len(endpoints), len(runs), cells)
    size = int(np.prod(shape))
    n: Floats = np.bincount(owner, counts, size).astype(np.float64)
    safe = np.maximum(n, 1e-9)
    mean = np.bincount(owner, counts * logs, size) / safe
    square = np.bincount(owner, counts * (logs - mean[owner]) ** 2, size) / safe
    return Grid(count=n.reshape(shape), mean=mean.reshape(shape), variance=square.reshape(shape), owner=owner, logs=logs, counts=counts)


def cells_of(runs: Sequence[Run]) -> int:
    return max((int(c.start // CELL_SECONDS) + 1 for run in runs for e in run.endpoints for c in e.cells), default=1)


def waves(grid: Grid) -> Floats:
    """What all endpoints of a run did together in each cell, around the run's own level (runs × cells, log scale)."""
    deviation = np.where(grid.count > 0, grid.mean - np.nan_to_num(grid.level)[:, :, None], 0.0)
    total = grid.count.sum(axis=0)
    return np.asarray((grid.count * deviation).sum(axis=0) / np.maximum(total, 1e-9), dtype=np.float64)


def wave_noise(wave: Floats, count: Floats, sampling: Floats) -> float:
    """Variance that waves leave in a run's mean, from how cells scatter inside runs (first-order autocorrelation).

    `wave` runs × cells, `count` requests in each, `sampling` the variance that sampling leaves in each. Waves as long as a run cannot be
    seen inside it: they are left to the noise between runs.
    """
    full = (count > 0).all(axis=0)
    x, s = wave[:, full], sampling[:, full]
    runs, cells = x.shape
    if cells < 4 or runs < 1:
        return 0.0
    x = x - x.mean(axis=1, keepdims=True)
    excess = float((x**2).sum() / (runs * (cells - 1)) - s.mean())
    if excess <= 0:
        return 0.0
    lagged = float((x[:, 1:] * x[:, :-1]).sum() / (runs * (cells - 1)))
    return excess * _mean_over_scatter(lagged / excess, cells)


def _mean_over_scatter(correlation: float, cells: int) -> float:
    """Variance of a run's mean over the scatter seen inside it, for the wave whose cells have this lagged correlation once centred."""
    apart = np.abs(np.subtract.outer(np.arange(cells), np.arange(cells)))
    centring = np.eye(cells) - 1.0 / cells
    ratio = 0.0
    for rho in np.linspace(0.0, _LONGEST_WAVE, 15):
        covariance = rho**apart
        centred = centring @ covariance @ centring
        ratio = float(covariance.mean() * (cells - 1) / np.trace(centred))
        if np.trace(centred, offset=1) / np.trace(centred) >= correlation:
            break
    return ratio


def tail_excess(grid: Grid, reference: Floats) -> tuple[Floats, Floats]:
    """Mean log of the tail band above `reference` (endpoints × runs × cells), and its sampling variance: endpoints × runs.

    Measured from the level that the cell has anyway, so that neither a slow host nor a load wave looks like a longer tail.
    """
    endpoints, runs, cells = grid.count.shape
    size = endpoints * runs
    group = grid.owner // cells
    above = grid.logs - reference.reshape(-1)[grid.owner]
    total: Floats = np.bincount(group, grid.counts, size).astype(np.float64)
    spread = np.sqrt(np.maximum(np.bincount(group, grid.counts * above**2, size) / np.maximum(total, 1e-9), 1e-12))
    keep = _upper(above, group, grid.counts, total, spread)
    above, group, counts = above[keep], group[keep], grid.counts[keep]
    order = np.argsort(group * 1e3 - above)  # by group, the slowest first; a log is far below a thousand
    above, group, counts = above[order], group[order], counts[order]
    running = np.cumsum(counts)
    offset = np.concatenate(([0.0], running))[np.searchsorted(group, np.arange(size))]
    after = running - offset[group]  # requests at least this slow, in the group
    low = np.minimum(BAND[0] * total, np.maximum(0.2 * BAND[1] * total - 0.2, 0.0))
    high = np.maximum(BAND[1] * total, 1.0)
    weight = np.clip(np.minimum(after, high[group]) - np.maximum(after - counts, low[group]), 0.0, None)
    wanted = np.maximum(np.bincount(group, weight, size), 1e-9)
    mean = np.bincount(group, weight * above, size) / wanted
    inside = np.bincount(group, weight * (above - mean[group]) ** 2, size) / wanted
    edge = np.full(size, np.inf)
    np.minimum.at(edge, group[weight > 0], above[weight > 0])
    with np.errstate(invalid="ignore"):
        scatter = inside * wanted / np.maximum(wanted - 1, 0.5)  # of few requests
        variance = (scatter + (mean - edge) ** 2) / wanted
    empty = total <= 0
    shape = (endpoints, runs)
    return np.where(empty, np.nan, mean).reshape(shape), np.where(empty, np.nan, variance).reshape(shape)


def _upper(above: Floats, group: NDArray[np.int64], counts: Floats, total: Floats, spread: Floats) -> NDArray[np.bool_]:
    """Only the upper part need be sorted; everything where that part is too thin."""
    keep = above > spread[group]
    kept = np.bincount(group, counts * keep, len(total))
    thin = kept < np.maximum(2 * BAND[1] * total, 2.0)
    return np.asarray((keep | thin[group]) & (counts > 0), dtype=np.bool_)

"""One metric as series over rounds (or runs): each endpoint, all endpoints together, and each endpoint against what else moved.

A slow machine moves all endpoints of a run alike. So "everything got slower" is asked of the common series, and "this one got slower" of
its difference to the others in the same run, from which the machine has cancelled; "the tail got longer" of the tail above the endpoint's
own level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from perfagent.model.comparison import Mode
from perfagent.model.run import Run
from perfagent.stats.designs import history_designs, round_designs
from perfagent.stats.distributions import Floats
from perfagent.stats.grid import cells_of, grid, tail_excess, wave_noise, waves
from perfagent.stats.material import Material
from perfagent.stats.mixture import Design, Oddity, Variants, variants_of
from perfagent.stats.summaries import by_endpoint, quantile_logs
from perfagent.stats.typical import SLOT_SD

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
PHASES = {"waiting_p95": "waiting", "connecting_p95": "connecting", "tls_p95": "tls", "receiving_p95": "receiving"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Log summaries and their sampling variances, endpoints × observations; nan where there is nothing."""

    y: Floats
    v: Floats

    def __add__(self, other: Logs) -> Logs:
        return Logs(y=self.y + other.y, v=self.v + other.v)

    def __sub__(self, other: Logs) -> Logs:
        return Logs(y=self.y - other.y, v=self.v + other.v)

    def noisier(self, variance: float) -> Logs:
        return Logs(y=self.y, v=self.v + variance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Series of one metric ready for the estimator: endpoints (K × N), all together (1 × N), each against the others (K × N)."""

    own: Logs
    common: Logs
    relative: Logs


class View:
    """The runs of a comparison as arrays, each made once. Observations are rounds, or in a history baseline runs, then candidate runs."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.paired = material.mode is not Mode.HISTORY
        cells = cells_of((*material.baseline, *material.candidate))
        self._known: dict[Oddity, Variants] = {}
        self._ladders: dict[tuple[str, bool], list[Logs]] = {}
        self.base = grid(material.baseline, material.endpoints, cells)
        self.cand = grid(material.candidate, material.endpoints, cells)

    @cached_property
    def level(self) -> Logs:
        """Paired: differences of mean logs, stratified by cell; a cell counts by the harmonic mean of its two request counts."""
        if not self.paired:
            return self._side_by_side(*(Logs(y=g.level, v=np.maximum(g.noise, 1e-12)) for g in (self.base, self.cand)))
        weight, difference = self._cell_differences
        total = weight.sum(axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            y = (weight * difference).sum(axis=2) / total
            spread = self.base.count * self.base.variance + self.cand.count * self.cand.variance
            inside = np.where(weight > 0, spread, 0.0).sum(axis=2)
            requests = np.where(weight > 0, self.base.count + self.cand.count, 0.0).sum(axis=2)
            v = inside / np.maximum(requests - 2 * (weight > 0).sum(axis=2), 1.0) / total
        return Logs(y=y, v=np.where(np.isfinite(y), np.maximum(v, 1e-12), np.nan))

    @cached_property
    def _cell_differences(self) -> tuple[Floats, Floats]:
        b, c = self.base, self.cand
        weight = b.count * c.count / np.maximum(b.count + c.count, 1e-9)
        return weight, np.where(weight > 0, c.mean - b.mean, 0.0)

    @cached_property
    def wave_variance(self) -> float:
        """What waves inside rounds leave in a round's common difference. In a history the noise between runs has them in it already."""
        if not self.paired:
            return 0.0
        weight, difference = self._cell_differences
        y = np.nan_to_num(self.level.y)[:, :, None]
        total = weight.sum(axis=0)
        wave = (weight * np.where(weight > 0, difference - y, 0.0)).sum(axis=0) / np.maximum(total, 1e-9)
        spread = np.where(weight > 0, self.base.variance + self.cand.variance, 0.0).sum(axis=0) / 2
        present = np.maximum((weight > 0).sum(axis=0), 1)
        return wave_noise(wave, total, spread / present / np.maximum(total, 1e-9))

    @cached_property
    def tail(self) -> Logs:
        """How much further the slowest requests lie above the endpoint's level: differences (paired) or values (history)."""
        sides = []
        for side in (self.base, self.cand):
            reference = np.nan_to_num(side.level)[:, :, None] + waves(side)[None, :, :]
            y, v = tail_excess(side, reference)
            sides.append(Logs(y=y, v=steadied(v, side.count.sum(axis=2))))
        return sides[1] - sides[0] if self.paired else self._side_by_side(*sides)

    def _side_by_side(self, base: Logs, cand: Logs) -> Logs:
        """Each endpoint centred on its baseline, so that endpoints can be averaged where some runs lack one."""
        base, cand = (_by_job(side, jobs) for side, jobs in zip((base, cand), self.material.jobs, strict=True))
        return Logs(y=np.hstack((base.y, cand.y)) - row_mean(base.y)[:, None], v=np.hstack((base.v, cand.v)))

    def quantile(self, metric: str) -> tuple[Logs, Floats, Floats]:
        """A quantile of each run and endpoint: observations, and its typical value on both sides (seconds, per endpoint)."""
        phase, which = (PHASES[metric], 1) if metric in PHASES else ("duration", list(QUANTILES).index(metric))
        base, cand = self._quantiles(phase, False)[which], self._quantiles(phase, True)[which]
        with np.errstate(invalid="ignore"):
            values = np.exp(row_mean(base.y)), np.exp(row_mean(cand.y))
        return (cand - base if self.paired else self._side_by_side(base, cand)), *values

    def _quantiles(self, phase: str, of_candidate: bool) -> list[Logs]:
        """p50, p95 and p99, read in one go."""
        key = phase, of_candidate
        if key not in self._ladders:
            runs = self.material.candidate if of_candidate else self.material.baseline
            self._ladders[key] = _quantiles(runs, self.material.endpoints, phase, tuple(QUANTILES.values()))
        return self._ladders[key]

    def variants(self, oddity: Oddity) -> tuple[Variants, float | None]:
        """The designs of this way of measuring, made once; and the variance of the slot's pseudo-observation, where there is one."""
        designs, slot = designs_of(self.material)
        if oddity not in self._known:
            self._known[oddity] = variants_of(designs, oddity)
        return self._known[oddity], slot

    def means(self) -> tuple[Floats, Floats]:
        """Arithmetic mean duration of each endpoint on both sides, seconds."""
        return tuple(_means(runs, self.material.endpoints) for runs in (self.material.baseline, self.material.candidate))  # type: ignore[return-value]


def _by_job(logs: Logs, jobs: Sequence[int]) -> Logs:
    """Columns of one job averaged."""
    if len(set(jobs)) == len(jobs):
        return logs
    columns = [np.flatnonzero(np.asarray(jobs) == job) for job in sorted(set(jobs))]
    seen = [np.maximum(np.isfinite(logs.v[:, c]).sum(axis=1), 1) for c in columns]
    v = np.stack([row_mean(logs.v[:, c]) / n for c, n in zip(columns, seen, strict=True)], axis=1)
    return Logs(y=np.stack([row_mean(logs.y[:, c]) for c in columns], axis=1), v=v)


def steadied(v: Floats, requests: Floats) -> Floats:
    """Sampling variances as one constant per endpoint over the number of requests.

    A single run's own estimate comes from a few requests and goes up with them: weights made of it would favour the quiet runs.
    """
    seen = np.isfinite(v) & (requests > 0)
    total = np.where(seen, v * requests**2, 0.0).sum(axis=1) / np.maximum(np.where(seen, requests, 0.0).sum(axis=1), 1e-9)
    return np.where(seen, np.maximum(total[:, None] / np.maximum(requests, 1.0), 1e-12), np.nan)


def row_mean(values: Floats) -> Floats:
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(seen, values, 0.0).sum(axis=1) / seen.sum(axis=1), dtype=np.float64)


def _quantiles(runs: Sequence[Run], endpoints: Sequence[str], phase: str, shares: tuple[float, ...]) -> list[Logs]:
    y = np.full((len(shares), len(endpoints), len(runs)), np.nan)
    v, n = np.full_like(y, np.nan), np.zeros(y.shape[1:])
    for r, run in enumerate(runs):
        present = by_endpoint(run)
        for k, name in enumerate(endpoints):
            sketch = present[name].timings.get(phase) if name in present else None
            if sketch is not None and sketch.count and sketch.maximum > 0:
                y[:, k, r], v[:, k, r] = quantile_logs(sketch, shares)
                n[k, r] = sketch.count
    return [Logs(y=y[i], v=steadied(v[i], n)) for i in range(len(shares))]


def designs_of(material: Material) -> tuple[list[Design], float | None]:
    """And the variance of the slot's pseudo-observation, where there is one."""
    if material.mode is Mode.HISTORY:
        return history_designs(*(len(set(jobs)) for jobs in material.jobs)), None
    order = None if material.order is None else np.asarray(material.order)
    design, slot = round_designs(len(material.baseline), order, SLOT_SD)
    return [design], slot


def _means(runs: Sequence[Run], endpoints: Sequence[str]) -> Floats:
    total, count = np.zeros(len(endpoints)), np.zeros(len(endpoints))
    for run in runs:
        present = by_endpoint(run)
        for k, name in enumerate(endpoints):
            if name in present and "duration" in present[name].timings:
                total[k] += present[name].timings["duration"].total
                count[k] += present[name].timings["duration"].count
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count, dtype=np.float64)


def weights_of(own: Logs, *, spread: float) -> Floats:
    """Of endpoints, fixed over observations: precision with a noise of `spread` between runs."""
    seen = np.isfinite(own.y) & np.isfinite(own.v)
    typical = np.where(seen, own.v, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return np.where(seen.any(axis=1), 1.0 / (typical + spread**2), 0.0)


def bundle(own: Logs, *, spread: float, wave: float) -> Bundle:
    """Missing observations are left out of their endpoint only; `wave` is the variance that load waves leave in each observation."""
    seen = np.isfinite(own.y) & np.isfinite(own.v)
    w = weights_of(own, spread=spread)[:, None] * seen
    y, v = np.where(seen, own.y, 0.0), np.where(seen, own.v, 0.0)
    total, sum_y, sum_v = w.sum(axis=0), (w * y).sum(axis=0), (w**2 * v).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        common = Logs(y=(sum_y / total)[None, :], v=(sum_v / total**2)[None, :])
        rest = total[None, :] - w
        alone = rest <= 1e-9 * np.maximum(total[None, :], 1e-300)
        relative_y = np.where(alone, np.nan, own.y - (sum_y[None, :] - w * y) / rest)
        relative_v = np.where(alone, np.nan, own.v + (sum_v[None, :] - w**2 * v) / rest**2)
    return Bundle(own=own.noisier(wave), common=common.noisier(wave), relative=Logs(y=relative_y, v=relative_v))

"""Findings of throughput and of bytes received, all requests together, from the same estimator as latency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import expm1, log1p

import numpy as np

from perfagent.model.comparison import ALL_ENDPOINTS, Mode
from perfagent.model.run import Run
from perfagent.stats.distributions import Floats
from perfagent.stats.finding import Finding, Interval
from perfagent.stats.material import Material
from perfagent.stats.mixture import fit, log_normal_prior, variants_of
from perfagent.stats.series import designs_of
from perfagent.stats.typical import TYPICAL

_Read = Callable[[Run], float]


def open_model(material: Material) -> bool:
    """Throughput says something about the service only where arrivals do not wait for answers."""
    return all(run.open_model is True for run in (*material.baseline, *material.candidate))


def throughput_finding(material: Material, weight: float) -> Finding | None:
    """Requests per second; a loss is worse."""
    return _flow(material, "throughput", "1/s", weight, -1, _per_second, lambda run: 1.0 / max(run.requests, 1))


def _per_second(run: Run) -> float:
    return run.requests / max(run.duration - run.warmup, 1e-9)


def bytes_finding(material: Material, weight: float) -> Finding | None:
    """Bytes received per request; None where the runs do not say."""
    if any(run.bytes_received is None for run in (*material.baseline, *material.candidate)):
        return None
    return _flow(
        material,
        "bytes_received",
        "bytes/request",
        weight,
        1,
        lambda run: (run.bytes_received or 0.0) / max(run.requests, 1),
        lambda _: 1e-8,
    )


def _flow(material: Material, metric: str, unit: str, weight: float, worse: int, value: _Read, noise: _Read) -> Finding | None:
    def side(runs: Sequence[Run]) -> tuple[Floats, Floats]:
        return np.array([value(r) for r in runs]), np.array([noise(r) for r in runs])

    (b, b_noise), (c, c_noise) = side(material.baseline), side(material.candidate)
    if not (len(b) and len(c)) or (b <= 0).any() or (c <= 0).any():
        return None
    if material.mode is Mode.HISTORY:
        b_log, c_log = (_per_job(np.log(side), jobs) for side, jobs in zip((b, c), material.jobs, strict=True))
        b_var, c_var = (_per_job(side, jobs) for side, jobs in zip((b_noise, c_noise), material.jobs, strict=True))
        y, v = np.concatenate((b_log, c_log)) - b_log.mean(), np.concatenate((b_var, c_var))
    else:
        y, v = np.log(c / b), b_noise + c_noise
    typical = TYPICAL[material.mode]
    designs, slot = designs_of(material)
    if slot is not None:
        y, v = np.append(y, 0.0), np.append(v, slot)
    prior = log_normal_prior(typical.common / 3, typical.spread)
    effect = fit(worse * y[None, :], v[None, :], variants_of(designs, typical.odd), prior=prior).series(0)
    centre = worse * effect.centre

    def interval(alpha: float) -> Interval:
        low, high, seen = effect.bounds(alpha)
        ends = sorted((expm1(worse * low), expm1(worse * high)))
        return Interval(effect=expm1(centre), low=ends[0], high=ends[1], detectable=expm1(worse * seen))

    return Finding(
        endpoint=ALL_ENDPOINTS,
        metric=metric,
        unit=unit,
        baseline=float(np.exp(np.log(b).mean())),
        candidate=float(np.exp(np.log(c).mean())),
        p=effect.sf(),
        weight=weight,
        interval=interval,
        below=lambda limit: 1.0 - effect.sf(abs(log1p(worse * min(limit, 0.99)))),
        worse=worse,
    )


def _per_job(values: Floats, jobs: Sequence[int]) -> Floats:
    numbers = np.asarray(jobs)
    return np.array([values[numbers == job].mean() for job in sorted(set(jobs))])

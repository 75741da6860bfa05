"""The estimator under every row: one effect from a handful of runs, with the noise between runs not known but learned.

A Gaussian linear model with two columns (the effect; one nuisance: intercept or slot) and, for each run, a variance of three parts: sampling
noise (known from the requests), noise between runs (unknown, integrated over a grid with a prior), and a slow host or an odd round (each run
may be one, with a small probability that the data update). The answer is a mixture of normals, from which p-values and intervals are read.
With a flat prior this is Student's t test; the prior is what "moderated" means: few runs borrow from what is typical and from other endpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import lgamma, log, sqrt
from typing import Any

import numpy as np

from perfagent.stats.distributions import Floats, normal_ppf, normal_sf

GRID: Floats = np.exp(np.linspace(log(0.001), log(0.8), 29))
"""Standard deviations between runs that are considered (0.1 % to 80 %)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """`effect` and `nuisance` are columns over observations; `scale` multiplies the noise between runs (0: a prior, not an observation)."""

    effect: Floats
    nuisance: Floats
    scale: Floats
    may_be_odd: Floats
    """1 where the observation may come from a slow host or an odd round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """`share` of runs that are odd, worth `certainty` earlier runs; `size` is the standard deviation of what they add (log scale)."""

    share: float
    certainty: float
    size: float
    most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Mixtures, one per series: weights, means and standard deviations of shape (series, components)."""

    weight: Floats
    mean: Floats
    sd: Floats

    def sf(self, at: Any = 0.0) -> Floats:
        """P(effect <= at): the one-sided p-value of "no more than `at`", per series."""
        level = np.broadcast_to(np.asarray(at, dtype=np.float64), (self.weight.shape[0],))
        return np.asarray((self.weight * normal_sf((self.mean - level[:, None]) / self.sd)).sum(axis=1), dtype=np.float64)

    def series(self, k: int) -> Effects:
        """One series alone, without the components that cannot matter."""
        weight = self.weight[k]
        keep = weight > 1e-7 * weight.max()
        return Effects(weight=(weight[keep] / weight[keep].sum())[None, :], mean=self.mean[k, keep][None, :], sd=self.sd[k, keep][None, :])

    @property
    def centre(self) -> Floats:
        return np.asarray((self.weight * self.mean).sum(axis=1), dtype=np.float64)

    def quantile(self, p: Any) -> Floats:
        """The effect below which a share `p` lies, per series, by bisection."""
        share = np.broadcast_to(np.asarray(p, dtype=np.float64), (self.weight.shape[0],))
        reach = 12 * self.sd.max(axis=1) + np.abs(self.mean).max(axis=1)
        low, high = -reach, reach
        for _ in range(40):
            middle = 0.5 * (low + high)
            above = self.sf(middle) < share
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.asarray(0.5 * (low + high), dtype=np.float64)

    def detectable(self, alpha: Any, power: float = 0.8) -> Floats:
        """The smallest true effect that would be significant at one-sided `alpha` with this `power`, were the noise as it was."""
        centred = Effects(weight=self.weight, mean=np.zeros_like(self.mean), sd=self.sd)
        return np.asarray(centred.quantile(1 - np.asarray(alpha)) + normal_ppf(power) * np.sqrt((self.weight * self.sd**2).sum(axis=1)))


def log_normal_prior(median: float, spread: float) -> Floats:
    """Log prior over GRID; `spread` is the standard deviation of the log."""
    value = -0.5 * ((np.log(GRID) - log(median)) / spread) ** 2
    return np.asarray(value - np.log(np.exp(value).sum()), dtype=np.float64)


def odd_sets(design: Design, oddity: Oddity) -> tuple[Floats, Floats]:
    """Which observations are odd together: (sets × observations, log prior of each), beta-binomial in the number."""
    able = np.flatnonzero(design.may_be_odd)
    n = len(able)
    a, b = oddity.share * oddity.certainty, (1 - oddity.share) * oddity.certainty
    members: list[tuple[int, ...]] = [()]
    for size in range(1, min(oddity.most, max(n - 2, 0)) + 1):
        members += list(combinations(able.tolist(), size))
    sets = np.zeros((len(members), len(design.effect)))
    prior = np.empty(len(members))
    for i, chosen in enumerate(members):
        sets[i, list(chosen)] = 1.0
        s = len(chosen)
        prior[i] = lgamma(a + s) + lgamma(b + n - s) - lgamma(a + b + n) - lgamma(a) - lgamma(b) + lgamma(a + b)
    return sets, prior


def fit(y: Floats, v: Floats, design: Design, *, oddity: Oddity, prior: Floats, spread: float | None = None) -> Effects:
    """Effects of each series (rows of `y`: series × observations, nan = not observed), `v` their sampling variances.

    `prior` is the log prior over GRID of the noise between runs. With `spread`, the series share what they say about that noise: each series'
    own noise is scattered around a common one by `spread` (log scale), and `prior` speaks of the common one (empirical Bayes).
    """
    sets, set_prior = odd_sets(design, oddity)
    seen = np.isfinite(y) & np.isfinite(v)
    y = np.where(seen, y, 0.0)
    v = np.where(seen, v, 1.0)
    # variance: series × sets × grid × observations
    between = GRID[None, None, :, None] ** 2 * design.scale[None, None, None, :]
    variance = v[:, None, None, :] + between + oddity.size**2 * sets[None, :, None, :]
    w = seen[:, None, None, :] / variance
    z, u = design.effect, design.nuisance
    szz, szu, suu = w @ (z * z), w @ (z * u), w @ (u * u)
    wy = w * y[:, None, None, :]
    szy, suy, syy = wy @ z, wy @ u, (wy * y[:, None, None, :]).sum(-1)
    if np.any(u):
        determinant = np.maximum(szz * suu - szu**2, 1e-300)
        mean = (suu * szy - szu * suy) / determinant
        other = (szz * suy - szu * szy) / determinant
        sd2 = suu / determinant
        misfit = syy - mean * szy - other * suy
        log_det = np.log(determinant)
    else:
        mean = szy / np.maximum(szz, 1e-300)
        sd2 = 1 / np.maximum(szz, 1e-300)
        misfit = syy - mean * szy
        log_det = np.log(np.maximum(szz, 1e-300))
    log_variance = (np.log(variance) * seen[:, None, None, :]).sum(-1)
    likelihood = -0.5 * (log_variance + log_det + np.maximum(misfit, 0.0)) + set_prior[None, :, None]
    weight = likelihood + _noise_prior(likelihood, prior, spread)[:, None, :]
    flat = weight.reshape(len(y), -1)
    flat = np.exp(flat - flat.max(axis=1, keepdims=True))
    flat /= flat.sum(axis=1, keepdims=True)
    sd = np.minimum(np.sqrt(sd2), 1e3)
    return Effects(weight=flat, mean=mean.reshape(flat.shape), sd=sd.reshape(flat.shape))


def _noise_prior(likelihood: Floats, prior: Floats, spread: float | None) -> Floats:
    """Log prior over GRID per series; with `spread`, what the other series say about the common noise is in it."""
    series = likelihood.shape[0]
    if spread is None or series < 2:
        return np.broadcast_to(prior, (series, len(GRID)))
    top = likelihood.max(axis=(1, 2), keepdims=True)
    per_noise = np.exp(likelihood - top).sum(axis=1)  # series × grid
    distance = (np.log(GRID)[:, None] - np.log(GRID)[None, :]) / spread
    scatter = np.exp(-0.5 * distance**2)
    scatter /= scatter.sum(axis=1, keepdims=True)  # common × own
    said = np.log(np.maximum(per_noise @ scatter.T, 1e-300))  # series × common
    others = prior[None, :] + said.sum(axis=0, keepdims=True) - said
    others = np.exp(others - others.max(axis=1, keepdims=True))
    others /= others.sum(axis=1, keepdims=True)
    return np.asarray(np.log(np.maximum(others @ scatter, 1e-300)), dtype=np.float64)


def pooled_sd(effects: Effects) -> Floats:
    return np.asarray(np.sqrt((effects.weight * effects.sd**2).sum(axis=1)), dtype=np.float64)


def location_design(rounds: int, order: Floats | None, slot_sd: float) -> tuple[Design, float | None]:
    """Rounds whose differences estimate the effect; with `order` (+1: candidate second) the slot's own effect is estimated and removed.

    The slot's effect has a prior of `slot_sd` as one pseudo-observation appended to the rounds: returns its variance (None: no slot).
    """
    one = np.ones(rounds)
    if order is None:
        return Design(effect=one, nuisance=np.zeros(rounds), scale=one, may_be_odd=one), None
    pad = lambda column, last: np.concatenate((column, [last]))  # noqa: E731
    return Design(effect=pad(one, 0.0), nuisance=pad(order, 1.0), scale=pad(one, 0.0), may_be_odd=pad(one, 0.0)), slot_sd**2


def history_design(baselines: int, candidates: int) -> Design:
    """Runs of the baseline, then of the candidate; the nuisance is the baseline's level."""
    n = baselines + candidates
    effect = np.concatenate((np.zeros(baselines), np.ones(candidates)))
    return Design(effect=effect, nuisance=np.ones(n), scale=np.ones(n), may_be_odd=np.ones(n))


def standard_error(variances: Floats) -> float:
    return sqrt(float(np.nanmean(variances))) if np.isfinite(variances).any() else float("nan")

"""The estimator under every row: one effect from a handful of runs, with the noise between runs not known but learned.

A Gaussian linear model with two columns (the effect; one nuisance: intercept or slot) and, for each run, a variance of three parts:
sampling noise (known from the requests), noise between runs (unknown, integrated over a grid with a prior), and a slow host or an odd round
(each run may be one, with a small probability that the data update). The answer is a mixture of normals, from which p-values and intervals
are read. With a flat prior this is Student's t test; the prior is what "moderated" means: few runs borrow from what is typical and from
other endpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import erfc, exp, lgamma, log, pi, sqrt

import numpy as np

from perfagent.stats.distributions import Floats, normal_ppf

_ROOT2 = sqrt(2)
GRID: Floats = np.exp(np.linspace(log(0.001), log(0.8), 29))
"""Standard deviations between runs that are considered (0.1 % to 80 %)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One way the observations may have come about.

    `effect` and `nuisance` are columns over observations; `scale` multiplies the noise between runs (0: a prior, not an observation);
    `extra` is added variance; `may_be_odd` is 1 where a slow host or an odd round is possible. `rotation`: the columns speak of
    `rotation @ y`.
    """

    effect: Floats
    nuisance: Floats
    scale: Floats
    may_be_odd: Floats
    extra: Floats
    rotation: Floats | None = None
    log_prior: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """`share` of runs are odd, a belief worth `certainty` runs; they add `shift` with a standard deviation of `size` (log scale)."""

    share: float
    certainty: float
    size: float
    shift: float = 0.0
    most: int = 1


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of one effect: a mixture of normals (weight, mean, standard deviation), in pure Python because it is small."""

    parts: tuple[tuple[float, float, float], ...]

    def sf(self, at: float = 0.0) -> float:
        """P(effect <= at): the one-sided p-value of "no more than `at`"."""
        return 0.5 * sum(w * erfc((m - at) / (s * _ROOT2)) for w, m, s in self.parts)

    @property
    def centre(self) -> float:
        return sum(w * m for w, m, _ in self.parts)

    @property
    def sd(self) -> float:
        """Of the estimate, without the spread of the means."""
        return sqrt(sum(w * s * s for w, _, s in self.parts))

    def quantile(self, p: float) -> float:
        """The effect below which a share `p` lies (Newton's method, bracketed by bisection)."""
        reach = 40 * max(s for _, _, s in self.parts)
        low = min(m for _, m, _ in self.parts) - reach
        high = max(m for _, m, _ in self.parts) + reach
        at = self.centre + self.sd * normal_ppf(min(max(p, 1e-12), 1 - 1e-12))
        for _ in range(80):
            miss = self.sf(at) - p
            low, high = (at, high) if miss < 0 else (low, at)
            slope = sum(w * exp(-0.5 * ((at - m) / s) ** 2) / s for w, m, s in self.parts) / sqrt(2 * pi)
            following = at - miss / slope if slope > 1e-300 else low
            at = following if low < following < high else 0.5 * (low + high)
            if abs(miss) < 1e-5 * min(p, 1 - p) or high - low < 1e-12:
                break
        return at

    def bounds(self, alpha: float, power: float = 0.8) -> tuple[float, float, float]:
        """Low and high end with `alpha` outside on each side, and the true effect that would be significant with this `power`."""
        low, high = self.quantile(alpha), self.quantile(1 - alpha)
        return low, high, high - self.centre + normal_ppf(power) * self.sd


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Mixtures, one per series: weights, means and standard deviations of shape (series, components); typical noise between runs."""

    weight: Floats
    mean: Floats
    sd: Floats
    noise: float

    def series(self, k: int) -> Effect:
        """One series alone, without the components that cannot matter."""
        keep = self.weight[k] > 1e-9 * self.weight[k].max()
        weight = self.weight[k, keep] / self.weight[k, keep].sum()
        return Effect(tuple(zip(weight.tolist(), self.mean[k, keep].tolist(), self.sd[k, keep].tolist(), strict=True)))


def log_normal_prior(median: float, spread: float) -> Floats:
    """Log prior over GRID; `spread` is the standard deviation of the log."""
    value = -0.5 * ((np.log(GRID) - log(median)) / spread) ** 2
    return np.asarray(value - np.log(np.exp(value).sum()), dtype=np.float64)


def coupled_prior(median: float, spread: float) -> Floats:
    """Log of a heavy-tailed (Student's t, 3 degrees) factor on GRID: a hint that the data may overrule."""
    return np.asarray(-2.0 * np.log1p(((np.log(GRID) - log(median)) / spread) ** 2 / 3), dtype=np.float64)


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


def fit(y: Floats, v: Floats, designs: Sequence[Design], *, oddity: Oddity, prior: Floats, spread: float | None = None) -> Effects:
    """Effects of each series (rows of `y`: series × observations, nan = not observed), `v` their sampling variances.

    Over several `designs` the answer is averaged by how well each explains the series. `prior` is the log prior over GRID of the noise
    between runs. With `spread`, the series share what they say about that noise: each series' own noise is scattered around a common one by
    `spread` (log scale), and `prior` speaks of the common one (empirical Bayes).
    """
    fitted = [_fit_one(y, v, design, oddity) for design in designs]
    noise = _noise_prior(fitted[0][0], prior, spread)
    weight = np.concatenate([(likelihood + noise[:, None, :]).reshape(len(y), -1) for likelihood, _, _ in fitted], axis=1)
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = np.concatenate([m.reshape(len(y), -1) for _, m, _ in fitted], axis=1)
    sd = np.concatenate([s.reshape(len(y), -1) for _, _, s in fitted], axis=1)
    grids = np.tile(np.log(GRID), weight.shape[1] // len(GRID))
    return Effects(weight=weight, mean=mean, sd=sd, noise=exp(float((weight @ grids).mean())))


def _fit_one(y: Floats, v: Floats, design: Design, oddity: Oddity) -> tuple[Floats, Floats, Floats]:
    """Log likelihood (with the priors of oddity and design), mean and standard deviation: series × sets × grid."""
    seen = np.isfinite(y) & np.isfinite(v)
    y = np.where(seen, y, 0.0)
    v = np.where(seen, v, 1.0)
    impossible = np.zeros(len(y))
    if design.rotation is not None:
        impossible = np.where(seen.all(axis=1), 0.0, -1e9)
        y, v = y @ design.rotation.T, np.broadcast_to(v.mean(axis=1, keepdims=True), v.shape)
    sets, set_prior = odd_sets(design, oddity)
    # variance: series × sets × grid × observations
    between = GRID[None, None, :, None] ** 2 * design.scale[None, None, None, :]
    variance = (v + design.extra)[:, None, None, :] + between + oddity.size**2 * sets[None, :, None, :]
    w = seen[:, None, None, :] / variance
    z, u = design.effect, design.nuisance
    szz, szu, suu = w @ (z * z), w @ (z * u), w @ (u * u)
    usual = (y[:, None, :] - oddity.shift * sets[None, :, :])[:, :, None, :]
    wy = w * usual
    szy, suy, syy = wy @ z, wy @ u, (wy * usual).sum(-1)
    if np.any(u):
        determinant = np.maximum(szz * suu - szu**2, 1e-300)
        mean, other = (suu * szy - szu * suy) / determinant, (szz * suy - szu * szy) / determinant
        sd2, misfit = suu / determinant, syy - mean * szy - other * suy
    else:
        determinant = np.maximum(szz, 1e-300)
        mean, sd2 = szy / determinant, 1 / determinant
        misfit = syy - mean * szy
    log_variance = (np.log(variance) * seen[:, None, None, :]).sum(-1)
    likelihood = -0.5 * (log_variance + np.log(determinant) + np.maximum(misfit, 0.0))
    likelihood = likelihood + set_prior[None, :, None] + design.log_prior + impossible[:, None, None]
    return likelihood, mean, np.minimum(np.sqrt(sd2), 1e3)


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

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
from math import erfc, exp, lgamma, log, sqrt

import numpy as np

from perfagent.stats.distributions import Floats, normal_ppf

_ROOT2 = sqrt(2)
_ALIKE_SD, _ALIKE_MEAN = 0.10, 0.25  # parts within 10 % of standard deviation and a quarter of one in mean are one part
GRID: Floats = np.exp(np.linspace(log(0.001), log(0.8), 25))
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
        return 0.5 * sum([w * erfc((m - at) / (s * _ROOT2)) for w, m, s in self.parts])

    @property
    def centre(self) -> float:
        return sum([w * m for w, m, _ in self.parts])

    @property
    def sd(self) -> float:
        """Of the estimate, without the spread of the means."""
        return sqrt(sum([w * s * s for w, _, s in self.parts]))

    def quantile(self, p: float) -> float:
        """The effect below which a share `p` lies: secant on the scale of normal quantiles, where a mixture is nearly straight."""
        wanted = normal_ppf(p)
        at, slope = self.centre + self.sd * wanted, self.sd
        before: tuple[float, float] | None = None
        for _ in range(60):
            z = normal_ppf(min(max(self.sf(at), 1e-300), 1 - 1e-16))
            if abs(z - wanted) < 1e-5:
                break
            if before is not None and z != before[1]:
                slope = min(max((at - before[0]) / (z - before[1]), 0.1 * self.sd), 20 * self.sd)
            before = at, z
            at += slope * (wanted - z)
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
        """One series alone; parts that are nearly alike are joined (same mean and variance together), negligible ones dropped."""
        keep = self.weight[k] > 1e-9 * self.weight[k].max()
        weight, mean, sd = self.weight[k, keep] / self.weight[k, keep].sum(), self.mean[k, keep], self.sd[k, keep]
        like = np.round(np.log(sd) / _ALIKE_SD) * 1e6 + np.round(mean / (_ALIKE_MEAN * sd))
        _, place = np.unique(like, return_inverse=True)
        w = np.bincount(place, weight)
        m = np.bincount(place, weight * mean) / w
        variance = np.bincount(place, weight * (sd**2 + (mean - m[place]) ** 2)) / w
        return Effect(tuple(zip(w.tolist(), m.tolist(), np.sqrt(variance).tolist(), strict=True)))


def log_normal_prior(median: float, spread: float) -> Floats:
    """Log prior over GRID; `spread` is the standard deviation of the log."""
    value = -0.5 * ((np.log(GRID) - log(median)) / spread) ** 2
    return np.asarray(value - np.log(np.exp(value).sum()), dtype=np.float64)


def coupled_prior(median: float, spread: float) -> Floats:
    """Log of a heavy-tailed (Student's t, 3 degrees) factor on GRID: a hint that the data may overrule."""
    return np.asarray(-2.0 * np.log1p(((np.log(GRID) - log(median)) / spread) ** 2 / 3), dtype=np.float64)


def odd_sets(design: Design, oddity: Oddity) -> tuple[Floats, Floats]:
    """Which observations are odd together: (sets × observations, log prior of each), beta-binomial in the number.

    At most `oddity.most` of the baseline (or of the rounds), and at most one of the candidate beside them.
    """
    able = design.may_be_odd > 0
    contrast = design.effect > 0 if np.any(able & (design.effect == 0)) else np.zeros(len(able), dtype=bool)
    base, cand = np.flatnonzero(able & ~contrast), np.flatnonzero(able & contrast)
    n = len(base) + len(cand)
    most = min(oddity.most, max(len(base) - 2, 0))
    of_base = [chosen for size in range(most + 1) for chosen in combinations(base.tolist(), size)]
    members = [(*chosen, *extra) for extra in [(), *((c,) for c in cand.tolist())] for chosen in of_base]
    sets = np.zeros((len(members), len(design.effect)))
    prior = np.empty(len(members))
    a, b = oddity.share * oddity.certainty, (1 - oddity.share) * oddity.certainty
    for i, chosen in enumerate(members):
        sets[i, list(chosen)] = 1.0
        s = len(chosen)
        prior[i] = lgamma(a + s) + lgamma(b + n - s) - lgamma(a + b + n) - lgamma(a) - lgamma(b) + lgamma(a + b)
    return sets, prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """All designs with all their sets of odd observations, as arrays (variants × observations), and the log prior of each."""

    effect: Floats
    nuisance: Floats
    scale: Floats
    extra: Floats
    shift: Floats
    log_prior: Floats
    rotation: Floats | None
    """Of the last variants, one matrix each; the variants before them are not rotated."""


def variants_of(designs: Sequence[Design], oddity: Oddity) -> Variants:
    plain, rotated = [d for d in designs if d.rotation is None], [d for d in designs if d.rotation is not None]
    sets = [odd_sets(d, oddity) for d in plain]
    counts = [len(prior) for _, prior in sets]

    def stack(column: str) -> Floats:
        rows = [np.repeat(getattr(d, column)[None, :], n, axis=0) for d, n in zip(plain, counts, strict=True)]
        return np.concatenate(rows + [getattr(d, column)[None, :] for d in rotated])

    odd = np.concatenate([members for members, _ in sets] + [np.zeros((1, len(d.effect))) for d in rotated])
    return Variants(
        effect=stack("effect"),
        nuisance=stack("nuisance"),
        scale=stack("scale"),
        extra=stack("extra") + oddity.size**2 * odd,
        shift=oddity.shift * odd,
        log_prior=np.concatenate(
            [prior + d.log_prior for (_, prior), d in zip(sets, plain, strict=True)] + [np.array([d.log_prior]) for d in rotated]
        ),
        rotation=np.stack([d.rotation for d in rotated if d.rotation is not None]) if rotated else None,
    )


def fit(y: Floats, v: Floats, variants: Variants, *, prior: Floats, spread: float | None = None) -> Effects:
    """Effects of each series (rows of `y`: series × observations, nan = not observed), `v` their sampling variances.

    Over the `variants` the answer is averaged by how well each explains the series. `prior` is the log prior over GRID of the noise
    between runs. With `spread`, the series share what they say about that noise: each series' own noise is scattered around a common one by
    `spread` (log scale), and `prior` speaks of the common one (empirical Bayes).
    """
    likelihood, mean, sd = _likelihood(y, v, variants)
    flat = (likelihood + _noise_prior(likelihood, prior, spread)[:, None, :]).reshape(len(y), -1)
    weight = np.exp(flat - flat.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    grids = np.tile(np.log(GRID), weight.shape[1] // len(GRID))
    return Effects(weight=weight, mean=mean.reshape(flat.shape), sd=sd.reshape(flat.shape), noise=exp(float((weight @ grids).mean())))


def _likelihood(y: Floats, v: Floats, variants: Variants) -> tuple[Floats, Floats, Floats]:
    """Log likelihood (restricted, with the variants' priors), mean and standard deviation of the effect: series × variants × grid."""
    seen = np.isfinite(y) & np.isfinite(v)
    y, v = np.where(seen, y, 0.0), np.where(seen, v, 1.0)
    turned = 0 if variants.rotation is None else len(variants.rotation)
    straight = len(variants.log_prior) - turned
    values = np.repeat(y[:, None, :], straight + turned, axis=1) - variants.shift
    noise = np.repeat(v[:, None, :], straight + turned, axis=1) + variants.extra
    log_prior = np.repeat(variants.log_prior[None, :], len(y), axis=0)
    if variants.rotation is not None:
        values[:, straight:] = np.einsum("dij,sj->sdi", variants.rotation, y)
        noise[:, straight:] = v.mean(axis=1)[:, None, None] + variants.extra[straight:]
        log_prior[~seen.all(axis=1), straight:] = -1e9  # a rotation needs every observation
    variance = noise[:, :, None, :] + GRID[None, None, :, None] ** 2 * variants.scale[None, :, None, :]
    w = seen[:, None, None, :] / variance
    z, u = variants.effect, variants.nuisance
    columns = np.stack((z * z, z * u, u * u), axis=2)
    szz, szu, suu = np.moveaxis(w @ columns[None], 3, 0)
    data = np.stack((values * z, values * u, values * values), axis=3)
    szy, suy, syy = np.moveaxis(w @ data, 3, 0)
    if np.any(u):
        determinant = np.maximum(szz * suu - szu**2, 1e-300)
        mean, other = (suu * szy - szu * suy) / determinant, (szz * suy - szu * szy) / determinant
        sd2, misfit = suu / determinant, syy - mean * szy - other * suy
    else:
        determinant = np.maximum(szz, 1e-300)
        mean, sd2 = szy / determinant, 1 / determinant
        misfit = syy - mean * szy
    log_variance = (np.log(variance) * seen[:, None, None, :]).sum(-1)
    likelihood = -0.5 * (log_variance + np.log(determinant) + np.maximum(misfit, 0.0)) + log_prior[:, :, None]
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

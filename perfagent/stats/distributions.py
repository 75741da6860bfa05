"""Normal, Student-t and beta distributions in numpy and the standard library.

scipy costs more to import than the whole decision takes, and these few functions are all that the verdict needs.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Chebyshev coefficients of erfc, Numerical Recipes 3rd ed. section 6.2.2 (relative error below 1.2e-16 for all x).
_ERFC = (
    -1.3026537197817094, 6.4196979235649026e-1, 1.9476473204185836e-2, -9.561514786808631e-3, -9.46595344482036e-4,
    3.66839497852761e-4, 4.2523324806907e-5, -2.0278578112534e-5, -1.624290004647e-6, 1.303655835580e-6, 1.5626441722e-8,
    -8.5238095915e-8, 6.529054439e-9, 5.059343495e-9, -9.91364156e-10, -2.27365122e-10, 9.6467911e-11, 2.394038e-12,
    -6.886027e-12, 8.94487e-13, 3.13092e-13, -1.12708e-13, 3.81e-16, 7.106e-15, -1.523e-15, -9.4e-17, 1.21e-16, -2.8e-17,
)  # fmt: skip


def normal_sf(z: Any) -> Floats:
    """P(Z > z) for an array of z, exact to rounding far into both tails."""
    x = np.asarray(z, dtype=np.float64) / math.sqrt(2)
    a = np.minimum(np.abs(x), 38.0)
    t = 2.0 / (2.0 + a)
    ty = 4.0 * t - 2.0
    d = np.zeros_like(a)
    dd = np.zeros_like(a)
    for c in _ERFC[:0:-1]:
        d, dd = ty * d - dd + c, d
    tail = t * np.exp(-a * a + 0.5 * (_ERFC[0] + ty * d) - dd)
    return np.asarray(0.5 * np.where(x >= 0, tail, 2.0 - tail), dtype=np.float64)


def normal_ppf(p: float) -> float:
    """The z below which a share p in (0, 1) lies."""
    return NormalDist().inv_cdf(p)


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), a and b > 0 (continued fraction, Lentz)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1.0 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1), tiny)
    h = d
    for m in range(1, 1000):
        for numerator in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1.0 / _away_from_zero(1.0 + numerator * d, tiny)
            c = _away_from_zero(1.0 + numerator / c, tiny)
            h *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return h


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def t_sf(t: float, df: float) -> float:
    """P(T > t) of Student's t."""
    tail = 0.5 * beta_cdf(df / (df + t * t), df / 2, 0.5)
    return tail if t >= 0 else 1.0 - tail


def t_ppf(p: float, df: float) -> float:
    """The t below which a share p in (0, 1) lies, by bisection."""
    if p < 0.5:
        return -t_ppf(1 - p, df)
    low, high = 0.0, 1.0
    while t_sf(high, df) > 1 - p:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if t_sf(middle, df) > 1 - p else (low, middle)
        if high - low < 1e-12 * max(1.0, high):
            break
    return (low + high) / 2


def excess_p(candidate: float, baseline: float, share: float) -> float:
    """One-sided mid-p that `candidate` of `candidate + baseline` events is more than its share of the trials explains.

    The exact conditional binomial test, continued by the beta function to counts that an over-dispersion has shrunk below integers.
    0.5 when there are no events at all.
    """
    if candidate + baseline <= 0:
        return 0.5
    at_least = beta_cdf(share, candidate, baseline + 1) if candidate > 0 else 1.0
    more = beta_cdf(share, candidate + 1, baseline) if baseline > 0 else 0.0
    return min(1.0, max(0.0, 0.5 * (at_least + more)))

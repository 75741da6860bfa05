"""One tested row before it is judged: how likely under "not slower", how large, how sure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Relative effect and its interval (fractions; None: unbounded or not known)."""

    effect: float | None
    low: float | None
    high: float | None
    detectable: float | None
    """The relative effect that would have been seen in 80 % of cases, were the noise as it was."""
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`p` is one-sided for "worse"; `weight` is the share of alpha this row is given (0: context only).

    `interval(alpha)` is two-sided with `alpha` on each side; `worse` is the sign of a bad effect (-1 for throughput).
    """

    endpoint: str
    metric: str
    unit: str
    baseline: float | None
    candidate: float | None
    p: float
    weight: float
    interval: Callable[[float], Interval]
    below: Callable[[float], float]
    """One-sided p-value of "at least this much worse" (a relative limit): small when the data rule such an effect out."""
    cautious: float | None = None
    """The p-value where slow machines are taken to be more common: what must hold, too, before a row of a history blocks."""
    worse: int = 1
    note: str | None = None

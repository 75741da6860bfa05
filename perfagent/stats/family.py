"""One alpha for everything that may block: weighted Holm, and one p-value for "nothing got slower".

Each row is given a share of alpha before the data are seen. The level of all requests together gets most, because it sees most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1, log1p

from perfagent.model.comparison import ALL_ENDPOINTS, Mode


@dataclass(frozen=True, kw_only=True)
class _Shares:
    """Of the row of all requests together, and of all endpoints' rows together (split evenly among them), by metric."""

    together: Mapping[str, float]
    each: Mapping[str, float]


# Where runs differ as a whole (turns, history), all requests together need most of alpha, while an endpoint or a tail that moved against
# the rest of its own run is seen with little.
_SHARES = {
    Mode.DUET: _Shares(
        together={"mean": 0.56, "p95": 0.02, "p99": 0.09, "error_rate": 0.07, "throughput": 0.02},
        each={"mean": 0.15, "p95": 0.03, "p99": 0.05, "error_rate": 0.04},
    ),
    Mode.TURNS: _Shares(
        together={"mean": 0.60, "p95": 0.02, "p99": 0.06, "error_rate": 0.05, "throughput": 0.02},
        each={"mean": 0.15, "p95": 0.03, "p99": 0.03, "error_rate": 0.04},
    ),
    Mode.HISTORY: _Shares(
        together={"mean": 0.62, "p95": 0.01, "p99": 0.05, "error_rate": 0.05, "throughput": 0.02},
        each={"mean": 0.20, "p95": 0.01, "p99": 0.02, "error_rate": 0.03},
    ),
}
_OTHER = 0.01


def share(endpoint: str, metric: str, endpoints: int, mode: Mode) -> float:
    """Relative weight of a row; only ratios matter."""
    shares = _SHARES[mode]
    if endpoint == ALL_ENDPOINTS:
        return shares.together.get(metric, _OTHER)
    return shares.each.get(metric, _OTHER) / max(endpoints, 1)


def normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [w / total if total else 0.0 for w in weights]


def holm(p_values: Sequence[float], weights: Sequence[float], alpha: float) -> tuple[list[float], list[float]]:
    """Weighted Holm (Holm 1979): adjusted p-values, and the share of alpha each row is held to,
    so that its interval agrees with its p-value.

    Weights sum to one; rows of weight zero stay out (1 and 0).
    """
    order = sorted((i for i, w in enumerate(weights) if w > 0), key=lambda i: p_values[i] / weights[i])
    left, kept, worst, stopped = 1.0, 1.0, 0.0, False
    adjusted, shares = [1.0] * len(p_values), [0.0] * len(p_values)
    for i in order:
        worst = max(worst, min(1.0, p_values[i] * left / weights[i]))
        stopped = stopped or worst > alpha
        adjusted[i], shares[i] = worst, weights[i] / kept
        left = max(left - weights[i], 1e-12)
        kept = kept if stopped else left
    return adjusted, shares


def combined(p_values: Sequence[float], weights: Sequence[float]) -> float:
    """Family-wise p-value of the intersection: the smallest weighted Šidák p-value, continuous up to 1."""
    candidates = [-expm1(log1p(-min(p, 1 - 1e-15)) / w) for p, w in zip(p_values, weights, strict=True) if w > 0]
    return min(candidates, default=1.0)

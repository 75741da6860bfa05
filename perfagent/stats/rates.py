"""Findings of error rates (exact, over-dispersed binomial) and of throughput."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, sqrt

from perfagent.model.comparison import ALL_ENDPOINTS
from perfagent.stats.distributions import Floats, beta_cdf, excess_p, normal_ppf
from perfagent.stats.finding import Finding, Interval
from perfagent.stats.material import Material
from perfagent.stats.summaries import Counts, counts

_CALM_RUNS = 3.0  # runs' worth of belief that failures are independent, before dispersion is seen


def error_findings(material: Material, weights: Sequence[float]) -> list[Finding]:
    """Of `*` and every endpoint; `weights` in that order."""
    base, cand = counts(material.baseline, material.endpoints), counts(material.candidate, material.endpoints)
    together = (_summed(base), _summed(cand))
    findings = [_errors(ALL_ENDPOINTS, *together, weights[0])]
    for k, endpoint in enumerate(material.endpoints):
        one, other = _one(base, k), _one(cand, k)
        findings.append(_errors(endpoint, one, other, weights[k + 1]))
    return findings


def _summed(side: Counts) -> tuple[Floats, Floats]:
    return side.requests.sum(axis=1), side.failed.sum(axis=1)


def _one(side: Counts, k: int) -> tuple[Floats, Floats]:
    return side.requests[:, k], side.failed[:, k]


def dispersion(*sides: tuple[Floats, Floats]) -> float:
    """Pearson's chi-square over its degrees within each side, drawn towards 1 and never below it."""
    chi, degrees = 0.0, 0
    for requests, failed in sides:
        n, x = requests[requests > 0], failed[requests > 0]
        rate = x.sum() / n.sum() if n.sum() else 0.0
        if len(n) > 1:
            degrees += len(n) - 1
            if 0 < rate < 1:
                chi += float(((x - n * rate) ** 2 / (n * rate * (1 - rate))).sum())
    return max(1.0, (_CALM_RUNS + chi) / (_CALM_RUNS + degrees))


def _errors(endpoint: str, base: tuple[Floats, Floats], cand: tuple[Floats, Floats], weight: float) -> Finding:
    n_b, n_c = float(base[0].sum()), float(cand[0].sum())
    raw_b, raw_c = float(base[1].sum()), float(cand[1].sum())
    phi = dispersion(base, cand)
    x_b, x_c = raw_b / phi, raw_c / phi
    rate_b, rate_c = raw_b / n_b, raw_c / n_c
    relative = rate_b > 0
    effect = rate_c / rate_b - 1 if relative else rate_c - rate_b

    def p_at(ratio: float) -> float:
        return excess_p(x_c, x_b, n_c * ratio / (n_b + n_c * ratio))

    def detectable(alpha: float) -> float:
        share = n_c / (n_b + n_c)
        events = _root(lambda x: alpha - excess_p(x, x_b, share), 0.0, n_c / phi)
        rate = min((events + normal_ppf(0.8) * sqrt(max(events, 1.0))) * phi / n_c, 1.0)
        return rate / rate_b - 1 if relative else rate

    def interval(alpha: float) -> Interval:
        if relative:
            low = exp(_root(lambda ratio: p_at(exp(ratio)) - alpha, -12.0, 12.0)) - 1 if x_c else -1.0
            high = exp(_root(lambda ratio: p_at(exp(ratio)) - 1 + alpha, -12.0, 12.0)) - 1
        else:
            size = n_c / phi
            low = _root(lambda r: beta_cdf(r, x_c, size - x_c + 1) - alpha, 0.0, 1.0) if x_c else 0.0
            high = _root(lambda r: beta_cdf(r, x_c + 1, max(size - x_c, 1e-9)) - 1 + alpha, 0.0, 1.0)
        return Interval(effect=effect, low=low, high=high if high < 1e5 else None, detectable=detectable(alpha))

    return Finding(
        endpoint=endpoint,
        metric="error_rate",
        unit="fraction",
        baseline=rate_b,
        candidate=rate_c,
        p=p_at(1.0),
        weight=weight,
        interval=interval,
        below=lambda limit: 1.0 - p_at(1.0 + limit),
        note=None if relative else "the baseline had no failures: the effect is the difference of the two fractions",
    )


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """Of an increasing function, by bisection; the end of the bracket where there is none."""
    for _ in range(24):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return 0.5 * (low + high)

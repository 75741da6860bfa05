"""The rules of other gates, as their documentation states them, and ours. Each gives a score (higher: rather slower) and its own decision.

They are handed the same runs; a rule that knows no rounds gets all runs of a side. None of them corrects for the number of endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.gate.generate import Case
from perfagent.model.comparison import Mode, Verdict
from perfagent.model.run import Run
from perfagent.model.sketch import Sketch
from perfagent.stats.distributions import normal_sf, t_sf
from perfagent.stats.gate import Gate, compare


@dataclass(frozen=True, kw_only=True)
class Decision:
    score: float
    blocked: bool
    inconclusive: bool = False


Rule = Callable[[Case, Mode], Decision]


def ours(gate: Gate) -> Rule:
    def decide(case: Case, mode: Mode) -> Decision:
        found = compare(case.baseline, case.candidate, paired=mode is not Mode.HISTORY, gate=gate)
        p = found.p_value if found.p_value is not None else 1.0
        return Decision(score=-p, blocked=found.verdict is Verdict.REGRESSION, inconclusive=found.verdict is Verdict.INCONCLUSIVE)

    return decide


def _means(runs: Sequence[Run]) -> np.ndarray:
    """Mean duration, runs × endpoints."""
    names = sorted({e.endpoint for run in runs for e in run.endpoints})
    at = {run.id: {e.endpoint: e.timings["duration"].mean for e in run.endpoints} for run in runs}
    return np.array([[at[run.id].get(name, np.nan) for name in names] for run in runs])


def bencher(case: Case, _: Mode) -> Decision:
    """Bencher's t-test threshold, upper boundary 0.99, on the mean of each endpoint."""
    base, cand = _means(case.baseline), _means(case.candidate)
    if len(base) < 2:
        return Decision(score=0.0, blocked=False)
    t = (np.nanmean(cand, axis=0) - np.nanmean(base, axis=0)) / np.nanstd(base, axis=0, ddof=1)
    p = min(t_sf(float(x), len(base) - 1) for x in t)
    return Decision(score=-p, blocked=p < 0.01)


def ratio(case: Case, _: Mode) -> Decision:
    """github-action-benchmark with an alert threshold of 110 %: any endpoint against the previous run."""
    worst = float(np.nanmax(_means(case.candidate[-1:])[0] / _means(case.baseline[-1:])[0]))
    return Decision(score=worst, blocked=worst > 1.10)


def threshold(case: Case, _: Mode) -> Decision:
    """A k6 threshold on p95 of all requests, set 10 % above the first baseline run and left there."""

    def p95(run: Run) -> float:
        return Sketch.merged([e.timings["duration"] for e in run.endpoints]).quantile(0.95)

    worst = p95(case.candidate[-1]) / p95(case.baseline[0])
    return Decision(score=worst, blocked=worst > 1.10)


def kayenta(case: Case, _: Mode) -> Decision:
    """Kayenta's Mann-Whitney test (98 % interval) on the requests of each endpoint, last baseline run against the candidate's."""
    z = []
    last = {e.endpoint: e.timings["duration"] for e in case.baseline[-1].endpoints}
    for stats in case.candidate[-1].endpoints:
        if stats.endpoint in last:
            z.append(_mann_whitney(last[stats.endpoint], stats.timings["duration"]))
    worst = max(z)
    return Decision(score=worst, blocked=float(normal_sf(worst)) < 0.01)


def _mann_whitney(one: Sketch, other: Sketch) -> float:
    """z of "other is larger" from the bins of two sketches."""
    bins = np.union1d(one.indices, other.indices)
    a, b = np.zeros(len(bins)), np.zeros(len(bins))
    a[np.searchsorted(bins, one.indices)] = one.counts
    b[np.searchsorted(bins, other.indices)] = other.counts
    n, m = a.sum(), b.sum()
    u = float((b * (np.cumsum(a) - 0.5 * a)).sum())
    ties = a + b
    total = n + m
    variance = n * m / 12 * ((total + 1) - float((ties**3 - ties).sum()) / (total * (total - 1)))
    return float((u - n * m / 2) / np.sqrt(variance))


def otava(case: Case, _: Mode) -> Decision:
    """Like Otava: is there a change point where the candidate begins? Student's t over the window before it, p < 0.001, each endpoint."""
    base, cand = np.log(_means(case.baseline)), np.log(_means(case.candidate))
    n, m = len(base), len(cand)
    if n + m < 4:
        return Decision(score=0.0, blocked=False)
    rest = np.nansum((base - np.nanmean(base, axis=0)) ** 2, axis=0) + np.nansum((cand - np.nanmean(cand, axis=0)) ** 2, axis=0)
    t = (np.nanmean(cand, axis=0) - np.nanmean(base, axis=0)) / np.sqrt(rest / (n + m - 2) * (1 / n + 1 / m))
    p = min(t_sf(float(x), n + m - 2) for x in t)
    return Decision(score=-p, blocked=p < 0.001)


RULES: dict[str, Rule] = {
    "Bencher t-test 0.99": bencher,
    "ratio 1.10 (github-action-benchmark)": ratio,
    "k6 threshold p95": threshold,
    "Kayenta Mann-Whitney": kayenta,
    "change point (like Otava)": otava,
}

"""Findings of latency metrics: the common shift, each endpoint by itself and against the others, and the tail above the level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import expm1, log1p

import numpy as np

from perfagent.model.comparison import ALL_ENDPOINTS, Mode
from perfagent.stats.distributions import Floats
from perfagent.stats.finding import Finding, Interval
from perfagent.stats.material import Material
from perfagent.stats.mixture import Effect, Effects, Oddity, coupled_prior, fit, log_normal_prior
from perfagent.stats.series import Logs, View, bundle
from perfagent.stats.typical import ALIKE, HETEROGENEITY, TYPICAL, Noise

_MOVED = 0.02  # one-sided level at which what a row is compared with counts as having moved itself
_OTHERS = "against the other endpoints of the same runs, which removes what a slow machine does to all of them"
_LONGER = "the tail above the endpoint's own level, which removes what moves all requests"


@dataclass(frozen=True, kw_only=True)
class Test:
    """One row's own effect, and the sharper question asked beside it with the share `trust` of the row's alpha."""

    own: Effect
    sharper: Effect | None = None
    trust: float = 0.0
    note: str | None = None
    cautious: Effect | None = None

    def beside(self, reference: Effect) -> Test:
        """Without the sharper question where its reference itself clearly moved the other way: then it says nothing of this row."""
        if self.sharper is None or min(reference.sf(), 1 - reference.sf()) > _MOVED or reference.centre * self.sharper.centre > 0:
            return self
        return Test(own=self.own)

    @property
    def p(self) -> float:
        if self.sharper is None:
            return self.own.sf()
        return min(_weaker(self.own.sf(), 1 - self.trust), _weaker(self.sharper.sf(), self.trust))


Tests = tuple[Test, Callable[[int], Test]]
"""Of all endpoints together, and of the k-th."""


def _weaker(p: float, share: float) -> float:
    """Šidák: the p-value of one of two tests that is given `share` of alpha."""
    return -float(np.expm1(np.log1p(-min(p, 1 - 1e-15)) / share))


def latency_findings(view: View, metric: str, weights: Sequence[float]) -> list[Finding]:
    """Of `*` and every endpoint; `weights` in that order."""
    if metric == "mean":
        logs, values = view.level, view.means()
    else:
        logs, *pair = view.quantile(metric)
        values = (pair[0], pair[1])
    together, each = _tail_tests(view) if metric == "p99" else _level_tests(view, logs, watched=any(weights))
    seen = np.isfinite(logs.y)
    findings = []
    if seen.any():
        findings.append(_finding(ALL_ENDPOINTS, metric, _typical(values[0]), _typical(values[1]), together, weights[0]))
    for k, endpoint in enumerate(view.material.endpoints):
        if _estimable(seen[k], view.material):
            b, c = (_typical(side[k : k + 1]) for side in values)
            findings.append(_finding(endpoint, metric, b, c, each(k), weights[k + 1]))
    return findings


def _level_tests(view: View, logs: Logs, *, watched: bool) -> Tests:
    """Rows that cannot block (not `watched`) are spared the sharper question."""
    noise = TYPICAL[view.material.mode]
    parts = bundle(logs, spread=noise.relative, wave=view.wave_variance)
    relative = None
    if watched and len(logs.y) > 1:
        relative = _fit(view, parts.relative, log_normal_prior(noise.relative, noise.spread), noise.odd_relative)
    common = _fit(view, parts.common, _common_prior(noise, relative), noise.odd if watched else _few(view, noise))
    own = _fit(view, parts.own, log_normal_prior(noise.own, noise.spread), _few(view, noise))

    def each(k: int) -> Test:
        if relative is None:
            return Test(own=own.series(k))
        return Test(own=own.series(k), sharper=relative.series(k), trust=noise.trust_relative, note=_OTHERS).beside(together)

    together = common.series(0)
    cautious = _cautious(view, parts.common, noise, relative) if watched and common.noise > ALIKE else None
    return Test(own=together, cautious=cautious), each


def _cautious(view: View, common: Logs, noise: Noise, relative: Effects | None) -> Effect | None:
    if noise.odd_cautious is None:
        return None
    return _fit(view, common, _common_prior(noise, relative), noise.odd_cautious).series(0)


def _few(view: View, noise: Noise) -> Oddity:
    """One odd round; of a history's runs, only the candidate's: the endpoints' own rows need not sort out the baseline's hosts again."""
    return replace(noise.odd, most=0 if view.material.mode is Mode.HISTORY else 1)


def _common_prior(noise: Noise, relative: Effects | None) -> Floats:
    """Machines on which endpoints scatter against each other also scatter as a whole: the one tells about the other, within a factor."""
    prior = log_normal_prior(noise.common, noise.spread)
    if relative is None:
        return prior
    return prior + coupled_prior(noise.common / noise.relative * max(relative.noise, noise.relative / 3), noise.coupling)


def _tail_tests(view: View) -> Tests:
    """The effect is that of level and tail above it, which is the plain quantile's with less noise."""
    noise = TYPICAL[view.material.mode]
    tail = bundle(view.tail, spread=noise.tail, wave=0.0)
    whole = bundle(view.level + view.tail, spread=noise.tail, wave=view.wave_variance)
    of_tail, of_all, of_own = (log_normal_prior(median, noise.spread) for median in (noise.tail, noise.common, noise.own))
    common = _fit(view, whole.common, of_all, _few(view, noise)), _fit(view, tail.common, of_tail, noise.odd_relative)
    own = _fit(view, whole.own, of_own, _few(view, noise)), _fit(view, tail.own, of_tail, noise.odd_relative)

    def test(pair: tuple[Effects, Effects], k: int) -> Test:
        return Test(own=pair[0].series(k), sharper=pair[1].series(k), trust=noise.trust_tail, note=_LONGER).beside(level)

    level = _fit(view, bundle(view.level, spread=noise.relative, wave=view.wave_variance).common, of_all, _few(view, noise)).series(0)
    return test(common, 0), lambda k: test(own, k)


def _fit(view: View, logs: Logs, prior: Floats, oddity: Oddity) -> Effects:
    variants, slot = view.variants(oddity)
    if slot is not None:
        rows = len(logs.y)
        logs = Logs(y=np.hstack((logs.y, np.zeros((rows, 1)))), v=np.hstack((logs.v, np.full((rows, 1), slot))))
    return fit(logs.y, logs.v, variants, prior=prior, spread=HETEROGENEITY if len(logs.y) > 1 else None)


def _estimable(seen: Floats, material: Material) -> bool:
    if material.mode is Mode.HISTORY:
        before = len(set(material.jobs[0]))
        return bool(seen[:before].any() and seen[before:].any())
    return bool(seen.any())


def _typical(values: Floats) -> float | None:
    """Geometric mean over endpoints, in seconds."""
    good = values[np.isfinite(values) & (values > 0)]
    return float(np.exp(np.log(good).mean())) if len(good) else None


def _finding(endpoint: str, metric: str, baseline: float | None, candidate: float | None, test: Test, weight: float) -> Finding:
    chosen, share, note = _shown(test)
    centre = chosen.centre

    def interval(alpha: float) -> Interval:
        low, high, seen = (_relative(bound) for bound in chosen.bounds(alpha * share))
        return Interval(effect=expm1(centre), low=low, high=high, detectable=seen, note=note)

    return Finding(
        endpoint=endpoint,
        metric=metric,
        unit="s",
        baseline=baseline,
        candidate=candidate,
        p=test.p,
        weight=weight,
        interval=interval,
        cautious=None if test.cautious is None else test.cautious.sf(),
        below=lambda limit: 1.0 - chosen.sf(log1p(limit)),
        note=note,
    )


def _shown(test: Test) -> tuple[Effect, float, str | None]:
    """The sharper question's answer where that is what decides; else the row's own effect. Symmetric in the two sides."""
    if test.sharper is None:
        return test.own, 1.0, None
    sides = [min(e.sf(), 1 - e.sf()) for e in (test.own, test.sharper)]
    if sides[1] / test.trust < sides[0] / (1 - test.trust) and sides[1] < 0.001:
        return test.sharper, test.trust, test.note
    return test.own, 1 - test.trust, None


def _relative(log_effect: float) -> float | None:
    return expm1(log_effect) if log_effect < 20 else None

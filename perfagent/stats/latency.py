"""Findings of latency metrics: the common shift, and each endpoint by itself and against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, expm1, log1p

import numpy as np

from perfagent.model.comparison import ALL_ENDPOINTS, Mode
from perfagent.stats.distributions import Floats
from perfagent.stats.finding import Finding, Interval
from perfagent.stats.material import Material
from perfagent.stats.mixture import Design, Effects, Oddity, fit, history_design, location_design, log_normal_prior
from perfagent.stats.series import Bundle, Logs, bundle, level_logs, paired_level, quantile_logs, reader


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What is typical of a way of measuring before any run is seen: medians of the noise between rounds or runs (log scale)."""

    common: float
    own: float
    relative: float
    spread: float
    oddity: Oddity
    trust_relative: float
    """Share of an endpoint's alpha that goes to its comparison with the other endpoints."""


# Duet and turns: paired runs on one machine. History: reruns of one commit in CI, of which 21 % move by more than 10 % (that is a standard
# deviation of about 6 % a run) and in which about one run in a hundred meets a host that is slower by tens of percent.
NOISE = {
    Mode.DUET: Noise(
        common=0.015, own=0.015, relative=0.012, spread=0.9, oddity=Oddity(share=0.02, certainty=10, size=0.15), trust_relative=0.0
    ),
    Mode.TURNS: Noise(
        common=0.05, own=0.05, relative=0.02, spread=0.9, oddity=Oddity(share=0.02, certainty=10, size=0.3), trust_relative=0.6
    ),
    Mode.HISTORY: Noise(
        common=0.06, own=0.07, relative=0.03, spread=0.7, oddity=Oddity(share=0.01, certainty=15, size=0.3, most=2), trust_relative=0.8
    ),
}
_HETEROGENEITY = 0.45  # how much endpoints of one service differ in noise (standard deviation of its log)
_SLOT_SD = 0.10  # what the second place in a round may cost, before it is estimated


def latency_findings(material: Material, metric: str, weights: Sequence[float]) -> list[Finding]:
    """Of `*` and every endpoint of `material`; `weights` in that order."""
    noise = NOISE[material.mode]
    base, cand = _sides(material, metric)
    logs = _observations(material, metric, base, cand)
    design, slot = design_of(material)
    parts = bundle(logs, spread=noise.relative)
    if slot is not None:
        parts = _with_prior(parts, slot)
    common, own, relative = _fits(parts, design, noise)
    with np.errstate(invalid="ignore"):
        b_value, c_value = np.exp(_row_mean(base.y)), np.exp(_row_mean(cand.y))
    findings = [_finding(ALL_ENDPOINTS, metric, _value(b_value), _value(c_value), common, None, 0, noise, weights[0])]
    for k, endpoint in enumerate(material.endpoints):
        if not _estimable(logs.y[k], material):
            continue
        findings.append(
            _finding(endpoint, metric, _value(b_value[k : k + 1]), _value(c_value[k : k + 1]), own, relative, k, noise, weights[k + 1])
        )
    return findings


def _sides(material: Material, metric: str) -> tuple[Logs, Logs]:
    if metric == "mean":
        return level_logs(material.baseline, material.endpoints), level_logs(material.candidate, material.endpoints)
    phase, read = reader(metric)
    return (
        quantile_logs(material.baseline, material.endpoints, phase=phase, read=read),
        quantile_logs(material.candidate, material.endpoints, phase=phase, read=read),
    )


def _observations(material: Material, metric: str, base: Logs, cand: Logs) -> Logs:
    """Paired: differences per round. History: runs of both sides, each endpoint centred on its baseline."""
    if material.mode is Mode.HISTORY:
        centre = _row_mean(base.y)[:, None]
        return Logs(y=np.hstack((base.y, cand.y)) - centre, v=np.hstack((base.v, cand.v)))
    if metric == "mean":
        return paired_level(material.baseline, material.candidate, material.endpoints)
    return Logs(y=cand.y - base.y, v=cand.v + base.v)


def _row_mean(values: Floats) -> Floats:
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(seen, values, 0.0).sum(axis=1) / seen.sum(axis=1), dtype=np.float64)


def design_of(material: Material) -> tuple[Design, float | None]:
    if material.mode is Mode.HISTORY:
        return history_design(len(material.baseline), len(material.candidate)), None
    order = None if material.order is None else np.asarray(material.order)
    return location_design(len(material.baseline), order, _SLOT_SD)


def _with_prior(parts: Bundle, variance: float) -> Bundle:
    def longer(logs: Logs) -> Logs:
        rows = len(logs.y)
        return Logs(y=np.hstack((logs.y, np.zeros((rows, 1)))), v=np.hstack((logs.v, np.full((rows, 1), variance))))

    return Bundle(own=longer(parts.own), common=longer(parts.common), relative=longer(parts.relative))


def _fits(parts: Bundle, design: Design, noise: Noise) -> tuple[Effects, Effects, Effects | None]:
    single = replace(noise.oddity, most=min(noise.oddity.most, 1))
    common = fit(parts.common.y, parts.common.v, design, oddity=noise.oddity, prior=log_normal_prior(noise.common, noise.spread))
    own = fit(parts.own.y, parts.own.v, design, oddity=single, prior=log_normal_prior(noise.own, noise.spread), spread=_HETEROGENEITY)
    if noise.trust_relative == 0 or len(parts.own.y) < 2:
        return common, own, None
    prior = log_normal_prior(noise.relative, noise.spread)
    return common, own, fit(parts.relative.y, parts.relative.v, design, oddity=single, prior=prior, spread=_HETEROGENEITY)


def _estimable(row: Floats, material: Material) -> bool:
    seen = np.isfinite(row)
    if material.mode is Mode.HISTORY:
        return bool(seen[: len(material.baseline)].any() and seen[len(material.baseline) :].any())
    return bool(seen.any())


def _value(values: Floats) -> float | None:
    """Geometric mean over endpoints, in seconds."""
    good = values[np.isfinite(values) & (values > 0)]
    return float(np.exp(np.log(good).mean())) if len(good) else None


def _finding(
    endpoint: str,
    metric: str,
    baseline: float | None,
    candidate: float | None,
    own: Effects,
    relative: Effects | None,
    k: int,
    noise: Noise,
    weight: float,
) -> Finding:
    ours = own.series(k)
    theirs = relative.series(k) if relative is not None else None
    p_own = float(ours.sf()[0])
    p, chosen, alpha_share, note = p_own, ours, 1.0, None
    if theirs is not None:
        trust = noise.trust_relative
        p_relative = float(theirs.sf()[0])
        p = min(1 - (1 - p_own) ** (1 / (1 - trust)), 1 - (1 - p_relative) ** (1 / trust))
        if min(p_relative, 1 - p_relative) / trust < min(p_own, 1 - p_own) / (1 - trust) and min(p_relative, 1 - p_relative) < 0.001:
            chosen, alpha_share = theirs, trust
            note = "against the other endpoints of the same runs, which removes what a slow machine does to all of them"
        else:
            alpha_share = 1 - trust
    centre = float(chosen.centre[0])

    def interval(alpha: float) -> Interval:
        low, high = (float(chosen.quantile(share)[0]) for share in (alpha * alpha_share, 1 - alpha * alpha_share))
        return Interval(effect=expm1(centre), low=_relative(low), high=_relative(high), note=note)

    return Finding(
        endpoint=endpoint,
        metric=metric,
        unit="s",
        baseline=baseline,
        candidate=candidate,
        p=p,
        weight=weight,
        interval=interval,
        detectable=lambda alpha: _relative(float(chosen.detectable(alpha * alpha_share)[0])),
        below=lambda limit: 1.0 - float(chosen.sf(log1p(limit))[0]),
        note=note,
    )


def _relative(log_effect: float) -> float | None:
    return exp(log_effect) - 1 if log_effect < 20 else None

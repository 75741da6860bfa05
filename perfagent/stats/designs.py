"""How the observations of each way of measuring may have come about."""

from __future__ import annotations

from math import log

import numpy as np

from perfagent.stats.distributions import Floats
from perfagent.stats.mixture import Design

# How often a history of runs is level, drifts, or has a step in it, before it is seen.
_LEVEL, _DRIFTING, _STEPPED = 0.80, 0.15, 0.05
_DRIFTS = (0.05, 0.4)  # variance of one step of a random walk, relative to the noise of one run
_STEP_SD = 0.3
_SIDE_OF_STEP = 3  # runs that must lie on each side of a step: fewer are rather slow hosts


def round_designs(rounds: int, order: Floats | None, slot_sd: float) -> tuple[Design, float | None]:
    """Rounds whose differences estimate the effect; with `order` (+1: candidate second) the slot's own effect is estimated and removed.

    The slot's effect has a prior of `slot_sd` as one pseudo-observation appended to the rounds: returns its variance (None: no slot).
    """
    one, none = np.ones(rounds), np.zeros(rounds)
    if order is None:
        return Design(effect=one, nuisance=none, scale=one, may_be_odd=one, extra=none), None
    prior = np.append(one, 0.0)
    return Design(effect=prior, nuisance=np.append(order, 1.0), scale=prior, may_be_odd=prior, extra=np.zeros(rounds + 1)), slot_sd**2


def history_designs(baselines: int, candidates: int) -> list[Design]:
    """Runs of the baseline in order of time, then of the candidate; the nuisance is the level. Level, drifting, or with one step."""
    n = baselines + candidates
    effect = np.concatenate((np.zeros(baselines), np.ones(candidates)))
    one, none = np.ones(n), np.zeros(n)
    designs = [Design(effect=effect, nuisance=one, scale=one, may_be_odd=one, extra=none, log_prior=log(_LEVEL))]
    if baselines < 2 * _SIDE_OF_STEP:
        return designs
    walk = np.minimum.outer(np.minimum(np.arange(n), baselines), np.minimum(np.arange(n), baselines)).astype(float)
    values, vectors = np.linalg.eigh(walk)
    for drift in _DRIFTS:
        designs.append(
            Design(
                effect=vectors.T @ effect, nuisance=vectors.T @ one, scale=1 + drift * np.maximum(values, 0.0), may_be_odd=none, extra=none,
                rotation=vectors.T, log_prior=log(_DRIFTING / len(_DRIFTS)),
            )
        )  # fmt: skip
    cuts = range(_SIDE_OF_STEP, baselines - _SIDE_OF_STEP + 1)
    return designs + [_stepped(n, cut, effect, log(_STEPPED / len(cuts))) for cut in cuts]


def _stepped(n: int, cut: int, effect: Floats, log_prior: float) -> Design:
    """The first `cut` runs had another level: their mean tells almost nothing about today's, their scatter still tells the noise."""
    rotation = np.eye(n)
    rotation[:cut, :cut] = _helmert(cut)
    extra = np.zeros(n)
    extra[0] = cut * _STEP_SD**2
    return Design(
        effect=rotation @ effect, nuisance=rotation @ np.ones(n), scale=np.ones(n), may_be_odd=np.zeros(n), extra=extra,
        rotation=rotation, log_prior=log_prior,
    )  # fmt: skip


def _helmert(n: int) -> Floats:
    """Orthogonal; the first row is the mean (times the root of n), the others are contrasts."""
    out = np.zeros((n, n))
    out[0] = n**-0.5
    for i in range(1, n):
        out[i, :i] = (i * (i + 1)) ** -0.5
        out[i, i] = -i * (i * (i + 1)) ** -0.5
    return out

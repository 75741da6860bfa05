"""Alpha spread over looks: a run that looks after each round may stop early without blocking more unchanged candidates.

A spending function (Lan and DeMets 1983; Kim and DeMets' power family) fixes how much of alpha is used up by each look, and the joint
normal distribution of the looks (Armitage, McPherson and Rowe 1969) turns it into a nominal level. Both depend on the plan alone, so the
same rounds always give the same rows.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from perfagent.stats.distributions import Floats, normal_ppf, normal_sf
from perfagent.stats.policy import Gate

_POWER = 1.5  # between Pocock's eager and O'Brien and Fleming's reluctant early looks: clear regressions are caught at the first
_POINTS = 401


def strictness(gate: Gate, rounds: int) -> float:
    """alpha divided by the nominal level of the look after `rounds` rounds; 1 where the plan has a single look."""
    if gate.max_rounds is None or gate.max_rounds <= gate.min_rounds:
        return 1.0
    looks = nominal_levels(gate.alpha, gate.min_rounds, gate.max_rounds)
    at = min(max(rounds, gate.min_rounds), gate.max_rounds) - gate.min_rounds
    return gate.alpha / looks[at]


@lru_cache(maxsize=64)
def nominal_levels(alpha: float, first: int, last: int) -> tuple[float, ...]:
    """One-sided level of each look, after `first`, `first + 1`, ..., `last` rounds."""
    spent = [alpha * (n / last) ** _POWER for n in range(first, last + 1)]
    levels = [spent[0]]
    bound = -normal_ppf(spent[0]) * first**0.5  # on the scale of the sum of `first` unit normals
    sums = np.linspace(-8 * first**0.5, bound, _POINTS)
    density = np.exp(-(sums**2) / (2 * first)) / np.sqrt(2 * np.pi * first)
    for n in range(first + 1, last + 1):
        mass = density * _trapezoid(sums)
        wanted = spent[n - first] - spent[n - first - 1]
        low, high = 0.0, 10.0 * n**0.5
        for _ in range(60):
            bound = 0.5 * (low + high)
            low, high = (bound, high) if float(mass @ normal_sf(bound - sums)) > wanted else (low, bound)
        levels.append(float(normal_sf(bound / n**0.5)))
        reached = np.linspace(-8 * n**0.5, bound, _POINTS)
        kernel = np.exp(-0.5 * (reached[:, None] - sums[None, :]) ** 2) / np.sqrt(2 * np.pi)
        sums, density = reached, kernel @ mass
    return tuple(levels)


def _trapezoid(points: Floats) -> Floats:
    width = np.full(len(points), points[1] - points[0])
    width[[0, -1]] *= 0.5
    return width

"""What is typical of each way of measuring before any run is seen: the priors of the verdict, all in one place.

Sources. History: of 84,624 reruns of unchanged commits on one project's CI 21 % moved by more than 10 %, which is a standard deviation of
about 6 % a run; single hosts are slower by tens of percent about once in a hundred runs. Duet and turns: 3.7 % and 13.4 % were left in the
estimate of 72 s of load on a contended machine. `spread` keeps every prior wide: a handful of runs overrules it.
"""

from __future__ import annotations

from dataclasses import dataclass

from perfagent.model.comparison import Mode
from perfagent.stats.mixture import Oddity

HETEROGENEITY = 0.45
"""How much the endpoints of one service differ in their noise (standard deviation of its log)."""
ALIKE = 0.02
"""Machines whose runs repeat within this (log scale) are alike: dedicated ones, of which none is slow by tens of percent."""
SLOT_SD = 0.10
"""What the second place in a round may cost, before it is estimated (log scale)."""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Medians of the noise between rounds or runs (log scale): of all endpoints together, of one, of one against the others, of its tail.

    `trust_relative`: the share of an endpoint's alpha that goes to its comparison with the other endpoints; `trust_tail` that of the tail
    above the level. `together` multiplies the weight of the row of all requests in the family.
    """

    common: float
    own: float
    relative: float
    tail: float
    spread: float
    coupling: float
    odd: Oddity
    odd_relative: Oddity
    trust_relative: float
    trust_tail: float
    odd_cautious: Oddity | None = None
    """More slow machines than that; a row of all requests that this explains is not blocked but measured again."""


TYPICAL = {
    Mode.DUET: Noise(
        common=0.025,
        own=0.03,
        relative=0.015,
        tail=0.02,
        spread=0.8,
        coupling=0.6,
        odd=Oddity(share=0.02, certainty=10, size=0.3),
        odd_relative=Oddity(share=0.01, certainty=20, size=0.10),
        trust_relative=0.3,
        trust_tail=0.7,
    ),
    Mode.TURNS: Noise(
        common=0.10,
        own=0.10,
        relative=0.025,
        tail=0.02,
        spread=0.8,
        coupling=0.6,
        odd=Oddity(share=0.02, certainty=10, size=0.3),
        odd_relative=Oddity(share=0.01, certainty=20, size=0.10),
        trust_relative=0.7,
        trust_tail=0.9,
    ),
    Mode.HISTORY: Noise(
        common=0.06,
        own=0.07,
        relative=0.03,
        tail=0.03,
        spread=0.6,
        coupling=0.4,
        odd=Oddity(share=0.005, certainty=15, size=0.2, shift=0.3, most=2),
        odd_cautious=Oddity(share=0.025, certainty=15, size=0.3, shift=0.3, most=2),
        odd_relative=Oddity(share=0.0005, certainty=200, size=0.15),
        trust_relative=0.9,
        trust_tail=0.95,
    ),
}

from __future__ import annotations

import pytest

from perfagent.model.comparison import ALL_ENDPOINTS, Mode, Verdict
from perfagent.stats.gate import Gate, compare


def turns(player, *, rounds: int, second: float, slower: float, balanced: bool = True):
    """The second place of each round is slower by `second` (log scale)."""
    base, cand = [], []
    for r in range(rounds):
        candidate_first = balanced and r % 4 in (1, 2)
        for side, kept in (("baseline", base), ("candidate", cand)):
            late = (side == "candidate") != candidate_first
            host = second * late + player.rng.normal(0, 0.02)
            kept.append(player.run(side, round=r, host=host, at=1000.0 * r + 100.0 * late, slower=slower if side == "candidate" else 0.0))
    return base, cand


def test_sides_that_ran_one_after_the_other_are_turns(service) -> None:
    assert compare(*turns(service(1), rounds=4, second=0.0, slower=0.0), paired=True).mode is Mode.TURNS


def test_the_slot_is_estimated_and_removed(service) -> None:
    found = compare(*turns(service(2), rounds=8, second=0.3, slower=0.2), paired=True)
    level = next(r for r in found.rows if (r.endpoint, r.metric) == (ALL_ENDPOINTS, "mean"))
    assert level.effect == pytest.approx(0.2, abs=0.06)
    assert found.verdict is Verdict.REGRESSION


def test_a_slower_second_place_alone_blocks_nothing(service) -> None:
    found = compare(*turns(service(3), rounds=6, second=0.3, slower=0.0), paired=True, gate=Gate(max_regression=0.0))
    assert found.verdict is not Verdict.REGRESSION


def test_a_fixed_order_is_said_and_cannot_block_by_a_slot_sized_effect(service) -> None:
    found = compare(*turns(service(4), rounds=6, second=0.15, slower=0.0, balanced=False), paired=True)
    assert found.verdict is not Verdict.REGRESSION
    assert any("order" in reason for reason in found.reasons)

from __future__ import annotations

import numpy as np
import pytest

from perfagent.model.comparison import Mode, Verdict
from perfagent.stats.distributions import normal_ppf
from perfagent.stats.gate import Gate, compare
from perfagent.stats.sequential import next_step
from perfagent.stats.spending import nominal_levels, strictness

PLAN = {"mode": Mode.DUET, "min_rounds": 4, "max_rounds": 8}


def test_looks_together_spend_alpha_and_no_more() -> None:
    """A simulated walk that is looked at after each of 4..12 rounds crosses a level in one case of a hundred."""
    levels = np.array([-normal_ppf(p) for p in nominal_levels(0.01, 4, 12)])
    steps = np.random.default_rng(1).normal(size=(200_000, 12))
    z = steps.cumsum(axis=1)[:, 3:] / np.sqrt(np.arange(4, 13))
    assert float((z > levels).any(axis=1).mean()) == pytest.approx(0.01, abs=0.0008)


def test_a_plan_with_one_look_costs_nothing() -> None:
    assert strictness(Gate(), 6) == 1.0
    assert strictness(Gate(min_rounds=4, max_rounds=4), 4) == 1.0


def test_early_looks_are_stricter_than_late_ones() -> None:
    gate = Gate(min_rounds=4, max_rounds=12)
    assert strictness(gate, 4) > strictness(gate, 12) > 1.0


def test_a_clear_regression_stops_at_the_first_look(service) -> None:
    base, cand = service(1).duet(4, slower=0.4)
    decision = next_step(base, cand, gate=Gate(), **PLAN)
    assert decision.stop
    assert decision.comparison.verdict is Verdict.REGRESSION


def test_a_clear_pass_stops_early(service) -> None:
    base, cand = service(2, host=0.004, requests=4000, endpoints=3).duet(4)
    decision = next_step(base, cand, gate=Gate(), **PLAN)
    assert decision.stop, decision.reason
    assert decision.comparison.verdict is Verdict.PASS


def test_an_open_answer_asks_for_more_rounds_until_the_plan_ends(service) -> None:
    base, cand = service(3, host=0.12).duet(8, slower=0.1)
    early = next_step(base[:4], cand[:4], gate=Gate(), **PLAN)
    assert not early.stop
    assert next_step(base, cand, gate=Gate(), **PLAN).stop


def test_fewer_rounds_than_planned_go_on(service) -> None:
    base, cand = service(4).duet(2, slower=0.5)
    decision = next_step(base, cand, gate=Gate(), **PLAN)
    assert not decision.stop
    assert decision.comparison.verdict is not Verdict.PASS


def test_saved_runs_give_the_rows_that_the_run_gave(service) -> None:
    base, cand = service(5).duet(5, slower=0.15)
    decision = next_step(base, cand, gate=Gate(), **PLAN)
    again = compare(base, cand, paired=True, gate=decision.gate)
    assert again.rows == decision.comparison.rows
    assert again.p_value == decision.comparison.p_value

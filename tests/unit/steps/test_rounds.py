import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from perfagent.errors import LoadTestError
from perfagent.model.comparison import Comparison, Mode
from perfagent.model.run import Run, Side
from perfagent.steps.rounds import Decision, Measured, Plan, measure, slots

BOTH = (Side.BASELINE, Side.CANDIDATE)


def plan(mode=Mode.DUET, sides=BOTH, least=2, most=6, budget=1000.0, seed=1):
    return Plan(mode=mode, sides=sides, min_rounds=least, max_rounds=most, budget=budget, seed=seed)


def run_of(side, number, problems=()):
    return Run(id=f"{side}-{number}", side=side, round=number, endpoints=(), duration=1.0, problems=problems)


class Bench:
    """Targets and a load generator with a memory; `dies` is the round in which the candidate dies."""

    def __init__(self, stop_after=99, dies=None, problems=()):
        self.up, self.log, self.ticks = set(), [], 0.0
        self.stop_after, self.dies, self.problems = stop_after, dies, problems

    @asynccontextmanager
    async def start(self, side, number):
        self.up.add(side)
        self.log.append(("start", number, side))
        try:
            yield Up(side, "died" if self.dies == number and side is Side.CANDIDATE else None)
        finally:
            self.up.discard(side)

    async def load(self, number, urls):
        assert set(urls) == self.up, "only what is loaded is up"
        self.log.append(("load", number, tuple(urls)))
        self.ticks += 10.0
        return [run_of(side, number, self.problems) for side in urls]

    def decide(self, so_far):
        rounds = len(so_far.candidate)
        return Decision(comparison=Comparison(rows=()), stop=rounds >= self.stop_after, reason=f"after {rounds}")

    def measure(self, scheme, into=None):
        return asyncio.run(
            measure(
                scheme,
                start=self.start,
                load=self.load,
                decide=self.decide,
                clock=lambda: self.ticks,
                announce=lambda _: None,
                into=into if into is not None else Measured(),
            )
        )


class Up:
    def __init__(self, side, death):
        self.url, self._death = f"http://{side}", death

    def poll(self):
        return self._death


def test_duet_loads_both_sides_at_once_and_restarts_them_each_round():
    bench = Bench(stop_after=3)
    measured = bench.measure(plan())
    loads = [entry[2] for entry in bench.log if entry[0] == "load"]
    assert loads == [BOTH] * 3
    assert Counter(side for kind, _, side in bench.log if kind == "start") == {Side.BASELINE: 3, Side.CANDIDATE: 3}
    assert (len(measured.baseline), len(measured.candidate)) == (3, 3)
    assert bench.up == set()


def test_in_duet_the_side_that_starts_first_alternates():
    bench = Bench(stop_after=2)
    bench.measure(plan())
    starts = [(number, side) for kind, number, side in bench.log if kind == "start"]
    assert starts == [(1, BOTH[0]), (1, BOTH[1]), (2, BOTH[1]), (2, BOTH[0])]


@pytest.mark.parametrize("seed", range(8))
def test_turns_are_balanced_abba(seed):
    order = [slots(plan(mode=Mode.TURNS, seed=seed), number) for number in range(1, 5)]
    flat = [group[0] for round_ in order for group in round_]
    assert flat[:4] == flat[4:]
    assert flat[0] == flat[3]
    assert flat[1] == flat[2]
    assert flat[0] != flat[1]


def test_both_first_orders_are_drawn():
    assert {slots(plan(mode=Mode.TURNS, seed=seed), 1)[0] for seed in range(20)} == {(Side.BASELINE,), (Side.CANDIDATE,)}


def test_at_least_the_minimum_is_measured_before_anyone_decides():
    bench = Bench(stop_after=1)
    assert len(bench.measure(plan(least=4)).candidate) == 4


def test_no_round_is_begun_that_would_not_end_within_the_budget():
    measured = Bench().measure(plan(budget=35.0))
    assert len(measured.candidate) == 3
    assert "budget" in measured.stopped_because


def test_the_budget_never_cuts_the_minimum():
    assert len(Bench().measure(plan(least=4, budget=1.0)).candidate) == 4


def test_a_target_that_died_ends_the_measuring_and_what_was_measured_stays():
    bench, kept = Bench(dies=2), Measured()
    with pytest.raises(LoadTestError, match="round 2: died"):
        bench.measure(plan(), into=kept)
    assert len(kept.candidate) == 1
    assert bench.up == set()


def test_two_unusable_rounds_of_a_side_are_enough_to_give_up():
    with pytest.raises(LoadTestError, match="starved"):
        Bench(problems=("starved",)).measure(plan(least=5))


def test_history_mode_brings_only_the_candidate_up():
    bench = Bench(stop_after=2)
    measured = bench.measure(plan(mode=Mode.HISTORY, sides=(Side.CANDIDATE,)))
    assert measured.baseline == []
    assert len(measured.candidate) == 2

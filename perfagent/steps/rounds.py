"""Rounds: the measurement itself. Both sides in the same job, restarted each round, until the answer is clear or the budget is spent.

Duet: both sides are up and loaded at the same moment, so that noise in time hits both alike.
Turns: one side at a time, in balanced order (ABBA, the first order drawn by the seed), so that a slower second slot blames nobody.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from perfagent.errors import LoadTestError, TargetError
from perfagent.model.comparison import Comparison, Mode
from perfagent.model.run import Run, Side

WATCH_SECONDS = 0.5  # how soon a dead target ends the load


class Up(Protocol):
    """A side that is up and can be loaded."""

    @property
    def url(self) -> str: ...

    def poll(self) -> str | None:
        """Why it is no longer up; None while it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`budget` and `round_seconds` in seconds. `sides` are those that can be up at all (history mode has only the candidate)."""

    mode: Mode
    sides: tuple[Side, ...]
    min_rounds: int
    max_rounds: int
    budget: float
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the statistics say after a round."""

    comparison: Comparison
    stop: bool
    reason: str


@dataclass(slots=True)
class Measured:
    """Grows with each round; what is in it is also on disk."""

    baseline: list[Run] = field(default_factory=list)
    candidate: list[Run] = field(default_factory=list)
    stopped_because: str = ""

    def add(self, runs: Sequence[Run]) -> None:
        for run in runs:
            (self.baseline if run.side is Side.BASELINE else self.candidate).append(run)

    @property
    def runs(self) -> list[Run]:
        return [*self.baseline, *self.candidate]


Start = Callable[[Side, int], AbstractAsyncContextManager[Up]]
Load = Callable[[int, Mapping[Side, str]], Awaitable[Sequence[Run]]]
Decide = Callable[[Measured], Decision]


async def measure(
    plan: Plan, *, start: Start, load: Load, decide: Decide, clock: Callable[[], float], announce: Callable[[str], None], into: Measured
) -> Measured:
    """Measure round after round into `into`.

    `start(side, round)` brings a side up and takes it down again; `load(round, urls)` plays the scenario on the given sides at the
    same time and returns their runs. Raises LoadTestError when the load test cannot run; what was measured before stays in `into`.
    """
    began = clock()
    longest = 0.0
    for number in range(1, plan.max_rounds + 1):
        round_began = clock()
        for group in slots(plan, number):
            into.add(await _one_slot(group, number, start=start, load=load))
        longest = max(longest, clock() - round_began)
        _refuse_hopeless(into, number)
        if number >= plan.min_rounds:
            decision = decide(into)
            announce(f"round {number}/{plan.max_rounds}: {decision.reason}")
            if decision.stop:
                into.stopped_because = decision.reason
                return into
        else:
            announce(f"round {number}/{plan.max_rounds} measured")
        if number >= plan.min_rounds and clock() - began + longest > plan.budget:
            into.stopped_because = f"the time budget of {plan.budget:.0f} s is spent after {number} rounds"
            return into
    into.stopped_because = f"all {plan.max_rounds} rounds are measured"
    return into


def slots(plan: Plan, number: int) -> list[tuple[Side, ...]]:
    """Which sides are loaded together, one group after the other, in round `number` (from 1)."""
    if plan.mode is not Mode.TURNS or len(plan.sides) == 1:
        return [plan.sides]
    first, second = plan.sides if random.Random(plan.seed).random() < 0.5 else plan.sides[::-1]  # noqa: S311 - order, not secrets
    return [(first,), (second,)] if number % 2 else [(second,), (first,)]


async def _one_slot(group: tuple[Side, ...], number: int, *, start: Start, load: Load) -> Sequence[Run]:
    async with AsyncExitStack() as stack:
        # The side that starts first changes every round: a first start may find colder caches.
        ordered = group if number % 2 else group[::-1]
        up = {side: await stack.enter_async_context(start(side, number)) for side in ordered}
        return await _watched(number, up, load)


async def _watched(number: int, up: Mapping[Side, Up], load: Load) -> Sequence[Run]:
    """Load the sides and end the load as soon as one of them dies: a dead side is the reason, whatever k6 makes of it."""
    runs: Sequence[Run] = ()
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while not _death(up):
                await anyio.sleep(WATCH_SECONDS)
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            runs = await load(number, {side: up[side].url for side in Side if side in up})
        except Exception as error:
            failure = error
        tasks.cancel_scope.cancel()
    death = _death(up)
    if death:
        raise TargetError(f"round {number}: {death}", hint="its whole log is in the run folder, under logs/") from failure
    if failure:
        raise failure
    return runs


def _death(up: Mapping[Side, Up]) -> str | None:
    return next((why for target in up.values() if (why := target.poll())), None)


def _refuse_hopeless(measured: Measured, number: int) -> None:
    """Two rounds in which no run of a side could be used will not be healed by a third."""
    if number < 2:
        return
    for runs in (measured.baseline, measured.candidate):
        if runs and not any(run.usable for run in runs):
            problems = sorted({problem for run in runs for problem in run.problems})
            raise LoadTestError(f"no {runs[0].side} run of {number} rounds can be used: {'; '.join(problems)}")

"""Both sides loaded at the same moment with one unchanged script, so that noise in time hits both alike.

Two ways. `processes`: a k6 for each side, started together in random order with a small random offset, so that their arrivals have another
phase in each round. `iterations`: one k6 that loads the script once per side and lets a seeded coin send each iteration to one of them;
rates, VUs and iterations are doubled, so that each side gets the load that the script asks for.
"""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import anyio
import anyio.abc
import anyio.to_thread

from perfagent.errors import ConfigurationError
from perfagent.ingest.stream import K6Stream
from perfagent.model.run import Run, Side
from perfagent.steps.k6.command import process_env, run_command
from perfagent.steps.k6.execution import MARGIN, Prepared, finish, play_one, prepare, shortened, writing
from perfagent.steps.k6.inspection import inspect
from perfagent.steps.k6.log import LogReader
from perfagent.steps.k6.player import play
from perfagent.steps.k6.raw import RawFile
from perfagent.steps.k6.request import K6Execution, K6Progress, K6Request, OnProgress, Watch
from perfagent.steps.k6.wrapper import SIDES_VARIABLE, Round, sides_json, two_roots, write_duet_wrapper

MAX_OFFSET = 0.2  # seconds; longer than the gap between two arrivals at any rate worth measuring


class DuetWay(StrEnum):
    PROCESSES = "processes"
    ITERATIONS = "iterations"


async def execute_duet(
    baseline: K6Request,
    candidate: K6Request,
    *,
    seed: int,
    way: DuetWay = DuetWay.PROCESSES,
    on_progress: OnProgress | None = None,
    watch: Watch | None = None,
) -> dict[Side, K6Execution]:
    """Play the script on both sides at once; when one side fails the other is stopped. Raises as `execute` does."""
    if (baseline.side, candidate.side) != (Side.BASELINE, Side.CANDIDATE) or baseline.round != candidate.round:
        raise ValueError("a duet needs a baseline request and a candidate request of the same round")
    rng = random.Random(f"{seed}/{baseline.round}")  # noqa: S311 - a reproducible order, not a secret
    if way is DuetWay.PROCESSES:
        return await _processes((baseline, candidate), rng, on_progress, watch)
    return await _iterations(baseline, candidate, rng.getrandbits(31), on_progress, watch)


async def _processes(
    requests: tuple[K6Request, K6Request], rng: random.Random, on_progress: OnProgress | None, watch: Watch | None
) -> dict[Side, K6Execution]:
    prepared = {r.side: await anyio.to_thread.run_sync(prepare, r) for r in requests}
    order = list(requests)
    rng.shuffle(order)
    delays = {order[0].side: 0.0, order[1].side: rng.uniform(0.0, MAX_OFFSET)}
    done: dict[Side, K6Execution] = {}
    failures: list[BaseException] = []

    async def one(request: K6Request, group: anyio.abc.TaskGroup) -> None:
        try:
            await anyio.sleep(delays[request.side])
            done[request.side] = await play_one(request, prepared[request.side], on_progress=on_progress, watch=watch)
        except Exception as error:
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for request in order:
            group.start_soon(one, request, group)
    if failures:
        raise failures[0]
    return {side: done[side] for side in Side}


async def _iterations(
    baseline: K6Request, candidate: K6Request, seed: int, on_progress: OnProgress | None, watch: Watch | None
) -> dict[Side, K6Execution]:
    if baseline.script.absolute() != candidate.script.absolute():
        raise ConfigurationError(
            "one k6 for both sides plays one script; the sides have two", hint=f"set the way of the duet to `{DuetWay.PROCESSES}`"
        )
    with tempfile.TemporaryDirectory(prefix="perfagent-duet-") as private:
        roots = two_roots(Path(private))
        both = _Both(baseline, candidate, roots)
        prepared = await anyio.to_thread.run_sync(both.prepare, seed)
        return await both.play(prepared, on_progress, watch)


class _Both:
    """One k6 for both sides."""

    def __init__(self, baseline: K6Request, candidate: K6Request, roots: dict[Side, Path]) -> None:
        self._requests = {Side.BASELINE: baseline, Side.CANDIDATE: candidate}
        self._any = baseline
        self._label = f"duet-{baseline.round}"
        self._roots = roots
        self._shorten = {str(root): "" for root in roots.values()} | shortened(baseline)

    def prepare(self, seed: int) -> Prepared:
        alone = prepare(self._any)  # says what is wrong with the script in its own words, and what its functions are
        fit = Round(tags={"perfagent_round": str(self._any.round)}, seconds=self._any.duration, load=2, thresholds=False)
        envs = {side: request.script_env for side, request in self._requests.items()}
        script_env = {**self._any.script_env, SIDES_VARIABLE: sides_json(envs, self._roots, self._any.script)}
        with writing(self._any.folder):
            wrapper = write_duet_wrapper(self._any.folder / f"k6-{self._label}", fit=fit, functions=alone.inspection.functions, seed=seed)
        doubled = inspect(
            self._any.binary,
            wrapper,
            script_env=script_env,
            environ=self._any.environ,
            shorten=self._shorten,
            redact=self._any.redact,
        )
        # the hash stays that of the script's own load, which is what each side gets
        inspection = replace(doubled, options_hash=alone.inspection.options_hash)
        return Prepared(wrapper=wrapper, inspection=inspection, script_env=script_env, scenario_hash=alone.scenario_hash)

    async def play(self, prepared: Prepared, on_progress: OnProgress | None, watch: Watch | None) -> dict[Side, K6Execution]:
        one = self._any
        stream = K6Stream(format="json", warmup=one.warmup)
        log_path = prepared.wrapper.with_name("k6.log")
        log = LogReader(log_path, redact=one.redact, marks=self._marks(), shorten=self._shorten)
        raw = RawFile(one.folder / f"raw-{self._label}.json.gz") if one.keep_raw else None
        total = prepared.inspection.total

        async def each_second(elapsed: float) -> None:
            if watch is not None:
                watch()
            if on_progress is not None:
                seen = stream.progress()
                await on_progress(
                    K6Progress(side=None, round=one.round, elapsed=elapsed, total=total, requests=seen.requests, failed=seen.failed)
                )

        try:
            played = await play(
                run_command(one.binary, prepared.wrapper, prepared.script_env),
                env=process_env(one.environ, prepared.wrapper.parent),
                cwd=prepared.wrapper.parent,
                sink=stream,
                log=log,
                raw=raw,
                limit=total + MARGIN,
                each_second=each_second,
            )
        finally:
            log.close()
            kept = raw.close() if raw is not None else None
        if watch is not None:
            watch()
        runs = stream.finish_sides(round=one.round, scenario=one.scenario or one.script.name)
        seen, measured = stream.progress(), max(1, sum(r.requests for r in runs.values()))
        return {
            side: finish(
                self._requests[side],
                prepared,
                _half_of_dropped(run),
                played=played,
                log=log,
                log_path=log_path,
                raw=raw,
                kept=kept,
                requests=round(seen.requests * run.requests / measured),
                failed=sum(e.failed for e in run.endpoints),
            )
            for side, run in runs.items()
        }

    def _marks(self) -> dict[Side, tuple[str, ...]]:
        """What tells in a log line which side it speaks of: the path of its instance of the script, its target."""
        targets = {side: request.target.rstrip("/") for side, request in self._requests.items()}
        distinct = len(set(targets.values())) == len(targets)
        return {side: (f"{self._roots[side]}/", *((targets[side],) if distinct else ())) for side in Side}


def _half_of_dropped(run: Run) -> Run:
    """Dropped iterations had not been given to a side yet; each side bears half of them."""
    return replace(run, health=replace(run.health, dropped=(run.health.dropped + 1) // 2))

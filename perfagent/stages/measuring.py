"""Measure: bring the sides up from their own checkouts, play round after round through the tool server, watch the processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from pathlib import Path

from perfagent import documents
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.model.run import Run, Side
from perfagent.stages import deciding
from perfagent.stages.history import StoredRuns
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan, passed_variables
from perfagent.steps.process_metrics import ProcessSampler
from perfagent.steps.rounds import Measured, Plan, Up, measure
from perfagent.steps.targets import running
from perfagent.tools.client import ToolClient
from perfagent.tools.results import TestResult


async def measured_rounds(
    tools: ToolClient, folder: RunFolder, settings: Settings, what: MeasurementPlan, world: Surroundings, stored: StoredRuns
) -> Measured:
    """Raises LoadTestError (the test did not run), UnavailableError (the server is gone). Runs are on disk as soon as they end."""

    async def load(number: int, urls: Mapping[Side, str]) -> Sequence[Run]:
        arguments = {"script_path": settings.scenario, "round": number, "targets": {str(side): url for side, url in urls.items()}}
        answer = await tools.call("run_test", arguments, TestResult, on_progress=world.progress)
        for warning in answer.warnings:
            world.announce(f"round {number}: {warning}")
        return [documents.read(Run, Path(run.document)) for run in answer.runs]

    with _checkouts(folder, what, world) as where:

        @asynccontextmanager
        async def start(side: Side, number: int) -> AsyncIterator[Up]:
            target = what.side(side).target
            spec = what.side(side).spec(where.get(side), passed_variables(target.pass_env, world.environ))
            name = f"{number:02d}"
            async with running(spec, side=side, log_dir=folder.logs, environ=world.environ, name=name, redact=world.redact) as up:
                with ProcessSampler(up.pid, folder.path / "process.jsonl", side=side, round=number) if up.pid else nullcontext():
                    yield up

        return await measure(
            _scheme(folder, settings, what),
            start=start,
            load=load,
            decide=lambda so_far: deciding.decide(settings, what, so_far, stored),
            clock=world.monotonic,
            announce=world.announce,
            into=Measured(),
        )


def _scheme(folder: RunFolder, settings: Settings, what: MeasurementPlan) -> Plan:
    rounds = settings.rounds
    return Plan(
        mode=what.mode,
        sides=what.sides,
        min_rounds=rounds.min,
        max_rounds=rounds.max,
        budget=rounds.budget,
        seed=rounds.seed if rounds.seed is not None else sum(folder.run_id.encode()),
    )


@contextmanager
def _checkouts(folder: RunFolder, what: MeasurementPlan, world: Surroundings) -> Iterator[Mapping[Side, Path]]:
    """A worktree per side that is started here, gone at the end."""
    with ExitStack() as stack:
        where = {}
        for side in what.sides:
            planned = what.side(side)
            if planned.started_here and world.checkout and planned.revision:
                where[side] = stack.enter_context(world.checkout.worktree(planned.revision, folder.path / "checkouts" / side))
        yield where

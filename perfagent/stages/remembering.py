"""Remember: the default branch's own good runs become the baseline of others. Nothing else ever enters the store."""

from __future__ import annotations

from collections.abc import Sequence

from perfagent.ci.context import Context, Provider
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, PerfagentError
from perfagent.model.comparison import Verdict
from perfagent.model.outcome import Outcome
from perfagent.ports.baseline_store import BaselineEntry
from perfagent.stages.history import StoredRuns
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan


def remember(
    folder: RunFolder,
    settings: Settings,
    context: Context,
    what: MeasurementPlan,
    outcome: Outcome,
    world: Surroundings,
    stored: StoredRuns,
) -> Sequence[str]:
    """Adds the candidate's usable runs when this is the default branch and nothing is wrong with them. Returns warnings."""
    why_not = _why_not(settings, context, outcome)
    if why_not or stored.store is None:
        return ()
    _, candidate = folder.read_runs()
    runs = tuple(run for run in candidate if run.usable)
    if not runs:
        return ()
    entry = BaselineEntry(
        id=outcome.run_id,
        service=settings.service,
        revision=what.candidate.revision or context.head_revision,
        recorded_at=world.now(),
        runs=runs,
    )
    try:
        stored.store.add(entry)
    except PerfagentError as error:
        return [f"this run is not remembered as a baseline: {error.message}"]
    world.announce(f"remembered as a baseline of {settings.baseline.branch}")
    return ()


def _why_not(settings: Settings, context: Context, outcome: Outcome) -> str:
    if context.pull_request is not None or context.is_fork:
        return "a pull request"
    on_branch = context.default_branch if context.default_branch is not None else context.branch == settings.baseline.branch
    if not on_branch:
        return "not the default branch"
    if context.provider is Provider.LOCAL and settings.target.baseline.ref:
        return "a comparison by hand, of revisions that somebody named"
    failed = outcome.exit_code not in (ExitCode.PASS, ExitCode.INCONCLUSIVE) or outcome.verdict is Verdict.REGRESSION
    return "a run that failed or regressed" if failed else ""

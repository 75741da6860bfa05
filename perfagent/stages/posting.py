"""Post a run that another job measured: judge its runs again under the policy that holds here, write its reports anew, and post those.

Which change it is of is told by this job's own event, not by the folder.
"""

from __future__ import annotations

from dataclasses import replace

from perfagent.ci.context import Context
from perfagent.config.settings import Settings, as_document
from perfagent.documents.run_folder import RunFolder, new_run_id
from perfagent.errors import ExitCode, InputError, LoadTestError, PerfagentError, UnavailableError
from perfagent.model.comparison import Mode, RowVerdict, Verdict
from perfagent.model.outcome import Outcome
from perfagent.model.run import Side
from perfagent.stages import accepting, deciding, publishing, reporting
from perfagent.stages.chronicle import Chronicle
from perfagent.stages.deciding import Conclusion, headline_of
from perfagent.stages.gating import exit_code
from perfagent.stages.handed_over import HandedOver
from perfagent.stages.history import StoredRuns, stored_runs
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan, SidePlan
from perfagent.steps.rounds import Measured
from perfagent.text.sanitise import for_terminal
from perfagent.tools.client import connected, server_environment

_FAILURES: dict[ExitCode, type[PerfagentError]] = {ExitCode.UNAVAILABLE: UnavailableError, ExitCode.BUG: PerfagentError}


async def post(handed: HandedOver, settings: Settings, context: Context, world: Surroundings) -> Outcome:
    """`outcome.exit_code` is what this job should answer. Raises InputError for a folder that is of another change or contradicts itself;
    then nothing is posted."""
    check_identity(handed, context)
    what = _plan(handed, settings, world)
    stored = stored_runs(settings, world)
    folder = RunFolder(world.directory / settings.runs / new_run_id(world.now(), what.candidate.revision or "")).create()
    world.begun(folder.path)
    folder.write("settings", as_document(settings))
    folder.write("context", context)
    for run in (*handed.baseline, *handed.candidate):
        folder.write_run(run)
    chronicle = Chronicle(folder, settings, context, what, world)
    conclusion = None
    if not handed.failed:
        with chronicle.stage("decide"):
            conclusion = judged(folder, handed, settings, what, stored)
    environment = server_environment(world.environ, settings)
    async with connected(["--run", str(folder.path)], environment=environment, directory=world.directory, folder=folder) as tools:
        if conclusion is None:
            _failed(handed, chronicle, world)
        else:
            with chronicle.stage("accept"):
                conclusion = await accepting.accept(tools, folder, settings, context, world, conclusion)
                _check_answer(handed, conclusion)
                chronicle.concluded(conclusion.comparison, conclusion.exit_code, conclusion.headline)
                chronicle.warn(*conclusion.warnings, *_stricter(handed, conclusion))
            if handed.diagnosis is not None and conclusion.comparison.verdict is Verdict.REGRESSION:
                folder.write("diagnosis", handed.diagnosis)
        with chronicle.stage("report"):
            await reporting.report(tools, folder, chronicle)
        with chronicle.stage("publish"):
            await publishing.publish(tools, folder, settings, context, chronicle)
    return chronicle.ended()


def check_identity(handed: HandedOver, context: Context) -> None:
    """Raises InputError where the folder is of another repository, pull request or commit than this job's event."""
    said = handed.outcome
    facts = [("repository", said.repository, context.repository), ("pull request", said.pull_request, context.pull_request)]
    if handed.context is not None:
        facts.append(("commit", handed.context.head_revision, context.head_revision))
    wrong = [f"{name} {str(theirs)[:80]!r}, not {ours!r}" for name, theirs, ours in facts if theirs and ours and theirs != ours]
    if wrong:
        raise InputError(
            f"the run folder is of another change: it names {'; '.join(wrong)}",
            hint="take the artifact of the run that this job follows; nothing was posted",
        )


def judged(folder: RunFolder, handed: HandedOver, settings: Settings, what: MeasurementPlan, stored: StoredRuns) -> Conclusion:
    """The verdict of the runs themselves. Runs from outside can hold what no statistics expect: that is their fault, not a bug."""
    if not handed.candidate:
        raise InputError("runs/ holds no run of the candidate, so there is nothing to judge", hint="hand over the whole run folder")
    measured = Measured(baseline=list(handed.baseline), candidate=list(handed.candidate))
    try:
        conclusion = deciding.conclude(folder, settings, what, measured, stored)
    except PerfagentError:
        raise
    except Exception as error:
        raise InputError(f"the runs of the folder cannot be compared: {type(error).__name__}: {error}") from error
    if what.mode is Mode.HISTORY and not stored.runs and handed.comparison is not None:
        return _as_stated(folder, handed, settings, conclusion)
    return conclusion


def _as_stated(folder: RunFolder, handed: HandedOver, settings: Settings, conclusion: Conclusion) -> Conclusion:
    """The store that the run was compared with is not here: what the folder says of its rows stands, under this policy, with a warning."""
    assert handed.comparison is not None  # noqa: S101 - the caller has looked
    comparison = replace(handed.comparison, service=settings.service, mode=Mode.HISTORY)
    folder.write("comparison", comparison)
    nothing = comparison.verdict is Verdict.INCONCLUSIVE and not comparison.rows
    code, warnings = exit_code(comparison, settings.gate, no_baseline=nothing)
    doubt = "the baseline store of this job holds no comparable run: the comparison is the other job's, and was not made again"
    headline = headline_of(folder, comparison, code)
    return Conclusion(comparison=comparison, exit_code=code, headline=headline, warnings=(*conclusion.warnings, *warnings, doubt))


def _plan(handed: HandedOver, settings: Settings, world: Surroundings) -> MeasurementPlan:
    """Both sides were measured, or one: that decides the mode; the folder's word only tells duet from turns."""
    stated = handed.outcome.mode
    mode = Mode.HISTORY if not handed.baseline else Mode.TURNS if stated is Mode.TURNS else Mode.DUET
    target = settings.target
    candidate = SidePlan(side=Side.CANDIDATE, target=target.candidate, revision=_short(handed.outcome.candidate_revision))
    baseline = SidePlan(side=Side.BASELINE, target=target.baseline, revision=_short(handed.outcome.baseline_revision))
    notes = (*handed.notes, *(_safe(warning, world) for warning in handed.outcome.warnings[:20]))
    return MeasurementPlan(mode=mode, candidate=candidate, baseline=None if mode is Mode.HISTORY else baseline, notes=notes)


def _failed(handed: HandedOver, chronicle: Chronicle, world: Surroundings) -> None:
    """The job came to no verdict, and says why."""
    kind = _FAILURES.get(ExitCode(handed.outcome.exit_code), LoadTestError)
    try:
        with chronicle.stage("measure"):
            raise kind(_safe(handed.outcome.error or "the job that measured says no more", world))
    except PerfagentError as error:
        world.announce(str(error))


def _check_answer(handed: HandedOver, conclusion: Conclusion) -> None:
    """A run that failed is not made a pass by posting it: unless people accepted it here, its documents contradict each other."""
    accepted = any(row.row_verdict is RowVerdict.ACCEPTED for row in conclusion.comparison.rows)
    if conclusion.exit_code is ExitCode.PASS and handed.outcome.exit_code != ExitCode.PASS and not accepted:
        raise InputError(
            f"the folder contradicts itself: its job ended with {handed.outcome.exit_code}, and its runs pass",
            hint="its runs were changed, or were judged there under a stricter policy; nothing was posted",
        )


def _stricter(handed: HandedOver, conclusion: Conclusion) -> tuple[str, ...]:
    if conclusion.exit_code == handed.outcome.exit_code:
        return ()
    return (f"the job that measured ended with {handed.outcome.exit_code}; judged here again, its runs give {int(conclusion.exit_code)}",)


def _short(revision: str) -> str:
    return revision[:64] if revision.isalnum() and revision.isascii() else ""


def _safe(text: str, world: Surroundings) -> str:
    return for_terminal(world.redact(text), limit=1000)

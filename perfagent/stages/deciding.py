"""Decide: from measured rounds (and, where no base can run, stored ones) to comparison.json and the exit code. Statistics only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, LoadTestError
from perfagent.ingest.merge import merge_runs
from perfagent.model.comparison import Comparison, Mode, Verdict
from perfagent.model.outcome import Outcome
from perfagent.report.input import Context as ReportContext
from perfagent.report.input import ReportInput
from perfagent.report.words import headline
from perfagent.stages.gating import NO_BASELINE, exit_code, gate_of
from perfagent.stages.history import StoredRuns
from perfagent.stats.gate import compare
from perfagent.stats.policy import Gate
from perfagent.stats.sequential import next_step
from perfagent.steps.plan import MeasurementPlan
from perfagent.steps.rounds import Decision, Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    comparison: Comparison
    exit_code: ExitCode
    headline: str
    warnings: tuple[str, ...] = ()


def decide(settings: Settings, what: MeasurementPlan, measured: Measured, stored: StoredRuns) -> Decision:
    """After a round: is the answer clear? In history mode more rounds of one job say little about the next, so the minimum is enough."""
    gate = gate_of(settings, what.mode)
    if what.mode is Mode.HISTORY:
        return Decision(comparison=_against_history(measured, stored, gate), stop=True, reason="stored runs are the baseline")
    step = next_step(
        measured.baseline,
        measured.candidate,
        gate=gate,
        mode=what.mode,
        min_rounds=settings.rounds.min,
        max_rounds=settings.rounds.max,
    )
    return Decision(comparison=step.comparison, stop=step.stop, reason=step.reason)


def conclude(folder: RunFolder, settings: Settings, what: MeasurementPlan, measured: Measured, stored: StoredRuns) -> Conclusion:
    """Writes comparison.json. Raises LoadTestError when no run of a side can be used."""
    _refuse_unusable(measured)
    gate = gate_of(settings, what.mode)
    if what.mode is Mode.HISTORY:
        comparison = _against_history(measured, stored, gate)
    else:
        comparison = compare(measured.baseline, measured.candidate, paired=True, gate=gate, mode=what.mode)
    comparison = replace(
        comparison,
        service=settings.service,
        baseline_revision=comparison.baseline_revision or ((what.baseline.revision or "") if what.baseline else ""),
        candidate_revision=comparison.candidate_revision or what.candidate.revision or "",
    )
    folder.write("comparison", comparison)
    no_baseline = what.mode is Mode.HISTORY and not stored.runs
    code, warnings = exit_code(comparison, settings.gate, no_baseline=no_baseline)
    return Conclusion(
        comparison=comparison,
        exit_code=code,
        headline=headline_of(folder, comparison, code),
        warnings=(*stored.problems, *warnings),
    )


def _against_history(measured: Measured, stored: StoredRuns, gate: Gate) -> Comparison:
    """One run per job on both sides: rounds of one job share its machine and its moment, so they are one sample of what jobs do."""
    candidate = [run for run in measured.candidate if run.usable]
    if not candidate:
        return Comparison(rows=(), verdict=Verdict.INCONCLUSIVE, reasons=("no run of the candidate can be used",), mode=Mode.HISTORY)
    one = merge_runs([replace(run, round=None) for run in candidate])
    baseline = stored.like(one)
    if not baseline:
        return Comparison(rows=(), verdict=Verdict.INCONCLUSIVE, reasons=(NO_BASELINE,), mode=Mode.HISTORY, rounds=0)
    return compare(baseline, [one], gate=gate, mode=Mode.HISTORY)


def _refuse_unusable(measured: Measured) -> None:
    for runs in (measured.baseline, measured.candidate):
        problems = sorted({problem for run in runs for problem in run.problems})
        if runs and not any(run.usable for run in runs):
            raise LoadTestError(f"no {runs[0].side} run can be used: {'; '.join(problems)}")


def headline_of(folder: RunFolder, comparison: Comparison, code: ExitCode) -> str:
    """The verdict in one sentence, as every report says it."""
    outcome = Outcome(run_id=folder.run_id, exit_code=int(code), verdict=comparison.verdict, mode=comparison.mode)
    return headline(ReportInput(outcome=outcome, comparison=comparison, context=ReportContext(service=comparison.service)))

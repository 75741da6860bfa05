"""Explain: gather evidence first, then let the analyst speak. Nothing here can move the verdict; a failure is a warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from anyio import to_thread

from perfagent.adapters.monitoring.loki import DEFAULT_QUERY as DEFAULT_LOG_QUERY
from perfagent.config.services import Provider
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import OptionalServiceError, PerfagentError
from perfagent.model.comparison import Comparison, Verdict
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case
from perfagent.stages.analysing import open_analyst
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan
from perfagent.tools.client import ToolClient
from perfagent.tools.handed import reading_tools
from perfagent.tools.results import EvidenceList


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """What `explain --evidence` reads too."""

    evidence: tuple[Evidence, ...]


async def explain(
    tools: ToolClient, folder: RunFolder, settings: Settings, what: MeasurementPlan, comparison: Comparison, world: Surroundings
) -> Sequence[str]:
    """Writes `evidence.json`, `diff.patch` and `diagnosis.json` for a regression; returns warnings."""
    if comparison.verdict is not Verdict.REGRESSION:
        return ()
    evidence, warnings = await _evidence(tools, folder, settings, comparison)
    folder.write("evidence", EvidenceFile(evidence=evidence))
    diff = _diff(what, world, warnings)
    folder.write_text("diff.patch", diff)
    case = Case(comparison=comparison, diff=diff, evidence=evidence, repository=world.checkout.root if world.checkout else None)
    try:
        diagnosis = await _diagnosis(tools, settings, world, case, warnings)
    except PerfagentError as error:
        return [*warnings, f"no explanation: {error.message}"]
    folder.write("diagnosis", replace(diagnosis, warnings=(*diagnosis.warnings, *warnings)))
    return warnings


async def _diagnosis(tools: ToolClient, settings: Settings, world: Surroundings, case: Case, warnings: list[str]) -> Diagnosis:
    """In a thread of its own: a model takes its time, while the tools it may call are served here."""
    handed = await reading_tools(tools) if settings.llm.provider is not Provider.NONE else None
    opening = open_analyst(
        settings, environ=world.environ, directory=world.directory, redact=world.redact, warn=warnings.append, tools=handed
    )
    with opening as analyst:
        return await to_thread.run_sync(analyst.explain, case, abandon_on_cancel=True)


async def _evidence(
    tools: ToolClient, folder: RunFolder, settings: Settings, comparison: Comparison
) -> tuple[tuple[Evidence, ...], list[str]]:
    """k6's own, then what the monitoring or perfagent's own sampling says of the same window."""
    warnings: list[str] = []
    found = list(comparison.evidence)
    baseline, candidate = folder.read_runs()
    starts = [run.started_at for run in (*baseline, *candidate) if run.started_at]
    if starts:
        longest = max(run.duration + run.warmup for run in (*baseline, *candidate))
        window = f"{_text(min(starts))}/{_text(max(starts) + timedelta(seconds=longest))}"
        try:
            answer = await tools.call(
                "fetch_metrics", {"service_id": settings.service or "service", "timeframe": window}, EvidenceList, timeout=60
            )
            found += [_as_evidence(item) for item in answer.evidence]
            warnings += answer.notes
        except OptionalServiceError as error:
            warnings.append(f"metrics are left out: {error.message}")
        if settings.monitoring.loki.url:
            found += await _logs(tools, settings, window, warnings)
    return tuple(found), warnings


async def _logs(tools: ToolClient, settings: Settings, window: str, warnings: list[str]) -> list[Evidence]:
    query = (settings.monitoring.loki.query or DEFAULT_LOG_QUERY).replace("$service", settings.service)
    try:
        answer = await tools.call("query_logs", {"query": query, "timeframe": window}, EvidenceList, timeout=60)
    except OptionalServiceError as error:
        warnings.append(f"logs are left out: {error.message}")
        return []
    return [_as_evidence(item) for item in answer.evidence]


def _as_evidence(item: dict[str, object]) -> Evidence:
    from pydantic import TypeAdapter

    return TypeAdapter(Evidence).validate_python(item)


def _diff(what: MeasurementPlan, world: Surroundings, warnings: list[str]) -> str:
    """The checkout is primary; without both revisions there is nothing whose lines could be blamed."""
    base = what.baseline.revision if what.baseline else None
    if world.checkout is None or base is None or what.candidate.revision is None:
        warnings.append("no diff: the checkout does not hold both revisions, so no line can be suspected")
        return ""
    try:
        return world.checkout.diff(base, what.candidate.revision)
    except PerfagentError as error:
        warnings.append(f"no diff: {error.message}")
        return ""


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

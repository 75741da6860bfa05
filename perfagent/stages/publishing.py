"""Publish: the defects (and their recovery), the comment, the status that blocks. Each failure is a warning; none touches the verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from perfagent.ci.context import Context
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, PerfagentError
from perfagent.model.comparison import ALL_ENDPOINTS, Row
from perfagent.model.outcome import Outcome
from perfagent.report import defect as defects
from perfagent.report import rows as pick
from perfagent.report.comment import comment
from perfagent.report.findings import findings, fingerprint
from perfagent.report.folder import load
from perfagent.report.input import FindingState, ReportInput
from perfagent.report.job import status_description
from perfagent.stages.chronicle import Chronicle
from perfagent.tools.client import ToolClient
from perfagent.tools.hosts import flavour_of
from perfagent.tools.pull_request import PREVIOUS
from perfagent.tools.results import PostedResult, StatusResult

Failed = list[tuple[str, PerfagentError]]
"""What could not be posted, and why."""

_TIMEOUT = 200.0  # of one posting, its retries and waits for rate limits included
MOST_RECOVERIES = 20  # each is a search in the tracker; a run that heals more than that heals a service, not an endpoint
_STATE = {ExitCode.PASS: "success", ExitCode.REGRESSION: "failure", ExitCode.INCONCLUSIVE: "failure"}


async def publish(tools: ToolClient, folder: RunFolder, settings: Settings, context: Context, chronicle: Chronicle) -> None:
    """Defects first, so that the comment can link them; then the comment; the status last, when all that it points at is there."""
    outcome = chronicle.outcome
    if outcome.exit_code == ExitCode.REGRESSION:
        await _defects(tools, settings, load(folder.path), chronicle)
    if settings.jira.url:
        await _recoveries(tools, load(folder.path), chronicle)
    failed: Failed = []
    if _comment_wanted(folder, settings, outcome):
        await _comment(tools, folder, settings, context, chronicle, failed)
    if settings.publish.status:
        await _status(tools, context, load(folder.path), outcome, chronicle, failed)
    chronicle.warn(*_told_once(failed))


def _comment_wanted(folder: RunFolder, settings: Settings, outcome: Outcome) -> bool:
    """On failure only: but a comment that is there already must not go on saying what is no longer so."""
    if settings.publish.comment == "on_failure":
        return outcome.exit_code != ExitCode.PASS or (folder.path / PREVIOUS).is_file()
    return settings.publish.comment == "always"


async def _comment(
    tools: ToolClient, folder: RunFolder, settings: Settings, context: Context, chronicle: Chronicle, failed: Failed
) -> None:
    """Written anew: the report could not know the defect's address yet. Posted where there is a pull request."""
    text = comment(load(folder.path), flavour=flavour_of(settings, context))
    folder.write_text("comment.md", text)
    if context.pull_request is None:
        return
    call = tools.call("comment_pr", {"message": text}, PostedResult, timeout=_TIMEOUT)
    posted = await _tried("the comment", call, chronicle, failed)
    if posted is not None and posted.where != "local":
        chronicle.linked({"comment": posted.url})


async def _status(tools: ToolClient, context: Context, report: ReportInput, outcome: Outcome, chronicle: Chronicle, failed: Failed) -> None:
    state = _STATE.get(ExitCode(outcome.exit_code), "error")
    arguments = {"state": state, "description": status_description(report), "url": context.job_url or None}
    await _tried("the commit status", tools.call("set_status", arguments, StatusResult, timeout=_TIMEOUT), chronicle, failed)


async def _defects(tools: ToolClient, settings: Settings, report: ReportInput, chronicle: Chronicle) -> None:
    """One per endpoint that regressed, worst first, at most `jira.cap` of them. All requests together are a defect of their own only where
    no endpoint stands out."""
    rows = pick.one_per_endpoint(pick.regressions(report.comparison))
    rows = tuple(row for row in rows if row.endpoint != ALL_ENDPOINTS) or rows
    cap = settings.jira.cap if settings.jira.url else 1
    for row in rows[:cap]:
        posted = await _tried("the defect", tools.call("create_issue", _defect(report, row), PostedResult, timeout=_TIMEOUT), chronicle)
        if posted is None:  # the next would wait as long for the same answer
            return
        if posted.where != "local" and "defect" not in chronicle.outcome.links:
            chronicle.linked({"defect": posted.url})
    if len(rows) > cap and settings.jira.url:
        chronicle.warn(f"{len(rows) - cap} more regressions were filed as no defect of their own (jira.cap is {cap})")


async def _recoveries(tools: ToolClient, report: ReportInput, chronicle: Chronicle) -> None:
    """Of what the last comment called open and this run measured as good. Told to the tracker once: the next comment calls it resolved."""
    was_open = {f.fingerprint for f in report.previous if f.state not in (FindingState.RESOLVED, FindingState.DISMISSED)}
    resolved = [f for f in findings(report) if f.state is FindingState.RESOLVED and f.fingerprint in was_open]
    for finding in resolved[:MOST_RECOVERIES]:
        arguments = {
            "summary": defects.recovery_summary(report, finding),
            "description": defects.recovery(report, finding),
            "severity": "minor",
            "fingerprint": finding.fingerprint,
            "state": "recovered",
        }
        if await _tried("a recovery", tools.call("create_issue", arguments, PostedResult, timeout=_TIMEOUT), chronicle) is None:
            return


def _defect(report: ReportInput, row: Row) -> Mapping[str, Any]:
    return {
        "summary": defects.summary(report, row),
        "description": defects.description(report, row),
        "severity": defects.severity(row),
        "fingerprint": fingerprint(report.context.service, row.endpoint, row.metric),
    }


async def _tried(what: str, posting: Awaitable[Any], chronicle: Chronicle, failed: Failed | None = None) -> Any:
    """None where it failed, which is a warning at once, or waits in `failed` for others of the same cause."""
    try:
        posted = await posting
    except PerfagentError as error:
        if failed is None:
            chronicle.warn(*_told_once([(what, error)]))
        else:
            failed.append((what, error))
        return None
    chronicle.warn(*getattr(posted, "warnings", ()))
    return posted


def _told_once(failed: Failed) -> list[str]:
    """One sentence a cause: a host that is down fails at the comment and at the status."""
    causes: dict[str | None, Failed] = {}
    for what, error in failed:
        causes.setdefault(error.hint, []).append((what, error))
    return [
        f"{' and '.join(what for what, _ in same)} could not be posted: {same[0][1].message}" + (f" ({hint})" if hint else "")
        for hint, same in causes.items()
    ]

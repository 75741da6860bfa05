"""Publish: the comment, the status that blocks, the marked lines, the defects. Each failure is a warning; none touches the verdict."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any

from perfagent.ci.context import Context
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, PerfagentError
from perfagent.model.comparison import Row
from perfagent.model.outcome import Outcome
from perfagent.report import defect as defects
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.findings import fingerprint
from perfagent.report.folder import load
from perfagent.report.input import ReportInput
from perfagent.tools.client import ToolClient
from perfagent.tools.results import PostedResult, StatusResult

_TIMEOUT = 200.0  # of one posting, its retries and waits for rate limits included

_STATE = {ExitCode.PASS: "success", ExitCode.REGRESSION: "failure", ExitCode.INCONCLUSIVE: "failure"}


@dataclass(slots=True)
class Published:
    links: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


async def publish(tools: ToolClient, folder: RunFolder, settings: Settings, context: Context, outcome: Outcome) -> Published:
    """Defects first, so that the comment can link them; then the comment, then the status."""
    published = Published()
    report = load(folder.path)
    if outcome.exit_code == ExitCode.REGRESSION:
        await _defects(tools, settings, report, published)
    if _comment_wanted(settings, outcome):
        await _comment(tools, folder, published)
    if settings.publish.status:
        await _status(tools, context, report, outcome, published)
    return published


def _comment_wanted(settings: Settings, outcome: Outcome) -> bool:
    if settings.publish.comment == "on_failure":
        return outcome.exit_code != ExitCode.PASS
    return settings.publish.comment == "always"


async def _comment(tools: ToolClient, folder: RunFolder, published: Published) -> None:
    path = folder.path / "comment.md"
    if not path.is_file():
        published.warnings.append("no comment was posted: the report wrote none")
        return
    posted = await _tried("the comment", tools.call("comment_pr", {"message": path.read_text()}, PostedResult, timeout=_TIMEOUT), published)
    if posted is not None and posted.where != "local":
        published.links["comment"] = posted.url


async def _status(tools: ToolClient, context: Context, report: ReportInput, outcome: Outcome, published: Published) -> None:
    state = _STATE.get(ExitCode(outcome.exit_code), "error")
    arguments: dict[str, Any] = {"state": state, "description": words.headline(report)[:1000], "url": context.job_url or None}
    await _tried("the commit status", tools.call("set_status", arguments, StatusResult, timeout=_TIMEOUT), published)


async def _defects(tools: ToolClient, settings: Settings, report: ReportInput, published: Published) -> None:
    """One per endpoint and metric that regressed, worst first, at most `jira.cap` of them."""
    rows = pick.regressions(report.comparison)
    cap = settings.jira.cap if settings.jira.url else 1
    for row in rows[:cap]:
        posted = await _tried("the defect", tools.call("create_issue", _defect(report, row), PostedResult, timeout=_TIMEOUT), published)
        if posted is not None and posted.where != "local":
            published.links.setdefault("defect", posted.url)
    if len(rows) > cap and settings.jira.url:
        published.warnings.append(f"{len(rows) - cap} more regressions were filed as no defect of their own (jira.cap is {cap})")


def _defect(report: ReportInput, row: Row) -> Mapping[str, Any]:
    return {
        "summary": defects.summary(report, row),
        "description": defects.description(report, row),
        "severity": defects.severity(row),
        "fingerprint": fingerprint(report.context.service, row.endpoint, row.metric),
    }


async def _tried(what: str, posting: Awaitable[Any], published: Published) -> Any:
    try:
        return await posting
    except PerfagentError as error:
        published.warnings.append(f"{what} could not be posted: {error.message}" + (f" ({error.hint})" if error.hint else ""))
        return None

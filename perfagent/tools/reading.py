"""What the reading tools answer, from the run folder, the checkout, the monitoring and the baseline store."""

from __future__ import annotations

import base64
from dataclasses import asdict, replace
from typing import Any

from mcp.types import CallToolResult, ImageContent, ResourceLink, TextContent

from perfagent.errors import InputError, OptionalServiceError, PerfagentError
from perfagent.model.comparison import Comparison, Row
from perfagent.model.evidence import Evidence
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.folder import load
from perfagent.report.tables import report_csv, report_json
from perfagent.report.write import write_all
from perfagent.steps import process_metrics
from perfagent.steps.checkout import open_checkout
from perfagent.text.sanitise import for_prompt
from perfagent.tools.hosts import code_host, flavour
from perfagent.tools.monitoring import logs_source, metrics_source
from perfagent.tools.pull_request import keep_picture, remember_last_comment
from perfagent.tools.results import Diff, EvidenceList, Exported, History, HistoryItem, Rendered, Summary, SummaryRow
from perfagent.tools.stores import baseline_store
from perfagent.tools.timeframe import window
from perfagent.tools.workspace import Workspace

MOST_ROWS = 50
LOG_LINE = 500  # characters of a log line that are worth an answer's room


def summary(workspace: Workspace, run_id: str) -> Summary:
    folder = workspace.folder(run_id)
    report = load(folder.path)
    comparison, diagnosis = report.comparison, report.diagnosis
    return Summary(
        run_id=folder.run_id,
        verdict=report.outcome.verdict,
        exit_code=report.outcome.exit_code,
        headline=words.headline(report),
        mode=report.outcome.mode,
        reasons=list(comparison.reasons) if comparison else [],
        rows=[_row(row) for row in _telling(comparison)],
        suspects=[f"{words.place(s)}: {s.mechanism}" for s in diagnosis.suspects] if diagnosis else [],
        warnings=list(report.outcome.warnings),
    )


def _telling(comparison: Comparison | None) -> tuple[Row, ...]:
    """Those that take part in the verdict, worst first."""
    rows = [row for row in (comparison.rows if comparison else ()) if row.gated]
    return pick.worst_first(rows)[:MOST_ROWS]


def _row(row: Row) -> SummaryRow:
    return SummaryRow(
        endpoint=row.endpoint,
        metric=row.metric,
        baseline=row.baseline,
        candidate=row.candidate,
        effect=row.effect,
        ci_low=row.ci_low,
        ci_high=row.ci_high,
        verdict=row.row_verdict,
    )


def metrics(workspace: Workspace, service: str, timeframe: str) -> EvidenceList:
    """Raises OptionalServiceError when the configured monitoring is down; no series at all is an empty list with a note."""
    start, end = window(workspace, timeframe)
    source = metrics_source(workspace)
    if source is not None:
        found = source.fetch(service, start, end)
        notes = [] if found else [f"{source.name} has no series for {service!r} in this window, which is not the same as zeros"]
        return EvidenceList(source=source.name, evidence=[_evidence(e) for e in found], notes=notes)
    path = workspace.output().path / "process.jsonl"
    sampled = process_metrics.read_process_metrics(path)
    notes = [] if sampled else ["no monitoring is configured, and perfagent started no target whose processes it could sample"]
    return EvidenceList(source="process", evidence=[_evidence(e) for e in sampled], notes=notes)


def _evidence(item: Evidence) -> dict[str, Any]:
    return {key: value for key, value in asdict(item).items() if value is not None}


def _harmless(workspace: Workspace, line: Evidence) -> Evidence:
    """Redacted, cut, and without what a reader cannot see."""
    return replace(line, text=for_prompt(workspace.redact(line.text), LOG_LINE)) if line.text is not None else line


def logs(workspace: Workspace, query: str, timeframe: str, limit: int) -> EvidenceList:
    start, end = window(workspace, timeframe)
    source = logs_source(workspace)
    if source is not None:
        answered = [_harmless(workspace, line) for line in source.query_logs(query, start, end, limit=limit)]
        return EvidenceList(source=source.name, evidence=[_evidence(line) for line in answered])
    found: list[dict[str, Any]] = []
    for path in sorted((workspace.output().path / "logs").glob("target-*.log")):
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if query.lower() in line.lower():
                    text = for_prompt(workspace.redact(line.rstrip("\n")), LOG_LINE)
                    found.append({"id": f"log:{path.name}:{number}", "source": "process", "name": path.name, "text": text})
                if len(found) >= limit:
                    return EvidenceList(source="process", evidence=found, notes=[f"cut at {limit} lines"])
    notes = ["no log store is configured: these are plain text matches in the logs of the targets that perfagent started"]
    return EvidenceList(source="process", evidence=found, notes=notes)


def diff(workspace: Workspace, number: int) -> Diff:
    """The checkout first; the code host where the checkout lacks the history, or for another pull request."""
    context = workspace.context
    own = number in (0, context.pull_request)
    reason = f"pull request {number} is not the one that is checked out"
    if own:
        try:
            checkout = open_checkout(workspace.directory, environ=workspace.environ)
            base = checkout.merge_base(context.base_revision or context.base_branch or workspace.settings.baseline.branch, "HEAD")
            head = checkout.resolve("HEAD")
            text = checkout.diff(base, head)
            notes = [line.removeprefix("# perfagent: ") for line in text.splitlines()[:5] if line.startswith("# perfagent:")]
            return Diff(
                pull_request=context.pull_request, base=base, head=head, diff=workspace.redact(text), source="checkout", notes=notes
            )
        except PerfagentError as error:
            reason = error.message
    if number == 0:
        raise InputError(f"the checkout cannot tell the change: {reason}", hint="give a pull request's number, or fetch the base's history")
    opened = code_host(workspace)
    if opened.host.name == "local":
        raise OptionalServiceError(f"no diff of pull request {number}: {reason}", hint=opened.why_local or "no code host is configured")
    text = opened.host.get_diff(number)
    return Diff(
        pull_request=number, base=context.base_revision, head=context.head_revision, diff=workspace.redact(text), source=opened.host.name,
        notes=[reason],
    )  # fmt: skip


def history(workspace: Workspace, query: str, limit: int) -> History:
    """Entries whose service, revision or endpoints share a word with the query, newest first."""
    store = baseline_store(workspace.settings, workspace.directory, workspace.environ)
    wanted = {word for word in query.lower().replace("/", " ").split() if word}
    items: list[tuple[int, HistoryItem]] = []
    for entry in store.entries():
        p95 = {e.endpoint: e.timings["duration"].quantile(0.95) for run in entry.runs for e in run.endpoints if "duration" in e.timings}
        known = set(" ".join([entry.service, entry.revision, *p95]).lower().replace("/", " ").split())
        item = HistoryItem(
            id=entry.id,
            service=entry.service,
            revision=entry.revision,
            recorded_at=entry.recorded_at.isoformat(),
            p95=p95,
            note=entry.accepted_reason or "",
        )
        items.append((len(wanted & known), item))
    items.sort(key=lambda scored: (scored[0], scored[1].recorded_at), reverse=True)
    return History(items=[item for _, item in items[:limit]], problems=list(store.problems))


def render(workspace: Workspace, run_id: str) -> CallToolResult:
    """A report that fails is a warning of the answer; the others are still written."""
    folder = workspace.folder(run_id)
    warnings: list[str] = []
    remember_last_comment(workspace, folder, warnings)
    written = write_all(load(folder.path), folder.path, flavour=flavour(workspace), warn=warnings.append)
    files = {name: str(path) for name, path in written.items()}
    content: list[Any] = [TextContent(type="text", text="\n".join(files.values()))]
    picture = written.get("summary.jpg")
    links: dict[str, str] = {}
    if picture is not None:
        content.append(ImageContent(type="image", data=base64.b64encode(picture.read_bytes()).decode(), mime_type="image/jpeg"))
        content.append(ResourceLink(type="resource_link", name="summary.jpg", uri=picture.resolve().as_uri(), mime_type="image/jpeg"))
        links = keep_picture(workspace, folder, picture)
    answer = Rendered(run_id=folder.run_id, files=files, links=links, warnings=warnings)
    return CallToolResult(content=content, structured_content=answer.model_dump(mode="json"))


def export(workspace: Workspace, run_id: str, format: str) -> Exported:
    folder = workspace.folder(run_id)
    report = load(folder.path)
    content = report_csv(report) if format == "csv" else report_json(report)
    path = folder.write_text(f"report.{format}", content)
    return Exported(run_id=folder.run_id, format=format, content=content, path=str(path))

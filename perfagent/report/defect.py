"""The defect of one regression: a title that is found again, a text that stands on its own, a severity from the size."""

from __future__ import annotations

from perfagent.model.comparison import Row
from perfagent.report import markdown as md
from perfagent.report import rows as pick
from perfagent.report import suspects as why
from perfagent.report import words
from perfagent.report.comment import results_table
from perfagent.report.input import Finding, ReportInput

_LONGEST_TITLE = 200  # Jira takes 255; the service's name comes first
_SEVERE = ((1.0, "critical"), (0.25, "major"))  # twice as slow; a quarter slower: what users notice
_MOST_SUSPECTS = 3


def summary(report: ReportInput, row: Row) -> str:
    service = f"{report.context.service}: " if report.context.service else ""
    return md.plain(f"{service}{words.sentence(row)}", _LONGEST_TITLE)


def description(report: ReportInput, row: Row) -> str:
    """Markdown; the tracker's adapter translates it."""
    parts = [f"{words.sentence(row, md.code)}.", results_table([row])]
    diagnosis = report.diagnosis
    if diagnosis is not None:
        parts.append(f"**Why:** {why.cause_line(diagnosis)}")
        known = why.evidence_of(report)
        parts += [why.suspect_block(s, known) for s in diagnosis.suspects[:_MOST_SUSPECTS]]
        if diagnosis.remediation is not None:
            parts.append(f"**Fix:** {md.prose(diagnosis.remediation.summary)}")
    facts = [
        f"baseline {md.code(report.context.baseline_revision[:12])}" if report.context.baseline_revision else "",
        f"candidate {md.code(report.context.candidate_revision[:12])}" if report.context.candidate_revision else "",
        f"run {md.code(report.outcome.run_id)}",
    ]
    parts.append(", ".join(fact for fact in facts if fact))
    links = [md.link(name.replace("_", " "), address) for name, address in report.context.links.items()]
    if links:
        parts.append(" · ".join(links))
    return "\n\n".join(parts)


def recovery_summary(report: ReportInput, finding: Finding) -> str:
    service = f"{report.context.service}: " if report.context.service else ""
    return md.plain(f"{service}{_named(finding)} recovered", _LONGEST_TITLE)


def recovery(report: ReportInput, finding: Finding) -> str:
    """Markdown; what a reader of the open defect needs to know: what is good again, and where."""
    number, revision = report.context.pull_request, report.context.candidate_revision
    where = f" in pull request {number}" if number is not None else ""
    at = f" at {md.code(revision[:12])}" if revision else ""
    links = [md.link(name.replace("_", " "), address) for name, address in report.context.links.items() if md.safe_address(address)]
    return "\n\n".join(p for p in (f"{_named(finding, md.code)} is no longer slower than its baseline{where}{at}.", " · ".join(links)) if p)


def _named(finding: Finding, quote: words.Quote = str) -> str:
    return f"{words.endpoint_name(finding.endpoint, quote)} {words.metric_name(finding.metric)}"


def severity(row: Row) -> str:
    """critical, major or minor."""
    size = pick.badness(row)
    return next((name for least, name in _SEVERE if size >= least), "minor")

"""What the CI job itself shows: the summary page, and marks on lines through the runner's log commands."""

from __future__ import annotations

from collections.abc import Sequence

from perfagent.model.comparison import Verdict
from perfagent.model.diagnosis import Suspect
from perfagent.ports.code_host import Annotation
from perfagent.report import comment, words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import Flavour, plain, size
from perfagent.report.sarif import message, suspect_fingerprint, worst_row_of
from perfagent.text.sanitise import for_terminal

SUMMARY_LIMIT = 1024 * 1024 - 4096  # bytes; above 1 MiB GitHub drops the whole summary, and other tools may have written before us
MOST_ANNOTATIONS = 10  # GitHub shows ten of each level per step
SEVERITY = {"failure": "error", "warning": "warning", "notice": "notice"}


def job_summary(report: ReportInput, *, flavour: Flavour = "github", limit: int = SUMMARY_LIMIT) -> str:
    """The comment without its hidden lines, at most `limit` bytes of UTF-8."""
    room = limit
    while True:
        text = "\n".join(line for line in _visible(report, flavour, room))
        used = len(text.encode("utf-8", "replace"))
        if used <= limit:
            return text
        room = max(200, room - max(200, used - limit))


def _visible(report: ReportInput, flavour: Flavour, room: int) -> Sequence[str]:
    lines = comment.comment(report, limit=room, flavour=flavour).split("\n")
    return [line for line in lines if not line.startswith(("<!-- perfagent", "[//]: # (perfagent"))]


def line_annotations(report: ReportInput) -> tuple[Annotation, ...]:
    """One for each suspect whose lines are in the candidate; the fix goes with the suspect whose lines it replaces."""
    failed = words.verdict_of(report) is Verdict.REGRESSION
    found = [s for s in (report.diagnosis.suspects if report.diagnosis else ()) if not s.removed]
    return tuple(
        Annotation(
            file=suspect.file,
            start_line=max(1, suspect.start_line),
            end_line=max(1, suspect.start_line, suspect.end_line),
            title=plain(f"{suspect.mechanism}: {_worst_of(report, suspect)}", 200),
            message=message(suspect, report),
            severity=("failure" if rank == 0 else "warning") if failed else "notice",
            suggestion=_suggestion(report, suspect),
            fingerprint=suspect_fingerprint(report.context.service, suspect),
        )
        for rank, suspect in enumerate(found[:MOST_ANNOTATIONS])
    )


def _worst_of(report: ReportInput, suspect: Suspect) -> str:
    row = worst_row_of(suspect, report)
    if row is None:
        return "suspect"
    return f"{words.endpoint_name(row.endpoint, lambda name: plain(name, 80))} {words.metric_name(row.metric)} {words.change(row)}"


def _suggestion(report: ReportInput, suspect: Suspect) -> str | None:
    fix = report.diagnosis.remediation if report.diagnosis else None
    if fix is None or fix.replacement is None or fix.file != suspect.file:
        return None
    same = (fix.start_line, fix.end_line or fix.start_line) == (suspect.start_line, suspect.end_line)
    return fix.replacement if same else None


def github_commands(report: ReportInput) -> str:
    """Workflow commands for stdout: one line each. Every part is escaped, so outside text cannot end its line or its property."""
    lines = []
    for note in line_annotations(report):
        properties = (("file", note.file), ("line", note.start_line), ("endLine", note.end_line), ("title", note.title))
        shown = ",".join(f"{name}={_github_property(str(value))}" for name, value in properties)
        lines.append(f"::{SEVERITY[note.severity]} {shown}::{github_data(note.message)}")
    if not lines and words.verdict_of(report) is not Verdict.PASS:
        level = "warning" if report.outcome.exit_code == 0 else "error"
        lines.append(f"::{level} title=perfagent::{github_data(words.headline(report, plain))}")
    return "".join(f"{line}\n" for line in lines)


def github_data(text: str) -> str:
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return github_data(text).replace(":", "%3A").replace(",", "%2C")


def untrusted_log(text: str, *, token: str) -> str:
    """Log lines from outside (k6, a target, a model) for a GitHub log: the runner takes no commands until it sees `token` again.

    `token` must be random for each call and not occur in the text.
    """
    return f"::stop-commands::{token}\n{text.replace(token, '')}\n::{token}::\n"


def azure_commands(report: ReportInput) -> str:
    """Logging commands for stdout. `task.complete` is left to the exit code, so that both always agree."""
    lines = []
    for note in line_annotations(report):
        kind = "error" if note.severity == "failure" else "warning"
        properties = (("type", kind), ("sourcepath", note.file), ("linenumber", note.start_line), ("code", "perfagent"))
        shown = "".join(f"{name}={_azure_property(str(value))};" for name, value in properties)
        lines.append(f"##vso[task.logissue {shown}]{azure_data(note.message)}")
    if not lines and words.verdict_of(report) is not Verdict.PASS:
        kind = "warning" if report.outcome.exit_code == 0 else "error"
        lines.append(f"##vso[task.logissue type={kind};]{azure_data(words.headline(report, plain))}")
    return "".join(f"{line}\n" for line in lines)


def azure_data(text: str) -> str:
    """The message of a logging command."""
    escaped = for_terminal(text).replace("%", "%AZP25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _azure_property(text: str) -> str:
    return azure_data(text).replace(";", "%3B").replace("]", "%5D")


def status_description(report: ReportInput, limit: int = 140) -> str:
    """For a commit status: the headline on one line, cut at its end to the host's limit (GitHub 140, GitLab 255 characters)."""
    text = plain(words.headline(report), 1000)
    if size(text) <= limit:
        return text
    while size(text) > limit - 1:
        text = text[:-1]
    return text.rstrip() + "…"

"""What belongs to the comment beside its text: the last one's findings, the picture, the marked lines, what people accepted. None of it is
worth failing for."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, InputError, OptionalServiceError
from perfagent.model.comparison import RowVerdict, Verdict
from perfagent.ports.acceptance import Acceptances
from perfagent.ports.code_host import Annotation
from perfagent.report import comment as comments
from perfagent.report import rows, words
from perfagent.report.folder import load
from perfagent.report.input import ReportInput
from perfagent.report.job import line_annotations
from perfagent.tools.hosts import OpenHost, briefly, code_host
from perfagent.tools.results import AcceptanceList, Accepted
from perfagent.tools.workspace import Workspace

PREVIOUS = "previous-comment.md"
_BRIEFLY = 25.0  # seconds for what the reports can do without: they must not wait for a host that is silent
_ADDRESS = re.compile(r"\]\(\s*<?([^\s)>]+)")
_log = logging.getLogger(__name__)


def remember_last_comment(workspace: Workspace, folder: RunFolder, warnings: list[str]) -> None:
    """What the last push's comment said, so that this one can show what was resolved."""
    number, opened = workspace.context.pull_request, code_host(workspace)
    if number is None or not hasattr(opened.host, "find_comment") or (folder.path / PREVIOUS).exists():
        return
    mark = comments.marker(workspace.settings.service or workspace.context.repository, opened.flavour)
    try:
        with briefly(opened, _BRIEFLY):
            text = opened.host.find_comment(number, marker=mark)
    except OptionalServiceError as error:
        if workspace.opened.get("told") == error.hint:  # the same cause, moments ago: no news
            return
        warnings.append(f"the last comment could not be read, so resolved findings are not shown: {error.message}")
        return
    if text:
        folder.write_text(PREVIOUS, text)


def keep_picture(workspace: Workspace, folder: RunFolder, picture: Path) -> dict[str, str]:
    """`{"picture": ADDRESS}` where the host keeps pictures and there is something to look at."""
    number, opened = workspace.context.pull_request, code_host(workspace)
    uninteresting = load(folder.path).outcome.exit_code == ExitCode.PASS
    if number is None or uninteresting or not hasattr(opened.host, "upload_picture"):
        return {}
    try:
        with briefly(opened, _BRIEFLY):
            markdown = opened.host.upload_picture(number, picture, alt="perfagent")
    except OptionalServiceError as error:
        _log.info("no picture in the comment: %s", workspace.redact(error.message))  # most hosts keep none for a job's token: not news
        return {}
    found = _ADDRESS.search(markdown)
    return {"picture": found[1]} if found else {}


def mark_lines(workspace: Workspace, opened: OpenHost, number: int) -> list[str]:
    """The suspected lines, where the host can mark lines; those that a green run no longer suspects are shown as resolved. Returns
    warnings."""
    folder = workspace.output()
    try:
        marks = _marks(load(folder.path), earlier=(folder.path / PREVIOUS).exists())
    except InputError:
        return []  # a comment outside any run
    if marks is None:
        return []
    try:
        opened.host.annotate(number, workspace.context.head_revision or "HEAD", marks)
    except OptionalServiceError as error:
        return [workspace.redact(f"lines could not be marked: {error.message}")]
    return []


def _marks(report: ReportInput, *, earlier: bool) -> tuple[Annotation, ...] | None:
    """None: leave the lines alone. A run without an answer says nothing of them, and what was accepted is not gone."""
    marks = line_annotations(report)
    if marks:
        return marks
    clean = words.verdict_of(report) is Verdict.PASS and not rows.of(report.comparison, RowVerdict.ACCEPTED)
    return () if clean and earlier else None


def acceptances(workspace: Workspace, number: int) -> AcceptanceList:
    """By label or comment, from people who may write. Raises OptionalServiceError when the host cannot be asked."""
    opened = code_host(workspace)
    said = Acceptances()
    if number and hasattr(opened.host, "acceptances"):
        try:
            with briefly(opened, _BRIEFLY * 2):
                said = opened.host.acceptances(number)
        except OptionalServiceError as error:
            workspace.opened["told"] = error.hint
            raise
    accepted = [
        Accepted(
            by=a.by,
            reason=a.reason,
            source=a.source,
            endpoint=a.endpoint,
            metric=a.metric,
            until=a.until.isoformat() if a.until else None,
            at=a.at.isoformat() if a.at else None,
        )
        for a in said.accepted
    ]
    return AcceptanceList(where=opened.host.name, accepted=accepted, refused=[workspace.redact(line) for line in said.refused])

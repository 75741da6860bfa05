"""What belongs to the comment beside its text: the last one's findings, the picture, the marked lines. None of it is worth failing for."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, InputError, OptionalServiceError
from perfagent.report import comment as comments
from perfagent.report.folder import load
from perfagent.report.job import line_annotations
from perfagent.tools.hosts import OpenHost, code_host
from perfagent.tools.workspace import Workspace

_ADDRESS = re.compile(r"\]\(\s*<?([^\s)>]+)")
_log = logging.getLogger(__name__)


def remember_last_comment(workspace: Workspace, folder: RunFolder, warnings: list[str]) -> None:
    """What the last push's comment said, so that this one can show what was resolved."""
    number, opened = workspace.context.pull_request, code_host(workspace)
    if number is None or not hasattr(opened.host, "find_comment") or (folder.path / "previous-comment.md").exists():
        return
    mark = comments.marker(workspace.settings.service or workspace.context.repository, opened.flavour)
    try:
        text = opened.host.find_comment(number, marker=mark)
    except OptionalServiceError as error:
        warnings.append(f"the last comment could not be read, so resolved findings are not shown: {error.message}")
        return
    if text:
        folder.write_text("previous-comment.md", text)


def keep_picture(workspace: Workspace, folder: RunFolder, picture: Path) -> dict[str, str]:
    """`{"picture": ADDRESS}` where the host keeps pictures and there is something to look at."""
    number, opened = workspace.context.pull_request, code_host(workspace)
    uninteresting = load(folder.path).outcome.exit_code == ExitCode.PASS
    if number is None or uninteresting or not hasattr(opened.host, "upload_picture"):
        return {}
    try:
        markdown = opened.host.upload_picture(number, picture, alt="perfagent")
    except OptionalServiceError as error:
        _log.info("no picture in the comment: %s", workspace.redact(error.message))  # most hosts keep none for a job's token: not news
        return {}
    found = _ADDRESS.search(markdown)
    return {"picture": found[1]} if found else {}


def mark_lines(workspace: Workspace, opened: OpenHost, number: int) -> None:
    """The suspected lines, where the host can mark lines."""
    try:
        marks = line_annotations(load(workspace.output().path))
    except InputError:
        return  # a comment outside any run
    if not marks:
        return
    try:
        opened.host.annotate(number, workspace.context.head_revision or "HEAD", marks)
    except OptionalServiceError as error:
        _log.warning("lines could not be marked: %s", workspace.redact(error.message))

"""What the writing tools do: comment, status, defect. Each finds its own earlier work before it writes, so twice is once."""

from __future__ import annotations

import hashlib

from perfagent.errors import OptionalServiceError
from perfagent.ports.code_host import Status, StatusState
from perfagent.ports.tracker import Defect
from perfagent.report import comment as comments
from perfagent.tools.hosts import code_host
from perfagent.tools.pull_request import mark_lines
from perfagent.tools.results import PostedResult, StatusResult
from perfagent.tools.trackers import problems, tracker
from perfagent.tools.workspace import Workspace

STATUS_CONTEXT = "perfagent"


def comment(workspace: Workspace, message: str) -> PostedResult:
    """A message that does not carry this service's marker gets it, so that it updates the one comment."""
    opened = code_host(workspace)
    mark = comments.marker(workspace.settings.service or workspace.context.repository, opened.flavour)
    body = workspace.redact(message)
    if mark not in body:
        body = f"{mark}\n{body}"
    number = workspace.context.pull_request
    if opened.host.name != "local" and number is None:
        raise OptionalServiceError(
            "there is no pull request to comment on: CI names none for this job",
            hint="run on the pull request's own event, or give its number with --pull-request",
        )
    posted = opened.host.upsert_comment(number or 0, body, marker=mark)
    warnings = mark_lines(workspace, opened, number or 0) if workspace.settings.publish.annotations else []
    why = [opened.why_local] if opened.why_local else []
    return PostedResult(id=posted.id, url=posted.url, created=posted.created, where=opened.host.name, warnings=[*why, *warnings])


def status(workspace: Workspace, state: str, description: str, url: str | None) -> StatusResult:
    opened = code_host(workspace)
    context = f"{STATUS_CONTEXT}/{workspace.settings.service}" if workspace.settings.service else STATUS_CONTEXT
    opened.host.set_status(
        workspace.context.head_revision or "HEAD",
        Status(
            state=StatusState(state),
            context=context,
            description=workspace.redact(description),
            url=url or workspace.context.job_url or None,
        ),
        pull_request=workspace.context.pull_request,
    )
    return StatusResult(state=state, context=context, where=opened.host.name)


def issue(
    workspace: Workspace, summary: str, description: str, severity: str, fingerprint: str | None, *, recovered: bool = False
) -> PostedResult:
    """Without a fingerprint, service and summary are the identity. A recovery of what was never filed is an answer without an id."""
    opened = tracker(workspace)
    identity = fingerprint or hashlib.sha256(f"{workspace.settings.service}\x00{summary}".encode()).hexdigest()[:16]
    if recovered:
        found = opened.recovered(identity, workspace.redact(description))
        key, url, created = (found.key, found.url, found.created) if found else ("", "", False)
    else:
        filed = opened.file_defect(_defect(workspace, identity, summary, description, severity))
        key, url, created = filed.key, filed.url, filed.created
    warnings = [workspace.redact(problem) for problem in problems(opened)]
    return PostedResult(id=key, url=url, created=created, where=opened.name, warnings=warnings)


def _defect(workspace: Workspace, identity: str, summary: str, description: str, severity: str) -> Defect:
    picture = workspace.output().path / "summary.jpg"
    return Defect(
        fingerprint=identity,
        summary=workspace.redact(summary),
        description=workspace.redact(description),
        severity=severity,
        labels=("perfagent",),
        links={"Job": workspace.context.job_url} if workspace.context.job_url else {},
        attachments=(picture,) if picture.is_file() else (),
    )

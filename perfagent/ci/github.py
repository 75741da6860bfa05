"""GitHub Actions. `GITHUB_SHA` is a merge commit on pull_request, so the change's own commit comes from the event."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.words import given, number, revision


def github(env: Mapping[str, str], read_text: Callable[[str], str]) -> Context:
    event, notes = _event(env, read_text)
    pull_request = _pull_request(event)
    head, base = _at(pull_request, "head"), _at(pull_request, "base")
    server = given(env, "GITHUB_SERVER_URL") or "https://github.com"
    repository = given(env, "GITHUB_REPOSITORY")
    job = _job_url(env, server, repository)
    group = _at(event, "merge_group")
    default_name = _text(event, "repository", "default_branch")
    # workflow_run runs on the default branch itself, whatever the run that it follows was about.
    branch = given(env, "GITHUB_HEAD_REF") or _text(head, "ref") or _text(event, "workflow_run", "head_branch") or _branch(env)
    pull_number = _number(pull_request) or number(_match(r"refs/pull/(\d+)/(?:merge|head)", given(env, "GITHUB_REF")))
    return Context(
        provider=Provider.GITHUB,
        host=Host.GITHUB,
        repository=repository,
        project=given(env, "GITHUB_REPOSITORY_ID"),
        pull_request=pull_number,
        base_revision=_text(base, "sha") or _text(group, "base_sha") or _before(event, default_name, branch),
        base_branch=given(env, "GITHUB_BASE_REF") or _text(base, "ref") or _text(group, "base_ref").removeprefix("refs/heads/"),
        head_revision=_text(head, "sha")
        or _text(group, "head_sha")
        or _text(event, "workflow_run", "head_sha")
        or given(env, "GITHUB_SHA"),
        branch=branch,
        default_branch_name=default_name,
        is_fork=_is_fork(head, base, event),
        job_url=job,
        artifact_url=f"{job}#artifacts" if job else "",
        server_url=server,
        api_url=given(env, "GITHUB_API_URL") or "https://api.github.com",
        notes=notes,
    )


def _event(env: Mapping[str, str], read_text: Callable[[str], str]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    path = given(env, "GITHUB_EVENT_PATH")
    if not path:
        return {}, ("GITHUB_EVENT_PATH is not set: the pull request's commits are not known from the event",)
    try:
        event = json.loads(read_text(path))
    except (OSError, ValueError) as error:
        return {}, (f"the event file {path} cannot be read: {error}",)
    return (event, ()) if isinstance(event, dict) else ({}, (f"the event file {path} holds no event",))


def _pull_request(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of pull_request and pull_request_target, of the run that workflow_run follows, or of a comment (which knows the number only)."""
    if _at(event, "pull_request"):
        return _at(event, "pull_request")
    runs = _at(event, "workflow_run").get("pull_requests")
    if isinstance(runs, list) and len(runs) == 1 and isinstance(runs[0], dict):
        return runs[0]
    issue = _at(event, "issue")
    return {"number": issue.get("number")} if issue.get("pull_request") else {}


def _is_fork(head: Mapping[str, Any], base: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """By id (workflow_run's short form has no full name). A deleted fork leaves `head.repo` null."""
    run = _at(event, "workflow_run")
    if _at(run, "head_repository"):
        return _at(run, "head_repository").get("id") != _at(event, "repository").get("id")
    if not head or "repo" not in head:
        return False
    return not _at(head, "repo") or _at(head, "repo").get("id") != _at(base, "repo").get("id")


def _before(event: Mapping[str, Any], default_name: str, branch: str) -> str:
    """A push to the default branch is compared with what was there before; on another branch that is only the author's last push."""
    return revision(_text(event, "before")) if branch and branch == default_name else ""


def _branch(env: Mapping[str, str]) -> str:
    if given(env, "GITHUB_REF_TYPE") == "tag" or given(env, "GITHUB_REF").startswith("refs/pull/"):
        return ""
    return given(env, "GITHUB_REF_NAME")


def _job_url(env: Mapping[str, str], server: str, repository: str) -> str:
    run, attempt = given(env, "GITHUB_RUN_ID"), given(env, "GITHUB_RUN_ATTEMPT")
    if not run or not repository:
        return ""
    return f"{server}/{repository}/actions/runs/{run}" + (f"/attempts/{attempt}" if attempt else "")


def _number(pull_request: Mapping[str, Any]) -> int | None:
    value = pull_request.get("number")
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _match(pattern: str, text: str) -> str:
    match = re.fullmatch(pattern, text)
    return match[1] if match else ""


def _at(value: Any, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _text(value: Any, *keys: str) -> str:
    found = _at(value, *keys[:-1]).get(keys[-1])
    return found if isinstance(found, str) else ""

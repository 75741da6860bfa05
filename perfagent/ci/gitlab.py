"""GitLab CI. Merge-request pipelines have `CI_MERGE_REQUEST_*`; in merged-result pipelines `CI_COMMIT_SHA` is a merge commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.words import given, number, revision


def gitlab(env: Mapping[str, str], _read_text: Callable[[str], str]) -> Context:
    pull_request = number(given(env, "CI_MERGE_REQUEST_IID"))
    branch = given(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH") or _ref(env)
    default_name = given(env, "CI_DEFAULT_BRANCH")
    on_default = branch == default_name if default_name and branch and pull_request is None else None
    job = given(env, "CI_JOB_URL")
    source, target = given(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"), given(env, "CI_MERGE_REQUEST_PROJECT_ID")
    server = given(env, "CI_SERVER_URL") or "https://gitlab.com"
    return Context(
        provider=Provider.GITLAB,
        host=Host.GITLAB,
        # A fork's pipeline runs in the fork's project, but the merge request belongs to the target's.
        repository=given(env, "CI_MERGE_REQUEST_PROJECT_PATH", "CI_PROJECT_PATH"),
        project=target or given(env, "CI_PROJECT_ID"),
        pull_request=pull_request,
        base_revision=given(env, "CI_MERGE_REQUEST_DIFF_BASE_SHA") or (revision(given(env, "CI_COMMIT_BEFORE_SHA")) if on_default else ""),
        base_branch=given(env, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
        head_revision=given(env, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
        branch=branch,
        default_branch_name=default_name,
        is_fork=bool(source and target and source != target),
        job_url=job,
        artifact_url=f"{job}/artifacts/browse" if job else "",
        server_url=server,
        api_url=given(env, "CI_API_V4_URL") or f"{server}/api/v4",
    )


def _ref(env: Mapping[str, str]) -> str:
    """The branch; a tag's pipeline has the tag's name in `CI_COMMIT_REF_NAME`."""
    return "" if given(env, "CI_COMMIT_TAG") else given(env, "CI_COMMIT_REF_NAME")

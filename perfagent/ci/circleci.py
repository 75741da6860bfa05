"""CircleCI. It has no pull requests of its own; the code host is read off the clone address.

The configuration hands on what only pipeline values know: `PERFAGENT_PULL_REQUEST: << pipeline.event.github.pull_request.number >>`,
`PERFAGENT_BASE_REVISION: << pipeline.git.base_revision >>` (an empty one arrives as the text `<nil>`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.words import given, host_of, number

_API = {Host.GITHUB: "https://api.github.com", Host.BITBUCKET: "https://api.bitbucket.org/2.0"}


def circleci(env: Mapping[str, str], _read_text: Callable[[str], str]) -> Context:
    owner, name = given(env, "CIRCLE_PROJECT_USERNAME"), given(env, "CIRCLE_PROJECT_REPONAME")
    host, path, server = host_of(given(env, "CIRCLE_REPOSITORY_URL"))
    pull_url = given(env, "CIRCLE_PULL_REQUEST")
    branch = given(env, "CIRCLE_BRANCH")
    # CIRCLE_PR_* exist for forks only; a fork's branch is called pull/N.
    fork_branch = branch.removeprefix("pull/") if branch.startswith("pull/") else ""
    pull_request = number(given(env, "CIRCLE_PR_NUMBER")) or number(pull_url.rstrip("/").rpartition("/")[2]) or number(fork_branch)
    if host is Host.UNKNOWN and pull_url:
        host, _, server = host_of(pull_url)
    job = given(env, "CIRCLE_BUILD_URL")
    return Context(
        provider=Provider.CIRCLECI,
        host=host,
        repository=path if host is not Host.UNKNOWN and path else "/".join(part for part in (owner, name) if part),
        pull_request=pull_request,
        head_revision=given(env, "CIRCLE_SHA1"),
        branch="" if fork_branch else branch,
        is_fork=bool(given(env, "CIRCLE_PR_USERNAME", "CIRCLE_PR_REPONAME") or fork_branch),
        job_url=job,
        artifact_url=f"{job}/artifacts" if job else "",
        server_url=server,
        api_url=_api(env, host, server),
    )


def _api(env: Mapping[str, str], host: Host, server: str) -> str:
    if host is Host.GITHUB and server not in ("", "https://github.com"):
        return f"{server}/api/v3"
    if host is Host.GITLAB:
        return given(env, "CI_API_V4_URL") or f"{server or 'https://gitlab.com'}/api/v4"
    own = {Host.GITHUB: "GITHUB_API_URL", Host.BITBUCKET: "BITBUCKET_API_URL"}.get(host)
    return (given(env, own) if own else "") or _API.get(host, "")

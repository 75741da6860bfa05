"""Azure Pipelines, building Azure Repos, GitHub or Bitbucket. `BUILD_SOURCEVERSION` is a merge commit in a pull request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.words import branch_name, given, number

_HOSTS = {"tfsgit": Host.AZURE, "github": Host.GITHUB, "githubenterprise": Host.GITHUB, "bitbucket": Host.BITBUCKET}


def azure(env: Mapping[str, str], _read_text: Callable[[str], str]) -> Context:
    collection = given(env, "SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI").rstrip("/")
    team_project = given(env, "SYSTEM_TEAMPROJECT")
    host = _HOSTS.get(given(env, "BUILD_REPOSITORY_PROVIDER").lower(), Host.UNKNOWN)
    # Azure's own id for a pull request of GitHub means nothing to GitHub, which counts in ...NUMBER.
    names = ("SYSTEM_PULLREQUEST_PULLREQUESTID",) if host is Host.AZURE else ("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER",)
    pull_request = number(given(env, *names))
    source = given(env, "SYSTEM_PULLREQUEST_SOURCEBRANCH") or given(env, "BUILD_SOURCEBRANCH")
    job = _job_url(env, collection, team_project)
    api, server, repository = _addresses(env, host, collection)
    return Context(
        provider=Provider.AZURE,
        host=host,
        repository=repository,
        project=given(env, "SYSTEM_TEAMPROJECTID") or team_project,
        pull_request=pull_request,
        base_branch=branch_name(given(env, "SYSTEM_PULLREQUEST_TARGETBRANCH")),
        head_revision=given(env, "SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"),
        branch="" if source.startswith(("refs/pull/", "refs/tags/")) else branch_name(source),
        is_fork=given(env, "SYSTEM_PULLREQUEST_ISFORK").lower() == "true",
        job_url=job,
        artifact_url=f"{job}&view=artifacts" if job else "",
        server_url=server,
        api_url=api,
    )


def _addresses(env: Mapping[str, str], host: Host, collection: str) -> tuple[str, str, str]:
    """(API, server, repository) of the code host."""
    if host is Host.AZURE:
        return collection, collection, given(env, "BUILD_REPOSITORY_ID")
    if host is Host.GITHUB:
        return _github(given(env, "BUILD_REPOSITORY_URI"), given(env, "BUILD_REPOSITORY_NAME", "BUILD_REPOSITORY_ID"))
    if host is Host.BITBUCKET:
        return "https://api.bitbucket.org/2.0", "https://bitbucket.org", given(env, "BUILD_REPOSITORY_NAME")
    return "", "", given(env, "BUILD_REPOSITORY_NAME")


def _github(uri: str, repository: str) -> tuple[str, str, str]:
    """github.com, or an own GitHub server, whose API is below `/api/v3`."""
    name = uri.partition("://")[2].partition("/")[0].rpartition("@")[2] or "github.com"
    server = f"https://{name}"
    return ("https://api.github.com" if name == "github.com" else f"{server}/api/v3"), server, repository


def _job_url(env: Mapping[str, str], collection: str, team_project: str) -> str:
    build = given(env, "BUILD_BUILDID")
    return f"{collection}/{quote(team_project)}/_build/results?buildId={build}" if collection and team_project and build else ""

"""Bitbucket Pipelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.words import given, number


def bitbucket(env: Mapping[str, str], _read_text: Callable[[str], str]) -> Context:
    repository = given(env, "BITBUCKET_REPO_FULL_NAME")
    build = given(env, "BITBUCKET_BUILD_NUMBER")
    return Context(
        provider=Provider.BITBUCKET,
        host=Host.BITBUCKET,
        repository=repository,
        project=given(env, "BITBUCKET_REPO_UUID"),
        pull_request=number(given(env, "BITBUCKET_PR_ID")),
        base_revision=given(env, "BITBUCKET_PR_DESTINATION_COMMIT"),
        base_branch=given(env, "BITBUCKET_PR_DESTINATION_BRANCH"),
        head_revision=given(env, "BITBUCKET_COMMIT"),
        branch=given(env, "BITBUCKET_BRANCH"),
        job_url=f"https://bitbucket.org/{repository}/pipelines/results/{build}" if repository and build else "",
        server_url="https://bitbucket.org",
        api_url=given(env, "BITBUCKET_API_URL") or "https://api.bitbucket.org/2.0",
    )

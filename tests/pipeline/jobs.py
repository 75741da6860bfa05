"""The environment of a pull request's job in each CI, and whose host stands behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contracts.fakes import jira
from tests.contracts.fakes.hosts import Harness

JOB = "https://ci.example/jobs/1"
TOKEN = {
    "github": "GITHUB_TOKEN",
    "gitlab": "PERFAGENT_GITLAB_TOKEN",
    "azure_devops": "SYSTEM_ACCESSTOKEN",
    "bitbucket": "BITBUCKET_TOKEN",
}


def environment(host: Harness, folder: Path, *, head: str, base: str, fork: bool = False) -> dict[str, str]:
    """Of pull request 7 from `feature` to `main`."""
    made = {"github": _github, "gitlab": _gitlab, "azure_devops": _azure, "bitbucket": _circleci_with_bitbucket}[host.name]
    found = made(host.fake, folder, head, base, fork)
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", **found, **({} if fork else {TOKEN[host.name]: host.fake.token})}


def with_jira(fake: jira.FakeJira, **settings: str) -> dict[str, str]:
    named = {"URL": fake.url, "EMAIL": jira.EMAIL, "PROJECT": "PERF", **settings}
    return {"PERFAGENT_JIRA_TOKEN": fake.token, **{f"PERFAGENT_JIRA__{name.upper()}": value for name, value in named.items()}}


def _github(fake: Any, folder: Path, head: str, base: str, fork: bool) -> dict[str, str]:
    event = folder / "event.json"
    repo = {"id": 4711, "full_name": "octo/shop"}
    change = {
        "number": 7,
        "head": {"sha": head, "ref": "feature", "repo": {"id": 1} if fork else repo},
        "base": {"sha": base, "ref": "main"},
    }
    change["base"]["repo"] = repo  # type: ignore[index]
    event.write_text(json.dumps({"pull_request": change, "repository": {"id": 4711, "default_branch": "main"}}))
    return {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_API_URL": fake.url,
        "GITHUB_RUN_ID": "99",
    }


def _gitlab(fake: Any, _folder: Path, head: str, base: str, fork: bool) -> dict[str, str]:
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{fake.url}/api/v4",
        "CI_PROJECT_PATH": "group/shop",
        "CI_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_PROJECT_ID": "3",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8" if fork else "3",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_JOB_URL": JOB,
        "CI_PIPELINE_ID": "42",
    }


def _azure(fake: Any, _folder: Path, head: str, _base: str, fork: bool) -> dict[str, str]:
    return {
        "TF_BUILD": "True",
        "SYSTEM_COLLECTIONURI": f"{fake.url}/org/",
        "SYSTEM_TEAMPROJECT": "store",
        "BUILD_REPOSITORY_ID": "shop",
        "BUILD_REPOSITORY_PROVIDER": "TfsGit",
        "BUILD_BUILDID": "12",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feature",
        "SYSTEM_PULLREQUEST_SOURCECOMMITID": head,
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
        "SYSTEM_PULLREQUEST_ISFORK": str(fork),
    }


def _circleci_with_bitbucket(fake: Any, _folder: Path, head: str, base: str, fork: bool) -> dict[str, str]:
    return {
        "CI": "true",
        "CIRCLECI": "true",
        "CIRCLE_REPOSITORY_URL": "git@bitbucket.org:team/shop.git",
        "CIRCLE_PROJECT_USERNAME": "team",
        "CIRCLE_PROJECT_REPONAME": "shop",
        "CIRCLE_PULL_REQUEST": "https://bitbucket.org/team/shop/pull-requests/7",
        "CIRCLE_BRANCH": "feature",
        "CIRCLE_SHA1": head,
        "CIRCLE_BUILD_URL": JOB,
        "BITBUCKET_API_URL": f"{fake.url}/2.0",
        "PERFAGENT_BASE_REVISION": base,
        **({"CIRCLE_PR_NUMBER": "7", "CIRCLE_PR_USERNAME": "eve"} if fork else {}),
    }

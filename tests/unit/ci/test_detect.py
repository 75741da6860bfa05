"""Environments as the five systems really set them (names and traps from their documentation)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perfagent.ci.context import Context, Host, Provider
from perfagent.ci.detect import detect

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "CI": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_REPOSITORY_ID": "99",
    "GITHUB_RUN_ID": "1234",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_EVENT_PATH": "/github/workflow/event.json",
}
PULL_REQUEST = {
    "GITHUB_REF": "refs/pull/12/merge",
    "GITHUB_REF_NAME": "12/merge",
    "GITHUB_HEAD_REF": "slow-cart",
    "GITHUB_BASE_REF": "main",
    "GITHUB_SHA": "3" * 40,
}
EVENT: dict[str, Any] = {
    "repository": {"id": 99, "default_branch": "main"},
    "pull_request": {
        "number": 12,
        "head": {"sha": "a" * 40, "ref": "slow-cart", "repo": {"id": 99, "full_name": "acme/shop"}},
        "base": {"sha": "b" * 40, "ref": "main", "repo": {"id": 99, "full_name": "acme/shop"}},
    },
}


def on_github(extra: dict[str, str], event: Any) -> Context:
    return detect({**GITHUB, **extra}, read_text=lambda _path: json.dumps(event))


def refuse(path: str) -> str:
    raise FileNotFoundError(2, "No such file or directory", path)


def test_nothing_set_is_a_local_checkout() -> None:
    assert detect({"PATH": "/bin", "GITHUB_ACTIONS": ""}) == Context()


def test_github_pull_request_takes_the_changes_own_commit_and_not_the_merge_commit() -> None:
    context = on_github(PULL_REQUEST, EVENT)
    assert context == Context(
        provider=Provider.GITHUB,
        host=Host.GITHUB,
        repository="acme/shop",
        project="99",
        pull_request=12,
        base_revision="b" * 40,
        base_branch="main",
        head_revision="a" * 40,
        branch="slow-cart",
        default_branch_name="main",
        default_branch=False,
        is_fork=False,
        job_url="https://github.com/acme/shop/actions/runs/1234/attempts/2",
        artifact_url="https://github.com/acme/shop/actions/runs/1234/attempts/2#artifacts",
        server_url="https://github.com",
        api_url="https://api.github.com",
    )


@pytest.mark.parametrize("head_repository", [{"id": 7, "full_name": "mallory/shop"}, None], ids=["fork", "deleted fork"])
def test_github_pull_request_from_a_fork_is_seen(head_repository: object) -> None:
    pull_request = {**EVENT["pull_request"], "head": {"sha": "a" * 40, "ref": "main", "repo": head_repository}}
    context = on_github({**PULL_REQUEST, "GITHUB_HEAD_REF": "main"}, {**EVENT, "pull_request": pull_request})
    assert context.is_fork
    assert context.default_branch is False  # although its branch is called main


def test_github_push_to_the_default_branch_is_compared_with_what_was_before() -> None:
    push = {"repository": {"id": 99, "default_branch": "main"}, "before": "c" * 40}
    context = on_github({"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_SHA": "d" * 40}, push)
    assert (context.default_branch, context.base_revision, context.head_revision) == (True, "c" * 40, "d" * 40)
    assert context.pull_request is None


def test_github_first_push_has_no_base() -> None:
    push = {"repository": {"default_branch": "main"}, "before": "0" * 40}
    assert on_github({"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_SHA": "d" * 40}, push).base_revision == ""


def test_github_push_to_another_branch_is_neither_default_nor_compared_with_the_authors_last_push() -> None:
    push = {"repository": {"default_branch": "main"}, "before": "c" * 40}
    context = on_github({"GITHUB_REF": "refs/heads/topic", "GITHUB_REF_NAME": "topic", "GITHUB_SHA": "d" * 40}, push)
    assert (context.default_branch, context.base_revision) == (False, "")


def test_github_tag_is_no_branch() -> None:
    context = on_github(
        {"GITHUB_REF": "refs/tags/main", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "tag"}, {"repository": {"default_branch": "main"}}
    )
    assert (context.branch, context.default_branch) == ("", None)


def test_github_workflow_run_is_about_the_run_it_follows() -> None:
    event = {
        "repository": {"id": 99, "default_branch": "main"},
        "workflow_run": {"head_sha": "e" * 40, "head_branch": "main", "head_repository": {"id": 7}, "pull_requests": []},
    }
    context = on_github(
        {"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main", "GITHUB_SHA": "d" * 40, "PERFAGENT_PULL_REQUEST": "5"}, event
    )
    assert (context.head_revision, context.is_fork, context.pull_request, context.default_branch) == ("e" * 40, True, 5, False)


def test_github_workflow_run_after_a_forks_push_to_its_main_writes_no_baseline() -> None:
    event = {
        "repository": {"id": 99, "default_branch": "main"},
        "workflow_run": {"head_sha": "e" * 40, "head_branch": "main", "head_repository": {"id": 7}, "pull_requests": []},
    }
    assert on_github({"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}, event).default_branch is False


def test_github_merge_queue_compares_the_groups_two_commits() -> None:
    event = {
        "repository": {"default_branch": "main"},
        "merge_group": {"head_sha": "e" * 40, "base_sha": "f" * 40, "base_ref": "refs/heads/main"},
    }
    context = on_github({"GITHUB_REF": "refs/heads/gh-readonly-queue/main/pr-1", "GITHUB_REF_NAME": "gh-readonly-queue/main/pr-1"}, event)
    assert (context.base_revision, context.base_branch, context.head_revision, context.default_branch) == (
        "f" * 40,
        "main",
        "e" * 40,
        False,
    )


def test_github_comment_on_a_pull_request_knows_its_number() -> None:
    event = {"repository": {"default_branch": "main"}, "issue": {"number": 8, "pull_request": {"url": "x"}}}
    context = on_github({"GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}, event)
    assert (context.pull_request, context.default_branch) == (8, False)


def test_github_without_its_event_file_still_knows_the_number_and_says_what_is_missing() -> None:
    context = detect({**GITHUB, **PULL_REQUEST}, read_text=refuse)
    assert (context.pull_request, context.branch, context.base_branch, context.base_revision) == (12, "slow-cart", "main", "")
    assert "event.json" in context.notes[0]


@pytest.mark.parametrize("text", ["[1]", "{", '"x"', '{"pull_request": 3}', '{"pull_request": {"number": true}}'])
def test_github_event_that_is_no_event_breaks_nothing(text: str) -> None:
    assert detect({**GITHUB, "GITHUB_SHA": "d" * 40}, read_text=lambda _path: text).head_revision == "d" * 40


GITLAB = {
    "GITLAB_CI": "true",
    "CI": "true",
    "CI_PROJECT_PATH": "acme/backend/shop",
    "CI_PROJECT_ID": "42",
    "CI_COMMIT_SHA": "a" * 40,
    "CI_COMMIT_BEFORE_SHA": "c" * 40,
    "CI_DEFAULT_BRANCH": "main",
    "CI_COMMIT_REF_NAME": "topic",
    "CI_JOB_URL": "https://gitlab.example.net/acme/backend/shop/-/jobs/7",
    "CI_SERVER_URL": "https://gitlab.example.net",
    "CI_API_V4_URL": "https://gitlab.example.net/api/v4",
}
MERGE_REQUEST = {
    "CI_MERGE_REQUEST_IID": "12",
    "CI_MERGE_REQUEST_DIFF_BASE_SHA": "b" * 40,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
    "CI_MERGE_REQUEST_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_PROJECT_PATH": "acme/backend/shop",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
}


def test_gitlab_merge_request() -> None:
    context = detect({**GITLAB, **MERGE_REQUEST})
    assert context == Context(
        provider=Provider.GITLAB,
        host=Host.GITLAB,
        repository="acme/backend/shop",
        project="42",
        pull_request=12,
        base_revision="b" * 40,
        base_branch="main",
        head_revision="a" * 40,
        branch="topic",
        default_branch_name="main",
        default_branch=False,
        job_url="https://gitlab.example.net/acme/backend/shop/-/jobs/7",
        artifact_url="https://gitlab.example.net/acme/backend/shop/-/jobs/7/artifacts/browse",
        server_url="https://gitlab.example.net",
        api_url="https://gitlab.example.net/api/v4",
    )


def test_gitlab_merged_result_pipeline_takes_the_source_branchs_commit() -> None:
    context = detect({**GITLAB, **MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "e" * 40})
    assert context.head_revision == "e" * 40


def test_gitlab_fork_posts_to_the_target_project() -> None:
    fork = {"CI_PROJECT_PATH": "mallory/shop", "CI_PROJECT_ID": "77", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "77"}
    context = detect({**GITLAB, **MERGE_REQUEST, **fork})
    assert (context.is_fork, context.repository, context.project) == (True, "acme/backend/shop", "42")


def test_gitlab_default_branch() -> None:
    context = detect({**GITLAB, "CI_COMMIT_BRANCH": "main", "CI_COMMIT_REF_NAME": "main"})
    assert (context.default_branch, context.base_revision, context.pull_request) == (True, "c" * 40, None)


def test_gitlab_tag_called_main_is_not_the_default_branch() -> None:
    assert detect({**GITLAB, "CI_COMMIT_TAG": "main", "CI_COMMIT_REF_NAME": "main"}).default_branch is not True


AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "Web Shop",
    "SYSTEM_TEAMPROJECTID": "p-1",
    "BUILD_BUILDID": "55",
    "BUILD_REPOSITORY_ID": "r-1",
    "BUILD_REPOSITORY_NAME": "shop",
    "BUILD_REPOSITORY_PROVIDER": "TfsGit",
    "BUILD_SOURCEVERSION": "3" * 40,
    "BUILD_SOURCEBRANCH": "refs/pull/12/merge",
    "SYSTEM_PULLREQUEST_PULLREQUESTID": "12",
    "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "$(System.PullRequest.PullRequestNumber)",
    "SYSTEM_PULLREQUEST_SOURCECOMMITID": "a" * 40,
    "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/slow-cart",
    "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
    "SYSTEM_PULLREQUEST_ISFORK": "False",
}


def test_azure_pull_request_of_its_own_repository() -> None:
    context = detect(AZURE)
    assert context == Context(
        provider=Provider.AZURE,
        host=Host.AZURE,
        repository="r-1",
        project="p-1",
        pull_request=12,
        base_branch="main",
        head_revision="a" * 40,
        branch="slow-cart",
        default_branch=False,
        job_url="https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=55",
        artifact_url="https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=55&view=artifacts",
        server_url="https://dev.azure.com/acme",
        api_url="https://dev.azure.com/acme",
    )


def test_azure_building_github_uses_githubs_number_and_api() -> None:
    github = {
        "BUILD_REPOSITORY_PROVIDER": "GitHub",
        "BUILD_REPOSITORY_NAME": "acme/shop",
        "BUILD_REPOSITORY_URI": "https://github.com/acme/shop",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "99887766",
        "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER": "31",
        "SYSTEM_PULLREQUEST_ISFORK": "True",
    }
    context = detect({**AZURE, **github})
    assert (context.host, context.repository, context.pull_request, context.api_url) == (
        Host.GITHUB,
        "acme/shop",
        31,
        "https://api.github.com",
    )
    assert context.is_fork


CIRCLECI = {
    "CIRCLECI": "true",
    "CI": "true",
    "CIRCLE_PROJECT_USERNAME": "acme",
    "CIRCLE_PROJECT_REPONAME": "shop",
    "CIRCLE_REPOSITORY_URL": "git@github.com:acme/shop.git",
    "CIRCLE_SHA1": "a" * 40,
    "CIRCLE_BRANCH": "slow-cart",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/shop/9",
    "CIRCLE_PULL_REQUEST": "https://github.com/acme/shop/pull/12",
}


def test_circleci_reads_number_and_code_host_off_the_addresses() -> None:
    context = detect({**CIRCLECI, "PERFAGENT_BASE_REVISION": "b" * 40})
    assert context == Context(
        provider=Provider.CIRCLECI,
        host=Host.GITHUB,
        repository="acme/shop",
        pull_request=12,
        base_revision="b" * 40,
        head_revision="a" * 40,
        branch="slow-cart",
        default_branch=False,
        job_url="https://circleci.com/gh/acme/shop/9",
        artifact_url="https://circleci.com/gh/acme/shop/9/artifacts",
        server_url="https://github.com",
        api_url="https://api.github.com",
    )


def test_circleci_empty_pipeline_values_are_the_text_nil_and_mean_nothing() -> None:
    env = {**CIRCLECI, "CIRCLE_PULL_REQUEST": "", "PERFAGENT_PULL_REQUEST": "<nil>", "PERFAGENT_BASE_REVISION": "<nil>"}
    context = detect(env)
    assert (context.pull_request, context.base_revision) == (None, "")


def test_circleci_fork() -> None:
    context = detect(
        {**CIRCLECI, "CIRCLE_BRANCH": "pull/31", "CIRCLE_PULL_REQUEST": "", "CIRCLE_PR_NUMBER": "31", "CIRCLE_PR_USERNAME": "mallory"}
    )
    assert (context.pull_request, context.is_fork, context.branch) == (31, True, "")


def test_circleci_on_gitlab_takes_the_number_that_the_pipeline_hands_on() -> None:
    env = {
        **CIRCLECI,
        "CIRCLE_REPOSITORY_URL": "https://gitlab.com/acme/shop.git",
        "CIRCLE_PULL_REQUEST": "",
        "PERFAGENT_PULL_REQUEST": "4",
    }
    context = detect(env)
    assert (context.host, context.pull_request, context.api_url) == (Host.GITLAB, 4, "https://gitlab.com/api/v4")


def test_circleci_knows_its_default_branch_only_when_told() -> None:
    main = {**CIRCLECI, "CIRCLE_PULL_REQUEST": "", "CIRCLE_BRANCH": "main"}
    assert detect(main).default_branch is None
    assert detect({**main, "PERFAGENT_DEFAULT_BRANCH": "main"}).default_branch is True


def test_bitbucket_pull_request() -> None:
    context = detect(
        {
            "CI": "true",
            "BITBUCKET_BUILD_NUMBER": "7",
            "BITBUCKET_REPO_FULL_NAME": "acme/shop",
            "BITBUCKET_REPO_UUID": "{u}",
            "BITBUCKET_PR_ID": "12",
            "BITBUCKET_PR_DESTINATION_BRANCH": "main",
            "BITBUCKET_PR_DESTINATION_COMMIT": "b" * 12,
            "BITBUCKET_COMMIT": "a" * 40,
            "BITBUCKET_BRANCH": "topic",
        }
    )
    assert (context.provider, context.host, context.pull_request, context.base_revision) == (
        Provider.BITBUCKET,
        Host.BITBUCKET,
        12,
        "b" * 12,
    )
    assert context.job_url == "https://bitbucket.org/acme/shop/pipelines/results/7"
    assert context.default_branch is False


@pytest.mark.parametrize("value", ["abc", "-3", "0", "1e3", "٣", "12; rm -rf /"])
def test_a_pull_request_number_that_is_none_is_not_taken(value: str) -> None:
    assert detect({"PERFAGENT_PULL_REQUEST": value}).pull_request is None

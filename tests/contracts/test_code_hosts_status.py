"""The status that blocks, on every code host."""

from __future__ import annotations

import pytest

from perfagent.errors import OptionalServiceError
from perfagent.ports.code_host import Status, StatusState
from tests.contracts.fakes.hosts import Harness, only
from tests.contracts.fakes.server import Answer, Fault

WORDS = {
    "github": {"success": "success", "failure": "failure", "error": "error", "pending": "pending"},
    "gitlab": {"success": "success", "failure": "failed", "error": "failed", "pending": "pending"},
    "azure_devops": {"success": "succeeded", "failure": "failed", "error": "error", "pending": "pending"},
    "bitbucket": {"success": "SUCCESSFUL", "failure": "FAILED", "error": "FAILED", "pending": "INPROGRESS"},
}


def status(state: StatusState, description: str = "GET /cart p95 +34 %") -> Status:
    return Status(state=state, context="perfagent/load", description=description, url="https://ci.example/job/1")


def current(host: Harness) -> str:
    named, state = host.fake.status_of(host.revision)[-1]
    assert named == "perfagent/load"
    return state


@pytest.mark.parametrize("state", list(StatusState))
def test_each_state_is_said_in_the_hosts_words(host: Harness, state: StatusState) -> None:
    host.open().set_status(host.revision, status(state), pull_request=host.pull_request)
    assert current(host) == WORDS[host.name][state.value]


def test_the_last_one_counts(host: Harness) -> None:
    adapter = host.open()
    for state in (StatusState.PENDING, StatusState.FAILURE, StatusState.SUCCESS):
        adapter.set_status(host.revision, status(state), pull_request=host.pull_request)
    assert current(host) == WORDS[host.name]["success"]


def test_setting_it_to_what_it_is_already_is_no_failure(host: Harness) -> None:
    for _ in range(2):
        host.open().set_status(host.revision, status(StatusState.FAILURE), pull_request=host.pull_request)
    assert current(host) == WORDS[host.name]["failure"]


def test_a_long_description_is_cut_to_the_hosts_limit(host: Harness) -> None:
    host.open().set_status(host.revision, status(StatusState.FAILURE, "ä" * 3000), pull_request=host.pull_request)
    assert current(host) == WORDS[host.name]["failure"]


@pytest.mark.parametrize("kind", ["reset", "lost", "half", "truncated", "late"])
def test_a_broken_answer_ends_with_one_status(host: Harness, kind: str) -> None:
    host.fake.faults.append(Fault(*host.fake.status_post, kind))
    host.open().set_status(host.revision, status(StatusState.FAILURE), pull_request=host.pull_request)
    assert len(host.fake.status_of(host.revision)) == 1


@pytest.mark.parametrize(("code", "needle"), [(401, "token"), (500, "500")])
def test_a_failure_is_one_clear_message_without_the_token(host: Harness, code: int, needle: str) -> None:
    host.fake.faults.append(
        Fault(*host.fake.status_post, "answer", 1000, Answer(status=code, json={"message": f"no: {host.access.token}"}))
    )
    with pytest.raises(OptionalServiceError, match="could not set the status") as caught:
        host.open().set_status(host.revision, status(StatusState.FAILURE), pull_request=host.pull_request)
    assert needle in str(caught.value)
    assert host.access.token not in str(caught.value)


def test_a_token_that_may_only_read_is_told_so(host: Harness) -> None:
    host.fake.read_only = True
    with pytest.raises(OptionalServiceError) as caught:
        host.open().set_status(host.revision, status(StatusState.FAILURE), pull_request=host.pull_request)
    assert "give it" in str(caught.value.hint)


def test_the_probe_tells_a_token_that_may_write_from_one_that_may_only_read(host: Harness) -> None:
    if host.name == "github":
        host.fake.app, host.fake.me = False, "octocat"
    able = {r.what: r.granted for r in host.open().rights()}
    host.fake.read_only = True
    unable = {r.what: r.granted for r in host.open().rights()}
    assert list(able.values()) == [True, True, True]
    assert False in unable.values()
    assert host.fake.requests
    assert all(r.method == "GET" for r in host.fake.requests)


@only("azure_devops")
def test_azure_closes_the_comments_thread_when_green_and_opens_it_when_red(host: Harness) -> None:
    adapter = host.open()
    adapter.upsert_comment(host.pull_request, "<!-- m --> slower", marker="<!-- m -->")
    states = []
    for state in (StatusState.SUCCESS, StatusState.FAILURE):
        host.open().set_status(host.revision, status(state), pull_request=host.pull_request)
        states.append(next(iter(host.fake.threads.values()))["status"])
    assert states == ["closed", "active"]


@only("gitlab")
def test_gitlab_names_its_pipeline_so_that_no_second_one_appears(host: Harness) -> None:
    host.open().set_status(host.revision, status(StatusState.FAILURE))
    assert host.fake.statuses[-1]["pipeline_id"] == 42


@only("azure_devops")
def test_azure_posts_the_comment_closed_where_the_status_is_green_already(host: Harness) -> None:
    host.open().set_status(host.revision, status(StatusState.SUCCESS), pull_request=host.pull_request)
    host.open().upsert_comment(host.pull_request, "<!-- m --> fine", marker="<!-- m -->")
    assert [t["status"] for t in host.fake.threads.values()] == ["closed"]

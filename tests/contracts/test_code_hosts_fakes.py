"""The fakes themselves: they refuse what the vendors' documents refuse, and the vendors' own clients read what they answer."""

from __future__ import annotations

import pytest
import requests

from tests.contracts.fakes.azure_devops import FakeAzureDevOps
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.github import FakeGitHub
from tests.contracts.fakes.gitlab import FakeGitLab
from tests.contracts.fakes.jira import EMAIL, FakeJira
from tests.contracts.fakes.openapi import FOLDER


@pytest.fixture(scope="module", autouse=True)
def _contracts() -> None:
    if not FOLDER.is_dir():
        pytest.skip(f"the vendors' contracts are not beside this checkout ({FOLDER.parent.name}/{FOLDER.name}): fakes go unchecked")


BAD = {
    "github": (FakeGitHub, "POST", "/repos/octo/shop/issues/7/comments", {"body": 5}, {"Authorization": f"Bearer {FakeGitHub.token}"}),
    "github unknown path": (FakeGitHub, "GET", "/repos/octo/shop/nothing", None, {"Authorization": f"Bearer {FakeGitHub.token}"}),
    "gitlab": (
        FakeGitLab,
        "POST",
        "/api/v4/projects/group%2Fshop/statuses/" + "a" * 40,
        {"state": "red", "name": "x"},
        {"PRIVATE-TOKEN": FakeGitLab.token},
    ),
    "azure": (
        FakeAzureDevOps,
        "POST",
        "/org/store/_apis/git/repositories/shop/pullRequests/7/threads?api-version=7.1",
        {"comments": [{"content": "x", "commentType": "text"}], "status": "wide open"},
        {"Authorization": f"Bearer {FakeAzureDevOps.token}"},
    ),
    "jira": (lambda: FakeJira(FakeClock()), "POST", "/rest/api/3/search/jql", {"jql": "x", "startAt": 0}, {}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fake_notes_what_the_contract_refuses(name: str) -> None:
    make, method, path, body, headers = BAD[name]
    fake = make()  # type: ignore[operator]
    auth = (EMAIL, FakeJira.token) if name == "jira" else None
    try:
        answer = requests.request(method, fake.url + path, json=body, headers=headers, auth=auth, timeout=5)
    finally:
        fake.close()
    assert answer.status_code == 422
    assert len(fake.violations) >= 1


def test_a_fake_notes_when_it_answers_what_the_service_would_not() -> None:
    fake = FakeGitHub()
    fake.add_comment("ann", "hello")
    del next(iter(fake.comments.values()))["html_url"]
    try:
        requests.get(f"{fake.url}/repos/octo/shop/issues/7/comments", headers={"Authorization": f"Bearer {fake.token}"}, timeout=5)
    finally:
        fake.close()
    assert any("html_url" in violation for violation in fake.violations)


def test_jiras_own_client_reads_what_the_fake_answers() -> None:
    from jira import JIRA

    fake = FakeJira(FakeClock())
    key = fake.add_issue({"summary": "slow", "labels": ["perfagent-0a1b2c3d4e5f"]})
    try:
        cloud = JIRA(
            fake.url, basic_auth=(EMAIL, fake.token), options={"rest_api_version": "3"}, get_server_info=False, max_retries=0, timeout=5
        )
        assert cloud.myself()["emailAddress"] == EMAIL
        assert cloud.issue(key).key == key
        assert [t["name"] for t in cloud.transitions(key)] == ["Erledigen", "Start"]
        cloud.close()
        server = JIRA(fake.url, token_auth=fake.token, options={"rest_api_version": "2"}, get_server_info=False, max_retries=0, timeout=5)
        assert server.add_comment(key, "still slow").body == "still slow"
        server.close()
    finally:
        fake.close()

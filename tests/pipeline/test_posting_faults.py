"""Faults while posting, through the whole program: the verdict stands, one sentence says what is missing, a re-run makes it whole, once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.fakes.server import Answer, Fault
from tests.pipeline import shop
from tests.pipeline.conftest import Ended, Shop
from tests.pipeline.test_pull_request_life import RED

Make = Callable[..., Shop]
HTML = Answer(status=200, text="<html><title>Sign in</title></html>", headers={"Content-Type": "text/html"})
SECONDARY = Answer(status=403, json={"message": "You have exceeded a secondary rate limit. Please wait.", "documentation_url": "x"})
HEALS = {
    "reset": lambda m, p: Fault(m, p, "reset", 1),
    "written-and-lost": lambda m, p: Fault(m, p, "lost", 1),
    "half-an-answer": lambda m, p: Fault(m, p, "half", 1),
    "truncated": lambda m, p: Fault(m, p, "truncated", 1),
    "silence-once": lambda m, p: Fault(m, p, "silence", 1),
    "429-with-retry-after": lambda m, p: Fault(m, p, "answer", 1, Answer(status=429, json={}, headers={"Retry-After": "7"})),
    "429": lambda m, p: Fault(m, p, "answer", 1, Answer(status=429, json={})),
    "500-then-good": lambda m, p: Fault(m, p, "answer", 1, Answer(status=500, json={"message": "Server Error"})),
}
STAYS = {
    "silence": lambda m, p: Fault(m, p, "silence", 999),
    "500": lambda m, p: Fault(m, p, "answer", 999, Answer(status=500, json={"message": "Server Error"})),
    "401": lambda m, p: Fault(m, p, "answer", 999, Answer(status=401, json={"message": "Bad credentials"})),
    "html": lambda m, p: Fault(m, p, "answer", 999, HTML),
}
PATIENCE = 600.0  # seconds that everything around the measuring may wait altogether


def posts(fake: Any) -> list[tuple[str, str]]:
    return [fake.comment_post, fake.status_post]


def settled(one: Shop) -> None:
    """As if nothing had been wrong."""
    assert len(one.comments) == 1
    assert "❌ **`GET /cart` p95 rose" in one.comment
    assert one.status == RED[one.host.name]
    assert len(set(one.host.fake.status_of(one.repository.head()))) == 1
    assert len(one.tracker.open_keys()) == 1


def about_posting(ended: Ended) -> list[str]:
    return [w for w in ended.outcome.warnings if "could not be posted" in w]


def no_secret(one: Shop, ended: Ended) -> None:
    for token in (one.host.fake.token, one.tracker.token):
        assert token not in ended.words


@pytest.mark.parametrize("fault", sorted(HEALS))
def test_a_fault_that_heals_is_no_news(pull_request: Make, any_host: str, fault: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    one.host.fake.faults = [HEALS[fault](method, path) for method, path in posts(one.host.fake)]
    began = one.clock.time
    ended = one.job()
    assert ended.code == 3
    assert about_posting(ended) == []
    settled(one)
    assert one.clock.time - began <= PATIENCE
    no_secret(one, ended)


def test_githubs_secondary_limit_is_waited_for(pull_request: Make) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    one.host.fake.faults = [Fault(method, path, "answer", 1, SECONDARY) for method, path in posts(one.host.fake)]
    ended = one.job()
    assert about_posting(ended) == []
    assert max(one.clock.slept) >= 60
    settled(one)


@pytest.mark.parametrize("fault", sorted(STAYS))
def test_a_fault_that_stays_is_one_warning_and_the_next_run_makes_it_whole(pull_request: Make, any_host: str, fault: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    one.host.fake.faults = [STAYS[fault](method, path) for method, path in posts(one.host.fake)]
    began = one.clock.time
    ended = one.job()
    assert ended.code == 3
    assert ended.outcome.verdict == "regression"
    causes = 2 if (any_host, fault) == ("github", "401") else 1  # there each posting needs a right of its own, and both are named
    assert len(about_posting(ended)) == causes, about_posting(ended)
    assert "the comment" in about_posting(ended)[0]
    assert "the commit status" in about_posting(ended)[-1]
    assert one.clock.time - began <= PATIENCE
    no_secret(one, ended)
    one.host.fake.faults = []
    assert one.job().code == 3
    settled(one)


def test_a_host_that_is_not_there_is_one_warning(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    ended = one.job(PERFAGENT_CODE_HOST__API_URL="http://127.0.0.1:9")
    assert ended.code == 3
    (warning,) = about_posting(ended)
    assert "the comment and the commit status could not be posted" in warning
    assert "no connection" in warning
    assert (ended.folder / "report.html").is_file(), "the reports do not wait for a host"
    assert not any("last comment" in w for w in ended.outcome.warnings) or any_host == "bitbucket"
    assert one.job().code == 3
    settled(one)


def test_a_token_that_may_only_read_is_told_which_right_is_missing(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.host.fake.read_only = True
    one.push(shop.SLOW, factor=1.5)
    ended = one.job()
    assert ended.code == 3
    missing = {"github": "pull-requests: write", "gitlab": "scope `api`", "azure_devops": "Contribute to pull requests"}
    assert missing.get(any_host, "pullrequest:write") in " ".join(about_posting(ended))


JIRA = {**HEALS, **{f"{name}-for-good": fault for name, fault in STAYS.items()}}


@pytest.mark.parametrize("fault", sorted(JIRA))
def test_jira(pull_request: Make, fault: str) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    one.tracker.faults = [JIRA[fault]("POST", r"/issue$")]
    began = one.clock.time
    ended = one.job()
    assert ended.code == 3
    assert one.status == "failure"
    told = about_posting(ended)
    assert len(told) == fault.endswith("-for-good"), told
    assert all(w.startswith("the defect could not be posted") for w in told)
    assert one.clock.time - began <= PATIENCE
    no_secret(one, ended)
    one.tracker.faults = []
    assert one.job().code == 3
    settled(one)


def test_a_jira_that_is_not_there(pull_request: Make) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    one.measured = shop.runs(1.5, slow=("GET /a", "GET /b", "GET /c"))
    ended = one.job(PERFAGENT_JIRA__URL="http://127.0.0.1:9")
    assert ended.code == 3
    assert len(about_posting(ended)) == 1, "the second defect is not tried against the same wall"
    assert re.search(r"❌ \*\*`GET /[abc]` p95 rose", one.comment)
    assert "the defect could not be posted" in one.comment


def test_a_recovery_that_cannot_be_told_is_a_warning_and_the_gate_is_green(pull_request: Make) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    one.job()
    one.push(shop.FIXED, factor=1.0)
    one.tracker.faults = [STAYS["500"]("POST", r"/comment$")]
    ended = one.job()
    assert ended.code == 0
    assert one.status == "success"
    assert [w.split(":")[0] for w in about_posting(ended)] == ["a recovery could not be posted"]

"""A regression that people accept: by label, by comment, by a reviewed file. Nothing else opens the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from perfagent import documents
from perfagent.adapters.acceptance_file import FILE_NAME
from perfagent.model.comparison import Comparison, RowVerdict, Verdict
from tests.pipeline import shop
from tests.pipeline.conftest import Ended, Shop
from tests.pipeline.test_pull_request_life import GREEN, RED

Make = Callable[..., Shop]
LABEL = "perfagent-accepted"
SAID = "2026-11-25T10:00:00Z"  # when the fakes' comments and labels were made: after the first push
ENTRY = """\
accepted:
  - endpoint: {endpoint}
    until: {until}
    by: ann@example.org
    reason: the tax rules need a second query
"""


def slow(one: Shop, *, at: str = shop.FIRST_PUSH) -> Ended:
    one.push(shop.SLOW, factor=1.5, at=at)
    return one.job()


def label(one: Shop, *, by: str = "ann", writes: bool = True, at: str = SAID) -> None:
    fake: Any = one.host.fake
    fake.labels.append(LABEL)
    if one.host.name == "github":
        fake.events.append({"event": "labeled", "label": {"name": LABEL}, "actor": {"login": by}, "created_at": at})
        fake.permissions[by] = "write" if writes else "read"
    if one.host.name == "gitlab":
        user = {"id": sum(map(ord, by)), "username": by}
        fake.label_events.append({"id": 1, "action": "add", "label": {"name": LABEL}, "user": user, "created_at": at})
        fake.members[by] = 30 if writes else 20


def comparison(ended: Ended) -> Comparison:
    return documents.read(Comparison, ended.folder / "comparison.json")


@pytest.mark.parametrize("host", ["github", "gitlab", "azure_devops"])
def test_a_label_lets_it_pass_with_a_visible_note(pull_request: Make, host: str) -> None:
    one = pull_request(host)
    measured = comparison(slow(one))
    assert one.status == RED[host]
    label(one)
    ended = one.job()
    assert ended.code == 0
    assert one.status == GREEN[host]
    assert "✅ **Accepted: " in one.comment
    assert "☑️ " in one.comment
    assert "by label" in one.comment
    assert "| ☑️ accepted |" in one.comment
    after = comparison(ended)
    assert after.verdict is Verdict.PASS
    assert " is accepted by " in after.reasons[0]
    for before, now in zip(measured.rows, after.rows, strict=True):
        assert (before.baseline, before.candidate, before.effect, before.p_value) == (now.baseline, now.candidate, now.effect, now.p_value)
        assert (now.row_verdict is RowVerdict.ACCEPTED) == (before.gated and before.row_verdict is RowVerdict.REGRESSION)


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_a_comment_lets_it_pass_until_its_day(pull_request: Make, host: str) -> None:
    one = pull_request(host)
    slow(one)
    one.host.fake.add_comment("ann", "/perfagent accept everything until 2027-02-01 because the tax rules need a second query")
    if host == "github":
        one.host.fake.permissions["ann"] = "write"
    else:
        one.host.fake.members["ann"] = 30
    assert one.job().code == 0
    assert "accepted by ann until 2027-02-01: the tax rules need a second query" in one.comment
    one.clock.time += 30 * 86_400
    assert one.job().code == 3, "its day is over"


def test_what_the_comment_says_of_accepting_is_what_works(pull_request: Make) -> None:
    one = pull_request("github")
    slow(one)
    command = one.comment.split("with the comment `", 1)[1].split("`", 1)[0].replace("…", "we need it")
    one.host.fake.permissions["ann"] = "admin"
    one.host.fake.add_comment("ann", command)
    assert one.job().code == 0


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_who_may_not_write_accepts_nothing_and_that_is_said(pull_request: Make, host: str) -> None:
    one = pull_request(host)
    slow(one)
    label(one, by="eve", writes=False)
    ended = one.job()
    assert ended.code == 3
    assert one.status == RED[host]
    assert any("not accepted: @eve may not write" in w for w in ended.outcome.warnings)


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_a_push_after_the_label_needs_a_new_acceptance(pull_request: Make, host: str) -> None:
    one = pull_request(host)
    slow(one)
    label(one)
    assert one.job().code == 0
    one.push(shop.STILL_SLOW, factor=1.8, at="2026-11-25T11:00:00Z")
    ended = one.job()
    assert ended.code == 3
    assert any("said before the last push" in w for w in ended.outcome.warnings)
    label(one, at="2026-11-25T11:30:00Z")
    assert one.job().code == 0


def test_what_is_not_covered_still_blocks(pull_request: Make) -> None:
    one = pull_request("github")
    slow(one)
    one.host.fake.permissions["ann"] = "write"
    one.host.fake.add_comment("ann", "/perfagent accept GET /cart p95 until 2027-02-01 because it is fine")
    ended = one.job()
    assert ended.code == 3
    verdicts = {(r.endpoint, r.metric): r.row_verdict for r in comparison(ended).rows}
    assert verdicts["GET /cart", "p95"] is RowVerdict.ACCEPTED
    assert verdicts["GET /cart", "mean"] is RowVerdict.REGRESSION


@pytest.mark.parametrize("host", ["github", "gitlab", "azure_devops", "bitbucket"])
def test_an_entry_on_the_base_branch_lets_it_pass(pull_request: Make, host: str) -> None:
    one = pull_request(host)
    assert slow(one).code == 3
    entries = ENTRY.format(endpoint="GET /cart", until="2027-02-01")
    entries += ENTRY.format(endpoint="all requests", until="2027-02-01").removeprefix("accepted:\n")
    one.repository.on_main("accept", {FILE_NAME: entries})
    assert one.job().code == 0
    assert one.status == GREEN[host]
    assert "the tax rules need a second query" in one.comment


def test_a_change_cannot_accept_its_own_regression(pull_request: Make) -> None:
    one = pull_request("bitbucket")
    one.repository.commit("accept", {FILE_NAME: ENTRY.format(endpoint="GET /cart", until="2027-02-01")})
    ended = slow(one)
    assert ended.code == 3
    assert any("this change touches .perfagent-accepted.yml" in w for w in ended.outcome.warnings)


def test_an_ended_entry_and_a_broken_file_accept_nothing_and_say_so(pull_request: Make) -> None:
    one = pull_request("bitbucket", files={FILE_NAME: ENTRY.format(endpoint="GET /cart", until="2026-12-01")})
    ended = slow(one)
    assert ended.code == 3
    assert any("ended on 2026-12-01" in w for w in ended.outcome.warnings)
    one.repository.on_main("break", {FILE_NAME: "accepted: [{endpoint: GET /cart}]"})
    ended = one.job()
    assert ended.code == 3
    assert any("nothing is accepted by file" in w and "until is missing" in w for w in ended.outcome.warnings)


def test_a_host_that_cannot_be_asked_accepts_nothing(pull_request: Make) -> None:
    from tests.contracts.fakes.server import Answer, Fault

    one = pull_request("github")
    slow(one)
    label(one)
    one.host.fake.faults = [Fault("GET", r"/labels$", "answer", 99, Answer(status=500, json={"message": "Server Error"}))]
    ended = one.job()
    assert ended.code == 3
    assert any("could not be asked" in w for w in ended.outcome.warnings)


def test_after_the_merge_the_default_branch_takes_the_entry_from_its_own_checkout(pull_request: Make) -> None:
    one = pull_request("github")
    entries = ENTRY.format(endpoint="GET /cart", until="2027-02-01")
    entries += ENTRY.format(endpoint="all requests", until="2027-02-01").removeprefix("accepted:\n")
    one.push(shop.SLOW, factor=1.5)
    one.repository.git("checkout", "--quiet", "main")
    one.repository.git("merge", "--quiet", "--no-edit", "feature")
    one.repository.commit("accept", {FILE_NAME: entries})
    env = {"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main", "GITHUB_REPOSITORY": "octo/shop", "GITHUB_SHA": one.repository.head()}
    ended = one.invoke(["run", "--target-baseline-ref", "HEAD~1"], {**env, "PERFAGENT_DEFAULT_BRANCH": "main"})
    assert ended.code == 0
    assert comparison(ended).verdict is Verdict.PASS

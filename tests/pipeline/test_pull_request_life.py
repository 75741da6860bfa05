"""The life of a pull request through the whole program, as its reviewers see it, on each code host."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from perfagent.adapters.trackers import adf
from tests.contracts.test_code_hosts_lines import marked
from tests.pipeline import shop
from tests.pipeline.conftest import JPEG, Shop

Make = Callable[..., Shop]
RED = {"github": "failure", "gitlab": "failed", "azure_devops": "failed", "bitbucket": "FAILED"}
GREEN = {"github": "success", "gitlab": "success", "azure_devops": "succeeded", "bitbucket": "SUCCESSFUL"}


def told(one: Shop, key: str = "PERF-1") -> list[str]:
    """The comments of a defect."""
    return [adf.plain_text(body) for body in one.tracker.comments.get(key, [])]


def test_from_regression_over_a_second_push_to_the_fix(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.host.fake.add_comment("ann", "please review")

    first = one.push(shop.SLOW, factor=1.5)
    assert one.job().code == 3
    assert re.search(r"❌ \*\*`GET /cart` p95 rose \d+ % \[\d+, \d+\], from \d+ ms to \d+ ms; suspect `shop/cart.py:12`\.\*\*", one.comment)
    assert one.status == RED[any_host]
    assert [(m["path"], "Resolved" in m["body"]) for m in marks(one)] == [("shop/cart.py", False)]
    assert one.tracker.open_keys() == ["PERF-1"]
    assert one.tracker.attachments["PERF-1"] == {"summary.jpg": JPEG}
    assert f"{one.tracker.url}/browse/PERF-1" in one.comment
    where = [author for author, _ in one.host.fake.visible()]

    one.push(shop.STILL_SLOW, factor=1.8, at="2026-11-25T09:20:00Z")
    assert one.job().code == 3
    assert [author for author, _ in one.host.fake.visible()] == where, "the same comment, edited where it stood"
    assert first[:12] not in one.comment
    assert one.repository.head()[:12] in one.comment
    assert one.status == RED[any_host]
    assert one.tracker.open_keys() == ["PERF-1"]
    assert len(told(one)) == 1
    assert "GET /cart p95 rose" in told(one)[0]

    one.push(shop.FIXED, factor=1.0, at="2026-11-25T09:40:00Z")
    assert one.job().code == 0
    assert "✅ **No regression in 2 endpoints" in one.comment
    assert re.search(r"^Resolved: .*~~`GET /cart` p95~~", one.comment, re.MULTILINE)
    assert one.status == GREEN[any_host]
    if any_host != "github":  # there the mark was an annotation of the earlier commit
        assert all("Resolved" in m["body"] for m in marks(one))
    assert len(told(one)) == 2
    assert "GET /cart p95 is no longer slower than its baseline in pull request 7" in told(one)[1]

    one.push(shop.FIXED + "\n", factor=1.0, at="2026-11-25T09:50:00Z")
    assert one.job().code == 0
    assert len(told(one)) == 2, "a recovery is told once"
    assert ("ann", "please review") in one.host.fake.visible()


def marks(one: Shop) -> list[dict[str, object]]:
    """Marked lines, also GitHub's annotations of a check run."""
    found = marked(one.host)
    if one.host.name == "github":
        runs = [r for r in one.host.fake.check_runs.values() if r["head_sha"] == one.repository.head()]
        found += [{"path": a["path"], "body": a["message"], "open": True} for r in runs for a in r["annotations"]]
    return found


def test_a_defect_is_closed_on_recovery_where_that_is_configured(pull_request: Make) -> None:
    one = pull_request("github")
    one.environment = {"PERFAGENT_JIRA__ON_RECOVERY": "close"}
    one.push(shop.SLOW, factor=1.5)
    one.job()
    one.push(shop.FIXED, factor=1.0)
    one.job()
    assert one.tracker.open_keys() == []
    one.push(shop.SLOW, factor=1.5)
    one.job()
    assert one.tracker.open_keys() == ["PERF-2"], "what comes back after it was closed is a new defect"


@pytest.mark.parametrize("comment", ["on_failure", "never"])
def test_a_passing_run_is_silent_by_configuration(pull_request: Make, comment: str) -> None:
    one = pull_request("github", files={".perfagent.yml": shop.CONFIGURATION.format(service="shop") + f"publish: {{comment: {comment}}}\n"})
    one.push(shop.FIXED, factor=1.0)
    assert one.job().code == 0
    assert one.comments == []
    assert one.status == "success"


def test_a_red_comment_turns_green_also_where_only_failures_are_told(pull_request: Make) -> None:
    configuration = shop.CONFIGURATION.format(service="shop") + "publish: {comment: on_failure}\n"
    one = pull_request("gitlab", files={".perfagent.yml": configuration})
    one.push(shop.SLOW, factor=1.5)
    one.job()
    assert "❌" in one.comment
    one.push(shop.FIXED, factor=1.0)
    one.job()
    assert "✅" in one.comment
    assert "Resolved" in one.comment


def test_the_cap_on_defects_holds_over_the_whole_run(pull_request: Make) -> None:
    one = pull_request("github")
    one.environment = {"PERFAGENT_JIRA__CAP": "2"}
    one.push(shop.SLOW, factor=1.5)
    one.measured = shop.runs(1.5, slow=("GET /a", "GET /b", "GET /c"))
    ended = one.job()
    assert len(one.tracker.open_keys()) == 2
    assert any("1 more regressions were filed as no defect of their own" in w for w in ended.outcome.warnings)


def test_a_demanded_field_is_named_and_the_rest_is_posted(pull_request: Make) -> None:
    one = pull_request("github")
    one.tracker.required = {"customfield_10100": {"name": "Team", "schema": {"type": "string"}}}
    one.push(shop.SLOW, factor=1.5)
    ended = one.job()
    assert ended.code == 3
    assert one.tracker.issues == {}
    (warning,) = [w for w in ended.outcome.warnings if "defect" in w]
    assert "Team" in warning
    assert one.status == "failure"
    one.environment = {"PERFAGENT_JIRA__FIELDS": '{"Team": "checkout"}'}
    one.job()
    assert one.tracker.issues["PERF-1"]["fields"]["customfield_10100"] == "checkout"


def test_a_picture_is_shown_where_the_host_keeps_one(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    one.job()
    shown = {"gitlab": "](/uploads/", "azure_devops": f"]({one.host.fake.url}/org/attachments/summary-"}
    assert ("![Effects" in one.comment) == (any_host in shown)
    assert shown.get(any_host, "") in one.comment


def test_priorities_are_those_of_the_project(pull_request: Make) -> None:
    one = pull_request("github")
    one.environment = {"PERFAGENT_JIRA__PRIORITIES": "major=Dringend"}
    one.push(shop.SLOW, factor=1.5)
    one.job()
    assert one.tracker.issues["PERF-1"]["fields"]["priority"] == {"name": "Dringend"}

"""One defect a regression, in both of Jira's dialects, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from perfagent.adapters.network import Limits
from perfagent.adapters.trackers import TrackerAccess, adf, open_tracker
from perfagent.adapters.trackers.jira import label_of
from perfagent.errors import OptionalServiceError
from perfagent.ports.tracker import Defect
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.jira import EMAIL, FakeJira
from tests.contracts.fakes.server import Answer, Fault

FINGERPRINT = "shop|GET /cart|p95"
TEAM = {"name": "Team", "schema": {"type": "option"}, "allowedValues": [{"value": "Checkout"}, {"value": "Search"}]}


@dataclass
class Site:
    fake: FakeJira
    access: TrackerAccess

    def open(self, **changes: Any) -> Any:
        return open_tracker(replace(self.access, **changes))


@pytest.fixture(params=["cloud", "datacenter"])
def jira(request: pytest.FixtureRequest) -> Iterator[Site]:
    clock = FakeClock()
    fake = FakeJira(clock)
    access = TrackerAccess(
        provider="jira",
        url=fake.url,
        flavor=request.param,
        email=EMAIL if request.param == "cloud" else "",
        token=fake.token,
        project="PERF",
        limits=Limits(connect=1.0, read=0.15, deadline=150.0, attempts=4),
        pace=clock.pace(),
    )
    yield Site(fake, access)
    fake.close()
    assert fake.violations == []


def defect(text: str = "`GET /cart` p95 rose **34 %**", **changes: Any) -> Defect:
    given = Defect(
        fingerprint=FINGERPRINT,
        summary="GET /cart p95 +34 %\n(82 ms to 110 ms)",
        description=f"## What\n\n{text}\n\n| endpoint | p95 |\n|---|---|\n| `GET /cart` | 110 ms |\n\n- suspect `db.py:45`\n",
        severity="major",
        labels=("slow endpoint",),
        links={"pull request": "https://github.example/pull/7"},
    )
    return replace(given, **changes)


def words(site: Site, key: str) -> str:
    body = site.fake.issues[key]["fields"]["description"]
    return adf.plain_text(body) if isinstance(body, dict) else body


def test_a_regression_is_filed_once_and_commented_on_when_it_recurs(jira: Site) -> None:
    first = jira.open().file_defect(defect())
    again = jira.open().file_defect(defect("`GET /cart` p95 rose **41 %**"))
    assert first.created
    assert not again.created
    assert first.key == again.key == "PERF-1"
    assert first.url == f"{jira.fake.url}/browse/PERF-1"
    assert list(jira.fake.issues) == ["PERF-1"]
    assert len(jira.fake.comments["PERF-1"]) == 1
    assert "34 %" in words(jira, "PERF-1")


def test_it_carries_summary_priority_labels_and_links(jira: Site) -> None:
    jira.open().file_defect(defect())
    jira.open().file_defect(defect())
    fields = jira.fake.issues["PERF-1"]["fields"]
    assert fields["summary"] == "GET /cart p95 +34 % (82 ms to 110 ms)"
    assert fields["priority"] == {"name": "High"}
    assert fields["labels"] == [label_of(FINGERPRINT), "perfagent", "slow-endpoint"]
    assert [link["object"]["url"] for link in jira.fake.links.values()] == ["https://github.example/pull/7"]


def test_a_re_run_of_the_same_run_says_nothing_twice(jira: Site) -> None:
    jira.open().file_defect(defect())
    for _ in range(2):
        jira.open().file_defect(defect("`GET /cart` p95 rose **41 %**"))
    assert len(jira.fake.comments["PERF-1"]) == 1


def test_the_picture_is_attached_and_one_that_is_too_large_is_only_a_problem(jira: Site, tmp_path: Path) -> None:
    picture = tmp_path / "summary.jpg"
    picture.write_bytes(b"\xff\xd8 jpeg")
    jira.open().file_defect(defect(attachments=(picture,)))
    assert jira.fake.attachments["PERF-1"] == {"summary.jpg": b"\xff\xd8 jpeg"}
    jira.fake.attachment_limit = 10
    tracker = jira.open()
    other = tracker.file_defect(defect(attachments=(picture, tmp_path / "absent.jpg"), fingerprint="another"))
    assert other.created
    assert len(tracker.problems) == 2
    assert "summary.jpg" in tracker.problems[0]


def test_another_regression_is_another_defect_and_a_closed_one_is_not_found(jira: Site) -> None:
    jira.open().file_defect(defect())
    jira.open().file_defect(defect(fingerprint="shop|GET /item|p95"))
    jira.fake.issues["PERF-1"]["category"] = "done"
    assert jira.open().file_defect(defect()).created
    assert list(jira.fake.issues) == ["PERF-1", "PERF-2", "PERF-3"]


def test_a_recovery_is_commented_on_and_closed_where_configured(jira: Site) -> None:
    assert jira.open().recovered(FINGERPRINT, "back to 82 ms") is None
    jira.open().file_defect(defect())
    ref = jira.open().recovered(FINGERPRINT, "back to 82 ms")
    assert ref is not None
    assert ref.key == "PERF-1"
    assert jira.fake.open_keys() == ["PERF-1"]
    jira.open(on_recovery="close").recovered(FINGERPRINT, "back to 82 ms, closing")
    assert jira.fake.open_keys() == []
    assert len(jira.fake.comments["PERF-1"]) == 2


def test_a_workflow_without_a_way_to_done_is_a_problem_and_the_comment_stands(jira: Site) -> None:
    jira.open().file_defect(defect())
    jira.fake.transitions = []
    tracker = jira.open(on_recovery="close")
    assert tracker.recovered(FINGERPRINT, "back to 82 ms") is not None
    assert "no transition" in tracker.problems[0]
    assert jira.fake.open_keys() == ["PERF-1"]


def test_a_required_field_that_is_missing_is_named_with_its_values(jira: Site) -> None:
    jira.fake.required = {"customfield_10050": TEAM}
    with pytest.raises(OptionalServiceError) as caught:
        jira.open().file_defect(defect())
    assert "Team (customfield_10050)" in caught.value.message
    assert "jira.fields" in str(caught.value.hint)
    assert "Checkout" in str(caught.value.hint)
    assert jira.fake.issues == {}


@pytest.mark.parametrize("fields", [{"Team": "Checkout"}, {"customfield_10050": {"value": "Checkout"}}])
def test_a_required_field_is_set_by_name_or_id(jira: Site, fields: dict[str, Any]) -> None:
    jira.fake.required = {"customfield_10050": TEAM}
    jira.open(fields=fields).file_defect(defect())
    assert jira.fake.issues["PERF-1"]["fields"]["customfield_10050"] == {"value": "Checkout"}


def test_an_optional_field_that_is_not_on_the_screen_is_dropped_once(jira: Site) -> None:
    jira.fake.not_on_screen = {"priority"}
    assert jira.open().file_defect(defect()).created
    assert "priority" not in jira.fake.issues["PERF-1"]["fields"]
    assert jira.fake.count(*jira.fake.create) == 2


def test_an_unknown_issue_type_is_named(jira: Site) -> None:
    with pytest.raises(OptionalServiceError, match="issuetype"):
        jira.open(issue_type="Fehler").file_defect(defect())


def test_no_more_defects_than_allowed_are_created_in_one_run(jira: Site) -> None:
    tracker = jira.open(most_defects=2)
    for n in range(2):
        tracker.file_defect(defect(fingerprint=f"f{n}"))
    with pytest.raises(OptionalServiceError, match="most that is allowed"):
        tracker.file_defect(defect(fingerprint="f3"))
    assert not tracker.file_defect(defect("again", fingerprint="f0")).created


@pytest.mark.parametrize("kind", ["reset", "lost", "half", "truncated", "late", "silence"])
@pytest.mark.parametrize("lag", [0.0, 5.0])
def test_a_broken_answer_to_the_create_ends_with_one_defect(jira: Site, kind: str, lag: float) -> None:
    jira.fake.lag = lag
    jira.fake.faults.append(Fault(*jira.fake.create, kind))
    jira.open().file_defect(defect())
    assert list(jira.fake.issues) == ["PERF-1"]


@pytest.mark.parametrize("kind", ["reset", "lost", "half", "truncated", "late"])
def test_a_broken_answer_to_the_comment_ends_with_one_comment(jira: Site, kind: str) -> None:
    jira.open().file_defect(defect())
    jira.fake.faults.append(Fault(*jira.fake.comment, kind))
    jira.open().file_defect(defect("worse"))
    assert len(jira.fake.comments["PERF-1"]) == 1


def test_two_jobs_at_once_leave_one_open_defect(jira: Site) -> None:
    start = threading.Barrier(2)
    keys: list[str] = []

    def job() -> None:
        tracker = jira.open(pace=FakeClock().pace())
        start.wait()
        keys.append(tracker.file_defect(defect()).key)

    threads = [threading.Thread(target=job) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jira.fake.open_keys() == ["PERF-1"]
    assert set(keys) == {"PERF-1"}


def test_a_rival_seen_only_after_creating_makes_ours_the_duplicate(jira: Site) -> None:
    original = jira.fake.fault_for

    def rival(request):  # type: ignore[no-untyped-def]
        if request.method == "POST" and request.path.endswith("/issue") and not jira.fake.issues:
            jira.fake.add_issue({"summary": "rival", "labels": [label_of(FINGERPRINT)]})
        return original(request)

    jira.fake.fault_for = rival  # type: ignore[method-assign]
    ref = jira.open().file_defect(defect())
    assert ref.key == "PERF-1"
    assert not ref.created
    assert jira.fake.open_keys() == ["PERF-1"]
    assert jira.fake.duplicates == [("PERF-2", "PERF-1")]


def test_duplicates_of_jobs_that_did_not_see_each_other_are_closed_by_the_next_run(jira: Site) -> None:
    for _ in range(3):
        jira.fake.add_issue({"summary": "slow", "labels": [label_of(FINGERPRINT)]})
    assert jira.open().file_defect(defect()).key == "PERF-1"
    assert jira.fake.open_keys() == ["PERF-1"]
    assert jira.fake.duplicates == [("PERF-2", "PERF-1"), ("PERF-3", "PERF-1")]


HOPELESS = {
    "401": Answer(status=401, text="<html>Unauthorized</html>", headers={"Content-Type": "text/html"}),
    "a web page": Answer(text="<!DOCTYPE html><html>Log in</html>", headers={"Content-Type": "text/html"}),
    "302": Answer(status=302, text="", headers={"Location": "https://id.atlassian.example/login"}),
    "429 for an hour": Answer(status=429, json={"errorMessages": ["slow down"]}, headers={"Retry-After": "3600"}),
    "500 for ever": Answer(status=500, text="oops"),
    "something else": Answer(json=["unexpected"]),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_what_does_not_get_better_ends_in_bounded_time_with_one_clear_message(jira: Site, name: str) -> None:
    jira.fake.faults += [Fault("POST", "/search", "answer", 1000, HOPELESS[name]), Fault(*jira.fake.create, "answer", 1000, HOPELESS[name])]
    before = jira.fake.clock.time
    with pytest.raises(OptionalServiceError, match="could not file a defect in PERF") as caught:
        jira.open().file_defect(defect())
    assert jira.fake.clock.time - before <= jira.access.limits.deadline
    assert jira.fake.token not in str(caught.value)
    assert caught.value.hint or "500" in caught.value.message
    assert jira.fake.issues == {}


def test_429_is_waited_out(jira: Site) -> None:
    jira.fake.faults.append(Fault(*jira.fake.create, "answer", 1, Answer(status=429, headers={"Retry-After": "9"}, json={})))
    jira.open().file_defect(defect())
    assert list(jira.fake.issues) == ["PERF-1"]
    assert 9 <= sum(jira.fake.clock.slept) < 15


def test_a_wrong_token_is_found_before_an_empty_search_is_believed(jira: Site) -> None:
    with pytest.raises(OptionalServiceError) as caught:
        jira.open(token="expired-token-of-last-year").file_defect(defect())
    assert "401" in caught.value.message
    assert "expire" in str(caught.value.hint)
    assert jira.fake.count("POST", "search") == 0


def test_a_token_that_may_only_read_is_told_which_permission_is_missing(jira: Site) -> None:
    jira.fake.read_only = True
    with pytest.raises(OptionalServiceError) as caught:
        jira.open().file_defect(defect())
    assert "Create Issues" in str(caught.value.hint)


def test_the_probe_names_missing_rights_and_demanded_fields(jira: Site) -> None:
    assert all(r.granted for r in jira.open().rights())
    jira.fake.read_only = True
    jira.fake.required = {"customfield_10050": TEAM}
    refused = [r for r in jira.open().rights() if not r.granted]
    assert [r.detail for r in refused] == ["CREATE_ISSUES", "ADD_COMMENTS", "CREATE_ATTACHMENTS", "customfield_10050"]
    assert [r.detail for r in jira.open(fields={"Team": "Checkout"}).rights() if not r.granted][-1] == "CREATE_ATTACHMENTS"


def test_ninety_thousand_characters_are_cut_to_what_jira_takes(jira: Site) -> None:
    jira.open().file_defect(defect("\n".join(f"- line {n} 🐢 of a very long report" for n in range(3000))))
    assert len(words(jira, "PERF-1")) <= 32_767
    assert "cut to what this host takes" in words(jira, "PERF-1")

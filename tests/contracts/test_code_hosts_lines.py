"""Marked lines on every code host: where the diff shows them, once, resolved when gone, never again once dismissed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perfagent.errors import OptionalServiceError
from perfagent.ports.code_host import Annotation
from tests.contracts.fakes.hosts import Harness, only
from tests.contracts.fakes.server import Answer, Fault
from tests.contracts.test_code_hosts_diff import seed

LOOP = Annotation(
    file="shop/db.py",
    start_line=2,
    end_line=3,
    title="One query per item",
    message="`db.one` runs 40 times a request",
    suggestion="rows = db.many(cart)  # ``` fence\n",
    fingerprint="cart-p95-loop",
)
OUTSIDE = Annotation(file="shop/db.py", start_line=400, end_line=401, title="Elsewhere", message="not in the diff", fingerprint="elsewhere")
UNKNOWN = Annotation(file="nowhere.py", start_line=1, end_line=1, title="Nowhere", message="no such file", fingerprint="nowhere")


def marked(host: Harness) -> list[dict[str, Any]]:
    """Line comments as a reviewer sees them: path, last line, body, open."""
    fake = host.fake
    if host.name == "github":
        return [{"path": c["path"], "line": c["line"], "body": c["body"], "open": True} for c in fake.review_comments.values()]
    if host.name == "gitlab":
        notes = [d["notes"][0] for d in fake.discussions.values()]
        return [
            {"path": n["position"]["new_path"], "line": n["position"]["new_line"], "body": n["body"], "open": not n["resolved"]}
            for n in notes
        ]
    if host.name == "azure_devops":
        return [
            {
                "path": t["threadContext"]["filePath"].lstrip("/"),
                "line": t["threadContext"]["rightFileEnd"]["line"],
                "body": t["comments"][0]["content"],
                "open": t["status"] == "active",
            }
            for t in fake.threads.values()
            if t.get("threadContext")
        ]
    return [
        {"path": c["inline"]["path"], "line": c["inline"]["to"], "body": c["content"]["raw"], "open": True}
        for c in fake.comments.values()
        if c.get("inline")
    ]


def annotate(host: Harness, *annotations: Annotation) -> None:
    host.open().annotate(host.pull_request, host.revision, annotations)


def test_a_finding_is_marked_once_with_its_suggestion(host: Harness) -> None:
    seed(host)
    for _ in range(2):
        annotate(host, LOOP, OUTSIDE, UNKNOWN)
    marks = [m for m in marked(host) if m["path"] == "shop/db.py" and m["line"] == 3]
    assert len(marks) == len(marked(host)) == 1
    opening = "suggestion:-1+0" if host.name == "gitlab" else "suggestion"
    assert f"````{opening}\nrows = db.many(cart)  # ``` fence\n````" in marks[0]["body"]
    assert "One query per item" in marks[0]["body"]


def test_lines_outside_the_diff_are_left_out(host: Harness) -> None:
    seed(host)
    annotate(host, OUTSIDE, UNKNOWN)
    assert marked(host) == []


def test_a_finding_that_went_away_is_shown_as_resolved_and_comes_back_when_it_does(host: Harness) -> None:
    seed(host)
    annotate(host, LOOP)
    annotate(host)
    assert len(marked(host)) == 1
    assert "Resolved" in marked(host)[0]["body"]
    assert marked(host)[0]["open"] == (host.name in ("github", "bitbucket"))
    annotate(host, LOOP)
    assert len(marked(host)) == 1
    assert "Resolved" not in marked(host)[0]["body"]
    assert marked(host)[0]["open"]


@only("gitlab", "azure_devops")  # the others' REST interface does not tell
def test_what_a_person_dismissed_stays_dismissed(host: Harness) -> None:
    seed(host)
    annotate(host, LOOP)
    if host.name == "gitlab":
        next(iter(host.fake.discussions.values()))["notes"][0]["resolved"] = True
    else:
        next(iter(host.fake.threads.values()))["status"] = "wontFix"
    before = marked(host)
    annotate(host, LOOP)
    assert marked(host) == before
    annotate(host)
    assert marked(host) == before


@pytest.mark.parametrize("kind", ["lost", "half", "late"])
def test_a_lost_answer_marks_no_line_twice(host: Harness, kind: str) -> None:
    seed(host)
    path = {"github": r"/pulls/7/comments$", "gitlab": r"/discussions$", "azure_devops": r"/threads$", "bitbucket": r"/comments$"}[
        host.name
    ]
    host.fake.faults.append(Fault("POST", path, kind))
    annotate(host, LOOP)
    assert len(marked(host)) == 1


def test_at_most_twenty_lines_are_marked(host: Harness) -> None:
    seed(host)
    many = [
        Annotation(file="new.py", start_line=1, end_line=1, title=f"t{n}", message="m", fingerprint=f"f{n}", suggestion="x")
        for n in range(30)
    ]
    annotate(host, *many)
    assert len(marked(host)) == 20


@only("github")
def test_github_writes_plain_findings_into_one_check_run_fifty_at_a_time(host: Harness) -> None:
    seed(host)
    plain = [Annotation(file="shop/db.py", start_line=1, end_line=1, title=f"t{n}", message="m", fingerprint=f"f{n}") for n in range(120)]
    for _ in range(2):
        annotate(host, *plain)
    assert len(host.fake.check_runs) == 1
    run = next(iter(host.fake.check_runs.values()))
    assert len(run["annotations"]) == 120
    assert run["conclusion"] == "neutral"
    assert marked(host) == []


@only("github")
def test_github_repeats_no_annotations_when_the_answer_to_the_check_run_was_lost(host: Harness) -> None:
    seed(host)
    plain = [Annotation(file="shop/db.py", start_line=1, end_line=1, title=f"t{n}", message="m") for n in range(60)]
    host.fake.faults.append(Fault("POST", r"/check-runs$", "lost"))
    annotate(host, *plain)
    host.fake.faults.append(Fault("PATCH", r"/check-runs/", "lost"))
    with pytest.raises(OptionalServiceError):
        annotate(host, *plain, LOOP, LOOP.__class__(file="new.py", start_line=1, end_line=1, title="x", message="y"))
    annotate(host, *plain, LOOP, LOOP.__class__(file="new.py", start_line=1, end_line=1, title="x", message="y"))
    assert [len(r["annotations"]) for r in host.fake.check_runs.values()] == [60, 61]


@only("github")
def test_github_marks_lines_by_comments_where_the_token_may_not_write_check_runs(host: Harness) -> None:
    seed(host)
    host.fake.checks_allowed = False
    annotate(host, Annotation(file="new.py", start_line=1, end_line=1, title="t", message="m", fingerprint="f"))
    assert [m["path"] for m in marked(host)] == ["new.py"]


@only("github")
def test_the_secondary_limit_is_waited_out(host: Harness) -> None:
    words = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    host.fake.faults.append(Fault("POST", r"/issues/7/comments$", "answer", 1, Answer(status=403, json=words)))
    host.open().upsert_comment(7, "<!-- m --> x", marker="<!-- m -->")
    assert 60 <= sum(host.clock.slept) < 100
    assert len(host.fake.comments) == 1


@only("github")
def test_the_used_up_quota_is_waited_for_until_its_reset(host: Harness) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(host.clock.time) + 40)}
    host.fake.faults.append(
        Fault("GET", r"/issues/7/comments$", "answer", 1, Answer(status=403, json={"message": "API rate limit exceeded"}, headers=headers))
    )
    host.open().upsert_comment(7, "<!-- m --> x", marker="<!-- m -->")
    assert 40 <= sum(host.clock.slept) < 45


def test_a_picture_is_kept_where_the_host_keeps_pictures(host: Harness, tmp_path: Path) -> None:
    picture = tmp_path / "summary.jpg"
    picture.write_bytes(b"\xff\xd8\xff jpeg")
    adapter = host.open()
    if host.name == "bitbucket":
        assert not hasattr(adapter, "upload_picture")
        return
    if host.name == "github":
        with pytest.raises(OptionalServiceError, match="keeps no pictures"):
            adapter.upload_picture(7, picture, alt="summary")
        return
    first = adapter.upload_picture(7, picture, alt="p95 by endpoint")
    assert first.startswith("![p95 by endpoint](")
    if host.name == "azure_devops":
        assert adapter.upload_picture(7, picture, alt="p95 by endpoint") == first
        assert list(host.fake.attachments.values()) == [b"\xff\xd8\xff jpeg"]
    else:
        assert first == "![p95 by endpoint](/uploads/0123456789abcdef/summary.jpg)"
        assert b"\xff\xd8\xff jpeg" in host.fake.uploads[0]

from __future__ import annotations

from dataclasses import replace

from perfagent.adapters.code_hosts.lines import LineThread, fingerprint, line_body, place, resolved_body
from perfagent.ports.code_host import Annotation
from perfagent.text.diff import parse_diff

DIFF = parse_diff(
    "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n"
    "@@ -1,3 +1,4 @@\n one\n-two\n+zwei\n+drei\n four\n"
    "@@ -40,2 +41,2 @@\n x\n-y\n+z\n"
    "diff --git a/gone.py b/gone.py\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
)
FINDING = Annotation(file="a.py", start_line=2, end_line=3, title="Slow", message="why", suggestion="both()\n", fingerprint="f/1")


def test_a_finding_inside_a_hunk_keeps_both_its_ends() -> None:
    found = place(DIFF, FINDING)
    assert found is not None
    assert (found.start, found.end, found.old_line, found.whole, found.end_length) == (2, 3, None, True, 4)


def test_an_unchanged_line_carries_its_number_on_both_sides() -> None:
    found = place(DIFF, replace(FINDING, start_line=4, end_line=4))
    assert found is not None
    assert (found.end, found.old_line) == (4, 3)


def test_a_finding_that_begins_before_the_hunk_marks_its_last_line_without_a_suggestion() -> None:
    wide = replace(FINDING, start_line=30, end_line=42)
    found = place(DIFF, wide)
    assert found is not None
    assert (found.start, found.end, found.whole) == (42, 42, False)
    assert "suggestion" not in line_body(wide, found, opening="suggestion")


def test_lines_and_files_outside_the_diff_have_no_place() -> None:
    assert place(DIFF, replace(FINDING, start_line=20, end_line=21)) is None
    assert place(DIFF, replace(FINDING, file="b.py")) is None
    assert place(DIFF, replace(FINDING, file="gone.py", start_line=1, end_line=1)) is None


def test_an_empty_suggestion_deletes_the_lines() -> None:
    found = place(DIFF, FINDING)
    assert found is not None
    assert "```suggestion\n```" in line_body(replace(FINDING, suggestion=""), found, opening="suggestion")


def test_the_mark_survives_resolving() -> None:
    found = place(DIFF, FINDING)
    assert found is not None
    thread = LineThread(id="1", body=line_body(FINDING, found, opening="suggestion"))
    resolved = LineThread(id="1", body=resolved_body(thread.body))
    assert thread.fingerprint == resolved.fingerprint == fingerprint(FINDING) == "f1"
    assert (thread.resolved_by_us, resolved.resolved_by_us) == (False, True)


def test_without_a_fingerprint_file_and_title_are_the_identity() -> None:
    bare = replace(FINDING, fingerprint="")
    assert fingerprint(bare) == fingerprint(replace(bare, start_line=1, message="other"))
    assert fingerprint(bare) != fingerprint(replace(bare, title="Other"))

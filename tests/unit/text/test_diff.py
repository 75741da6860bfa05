"""Unified diffs of every kind git writes, and of the kinds an attacker writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.text.diff import FileStatus, parse_diff

MODIFIED = """diff --git a/app/views.py b/app/views.py
index 1111111..2222222 100644
--- a/app/views.py
+++ b/app/views.py
@@ -10,4 +10,5 @@ def cart(request):
     items = load()
-    total = sum(items)
+    total = 0
+    for item in items:
     return total

@@ -40 +41 @@ def other():
-a
+b
"""


def test_lines_carry_numbers_of_both_sides():
    (file,) = parse_diff(MODIFIED).files
    assert (file.path, file.status) == ("app/views.py", FileStatus.MODIFIED)
    first, second = file.hunks
    assert first.section == "def cart(request):"
    assert [(line.kind, line.old, line.new) for line in first.lines] == [
        (" ", 10, 10),
        ("-", 11, None),
        ("+", None, 11),
        ("+", None, 12),
        (" ", 12, 13),
        (" ", 13, 14),
    ]
    assert [(line.kind, line.old, line.new) for line in second.lines] == [("-", 40, None), ("+", None, 41)]


def test_added_and_deleted_files():
    diff = parse_diff(
        "diff --git a/new.py b/new.py\nnew file mode 100644\nindex 000..111\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    )
    new, gone = diff.files
    assert (new.status, new.old_path, new.new_path) == (FileStatus.ADDED, None, "new.py")
    assert [line.new for line in new.hunks[0].added] == [1, 2]
    assert (gone.status, gone.old_path, gone.new_path, gone.path) == (FileStatus.DELETED, "gone.py", None, "gone.py")


def test_rename_without_hunks_and_with():
    diff = parse_diff(
        "diff --git a/old name.py b/new name.py\nsimilarity index 100%\nrename from old name.py\nrename to new name.py\n"
        "diff --git a/x.py b/y.py\nsimilarity index 90%\nrename from x.py\nrename to y.py\n--- a/x.py\n+++ b/y.py\n@@ -1 +1 @@\n-a\n+b\n"
    )
    pure, changed = diff.files
    assert (pure.status, pure.old_path, pure.new_path, pure.hunks) == (FileStatus.RENAMED, "old name.py", "new name.py", ())
    assert (changed.old_path, changed.new_path, len(changed.hunks)) == ("x.py", "y.py", 1)


def test_binary_files_have_no_hunks():
    diff = parse_diff(
        "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n"
        "diff --git a/blob b/blob\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 4\nLc${NkWhXZ\n\nliteral 0\nHcmV\n\n"
        + MODIFIED
    )
    assert [(f.path, f.binary) for f in diff.files] == [("logo.png", True), ("blob", True), ("app/views.py", False)]


def test_mode_change():
    (file,) = parse_diff("diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n").files
    assert (file.old_mode, file.new_mode, file.hunks) == ("100644", "100755", ())


@pytest.mark.parametrize(
    ("head", "path"),
    [
        (r'diff --git "a/caf\303\251.py" "b/caf\303\251.py"', "café.py"),
        (r'diff --git "a/tab\there.py" "b/tab\there.py"', "tab\there.py"),
        ("diff --git a/with space.py b/with space.py", "with space.py"),
        ("diff --git a/a b/c.py b/a b/c.py", "a b/c.py"),
    ],
)
def test_quoted_and_awkward_names(head, path):
    (file,) = parse_diff(head + "\nold mode 100644\nnew mode 100755\n").files
    assert file.path == path


def test_no_newline_at_end_is_marked():
    (file,) = parse_diff("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n").files
    assert [line.newline for line in file.hunks[0].lines] == [False, False]


def test_crlf_file_keeps_its_carriage_returns_and_crlf_diff_loses_them():
    body = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\r\n+b\r\n"
    assert parse_diff(body).files[0].hunks[0].added[0].text == "b\r"
    whole = body.replace("\r", "").replace("\n", "\r\n")
    assert parse_diff(whole).files[0].hunks[0].added[0].text == "b"
    assert parse_diff(whole).files[0].path == "x"


def test_notes_at_the_head_are_kept():
    diff = parse_diff("# perfagent: 12 files left out by the host\n" + MODIFIED)
    assert diff.notes == ("12 files left out by the host",)
    assert len(diff.files) == 1


def test_plain_diff_with_dates():
    (file,) = parse_diff("--- a/x.py\t2026-01-01 00:00:00\n+++ b/x.py\t2026-01-02 00:00:00\n@@ -1 +1 @@\n-a\n+b\n").files
    assert file.path == "x.py"


def test_a_removed_line_that_looks_like_a_header_stays_in_its_hunk():
    (file,) = parse_diff("--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new comment\n x\n").files
    assert [line.text for line in file.hunks[0].lines] == ["-- old comment", "++ new comment", "x"]


def test_garbage_between_files_is_skipped_and_counted():
    diff = parse_diff("From: someone\nSubject: [PATCH]\n\n" + MODIFIED + "-- \n2.40\n" + MODIFIED)
    assert len(diff.files) == 2
    assert diff.skipped == 4


def test_lying_counts_do_not_swallow_the_next_file():
    diff = parse_diff("--- a/x\n+++ b/x\n@@ -1,900 +1,900 @@\n a\n+b\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n")
    assert [f.path for f in diff.files] == ["x", "y"]


@pytest.mark.parametrize(
    "text", ["", "\n", "@@ -1 +1 @@\n+a", "diff --git ", 'diff --git "a/', "--- \n+++ \n@@ -0,0 +1 @@\n+x", "+++ b/x", "\\"]
)
def test_broken_input_never_raises(text):
    parse_diff(text)


@given(st.text(alphabet=st.sampled_from(list('diff --git a/b"\\@+- 0123,\n\r\t#é\u202e')), max_size=400))
def test_any_text_is_parsed_without_raising(text):
    for file in parse_diff(text).files:
        assert isinstance(file.path, str)


def test_a_combined_diff_is_skipped():
    diff = parse_diff("diff --cc x.py\nindex 1,2..3\n--- a/x.py\n+++ b/x.py\n@@@ -1,2 -1,2 +1,3 @@@\n  a\n++b\n" + MODIFIED)
    assert diff.files[-1].path == "app/views.py"
    assert len(diff.files[-1].hunks) == 2

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfagent.adapters.code_hosts.patches import file_patch, hunks_between, left_out, quoted
from perfagent.text.diff import FileStatus, parse_diff

LINES = st.lists(st.sampled_from(["", "a", "b", "  c", "+", "-", "@@", "\\ x", "ä🦊", "x\x0cy", "--- a"]), max_size=12)


@given(old=LINES, new=LINES, old_end=st.booleans(), new_end=st.booleans())
def test_both_sides_of_a_file_can_be_read_back_from_its_diff(old: list[str], new: list[str], old_end: bool, new_end: bool) -> None:
    before = "\n".join(old) + ("\n" if old_end and old else "")
    after = "\n".join(new) + ("\n" if new_end and new else "")
    diff = parse_diff(file_patch(old_path="a.py", new_path="a.py", hunks=hunks_between(before, after)))
    lines = [line for file in diff.files for hunk in file.hunks for line in hunk.lines]
    removed = [line.text for line in lines if line.kind == "-"]
    added = [line.text for line in lines if line.kind == "+"]
    assert diff.skipped == 0
    assert (before == after) == (not removed and not added)
    before_lines, after_lines = before.split("\n"), after.split("\n")
    for line in lines:
        if line.old is not None:
            assert before_lines[line.old - 1] == line.text
        if line.new is not None:
            assert after_lines[line.new - 1] == line.text


def test_a_rename_an_addition_and_a_deletion_are_told_apart() -> None:
    text = (
        file_patch(old_path="was.py", new_path="is.py", hunks="")
        + file_patch(old_path=None, new_path="new.py", hunks="@@ -0,0 +1 @@\n+x")
        + file_patch(old_path="gone.py", new_path=None, hunks="@@ -1 +0,0 @@\n-x")
    )
    assert [(f.path, f.status) for f in parse_diff(text).files] == [
        ("is.py", FileStatus.RENAMED),
        ("new.py", FileStatus.ADDED),
        ("gone.py", FileStatus.DELETED),
    ]


def test_a_strange_name_survives() -> None:
    name = 'a "b"\tc\\d\n.py'
    diff = parse_diff(file_patch(old_path=name, new_path=name, hunks="@@ -1 +1 @@\n-a\n+b"))
    assert [f.path for f in diff.files] == [name]
    assert quoted("plain ä.py") == "plain ä.py"


def test_what_is_left_out_is_named_up_to_twenty() -> None:
    line = left_out("too large", [f"f{n}" for n in range(25)])
    assert line.startswith("# perfagent: too large: f0, f1")
    assert line.endswith("f19 and 5 more")
    assert "\n" not in left_out("too large", ["a\nb"])

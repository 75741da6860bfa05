"""The diff as each host gives it, and the words for what it leaves out."""

from __future__ import annotations

from perfagent.text.diff import FileStatus, parse_diff
from tests.contracts.fakes.azure_devops import BASE, HEAD
from tests.contracts.fakes.hosts import Harness, only

DIFF = """\
diff --git a/shop/db.py b/shop/db.py
--- a/shop/db.py
+++ b/shop/db.py
@@ -1,3 +1,4 @@
 import db
-rows = db.all()
+for item in cart:
+    rows = db.one(item)
 print(rows)
diff --git a/new.py b/new.py
new file mode 100644
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+x = 1
diff --git a/old.py b/old.py
deleted file mode 100644
--- a/old.py
+++ /dev/null
@@ -1 +0,0 @@
-y = 1
"""


def seed(host: Harness) -> None:
    """The same change on each host, in the form it keeps it."""
    hunks = [part.partition("@@")[1] + part.partition("@@")[2] for part in DIFF.split("diff --git ")[1:]]
    fake = host.fake
    if host.name in ("github", "bitbucket"):
        fake.diff = DIFF
    if host.name == "gitlab":
        fake.diffs = [
            {"old_path": "shop/db.py", "new_path": "shop/db.py", "diff": hunks[0]},
            {"old_path": "new.py", "new_path": "new.py", "diff": hunks[1], "new_file": True},
            {"old_path": "old.py", "new_path": "old.py", "diff": hunks[2], "deleted_file": True},
        ]
    if host.name == "azure_devops":
        fake.files = {
            ("shop/db.py", BASE): b"import db\nrows = db.all()\nprint(rows)\n",
            ("shop/db.py", HEAD): b"import db\nfor item in cart:\n    rows = db.one(item)\nprint(rows)\n",
            ("new.py", HEAD): b"x = 1\n",
            ("old.py", BASE): b"y = 1\n",
        }
        fake.changes = [change("edit", "shop/db.py"), change("add", "new.py"), change("delete", "old.py")]


def change(kind: str, path: str, original: str | None = None) -> dict[str, object]:
    extra = {"originalPath": f"/{original}"} if original else {}
    return {"changeTrackingId": 1, "changeId": 1, "changeType": kind, "item": {"path": f"/{path}", "objectId": "0" * 40}, **extra}


def test_the_diff_names_files_and_lines(host: Harness) -> None:
    seed(host)
    diff = parse_diff(host.open().get_diff(host.pull_request))
    assert {f.path: f.status for f in diff.files} == {
        "shop/db.py": FileStatus.MODIFIED,
        "new.py": FileStatus.ADDED,
        "old.py": FileStatus.DELETED,
    }
    changed = diff.file("shop/db.py")
    assert changed is not None
    assert [(line.new, line.text) for line in changed.hunks[0].added] == [(2, "for item in cart:"), (3, "    rows = db.one(item)")]
    assert diff.notes == ()


@only("github")
def test_github_gives_more_than_300_files_page_by_page_and_says_what_it_left_out(host: Harness) -> None:
    host.fake.files = [{"filename": f"f{n}.py", "patch": "@@ -1 +1 @@\n-a\n+b"} for n in range(340)]
    host.fake.files[200] = {"filename": "huge.py", "additions": 0, "deletions": 0, "changes": 0}
    host.fake.files[201] = {"filename": "moved.py", "previous_filename": "was.py", "status": "renamed", "changes": 0}
    text = host.open().get_diff(host.pull_request)
    diff = parse_diff(text)
    assert len(diff.files) == 340
    assert any("huge.py" in note for note in diff.notes)
    assert not any("moved.py" in note for note in diff.notes)
    moved = diff.file("moved.py")
    assert moved is not None
    assert moved.old_path == "was.py"


@only("gitlab")
def test_gitlab_asks_for_the_raw_diff_where_files_are_collapsed(host: Harness) -> None:
    host.fake.diffs = [{"old_path": "big.py", "new_path": "big.py", "diff": "", "too_large": True}]
    without = parse_diff(host.open().get_diff(host.pull_request))
    assert any("big.py" in note for note in without.notes)
    host.fake.raw_diff = DIFF
    assert host.open().get_diff(host.pull_request) == DIFF


@only("azure_devops")
def test_azure_pages_renames_and_names_what_is_not_text(host: Harness) -> None:
    host.fake.page_size = 2
    host.fake.files = {
        ("a b.py", HEAD): b"one\ntwo\n",
        ("was.py", BASE): b"one\n",
        ("logo.png", BASE): b"\x89PNG\0",
        ("logo.png", HEAD): b"\x89PNG\0\1",
        ("end.txt", HEAD): b"no line end",
    }
    host.fake.changes = [change("rename, edit", "a b.py", "was.py"), change("edit", "logo.png"), change("add", "end.txt")]
    text = host.open().get_diff(host.pull_request)
    diff = parse_diff(text)
    assert [f.path for f in diff.files] == ["a b.py", "logo.png", "end.txt"]
    renamed = diff.file("a b.py")
    assert renamed is not None
    assert (renamed.old_path, [line.text for line in renamed.hunks[0].added]) == ("was.py", ["two"])
    assert any("logo.png" in note for note in diff.notes)
    assert "\\ No newline at end of file" in text

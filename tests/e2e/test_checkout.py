"""Real git."""

import os
import subprocess

import pytest

from perfagent.errors import ConfigurationError
from perfagent.steps.checkout import open_checkout

pytestmark = pytest.mark.e2e


def environ(home):
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


def git(where, *arguments):
    who = ["-c", "user.name=T", "-c", "user.email=t@example.net", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, "-C", str(where), *arguments], check=True, capture_output=True, text=True, env=environ(where))
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repo"
    (root / "app").mkdir(parents=True)
    git(root, "init", "-q")
    (root / "app" / "shop.py").write_text("one = 1\n")
    (root / "old name.txt").write_text("".join(f"line {n}\n" for n in range(30)))
    git(root, "add", ".")
    git(root, "commit", "-qm", "base")
    git(root, "checkout", "-qb", "change")
    (root / "app" / "shop.py").write_text("one = 1\ntwo = 2\n")
    git(root, "mv", "old name.txt", "new näme.txt")
    git(root, "commit", "-qam", "change")
    git(root, "checkout", "-q", "main")
    (root / "other.txt").write_text("later\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "later")
    return root


def checkout(root):
    return open_checkout(root, environ=environ(root))


def test_the_root_is_found_from_below(repository):
    assert checkout(repository / "app").root.samefile(repository)


def test_not_a_repository(tmp_path):
    with pytest.raises(ConfigurationError, match="not inside a git repository"):
        open_checkout(tmp_path, environ=environ(tmp_path))


def test_no_git(repository, tmp_path):
    with pytest.raises(ConfigurationError, match="git is not installed"):
        open_checkout(repository, environ={"PATH": str(tmp_path)})


def test_diff_from_the_merge_base_has_only_the_change(repository):
    co = checkout(repository)
    base = co.merge_base("main", "change")
    assert base == git(repository, "rev-parse", "main~1")
    diff = co.diff(base, "change")
    assert "+two = 2" in diff
    assert "rename to new näme.txt" in diff
    assert "other.txt" not in diff
    assert set(co.changed_files(base, "change")) == {"app/shop.py", "new näme.txt"}


def test_the_working_tree_can_be_the_head(repository):
    (repository / "app" / "shop.py").write_text("one = 11\n")
    assert "+one = 11" in checkout(repository).diff("main", None)


def test_user_settings_do_not_change_the_diff(repository):
    git(repository, "config", "diff.noprefix", "true")
    git(repository, "config", "color.ui", "always")
    git(repository, "config", "diff.external", "/bin/false")
    assert "+++ b/app/shop.py\n" in checkout(repository).diff("main~1", "change")


def test_a_large_diff_ends_at_a_whole_file_and_says_so(repository):
    git(repository, "checkout", "-q", "change")
    (repository / "big.txt").write_text("x" * 50 + "\n" + "y\n" * 20000)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "big")
    diff = checkout(repository).diff("main", "change", max_bytes=10_000)
    first, rest = diff.split("\n", 1)
    assert first == "# perfagent: the diff is larger than 10000 bytes; 3 of 4 files are left out"
    assert rest.startswith("diff --git a/app/shop.py")
    assert "big.txt" not in rest


def test_file_at_a_revision(repository):
    co = checkout(repository)
    assert co.file_at("change", "app/shop.py") == "one = 1\ntwo = 2\n"
    assert co.file_at("main", "app/shop.py") == "one = 1\n"
    assert co.file_at("main", "nothing.py") is None


def test_an_unknown_revision_hints_at_the_fetch_depth(repository):
    with pytest.raises(ConfigurationError, match=r"(?s)no revision 'nowhere'.*fetch-depth: 0"):
        checkout(repository).resolve("nowhere")


def test_a_revision_is_never_an_option(repository):
    with pytest.raises(ConfigurationError, match="no revision"):
        checkout(repository).resolve("--help")


def test_a_branch_of_the_remote_is_found(repository, tmp_path):
    git(tmp_path, "clone", "-q", str(repository), "clone")
    assert checkout(tmp_path / "clone").resolve("change") == git(repository, "rev-parse", "change")


def test_a_shallow_clone_hints_at_the_fetch_depth(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{repository}", "clone")
    co = checkout(tmp_path / "clone")
    assert co.shallow
    with pytest.raises(ConfigurationError, match=r"(?s)no common ancestor.*fetch-depth: 0"):
        co.merge_base("main", "change")


def test_a_worktree_lives_inside_the_block_only(repository, tmp_path):
    git(repository, "config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    (tmp_path / "hooks" / "post-checkout").chmod(0o755)
    co = checkout(repository)
    path = tmp_path / "trees" / "candidate"

    def work():
        with co.worktree("change", path):
            assert "two" in (path / "app" / "shop.py").read_text()
            (path / "written.txt").write_text("by the target")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        work()
    assert not path.exists()
    assert not (tmp_path / "hooked").exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    with co.worktree("change", path), co.worktree("change", tmp_path / "trees" / "again"):
        pass


def test_a_worktree_removed_by_others_is_pruned(repository, tmp_path):
    import shutil

    path = tmp_path / "tree"
    with checkout(repository).worktree("change", path):
        shutil.rmtree(path)
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_the_branch_is_known_unless_a_commit_is_checked_out(repository):
    assert checkout(repository).branch() == "main"
    git(repository, "checkout", "-q", "--detach")
    assert checkout(repository).branch() is None

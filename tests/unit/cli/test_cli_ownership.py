"""Root's files go back to the workspace's owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perfagent.cli.ownership import files_of, give_back

ME = os.getuid()


def workspace(where: Path) -> Path:
    for name in (".perfagent/runs/1/outcome.json", ".git/index", ".git/config", "src/app.py"):
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text("")
    return where


def found(where: Path, uid: int = ME) -> set[str]:
    return {path.relative_to(where).as_posix() for path in files_of(uid, where)}


def test_what_a_run_writes_is_given_back_and_nothing_else(tmp_path: Path) -> None:
    written = {".perfagent", ".perfagent/runs", ".perfagent/runs/1", ".perfagent/runs/1/outcome.json", ".git/index"}
    assert found(workspace(tmp_path)) == written


def test_files_of_others_stay_theirs(tmp_path: Path) -> None:
    assert found(workspace(tmp_path), ME + 1) == set()


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").write_text("")
    space = workspace(tmp_path / "space")
    (space / ".perfagent" / "link").symlink_to(outside)
    assert ".perfagent/link" in found(space)
    assert not any("theirs" in name for name in found(space))


def test_a_folder_of_ours_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "space").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "space" / ".perfagent").symlink_to(tmp_path / "elsewhere")
    assert found(tmp_path / "space") == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_gets_what_root_wrote(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    os.chown(space, 4711, 4712)
    give_back(space)
    outcome = (space / ".perfagent/runs/1/outcome.json").stat()
    assert (outcome.st_uid, outcome.st_gid) == (4711, 4712)
    assert (space / "src/app.py").stat().st_uid == 0

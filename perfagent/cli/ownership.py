"""A container that runs as root leaves nothing behind that the workspace's owner cannot remove: the next checkout of a self-hosted runner
would fail on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OURS = (".perfagent", ".git/index", ".git/worktrees")  # what a run writes below the directory it is started in


def give_back(workspace: Path) -> None:
    """Root's files among what a run writes become those of the workspace's owner. What the system refuses (a file system without owners)
    stays as it is, for it changes no verdict."""
    try:
        owner = workspace.stat()
    except OSError:
        return
    if owner.st_uid == 0:
        return
    for path in files_of(0, workspace):
        with suppress(OSError):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def files_of(uid: int, workspace: Path) -> Iterator[Path]:
    """What a run writes and this user owns. Links are named, never followed."""
    for name in _OURS:
        top = workspace / name
        if top.is_symlink() or not top.exists():
            continue
        yield from (path for path in (top, *_below(top)) if _owner(path) == uid)


def _below(top: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(top, followlinks=False):
        yield from (Path(folder) / entry for entry in (*folders, *files))


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:
        return None

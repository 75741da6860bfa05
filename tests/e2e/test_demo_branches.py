"""The demo's repository: every pull request applies to the shop as it is now, and its shop works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from perfagent.demo.changes import ALL, CHANGES, Change
from perfagent.demo.repository import DemoRepository, prepare
from perfagent.errors import ConfigurationError
from tests.unit.demo.shop_client import ORDER, REQUESTS, shop

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRepository:
    return prepare(tmp_path_factory.mktemp("demo") / "shop", CHANGES[0], python=sys.executable, environ=os.environ)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_change_is_checked_out_on_top_of_main_and_nothing_is_left_to_commit(demo: DemoRepository) -> None:
    assert git(demo.path, "rev-parse", "HEAD", "main").split() == [demo.head, demo.base]
    assert git(demo.path, "rev-parse", "HEAD~1").strip() == demo.base
    assert git(demo.path, "status", "--porcelain") == ""


@pytest.mark.parametrize("change", ALL, ids=lambda change: change.name)
def test_the_shop_of_every_branch_answers(demo: DemoRepository, change: Change, tmp_path: Path) -> None:
    folder = tmp_path / change.name
    git(demo.path, "worktree", "add", "--quiet", "--detach", str(folder), change.name)
    with shop(folder) as client:
        assert {name: client.get(path).status_code for name, path in REQUESTS.items()} == dict.fromkeys(REQUESTS, 200)
        assert client.post("/orders", json=ORDER).status_code == 201
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_change_answers_what_the_base_answered(demo: DemoRepository, change: Change, tmp_path: Path) -> None:
    answers = []
    for name in ("main", change.name):
        folder = tmp_path / name
        git(demo.path, "worktree", "add", "--quiet", "--detach", str(folder), name)
        with shop(folder) as client:
            answers.append({path: client.get(path).json() for path in REQUESTS.values() if not path.startswith("/cart")})
            answers[-1]["total"] = client.get("/cart/6").json()["total_cents"]
    assert answers[0] == answers[1]


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me")
    with pytest.raises(ConfigurationError, match="not an empty folder"):
        prepare(tmp_path, CHANGES[0], python=sys.executable, environ=os.environ)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfagent.cli.init import ci_file, configuration
from perfagent.cli.project import CI_FILES, Project, look_at
from perfagent.config.loading import load

Perfagent = Callable[..., Any]


def repository(folder: Path, remote: str = "", *, branch: str = "main") -> None:
    """As `git init` and `git remote add` leave it."""
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    (folder / ".git" / "config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n' if remote else "[core]\n")


def write(folder: Path, path: str, text: str = "") -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


@pytest.mark.parametrize(
    ("remote", "ci"),
    [
        ("git@github.com:acme/shop.git", "github"),
        ("https://gitlab.example.net/acme/shop.git", "gitlab"),
        ("https://dev.azure.com/acme/p/_git/shop", "azure"),
        ("", ""),
    ],
)
def test_the_ci_is_read_off_the_remote(tmp_path: Path, remote: str, ci: str) -> None:
    repository(tmp_path, remote)
    found = look_at(tmp_path)
    assert found.ci == ci
    assert found.service == ("shop" if remote else tmp_path.name)


def test_a_ci_file_says_more_than_the_remote(tmp_path: Path) -> None:
    repository(tmp_path, "git@github.com:acme/shop.git")
    write(tmp_path, ".circleci/config.yml")
    assert look_at(tmp_path).ci == "circleci"


def test_the_scenario_with_the_shortest_path_is_found_outside_of_dependencies(tmp_path: Path) -> None:
    write(tmp_path, "node_modules/x/a.js", "import http from 'k6/http'")
    write(tmp_path, "app.js", "import http from 'http'")
    write(tmp_path, "tests/load/deep.js", 'import http from "k6/http"')
    write(tmp_path, "load/checkout.js", "import { check } from 'k6'")
    assert look_at(tmp_path).scenario == "load/checkout.js"


@pytest.mark.parametrize(
    ("file", "text", "command"),
    [
        ("Procfile", "worker: x\nweb: gunicorn app:app -b :$PORT\n", "gunicorn app:app -b :$PORT"),
        ("package.json", '{"scripts": {"start": "node ."}}', "npm start"),
        ("package.json", "{", ""),
        ("package.json", "[]", ""),
    ],
)
def test_how_the_service_is_started_is_read_off_its_files(tmp_path: Path, file: str, text: str, command: str) -> None:
    write(tmp_path, file, text)
    assert look_at(tmp_path).command == command


def test_the_default_branch_is_the_remotes(tmp_path: Path) -> None:
    repository(tmp_path, branch="topic")
    write(tmp_path, ".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/develop\n")
    assert look_at(tmp_path).branch == "develop"


def test_both_files_are_written_and_valid(perfagent: Perfagent, tmp_path: Path) -> None:
    repository(tmp_path, "git@github.com:acme/shop.git")
    write(tmp_path, "k6/checkout.js", "import http from 'k6/http'")
    answer = perfagent("init")
    assert (answer.code, answer.out) == (0, ".perfagent.yml\n.github/workflows/perfagent.yml\n")
    settings = load(file=None, env={}, flags={}, cwd=tmp_path, needs=("scenario", "target.candidate"))
    assert (settings.service, settings.scenario, settings.baseline.branch) == ("shop", "k6/checkout.js", "main")
    workflow = yaml.safe_load((tmp_path / ".github/workflows/perfagent.yml").read_text())
    assert workflow["jobs"]["load-test"]["container"].startswith("ghcr.io/")


def test_what_is_there_is_kept_and_what_is_not_is_written(perfagent: Perfagent, tmp_path: Path) -> None:
    repository(tmp_path, "git@github.com:acme/shop.git")
    write(tmp_path, ".perfagent.yml", "mine: true\n")
    answer = perfagent("init")
    assert (answer.code, answer.out) == (0, ".github/workflows/perfagent.yml\n")
    assert (tmp_path / ".perfagent.yml").read_text() == "mine: true\n"
    assert perfagent("init").code == 2
    assert perfagent("init", "--force").code == 0
    assert "mine" not in (tmp_path / ".perfagent.yml").read_text()


def test_an_existing_circleci_configuration_is_not_touched(perfagent: Perfagent, tmp_path: Path) -> None:
    write(tmp_path, ".circleci/config.yml", "version: 2.1\n")
    answer = perfagent("init")
    assert ".circleci/perfagent.yml" in answer.out
    assert "merge .circleci/perfagent.yml into .circleci/config.yml" in answer.err
    assert (tmp_path / ".circleci/config.yml").read_text() == "version: 2.1\n"


@pytest.mark.parametrize("provider", CI_FILES)
def test_every_ci_file_runs_the_gate_with_the_whole_history(provider: str) -> None:
    text = ci_file(provider, Project(service="shop", branch="trunk"), "registry.example.net/perfagent:1")
    assert yaml.safe_load(text)
    assert "perfagent run" in text
    assert "registry.example.net/perfagent:1" in text
    assert "@" + "IMAGE@" not in text
    assert any(whole in text for whole in ("fetch-depth: 0", 'GIT_DEPTH: "0"', "method: full", 'fetchDepth: "0"'))


@pytest.mark.parametrize("name", ["shop", "my shop: the #1", "123", "null", "ünï", '"q"', "a@b"])
def test_any_name_survives_the_configuration(name: str) -> None:
    assert yaml.safe_load(configuration(Project(service=name, command="run --x '$PORT' # not a comment")))["service"] == name


def test_without_any_ci_the_choices_are_named(perfagent: Perfagent) -> None:
    answer = perfagent("init")
    assert answer.code == 0
    assert "choose one with --ci github|gitlab|circleci|azure" in answer.err

"""`perfagent baseline`, in-process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Answers = Callable[..., Any]


@pytest.fixture
def remembered(perfagent: Answers, rounds: Callable[..., list[Path]]) -> list[str]:
    """Three jobs, in this order."""
    names = ["one", "two", "three"]
    for name in names:
        rounds(name, side="candidate", count=2)
        assert perfagent("baseline", "add", name, "--id", name, "--service", "shop", "--revision", f"rev-{name}").code == 0
    return names


def listed(perfagent: Answers, *arguments: str) -> list[dict[str, Any]]:
    answer = perfagent("baseline", "list", "--format", "json", *arguments)
    assert answer.code == 0
    return json.loads(answer.out)  # type: ignore[no-any-return]


def test_an_empty_store_is_said_and_no_error(perfagent: Answers) -> None:
    answer = perfagent("baseline", "list")
    assert answer.code == 0
    assert "no run is remembered in .perfagent/baseline" in answer.err


def test_what_was_added_is_listed_without_a_warning(perfagent: Answers, remembered: list[str]) -> None:
    assert [entry["id"] for entry in listed(perfagent)] == remembered
    table = perfagent("baseline", "list")
    assert table.out.splitlines()[1].split()[:3] == ["one", "shop", "rev-one"]
    assert "warning" not in table.err


def test_another_service_is_not_listed(perfagent: Answers, remembered: list[str]) -> None:
    assert listed(perfagent, "--service", "pay") == []
    assert len(listed(perfagent, "--service", "shop")) == len(remembered)


def test_an_entry_is_shown_with_its_latencies(perfagent: Answers, remembered: list[str]) -> None:
    page = perfagent("baseline", "show", "two").out
    assert "revision:  rev-two" in page
    assert "2 rounds" in page
    assert "P95" in page
    assert json.loads(perfagent("baseline", "show", "two", "--format", "json").out)["id"] == "two"


def test_an_unknown_entry_is_refused_with_the_nearest(perfagent: Answers, remembered: list[str]) -> None:
    answer = perfagent("baseline", "show", "thre")
    assert answer.code == 2
    assert "did you mean three?" in answer.err


def test_runs_of_a_service_that_nobody_named_are_refused(perfagent: Answers, rounds: Callable[..., list[Path]]) -> None:
    rounds("one", side="candidate")
    answer = perfagent("baseline", "add", "one")
    assert answer.code == 2
    assert "--service" in answer.err


def test_a_path_that_is_nothing_is_refused(perfagent: Answers) -> None:
    answer = perfagent("baseline", "add", "nowhere", "--service", "shop")
    assert answer.code == 2
    assert "there is nothing to remember" in answer.err
    assert "nowhere: there is no such file" in answer.err


def test_an_entry_is_accepted_by_whom_ci_names(perfagent: Answers, remembered: list[str]) -> None:
    answer = perfagent("baseline", "accept", "two", "--reason", "encryption", "--until", "2026-12-24", env={"GITHUB_ACTOR": "ada"})
    assert answer.code == 0, answer.err
    entry = json.loads(perfagent("baseline", "show", "two", "--format", "json").out)
    assert (entry["accepted_by"], entry["accepted_reason"]) == ("ada", "encryption")
    assert entry["expires_at"].startswith("2026-12-25T00:00:00")
    assert "yes, until 2026-12-24" in perfagent("baseline", "list").out


def test_new_files_are_accepted_at_once(perfagent: Answers, remembered: list[str], rounds: Callable[..., list[Path]]) -> None:
    rounds("slower", side="candidate", factor=2.0)
    answer = perfagent("baseline", "accept", "slower", "--service", "shop", "--reason", "needed", "--by", "ada")
    assert answer.code == 0, answer.err
    assert [entry["accepted"] for entry in listed(perfagent)] == [False, False, False, True]


def test_an_acceptance_tells_all_that_it_lacks_at_once(perfagent: Answers, remembered: list[str]) -> None:
    answer = perfagent("baseline", "accept", "two", "--reason", " ", "--until", "2020-01-01")
    assert answer.code == 2
    for lack in ("--by", "--reason", "--until"):
        assert lack in answer.err


def test_prune_keeps_the_newest_of_each_group(perfagent: Answers, remembered: list[str]) -> None:
    dry = perfagent("baseline", "prune", "--keep", "1", "--dry-run")
    assert dry.out.split() == ["one", "two"]
    assert len(listed(perfagent)) == 3
    assert perfagent("baseline", "prune", "--keep", "1").out == dry.out
    assert [entry["id"] for entry in listed(perfagent)] == ["three"]


def test_prune_keeps_the_last_acceptance_whatever_its_age(perfagent: Answers, remembered: list[str]) -> None:
    perfagent("baseline", "accept", "one", "--reason", "needed", "--by", "ada")
    for name in ("two", "three"):
        perfagent("baseline", "add", name, "--id", name, "--service", "shop")
    assert perfagent("baseline", "prune", "--keep", "1").out.split() == ["two"]


def test_prune_forgets_what_is_named_and_nothing_else(perfagent: Answers, remembered: list[str]) -> None:
    assert perfagent("baseline", "prune", "--id", "two").out.split() == ["two"]
    assert [entry["id"] for entry in listed(perfagent)] == ["one", "three"]
    assert perfagent("baseline", "prune", "--id", "two").code == 2


def test_prune_refuses_an_age_it_cannot_read(perfagent: Answers, remembered: list[str]) -> None:
    answer = perfagent("baseline", "prune", "--older-than", "long")
    assert answer.code == 2
    assert "--older-than" in answer.err
    assert len(listed(perfagent)) == 3


def test_a_damaged_store_is_used_with_a_warning(perfagent: Answers, remembered: list[str], tmp_path: Path) -> None:
    for path in (tmp_path / ".perfagent" / "baseline").glob("index-*"):
        path.write_bytes(path.read_bytes()[:50])
    answer = perfagent("baseline", "list")
    assert answer.code == 0
    assert len(answer.out.splitlines()) == 4
    assert "is not the file that was written" in answer.err

"""Checks that start no process and ask no service; the rest is in tests/e2e."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Perfagent = Callable[..., Any]
ENV = {"PATH": "", "PERFAGENT_K6__PATH": "/nowhere/k6"}


def checks(answer: Any) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(answer.out)}


def test_every_mistake_of_the_configuration_is_listed(perfagent: Perfagent, tmp_path: Path) -> None:
    (tmp_path / ".perfagent.yml").write_text("gate: {max_regresion: 5%, confidence: x}\n")
    answer = perfagent("doctor", "--offline", env=ENV)
    assert answer.code == 2
    assert answer.out.count("error     configuration") == 2
    assert "did you mean gate.max_regression?" in answer.out
    assert "2 would stop a run" in answer.out


def test_what_is_missing_is_told_with_what_to_do(perfagent: Perfagent) -> None:
    answer = perfagent("doctor", "--offline", "--format", "json", env=ENV)
    found = checks(answer)
    assert answer.code == 2
    assert (found["k6"]["state"], found["scenario"]["state"], found["target.candidate"]["state"]) == ("error", "error", "error")
    assert "/nowhere/k6" in found["k6"]["detail"]
    assert found["git"]["state"] == "warning"  # no target is started from a checkout
    assert found["runs"]["state"] == "ok"


def test_a_command_that_is_not_there_is_an_error(perfagent: Perfagent) -> None:
    found = checks(perfagent("doctor", "--offline", "--format", "json", "--target-candidate-command", "nonesuch --port $PORT", env=ENV))
    assert "`nonesuch` of the command is not on PATH" in found["target.candidate"]["detail"]
    assert found["git"]["state"] == "error"


def test_services_that_are_not_configured_are_no_mistake(perfagent: Perfagent) -> None:
    found = checks(perfagent("doctor", "--format", "json", env=ENV))
    assert {found[name]["state"] for name in ("code host", "jira", "monitoring", "llm")} == {"not used"}


def test_a_missing_token_is_named_and_stops_nothing(perfagent: Perfagent) -> None:
    env = {**ENV, "PERFAGENT_JIRA__URL": "https://j.example", "PERFAGENT_JIRA__PROJECT": "P", "PERFAGENT_JIRA__EMAIL": "a@b.example"}
    env |= {"GITLAB_CI": "true", "CI_PROJECT_PATH": "a/b"}
    found = checks(perfagent("doctor", "--format", "json", env=env))
    assert (found["jira"]["state"], found["jira"]["detail"]) == ("warning", "PERFAGENT_JIRA_TOKEN is not set")
    assert found["code host (gitlab)"]["detail"] == "PERFAGENT_GITLAB_TOKEN is not set"
    assert found["jira"]["exit_code"] == 0


def test_the_configuration_named_in_the_environment_is_taken(perfagent: Perfagent, tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("gate: {max_regresion: 5%}\n")
    answer = perfagent("doctor", "--offline", env={**ENV, "PERFAGENT_CONFIG": "other.yml"})
    assert "other.yml:1: gate.max_regresion" in answer.out

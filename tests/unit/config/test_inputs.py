"""From a CI wrapper's inputs to the variables that the settings read."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfagent.config.inputs import secret_inputs, with_inputs, wrapper_inputs
from perfagent.config.loading import load
from perfagent.config.reference import settings_reference
from perfagent.errors import ConfigurationError

MARK = {"PERFAGENT_WRAPPER": "github"}


def test_every_setting_is_an_input_under_a_name_of_its_own() -> None:
    inputs = wrapper_inputs()
    assert [i.setting for i in inputs if i.setting] == list(settings_reference())
    names = [i.name for i in (*inputs, *secret_inputs().values())]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() and name.islower() for name in names)


def test_every_input_says_what_it_is() -> None:
    assert [i.name for i in (*wrapper_inputs(), *secret_inputs().values()) if not i.description] == []


def test_inputs_become_the_variables_of_their_settings() -> None:
    env = with_inputs({**MARK, "INPUT_GATE_MAX_REGRESSION": "20%", "INPUT_SCENARIO": "a.js", "INPUT_PULL_REQUEST": "7"})
    assert env["PERFAGENT_GATE__MAX_REGRESSION"] == "20%"
    assert env["PERFAGENT_SCENARIO"] == "a.js"
    assert env["PERFAGENT_PULL_REQUEST"] == "7"


def test_an_input_that_nobody_filled_in_leaves_the_variable_alone() -> None:
    env = with_inputs({**MARK, "INPUT_MODE": " ", "PERFAGENT_MODE": "turns"})
    assert env["PERFAGENT_MODE"] == "turns"


def test_a_given_input_beats_the_variable() -> None:
    assert with_inputs({**MARK, "INPUT_MODE": "duet", "PERFAGENT_MODE": "turns"})["PERFAGENT_MODE"] == "duet"


def test_hyphens_in_a_name_are_underscores() -> None:
    assert with_inputs({**MARK, "INPUT_GATE-MAX-REGRESSION": "5%"})["PERFAGENT_GATE__MAX_REGRESSION"] == "5%"


def test_secrets_go_under_their_own_names() -> None:
    env = with_inputs({**MARK, "INPUT_GITHUB_TOKEN": "t", "INPUT_JIRA_TOKEN": "j"})
    assert (env["GITHUB_TOKEN"], env["PERFAGENT_JIRA_TOKEN"]) == ("t", "j")


def test_outside_a_wrapper_somebody_elses_inputs_mean_nothing() -> None:
    env = {"INPUT_MODE": "duet", "INPUT_TYPO": "x"}
    assert with_inputs(env) == env


def test_a_misspelt_input_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(file=None, env={**MARK, "INPUT_GATE_MAX_REGRESION": "5%", "INPUT_ARGS": "run"}, flags={}, cwd=tmp_path)
    assert caught.value.mistakes == ("input gate_max_regresion: unknown; did you mean gate_max_regression?",)


def test_a_wrong_value_names_the_input_that_holds_it(tmp_path: Path) -> None:
    env = with_inputs({**MARK, "INPUT_GATE_CONFIDENCE": "120%", "INPUT_GATE_SLO": "quick"})
    with pytest.raises(ConfigurationError) as caught:
        load(file=None, env=env, flags={}, cwd=tmp_path)
    first, second = sorted(caught.value.mistakes)
    assert first.startswith("input gate_confidence: ")
    assert second.startswith("input gate_slo: ")


def test_what_holds_perfagents_own_dollar_words_is_not_for_a_ci_to_expand() -> None:
    verbatim = {i.name for i in wrapper_inputs() if i.verbatim}
    assert {"target_candidate_command", "target_baseline_command", "monitoring_prometheus_queries", "monitoring_loki_query"} <= verbatim
    assert "target_candidate_url" not in verbatim

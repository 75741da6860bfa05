"""Settings from all four layers, and every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from perfagent.config.loading import load
from perfagent.config.objectives import Objective
from perfagent.config.settings import Settings, as_document
from perfagent.errors import ConfigurationError, ExitCode

Load = Callable[..., Settings]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """`loaded(yaml, env=..., flags=...)` in a folder that has `k6/checkout.js`."""
    (tmp_path / "k6").mkdir()
    (tmp_path / "k6" / "checkout.js").write_text("")

    def call(
        text: str | None = None, *, env: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None, **more: Any
    ) -> Settings:
        if text is not None:
            (tmp_path / ".perfagent.yml").write_text(text)
        return load(file=more.pop("file", None), env=env or {}, flags=flags or {}, cwd=tmp_path, **more)

    return call


def mistakes_of(loaded: Load, *arguments: Any, **more: Any) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(*arguments, **more)
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    return list(caught.value.mistakes)


CONTRACT = """
service: shop
scenario: k6/checkout.js
target:
  candidate: {url: https://pr-12.example.net}
  baseline:  {ref: origin/main, command: "python app.py --port $PORT", ready: /healthz}
mode: auto
rounds: {min: 4, max: 12, duration: 30s, budget: 15m}
gate: {max_regression: 10%, confidence: 99%, metrics: [p95, error_rate], slo: {"GET /cart p95": 300ms}}
baseline: {store: .perfagent/baseline, branch: main}
monitoring: {prometheus: {url: http://prometheus:9090}}
llm: {provider: none}
jira: {url: https://acme.example.net, flavor: cloud, email: bot@acme.example, project: PERF, fields: {}}
"""


def test_the_documented_example_is_read_in_base_units(loaded: Load) -> None:
    settings = loaded(CONTRACT)
    assert settings.target.candidate.url == "https://pr-12.example.net"
    assert settings.target.baseline.command == "python app.py --port $PORT"
    assert (settings.rounds.duration, settings.rounds.budget) == (30.0, 900.0)
    assert (settings.gate.max_regression, settings.gate.confidence) == (0.1, 0.99)
    assert settings.gate.objectives == (Objective(endpoint="GET /cart", metric="p95", limit=0.3),)
    assert settings.jira.project == "PERF"


def test_without_anything_there_are_the_defaults(loaded: Load) -> None:
    assert loaded() == Settings()


def test_an_empty_file_is_no_mistake(loaded: Load) -> None:
    assert loaded("# nothing yet\n") == Settings()
    assert loaded("llm:\ngate:\n") == Settings()


def test_environment_beats_the_file_and_a_flag_beats_both(loaded: Load) -> None:
    text = "gate: {max_regression: 10%, confidence: 95%, metrics: [p99]}\nmode: turns\n"
    env = {"PERFAGENT_GATE__MAX_REGRESSION": "20%", "PERFAGENT_GATE__CONFIDENCE": "90%"}
    settings = loaded(text, env=env, flags={"gate.max_regression": "30%", "gate.metrics": ()})
    assert (settings.gate.max_regression, settings.gate.confidence, settings.gate.metrics, settings.mode) == (0.3, 0.9, ("p99",), "turns")


def test_an_empty_variable_is_not_given(loaded: Load) -> None:
    assert loaded("mode: turns\n", env={"PERFAGENT_MODE": "", "PERFAGENT_GATE__METRICS": " "}).mode == "turns"


def test_mappings_of_several_layers_are_joined(loaded: Load) -> None:
    settings = loaded("k6: {env: {A: file, B: file}}\n", env={"PERFAGENT_K6__ENV": "B=env\nC=env"}, flags={"k6.env": ("C=flag", "D=x=y")})
    assert settings.k6.env == {"A": "file", "B": "env", "C": "flag", "D": "x=y"}


@pytest.mark.parametrize(
    "text", ['{"GET /cart p95": "300ms", "error_rate": "1%"}', "GET /cart p95: 300ms\nerror_rate: 1%", "GET /cart p95=300ms\nerror_rate=1%"]
)
def test_a_mapping_in_a_variable_can_be_written_in_three_ways(loaded: Load, text: str) -> None:
    settings = loaded(env={"PERFAGENT_GATE__SLO": text})
    assert settings.gate.objectives == (
        Objective(endpoint="GET /cart", metric="p95", limit=0.3),
        Objective(endpoint="*", metric="error_rate", limit=0.01),
    )


@pytest.mark.parametrize("text", ["p95, p99", "p95\np99", "[p95, p99]", '["p95", "p99"]'])
def test_a_list_in_a_variable_can_be_written_in_several_ways(loaded: Load, text: str) -> None:
    assert loaded(env={"PERFAGENT_GATE__METRICS": text}).gate.metrics == ("p95", "p99")


def test_words_stay_as_they_were_written(loaded: Load) -> None:
    text = "target: {baseline: {ref: 0123456, command: x, env: {FLAG: yes, PORT: 010, DAY: 2026-01-02}}}\n"
    settings = loaded(text)
    assert settings.target.baseline.ref == "0123456"
    assert settings.target.baseline.env == {"FLAG": "yes", "PORT": "010", "DAY": "2026-01-02"}


def test_numbers_for_jira_stay_numbers(loaded: Load) -> None:
    assert loaded("jira: {fields: {customfield_1: 3, customfield_2: {id: '7'}}}").jira.fields == {
        "customfield_1": 3,
        "customfield_2": {"id": "7"},
    }
    assert loaded("", env={"PERFAGENT_JIRA__FIELDS": "customfield_1=3"}).jira.fields == {"customfield_1": 3}


def test_settings_cannot_be_changed(loaded: Load) -> None:
    settings = loaded(CONTRACT)
    with pytest.raises(Exception, match="frozen"):
        settings.gate.max_regression = 1.0  # type: ignore[misc]


def test_written_settings_read_back_as_the_same(loaded: Load) -> None:
    import json

    settings = loaded(CONTRACT + "k6: {env: {A: b}, pass_env: [HOME]}\n")
    assert loaded(json.dumps(as_document(settings))) == settings


# --- mistakes -----------------------------------------------------------------------------------------------------------------------


def test_an_unknown_key_a_bad_percentage_and_a_bad_url_are_reported_together(loaded: Load) -> None:
    text = "gate:\n  max_regresion: 5%\n  confidence: ninety\ntarget:\n  candidate:\n    url: localhost:8000\n"
    assert sorted(mistakes_of(loaded, text)) == [
        ".perfagent.yml:2: gate.max_regresion: unknown key; did you mean gate.max_regression?",
        ".perfagent.yml:3: gate.confidence: 'ninety' is not a percentage; write for example 10% or 0.1",
        ".perfagent.yml:6: target.candidate.url: 'localhost:8000' is not a URL; write for example http://localhost:8000",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("max_regression: 5%", ".perfagent.yml:1: max_regression: unknown key; did you mean gate.max_regression?"),
        ("gates: {max_regression: 5%}", ".perfagent.yml:1: gates: unknown key; did you mean gate?"),
        ("xyzzy: 1", "unknown key; known here: service, scenario, target"),
        ("mode: duel", "'duel' is not possible; write one of auto, duet, turns, history (did you mean duet?)"),
        ("rounds: {min: four}", "rounds.min: 'four' is not a whole number"),
        ("rounds: {min: 0}", "rounds.min: '0' input should be greater than or equal to 1"),
        ("rounds: {min: 9, max: 3}", "rounds: min (9) is more than max (3)"),
        ("rounds: {warmup: 1m}", "rounds: warmup (60s) leaves nothing of a round of 30s"),
        ("rounds: {keep_raw: maybe}", "rounds.keep_raw: 'maybe' is neither yes nor no"),
        ("gate: {metrics: [p95, eror_rate]}", "'eror_rate' is not a metric; did you mean error_rate?"),
        ("gate: {metrics: []}", "gate.metrics: is empty"),
        ('gate: {slo: {"GET /cart p95": 300}}', "300 has no unit; write 300ms or 300s"),
        ('gate: {slo: {"GET /cart": 300ms}}', "does not end with a metric"),
        ("gate: {confidence: 100%}", "100% is no confidence to decide with"),
        ("gate: strict", "gate: 'strict' is not a mapping; it has keys below it: max_regression, confidence"),
        ("target: {candidate: {url: 'http://a', command: b}}", "target.candidate: has both url and command"),
        ("target: {candidate: {command: b, env: {A-B: c}}}", "'A-B': not a name of an environment variable"),
        ("target: {candidate: {command: b, ready: healthz}}", "'healthz' is not a path; write for example /healthz"),
        ("baseline: {store: gs://bucket}", "gs:// is not a known store"),
        ("baseline: {store: s3://}", "names no bucket"),
        ("llm: {provider: openai}", "llm: provider openai needs model"),
        ("llm: {provider: azure_openai, model: x}", "llm: provider azure_openai needs base_url"),
        ("jira: {url: 'https://x.example'}", "jira: has a url but no project and no email"),
        ("scenario: k6/chekout.js", ".perfagent.yml:1: scenario: k6/chekout.js does not exist; in k6 there is checkout.js"),
        ("scenario: k6", "k6 is a folder, not a file"),
        ("mode: auto\nmode: duet", ".perfagent.yml:2: mode: is here twice (first on line 1); keep one"),
        ("gate: {a: [}", ".perfagent.yml:1:12: not valid YAML"),
        ("- a\n- b", ".perfagent.yml:1: is not a mapping"),
        ("gate:\n\tx: 1", ".perfagent.yml:2:1: not valid YAML"),
        ("a: !!python/object/apply:os.system [id]", "unknown key"),
    ],
)
def test_each_mistake_names_its_place_and_what_would_be_right(loaded: Load, text: str, told: str) -> None:
    assert any(told in mistake for mistake in mistakes_of(loaded, text)), mistakes_of(loaded, text)


def test_a_mistake_in_the_environment_names_the_variable(loaded: Load) -> None:
    assert mistakes_of(loaded, env={"PERFAGENT_ROUNDS__DURATION": "soon", "PERFAGENT_GATE__SLO": "fast"}) == [
        'PERFAGENT_GATE__SLO: \'fast\' is not a mapping; write NAME=VALUE, one a line, or {"NAME": "VALUE"}',
        "PERFAGENT_ROUNDS__DURATION: rounds.duration: 'soon' is not a length of time; write for example 250ms, 30s, 15m or 1h30m",
    ]


def test_a_mistake_in_a_flag_names_the_flag(loaded: Load) -> None:
    assert mistakes_of(loaded, flags={"gate.max_regression": "10"}) == [
        "--gate-max-regression: gate.max_regression: 10 without a percent sign would be 1000 %; write 10% or 0.1"
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("PERFAGENT_GATE_MAX_REGRESSION", "PERFAGENT_GATE__MAX_REGRESSION"), ("PERFAGENT_JIRA_TOKN", "PERFAGENT_JIRA_TOKEN")],
)
def test_a_misspelt_variable_is_told(loaded: Load, name: str, meant: str) -> None:
    assert mistakes_of(loaded, env={name: "x"}) == [f"{name}: unknown variable; did you mean {meant}?"]


def test_a_teams_own_variable_is_left_alone(loaded: Load) -> None:
    assert loaded(env={"PERFAGENT_IMAGE": "perfagent:1", "PERFAGENT_PULL_REQUEST": "3"}) == Settings()


@pytest.mark.parametrize("key", ["token", "api_key", "password"])
def test_a_secret_in_the_file_is_refused_with_the_place_where_it_belongs_and_not_repeated(loaded: Load, key: str) -> None:
    (mistake,) = mistakes_of(loaded, f"jira: {{{key}: hunter2}}")
    assert "PERFAGENT_JIRA_TOKEN" in mistake
    assert "hunter2" not in mistake


def test_a_file_that_is_named_and_not_there_is_a_mistake(loaded: Load) -> None:
    (mistake,) = mistakes_of(loaded, file=Path("ci/perf.yml"))
    assert mistake.startswith("ci/perf.yml: cannot be read: No such file or directory")


def test_what_a_command_needs_is_told_with_an_example(loaded: Load) -> None:
    needs = ("scenario", "target.candidate")
    assert [m.split(":")[0] for m in mistakes_of(loaded, needs=needs)] == ["scenario", "target.candidate"]
    assert loaded(CONTRACT, needs=needs).scenario == "k6/checkout.js"


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)),
        "k6: &k {env: *k}\n",
        "gate: " + "[" * 5000,
        "gate: " + "{a: " * 200,
        "x" * 1_000_001,
    ],
    ids=["billion laughs", "endless", "deep list", "deep mapping", "huge"],
)
def test_a_hostile_file_is_refused_quickly(loaded: Load, text: str) -> None:
    assert mistakes_of(loaded, text)


def test_a_merge_key_is_understood(loaded: Load) -> None:
    settings = loaded("target:\n  candidate: &side {command: run, ready: /up}\n  baseline: {<<: *side, ready: /ok}\n")
    assert (settings.target.baseline.command, settings.target.baseline.ready) == ("run", "/ok")

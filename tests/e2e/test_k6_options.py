"""The generated wrapper as real k6 resolves it: the user's options fitted to a round."""

import json
import os
import subprocess

import pytest

from perfagent.steps.k6 import find_k6
from perfagent.steps.k6.command import inspect_command, process_env
from perfagent.steps.k6.wrapper import Round, write_wrapper

pytestmark = pytest.mark.e2e


@pytest.fixture
def resolved(tmp_path):
    binary = find_k6(path=os.environ["PATH"])

    def resolve(options, *, seconds=30.0, load=1, thresholds=True):
        script = tmp_path / "x.js"
        exports = "".join(f"export function {name}() {{}}\n" for name in ("browse", "buy"))
        script.write_text(f"{'' if options is None else f'export const options = {options};'}\nexport default function () {{}}\n{exports}")
        fit = Round(tags={"side": "candidate", "perfagent_round": "2"}, seconds=seconds, load=load, thresholds=thresholds)
        wrapper = write_wrapper(tmp_path / "w", script, fit=fit)
        command = inspect_command(binary, wrapper, {})
        done = subprocess.run(command, env=process_env(os.environ, tmp_path), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return resolve


def only(options):
    (scenario,) = options["scenarios"].values()
    return scenario


def test_a_constant_rate_lasts_as_long_as_the_round(resolved):
    scenario = only(resolved("{scenarios: {a: {executor: 'constant-arrival-rate', rate: 7, duration: '10m', preAllocatedVUs: 3}}}"))
    assert (scenario["duration"], scenario["rate"], scenario["preAllocatedVUs"]) == ("30s", 7, 3)


def test_stages_keep_their_proportions_and_targets(resolved):
    stages = "[{duration: '1m', target: 10}, {duration: '3m30s', target: 20}, {duration: 30000, target: 0}, {duration: 0, target: 5}]"
    scenario = only(resolved(f"{{scenarios: {{a: {{executor: 'ramping-vus', stages: {stages}}}}}}}"))
    assert [(s["duration"], s["target"]) for s in scenario["stages"]] == [("6s", 10), ("21s", 20), ("3s", 0), ("0s", 5)]


def test_scenarios_after_one_another_share_the_round(resolved):
    options = resolved(
        """{scenarios: {
            a: {executor: 'constant-vus', vus: 2, duration: '1m'},
            b: {executor: 'constant-arrival-rate', rate: 5, duration: '2m', startTime: '1m', preAllocatedVUs: 1, exec: 'buy'}}}"""
    )
    assert options["scenarios"]["a"]["duration"] == "10s"
    assert options["scenarios"]["b"]["startTime"] == "10s"
    assert options["scenarios"]["b"]["duration"] == "20s"


def test_scenarios_that_end_with_their_iterations_are_left_alone(resolved):
    options = resolved(
        """{scenarios: {
            a: {executor: 'shared-iterations', vus: 2, iterations: 50, maxDuration: '5m'},
            b: {executor: 'per-vu-iterations', vus: 2, iterations: 5, startTime: '3s'}}}"""
    )
    assert options["scenarios"]["a"]["maxDuration"] == "5m0s"
    assert options["scenarios"]["b"]["startTime"] == "3s"
    assert options["scenarios"]["b"]["iterations"] == 5


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{vus: 4, duration: '10m'}", {"executor": "constant-vus", "vus": 4, "duration": "30s"}),
        ("{vus: 4, iterations: 100}", {"executor": "shared-iterations", "vus": 4, "iterations": 100}),
        ("{stages: [{duration: '2m', target: 3}, {duration: '1m', target: 0}]}", {"executor": "ramping-vus"}),
        ("{vus: 4}", {"executor": "constant-vus", "vus": 4, "duration": "30s"}),
        (None, {"executor": "constant-vus", "vus": 1, "duration": "30s"}),
    ],
)
def test_the_short_forms_are_fitted_too(resolved, options, expected):
    scenario = only(resolved(options))
    assert expected.items() <= scenario.items()
    if expected["executor"] == "ramping-vus":
        assert [s["duration"] for s in scenario["stages"]] == ["20s", "10s"]


def test_without_a_length_for_the_round_the_script_keeps_its_own(resolved):
    assert only(resolved("{vus: 4, duration: '10m'}", seconds=None))["duration"] == "10m0s"
    assert only(resolved(None, seconds=None))["executor"] == "per-vu-iterations"  # once, as k6 alone would


def test_tags_are_merged_and_thresholds_lose_their_right_to_abort(resolved):
    options = resolved("{tags: {team: 'a', side: 'x'}, thresholds: {checks: ['rate>0.9', {threshold: 'rate>0.5', abortOnFail: true}]}}")
    assert options["tags"] == {"team": "a", "side": "candidate", "perfagent_round": "2"}
    assert len(options["thresholds"]["checks"]) == 2
    assert '"abortOnFail": true' not in json.dumps(options)
    assert not resolved("{thresholds: {checks: ['rate>0.9']}}", thresholds=False)["thresholds"]


def test_other_options_are_as_the_script_says(resolved):
    options = resolved(
        "{userAgent: 'me', insecureSkipTLSVerify: true, noConnectionReuse: true, hosts: {'a.test': '127.0.0.1'}, linger: true}"
    )
    assert (options["userAgent"], options["insecureSkipTLSVerify"], options["noConnectionReuse"]) == ("me", True, True)
    assert options["hosts"] == {"a.test": "127.0.0.1"}


def test_one_k6_for_both_sides_gets_twice_the_load(resolved):
    options = resolved(
        """{rps: 10, scenarios: {
            open: {executor: 'ramping-arrival-rate', startRate: 2, preAllocatedVUs: 3, maxVUs: 9, stages: [{duration: '1m', target: 20}]},
            vus: {executor: 'ramping-vus', startVUs: 1, stages: [{duration: '1m', target: 3}]},
            shared: {executor: 'shared-iterations', iterations: 10},
            each: {executor: 'per-vu-iterations', vus: 2, iterations: 5}}}""",
        load=2,
    )
    s = options["scenarios"]
    assert options["rps"] == 20
    assert (s["open"]["startRate"], s["open"]["preAllocatedVUs"], s["open"]["maxVUs"], s["open"]["stages"][0]["target"]) == (4, 6, 18, 40)
    assert (s["vus"]["startVUs"], s["vus"]["stages"][0]["target"]) == (2, 6)
    assert (s["shared"]["iterations"], s["shared"]["vus"]) == (20, 2)
    assert (s["each"]["iterations"], s["each"]["vus"]) == (5, 4)
    assert only(resolved("{vus: 4, duration: '1m'}", load=2))["vus"] == 8
    assert only(resolved("{iterations: 5}", load=2))["iterations"] == 10

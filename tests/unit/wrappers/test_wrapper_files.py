"""The wrappers' files: current with the settings, and in step with each other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfagent import __version__
from perfagent.cli.init import IMAGE
from perfagent.config import wrappers
from perfagent.config.inputs import secret_inputs, wrapper_inputs
from perfagent.stages import ci_output

ROOT = Path(__file__).resolve().parents[3]
NAMES = [i.name for i in wrapper_inputs()]
OUTPUTS = {"verdict", "exit-code", "run-folder", "comment-url", "defect-url", *ci_output._FILES}


def read(name: str) -> Any:
    text = (ROOT / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


def gitlab() -> tuple[dict[str, Any], dict[str, Any]]:
    header, jobs = yaml.safe_load_all((ROOT / ".gitlab-ci-template.yml").read_text(encoding="utf-8"))
    return header["spec"]["inputs"], jobs["$[[ inputs.job ]]"]


def test_files_are_as_the_settings_have_them() -> None:
    """Else run `make wrappers`."""
    texts = wrappers.generated(ROOT)
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if path.read_text(encoding="utf-8") != text] == []


def test_check_names_what_is_stale_and_writing_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (
        *wrappers.FILES,
        wrappers.TASK,
        wrappers.ORB,
        *(str(p.relative_to(ROOT)) for p in (ROOT / "circleci-orb/src").rglob("*.yml")),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    action = tmp_path / "action.yml"
    action.write_text(action.read_text().replace("  gate_max_regression:\n", "  gate_max_regresion:\n"))
    assert wrappers.main([str(tmp_path), "--check"]) == 2
    assert capsys.readouterr().out == "action.yml\n"
    assert wrappers.main([str(tmp_path)]) == 0
    assert action.read_bytes() == (ROOT / "action.yml").read_bytes()
    assert wrappers.main([str(tmp_path), "--check"]) == 0


def test_a_file_that_lost_its_block_is_an_error_and_not_current(tmp_path: Path) -> None:
    for name in wrappers.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("inputs: {}\n")
    with pytest.raises(ValueError, match=r"action\.yml has no generated block"):
        wrappers.generated(tmp_path)


def test_the_actions_take_every_input_and_name_every_output() -> None:
    for name, own in (("action.yml", set()), ("gpu/action.yml", {"image", "gpus", "docker_arguments"})):
        action = read(name)
        secrets = {secret_inputs()[p].name for p in wrappers.GITHUB_SECRETS}
        assert set(action["inputs"]) == {*NAMES, *secrets, *own}
        assert set(action["outputs"]) == OUTPUTS
        assert all(i["description"] for i in action["inputs"].values())


def test_nothing_but_the_token_has_a_default_that_would_beat_the_configuration() -> None:
    action = read("action.yml")
    assert {n for n, i in action["inputs"].items() if i.get("default")} == {"github_token"}
    spec, _ = gitlab()
    assert {n for n in NAMES if spec[n]["default"]} == set()
    orb = read("circleci-orb/orb.yml")
    assert {n for n in NAMES if orb["commands"]["gate"]["parameters"][n]["default"]} == {"default_branch"}
    task = {i["name"]: i for i in read(wrappers.TASK)["inputs"]}
    assert {n for n in NAMES if task[n]["defaultValue"] not in ("", wrappers.UNSET)} == set()


def test_the_gpu_action_hands_every_input_on() -> None:
    (step,) = read("gpu/action.yml")["runs"]["steps"]
    handed = {name: value for name, value in step["env"].items() if name.startswith("INPUT_")}
    assert {n.removeprefix("INPUT_").lower() for n in handed} >= set(NAMES)
    assert all(value == f"${{{{ inputs.{name.removeprefix('INPUT_').lower()} }}}}" for name, value in handed.items())
    assert "${{" not in step["run"]


def test_gitlabs_template_hands_every_input_on_and_expands_none_of_perfagents_own_words() -> None:
    spec, job = gitlab()
    for item in wrapper_inputs():
        value = job["variables"][f"INPUT_{item.name.upper()}"]
        expected = f"$[[ inputs.{item.name} ]]"
        assert value == ({"value": expected, "expand": False} if item.verbatim else expected)
    assert set(spec) - set(NAMES) == {"job", "stage", "image", "timeout", "resource_group", "expire_in"}


def test_gitlab_refuses_a_wrong_choice_and_takes_every_right_one() -> None:
    spec, _ = gitlab()
    for item in wrapper_inputs():
        if item.setting and item.setting.choices:
            regex = re.compile(spec[item.name]["regex"])
            assert all(regex.fullmatch(choice) for choice in ("", *item.setting.choices))
            assert not regex.fullmatch("perhaps")


def test_the_orbs_job_hands_every_parameter_to_its_command() -> None:
    orb = read("circleci-orb/orb.yml")
    gate, job = orb["commands"]["gate"], orb["jobs"]["load-test"]
    (run,) = gate["steps"]
    assert {f"INPUT_{name.upper()}" for name in NAMES} == {n for n in run["run"]["environment"] if n.startswith("INPUT_")}
    (call,) = [step["gate"] for step in job["steps"] if "gate" in step]
    assert set(call) == set(gate["parameters"])
    assert set(call) <= set(job["parameters"])
    assert all(value == f"<< parameters.{name} >>" for name, value in call.items())


def test_the_orb_is_its_sources() -> None:
    orb = read("circleci-orb/orb.yml")
    for kind in ("executors", "commands", "jobs", "examples"):
        for path in (ROOT / "circleci-orb/src" / kind).glob("*.yml"):
            assert orb[kind][path.stem] == yaml.safe_load(path.read_text())


def test_azures_task_takes_every_input_in_a_group_that_exists() -> None:
    task = read(wrappers.TASK)
    names = {i["name"] for i in task["inputs"]}
    assert names == {*NAMES, *(i.name for i in secret_inputs().values()), "image", "docker_arguments", "pass"}
    assert {i["groupName"] for i in task["inputs"]} == {g["name"] for g in task["groups"]}
    assert set(task["execution"]) == {"Node20_1", "Node24"}


def test_azures_pick_lists_cannot_be_taken_for_a_value() -> None:
    assert not any(wrappers.UNSET in i.setting.choices for i in wrapper_inputs() if i.setting)


def test_every_wrapper_takes_the_image_of_this_version() -> None:
    named = re.compile(r"ghcr\.io/perfagent/perfagent:[\w.-]+")
    files = [
        "action.yml",
        "gpu/action.yml",
        ".gitlab-ci-template.yml",
        "circleci-orb/orb.yml",
        "examples/docker-compose.yml",
        wrappers.TASK,
    ]
    files += [str(p.relative_to(ROOT)) for folder in ("examples/ci", "docs/ci") for p in (ROOT / folder).rglob("*") if p.is_file()]
    for name in files:
        for image in named.findall((ROOT / name).read_text(encoding="utf-8")):
            assert image in (IMAGE, f"{IMAGE}-cuda", f"{IMAGE}-llama"), name


def test_versions_agree() -> None:
    task = read(wrappers.TASK)["version"]
    assert f"{task['Major']}.{task['Minor']}.{task['Patch']}" == __version__
    assert read("azure-pipelines-task/vss-extension.json")["version"] == __version__

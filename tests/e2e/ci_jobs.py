"""Wrappers as their CI would run them: their own YAML, the CI's environment, and in place of the image the perfagent of this checkout."""

import json
import os
import re
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import yaml

from tests.e2e import gate

ROOT = Path(__file__).resolve().parents[2]
INPUTS = {"gate_max_regression": "400%", "gate_min_effect": "40ms", "gate_metrics": "p95, error_rate", "rounds_max": "3"}
"""Wide limits, so that a busy machine fails no good change; the slow one is a hundred times slower."""


def sample(where: Path, *, slow: bool) -> Path:
    """A repository on a branch that is, or is not, 0.15 s slower per request."""
    gate.repository(where)
    if slow:
        gate.write(
            where,
            {"app.py": gate.SERVER.replace("        total = ", "        time.sleep(0.15 if self.path == '/sum' else 0)\n        total = ")},
        )
        gate.commit(where, "Wait for the weather report")
    return where


def programs(where: Path) -> Path:
    """A folder for PATH with `perfagent`, and with a `docker` that runs perfagent where a container would: in the folder it was given, with
    the variables it was given and no others. It says on `docker.json` what it was asked."""
    where.mkdir()
    _program(where / "perfagent", f'#!/bin/sh\nexport PYTHONPATH="{ROOT}"\nexec {sys.executable} -m perfagent "$@"\n')
    _program(
        where / "docker",
        f"#!{sys.executable}\n" + _DOCKER.replace("PERFAGENT", str(where / "perfagent")).replace("SAID", str(where / "docker.json")),
    )
    return where


_DOCKER = textwrap.dedent(
    """
    import json, os, sys
    given, rest, options = {}, sys.argv[2:], []
    while rest and rest[0].startswith("-"):
        name = rest.pop(0)
        value = "" if name in ("--rm", "--init") or "=" in name else rest.pop(0)
        options.append([name, value])
    for name, value in options:
        if name == "--env":
            key, equals, text = value.partition("=")
            if equals or key in os.environ:
                given[key] = text if equals else os.environ[key]
    folders = [value.split(":") for name, value in options if name == "--volume"]
    json.dump({"options": options, "image": rest[0], "arguments": rest[1:], "given": given}, open("SAID", "w"))
    assert all(inside == outside for inside, outside in folders), folders
    os.chdir(dict(options)["--workdir"])
    os.execve("PERFAGENT", ["perfagent", *rest[1:]], {**given, "PATH": os.environ["PATH"]})
    """
)


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def asked_of_docker(bin_folder: Path) -> dict:
    return json.loads((bin_folder / "docker.json").read_text())


def environment(bin_folder: Path, **more: str) -> dict[str, str]:
    return gate.environment(**{"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "CI": "true", **more})


def run(arguments: list[str], *, cwd: Path, env: dict[str, str], timeout: float = 180) -> subprocess.CompletedProcess:
    return subprocess.run(arguments, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout)


class GitHubJob:
    """One job of a pull request, as the runner makes it: the event, the file commands, the workspace."""

    def __init__(self, workspace: Path, bin_folder: Path) -> None:
        self.workspace = workspace
        self.temp = workspace.parent / "runner-temp"
        self.temp.mkdir()
        self.bin_folder = bin_folder
        event = {
            "repository": {"default_branch": "main", "id": 1},
            "pull_request": {
                "number": 12,
                "head": {"ref": "change", "sha": "1" * 40, "repo": {"id": 1}},
                "base": {"ref": "main", "sha": _revision(workspace, "main"), "repo": {"id": 1}},
            },
        }
        (self.temp / "event.json").write_text(json.dumps(event))
        for name in ("output", "summary"):
            (self.temp / name).touch()

    def environment(self, **more: str) -> dict[str, str]:
        facts = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/adder",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_REF": "refs/pull/12/merge",
            "GITHUB_HEAD_REF": "change",
            "GITHUB_BASE_REF": "main",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
        }
        return environment(self.bin_folder, **facts, **more)

    def container_action(self, given: dict[str, str]) -> subprocess.CompletedProcess:
        """`uses: ./` with a container: inputs become INPUT_*, `runs.env` and `runs.args` are the container's."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        inputs = self._inputs(action, given)
        variables = {f"INPUT_{name.replace(' ', '_').upper()}": value for name, value in inputs.items()}
        env = self.environment(**variables, **action["runs"]["env"])
        return run([str(self.bin_folder / "perfagent"), *action["runs"]["args"]], cwd=self.workspace, env=env)

    def composite_action(self, folder: str, given: dict[str, str]) -> subprocess.CompletedProcess:
        action = yaml.safe_load((ROOT / folder / "action.yml").read_text())
        inputs = self._inputs(action, given)
        (step,) = action["runs"]["steps"]
        variables = {name: _evaluated(value, inputs) for name, value in step["env"].items()}
        env = self.environment(GITHUB_ACTION_PATH=str(ROOT / folder), **variables)
        return run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=self.workspace, env=env)

    def _inputs(self, action: dict, given: dict[str, str]) -> dict[str, str]:
        """Defaults for what is not given. An input that the action does not declare arrives all the same, with a warning."""
        defaults = {name: _evaluated(str(spec.get("default", "")), {}) for name, spec in action["inputs"].items()}
        return {**defaults, **given}

    @property
    def outputs(self) -> dict[str, str]:
        return assignments((self.temp / "output").read_text())

    @property
    def summary(self) -> str:
        return (self.temp / "summary").read_text()


def assignments(text: str) -> dict[str, str]:
    """As the runner reads GITHUB_OUTPUT."""
    found = re.findall(r"^([\w-]+)<<(\S+)\n(.*?)\n\2$", text, re.DOTALL | re.MULTILINE)
    return {name: value for name, _, value in found}


def _evaluated(text: str, inputs: dict[str, str]) -> str:
    """The two expressions that the actions use. The token is left out: these tests have no GitHub to speak to."""
    return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda m: inputs[m[1]], str(text)).replace("${{ github.token }}", "")


def _revision(where: Path, name: str) -> str:
    done = subprocess.run(["git", "-C", str(where), "rev-parse", name], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def orb_steps(given: dict[str, str], **pipeline: str) -> list[dict]:
    """The steps of the orb's job with its parameters filled in, its command unfolded: what `circleci config process` gives."""
    orb = yaml.safe_load((ROOT / "circleci-orb" / "orb.yml").read_text())
    return list(_unfolded(orb, orb["jobs"]["load-test"], {**given, **pipeline}))


def _unfolded(orb: dict, element: dict, given: dict):
    known = {name: spec.get("default") for name, spec in element["parameters"].items()}
    unknown = set(given) - set(known)
    assert not unknown, f"the orb knows no parameter {unknown}"
    values = {**known, **given}
    for step in element["steps"]:
        (name, body) = next(iter(step.items()))
        body = _with_parameters(body, values)
        if name in orb["commands"]:
            yield from _unfolded(orb, orb["commands"][name], body)
        elif name == "steps":
            yield from body
        else:
            yield {name: body}


def _with_parameters(value, parameters: dict):
    if isinstance(value, dict):
        return {key: _with_parameters(inner, parameters) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_parameters(inner, parameters) for inner in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"<< parameters\.([\w-]+) >>", value)
    if whole:
        return parameters[whole[1]]
    return re.sub(r"<< parameters\.([\w-]+) >>", lambda m: str(parameters[m[1]]), value)

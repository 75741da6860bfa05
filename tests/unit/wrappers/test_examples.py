"""Example CI files: they name inputs that exist, and the job with rights touches nothing of the pull request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from perfagent.config.loading import load

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples" / "ci"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


USES = [("github.yml", "perfagent/perfagent@", "action.yml"), ("github-gpu.yml", "perfagent/perfagent/gpu@", "gpu/action.yml")]


@pytest.mark.parametrize(("file", "uses", "action"), USES)
def test_github_examples_give_inputs_that_the_action_takes(file: str, uses: str, action: str) -> None:
    (step,) = [s for s in steps(read(EXAMPLES / file)) if s.get("uses", "").startswith(uses)]
    assert set(step["with"]) <= set(read(ROOT / action)["inputs"])


def test_gitlabs_example_gives_inputs_that_the_template_takes() -> None:
    (include,) = read(EXAMPLES / "gitlab.yml")["include"]
    header = next(iter(yaml.safe_load_all((ROOT / ".gitlab-ci-template.yml").read_text(encoding="utf-8"))))
    assert set(include["inputs"]) <= set(header["spec"]["inputs"])


def test_circlecis_examples_give_parameters_that_the_orb_takes() -> None:
    orb = read(ROOT / "circleci-orb" / "orb.yml")
    (job,) = read(EXAMPLES / "circleci.yml")["workflows"]["load-test"]["jobs"]
    workflow_keys = {"context", "serial-group"}
    assert set(job["perfagent/load-test"]) - workflow_keys <= set(orb["jobs"]["load-test"]["parameters"])
    for example in orb["examples"].values():
        for used in re.findall(r"perfagent/(load-test|gate)", yaml.safe_dump(example["usage"])):
            assert used in {**orb["jobs"], **orb["commands"]}
    (gate,) = [s["perfagent/gate"] for s in orb["examples"]["own-job"]["usage"]["jobs"]["measure"]["steps"] if "perfagent/gate" in s]
    assert set(gate) <= set(orb["commands"]["gate"]["parameters"])


def test_azures_example_gives_inputs_that_the_task_takes() -> None:
    (job,) = read(EXAMPLES / "azure.yml")["jobs"]
    (step,) = [s for s in job["strategy"]["runOnce"]["deploy"]["steps"] if s.get("task") == "Perfagent@0"]
    task = read(ROOT / "azure-pipelines-task" / "task.json")
    assert set(step["inputs"]) <= {i["name"] for i in task["inputs"]}


def test_the_job_with_rights_runs_nothing_of_the_pull_request() -> None:
    workflow = read(EXAMPLES / "github-publish.yml")
    checkout = next(s for s in steps(workflow) if s.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"
    assert checkout["with"]["persist-credentials"] is False
    for step in steps(workflow):
        assert "${{" not in step.get("run", ""), "what comes from outside goes through env, never into a script's text"
    assert workflow["permissions"] == {}


def test_the_job_that_measures_a_fork_needs_no_secret() -> None:
    for step in steps(read(EXAMPLES / "github.yml")):
        assert "secrets." not in yaml.safe_dump(step)


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), *sorted(EXAMPLES.glob("github*.yml"))], ids=lambda p: p.name
)
def test_actions_of_others_are_pinned_by_hash(path: Path) -> None:
    for step in steps(read(path)):
        uses = step.get("uses", "")
        assert not uses or uses.startswith("perfagent/") or re.search(r"@[0-9a-f]{40}$", uses), uses


def test_the_compose_example_has_a_configuration_that_is_right() -> None:
    settings = load(
        file=ROOT / "examples" / "compose" / "perfagent.yml", env={}, flags={}, cwd=ROOT, needs=("scenario", "target.candidate")
    )
    services = read(ROOT / "examples" / "docker-compose.yml")["services"]
    for url in (
        settings.target.candidate.url,
        settings.target.baseline.url,
        settings.monitoring.prometheus.url,
        settings.monitoring.loki.url,
    ):
        assert url is not None
        assert url.partition("://")[2].partition(":")[0] in services

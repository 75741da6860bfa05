"""GitHub's two actions, run from their own YAML."""

import json

import pytest

from tests.e2e import ci_jobs, gate

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def job(tmp_path, request):
    workspace = ci_jobs.sample(tmp_path / "adder", slow=getattr(request, "param", False))
    return ci_jobs.GitHubJob(workspace, ci_jobs.programs(tmp_path / "bin"))


@pytest.mark.parametrize("job", [True], indirect=True)
def test_a_regression_fails_the_step_with_3_and_says_so_everywhere(job):
    done = job.container_action(ci_jobs.INPUTS)
    assert done.returncode == 3, done.stderr
    assert job.outputs["verdict"] == "regression"
    assert job.outputs["exit-code"] == "3"
    assert "`GET /sum`" in job.summary
    assert "\n::error " in "\n" + done.stdout
    for name in ("report", "summary", "junit", "sarif", "comment"):
        assert (job.workspace / job.outputs[name]).stat().st_size
    settings = json.loads((job.workspace / job.outputs["run-folder"] / "settings.json").read_text())
    assert settings["gate"]["max_regression"] == "400%"


def test_a_pass_passes_and_leaves_its_reports(job):
    done = job.container_action(ci_jobs.INPUTS)
    assert done.returncode == 0, done.stderr
    assert job.outputs["verdict"] == "pass"
    assert "::error" not in done.stdout
    outcome = json.loads((job.workspace / ".perfagent/latest/outcome.json").read_text())
    assert outcome["pull_request"] == 12
    assert not (job.workspace / ".perfagent/latest/raw").exists()
    assert gate.left_behind(job.workspace) == []


def test_a_misspelt_input_fails_with_2_and_names_the_right_one(job):
    done = job.container_action({"gate_max_regresion": "5%"})
    assert done.returncode == 2
    assert "input gate_max_regresion: unknown; did you mean gate_max_regression?" in done.stderr
    assert job.outputs == {"exit-code": "2"}
    assert done.stdout.startswith("::error title=perfagent::")


@pytest.mark.parametrize("job", [True], indirect=True)
def test_the_gpu_action_gives_docker_the_gpu_and_every_input(job):
    done = job.composite_action("gpu", {**ci_jobs.INPUTS, "docker_arguments": "--shm-size=1g", "jira_token": "hush-hush-token"})
    assert done.returncode == 3, done.stderr
    asked = ci_jobs.asked_of_docker(job.bin_folder)
    options = dict(asked["options"])
    assert options["--gpus"] == "all"
    assert "--shm-size=1g" in options
    assert options["--user"].count(":") == 1
    assert asked["image"].endswith("-cuda")
    assert asked["given"]["INPUT_GATE_MAX_REGRESSION"] == "400%"
    assert "hush-hush-token" not in str(asked["options"])
    assert job.outputs["verdict"] == "regression"
    assert "hush-hush-token" not in done.stdout + done.stderr

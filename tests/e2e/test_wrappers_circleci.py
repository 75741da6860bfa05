"""The orb's job: its steps with the parameters filled in, the shell ones executed, the files where the other steps take them."""

from pathlib import Path

import pytest

from tests.e2e import ci_jobs

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]


def played(tmp_path, steps, **more):
    """(exit code of the first shell step that fails, else 0; what was said; the workspace). Later steps run if they say `when: always`."""
    workspace, code, said = tmp_path / "adder", 0, ""
    for step in steps:
        (name, body) = next(iter(step.items()))
        if name != "run" or (code and body.get("when") != "always"):
            continue
        env = ci_jobs.environment(
            tmp_path / "bin",
            CIRCLECI="true",
            CIRCLE_BRANCH="change",
            CIRCLE_SHA1="1" * 40,
            CIRCLE_REPOSITORY_URL="git@github.com:acme/adder.git",
            BASH_ENV=str(tmp_path / "bash_env"),
            **{key: str(value) for key, value in body["environment"].items()},
            **more,
        )
        done = ci_jobs.run(["bash", "-eo", "pipefail", "-c", body["command"]], cwd=workspace, env=env)
        code, said = code or done.returncode, said + done.stdout + done.stderr
    return code, said, workspace


@pytest.mark.parametrize(("slow", "expected"), [(True, 3), (False, 0)])
def test_the_job_gates_and_leaves_what_the_next_steps_take(tmp_path, slow, expected):
    ci_jobs.sample(tmp_path / "adder", slow=slow)
    ci_jobs.programs(tmp_path / "bin")
    steps = ci_jobs.orb_steps(ci_jobs.INPUTS, base_revision="<nil>")
    code, said, workspace = played(tmp_path, steps)
    assert code == expected, said
    verdict = "regression" if slow else "pass"
    assert f"export LOAD_TEST_VERDICT={verdict}\n" in (tmp_path / "bash_env").read_text()
    by_name = {next(iter(step)): next(iter(step.values())) for step in steps}
    assert (workspace / by_name["store_artifacts"]["path"] / "report.html").is_file()
    assert list((workspace / by_name["store_test_results"]["path"]).glob("*.xml"))
    assert by_name["save_cache"]["when"] == "always"


def test_only_the_default_branchs_runs_are_read_and_every_branch_writes_its_own(tmp_path):
    steps = {next(iter(step)): next(iter(step.values())) for step in ci_jobs.orb_steps({"default_branch": "trunk"})}
    assert steps["restore_cache"]["keys"] == ["perfagent-baseline-trunk/"]
    assert steps["save_cache"]["key"].startswith("perfagent-baseline-{{ .Branch }}/")
    assert steps["save_cache"]["paths"] == [str(Path(".perfagent") / "baseline")]


def test_on_the_default_branch_a_good_run_is_remembered(tmp_path):
    workspace = ci_jobs.sample(tmp_path / "adder", slow=False)
    ci_jobs.programs(tmp_path / "bin")
    code, said, _ = played(tmp_path, ci_jobs.orb_steps({**ci_jobs.INPUTS, "default_branch": "change"}))
    assert code == 0, said
    assert list((workspace / ".perfagent" / "baseline").rglob("*.json*")), said

"""Azure's compiled task, with a docker that runs perfagent in place of the container."""

import os
import re
import shutil

import pytest

from tests.e2e import ci_jobs

TASK = ci_jobs.ROOT / "azure-pipelines-task" / "build" / "perfagent" / "index.js"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not TASK.is_file(), reason="the task is not built: make azure-task"),
]


def played(tmp_path, *, slow, **inputs):
    workspace = ci_jobs.sample(tmp_path / "adder", slow=slow)
    programs = ci_jobs.programs(tmp_path / "bin")
    (tmp_path / "agent").mkdir()
    given = {
        f"INPUT_{name.upper()}": value for name, value in {**ci_jobs.INPUTS, "image": "perfagent:test", "mode": "unset", **inputs}.items()
    }
    env = ci_jobs.environment(
        programs,
        TF_BUILD="True",
        BUILD_SOURCESDIRECTORY=str(workspace),
        AGENT_TEMPDIRECTORY=str(tmp_path / "agent"),
        BUILD_SOURCEBRANCH="refs/pull/12/merge",
        BUILD_REPOSITORY_PROVIDER="TfsGit",
        SYSTEM_PULLREQUEST_PULLREQUESTID="12",
        SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main",
        **given,
    )
    done = ci_jobs.run([shutil.which("node", path=os.environ["PATH"]), str(TASK)], cwd=tmp_path, env=env)
    return done, workspace, programs


def test_a_regression_fails_the_task_and_stands_on_the_jobs_page(tmp_path):
    done, workspace, programs = played(tmp_path, slow=True, jira_token="hush-hush-token")
    assert "##vso[task.complete result=Failed;]regression (exit code 3)" in done.stdout, done.stdout + done.stderr
    assert "##vso[task.setsecret]hush-hush-token" in done.stdout
    assert re.search(r"##vso\[task\.logissue type=error;", done.stdout)
    assert "variable=verdict;isOutput=true]regression" in done.stdout
    summary = re.search(r"##vso\[task\.uploadsummary\](\S+)", done.stdout)[1]
    assert summary == str(workspace / ".perfagent/latest/job-summary.md")
    assert "GET /sum" in (workspace / ".perfagent/latest/job-summary.md").read_text()
    asked = ci_jobs.asked_of_docker(programs)
    assert asked["given"]["INPUT_GATE_MAX_REGRESSION"] == "400%"
    assert "INPUT_MODE" not in asked["given"]
    assert "hush-hush-token" not in str(asked["options"])


def test_a_pass_is_a_success(tmp_path):
    done, workspace, _ = played(tmp_path, slow=False)
    assert "##vso[task.complete result=Succeeded;]pass" in done.stdout, done.stdout + done.stderr
    assert (workspace / ".perfagent/latest/junit.xml").is_file()

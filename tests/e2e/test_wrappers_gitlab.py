"""GitLab's template, included with inputs, run by gitlab-ci-local with its shell executor."""

import json
import os
import re
import shutil

import pytest

from tests.e2e import ci_jobs, gate

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("gitlab-ci-local") is None, reason="gitlab-ci-local is not installed (npm, Node 22 or newer)"),
    pytest.mark.skipif(shutil.which("rsync") is None, reason="gitlab-ci-local needs rsync"),
]

PIPELINE = """\
include:
  - local: perfagent-template.yml
    inputs: INPUTS

stages: [test, after]

report:
  stage: after
  needs: [perfagent]
  when: always
  rules: [{when: always}]
  script:
    - test -s .perfagent/latest/report.html
    - echo "handed on $LOAD_TEST_VERDICT"
"""


VARIABLES = {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": "12"}
"""What the server would set; gitlab-ci-local itself says GITLAB_CI=false."""


def played(tmp_path, *, slow, **inputs):
    workspace = ci_jobs.sample(tmp_path / "adder", slow=slow)
    files = {
        "perfagent-template.yml": (ci_jobs.ROOT / ".gitlab-ci-template.yml").read_text(),
        ".gitlab-ci.yml": PIPELINE.replace("INPUTS", json.dumps({**ci_jobs.INPUTS, **inputs})),
        ".gitignore": ".perfagent/\n.gitlab-ci-local/\n",
    }
    gate.write(workspace, files)
    gate.commit(workspace, "Gate it")
    gate.git(workspace, "remote", "add", "origin", "git@gitlab.com:acme/adder.git")
    env = ci_jobs.environment(ci_jobs.programs(tmp_path / "bin"), HOME=str(tmp_path))
    named = [part for name, value in VARIABLES.items() for part in ("--variable", f"{name}={value}")]
    command = [shutil.which("gitlab-ci-local", path=os.environ["PATH"]), "--force-shell-executor", *named]
    return ci_jobs.run([*command, "--no-color"], cwd=workspace, env=env), workspace


def test_a_regression_fails_the_job_with_3_and_the_next_one_has_its_report(tmp_path):
    done, workspace = played(tmp_path, slow=True)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert re.search(r"^perfagent finished in .* FAIL 3 *$", said, re.MULTILINE), said
    assert "handed on regression" in said
    artifacts = workspace / ".gitlab-ci-local" / "artifacts" / "perfagent" / ".perfagent" / "latest"
    assert json.loads((artifacts / "outcome.json").read_text())["verdict"] == "regression", said
    assert json.loads((artifacts / "settings.json").read_text())["gate"]["max_regression"] == "400%"
    for name in ("junit.xml", "codequality.json", "load-performance.json", "annotations.json", "outputs.env"):
        assert (artifacts / name).stat().st_size, name


def test_a_pass_passes_and_hands_its_outputs_on(tmp_path):
    done, _ = played(tmp_path, slow=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "handed on pass" in said


def test_a_wrong_choice_is_refused_before_anything_runs(tmp_path):
    done, workspace = played(tmp_path, slow=False, mode="perhaps")
    assert done.returncode != 0
    assert "mode" in done.stderr
    assert "perhaps" in done.stderr
    assert not (workspace / ".perfagent").exists()

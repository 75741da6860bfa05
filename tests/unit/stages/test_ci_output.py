"""What CI is told of a run, and what becomes of it when a run's words try to speak to the runner."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from perfagent import documents
from perfagent.ci.context import Provider
from perfagent.errors import ConfigurationError
from perfagent.report.input import ReportInput
from perfagent.report.write import write_all
from perfagent.stages import ci_output
from tests.unit.report import examples


def saved(where: Path, report: ReportInput, *, run_id: str = "20261125T093000Z-9f8e7d6c-beef") -> Path:
    """A run folder in a workspace, as a run leaves it."""
    folder = where / ".perfagent" / "runs" / run_id
    documents.write(folder / "outcome.json", report.outcome)
    if report.comparison:
        documents.write(folder / "comparison.json", report.comparison)
    if report.diagnosis:
        documents.write(folder / "diagnosis.json", report.diagnosis)
    for run in report.runs:
        documents.write(folder / "runs" / f"{run.id}.json", run)
    (folder / "raw").mkdir()
    (folder / "raw" / "points.gz").write_bytes(b"x" * 1000)
    write_all(report, folder, only=["report.html", "junit.xml", "comment.md", "report.sarif"])
    return folder


def told(where: Path, provider: Provider, report: ReportInput, **environ: str) -> tuple[list[str], list[str]]:
    """(what went to stdout, warnings)"""
    out: list[str] = []
    warnings = ci_output.write(saved(where, report), directory=where, provider=provider, environ=environ, out=out.append)
    return out, warnings


def assignments(text: str) -> dict[str, str]:
    """As GitHub's runner reads GITHUB_OUTPUT."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, mark = line.split("<<")
        found[name] = "\n".join(iter(lambda: next(lines), mark))
    return found


def test_github_gets_outputs_summary_and_marked_lines(tmp_path: Path) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary.md"
    summary.write_text("from an earlier step\n")
    out, warnings = told(tmp_path, Provider.GITHUB, examples.regression(), GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary))
    assert warnings == []
    given = assignments(output.read_text())
    assert given["verdict"] == "regression"
    assert given["exit-code"] == "3"
    assert given["run-folder"] == ".perfagent/runs/20261125T093000Z-9f8e7d6c-beef"
    assert given["report"] == ".perfagent/latest/report.html"
    assert (tmp_path / given["junit"]).is_file()
    assert summary.read_text().startswith("from an earlier step\n\n❌")
    assert "<!-- perfagent" not in summary.read_text()
    assert out[0].startswith("::error ")


def test_outputs_that_are_not_known_are_left_out(tmp_path: Path) -> None:
    output = tmp_path / "output"
    told(tmp_path, Provider.GITHUB, examples.broken(), GITHUB_OUTPUT=str(output))
    given = assignments(output.read_text())
    assert "verdict" not in given
    assert "comment-url" not in given
    assert given["exit-code"] == "5"


def test_a_run_cannot_assign_outputs_or_give_commands_with_its_names(tmp_path: Path) -> None:
    output = tmp_path / "output"
    out, _ = told(tmp_path, Provider.GITHUB, examples.hostile(), GITHUB_OUTPUT=str(output))
    assert set(assignments(output.read_text())) <= {
        "verdict", "exit-code", "run-folder", "comment-url", "defect-url", "report", "summary", "junit", "sarif", "comment"
    }  # fmt: skip
    lines = "\n".join(out).splitlines()
    assert lines
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)
    assert all(line.count("::") >= 2 and "\x1b" not in line for line in lines)


def test_azure_gets_variables_summary_and_issues(tmp_path: Path) -> None:
    out, warnings = told(tmp_path, Provider.AZURE, examples.regression())
    text = "\n".join(out)
    assert warnings == []
    assert "##vso[task.setvariable variable=verdict;isOutput=true]regression" in text
    assert "##vso[task.setvariable variable=exit_code;isOutput=true]3" in text
    assert f"##vso[task.uploadsummary]{tmp_path}/.perfagent/latest/job-summary.md" in text
    assert "##vso[task.logissue type=error;" in text
    assert (tmp_path / ".perfagent/latest/job-summary.md").read_text().lstrip().startswith("❌")


def test_gitlab_finds_its_reports_whatever_the_code_host(tmp_path: Path) -> None:
    out, warnings = told(tmp_path, Provider.GITLAB, examples.regression())
    latest = tmp_path / ".perfagent" / "latest"
    assert (out, warnings) == ([], [])
    assert json.loads((latest / "codequality.json").read_text())[0]["location"]["path"] == "shop/db_query.py"
    assert "http_req_duration" in json.loads((latest / "load-performance.json").read_text())["metrics"]
    assert "LOAD_TEST_VERDICT=regression\n" in (latest / "outputs.env").read_text()
    assert "LOAD_TEST_EXIT_CODE=3\n" in (latest / "outputs.env").read_text()


def test_circleci_gets_variables_that_a_shell_takes_as_they_are(tmp_path: Path) -> None:
    environment = tmp_path / "bash_env"
    told(tmp_path, Provider.CIRCLECI, examples.regression(), BASH_ENV=str(environment))
    assert "export LOAD_TEST_VERDICT=regression\n" in environment.read_text()


def test_latest_is_the_run_without_its_raw_output_and_replaces_the_one_before(tmp_path: Path) -> None:
    old = tmp_path / ".perfagent" / "latest"
    old.mkdir(parents=True)
    (old / "leftover.txt").write_text("of an earlier run")
    told(tmp_path, Provider.LOCAL, examples.passed())
    assert (old / "report.html").is_file()
    assert (old / "runs").is_dir()
    assert not (old / "raw").exists()
    assert not (old / "leftover.txt").exists()
    assert sorted(p.name for p in old.parent.iterdir()) == ["latest", "runs"]


def test_forget_leaves_nothing_of_an_earlier_run(tmp_path: Path) -> None:
    told(tmp_path, Provider.LOCAL, examples.passed())
    ci_output.forget(tmp_path)
    assert not (tmp_path / ci_output.LATEST).exists()
    ci_output.forget(tmp_path)


def test_a_page_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    _, warnings = told(tmp_path, Provider.GITHUB, examples.passed(), GITHUB_OUTPUT=str(tmp_path / "absent" / "output"))
    assert warnings == ["the job's own page could not be written: No such file or directory"]


def test_a_folder_without_documents_is_a_warning(tmp_path: Path) -> None:
    (warning,) = ci_output.write(tmp_path, directory=tmp_path, provider=Provider.GITHUB, environ={}, out=lambda _: None)
    assert "CI was told nothing" in warning


@pytest.mark.parametrize(
    ("provider", "line"),
    [
        (Provider.GITHUB, "::error title=perfagent::wrong%0A  - input mode: 50%25"),
        (Provider.AZURE, "##vso[task.logissue type=error;]wrong%0A  - input mode: 50%AZP25"),
    ],
)
def test_a_wrong_configuration_is_said_on_the_jobs_page(tmp_path: Path, provider: Provider, line: str) -> None:
    out: list[str] = []
    output = tmp_path / "output"
    error = ConfigurationError("wrong", mistakes=["input mode: 50%"])
    ci_output.refused(error, provider=provider, environ={"GITHUB_OUTPUT": str(output)}, out=out.append)
    assert out == [line]
    assert not output.exists() or assignments(output.read_text()) == {"exit-code": "2"}

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfagent import documents
from perfagent.__main__ import invoke
from perfagent.cli.console import Console
from perfagent.cli.session import Session
from perfagent.report import page
from tests.unit.report import examples


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    report = examples.no_runs()
    documents.write(tmp_path / "run" / "outcome.json", report.outcome)
    documents.write(tmp_path / "run" / "comparison.json", report.comparison)
    return tmp_path / "run"


def report_command(cwd: Path, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    now = datetime(2026, 11, 25, tzinfo=UTC)
    console = Console(out=out, err=err, moving=False, now=lambda: now)
    code = invoke(["report", *arguments], Session(env={}, cwd=cwd, console=console, now=lambda: now))
    return code, out.getvalue(), err.getvalue()


def test_reports_of_a_regression_end_with_0_once_written(run_dir: Path) -> None:
    code, out, err = report_command(run_dir.parent, "run")
    assert code == 0
    assert {Path(line).name for line in out.splitlines()} >= {"summary.jpg", "report.html", "comment.md"}
    assert all(Path(line).is_file() for line in out.splitlines())
    assert "no run documents" in err


def test_only_writes_what_was_asked_for(run_dir: Path) -> None:
    code, out, _ = report_command(run_dir.parent, "run", "--only", "comment.md", "--host", "bitbucket")
    assert code == 0
    assert out.splitlines() == [str(run_dir / "comment.md")]
    assert (run_dir / "comment.md").read_text().startswith("[//]: #")


def test_an_unknown_report_names_the_known_ones(run_dir: Path) -> None:
    code, _, err = report_command(run_dir.parent, "run", "--only", "summary.png")
    assert code == 2
    assert "summary.jpg" in err


def test_a_folder_that_is_none_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    code, _, err = report_command(tmp_path, "nowhere")
    assert code == 2
    assert "not a run folder" in err


def test_a_report_that_cannot_be_written_gives_6_and_the_others_are_there(run_dir: Path) -> None:
    (run_dir / "report.csv").mkdir()
    code, out, err = report_command(run_dir.parent, "run")
    assert code == 6
    assert "summary.jpg" in out
    assert "report.csv could not be written" in err


def test_a_report_that_cannot_be_made_is_a_bug(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(page, "report_html", fail)
    code, out, _ = report_command(run_dir.parent, "run")
    assert code == 70
    assert "summary.jpg" in out

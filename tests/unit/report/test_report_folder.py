from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from perfagent import documents
from perfagent.errors import InputError
from perfagent.report import folder, page
from perfagent.report.comment import comment
from perfagent.report.folder import load
from perfagent.report.write import write_all
from tests.unit.report import examples

EXPECTED = {"summary.jpg", "report.html", "report.json", "report.csv", "comment.md", "junit.xml", "report.sarif"}


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    report = examples.regression()
    documents.write(tmp_path / "outcome.json", report.outcome)
    documents.write(tmp_path / "comparison.json", report.comparison)
    documents.write(tmp_path / "diagnosis.json", report.diagnosis)
    for run in report.runs:
        documents.write(tmp_path / "runs" / f"{run.id}.json{'.gz' if run.round == 2 else ''}", run, indent=None)
    return tmp_path


def test_a_folder_read_back_says_the_same_as_the_documents_in_memory(run_dir: Path) -> None:
    report = load(run_dir, previous=examples.regression().previous)
    assert len(report.runs) == 12
    assert report.missing == ()
    assert comment(report) == comment(examples.regression())


def test_missing_documents_are_named_and_the_rest_is_used(run_dir: Path) -> None:
    (run_dir / "diagnosis.json").unlink()
    for path in (run_dir / "runs").iterdir():
        path.unlink()
    report = load(run_dir)
    assert report.diagnosis is None
    assert report.missing == ("runs/ holds no run documents: no distributions, no timeline",)


def test_without_an_outcome_the_comparison_decides(run_dir: Path) -> None:
    (run_dir / "outcome.json").unlink()
    report = load(run_dir)
    assert report.outcome.exit_code == 3
    assert report.context.service == "shop"
    assert report.missing == ("outcome.json is not there",)


def test_broken_documents_are_named_with_their_key(run_dir: Path) -> None:
    (run_dir / "diagnosis.json").write_text('{"cause": "gremlins", "confidence": 1}')
    (run_dir / "runs" / "baseline-01.json").write_text("{")
    (run_dir / "runs" / "candidate-02.json.gz").write_bytes(b"\x1f\x8bnope")
    report = load(run_dir)
    assert len(report.runs) == 10
    assert [m.split(" ")[0] for m in report.missing] == ["diagnosis.json", "runs/baseline-01.json", "runs/candidate-02.json.gz"]
    assert "cause" in report.missing[0]


def test_a_folder_that_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a run folder"):
        load(tmp_path)


def test_a_small_file_cannot_fill_the_memory(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "LARGEST", 2**20)
    (run_dir / "runs" / "z.json.gz").write_bytes(gzip.compress(b" " * 2**22))
    assert any("larger than 1 MiB" in m for m in load(run_dir).missing)


def test_findings_of_the_previous_comment_are_read_from_the_folder(run_dir: Path) -> None:
    (run_dir / "previous-comment.md").write_text(comment(examples.single()))
    assert [f.endpoint for f in load(run_dir).previous] == ["GET /cart", "GET /products"]


def test_all_reports_are_written(run_dir: Path) -> None:
    warnings: list[str] = []
    written = write_all(load(run_dir), run_dir, warn=warnings.append)
    assert set(written) == EXPECTED
    assert warnings == []
    assert all(path.stat().st_size for path in written.values())
    assert not [p for p in run_dir.iterdir() if p.name.startswith(".")]  # no half-written file left
    assert json.loads(written["report.json"].read_text())["verdict"] == "regression"


def test_gitlab_gets_its_own_reports_too(run_dir: Path) -> None:
    written = write_all(load(run_dir), run_dir, flavour="gitlab")
    assert set(written) - EXPECTED == {"codequality.json", "load-performance.json", "annotations.json"}


def test_a_report_that_fails_is_a_warning_and_the_others_are_written(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> str:
        raise ValueError("no ink")

    monkeypatch.setattr(page, "report_html", fail)
    (run_dir / "report.csv").mkdir()
    warnings: list[str] = []
    written = write_all(load(run_dir), run_dir, warn=warnings.append)
    assert set(written) == EXPECTED - {"report.html", "report.csv"}
    assert len(warnings) == 2
    assert warnings[0].startswith("report.csv could not be written")
    assert warnings[1] == "report.html could not be made: ValueError: no ink"


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_every_example_can_be_written_whole(name: str, tmp_path: Path) -> None:
    warnings: list[str] = []
    write_all(examples.ALL[name](), tmp_path, flavour="gitlab", warn=warnings.append)
    assert warnings == []

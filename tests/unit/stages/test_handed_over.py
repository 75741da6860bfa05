"""A run folder from a job that nobody trusts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perfagent import documents
from perfagent.ci.context import Context
from perfagent.documents.plausible import implausible
from perfagent.errors import InputError
from perfagent.model.comparison import RowVerdict, Verdict
from perfagent.model.diagnosis import Remediation, Suspect
from perfagent.model.run import Run
from perfagent.stages import handed_over
from perfagent.stages.handed_over import receive
from perfagent.stages.posting import check_identity
from tests.unit.report import examples

REPORT = examples.regression()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As an honest job leaves it."""
    documents.write(tmp_path / "outcome.json", REPORT.outcome)
    documents.write(tmp_path / "comparison.json", REPORT.comparison)
    documents.write(tmp_path / "diagnosis.json", REPORT.diagnosis)
    documents.write(tmp_path / "context.json", Context(repository="acme/shop", pull_request=12, head_revision="9f8e"))
    for run in REPORT.runs:
        documents.write(tmp_path / "runs" / f"{run.id}.json", run)
    return tmp_path


def change(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_an_honest_folder_is_received_whole(folder: Path) -> None:
    handed = receive(folder)
    assert handed.failed is None
    assert [len(handed.baseline), len(handed.candidate)] == [6, 6]
    assert {(run.side, run.round) for run in (*handed.baseline, *handed.candidate)} == {(run.side, run.round) for run in REPORT.runs}
    assert handed.diagnosis is not None
    assert handed.notes == ()


def test_a_link_is_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.json"
    secret.write_text('{"token": "hush"}')
    (folder / "diagnosis.json").unlink()
    (folder / "diagnosis.json").symlink_to(secret)
    with pytest.raises(InputError, match=r"diagnosis\.json is not a plain file") as caught:
        receive(folder)
    assert "hush" not in str(caught.value)


def test_a_linked_folder_of_runs_is_refused(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for path in (folder / "runs").iterdir():
        path.unlink()
    (folder / "runs").rmdir()
    (folder / "runs").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(InputError, match="is a link"):
        receive(folder)


def test_a_pipe_cannot_hold_the_job_up(folder: Path) -> None:
    (folder / "diagnosis.json").unlink()
    os.mkfifo(folder / "diagnosis.json")
    with pytest.raises(InputError, match="is not a plain file"):
        receive(folder)


def test_a_huge_document_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_over, "LARGEST", 1000)
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        receive(folder)


def test_many_documents_cannot_do_what_one_may_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = max(path.stat().st_size for path in (folder / "runs").iterdir())
    monkeypatch.setattr(handed_over, "MOST_BYTES", 3 * size)
    with pytest.raises(InputError, match="larger than"):
        receive(folder)


def test_too_many_runs_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_over, "MOST_RUNS", 11)
    with pytest.raises(InputError, match="holds 12 documents"):
        receive(folder)


def test_a_round_that_is_there_twice_is_refused(folder: Path) -> None:
    (folder / "runs" / "again.json").write_bytes((folder / "runs" / "candidate-01.json").read_bytes())
    with pytest.raises(InputError, match="round 1 of the candidate, which another document holds too"):
        receive(folder)


@pytest.mark.parametrize("code", [1, -9, 99])
def test_an_exit_code_that_perfagent_never_gives_is_refused(folder: Path, code: int) -> None:
    change(folder / "outcome.json", lambda d: d.update(exit_code=code))
    with pytest.raises(InputError, match=f"{code} is no exit code"):
        receive(folder)


@pytest.mark.parametrize("file", ["/etc/passwd", "../../.github/workflows/ci.yml", "C:\\Windows\\x", "~/.ssh/config", "a/../../b"])
def test_suspects_outside_of_the_repository_are_left_out(folder: Path, file: str) -> None:
    diagnosis = REPORT.diagnosis
    assert diagnosis is not None
    bad = Suspect(file=file, start_line=1, end_line=1, score=1.0, mechanism="x")
    documents.write(folder / "diagnosis.json", replace(diagnosis, suspects=(bad, *diagnosis.suspects)))
    handed = receive(folder)
    assert handed.diagnosis is not None
    assert file not in [s.file for s in handed.diagnosis.suspects]
    assert len(handed.diagnosis.suspects) == len(diagnosis.suspects)
    assert "outside of the repository" in handed.notes[0]


def test_nothing_to_apply_with_one_click_and_nothing_measured_is_taken(folder: Path) -> None:
    diagnosis = REPORT.diagnosis
    assert diagnosis is not None
    fix = Remediation(
        summary="drop it", file="shop/db_query.py", start_line=1, end_line=1, replacement="evil()", measured=True, result="fast"
    )
    documents.write(folder / "diagnosis.json", replace(diagnosis, remediation=fix))
    handed = receive(folder).diagnosis
    assert handed is not None
    assert handed.remediation is not None
    assert (handed.remediation.replacement, handed.remediation.measured, handed.remediation.result) == (None, False, None)


def test_what_the_folder_says_was_accepted_is_a_regression_again(folder: Path) -> None:
    comparison = REPORT.comparison
    assert comparison is not None
    rows = tuple(replace(r, row_verdict=RowVerdict.ACCEPTED) if r.row_verdict is RowVerdict.REGRESSION else r for r in comparison.rows)
    documents.write(folder / "comparison.json", replace(comparison, rows=rows, verdict=Verdict.PASS))
    handed = receive(folder).comparison
    assert handed is not None
    assert handed.verdict is Verdict.REGRESSION
    assert not [r for r in handed.rows if r.row_verdict is RowVerdict.ACCEPTED]


def test_keys_of_policy_are_words_and_nothing_else(folder: Path) -> None:
    change(folder / "outcome.json", lambda d: d.update(policy_changes=["gate.slo", "<img src=x>", "a" * 500]))
    assert receive(folder).outcome.policy_changes == ("gate.slo",)


def test_a_folder_without_an_outcome_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a run folder"):
        receive(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        receive(tmp_path / "absent")


def cell(run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run["endpoints"][0]["cells"][0]
    return found


IMPOSSIBLE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a time that would fill the memory": (lambda r: cell(r).update(start=1e15), "a time outside of the run"),
    "a negative time": (lambda r: cell(r).update(start=-1.0), "a time outside of the run"),
    "an endless run": (lambda r: r.update(duration=1e12), "a duration that no run has"),
    "more failures than requests": (lambda r: cell(r).update(failed=10**6), "counts that contradict"),
    "counts that do not add up": (lambda r: cell(r)["duration"].update(count=1), "a distribution that contradicts itself"),
    "bins of infinity": (lambda r: cell(r)["duration"]["indices"].__setitem__(-1, 2**40), "a distribution that contradicts itself"),
    "bins without counts": (lambda r: cell(r)["duration"].update(counts=[]), "a distribution that contradicts itself"),
    "a round far away": (lambda r: r.update(round=10**9), "round 1000000000"),
    "a name without end": (lambda r: r["endpoints"][0].update(endpoint="x" * 5000), "whose name has 5000 characters"),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_runs_that_cannot_have_been_measured_are_refused(folder: Path, what: str) -> None:
    edit, words = IMPOSSIBLE[what]
    change(folder / "runs" / "candidate-01.json", edit)
    with pytest.raises(InputError, match=words):
        receive(folder)


def test_what_perfagent_measures_is_plausible() -> None:
    assert [implausible(run) for run in REPORT.runs if implausible(run)] == []
    assert implausible(Run(id="x", side=REPORT.runs[0].side, endpoints=(), duration=float("nan"))) == "a duration that no run has"


OURS = Context(repository="acme/shop", pull_request=12, head_revision="9f8e")


@pytest.mark.parametrize(
    ("ours", "wrong"),
    [
        (replace(OURS, repository="acme/other"), "repository 'acme/shop', not 'acme/other'"),
        (replace(OURS, pull_request=13), "pull request '12', not 13"),
        (replace(OURS, head_revision="aaaa"), "commit '9f8e', not 'aaaa'"),
    ],
)
def test_a_folder_of_another_change_is_refused(folder: Path, ours: Context, wrong: str) -> None:
    change(folder / "outcome.json", lambda d: d.update(repository="acme/shop", pull_request=12))
    with pytest.raises(InputError, match="is of another change") as caught:
        check_identity(receive(folder), ours)
    assert wrong in caught.value.message


def test_a_folder_of_this_change_is_not(folder: Path) -> None:
    change(folder / "outcome.json", lambda d: d.update(repository="acme/shop", pull_request=12))
    check_identity(receive(folder), OURS)
    check_identity(receive(folder), Context())

from __future__ import annotations

from pathlib import Path

import pytest

from perfagent import documents
from perfagent.demo.changes import UNCHANGED, Change, find
from perfagent.demo.check import check_of, table
from perfagent.errors import ExitCode
from perfagent.model.diagnosis import Cause, Diagnosis, Suspect
from perfagent.model.outcome import Outcome

LOOP, INNOCENT = find("query-in-loop"), find("innocent")


def a_check(folder: Path, change: Change, code: ExitCode, *files: str) -> bool:
    suspects = tuple(Suspect(file=file, start_line=1, end_line=1, score=0.5, mechanism="") for file in files)
    documents.write(folder / "diagnosis.json", Diagnosis(cause=Cause.CODE, confidence=0.5, suspects=suspects))
    return check_of(change, Outcome(run_id="r", exit_code=code), folder, seconds=1.0).holds


@pytest.mark.parametrize(
    ("change", "code", "files", "holds"),
    [
        (LOOP, ExitCode.REGRESSION, ["shop/handlers/cart.py"], True),
        (LOOP, ExitCode.REGRESSION, ["README.md", "shop/handlers/cart.py"], False),
        (LOOP, ExitCode.REGRESSION, [], False),
        (LOOP, ExitCode.PASS, [], False),
        (INNOCENT, ExitCode.PASS, [], True),
        (INNOCENT, ExitCode.INCONCLUSIVE, [], False),
        (UNCHANGED, ExitCode.PASS, [], True),
        (UNCHANGED, ExitCode.REGRESSION, [], False),
    ],
)
def test_code_and_first_suspect_must_both_be_right(tmp_path: Path, change: Change, code: ExitCode, files: list[str], holds: bool) -> None:
    assert a_check(tmp_path, change, code, *files) is holds


def test_the_table_points_at_what_is_not_as_it_should_be(tmp_path: Path) -> None:
    good = check_of(INNOCENT, Outcome(run_id="r", exit_code=0), tmp_path, seconds=61.4)
    bad = check_of(LOOP, Outcome(run_id="r", exit_code=0), tmp_path / "bad", seconds=61.4)
    lines = table([good, bad]).splitlines()
    assert "not as it should be" not in lines[1]
    assert str(tmp_path / "bad") in lines[2]
    assert lines[-1] == "1 of 2 as they should be"

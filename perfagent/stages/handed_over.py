"""A run folder from an untrusted job, read as such: regular files below it only, bounded, every document checked, nothing run or followed.

What is taken from it is what was measured, and what was said of the cause. Not taken: its verdict, its comment, its reports, its settings,
its links. Those are made again where it is trusted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

from perfagent import documents
from perfagent.ci.context import Context
from perfagent.documents.plausible import implausible
from perfagent.errors import ExitCode, InputError
from perfagent.model.comparison import Comparison, RowVerdict, Verdict
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.outcome import Outcome
from perfagent.model.run import Run, Side

T = TypeVar("T")

LARGEST = 32 * 2**20  # bytes of one document
MOST_BYTES = 128 * 2**20  # of all of them: many times what a run of an hour writes
MOST_RUNS = 400

_POLICY_KEY = re.compile(r"[a-z0-9_.]{1,80}")
_HINT = "publish the folder of the run that the pull request's own job left, as it was"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """`outcome` is what the job said of itself; `context` what it knew of the change (None: not there); `notes` are for the report."""

    outcome: Outcome
    context: Context | None
    comparison: Comparison | None
    diagnosis: Diagnosis | None
    baseline: tuple[Run, ...]
    candidate: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> ExitCode | None:
        """The code of a job that came to no verdict."""
        code = ExitCode(self.outcome.exit_code)
        return None if code in (ExitCode.PASS, ExitCode.REGRESSION, ExitCode.INCONCLUSIVE) else code


def receive(run_dir: Path) -> HandedOver:
    """Raises InputError that names the file and what is wrong with it."""
    reader = _Reader(run_dir)
    outcome = reader.read(Outcome, "outcome.json")
    if outcome is None:
        raise InputError(f"{run_dir} is not a run folder: outcome.json is not there", hint="name a folder such as .perfagent/latest")
    if outcome.exit_code not in list(ExitCode):
        raise InputError(f"{run_dir}/outcome.json: {outcome.exit_code} is no exit code of perfagent", hint=_HINT)
    baseline, candidate = _runs(reader)
    diagnosis = reader.read(Diagnosis, "diagnosis.json")
    notes: list[str] = []
    if diagnosis is not None:
        diagnosis = _inside(diagnosis, notes)
    return HandedOver(
        outcome=replace(outcome, policy_changes=tuple(k for k in outcome.policy_changes[:50] if _POLICY_KEY.fullmatch(k))),
        context=reader.read(Context, "context.json"),
        comparison=_unaccepted(reader.read(Comparison, "comparison.json")),
        diagnosis=diagnosis,
        baseline=baseline,
        candidate=candidate,
        notes=tuple(notes),
    )


class _Reader:
    """Counts what it reads, so that many files cannot do what one may not."""

    def __init__(self, folder: Path) -> None:
        if folder.is_symlink() or not folder.is_dir():
            raise InputError(f"{folder} is not a folder", hint="name a run folder such as .perfagent/latest")
        self._folder = folder
        self._left = MOST_BYTES

    def names(self, below: str) -> list[str]:
        folder = self._folder / below
        if folder.is_symlink():
            raise InputError(f"{folder} is a link, which a run folder does not hold", hint=_HINT)
        return sorted(f"{below}/{path.name}" for path in folder.glob("*.json")) if folder.is_dir() else []

    def read(self, kind: type[T], name: str) -> T | None:
        """None where the file is not there."""
        path = self._folder / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise InputError(f"{path} is not a plain file", hint=_HINT)
        try:
            with path.open("rb") as file:
                data = file.read(min(LARGEST, self._left) + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror or error}") from error
        if len(data) > min(LARGEST, self._left):
            raise InputError(f"{path} is larger than {min(LARGEST, self._left)} bytes, which no run writes", hint=_HINT)
        self._left -= len(data)
        return documents.from_json(kind, data, name=str(path))


def _runs(reader: _Reader) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """(baseline, candidate). One document for each side and round: a second would be counted twice."""
    names = reader.names("runs")
    if len(names) > MOST_RUNS:
        raise InputError(f"runs/ holds {len(names)} documents, more than the {MOST_RUNS} that a run may write", hint=_HINT)
    found: dict[tuple[Side, int | None], Run] = {}
    for name in names:
        run = reader.read(Run, name)
        if run is None:
            continue
        wrong = implausible(run)
        if not wrong and (run.side, run.round) in found:
            wrong = f"round {run.round} of the {run.side}, which another document holds too"
        if wrong:
            raise InputError(f"{name} cannot have been measured: it has {wrong}", hint=_HINT)
        found[run.side, run.round] = run
    sides = [tuple(run for run in found.values() if run.side is side) for side in Side]
    return sides[0], sides[1]


def _unaccepted(comparison: Comparison | None) -> Comparison | None:
    """Who accepted what is asked again where it is trusted."""
    if comparison is None or not any(row.row_verdict is RowVerdict.ACCEPTED for row in comparison.rows):
        return comparison
    refused = (replace(row, row_verdict=RowVerdict.REGRESSION) for row in comparison.rows if row.row_verdict is RowVerdict.ACCEPTED)
    others = (row for row in comparison.rows if row.row_verdict is not RowVerdict.ACCEPTED)
    rows = (*refused, *others)
    return replace(comparison, rows=rows, verdict=Verdict.REGRESSION)


def _inside(diagnosis: Diagnosis, notes: list[str]) -> Diagnosis:
    """Suspects and a fix that speak of files of the repository."""
    suspects = tuple(suspect for suspect in diagnosis.suspects if _relative(suspect.file))
    fix = diagnosis.remediation
    if fix is not None:  # no block to be applied with one click under our name, and no word that it was measured
        fix = replace(fix, replacement=None, measured=False, result=None)
        fix = fix if fix.file is None or _relative(fix.file) else None
    if len(suspects) < len(diagnosis.suspects) or (fix is None) != (diagnosis.remediation is None):
        notes.append("the explanation named files outside of the repository; that part of it is left out")
    return replace(diagnosis, suspects=suspects, remediation=fix)


def _relative(file: str) -> bool:
    path = PurePosixPath(file.replace("\\", "/"))
    return bool(file) and not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0] and not file.startswith("~")

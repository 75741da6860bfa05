"""Whether the gate said of a change what it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfagent import documents
from perfagent.demo.changes import Change
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`suspect` is the first suspect's file, empty where there is none; `seconds` is the whole run."""

    change: Change
    exit_code: int
    suspect: str
    seconds: float
    run_folder: Path

    @property
    def holds(self) -> bool:
        return self.exit_code == self.change.exit_code and (not self.change.file or self.suspect == self.change.file)


def check_of(change: Change, outcome: Outcome, run_folder: Path, *, seconds: float) -> Check:
    path = run_folder / "diagnosis.json"
    suspects = documents.read(Diagnosis, path).suspects if path.is_file() else ()
    return Check(
        change=change,
        exit_code=outcome.exit_code,
        suspect=suspects[0].file if suspects else "",
        seconds=seconds,
        run_folder=run_folder,
    )


def table(checks: Sequence[Check]) -> str:
    lines = [f"{'CHANGE':15} {'CODE':>4} {'SHOULD':>6} {'TIME':>6}  FIRST SUSPECT"]
    for check in checks:
        mark = "" if check.holds else f"   <- not as it should be; see {check.run_folder}"
        suspect = check.suspect or "none"
        lines.append(f"{check.change.name:15} {check.exit_code:>4} {check.change.exit_code:>6} {check.seconds:>4.0f} s  {suspect}{mark}")
    held = sum(check.holds for check in checks)
    return "\n".join([*lines, f"{held} of {len(checks)} as they should be"])

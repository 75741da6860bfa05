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
class Proof:
    """`suspect` is the first suspect's file, empty where there is none; `seconds` is the whole run."""

    change: Change
    exit_code: int
    suspect: str
    seconds: float
    run_folder: Path

    @property
    def holds(self) -> bool:
        return self.exit_code == self.change.exit_code and (not self.change.file or self.suspect == self.change.file)


def proof_of(change: Change, outcome: Outcome, run_folder: Path, *, seconds: float) -> Proof:
    path = run_folder / "diagnosis.json"
    suspects = documents.read(Diagnosis, path).suspects if path.is_file() else ()
    return Proof(
        change=change,
        exit_code=outcome.exit_code,
        suspect=suspects[0].file if suspects else "",
        seconds=seconds,
        run_folder=run_folder,
    )


def table(proofs: Sequence[Proof]) -> str:
    lines = [f"{'CHANGE':15} {'CODE':>4} {'SHOULD':>6} {'TIME':>6}  FIRST SUSPECT"]
    for proof in proofs:
        mark = "" if proof.holds else f"   <- not as it should be; see {proof.run_folder}"
        suspect = proof.suspect or "none"
        lines.append(f"{proof.change.name:15} {proof.exit_code:>4} {proof.change.exit_code:>6} {proof.seconds:>4.0f} s  {suspect}{mark}")
    held = sum(proof.holds for proof in proofs)
    return "\n".join([*lines, f"{held} of {len(proofs)} as they should be"])

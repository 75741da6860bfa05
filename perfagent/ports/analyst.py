"""An analyst: from a case to a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from perfagent.model.comparison import Comparison
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that an analyst may look at. `diff` is a unified diff; `repository` the candidate's source tree, where there is one."""

    comparison: Comparison
    diff: str
    evidence: tuple[Evidence, ...] = ()
    repository: Path | None = None


class Analyst(Protocol):
    name: str

    def explain(self, case: Case) -> Diagnosis: ...

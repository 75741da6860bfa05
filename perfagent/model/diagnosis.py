"""diagnosis.json: why it is slower, each claim tied to evidence that perfagent collected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from perfagent.model.evidence import Evidence

DIAGNOSIS_SCHEMA_VERSION = 1


class Cause(StrEnum):
    CODE = "code"
    CONFIGURATION = "configuration"
    DEPENDENCY = "dependency"
    ENVIRONMENT = "environment"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Lines of the candidate (1-based, inclusive; of the baseline when `removed`), ranked by `score` in [0, 1]."""

    file: str
    start_line: int
    end_line: int
    score: float
    mechanism: str
    evidence: tuple[str, ...] = ()
    function: str | None = None
    endpoints: tuple[str, ...] = ()
    removed: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """`patch` is a unified diff limited to the pull request's own files, or None where only words can be given."""

    summary: str
    patch: str | None = None
    file: str | None = None
    start_line: int | None = None
    end_line: int | None = None
    replacement: str | None = None
    measured: bool = False
    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedClaim:
    claim: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    cause: Cause
    confidence: float
    summary: str = ""
    suspects: tuple[Suspect, ...] = ()
    remediation: Remediation | None = None
    evidence: tuple[Evidence, ...] = ()
    analyst: str = "rules"
    dropped_claims: tuple[DroppedClaim, ...] = ()
    warnings: tuple[str, ...] = ()
    schema_version: int = DIAGNOSIS_SCHEMA_VERSION

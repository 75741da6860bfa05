"""comparison.json: the measured verdict. It exists before any model is asked anything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from perfagent.model.evidence import Evidence

COMPARISON_SCHEMA_VERSION = 1
ALL_ENDPOINTS = "*"
"""The endpoint of a row that speaks of all endpoints together."""


class Verdict(StrEnum):
    PASS = "pass"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"


class RowVerdict(StrEnum):
    PASS = "pass"
    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    INCONCLUSIVE = "inconclusive"
    MISSING = "missing"  # no samples on one side
    ACCEPTED = "accepted"  # a regression that someone with the right accepted


class Mode(StrEnum):
    DUET = "duet"
    TURNS = "turns"
    HISTORY = "history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One endpoint and one metric. `effect`, `ci_low`, `ci_high`, `threshold`, `min_detectable_effect` are relative (0.10 = 10 % worse is
    positive for latency and error metrics; for throughput a loss is negative). Error rates have absolute effects (difference of fractions)
    when the baseline is zero, said in `note`. None: not known."""

    endpoint: str
    metric: str
    baseline: float | None
    candidate: float | None
    unit: str | None = None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    min_detectable_effect: float | None = None
    threshold: float | None = None
    gated: bool = True
    """False: shown for context, takes no part in the verdict."""
    row_verdict: RowVerdict | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    rows: tuple[Row, ...]
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    mode: Mode | None = None
    p_value: float | None = None
    """Family-wise p-value of "nothing got slower"."""
    rounds: int | None = None
    evidence: tuple[Evidence, ...] = ()
    service: str = ""
    baseline_revision: str = ""
    candidate_revision: str = ""
    schema_version: int = COMPARISON_SCHEMA_VERSION

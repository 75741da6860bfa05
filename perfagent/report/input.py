"""What every report is made from: the documents of one run, frozen, and nothing else (no clock, no network, no environment)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from perfagent.model.comparison import Comparison
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.outcome import Outcome
from perfagent.model.run import Run, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where the run belongs. `links` maps a name (`job`, `pull_request`, `dashboard`, `report`, `picture`, `defect`, ...) to an address."""

    service: str = ""
    repository: str = ""
    pull_request: int | None = None
    baseline_revision: str = ""
    candidate_revision: str = ""
    links: Mapping[str, str] = field(default_factory=dict)


class FindingState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    UNCONFIRMED = "unconfirmed"  # was open, and this run could not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One regression with an identity that survives pushes: (service, endpoint, metric). `effect` is relative (0.34 = 34 % worse)."""

    fingerprint: str
    endpoint: str
    metric: str
    state: FindingState = FindingState.OPEN
    effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportInput:
    """`runs` are of both sides and may be empty; `policy_changes` name the policy files that the change touches;
    `previous` are the findings of the last comment; `missing` says what could not be read."""

    outcome: Outcome
    comparison: Comparison | None = None
    diagnosis: Diagnosis | None = None
    runs: tuple[Run, ...] = ()
    context: Context = field(default_factory=Context)
    policy_changes: tuple[str, ...] = ()
    previous: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()

    def side(self, side: Side) -> tuple[Run, ...]:
        """The usable runs of one side, by round."""
        return tuple(sorted((r for r in self.runs if r.side is side and r.usable), key=lambda r: r.round or 0))

"""outcome.json: how a whole run of perfagent ended, with references to its documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from perfagent.model.comparison import Mode, Verdict

OUTCOME_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`documents` maps a kind (`comparison`, `diagnosis`, `summary`, ...) to a path relative to the run folder; `timings` are seconds."""

    run_id: str
    exit_code: int
    verdict: Verdict | None = None
    mode: Mode | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    stage: str = ""
    """The last stage that was begun."""
    error: str | None = None
    headline: str = ""
    service: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    pull_request: int | None = None
    repository: str = ""
    baseline_revision: str = ""
    candidate_revision: str = ""
    policy_changes: tuple[str, ...] = ()
    """Files of policy (thresholds, gate, write rules) that the change touches; the base revision's were used."""
    schema_version: int = OUTCOME_SCHEMA_VERSION

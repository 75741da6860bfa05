"""Regressions that a person with the right has accepted, until a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

FILE_NAME = ".perfagent-accepted.yml"
"""The reviewed file."""
LABEL = "perfagent-accepted"
"""What a person sets on a pull request to accept every regression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """`endpoint` and `metric` None: every one. `until` is the last day it holds; `source` is a URL or file and
    line; `at` is when it was said, where that is known: what was pushed later was not seen by whoever said it."""

    by: str
    reason: str
    source: str
    endpoint: str | None = None
    metric: str | None = None
    until: date | None = None
    at: datetime | None = None

    def covers(self, endpoint: str, metric: str, *, today: date) -> bool:
        return (
            (self.endpoint is None or self.endpoint == endpoint)
            and (self.metric is None or self.metric == metric)
            and (self.until is None or today <= self.until)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptances:
    """`refused` says, a line each, what was asked and why it does not count (no write access, not understood, a day in the past)."""

    accepted: tuple[Acceptance, ...] = ()
    refused: tuple[str, ...] = ()


class AcceptanceSource(Protocol):
    """Raises OptionalServiceError; then nothing is accepted."""

    def acceptances(self, pull_request: int) -> Acceptances: ...


def join(parts: Sequence[Acceptances]) -> Acceptances:
    return Acceptances(
        accepted=tuple(a for part in parts for a in part.accepted), refused=tuple(line for part in parts for line in part.refused)
    )

"""What perfagent itself observed. Every claim in a diagnosis cites one of these by id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`baseline` and `candidate` are a number each, or a list over rounds or time; `text` holds a log line or a hunk."""

    id: str
    source: str  # k6, prometheus, loki, process, git, history, ...
    name: str
    endpoint: str | None = None
    unit: str | None = None
    baseline: float | tuple[float | None, ...] | None = None
    candidate: float | tuple[float | None, ...] | None = None
    text: str | None = None
    query: str | None = None
    window: Window | None = None

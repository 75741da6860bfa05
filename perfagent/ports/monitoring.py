"""Metrics and logs of the system under test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from perfagent.model.evidence import Evidence


class Metrics(Protocol):
    """Raises OptionalServiceError. A missing series is left out and is not a series of zeros."""

    name: str

    def fetch(self, service: str, start: datetime, end: datetime) -> Sequence[Evidence]: ...


class Logs(Protocol):
    name: str

    def query_logs(self, query: str, start: datetime, end: datetime, *, limit: int = 100) -> Sequence[Evidence]: ...

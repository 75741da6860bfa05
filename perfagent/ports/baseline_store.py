"""Where earlier runs are remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from perfagent.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """The runs (rounds) of one revision of the default branch, measured in one job."""

    id: str
    service: str
    revision: str
    recorded_at: datetime
    runs: tuple[Run, ...]
    accepted_by: str | None = None
    accepted_reason: str | None = None
    expires_at: datetime | None = None


class BaselineStore(Protocol):
    """Raises UnavailableError when a needed store is down; a corrupt or foreign one is `None`/empty with a reason in `problems`."""

    def nearest(self, like: Run, *, service: str, limit: int = 20) -> Sequence[BaselineEntry]:
        """Comparable entries only (service, scenario, k6 major version, load options), nearest environment first."""
        ...

    def add(self, entry: BaselineEntry) -> None: ...

    def entries(self) -> Sequence[BaselineEntry]: ...

    def remove(self, ids: Sequence[str]) -> None: ...

    @property
    def problems(self) -> Sequence[str]: ...

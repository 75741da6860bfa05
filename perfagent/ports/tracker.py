"""A defect tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One regression. `fingerprint` identifies it across runs (service, endpoint, metric); `description` is Markdown."""

    fingerprint: str
    summary: str
    description: str
    severity: str  # critical, major, minor
    labels: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DefectRef:
    key: str
    url: str
    created: bool


class Tracker(Protocol):
    """Raises OptionalServiceError naming the field or right that is missing."""

    name: str

    def file_defect(self, defect: Defect) -> DefectRef:
        """Find the open defect with this fingerprint and comment on it, or create it once."""
        ...

    def recovered(self, fingerprint: str, message: str) -> DefectRef | None:
        """Comment on, or close by configuration, the open defect with this fingerprint; None when there is none."""
        ...

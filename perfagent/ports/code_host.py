"""A code host: where the pull request lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class StatusState(StrEnum):
    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The mark that blocks. `description` is cut to the host's limit by the adapter."""

    state: StatusState
    context: str
    description: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One finding on lines of the candidate (1-based, inclusive)."""

    file: str
    start_line: int
    end_line: int
    title: str
    message: str
    severity: str = "warning"  # notice, warning, failure
    suggestion: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was posted or updated. `created` is False for an update in place."""

    id: str
    url: str
    created: bool


class CodeHost(Protocol):
    """Raises OptionalServiceError with what was asked and what to try; never an SDK's own exception."""

    name: str

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:
        """Update the comment of ours that carries `marker`, or post it once. `body` already carries the marker."""
        ...

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None: ...

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:
        """Mark lines where the host can; lines outside the diff are left out, never an error."""
        ...

    def get_diff(self, pull_request: int) -> str:
        """A unified diff. What the host left out is said in lines beginning with `# perfagent:` at its head."""
        ...


class CommentReader(Protocol):
    """A code host whose comment of the last run can be read, for what it says of earlier pushes."""

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:
        """The text of our comment that carries `marker`; None when there is none."""
        ...


class PictureHost(Protocol):
    """A code host that can keep a picture which its comments show."""

    def upload_picture(self, pull_request: int, picture: Path, *, alt: str) -> str:
        """Markdown that shows the picture in a comment of this pull request. Raises OptionalServiceError where the host keeps none."""
        ...

"""What a credential may do, asked without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """`granted` is None where the service does not tell without trying; `hint` says where the right is given."""

    what: str
    granted: bool | None
    detail: str = ""
    hint: str = ""


class AccessProbe(Protocol):
    """Raises OptionalServiceError only where nothing at all can be asked; a refusal is a `Right` that is not granted."""

    def rights(self) -> Sequence[Right]: ...

"""All that a run may know of the world outside: read once by the command line and passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from perfagent.steps.checkout import Checkout
from perfagent.tools.client import Progress


def _silent(_done: float, _total: float | None, _message: str | None) -> None:
    """Where nobody watches."""


def _unheard(_folder: Path) -> None:
    """Where nobody needs to know the run folder early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`directory` is where perfagent was started; `announce` takes one line for people; `progress` moves a bar;
    `begun` hears the run folder as soon as there is one."""

    directory: Path
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    redact: Callable[[str], str]
    announce: Callable[[str], None]
    begun: Callable[[Path], None] = _unheard
    checkout: Checkout | None = None
    progress: Progress = _silent
    policy_changes: tuple[str, ...] = ()

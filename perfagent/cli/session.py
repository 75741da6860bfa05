"""What one invocation of the command line knows of the world: environment, working directory, clock, console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from perfagent.cli.console import Console


@dataclass(slots=True, kw_only=True)
class Session:
    """The `obj` of every click context. `run_folder` is set as soon as there is one, for whoever has to say where a run stopped."""

    env: Mapping[str, str]
    cwd: Path
    console: Console
    now: Callable[[], datetime]
    run_folder: Path | None = None

    def path(self, path: str | Path) -> Path:
        """As seen from the working directory."""
        return self.cwd / path

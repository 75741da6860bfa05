"""What the server works on: one configuration, one repository, one folder of runs. Made once, at its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from perfagent.adapters.network import Limits, Pace
from perfagent.ci.context import Context
from perfagent.config.secrets import Secrets
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder, find_run

POSTING = Limits(deadline=90.0)
"""Of one posting: room for one wait of a minute, which GitHub's secondary limit and GitLab's note limit ask for, and for two of them (the
comment, then its lines) within the pipeline's patience with one tool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """`current` is the run that the pipeline is in; None when the server is used on its own, until `run_test` makes one. `opened` keeps
    what one tool opened for the next, so that limits hold over a whole run."""

    settings: Settings
    context: Context
    secrets: Secrets
    directory: Path
    environ: Mapping[str, str]
    redact: Callable[[str], str]
    now: Callable[[], datetime]
    current: RunFolder | None = None
    limits: Limits = POSTING
    pace: Pace = field(default_factory=Pace)
    opened: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def runs(self) -> Path:
        return self.current.path.parent if self.current else self.directory / self.settings.runs

    def folder(self, run_id: str) -> RunFolder:
        """Raises InputError that lists the known runs."""
        if self.current and run_id in (self.current.run_id, "latest"):
            return self.current
        return find_run(self.runs, run_id)

    def output(self) -> RunFolder:
        """Where something that belongs to no run document is written: the current run, else the latest, else a folder of its own."""
        if self.current:
            return self.current
        known = sorted(p for p in self.runs.glob("*") if p.is_dir()) if self.runs.is_dir() else []
        return RunFolder(known[-1]) if known else RunFolder(self.runs / "outside").create()

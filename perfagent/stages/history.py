"""Stored runs of the default branch: the baseline where no base can run, asked once and remembered for the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from perfagent.adapters.stores import open_store
from perfagent.config.settings import Settings
from perfagent.errors import PerfagentError
from perfagent.ingest.merge import merge_runs
from perfagent.model.run import Run
from perfagent.ports.baseline_store import BaselineStore
from perfagent.stages.surroundings import Surroundings

MOST_ENTRIES = 40  # jobs; the nearest and newest of them say all that a gate can learn from history


@dataclass(slots=True)
class StoredRuns:
    """`runs` is one run per stored job, filled by the first question; `problems` are for the report."""

    store: BaselineStore | None
    service: str
    runs: list[Run] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _asked: bool = False

    def like(self, run: Run) -> list[Run]:
        """Comparable runs. A store that is down or broken is no baseline, with the reason in `problems`."""
        if self._asked or self.store is None:
            return self.runs
        self._asked = True
        try:
            entries = self.store.nearest(run, service=self.service, limit=MOST_ENTRIES)
        except PerfagentError as error:
            self.problems.append(f"no baseline: {error.message}")
            return self.runs
        self.problems += self.store.problems
        for entry in sorted(entries, key=lambda e: e.recorded_at):
            usable = [replace(r, round=None) for r in entry.runs if r.usable]
            if usable:
                self.runs.append(merge_runs(usable))
        return self.runs


def stored_runs(settings: Settings, world: Surroundings) -> StoredRuns:
    """A store that cannot even be opened is no baseline, with the reason; opening asks nothing of a network."""
    try:
        store = open_store(settings.baseline.store, directory=world.directory, environ=world.environ)
    except PerfagentError as error:
        return StoredRuns(store=None, service=settings.service, problems=[f"no baseline store: {error.message}"])
    return StoredRuns(store=store, service=settings.service)

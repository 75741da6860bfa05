"""The run folder: one folder per run of perfagent, written stage by stage, so that nothing measured is ever lost.

outcome.json  comparison.json  diagnosis.json  evidence.json  settings.json  context.json  diff.patch
runs/<side>-<round>.json   one run.json per side and round
raw/                       k6's raw output, compressed
logs/                      of k6, of the targets, of the tool server
process.jsonl              CPU, memory, threads and open files of the targets that perfagent started
summary.jpg  report.html  report.json  report.csv  comment.md  junit.xml  report.sarif
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from perfagent import documents
from perfagent.errors import InputError, UnavailableError
from perfagent.model.run import Run, Side

T = TypeVar("T")


def new_run_id(now: datetime, revision: str = "") -> str:
    """Sorts by time, is unique on a machine, and is safe in file names and URLs."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return "-".join(part for part in (stamp, revision[:8], secrets.token_hex(2)) if part)


@dataclass(frozen=True, slots=True)
class RunFolder:
    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def raw(self) -> Path:
        return self.path / "raw"

    def create(self) -> RunFolder:
        """Raises UnavailableError when the folder cannot be made (read-only or full disk)."""
        try:
            for folder in (self.path, self.path / "runs", self.raw, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnavailableError(
                f"cannot create the run folder {self.path}: {error.strerror or error}",
                hint="set PERFAGENT_RUNS (or --runs) to a folder that can be written",
            ) from error
        return self

    def write(self, name: str, value: object) -> Path:
        """Write a document (`comparison`, `diagnosis`, `outcome`, ...). Raises UnavailableError when the disk refuses it."""
        path = self.path / f"{name}.json"
        self._guard(path, lambda: documents.write(path, value))
        return path

    def write_text(self, name: str, text: str) -> Path:
        path = self.path / name
        self._guard(path, lambda: documents.write_bytes(path, text.encode()))
        return path

    def _guard(self, path: Path, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            raise UnavailableError(
                f"cannot write {path}: {error.strerror or error}",
                hint="free some space or point the run folder elsewhere; what was measured before is kept",
            ) from error

    def has(self, name: str) -> bool:
        return (self.path / f"{name}.json").is_file()

    def read(self, kind: type[T], name: str) -> T:
        """Raises InputError naming the file when it is absent or not that document."""
        return documents.read(kind, self.path / f"{name}.json")

    def run_path(self, side: Side, round: int) -> Path:
        return self.path / "runs" / f"{side}-{round:02d}.json"

    def write_run(self, run: Run) -> Path:
        path = self.run_path(run.side, run.round or 0)
        self._guard(path, lambda: documents.write(path, run, indent=None))
        return path

    def read_runs(self) -> tuple[list[Run], list[Run]]:
        """(baseline, candidate), each in the order of rounds."""
        sides: dict[Side, list[Run]] = {Side.BASELINE: [], Side.CANDIDATE: []}
        for path in sorted((self.path / "runs").glob("*.json")):
            run = documents.read(Run, path)
            sides[run.side].append(run)
        return sides[Side.BASELINE], sides[Side.CANDIDATE]


def find_run(runs: Path, run_id: str) -> RunFolder:
    """The folder of `run_id` below `runs`; `latest` is the newest. Raises InputError that lists what there is."""
    known = sorted(p.name for p in runs.glob("*") if (p / "outcome.json").is_file()) if runs.is_dir() else []
    if run_id == "latest" and known:
        return RunFolder(runs / known[-1])
    if run_id in known:
        return RunFolder(runs / run_id)
    raise InputError(f"no run {run_id!r} in {runs}", hint=f"known runs: {', '.join(known[-5:]) or 'none yet'}")

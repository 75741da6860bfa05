"""Several saved outputs at once, on all cores: what `perfagent compare` is given."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from perfagent.ingest.k6 import read_k6
from perfagent.model.run import Run, Side

_WORTH_A_PROCESS = 48 << 20  # bytes of JSON; a process more costs 0.15 s of CPU, in which one reads about this much
_UNPACKED = 25  # times the size of a .gz


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One file and what it is to be read as; the fields are those of `read_k6`."""

    path: Path
    side: Side = Side.BASELINE
    round: int | None = None
    warmup: float = 0.0
    scenario: str = ""
    only_side: Side | None = None

    def read(self) -> Run:
        return read_k6(
            self.path,
            side=self.side,
            round=self.round,
            warmup=self.warmup,
            scenario=self.scenario,
            only_side=self.only_side,
        )


def read_many(files: Sequence[Saved], *, processes: int | None = None) -> list[Run]:
    """In the order of `files`. `processes`: by default one a core, and only this one for little data. Raises InputError like `read_k6`."""
    if processes is None:
        processes = min(len(os.sched_getaffinity(0)), len(files), sum(map(_size, files)) // _WORTH_A_PROCESS)
    if processes < 2:
        return [file.read() for file in files]
    # Spawned, not forked: the caller may have threads. Large files first would pack better, but the order of errors counts more.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(Saved.read, files))


def _size(file: Saved) -> int:
    try:
        return file.path.stat().st_size * (_UNPACKED if file.path.suffix == ".gz" else 1)
    except OSError:
        return 0  # reading it will say what is wrong

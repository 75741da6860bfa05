"""run.json: one k6 execution of one side, reduced to mergeable sketches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from perfagent.model.sketch import Sketch

RUN_SCHEMA_VERSION = 1
CELL_SECONDS = 10.0  # width of a time bucket; 10 s is what dashboards and k6's own reports use


class Side(StrEnum):
    """Always in this order."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One endpoint in one time bucket; `start` in seconds since the run's start."""

    start: float
    requests: int
    failed: int
    duration: Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStats:
    """All requests of one endpoint after warm-up.

    `timings` maps a phase (`duration`, `waiting`, `connecting`, `tls`, `sending`, `receiving`, `blocked`) to its sketch in seconds.
    """

    endpoint: str
    requests: int
    failed: int
    timings: Mapping[str, Sketch]
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where and with what a run was made. Only like is compared with like. Empty string or 0: not known."""

    machine: str = ""
    cpu: str = ""
    cores: int = 0
    k6_version: str = ""
    scenario_hash: str = ""
    options_hash: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorHealth:
    """Whether k6 itself could keep up. A starved generator makes a run unusable, not slow.

    `cpu` is k6's CPU seconds per wall second; `dropped` and `iterations` are counts.
    """

    cpu: float | None = None
    dropped: int = 0
    iterations: int = 0
    vus_max: int = 0
    exceptions: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of a scenario against one side."""

    id: str
    side: Side
    endpoints: tuple[EndpointStats, ...]
    duration: float
    scenario: str = ""
    round: int | None = None
    revision: str = ""
    started_at: datetime | None = None
    warmup: float = 0.0
    open_model: bool | None = None
    bytes_received: float | None = None
    bytes_sent: float | None = None
    environment: Environment = field(default_factory=Environment)
    health: GeneratorHealth = field(default_factory=GeneratorHealth)
    exit_code: int | None = None
    problems: tuple[str, ...] = ()
    """Why this run must not be compared; empty when it is usable."""
    notes: tuple[str, ...] = ()
    """What the reader met and counted: malformed lines, unknown metrics, grouped URLs."""
    schema_version: int = RUN_SCHEMA_VERSION

    @property
    def usable(self) -> bool:
        return not self.problems

    @property
    def requests(self) -> int:
        return sum(e.requests for e in self.endpoints)

    @classmethod
    def from_requests(
        cls,
        frame: Any,
        *,
        side: Side | str,
        round: int | None = None,
        start: datetime | float | None = None,
        duration: float | None = None,
    ) -> Run:
        """From a pandas DataFrame (or a mapping of equal-length columns), one row a request.

        Columns: `endpoint` (str), `time` (s since the run's start), `duration` (s), `failed` (bool).
        `start` is when the run began (a datetime or unix seconds); `duration` is the run's length in seconds, by default the last `time`.
        Raises ValueError naming the column that is missing or whose values are not finite and >= 0.
        """
        columns = {}
        for name in ("endpoint", "time", "duration", "failed"):
            try:
                column = frame[name]
            except KeyError as error:
                raise ValueError(f"requests need the columns endpoint, time, duration, failed; {name!r} is missing") from error
            columns[name] = column.tolist() if hasattr(column, "tolist") else list(column)
        for name in ("time", "duration"):
            for row, value in enumerate(columns[name]):
                if not (math.isfinite(value) and value >= 0):
                    raise ValueError(f"column {name!r}, row {row}: {value!r} is not a finite number of seconds >= 0")
        started = datetime.fromtimestamp(start, UTC) if isinstance(start, int | float) else start
        length = max(columns["time"], default=0.0) if duration is None else duration
        return cls(
            id=f"{side}-{round if round is not None else 0}",
            side=Side(side),
            round=round,
            started_at=started,
            duration=float(length),
            endpoints=_endpoints(zip(*columns.values(), strict=True)),
        )


def _endpoints(rows: Iterable[tuple[str, float, float, bool]]) -> tuple[EndpointStats, ...]:
    values: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    failures: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for endpoint, time, duration, failed in rows:
        bucket = int(time // CELL_SECONDS)
        values[endpoint][bucket].append(duration)
        if failed:
            failures[endpoint][bucket] += 1
    out = []
    for endpoint in sorted(values):
        cells = tuple(
            Cell(
                start=bucket * CELL_SECONDS,
                requests=len(durations),
                failed=failures[endpoint][bucket],
                duration=Sketch.of(durations),
            )
            for bucket, durations in sorted(values[endpoint].items())
        )
        out.append(
            EndpointStats(
                endpoint=endpoint,
                requests=sum(c.requests for c in cells),
                failed=sum(c.failed for c in cells),
                timings={"duration": Sketch.merged([c.duration for c in cells])},
                cells=cells,
            )
        )
    return tuple(out)

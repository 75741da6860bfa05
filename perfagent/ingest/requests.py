"""From tags to endpoints: which series a sample belongs to, what counts as failed, and the final EndpointStats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from perfagent.ingest.merge import merge_sketches
from perfagent.ingest.names import OTHER, endpoint_name
from perfagent.ingest.tally import Tally
from perfagent.model.run import CELL_SECONDS, Cell, EndpointStats, Side
from perfagent.model.sketch import Sketch

PHASES = ("duration", "waiting", "connecting", "tls", "sending", "receiving", "blocked")
PHASE_OF = {
    "http_req_duration": 0,
    "http_req_waiting": 1,
    "http_req_connecting": 2,
    "http_req_tls_handshaking": 3,
    "http_req_sending": 4,
    "http_req_receiving": 5,
    "http_req_blocked": 6,
    "grpc_req_duration": 0,
}
WHEN_NEW = frozenset({2, 3})
"""Phases that only a new connection has. k6 writes 0 for a reused one; with keep-alive these zeros are nearly all and would make every
`connecting_p95` 0. So only real handshakes are samples: the quantile says what one costs, the sketch's count how many there were."""

MAX_ENDPOINTS = 500
MAX_CELLS = 50_000  # 500 endpoints for 1,000 s, or 10 for 14 hours
_ROWS_PER_ENDPOINT = 8
_FIRST_CELL = 1 << 14  # rows below belong to endpoints (2,048 of them), rows from here to cells
_CELL_NS = int(CELL_SECONDS * 1e9)
_SIDES = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Series:
    """What one set of tags means. `failed` None: the tags do not say, `http_req_failed` must (else `failed_by_status`)."""

    endpoint: int
    side: str
    failed: bool | None
    failed_by_status: bool


@dataclass(slots=True)
class Failures:
    """Per cell. `reported` and `by_status` are for requests whose tags lack `expected_response`."""

    known: int = 0
    reported: int = 0
    reports: int = 0
    by_status: int = 0
    unknown: int = 0

    @property
    def failed(self) -> int:
        return self.known + (self.reported if self.reports else self.by_status)


@dataclass(slots=True)
class Requests:
    """All samples of requests of one output, by endpoint, phase and cell."""

    tally: Tally = field(default_factory=Tally)
    endpoints: list[tuple[str, str]] = field(default_factory=list)
    """(tag `side` or "", name) of each endpoint number."""
    cells: dict[tuple[int, int], int] = field(default_factory=dict)
    """Row of (endpoint number, cell number); cell -1 is the overflow that has no time."""
    failures: dict[int, Failures] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)
    overflow: Counter[str] = field(default_factory=Counter)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def series(self, tags: Mapping[str, str], *, grpc: bool = False) -> Series:
        side = self.side(tags)
        if grpc:
            tags = {**tags, "name": _grpc_name(tags), "method": ""}
        name, grouped = endpoint_name(tags)
        endpoint = self._number(side, name)
        if grouped and len(self.grouped) <= MAX_ENDPOINTS:
            self.grouped.add(name)
        status = tags.get("status", "")
        expected = tags.get("expected_response")
        by_status = status not in ("", "0") if grpc else _bad_status(status, tags)
        failed = by_status if grpc else None if expected is None else expected == "false"
        return Series(endpoint, side, failed, by_status)

    @staticmethod
    def side(tags: Mapping[str, str]) -> str:
        """The tag `side` where it names one of ours, else ""."""
        side = tags.get("side", "")
        return side if side in _SIDES else ""

    def _number(self, side: str, name: str) -> int:
        key = (side, name)
        number = self._numbers.get(key)
        if number is None:
            if name != OTHER and sum(s == side for s, _ in self.endpoints) >= MAX_ENDPOINTS:
                self.overflow[name] += 1 if len(self.overflow) < MAX_ENDPOINTS else 0
                return self._number(side, OTHER)
            number = self._numbers[key] = len(self.endpoints)
            self.endpoints.append(key)
        return number

    def phase_row(self, endpoint: int, phase: int) -> int:
        return endpoint * _ROWS_PER_ENDPOINT + phase

    def cell_row(self, endpoint: int, cell: int) -> int:
        key = (endpoint, cell)
        row = self.cells.get(key)
        if row is None:
            if len(self.cells) >= MAX_CELLS and cell != -1:
                return self.cell_row(endpoint, -1)
            row = self.cells[key] = _FIRST_CELL + len(self.cells)
        return row

    def failures_of(self, row: int) -> Failures:
        found = self.failures.get(row)
        if found is None:
            found = self.failures[row] = Failures()
        return found

    def request(self, series: Series, offset: int, nanoseconds: int) -> None:
        """One request, `offset` nanoseconds after the start."""
        row = self.cell_row(series.endpoint, offset // _CELL_NS)
        self.tally.add(row, nanoseconds)
        if series.failed:
            self.failures_of(row).known += 1
        elif series.failed is None:
            failures = self.failures_of(row)
            failures.unknown += 1
            failures.by_status += series.failed_by_status

    def reported(self, series: Series, offset: int, failed: bool) -> None:
        """A point of `http_req_failed`; it only counts where the tags do not say."""
        if series.failed is None:
            failures = self.failures_of(self.cell_row(series.endpoint, offset // _CELL_NS))
            failures.reports += 1
            failures.reported += failed

    def phase(self, series: Series, phase: int, nanoseconds: int) -> None:
        if nanoseconds or phase not in WHEN_NEW:
            self.tally.add(self.phase_row(series.endpoint, phase), nanoseconds)

    def stats(self) -> dict[str, tuple[EndpointStats, ...]]:
        """Endpoints in order of name, for each value of the tag `side`."""
        sketches = self.tally.sketches()
        cells: dict[int, list[Cell]] = {}
        for (endpoint, number), row in sorted(self.cells.items()):
            if row in sketches:
                failed = self.failures[row].failed if row in self.failures else 0
                cell = Cell(start=number * CELL_SECONDS, requests=sketches[row].count, failed=failed, duration=sketches[row])
                cells.setdefault(endpoint, []).append(cell)
        out: dict[str, list[EndpointStats]] = {}
        for number, (side, name) in sorted(enumerate(self.endpoints), key=lambda item: item[1]):
            if number in cells:
                out.setdefault(side, []).append(self._stats(name, number, cells[number], sketches))
        return {side: tuple(stats) for side, stats in out.items()}

    def _stats(self, name: str, number: int, cells: list[Cell], sketches: Mapping[int, Sketch]) -> EndpointStats:
        timings = {"duration": merge_sketches(c.duration for c in cells)}
        for phase, word in enumerate(PHASES):
            row = self.phase_row(number, phase)
            if phase and row in sketches:
                timings[word] = sketches[row]
        return EndpointStats(
            endpoint=name,
            requests=sum(c.requests for c in cells),
            failed=sum(c.failed for c in cells),
            timings=timings,
            cells=tuple(c for c in cells if c.start >= 0),
        )


def _bad_status(status: str, tags: Mapping[str, str]) -> bool:
    """What k6 itself calls an error when no response callback is set: no answer, or an HTTP status from 400 on."""
    if status.isdigit():
        return not 100 <= int(status) < 400
    return "error" in tags or "error_code" in tags


def _grpc_name(tags: Mapping[str, str]) -> str:
    name = tags.get("name", "")
    if name and name != tags.get("url"):
        return name
    return "/".join(p for p in (tags.get("service", ""), tags.get("method", "")) if p) or name

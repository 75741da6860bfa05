"""Requests by endpoint, phase and time cell: which series a sample belongs to, what counts as failed, and the final EndpointStats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from perfagent.ingest.names import OTHER, endpoint_name
from perfagent.ingest.tally import Tally
from perfagent.ingest.words import Places
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
WHEN_NEW = (2, 3)
"""Phases that only a new connection has. k6 writes 0 for a reused one; with keep-alive these zeros are nearly all and would make every
`connecting_p95` 0. So only real handshakes are samples: the quantile says what one costs, the sketch's count how many there were."""

MAX_ENDPOINTS = 500
MAX_CELLS = 50_000  # 500 endpoints for 1,000 s, or 10 for 14 hours
_ROWS_PER_ENDPOINT = 8
_FIRST_CELL = 1 << 14  # rows below belong to endpoints (2,048 of them), rows from here to cells
_CELL_NS = int(CELL_SECONDS * 1e9)
_NO_CELL = -1
_SIDES = frozenset(Side)


@dataclass(frozen=True, slots=True)
class Series:
    """What one set of tags means. `failed` None: the tags do not say, `http_req_failed` must (else `failed_by_status`)."""

    endpoint: int
    failed: bool | None
    failed_by_status: bool

    @property
    def counts_as_failed(self) -> bool:
        """As far as is known before the end."""
        return self.failed_by_status if self.failed is None else self.failed


@dataclass(slots=True)
class _Failures:
    """Of one cell. `reported` (in so many `reports`) and `by_status` are for requests whose tags lack `expected_response`."""

    known: int = 0
    reported: int = 0
    reports: int = 0
    by_status: int = 0

    @property
    def failed(self) -> int:
        return self.known + (self.reported if self.reports else self.by_status)


@dataclass(slots=True)
class Requests:
    """All samples of requests of one output."""

    endpoints: list[tuple[str, str]] = field(default_factory=list)
    """(tag `side` or "", name) of each endpoint number."""
    grouped: set[str] = field(default_factory=set)
    """Names that were made of URLs by taking something out."""
    overflow: Counter[str] = field(default_factory=Counter)
    """Names beyond MAX_ENDPOINTS, the first so many of them."""
    cells_full: bool = False
    _tally: Tally = field(default_factory=Tally)
    _cells: dict[tuple[int, int], int] = field(default_factory=dict)
    _failures: dict[int, _Failures] = field(default_factory=dict)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _sides: Counter[str] = field(default_factory=Counter)

    def series(self, tags: Mapping[str, str], *, grpc: bool = False) -> Series:
        if grpc:
            name, grouped = _grpc_name(tags), False
            failed: bool | None = tags.get("status", "0") != "0"  # a code of gRPC, where 0 is good
            return Series(self._endpoint(side_of(tags), name), failed, bool(failed))
        name, grouped = endpoint_name(tags)
        endpoint = self._endpoint(side_of(tags), name)
        if grouped:
            self.grouped.add(self.endpoints[endpoint][1])
        expected = tags.get("expected_response")
        return Series(endpoint, None if expected is None else expected == "false", _bad_status(tags))

    def _endpoint(self, side: str, name: str) -> int:
        key = (side, name)
        number = self._numbers.get(key)
        if number is None:
            if name != OTHER and self._sides[side] >= MAX_ENDPOINTS:
                if name in self.overflow or len(self.overflow) < MAX_ENDPOINTS:
                    self.overflow[name] += 1
                return self._endpoint(side, OTHER)
            self._sides[side] += 1
            number = self._numbers[key] = len(self.endpoints)
            self.endpoints.append(key)
        return number

    def request(self, series: Series, offset: int, nanoseconds: int) -> None:
        """One request, `offset` nanoseconds after the start."""
        row = self._cell_row(series.endpoint, offset // _CELL_NS)
        self._tally.add(row, nanoseconds)
        if series.failed:
            self._failures_of(row).known += 1
        elif series.failed is None and series.failed_by_status:
            self._failures_of(row).by_status += 1

    def requests(self, endpoints: Places, offsets: Places, nanoseconds: Places, *, known: Places, by_status: Places) -> None:
        """Many. `known` and `by_status` are indices of those that failed, by their tags or (where these do not say) by their status."""
        rows = self._cell_rows(endpoints, offsets)
        self._tally.add_many(rows.astype(np.uint64), nanoseconds.astype(np.uint64))
        for row, count in _counted(rows[known]):
            self._failures_of(row).known += count
        for row, count in _counted(rows[by_status]):
            self._failures_of(row).by_status += count

    def reported(self, endpoint: int, offset: int, failed: bool) -> None:
        """A point of `http_req_failed` whose tags do not say."""
        failures = self._failures_of(self._cell_row(endpoint, offset // _CELL_NS))
        failures.reports += 1
        failures.reported += failed

    def phase(self, endpoint: int, phase: int, nanoseconds: int) -> None:
        if nanoseconds or phase not in WHEN_NEW:
            self._tally.add(_phase_row(endpoint, phase), nanoseconds)

    def phases(self, endpoints: Places, phases: Places, nanoseconds: Places) -> None:
        counts = (nanoseconds > 0) | ((phases != WHEN_NEW[0]) & (phases != WHEN_NEW[1]))
        rows = endpoints[counts] * _ROWS_PER_ENDPOINT + phases[counts]
        self._tally.add_many(rows.astype(np.uint64), nanoseconds[counts].astype(np.uint64))

    def _cell_row(self, endpoint: int, cell: int) -> int:
        row = self._cells.get((endpoint, cell))
        if row is None:
            if len(self._cells) >= MAX_CELLS and cell != _NO_CELL:
                self.cells_full = True
                return self._cell_row(endpoint, _NO_CELL)
            row = self._cells[endpoint, cell] = _FIRST_CELL + len(self._cells)
        return row

    def _cell_rows(self, endpoints: Places, offsets: Places) -> Places:
        keys, inverse = np.unique(endpoints << 40 | offsets // _CELL_NS, return_inverse=True)
        return np.array([self._cell_row(key >> 40, key & (1 << 40) - 1) for key in keys.tolist()], np.int64)[inverse]

    def _failures_of(self, row: int) -> _Failures:
        found = self._failures.get(row)
        if found is None:
            found = self._failures[row] = _Failures()
        return found

    def stats(self) -> dict[str, tuple[EndpointStats, ...]]:
        """Endpoints in order of name, for each value of the tag `side`."""
        sketches = self._tally.sketches({row: _phase_row(endpoint, 0) for (endpoint, _), row in self._cells.items()})
        cells: dict[int, list[Cell]] = {}
        for (endpoint, number), row in sorted(self._cells.items()):
            if row in sketches:
                failed = self._failures[row].failed if row in self._failures else 0
                cell = Cell(start=number * CELL_SECONDS, requests=sketches[row].count, failed=failed, duration=sketches[row])
                cells.setdefault(endpoint, []).append(cell)
        out: dict[str, list[EndpointStats]] = {}
        for number, (side, name) in sorted(enumerate(self.endpoints), key=lambda item: item[1]):
            if number in cells:
                out.setdefault(side, []).append(_stats(name, number, cells[number], sketches))
        return {side: tuple(stats) for side, stats in out.items()}


def side_of(tags: Mapping[str, str]) -> str:
    """The tag `side` where it names one of ours, else ""."""
    side = tags.get("side", "")
    return side if side in _SIDES else ""


def _phase_row(endpoint: int, phase: int) -> int:
    return endpoint * _ROWS_PER_ENDPOINT + phase


def _stats(name: str, number: int, cells: list[Cell], sketches: Mapping[int, Sketch]) -> EndpointStats:
    rows = {word: _phase_row(number, phase) for phase, word in enumerate(PHASES)}
    return EndpointStats(
        endpoint=name,
        requests=sum(c.requests for c in cells),
        failed=sum(c.failed for c in cells),
        timings={word: sketches[row] for word, row in rows.items() if row in sketches},
        cells=tuple(c for c in cells if c.start >= 0),
    )


def _counted(rows: Places) -> Iterable[tuple[int, int]]:
    if not len(rows):
        return ()
    values, counts = np.unique(rows, return_counts=True)
    return zip(values.tolist(), counts.tolist(), strict=True)


def _bad_status(tags: Mapping[str, str]) -> bool:
    """What k6 itself calls an error when no response callback is set: no answer, or an HTTP status from 400 on."""
    status = tags.get("status", "")
    if status.isdigit():
        return not 100 <= int(status) < 400
    return "error" in tags or "error_code" in tags


def _grpc_name(tags: Mapping[str, str]) -> str:
    name = tags.get("name", "")
    if name and name != tags.get("url"):
        return name
    return "/".join(p for p in (tags.get("service", ""), tags.get("method", "")) if p) or name or OTHER

"""k6's raw output as a stream: fed in pieces of any size while k6 runs, finished into a Run (or one per side)."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from perfagent.errors import InputError
from perfagent.ingest.merge import merge_endpoints
from perfagent.ingest.notes import Odd, notes
from perfagent.ingest.points import CsvColumns, Point, decode_json
from perfagent.ingest.requests import MAX_ENDPOINTS, PHASE_OF, Requests, Series
from perfagent.ingest.tally import LONGEST
from perfagent.model.run import EndpointStats, GeneratorHealth, Run, Side

Format = Literal["json", "csv"]

COUNTERS = frozenset({"data_received", "data_sent", "iterations", "dropped_iterations"})
UNUSED = frozenset({"http_reqs", "checks", "group_duration", "iteration_duration", "vus"})
"""k6's own metrics that every run has and perfagent does not need."""
_BATCH = 1 << 20  # bytes; less would pay the fixed price of a scan too often, more leaves the cache
_LONGEST_LINE = 1 << 22
_CACHED_TAGS = 20_000  # sets of tags remembered, some 8 MiB; only unnamed URLs with ids in them come near it
_CLOCK_SLACK = 10**9  # ns; points of parallel VUs arrive a little out of order


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """So far, warm-up included. `seconds`: between the first point and the latest."""

    requests: int = 0
    failed: int = 0
    seconds: float = 0.0


class K6Stream:
    """Feed it what k6 writes (`--out json=-`, a file); `feed` and `progress` may be called from different threads.

    `warmup`: seconds at the start whose points are left out. `only_side`: what carries the other `side` tag, or none, is left out.
    Lines that k6 did not write as points are counted, never an error.
    """

    def __init__(self, format: Format = "json", *, warmup: float = 0.0, only_side: Side | None = None) -> None:
        self._format = format
        self._warmup = round(warmup * 1e9)
        self._only_side = only_side
        self._columns: CsvColumns | None = None
        self._pending = bytearray()
        self._lock = threading.Lock()
        self._requests = Requests()
        self._series: dict[tuple[object, ...], Series] = {}
        self._totals: dict[str, dict[str, float]] = {}
        self._odd = Odd()
        self._start: int | None = None
        self._latest = 0
        self._last = 0
        self._vus_max = 0
        self._failed = 0

    def feed(self, chunk: bytes | bytearray | memoryview) -> None:
        with self._lock:
            self._pending += chunk
            if len(self._pending) >= _BATCH:
                self._work()

    def progress(self) -> Progress:
        with self._lock:
            self._work()
            seconds = (self._latest - self._start) / 1e9 if self._start is not None else 0.0
            return Progress(requests=self._odd.durations, failed=self._failed, seconds=seconds)

    def note(self, text: str) -> None:
        """Something the reader of the file met, for `Run.notes`."""
        self._odd.remarks.append(text)

    def finish(self, *, side: Side = Side.BASELINE, round: int | None = None, scenario: str = "", id: str | None = None) -> Run:
        """The run. An output that carries both sides needs `only_side`, or `finish_sides`."""
        with self._lock:
            stats = self._finished()
            if self._only_side is None and set(Side) <= set(stats):
                raise InputError(
                    "the k6 output carries both sides (tag `side`), so it is not one run",
                    hint="read it once per side: only_side=Side.BASELINE, then only_side=Side.CANDIDATE",
                )
            sides = sorted(stats) if self._only_side is None else [self._only_side]
            return self._run(stats, sides, side=side, round=round, scenario=scenario, id=id)

    def finish_sides(self, *, round: int | None = None, scenario: str = "") -> dict[Side, Run]:
        """One run per side, of one k6 process whose requests carry the tag `side`."""
        with self._lock:
            stats = self._finished()
            return {s: self._run(stats, [s], side=s, round=round, scenario=scenario, id=None) for s in Side}

    def _finished(self) -> dict[str, tuple[EndpointStats, ...]]:
        self._work()
        if self._pending:
            last = bytes(self._pending)
            self._pending.clear()
            whole = self._odd.malformed
            self._line(last)
            if self._odd.malformed > whole:
                self._odd.malformed -= 1
                self._odd.cut_off = True
        return self._requests.stats()

    def _run(
        self,
        stats: dict[str, tuple[EndpointStats, ...]],
        sides: Sequence[str],
        *,
        side: Side,
        round: int | None,
        scenario: str,
        id: str | None,
    ) -> Run:
        endpoints = merge_endpoints([stats.get(s, ()) for s in sides])
        one_of_two = self._only_side is not None or (len(sides) == 1 and sides[0] != "")
        totals = self._summed(None if not one_of_two else sides)
        start = self._start or 0
        measured = sum(e.requests for e in endpoints)
        return Run(
            id=id if id is not None else f"{side}-{round if round is not None else 0}",
            side=side,
            round=round,
            scenario=scenario,
            endpoints=endpoints,
            started_at=datetime.fromtimestamp(start / 1e9, UTC) if self._start is not None else None,
            duration=max(0, self._latest - start - self._warmup) / 1e9,
            warmup=self._warmup / 1e9,
            bytes_received=totals.get("data_received"),
            bytes_sent=totals.get("data_sent"),
            health=GeneratorHealth(
                dropped=int(totals.get("dropped_iterations", 0)), iterations=int(totals.get("iterations", 0)), vus_max=self._vus_max
            ),
            problems=() if measured else (self._nothing(),),
            notes=self._notes(stats, sides),
        )

    def _summed(self, sides: Sequence[str] | None) -> dict[str, float]:
        """Counters of these sides (None: of all). Dropped iterations carry no side, so they tell against each."""
        totals: dict[str, float] = {}
        for key, sums in self._totals.items():
            for metric, value in sums.items():
                if sides is None or key in sides or metric == "dropped_iterations":
                    totals[metric] = totals.get(metric, 0.0) + value
        return totals

    def _nothing(self) -> str:
        if self._odd.warmup_requests:
            return f"all {self._odd.warmup_requests} requests lie in the warm-up of {self._warmup / 1e9:g} s"
        if self._only_side is not None and self._odd.durations:
            return f"no request carries the tag side={self._only_side}"
        return "no http request was measured"

    def _notes(self, stats: dict[str, tuple[EndpointStats, ...]], sides: Sequence[str]) -> tuple[str, ...]:
        names = {e.endpoint for s in sides for e in stats.get(s, ())}
        self._odd.without_side = sum(e.requests for s in stats if s == "" and s not in sides for e in stats[s])
        return notes(
            self._odd,
            grouped=self._requests.grouped & names,
            overflow=self._requests.overflow,
            kept=MAX_ENDPOINTS,
            warmup=self._warmup / 1e9,
        )

    def _work(self) -> None:
        end = self._pending.rfind(b"\n") + 1
        if not end:
            if len(self._pending) > _LONGEST_LINE:
                self._odd.malformed_line(bytes(self._pending[:200]))
                self._pending.clear()
            return
        lines = bytes(memoryview(self._pending)[:end])
        del self._pending[:end]
        for line in lines.split(b"\n"):
            if line:
                self._line(line)

    def _line(self, line: bytes) -> None:
        try:
            point = self._decoded(line)
        except ValueError:
            self._odd.malformed_line(line)
            return
        if point is not None:
            self._point(point)

    def _decoded(self, line: bytes) -> Point | None:
        if self._format == "csv":
            return self._decoded_csv(line)
        if not line.startswith(b"{"):
            at = line.find(b'{"metric":')
            if at < 0:
                self._odd.text_lines += bool(line.strip())
                return None
            line = line[at:]  # a log line that another writer began and k6 ended
        point = decode_json(line)
        if isinstance(point, str):
            if point != "Metric":
                self._odd.type(point)
            return None
        return point

    def _decoded_csv(self, line: bytes) -> Point | None:
        if self._columns is None or line.startswith(b"metric_name,"):
            self._columns = CsvColumns.of(line)
            return None
        return self._columns.decode(line)

    def _point(self, point: Point) -> None:
        if not math.isfinite(point.value):
            self._odd.not_numbers += 1
            return
        offset = self._offset(point.time)
        metric, measured = point.metric, offset >= self._warmup
        phase = PHASE_OF.get(metric)
        if phase is not None:
            self._sample(point, phase, offset, measured)
        elif metric == "http_req_failed":
            if measured:
                self._requests.reported(self._series_of(point), offset, point.value != 0)
        elif metric in COUNTERS:
            if measured:
                sums = self._totals.setdefault(self._requests.side(point.tags), {})
                sums[metric] = sums.get(metric, 0.0) + point.value
        elif metric == "vus_max":
            self._vus_max = max(self._vus_max, int(point.value))
        elif metric not in UNUSED:
            self._odd.metric(metric)
        self._odd.http_reqs += metric == "http_reqs"

    def _sample(self, point: Point, phase: int, offset: int, measured: bool) -> None:
        nanoseconds = round(point.value * 1e6)
        if not 0 <= nanoseconds <= LONGEST:
            self._odd.negative += nanoseconds < 0
            self._odd.too_long += nanoseconds > 0
            return
        series = self._series_of(point)
        if phase:
            if measured:
                self._requests.phase(series, phase, nanoseconds)
            return
        self._odd.durations += 1
        self._failed += series.failed_by_status if series.failed is None else series.failed
        if measured:
            self._requests.request(series, offset, nanoseconds)
        else:
            self._odd.warmup_requests += 1

    def _series_of(self, point: Point) -> Series:
        grpc = point.metric.startswith("grpc")
        key = (grpc, *point.tags.items())
        series = self._series.get(key)
        if series is None:
            if len(self._series) >= _CACHED_TAGS:
                self._series.clear()
            series = self._series[key] = self._requests.series(point.tags, grpc=grpc)
        return series

    def _offset(self, time: int) -> int:
        """Nanoseconds since the start; the time last seen for a point dated before it."""
        if self._start is None:
            self._start = self._latest = self._last = time
        if time < self._start - _CLOCK_SLACK:
            self._odd.before_start += 1
            time = self._latest
        elif time < self._latest - 10 * _CLOCK_SLACK and self._last >= self._latest - 10 * _CLOCK_SLACK:
            self._odd.clock_back += 1
        self._last = time
        self._latest = max(self._latest, time)
        return max(0, time - self._start)

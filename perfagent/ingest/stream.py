"""k6's raw output as a stream: fed in pieces of any size while k6 runs, finished into a Run (or one per side)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from perfagent.errors import InputError
from perfagent.ingest.lines import LineReader
from perfagent.ingest.measured import Measured
from perfagent.ingest.merge import merge_endpoints
from perfagent.ingest.notes import notes
from perfagent.ingest.requests import MAX_ENDPOINTS
from perfagent.model.run import EndpointStats, GeneratorHealth, Run, Side

_Stats = dict[str, tuple[EndpointStats, ...]]


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

    def __init__(self, format: Literal["json", "csv"] = "json", *, warmup: float = 0.0, only_side: Side | None = None) -> None:
        self._only_side = only_side
        self._measured = Measured(round(warmup * 1e9))
        self._lines = LineReader(format, self._measured)
        self._lock = threading.Lock()

    def feed(self, chunk: bytes) -> None:
        with self._lock:
            self._lines.feed(chunk)

    def progress(self) -> Progress:
        with self._lock:
            self._lines.catch_up()
            seen = self._measured
            return Progress(requests=seen.odd.requests, failed=seen.failed, seconds=seen.timeline.length / 1e9)

    def note(self, text: str) -> None:
        """Something that the reader of the file met, for `Run.notes`."""
        self._measured.odd.remarks.append(text)

    def finish(self, *, side: Side = Side.BASELINE, round: int | None = None, scenario: str = "", id: str | None = None) -> Run:
        """The run. An output that carries both sides needs `only_side`, or `finish_sides`. Nothing may be fed afterwards."""
        with self._lock:
            self._lines.end()
            stats = self._measured.requests.stats()
            if self._only_side is not None:
                return self._run(stats, [self._only_side], side=side, round=round, scenario=scenario, id=id)
            if set(Side) <= set(stats):
                raise InputError(
                    "the k6 output carries both sides (tag `side`), so it is not one run",
                    hint="read it once per side: only_side=Side.BASELINE, then only_side=Side.CANDIDATE",
                )
            return self._run(stats, ["", *Side], side=side, round=round, scenario=scenario, id=id)

    def finish_sides(self, *, round: int | None = None, scenario: str = "") -> dict[Side, Run]:
        """One run per side, of one k6 process whose requests carry the tag `side`."""
        with self._lock:
            self._lines.end()
            stats = self._measured.requests.stats()
            return {side: self._run(stats, [side], side=side, round=round, scenario=scenario, id=None) for side in Side}

    def _run(self, stats: _Stats, sides: Sequence[str], *, side: Side, round: int | None, scenario: str, id: str | None) -> Run:
        """Of what carries one of these values of the tag `side`."""
        measured = self._measured
        endpoints = merge_endpoints([stats.get(s, ()) for s in sides])
        counters = self._counters(sides)
        start = measured.timeline.start
        return Run(
            id=id if id is not None else f"{side}-{round if round is not None else 0}",
            side=side,
            round=round,
            scenario=scenario,
            endpoints=endpoints,
            started_at=datetime.fromtimestamp(start / 1e9, UTC) if start is not None else None,
            duration=max(0, measured.timeline.length - measured.warmup) / 1e9,
            warmup=measured.warmup / 1e9,
            bytes_received=counters.get("data_received"),
            bytes_sent=counters.get("data_sent"),
            health=GeneratorHealth(
                dropped=int(counters.get("dropped_iterations", 0)),
                iterations=int(counters.get("iterations", 0)),
                vus_max=measured.vus_max,
            ),
            problems=() if any(e.requests for e in endpoints) else (self._nothing(),),
            notes=self._notes(stats, sides),
        )

    def _counters(self, sides: Sequence[str]) -> dict[str, float]:
        """Dropped iterations carry no side, so they tell against each."""
        out: dict[str, float] = {}
        for side, sums in self._measured.counters.items():
            for metric, value in sums.items():
                if side in sides or (side == "" and metric == "dropped_iterations"):
                    out[metric] = out.get(metric, 0.0) + value
        return out

    def _nothing(self) -> str:
        odd = self._measured.odd
        if odd.requests and odd.warmup_requests == odd.requests:
            return f"all {odd.requests:,} requests lie in the warm-up of {self._measured.warmup / 1e9:g} s"
        if odd.requests:
            return f"none of {odd.requests:,} requests carries the wanted tag `side`"
        return "no http request was measured"

    def _notes(self, stats: _Stats, sides: Sequence[str]) -> tuple[str, ...]:
        requests = self._measured.requests
        names = {e.endpoint for s in sides for e in stats.get(s, ())}
        without_side = sum(e.requests for e in stats.get("", ())) if "" not in sides else 0
        return notes(
            self._measured.odd,
            grouped=requests.grouped & names,
            overflow=requests.overflow,
            kept=MAX_ENDPOINTS,
            cells_full=requests.cells_full,
            without_side=without_side,
            warmup=self._measured.warmup / 1e9,
        )

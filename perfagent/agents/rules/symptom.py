"""The shape of a slowdown: which endpoints, which phase, how evenly, with how many bytes and errors."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from perfagent.model.comparison import Comparison, Row, RowVerdict

LATENCY = ("p95", "p99", "p90", "mean", "avg", "p50", "med", "median", "max")
PHASES = ("waiting", "connecting", "tls", "receiving", "sending", "blocked")
_LEAST = math.log(1.08)  # below this an endpoint is not called slower when no verdict says so
_SHARE_OF_WORST = 0.3  # on the log scale, of the slowest endpoint
_IDLE_PATHS = re.compile(r"health|ready|live|ping|status|version|metrics|static|favicon|robots", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """`slowdown` is the log ratio of each endpoint's latency; `affected` is sorted, worst first; `weight` is 1 for the worst."""

    slowdown: Mapping[str, float]
    affected: tuple[str, ...]
    weight: Mapping[str, float]
    phases: Mapping[str, float] = field(default_factory=dict)
    bytes_ratio: float | None = None
    error_increase: float = 0.0
    throughput_ratio: float | None = None
    rows: Mapping[str, Row] = field(default_factory=dict)
    """The row that shows each affected endpoint's slowdown."""

    @property
    def unaffected(self) -> tuple[str, ...]:
        return tuple(name for name in self.slowdown if name not in self.weight)

    @property
    def share(self) -> float:
        return len(self.affected) / len(self.slowdown) if self.slowdown else 0.0

    @property
    def everywhere(self) -> bool:
        """All endpoints are slower, and there are enough of them for that to mean something."""
        return len(self.slowdown) >= 3 and self.share >= 0.85

    @property
    def even(self) -> bool:
        """All endpoints are slower by about the same factor, as when the machine, not the code, is slower."""
        values = [self.slowdown[name] for name in self.affected]
        return self.everywhere and max(values) - min(values) < 0.35 * max(values)

    @property
    def idle_endpoints_hit(self) -> bool:
        """Endpoints that do nothing (health checks, static files) are slower too."""
        return any(_IDLE_PATHS.search(name) for name in self.affected)

    @property
    def only_connecting(self) -> bool:
        """Connections take longer, the service itself does not."""
        waiting = self.phases.get("waiting")
        network = max(self.phases.get("connecting", 0.0), self.phases.get("tls", 0.0), self.phases.get("blocked", 0.0))
        return waiting is not None and waiting < _LEAST and network > 0.3


def read_symptom(comparison: Comparison) -> Symptom:
    by_endpoint: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in comparison.rows:
        by_endpoint[row.endpoint][row.metric.lower()] = row
    slowdown: dict[str, float] = {}
    rows: dict[str, Row] = {}
    named: set[str] = set()
    for name, metrics in by_endpoint.items():
        worst = _latency(metrics)
        if worst is not None:
            slowdown[name], rows[name] = worst
        if any(row.row_verdict is RowVerdict.REGRESSION for row in metrics.values()):
            named.add(name)
    if len(slowdown) > 2:  # totals over all endpoints are no endpoint
        for total in [n for n in slowdown if re.fullmatch(r"\*|all|total|overall|aggregate[d]?|__all__|http_req\w*", n.strip().lower())]:
            del slowdown[total], rows[total]
            named.discard(total)
    affected = _affected(slowdown, by_endpoint, named)
    worst_value = max((slowdown.get(name, 0.0) for name in affected), default=0.0)
    weight = {name: max(0.2, slowdown.get(name, 0.0) / worst_value) if worst_value > 0 else 1.0 for name in affected}
    return Symptom(
        slowdown=slowdown,
        affected=affected,
        weight=weight,
        phases={phase: value for phase in PHASES if (value := _phase(by_endpoint, affected, phase)) is not None},
        bytes_ratio=_bytes(by_endpoint, affected),
        error_increase=max((_difference(by_endpoint[name].get("error_rate")) for name in by_endpoint), default=0.0),
        throughput_ratio=_throughput(by_endpoint),
        rows={name: rows[name] for name in affected if name in rows},
    )


def log_ratio(row: Row | None) -> float | None:
    """None where a side is missing or not positive."""
    if row is None:
        return None
    if row.baseline is not None and row.candidate is not None and row.baseline > 0 and row.candidate > 0:
        return math.log(row.candidate / row.baseline)
    return math.log1p(row.effect) if row.effect is not None and row.effect > -1 else None


def _latency(metrics: Mapping[str, Row]) -> tuple[float, Row] | None:
    """The first of p95, p99, … whose ratio is known; the largest of the three most usual, since a defect may show in one only."""
    known = [(value, metrics[m]) for m in LATENCY if (value := log_ratio(metrics.get(m))) is not None]
    if not known:
        named = [r for name, r in metrics.items() if re.search(r"duration|latency|response_time|waiting|_ms$|time", name)]
        known = [(value, row) for row in named if (value := log_ratio(row)) is not None]
    if not known:
        return None
    return max(known[:3], key=lambda item: item[0])


def _affected(slowdown: Mapping[str, float], rows: Mapping[str, Mapping[str, Row]], named: set[str]) -> tuple[str, ...]:
    worst = max(slowdown.values(), default=0.0)
    bar = max(_LEAST, _SHARE_OF_WORST * worst)
    chosen = {name for name, value in slowdown.items() if value >= bar} | {n for n in named if slowdown.get(n, _LEAST) >= 0.5 * bar}
    if not chosen:  # no latency moved: errors or bytes may have
        chosen = {name for name, metrics in rows.items() if _difference(metrics.get("error_rate")) > 0.01}
        chosen |= {name for name, metrics in rows.items() if (log_ratio(metrics.get("bytes_received")) or 0.0) > 0.3}
    return tuple(sorted(chosen, key=lambda name: (-slowdown.get(name, 0.0), name)))


def _phase(rows: Mapping[str, Mapping[str, Row]], affected: tuple[str, ...], phase: str) -> float | None:
    values = [
        v for name in affected for metric, row in rows[name].items() if metric.startswith(phase) and (v := log_ratio(row)) is not None
    ]
    return median(values) if values else None


def _bytes(rows: Mapping[str, Mapping[str, Row]], affected: tuple[str, ...]) -> float | None:
    values = [
        v
        for name in affected
        for metric, row in rows[name].items()
        if metric in ("bytes_received", "data_received", "response_size", "bytes") and (v := log_ratio(row)) is not None
    ]
    return math.exp(max(values)) if values else None


def _throughput(rows: Mapping[str, Mapping[str, Row]]) -> float | None:
    values = [
        v
        for metrics in rows.values()
        for metric, row in metrics.items()
        if metric in ("throughput", "rps") and (v := log_ratio(row)) is not None
    ]
    return math.exp(median(values)) if values else None


def _difference(row: Row | None) -> float:
    return row.candidate - row.baseline if row is not None and row.candidate is not None and row.baseline is not None else 0.0

"""What the monitoring says, whatever the backend calls it: each item's name is read for what it measures, its numbers for which way it went."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from perfagent.model.evidence import Evidence

_MOVED = 1.2  # a factor below this is noise in most monitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """`strength` in [0, 1] by factor; `evidence` are the ids that showed it; `words` are names and texts that moved, for the word match."""

    strength: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    def __getitem__(self, factor: str) -> float:
        return self.strength.get(factor, 0.0)

    @property
    def any(self) -> bool:
        return bool(self.strength)


# factor, what its names look like, and which way it must have moved: up, down, or high (a level that is bad by itself).
_FACTORS: tuple[tuple[str, str, str], ...] = (
    ("drift", r"drift|own.history|vs.?history|base(?:line)?.{0,20}(?:history|previous|earlier|last.runs|yesterday)|a/a|control.run|reference.run|fresh.base", "up"),
    ("host", r"steal|noisy|neighbou?r|node.?(?:cpu|load|pressure|memory)|host.?(?:cpu|load)|psi|pressure|iowait|io.wait|disk.?(?:latency|await|util)|swap|page.?fault|clock|cpu.?freq|mhz|turbo|thermal|evict|preempt|spot|reschedul|hypervisor|live.migration", "up"),
    ("host", r"cpu.?freq|mhz|burst.?(?:credit|balance)|credits?", "down"),
    ("throttle", r"throttl|cfs", "up"),
    ("network", r"retrans|packet.?loss|dropped.packets|rtt|ping|jitter|dns|network.?latency|connect(?:ing|ion).?time|tls.?handshake|bandwidth", "up"),
    ("generator", r"(?:generator|k6|injector|load.gen\w*).{0,20}(?:cpu|starv|load|memory)|vu.?starv|cpu.{0,10}(?:generator|k6)", "high"),
    ("upstream_calls", r"(?:external|upstream|outbound|downstream|http.?client|api).{0,24}(?:calls?|requests?|count|rate)(?!.{0,10}(?:time|duration|latency))", "up"),
    ("upstream", r"(?:external|upstream|outbound|downstream|third.?party|provider|partner|gateway|vendor|dependency|remote|s3|stripe|payment.api).{0,30}(?:time|latency|duration|p9\d|ms|seconds)", "up"),
    ("database_busy", r"vacuum|backup|replica(?:tion)?.?lag|checkpoint|failover|maintenance|(?:db|database|postgres|mysql|rds).{0,12}(?:cpu|load|iops)|other.tenant|buffer.?cache.?hit", "up"),
    ("queries", r"(?:quer(?:y|ies)|statements?|sql|selects?|db.?calls?|db.?ops|round.?trips?|commands?|redis.?calls|cache.?calls|find.ops|spans?)(?!.{0,24}(?:time|duration|latency|seconds|ms\b|wait|p9\d|mean))", "up"),
    ("query_time", r"(?:quer(?:y|ies)|statements?|sql|db|database|postgres|mysql|mongo)\w*.{0,24}(?:time|duration|latency|seconds|ms\b|p9\d|mean|slow)|slow.?quer", "up"),
    ("rows", r"rows?.{0,12}(?:read|scan|examin|fetch|return)|seq.?scans?|full.?scans?|tup.?(?:read|fetch|return)|docs?.?examined|blks?.?read|idx.?scan.?miss|table.?scan|sequential", "up"),
    ("rows", r"idx.?scan|index.?(?:scan|hit|usage)", "down"),
    ("pool", r"pool.{0,24}(?:wait|pend|queue|acqui|timeout|exhaust|usage|utili|in.?use|active|checked.?out)|(?:wait|pend|acqui)\w*.{0,20}(?:connection|pool)|pending.?(?:acquires?|connections?)|connections?.?(?:pending|waiting|acquir\w*)|connection.?wait|hikari.?pending|checkout|queue.?(?:time|depth|length|size)|backlog|saturat|waiting.?(?:threads|requests)|listen.?overflow", "up"),
    ("pool_smaller", r"(?:pool|worker|thread|connection|replica|process)s?.{0,16}(?:size|max|total|limit|count|available)|replicas|workers", "down"),
    ("cache", r"cache.{0,20}(?:hit|ratio)|hit.?(?:rate|ratio)", "down"),
    ("cache", r"cache.{0,20}(?:miss|evict)|miss.?(?:rate|ratio)|origin.?(?:fetch|requests)", "up"),
    ("loop_lag", r"event.?loop|loop.?(?:lag|delay)|blocked.?loop|scheduler.?lag|executor.?queue|threadpool.?queue", "up"),
    ("lock", r"lock.?(?:wait|time|contention|held)|contention|mutex|deadlock|blocked.?(?:thread|session)s?|row.?lock|wait.?event|monitor.?wait", "up"),
    ("gc", r"\bgc\b|gc.?(?:pause|time|count)|garbage|alloc|heap|gen.?2", "up"),
    ("memory", r"memory|rss|working.?set|resident", "up"),
    ("retries", r"retr(?:y|ies)|attempts?|backoff", "up"),
    ("threads", r"threads?|goroutines?|active.?workers|in.?flight|concurren", "up"),
    ("files", r"open.?files?|fds?\b|sockets?|new.?connections|connections?.?(?:opened|created|established|per)|connects?\b", "up"),
    ("bytes", r"bytes|response.?size|payload|network.?(?:out|transmit|egress)", "up"),
    ("logs", r"log.?(?:lines|volume|rate|bytes)|disk.?writes?|written", "up"),
    ("cpu", r"cpu", "up"),
    ("cpu_idle", r"cpu", "down"),
)  # fmt: skip
_COMPILED = tuple((factor, re.compile(pattern, re.IGNORECASE), way) for factor, pattern, way in _FACTORS)
_TEXT_FACTORS = tuple(
    (factor, re.compile(pattern, re.IGNORECASE))
    for factor, pattern in (
        ("host", r"cpu steal|noisy neighbou?r|node (?:not ?ready|pressure|drain)|evicted|preempt|spot (?:instance|termination)|live.?migrat|thermal|burst credits?|oomkill|disk full|hypervisor"),
        ("network", r"packet loss|retransmi|dns (?:timeout|resolution)|network (?:unreachable|partition|latency)|connection reset by peer"),
        ("database_busy", r"autovacuum|backup (?:started|running|in progress)|replication lag|checkpoints? are occurring|failover|maintenance window"),
        ("generator", r"insufficient vus|load generator.{0,20}(?:overload|starv|saturat|cpu)|request rate.{0,20}not reached"),
        ("upstream", r"(?:third.party|upstream|provider|partner).{0,40}(?:slow|degraded|latency|timeout|incident|outage)"),
        ("drift", r"base(?:line)?.{0,40}(?:slower|drift|differs?).{0,40}(?:history|usual|normal|earlier|previous)"),
        ("pool", r"(?:queuepool|pool).{0,30}(?:limit|exhaust|timeout|timed out|overflow)|too many connections|connection is not available|remaining connection slots|timed? ?out.{0,20}(?:acquir|waiting for).{0,20}connection|waiting for (?:a )?(?:free )?(?:connection|worker)"),
        ("throttle", r"throttl"),
        ("loop_lag", r"executing .{0,80} took \d|event loop.{0,20}(?:block|lag|slow)|blocked the event loop"),
        ("rows", r"seq scan|full table scan|collscan|sequential scan|using filesort|rows_examined|no index used"),
        ("lock", r"lock wait|deadlock|could not obtain lock|waiting for (?:\w+ )?lock"),
        ("queries", r"n\+1|repeated (?:query|statement|span)|(?:query|select).{0,40}\b(?:[2-9]\d|\d{3,})\s*(?:x|times)"),
        ("retries", r"retry(?:ing)?\b|attempt \d"),
        ("cache", r"cache miss|cache (?:disabled|bypass)"),
    )
)  # fmt: skip


def read_signals(evidence: Iterable[Evidence]) -> Signals:
    strength: dict[str, float] = {}
    ids: dict[str, list[str]] = {}
    words: list[str] = []

    def note(factor: str, value: float, item: Evidence) -> None:
        strength[factor] = max(strength.get(factor, 0.0), min(1.0, value))
        ids.setdefault(factor, []).append(item.id)

    for item in evidence:
        if item.source in ("git", "diff"):
            continue
        name = f"{item.name} {item.query or ''}".replace("_", " ")
        before, after = mean_of(item.baseline), mean_of(item.candidate)
        if before is not None or after is not None:
            factor, value = _by_numbers(name, before, after, item.unit)
            if factor is not None:
                note(factor, value, item)
                words.append(f"{item.name} {item.endpoint or ''} {item.text or ''}")
        if item.text:
            for factor, pattern in _TEXT_FACTORS:
                if pattern.search(item.text):
                    note(factor, 0.7, item)
            if before is None or after is None or after > before:
                words.append(item.text[:2000])
    return Signals(strength=strength, evidence={f: tuple(dict.fromkeys(v)) for f, v in ids.items()}, words=tuple(words))


def mean_of(value: float | tuple[float | None, ...] | None) -> float | None:
    if value is None or isinstance(value, int | float):
        return None if value is None else float(value)
    numbers = [v for v in value if v is not None]
    return fmean(numbers) if numbers else None


def _by_numbers(name: str, before: float | None, after: float | None, unit: str | None) -> tuple[str | None, float]:
    for factor, pattern, way in _COMPILED:
        if not pattern.search(name):
            continue
        value = _level(before, after, unit) if way == "high" else _moved(before, after, way)
        if value > 0:
            return factor, value
    return None, 0.0


def _moved(before: float | None, after: float | None, way: str) -> float:
    if before is None or after is None:
        return 0.0
    if way == "down":
        before, after = after, before
    if after <= 0 or before < 0:
        return 0.0
    if before < 1e-9:
        return 0.8 if after > 0.01 else 0.0
    ratio = after / before
    return 0.0 if ratio < _MOVED else min(1.0, 0.4 + (ratio - _MOVED) / 2)


def _level(before: float | None, after: float | None, unit: str | None) -> float:
    """The load generator's own CPU: near a whole core (or 100 %) it no longer measures the service."""
    level = max(before or 0.0, after or 0.0)
    if unit in ("%", "percent") or 2.0 < level <= 100:
        level /= 100
    return 0.9 if level >= 0.85 else 0.0

"""How well a kind of cause fits the measured symptom: more than 1 when monitoring shows just that, less when it shows something else."""

from __future__ import annotations

from perfagent.agents.rules.matching import Match
from perfagent.agents.rules.patterns import Family
from perfagent.agents.rules.signals import Signals
from perfagent.agents.rules.symptom import Symptom

# The factors of signals.py that each family of causes moves.
SHOWN_BY: dict[Family, tuple[str, ...]] = {
    Family.QUERY_LOOP: ("queries", "upstream_calls", "pool", "files"),
    Family.ORM_LOADING: ("queries", "rows", "query_time"),
    Family.LOST_INDEX: ("query_time", "rows", "database_busy"),
    Family.SQL: ("query_time", "rows", "database_busy"),
    Family.FULL_LOAD: ("rows", "memory", "gc", "bytes", "query_time"),
    Family.LOST_CACHE: ("cache", "queries", "upstream_calls", "cpu"),
    Family.BLOCKING: ("loop_lag", "cpu_idle", "threads"),
    Family.SLEEP: ("cpu_idle", "threads", "loop_lag"),
    Family.QUADRATIC: ("cpu", "loop_lag", "gc"),
    Family.COMPUTE: ("cpu", "gc", "loop_lag", "memory"),
    Family.SEQUENTIAL: ("cpu_idle", "threads"),
    Family.LOST_BATCH: ("queries", "upstream_calls", "files"),
    Family.CLIENT: ("files", "pool", "network", "memory"),
    Family.PAYLOAD: ("bytes", "cpu", "memory", "gc"),
    Family.COMPRESSION: ("bytes", "cpu"),
    Family.LOCK: ("lock", "threads", "cpu_idle", "pool"),
    Family.TRANSACTION: ("lock", "queries", "query_time", "pool"),
    Family.RETRY: ("retries", "upstream_calls"),
    Family.LOGGING: ("logs", "cpu"),
    Family.MIDDLEWARE: ("cpu",),
    Family.GUARD: ("queries", "cpu"),
    Family.CALL: ("queries", "upstream_calls", "query_time", "files"),
}
_SETTING_SHOWN_BY = {
    "pool": ("pool", "pool_smaller", "cpu_idle", "threads", "lock"),
    "cpu": ("throttle", "cpu"),
    "memory": ("gc", "memory", "host"),
    "cache": ("cache", "queries", "upstream_calls"),
    "network": ("network", "files", "pool"),
    "payload": ("bytes", "cpu"),
    "logging": ("logs", "cpu"),
    "limit": ("pool", "retries", "threads"),
    "database": ("query_time", "rows", "queries", "database_busy"),
    "other": (),
}
_LOCAL = (
    Family.LOST_INDEX,
    Family.QUERY_LOOP,
    Family.ORM_LOADING,
    Family.SQL,
    Family.FULL_LOAD,
    Family.LOST_BATCH,
    Family.QUADRATIC,
    Family.GUARD,
)
# Signals that name their cause so clearly that what they do not fit becomes unlikely.
_TELLING = ("queries", "upstream_calls", "pool", "pool_smaller", "cache", "loop_lag", "lock", "rows", "retries", "throttle", "logs")


def affinity(match: Match, symptom: Symptom, signals: Signals) -> float:
    """A factor on a match's weight, about 0.3 to 1.6."""
    factors = _SETTING_SHOWN_BY.get(match.factor or "other", ()) if match.family is Family.SETTING else SHOWN_BY.get(match.family, ())
    out = 1.0
    shown = max((signals[f] for f in factors), default=0.0)
    if shown:
        out *= 1.0 + 0.4 * shown
    elif factors and any(signals[f] for f in _TELLING):
        out *= 0.75
    if match.family in (Family.PAYLOAD, Family.COMPRESSION) or match.factor == "payload":
        out *= _by_bytes(symptom)
    elif match.family is Family.FULL_LOAD and symptom.bytes_ratio is not None and symptom.bytes_ratio > 1.3:
        out *= 1.3
    if match.factor in ("limit",) and symptom.error_increase > 0.02:
        out *= 1.3
    if symptom.even and match.family in _LOCAL and not shown:
        out *= 0.7  # what slows one query does not slow every endpoint alike
    if match.family is Family.SETTING:
        out *= _by_breadth(match, symptom)
    if match.family in (Family.MIDDLEWARE, Family.LOGGING):
        out *= 1.4 if symptom.everywhere else 0.8
    if match.family is Family.CALL and symptom.everywhere:
        out *= 1.3
    return out


def _by_bytes(symptom: Symptom) -> float:
    if symptom.bytes_ratio is None:
        return 1.0
    return 1.5 if symptom.bytes_ratio > 1.2 else (0.4 if symptom.bytes_ratio < 1.05 else 0.9)


def _by_breadth(match: Match, symptom: Symptom) -> float:
    """A pool, a processor or a switch is shared by all endpoints; one slow endpoint among many speaks against it."""
    if symptom.everywhere or len(symptom.slowdown) < 3:
        return 1.08
    if symptom.share >= 0.5:
        return 1.0
    return 0.92 if match.factor in ("cache", "payload", "database", "other") else 0.75

"""Service level objectives: `"GET /cart p95": 300ms` is an endpoint, a metric and its limit; `p95: 300ms` speaks of all requests."""

from __future__ import annotations

from dataclasses import dataclass

from perfagent.config.quantities import parse_bytes, parse_duration, parse_fraction, parse_rate
from perfagent.config.suggestions import did_you_mean

METRIC_NAMES = (
    "mean",
    "p50",
    "p95",
    "p99",
    "waiting_p95",
    "connecting_p95",
    "tls_p95",
    "receiving_p95",
    "error_rate",
    "throughput",
    "bytes_received",
)
ALL_REQUESTS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """`endpoint` is `*` for all requests together. `limit` in the metric's base unit (seconds, a fraction, requests per second, bytes):
    the most that is allowed, but for `throughput` the least."""

    endpoint: str
    metric: str
    limit: float


def is_metric(name: str) -> bool:
    return name in METRIC_NAMES


def parse_objective(key: str, limit: object) -> Objective:
    """Raises ValueError saying what the key or the limit should look like."""
    endpoint, _, metric = key.strip().rpartition(" ")
    if not is_metric(metric):
        raise ValueError(
            f'{key!r} does not end with a metric{did_you_mean(metric, METRIC_NAMES)}; write for example "GET /cart p95": 300ms'
        )
    if metric == "error_rate":
        value = parse_fraction(limit)
    elif metric == "throughput":
        value = parse_rate(limit)
    elif metric == "bytes_received":
        value = parse_bytes(limit)
    else:
        value = parse_duration(limit, unit_needed=True)
    return Objective(endpoint=endpoint.strip() or ALL_REQUESTS, metric=metric, limit=value)

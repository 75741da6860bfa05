"""What the gate is asked to hold: limits, error rate of the gate itself, and the plan of rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LATENCY_METRICS = ("mean", "p50", "p95", "p99", "waiting_p95", "connecting_p95", "tls_p95", "receiving_p95")
METRICS = (*LATENCY_METRICS, "error_rate", "throughput", "bytes_received")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """The policy that a comparison is judged by.

    - `max_regression`: a slower row blocks when its effect is at least this fraction (0.10 = 10 %) *and* significant; 0 makes the gate a
      pure detector of change.
    - `alpha`: how often an unchanged candidate may be called slower, over all rows and all looks together.
    - `metrics`: what may block. With `widen` (default) the level of all requests and of each endpoint (`mean`), the tail (`p99`) and, under
      an open model, `throughput` are watched too, within the same alpha: few samples show a change of level long before one of p95.
    - `endpoint_limits`: own limits, by `"GET /cart"` or `"GET /cart p99"`.
    - `slo`: absolute limits of the candidate in base units, by `"p95"` (all requests together), `"GET /cart p95"`, `"error_rate"`.
    - `min_latency_effect` (s) and `min_error_increase` (fraction of requests): smaller changes never block, however significant.
    - `min_rounds`, `max_rounds`: the plan of a run that looks after each round from `min_rounds` on and may stop early; alpha is spread
      over its looks. `max_rounds=None`: one look at a fixed number of rounds.
    """

    max_regression: float = 0.10
    alpha: float = 0.01
    metrics: tuple[str, ...] = ("p95", "error_rate")
    widen: bool = True
    endpoint_limits: Mapping[str, float] = field(default_factory=dict)
    slo: Mapping[str, float] = field(default_factory=dict)
    min_latency_effect: float = 0.0
    min_error_increase: float = 0.001
    min_rounds: int = 2
    max_rounds: int | None = None

    def __post_init__(self) -> None:
        mistakes = []
        if not 0 <= self.max_regression < 100:
            mistakes.append(f"max_regression={self.max_regression!r} must be a fraction >= 0, for instance 0.10 for 10 %")
        if not 0 < self.alpha < 0.5:
            mistakes.append(f"alpha={self.alpha!r} must lie between 0 and 0.5, for instance 0.01 for 99 % confidence")
        if unknown := [m for m in self.metrics if m not in METRICS]:
            mistakes.append(f"metrics: {', '.join(map(repr, unknown))} not known; known are {', '.join(METRICS)}")
        if self.min_rounds < 1 or (self.max_rounds is not None and self.max_rounds < self.min_rounds):
            mistakes.append(f"min_rounds={self.min_rounds!r}, max_rounds={self.max_rounds!r}: need 1 <= min_rounds <= max_rounds")
        mistakes += [f"{name} must not be negative" for name in ("min_latency_effect", "min_error_increase") if getattr(self, name) < 0]
        mistakes += [
            f"slo {key!r} names no metric at its end; known are {', '.join(METRICS)}" for key in self.slo if split_key(key)[1] is None
        ]
        mistakes += [
            f"endpoint_limits {key!r}: {value!r} must be a fraction >= 0" for key, value in self.endpoint_limits.items() if value < 0
        ]
        if mistakes:
            raise ValueError("; ".join(mistakes))

    @property
    def gated(self) -> tuple[str, ...]:
        """The metrics that may block, watched ones included."""
        extra = ("mean", "p99", "throughput") if self.widen else ()
        return tuple(dict.fromkeys((*self.metrics, *extra)))

    def limit(self, endpoint: str, metric: str) -> float:
        """The relative limit of a row: the most particular one that is given."""
        for key in (f"{endpoint} {metric}", endpoint):
            if key in self.endpoint_limits:
                return self.endpoint_limits[key]
        return self.max_regression

    def absolute_limit(self, endpoint: str, metric: str) -> float | None:
        """The SLO of a row in base units, if there is one; `"p95"` alone speaks of all requests together (endpoint `*`)."""
        for key, value in self.slo.items():
            wanted, of = split_key(key)
            if of == metric and wanted == endpoint:
                return value
        return None


def split_key(key: str) -> tuple[str, str | None]:
    """`"GET /cart p95"` is endpoint and metric; `"p95"` alone is of all endpoints (`*`); no metric at the end: None."""
    head, _, last = key.strip().rpartition(" ")
    return (head.strip() or "*", last) if last in METRICS else (key, None)

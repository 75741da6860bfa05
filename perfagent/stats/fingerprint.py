"""Where and how a run was made as a vector of fixed length: near vectors are runs made under like conditions, with like latencies.

Names (machines, endpoints) are hashed into a few dimensions with a sign, so that any number of them fits and nothing must be known
beforehand ("feature hashing", Weinberger et al., ICML 2009). The distance is Euclidean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from hashlib import blake2b

from perfagent.model.run import EndpointStats, Run

DIMENSIONS = 64
VERSION = 1
"""Of the layout; vectors of different versions must not meet in one index."""

_LOAD = 4
_ENVIRONMENT = 20
_ENDPOINTS = DIMENSIONS - _LOAD - _ENVIRONMENT
_MACHINE_WEIGHT = 4.0  # another machine counts as much as latencies that are four octaves (16 times) apart
_TARGET_WEIGHT = 1.0


def fingerprint(run: Run) -> tuple[float, ...]:
    """`DIMENSIONS` finite numbers; latencies and rates on a log2 scale, so that twice as slow is one apart whatever the unit."""
    return (*_load(run), *_environment(run), *_endpoints(run.endpoints))


def centre(vectors: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    """The mean of the vectors of one job's runs."""
    return tuple(math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True))


def comparable(run: Run) -> tuple[str, str, str]:
    """What must be equal before two runs are compared at all: the scenario, k6's major version and the load options."""
    environment = run.environment
    return environment.scenario_hash, k6_major(environment.k6_version), environment.options_hash


def k6_major(version: str) -> str:
    """`2` of `v2.2.0`; empty where the version is not known."""
    return version.strip().lstrip("v").partition(".")[0]


def _load(run: Run) -> tuple[float, ...]:
    rate = run.requests / run.duration if run.duration > 0 else 0.0
    return math.log2(1 + rate), math.log2(1 + run.health.vus_max), math.log2(1 + len(run.endpoints)), float(run.open_model is True)


def _environment(run: Run) -> list[float]:
    out = [0.0] * _ENVIRONMENT
    environment = run.environment
    named = (("machine", environment.machine, _MACHINE_WEIGHT), ("cpu", environment.cpu, _MACHINE_WEIGHT))
    for kind, value, weight in (*named, ("target", environment.target, _TARGET_WEIGHT)):
        if value:
            at, sign = _hashed(f"{kind}={value}", _ENVIRONMENT - 1)
            out[at] += sign * weight
    out[-1] = math.log2(1 + environment.cores)
    return out


def _endpoints(endpoints: Sequence[EndpointStats]) -> list[float]:
    """Octaves above a tenth of a millisecond of each endpoint's median and p95; scaled so that the number of endpoints does not matter."""
    out = [0.0] * _ENDPOINTS
    for stats in endpoints:
        duration = stats.timings.get("duration")
        if duration is None or not duration.count:
            continue
        for quantile in (0.5, 0.95):
            at, sign = _hashed(f"{stats.endpoint} {quantile}", _ENDPOINTS)
            out[at] += sign * math.log2(1 + duration.quantile(quantile) / 1e-4)
    scale = math.sqrt(2 * len(endpoints)) or 1.0
    return [value / scale for value in out]


def _hashed(text: str, dimensions: int) -> tuple[int, float]:
    number = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return (number >> 1) % dimensions, 1.0 if number & 1 else -1.0

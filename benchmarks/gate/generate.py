"""Runs with known truth, as unkind as CI: hosts that differ, load waves, endpoints with their own noise, slow hosts, drift, heavy tails.

log(duration) = endpoint + host of the run + endpoint in this run + wave(time) + request noise + effect. In duet mode both sides share host,
endpoint noise and wave, and differ by a residual of a few percent; in turns they share the round's host only, and the second place costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from perfagent.model.comparison import Mode
from perfagent.model.run import CELL_SECONDS, Cell, EndpointStats, Run, Side
from perfagent.model.sketch import Sketch

_START = datetime(2026, 1, 5, tzinfo=UTC)
_SHIFT = 45  # bins of the sketch: the top 19 bits of a double


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Noise as standard deviations of logs; times in seconds; `rate` in requests per second."""

    name: str
    mode: Mode
    host: float = 0.06
    endpoint: float = 0.03
    residual: float = 0.02
    residual_endpoint: float = 0.015
    second: float = 0.0
    wave: float = 0.10
    wave_seconds: float = 15.0
    residual_wave: float = 0.04
    spread: float = 0.5
    heavy: bool = False
    slow_share: float = 0.0
    slow_size: float = 0.35
    drift: float = 0.0
    endpoints: int = 8
    rate: float = 25.0
    duration: float = 60.0
    runs: tuple[int, int] = (6, 6)
    """Fewest and most baseline runs (history), or rounds."""
    candidates: int = 1
    error_rate: float = 0.001
    burst: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the candidate does: `kind` is everything, one, tail, errors or nothing; `size` relative (errors: the new rate)."""

    kind: str = "nothing"
    size: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Case:
    baseline: tuple[Run, ...]
    candidate: tuple[Run, ...]


def generate(scenario: Scenario, change: Change, rng: np.random.Generator) -> Case:
    k = scenario.endpoints
    service = _Service(
        base=np.log(0.02) + rng.normal(0, 0.8, k),
        share=rng.dirichlet(np.full(k, 4.0)),
        spread=scenario.spread * np.exp(rng.normal(0, 0.25, k)),
        noise=np.exp(rng.normal(0, 0.35, k)),
        victim=int(rng.integers(k)),
    )
    build = _history if scenario.mode is Mode.HISTORY else _rounds
    return build(scenario, change, service, rng)


@dataclass(frozen=True, kw_only=True)
class _Service:
    base: np.ndarray
    share: np.ndarray
    spread: np.ndarray
    noise: np.ndarray
    victim: int


def _history(s: Scenario, change: Change, service: _Service, rng: np.random.Generator) -> Case:
    n = int(rng.integers(s.runs[0], s.runs[1] + 1))
    level = np.cumsum(rng.normal(0, s.drift, n + s.candidates)) if s.drift else np.zeros(n + s.candidates)
    runs = []
    for i in range(n + s.candidates):
        new = i >= n
        host = level[i] + _host(s, rng)
        shift = host + service.noise * rng.normal(0, s.endpoint, s.endpoints)
        wave = _wave(s.wave, s, rng)
        runs.append(
            _run(s, change if new else Change(), service, shift, wave, rng, Side.CANDIDATE if new else Side.BASELINE, None, i * 86400.0)
        )
    return Case(baseline=tuple(runs[:n]), candidate=tuple(runs[n:]))


def _host(s: Scenario, rng: np.random.Generator) -> float:
    noise = rng.standard_t(3) / np.sqrt(3) if s.heavy else rng.normal()
    slow = s.slow_size * rng.uniform(0.7, 1.4) if rng.random() < s.slow_share else 0.0
    return float(s.host * noise + slow)


def _rounds(s: Scenario, change: Change, service: _Service, rng: np.random.Generator) -> Case:
    sides: dict[Side, list[Run]] = {Side.BASELINE: [], Side.CANDIDATE: []}
    for r in range(int(rng.integers(s.runs[0], s.runs[1] + 1))):
        host = _host(s, rng)
        shared = _wave(s.wave, s, rng)
        own = service.noise * rng.normal(0, s.endpoint, s.endpoints)
        candidate_first = r % 4 in (1, 2)  # ABBA
        for side in Side:
            second = (side is Side.CANDIDATE) != candidate_first
            odd = s.slow_size * 0.5 if rng.random() < s.slow_share else 0.0
            shift = host + own + rng.normal(0, s.residual) + odd + service.noise * rng.normal(0, s.residual_endpoint, s.endpoints)
            start = r * 1000.0
            if s.mode is Mode.TURNS:
                start += s.duration * second
                shift = shift + s.second * second
                wave = _wave(s.wave, s, rng)
            else:
                wave = shared + _wave(s.residual_wave, s, rng)
            applied = change if side is Side.CANDIDATE else Change()
            sides[side].append(_run(s, applied, service, shift, wave, rng, side, r, start))
    return Case(baseline=tuple(sides[Side.BASELINE]), candidate=tuple(sides[Side.CANDIDATE]))


def _wave(size: float, s: Scenario, rng: np.random.Generator) -> np.ndarray:
    """First-order autoregressive, one value a second; stationary standard deviation `size`."""
    n = int(s.duration) + 1
    rho = np.exp(-1.0 / s.wave_seconds)
    steps = rng.normal(0, size * np.sqrt(1 - rho**2), n)
    steps[0] = rng.normal(0, size)
    out = np.empty(n)
    value = 0.0
    for i, step in enumerate(steps):
        value = rho * value + step if i else step
        out[i] = value
    return out


def _run(
    s: Scenario, change: Change, service: _Service, shift: np.ndarray, wave: np.ndarray, rng: np.random.Generator, side: Side,
    round: int | None, start: float,
) -> Run:  # fmt: skip
    n = int(rng.poisson(s.rate * s.duration))
    endpoint = rng.choice(s.endpoints, n, p=service.share)
    time = rng.uniform(0, s.duration, n)
    noise = rng.normal(size=n)
    if s.heavy:  # one request in ten is slower by a Pareto factor of index 4/3: a finite mean, no variance
        noise = noise + (rng.random(n) < 0.1) * rng.exponential(1.5, n)
    log = service.base[endpoint] + shift[endpoint] + wave[time.astype(int)] + service.spread[endpoint] * noise
    if change.kind == "everything":
        log = log + np.log1p(change.size)
    elif change.kind == "one":
        log = log + np.log1p(change.size) * (endpoint == service.victim)
    elif change.kind == "tail":  # the slowest 3 % of each endpoint's requests
        log = log + np.log1p(change.size) * (noise > (1.88 if not s.heavy else 2.47))
    rate = change.size if change.kind == "errors" else s.error_rate
    rate = rate * np.exp(rng.normal(0, s.burst) - s.burst**2 / 2) if s.burst else rate
    failed = rng.random(n) < rate
    return as_run(endpoint, time, np.exp(log), failed, s.endpoints, side=side, round=round, start=start, length=s.duration)


def as_run(
    endpoint: np.ndarray, time: np.ndarray, duration: np.ndarray, failed: np.ndarray, endpoints: int, *, side: Side, round: int | None,
    start: float, length: float,
) -> Run:  # fmt: skip
    """What `Run.from_requests` gives, but in numpy: a benchmark builds a hundred thousand of these."""
    cells = int(np.ceil(length / CELL_SECONDS))
    group = endpoint * cells + np.minimum((time // CELL_SECONDS).astype(int), cells - 1)
    by_cell = _sketches(group, duration, endpoints * cells)
    whole = _sketches(endpoint, duration, endpoints)
    bad = np.bincount(group[failed], minlength=endpoints * cells)
    stats = []
    for k in range(endpoints):
        if not whole[k].count:
            continue
        parts = tuple(
            Cell(start=c * CELL_SECONDS, requests=sketch.count, failed=int(bad[k * cells + c]), duration=sketch)
            for c in range(cells)
            if (sketch := by_cell[k * cells + c]).count
        )
        failures = sum(p.failed for p in parts)
        stats.append(
            EndpointStats(endpoint=f"GET /{k}", requests=whole[k].count, failed=failures, timings={"duration": whole[k]}, cells=parts)
        )
    began = _START + timedelta(seconds=start)
    return Run(id=f"{side}-{start:.0f}", side=side, endpoints=tuple(stats), duration=length, round=round, started_at=began)


def _sketches(group: np.ndarray, values: np.ndarray, groups: int) -> list[Sketch]:
    order = np.lexsort((values, group))
    group, values = group[order], values[order]
    bins = (values.view(np.uint64) >> np.uint64(_SHIFT)).astype(np.int64)
    key, first, counts = np.unique(group * (1 << 20) + bins, return_index=True, return_counts=True)
    owner = key >> 20
    edges = np.searchsorted(owner, np.arange(groups + 1))
    sums = np.bincount(group, values, groups)
    limits = np.searchsorted(group, np.arange(groups + 1))
    out = []
    for g in range(groups):
        low, high = edges[g], edges[g + 1]
        if low == high:
            out.append(Sketch())
            continue
        own = counts[low:high]
        out.append(
            Sketch(
                indices=tuple(bins[first[low:high]].tolist()),
                counts=tuple(own.tolist()),
                count=int(own.sum()),
                total=float(sums[g]),
                minimum=float(values[limits[g]]),
                maximum=float(values[limits[g + 1] - 1]),
            )
        )
    return out

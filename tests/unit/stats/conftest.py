from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from perfagent.model.run import Run

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Service:
    """Plays made-up load: `endpoints` with log-normal durations, and noise between runs (`host`, log scale) that is drawn per run."""

    def __init__(self, seed: int, *, endpoints: int = 6, host: float = 0.02, requests: int = 1200, errors: float = 0.0) -> None:
        self.rng = np.random.default_rng(seed)
        self.names = np.array([f"GET /{i}" for i in range(endpoints)])
        self.host, self.requests, self.errors = host, requests, errors

    def run(
        self, side: str, *, round: int | None = None, slower: dict[str, float] | float = 0.0, tail: float = 0.0, host: float | None = None,
        at: float = 0.0, errors: float | None = None, unit: float = 1.0, only: Sequence[str] = (),
    ) -> Run:  # fmt: skip
        rng, n = self.rng, self.requests
        who = rng.integers(len(self.names), size=n)
        time = np.sort(rng.uniform(0, 60, n))
        noise = rng.normal(size=n)
        luck = rng.normal(0, self.host / 3, len(self.names))  # endpoints differ in a run, less than runs differ
        log = np.log(0.04) + 0.3 * who + 0.4 * noise + luck[who] + (rng.normal(0, self.host) if host is None else host)
        effects = slower if isinstance(slower, dict) else dict.fromkeys(self.names.tolist(), slower)
        log = log + np.array([np.log1p(effects.get(name, 0.0)) for name in self.names.tolist()])[who]
        log = log + np.log1p(tail) * (noise > 1.88)
        keep = np.isin(self.names[who], only) if only else np.ones(n, dtype=bool)
        failed = rng.random(n) < (self.errors if errors is None else errors)
        frame = {"endpoint": self.names[who][keep], "time": time[keep], "duration": unit * np.exp(log)[keep], "failed": failed[keep]}
        return Run.from_requests(frame, side=side, round=round, start=START + timedelta(seconds=at), duration=60.0)

    def duet(self, rounds: int = 6, **candidate: object) -> tuple[list[Run], list[Run]]:
        pairs = []
        for r in range(rounds):
            luck = self.rng.normal(0, 0.1)
            one = self.run("baseline", round=r, host=luck + self.rng.normal(0, self.host), at=100.0 * r)
            other = self.run("candidate", round=r, host=luck + self.rng.normal(0, self.host), at=100.0 * r, **candidate)  # type: ignore[arg-type]
            pairs.append((one, other))
        return [b for b, _ in pairs], [c for _, c in pairs]

    def history(self, runs: int = 12, **candidate: object) -> tuple[list[Run], list[Run]]:
        old = [self.run("baseline", at=86400.0 * r) for r in range(runs)]
        return old, [self.run("candidate", at=86400.0 * runs, **candidate)]  # type: ignore[arg-type]


@pytest.fixture
def service() -> Callable[..., Service]:
    return Service

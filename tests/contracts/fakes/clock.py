"""Time that passes only when someone sleeps."""

from __future__ import annotations

from perfagent.adapters.http import Pace


class FakeClock:
    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def pace(self) -> Pace:
        return Pace(clock=lambda: self.time, sleep=self.sleep, now=lambda: self.time, jitter=lambda: 0.5)

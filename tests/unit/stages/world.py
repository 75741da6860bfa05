"""A world for stages: a folder, a clock that stands still until told, and a memory of what was said."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from perfagent.ci.context import Context
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.model.comparison import Mode
from perfagent.model.run import Run, Side
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan, plan

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass
class World:
    path: Path
    seconds: float = 0.0
    said: list[str] = field(default_factory=list)

    def surroundings(self, **more) -> Surroundings:
        return Surroundings(
            directory=self.path,
            environ={},
            now=lambda: NOW,
            monotonic=lambda: self.seconds,
            redact=lambda text: text.replace("hunter2", "***"),
            announce=self.said.append,
            **more,
        )

    def folder(self, name="run-1") -> RunFolder:
        return RunFolder(self.path / "runs" / name).create()


def settings(**more) -> Settings:
    return Settings(service="shop", target={"candidate": {"url": "http://new"}, "baseline": {"url": "http://old"}}, **more)


def planned(mode: str = "auto") -> MeasurementPlan:
    return plan(settings(mode=mode), Context(), None)


def run(side=Side.CANDIDATE, number=1, *, level=0.1, endpoint="GET /", problems=(), requests=200) -> Run:
    """Requests around `level` seconds, every value another, one per 50 ms."""
    rows = {
        "endpoint": [endpoint] * requests,
        "time": [i * 0.05 for i in range(requests)],
        "duration": [level * (1 + 0.3 * ((i * 7919) % 100) / 100) for i in range(requests)],
        "failed": [False] * requests,
    }
    made = Run.from_requests(rows, side=side, round=number, start=NOW)
    from dataclasses import replace

    return replace(made, problems=problems)


__all__ = ["NOW", "Mode", "World", "planned", "run", "settings"]

"""The command line in-process: an own environment, folder, clock and streams."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfagent import documents
from perfagent.__main__ import invoke
from perfagent.cli.console import Console
from perfagent.cli.session import Session
from perfagent.model.run import Run

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


def _session(cwd: Path, env: Mapping[str, str]) -> tuple[Session, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out=out, err=err, moving=False, now=lambda: NOW)
    return Session(env=env, cwd=cwd, console=console, now=lambda: NOW), out, err


@pytest.fixture
def perfagent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """`perfagent("compare", "--paired", env={...})`, run in `tmp_path`."""

    def run(*arguments: str, env: Mapping[str, str] | None = None) -> Answer:
        session, out, err = _session(tmp_path, env or {})
        code = invoke(arguments, session)
        captured = capsys.readouterr()  # what click itself prints: help and version
        return Answer(code=code, out=out.getvalue() + captured.out, err=err.getvalue() + captured.err)

    return run


@pytest.fixture
def new_session(tmp_path: Path) -> Callable[[], tuple[Session, io.StringIO, io.StringIO]]:
    """A session in `tmp_path`, its stdout and its stderr."""
    return lambda: _session(tmp_path, {})


@pytest.fixture
def rounds(tmp_path: Path) -> Callable[..., list[Path]]:
    """Saved run.json files: `rounds("base", side="baseline", factor=1.0)`; one of two endpoints is slower by `factor`."""

    def write(folder: str, *, side: str, factor: float = 1.0, count: int = 6, name: str = "round-{}.json", seed: int = 0) -> list[Path]:
        paths = []
        for number in range(1, count + 1):
            path = tmp_path / folder / name.format(number)
            documents.write(path, _run(side, number, factor, random.Random(f"{side}{number}{seed}")))
            paths.append(path)
        return paths

    return write


def _run(side: str, number: int, factor: float, dice: random.Random) -> Run:
    rows = [(dice.choice(["GET /cart", "GET /items"]), second / 20, dice.lognormvariate(-3, 0.3)) for second in range(400)]
    columns = {
        "endpoint": [endpoint for endpoint, _, _ in rows],
        "time": [time for _, time, _ in rows],
        "duration": [duration * (factor if endpoint == "GET /cart" else 1) for endpoint, _, duration in rows],
        "failed": [False] * len(rows),
    }
    return Run.from_requests(columns, side=side, round=number, start=1_700_000_000 + number * 60, duration=20)

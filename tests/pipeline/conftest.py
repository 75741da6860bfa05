"""The whole program in one process: its own command line, a tool server in memory, fakes of host and tracker on the loopback interface.

Only the measuring is replaced: runs that were made beforehand stand in for k6.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from perfagent import documents
from perfagent.__main__ import invoke
from perfagent.cli.console import Console
from perfagent.cli.mcp import open_workspace
from perfagent.cli.session import Session
from perfagent.documents.run_folder import RunFolder
from perfagent.model.outcome import Outcome
from perfagent.steps.rounds import Measured
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.hosts import HARNESSES, QUICK, Harness
from tests.contracts.fakes.jira import FakeJira
from tests.pipeline import jobs, shop

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


@dataclass(frozen=True)
class Ended:
    """How one job ended, as CI and its reader see it."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def outcome(self) -> Outcome:
        return documents.read(Outcome, self.folder / "outcome.json")

    @property
    def words(self) -> str:
        """All that anybody can read of it."""
        files = [p for p in self.folder.rglob("*") if p.is_file() and p.suffix not in (".jpg", ".gz")]
        return "\n".join([self.out, self.err, *(p.read_text(errors="replace") for p in files)])


@dataclass
class Shop:
    """A pull request of the shop: push to it, run its job, look at what its reviewers see."""

    host: Harness
    tracker: FakeJira
    repository: shop.Repository
    clock: FakeClock
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    measured: tuple[Any, ...] = ()

    def push(self, text: str, *, factor: float, at: str = shop.FIRST_PUSH) -> str:
        """A commit, and how much slower a load test finds it."""
        revision = self.repository.commit("push", {shop.FILE: text}, at=at)
        self.measured = shop.runs(factor)
        shop.show(self.host, self.repository)
        return revision

    def job(self, *arguments: str, fork: bool = False, jira: bool = True, **settings: str) -> Ended:
        base = self.repository.head("main")
        env = jobs.environment(self.host, self.folder, head=self.repository.head(), base=base, fork=fork)
        if jira and not fork:
            env |= jobs.with_jira(self.tracker)
        return self.invoke(["run", *arguments], {**env, **self.environment, **settings})

    def invoke(self, arguments: list[str], env: Mapping[str, str]) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        session = Session(env=env, cwd=self.repository.path, console=self._console(out, err), now=self.now)
        code = invoke(arguments, session)
        return Ended(code=code, out=out.getvalue(), err=err.getvalue(), folder=session.run_folder or Path("/nowhere"))

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.time, UTC)

    def _console(self, out: io.StringIO, err: io.StringIO) -> Console:
        return Console(out=out, err=err, moving=False, now=self.now)

    # what a reviewer sees

    @property
    def comments(self) -> list[str]:
        """Ours."""
        return [body for author, body in self.host.fake.visible() if author == self.host.fake.me]

    @property
    def comment(self) -> str:
        (only,) = self.comments
        return only

    @property
    def status(self) -> str:
        return self.host.fake.status_of(self.repository.head())[-1][1]  # type: ignore[no-any-return]


@pytest.fixture(params=sorted(HARNESSES))
def any_host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pull_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Shop]]:
    """`pull_request("github")`: pull request 7 of a new repository. Ends with a look at what was sent: nothing may break a contract."""
    made: list[Shop] = []
    monkeypatch.setattr("perfagent.report.picture.summary_jpg", lambda _report: JPEG)

    def make(host: str, **options: Any) -> Shop:
        clock = FakeClock()
        folder = tmp_path / str(len(made))
        folder.mkdir()
        one = Shop(
            host=HARNESSES[host](clock),
            tracker=FakeJira(clock),
            repository=shop.Repository.create(folder / "shop", **options),
            clock=clock,
            folder=folder,
        )
        made.append(one)
        return one

    def of(directory: Path) -> Shop:
        return next(one for one in made if directory.is_relative_to(one.folder))

    async def replay(_tools: Any, folder: RunFolder, *_rest: Any) -> Measured:
        measured = Measured()
        for run in of(folder.path).measured:
            folder.write_run(run)
            measured.add([run])
        return measured

    @asynccontextmanager
    async def in_memory(_arguments: list[str], *, environment: Mapping[str, str], folder: RunFolder, **_rest: Any) -> AsyncIterator[Any]:
        from mcp import Client

        from perfagent.tools.client import ToolClient
        from perfagent.tools.server import build_server

        one = of(folder.path)
        session = Session(env=environment, cwd=one.repository.path, console=one._console(io.StringIO(), io.StringIO()), now=one.now)
        workspace = replace(open_workspace(session, None, folder.path), limits=replace(QUICK, deadline=90.0), pace=one.clock.pace())
        async with Client(build_server(workspace)) as client:
            yield ToolClient(client, folder.logs / "tools.log")

    monkeypatch.setattr("perfagent.pipeline.measured_rounds", replay)
    monkeypatch.setattr("perfagent.pipeline.connected", in_memory)
    monkeypatch.setattr("perfagent.stages.posting.connected", in_memory)
    yield make
    for one in made:
        one.host.fake.close()
        one.tracker.close()
    for one in made:
        assert one.host.fake.violations == []
        assert one.tracker.violations == []

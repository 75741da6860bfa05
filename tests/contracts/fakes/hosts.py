"""One harness a code host: its fake, and how the adapter reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from perfagent.adapters.code_hosts import HostAccess, open_code_host
from perfagent.adapters.network import Limits
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.github import REPO, FakeGitHub

# Real seconds: only silence costs them.
QUICK = Limits(connect=1.0, read=0.15, deadline=150.0, attempts=4)


@dataclass
class Harness:
    name: str
    fake: Any
    access: HostAccess
    clock: FakeClock
    revision: str = "a" * 40
    pull_request: int = 7

    def open(self, **changes: Any) -> Any:
        return open_code_host(replace(self.access, **changes))


def github(clock: FakeClock) -> Harness:
    fake = FakeGitHub()
    access = HostAccess(provider="github", api_url=fake.url, repository=REPO, token=fake.token, limits=QUICK, pace=clock.pace())
    return Harness("github", fake, access, clock)


HARNESSES: dict[str, Callable[[FakeClock], Harness]] = {"github": github}

"""One harness a code host: its fake, and how the adapter reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from perfagent.adapters.code_hosts import HostAccess, open_code_host
from perfagent.adapters.network import Limits
from tests.contracts.fakes.azure_devops import FakeAzureDevOps
from tests.contracts.fakes.bitbucket import FakeBitbucket
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.github import REPO, FakeGitHub
from tests.contracts.fakes.gitlab import FakeGitLab


def only(*names: str) -> pytest.MarkDecorator:
    """For what not every host has."""
    return pytest.mark.parametrize("host", names, indirect=True)


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
    as_posted: Callable[[str], str] = lambda body: body
    """How this host holds a body that carries our marker."""

    def open(self, **changes: Any) -> Any:
        return open_code_host(replace(self.access, **changes))


def github(clock: FakeClock) -> Harness:
    fake = FakeGitHub()
    access = HostAccess(provider="github", api_url=fake.url, repository=REPO, token=fake.token, limits=QUICK, pace=clock.pace())
    return Harness("github", fake, access, clock)


def gitlab(clock: FakeClock) -> Harness:
    fake = FakeGitLab()
    access = HostAccess(
        provider="gitlab",
        api_url=f"{fake.url}/api/v4",
        repository="group/shop",
        token=fake.token,
        scheme="private",
        pipeline_id="42",
        limits=QUICK,
        pace=clock.pace(),
    )
    return Harness("gitlab", fake, access, clock)


def azure_devops(clock: FakeClock) -> Harness:
    fake = FakeAzureDevOps()
    access = HostAccess(
        provider="azure_devops",
        api_url=f"{fake.url}/org/",
        project="store",
        repository="shop",
        token=fake.token,
        limits=QUICK,
        pace=clock.pace(),
    )
    return Harness("azure_devops", fake, access, clock)


def bitbucket(clock: FakeClock) -> Harness:
    fake = FakeBitbucket()
    access = HostAccess(
        provider="bitbucket", api_url=f"{fake.url}/2.0", repository="team/shop", token=fake.token, limits=QUICK, pace=clock.pace()
    )
    return Harness("bitbucket", fake, access, clock, as_posted=lambda body: body + "\n\n[//]: # (perfagent:shop)")


HARNESSES: dict[str, Callable[[FakeClock], Harness]] = {
    "github": github,
    "gitlab": gitlab,
    "azure_devops": azure_devops,
    "bitbucket": bitbucket,
}

"""Every code host's fake and adapter, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.hosts import HARNESSES, Harness


@pytest.fixture(params=sorted(HARNESSES))
def host(request: pytest.FixtureRequest) -> Iterator[Harness]:
    """Ends with a look at what was sent and answered: nothing may break the vendor's contract."""
    harness = HARNESSES[request.param](FakeClock())
    yield harness
    harness.fake.close()
    assert harness.fake.violations == []

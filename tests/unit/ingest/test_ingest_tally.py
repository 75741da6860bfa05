from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfagent.ingest import tally as tally_module
from perfagent.ingest.tally import LONGEST, Tally
from perfagent.model.sketch import Sketch

_ROWS = st.lists(st.tuples(st.integers(0, 5), st.one_of(st.integers(0, 10**9), st.sampled_from([0, 1, LONGEST]))), min_size=1, max_size=300)


@pytest.fixture(params=[1 << 18, 16])
def _batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally_module, "_BATCH", request.param)


@pytest.mark.usefixtures("_batch")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples=_ROWS, singly=st.booleans())
def test_each_row_is_the_sketch_of_its_samples(samples: list[Any], singly: bool) -> None:
    tally = Tally()
    if singly:
        for row, nanoseconds in samples:
            tally.add(row, nanoseconds)
    else:
        for at in range(0, len(samples), 7):
            rows, values = zip(*samples[at : at + 7], strict=True)
            tally.add_many(np.array(rows, np.uint64), np.array(values, np.uint64))
    sketches = tally.sketches({0: 100, 1: 100, 2: 101, 77: 102})
    groups = {**{row: {row} for row in range(6)}, 100: {0, 1}, 101: {2}}
    for row, members in groups.items():
        values = [n for r, n in samples if r in members]
        assert (row in sketches) == bool(values)
        if values:
            expected = Sketch.of([n / 1e9 for n in values])
            found = sketches[row]
            assert (found.indices, found.counts, found.count) == (expected.indices, expected.counts, expected.count)
            assert (found.minimum, found.maximum, found.total) == (min(values) / 1e9, max(values) / 1e9, sum(values) / 1e9)
    assert 102 not in sketches


def test_totals_do_not_depend_on_the_order() -> None:
    values = [int(1e9 * math.sin(i) ** 2) for i in range(5000)]
    totals = set()
    for order in (values, values[::-1], sorted(values)):
        tally = Tally()
        tally.add_many(np.zeros(5000, np.uint64), np.array(order, np.uint64))
        totals.add(tally.sketches({})[0].total)
    assert totals == {sum(values) / 1e9}


def test_nothing_gives_no_sketch() -> None:
    assert Tally().sketches({3: 4}) == {}

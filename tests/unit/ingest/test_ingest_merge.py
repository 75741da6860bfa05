from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfagent.errors import InputError
from perfagent.ingest.merge import merge_runs
from perfagent.model.run import Side

_SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.integers(0, 10**10).map(lambda n: f"{n / 1e6:.6f}"),
        st.sampled_from(["GET /a", "GET /b", "POST /c"]),
        st.sampled_from(["true", "false"]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(samples=_SAMPLES)
def test_parts_merge_to_what_one_file_with_all_samples_gives(new_raw: Any, samples: list[Any]) -> None:
    whole, parts = new_raw("json"), [new_raw("json") for _ in range(3)]
    for raw in (whole, *parts):
        raw.point("vus", 0, 1, {}).point("vus", 60, 1, {})
    for at, duration, name, expected, part in samples:
        for raw in (whole, parts[part]):
            raw.request(at, duration, phases=("1", "2.5", "0", "0.25", duration), name=name, expected_response=expected)
            raw.point("data_received", at, 1000, {}).point("iterations", at, 1, {})
    merged = merge_runs([p.stream(warmup=5).finish() for p in parts])
    single = whole.stream(warmup=5).finish()
    assert merged.endpoints == single.endpoints
    assert (merged.duration, merged.started_at, merged.warmup) == (single.duration, single.started_at, single.warmup)
    assert (merged.bytes_received or 0, merged.health) == (single.bytes_received or 0, single.health)


def test_generators_that_started_apart_share_one_time_line(new_raw: Any) -> None:
    early = new_raw("json").request(0, 10).request(25, 10).stream().finish()
    late = new_raw("json").request(20, 10).request(35, 10).stream().finish()
    merged = merge_runs([late, early])
    assert [(c.start, c.requests) for c in merged.endpoints[0].cells] == [(0, 1), (20, 2), (30, 1)]
    assert (merged.duration, merged.started_at) == (35, early.started_at)


def test_runs_of_different_rounds_are_not_parts_of_one(new_raw: Any) -> None:
    runs = [new_raw("json").request(0, 10).stream().finish(round=r) for r in (1, 2)]
    with pytest.raises(InputError, match="round 1"):
        merge_runs(runs)


def test_a_problem_of_one_part_is_a_problem_of_the_whole(new_raw: Any) -> None:
    good = new_raw("json").request(0, 10).stream().finish(side=Side.CANDIDATE)
    empty = new_raw("json").point("vus", 0, 1, {}).stream().finish(side=Side.CANDIDATE)
    assert merge_runs([good, empty]).problems == empty.problems


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(InputError):
        merge_runs([])

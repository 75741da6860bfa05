from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.model.run import Environment, GeneratorHealth, Run, Side
from perfagent.stats.fingerprint import DIMENSIONS, centre, comparable, fingerprint, k6_major


def a_run(latency: float = 0.01, *, endpoints: int = 3, environment: Environment | None = None) -> Run:
    count = 20 * endpoints
    requests = {
        "endpoint": [f"GET /{i % endpoints}" for i in range(count)],
        "time": [float(i) for i in range(count)],
        "duration": [latency] * count,
        "failed": [False] * count,
    }
    run = Run.from_requests(requests, side=Side.CANDIDATE, duration=60.0)
    return replace(run, environment=environment or Environment(machine="m1", cpu="c1", cores=2), health=GeneratorHealth(vus_max=5))


def distance(a: Run, b: Run) -> float:
    return math.dist(fingerprint(a), fingerprint(b))


@given(latency=st.floats(0, 1e4), endpoints=st.integers(1, 200), text=st.text(max_size=30))
def test_it_has_always_the_same_length_and_is_finite(latency: float, endpoints: int, text: str) -> None:
    vector = fingerprint(a_run(latency, endpoints=endpoints, environment=Environment(machine=text, target=text)))
    assert len(vector) == DIMENSIONS
    assert all(math.isfinite(value) for value in vector)


def test_a_run_without_requests_has_a_fingerprint() -> None:
    assert len(fingerprint(Run(id="x", side=Side.BASELINE, endpoints=(), duration=0.0))) == DIMENSIONS


def test_the_same_conditions_have_the_same_fingerprint_in_every_process() -> None:
    assert fingerprint(a_run()) == fingerprint(a_run())
    assert sum(fingerprint(a_run())) == pytest.approx(4.606331912202878, abs=1e-9)  # stored indexes rely on it: raise VERSION with a change


def test_twice_as_slow_is_nearer_than_four_times_as_slow() -> None:
    assert 0 < distance(a_run(0.01), a_run(0.02)) < distance(a_run(0.01), a_run(0.04))


def test_another_machine_is_farther_than_twice_as_slow() -> None:
    elsewhere = Environment(machine="m2", cpu="c2", cores=2)
    assert distance(a_run(), a_run(environment=elsewhere)) > distance(a_run(0.01), a_run(0.02))


def test_the_number_of_endpoints_does_not_scale_the_distance() -> None:
    few = distance(a_run(0.01, endpoints=4), a_run(0.02, endpoints=4))
    many = distance(a_run(0.01, endpoints=40), a_run(0.02, endpoints=40))
    assert many == pytest.approx(few, rel=0.5)


def test_the_centre_lies_between() -> None:
    slow, fast = fingerprint(a_run(0.02)), fingerprint(a_run(0.01))
    middle = centre([slow, fast])
    assert math.dist(middle, slow) == pytest.approx(math.dist(middle, fast))


@pytest.mark.parametrize(("version", "major"), [("v2.2.0", "2"), ("1.1.0", "1"), ("v0.57.0", "0"), ("", "")])
def test_the_major_version_of_k6(version: str, major: str) -> None:
    assert k6_major(version) == major


def test_only_scenario_major_version_and_options_must_be_equal() -> None:
    one = Environment(machine="a", k6_version="1.1.0", scenario_hash="s", options_hash="o", target="t")
    two = Environment(machine="b", k6_version="1.4.0", scenario_hash="s", options_hash="o", target="u")
    assert comparable(a_run(environment=one)) == comparable(a_run(environment=two)) == ("s", "1", "o")

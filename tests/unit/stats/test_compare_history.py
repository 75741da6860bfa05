from __future__ import annotations

import dataclasses

import pytest

from perfagent.model.comparison import ALL_ENDPOINTS, Mode, RowVerdict, Verdict
from perfagent.model.run import Run
from perfagent.stats.gate import Gate, compare


def test_a_large_change_against_a_history_is_a_regression(service) -> None:
    found = compare(*service(1, host=0.03).history(slower=0.5))
    assert found.mode is Mode.HISTORY
    assert found.verdict is Verdict.REGRESSION


@pytest.mark.parametrize("seed", range(4))
def test_an_unchanged_candidate_is_never_blocked(service, seed: int) -> None:
    found = compare(*service(40 + seed, host=0.08).history(), gate=Gate(max_regression=0.0))
    assert found.verdict is not Verdict.REGRESSION


def test_one_endpoint_is_seen_through_the_noise_of_hosts(service) -> None:
    """Hosts differ by 15 %; the endpoint is compared with the others of its own run."""
    found = compare(*service(2, host=0.15, requests=3000).history(slower={"GET /2": 0.4}))
    assert found.verdict is Verdict.REGRESSION
    assert {r.endpoint for r in found.rows if r.gated and r.row_verdict is RowVerdict.REGRESSION} == {"GET /2"}
    assert any("against the other endpoints" in (r.note or "") for r in found.rows)


def test_a_history_without_any_variance_still_gates(service) -> None:
    player = service(3, host=0.0)
    one = player.run("baseline")
    old = [dataclasses.replace(one, id=str(i), started_at=None) for i in range(8)]
    assert compare(old, [dataclasses.replace(one, side="candidate")]).verdict is not Verdict.REGRESSION
    assert compare(old, [player.run("candidate", slower=0.5)]).verdict is Verdict.REGRESSION


def test_an_old_step_neither_triggers_nor_blinds(service) -> None:
    player = service(4, host=0.02)
    before = [player.run("baseline", at=86400.0 * i) for i in range(8)]
    after = [player.run("baseline", slower=0.5, at=86400.0 * (8 + i)) for i in range(8)]
    assert compare([*before, *after], [player.run("candidate", slower=0.5, at=9e6)]).verdict is not Verdict.REGRESSION
    assert compare([*before, *after], [player.run("candidate", slower=1.0, at=9e6)]).verdict is Verdict.REGRESSION


def test_an_old_improvement_is_the_new_level(service) -> None:
    player = service(5, host=0.02)
    before = [player.run("baseline", slower=0.5, at=86400.0 * i) for i in range(8)]
    after = [player.run("baseline", at=86400.0 * (8 + i)) for i in range(8)]
    assert compare([*before, *after], [player.run("candidate", slower=0.5, at=9e6)]).verdict is Verdict.REGRESSION


def test_a_failed_baseline_run_is_left_out_and_said(service) -> None:
    old, new = service(6).history(slower=0.5)
    old[0] = dataclasses.replace(old[0], problems=("the target died",))
    found = compare(old, new)
    assert any("the target died" in reason for reason in found.reasons)
    assert found.verdict is Verdict.REGRESSION


def test_a_single_baseline_run_cannot_pass_a_change_it_could_not_have_seen(service) -> None:
    old, new = service(7).history(1, slower=0.12)
    assert compare(old, new).verdict is Verdict.INCONCLUSIVE


def test_no_baseline_is_inconclusive(service) -> None:
    _, new = service(8).history()
    found = compare([], new)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.p_value == 1.0


def test_everything_faster_is_never_called_slower(service) -> None:
    found = compare(*service(9, host=0.02).history(slower={f"GET /{i}": -0.3 for i in range(5)}), gate=Gate(max_regression=0.0))
    assert found.verdict is not Verdict.REGRESSION, found.reasons


def test_the_order_in_which_runs_are_given_does_not_matter(service) -> None:
    old, new = service(10).history(slower=0.2)
    one, other = compare(old, new), compare(old[::-1], new)
    assert one.p_value == pytest.approx(other.p_value)


def test_several_candidate_runs_see_more_than_one(service) -> None:
    player = service(11, host=0.06)
    old = [player.run("baseline", at=86400.0 * i) for i in range(12)]
    new = [player.run("candidate", slower=0.2, at=9e6 + i) for i in range(4)]
    few = next(r for r in compare(old, new[:1]).rows if (r.endpoint, r.metric) == (ALL_ENDPOINTS, "mean"))
    many = next(r for r in compare(old, new).rows if (r.endpoint, r.metric) == (ALL_ENDPOINTS, "mean"))
    assert many.min_detectable_effect is not None
    assert few.min_detectable_effect is not None
    assert many.min_detectable_effect < few.min_detectable_effect


def test_runs_of_one_job_count_as_one(service) -> None:
    """Five rounds in each of four jobs know four machines, not twenty."""
    player = service(12, host=0.1)
    old = []
    for job in range(4):
        machine = player.rng.normal(0, 0.1)
        for i in range(5):
            run = player.run("baseline", host=machine, at=86400.0 * job + 60.0 * i)
            old.append(dataclasses.replace(run, id=f"{job}-{i}", revision=f"r{job}"))
    found = compare(old, [player.run("candidate", at=9e6)])
    assert any("20 baseline runs came from 4 jobs" in reason for reason in found.reasons)
    alone = compare([dataclasses.replace(run, revision="") for run in old], [player.run("candidate", at=9e6)])
    seen = [next(r.min_detectable_effect for r in c.rows if (r.endpoint, r.metric) == (ALL_ENDPOINTS, "mean")) for c in (found, alone)]
    assert seen[0] > seen[1]


def test_what_one_slow_machine_could_be_is_measured_again_instead_of_blocked(service) -> None:
    player = service(13, host=0.02)
    old = [player.run("baseline", at=86400.0 * i) for i in range(12)]
    once = compare(old, [player.run("candidate", slower=0.3, at=9e6)])
    assert once.verdict is Verdict.INCONCLUSIVE
    assert any("one slow machine could look like this" in reason for reason in once.reasons)
    assert once.p_value is not None
    assert once.p_value < 0.01
    again = [player.run("candidate", slower=0.3, at=9e6 + 86400.0 * i) for i in range(2)]
    assert compare(old, again).verdict is Verdict.REGRESSION


def test_the_tail_of_a_short_run_blocks_nothing_in_a_history():
    def short(number: int, slowest: float) -> Run:
        durations = [0.001 * (1 + 0.2 * (i % 10) / 10) for i in range(137)] + [slowest] * 3
        rows = {"endpoint": ["GET /sum"] * 140, "time": [i / 40 for i in range(140)], "duration": durations, "failed": [False] * 140}
        return Run.from_requests(rows, side="baseline", round=number)

    comparison = compare([short(1, 0.0015)], [short(2, 0.005)])
    assert comparison.verdict is not Verdict.REGRESSION
    assert [row.gated for row in comparison.rows if row.metric == "p99"] == [False, False]

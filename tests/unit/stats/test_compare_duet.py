from __future__ import annotations

import dataclasses

import pytest

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Mode, Row, RowVerdict, Verdict
from perfagent.stats.gate import Gate, compare


def row(comparison: Comparison, endpoint: str, metric: str) -> Row:
    return next(r for r in comparison.rows if (r.endpoint, r.metric) == (endpoint, metric))


def flagged(comparison: Comparison) -> set[tuple[str, str]]:
    return {(r.endpoint, r.metric) for r in comparison.rows if r.gated and r.row_verdict is RowVerdict.REGRESSION}


def test_everything_slower_by_a_quarter_is_a_regression_with_an_honest_interval(service) -> None:
    base, cand = service(1).duet(slower=0.25)
    found = compare(base, cand, paired=True)
    assert found.verdict is Verdict.REGRESSION
    assert found.mode is Mode.DUET
    level = row(found, ALL_ENDPOINTS, "mean")
    assert level.ci_low is not None
    assert level.ci_high is not None
    assert 0 < level.ci_low < 0.25 < level.ci_high
    assert found.p_value is not None
    assert found.p_value < 0.001


def test_a_sample_against_itself_never_regresses(service) -> None:
    base, _ = service(2).duet()
    same = [dataclasses.replace(run, side="candidate") for run in base]
    for limit in (0.0, 0.10):
        found = compare(base, same, paired=True, gate=Gate(max_regression=limit))
        assert found.verdict is Verdict.PASS
        assert all(not r.effect for r in found.rows)


@pytest.mark.parametrize("seed", range(5))
def test_unchanged_passes(service, seed: int) -> None:
    base, cand = service(100 + seed).duet()
    found = compare(base, cand, paired=True)
    assert found.verdict is Verdict.PASS, found.reasons


def test_one_slower_endpoint_is_named_and_the_others_are_not(service) -> None:
    base, cand = service(3, endpoints=10, requests=2000).duet(slower={"GET /7": 0.30})
    found = compare(base, cand, paired=True)
    assert found.verdict is Verdict.REGRESSION
    assert ("GET /7", "mean") in flagged(found)
    assert {endpoint for endpoint, _ in flagged(found)} == {"GET /7"}


def test_a_longer_tail_alone_is_seen(service) -> None:
    base, cand = service(4, requests=2000).duet(tail=0.35)
    found = compare(base, cand, paired=True)
    assert found.verdict is Verdict.REGRESSION
    assert (ALL_ENDPOINTS, "p99") in flagged(found)


def test_more_failures_are_seen_though_nothing_got_slower(service) -> None:
    base, cand = service(5, errors=0.001).duet(errors=0.01)
    found = compare(base, cand, paired=True)
    assert found.verdict is Verdict.REGRESSION
    assert (ALL_ENDPOINTS, "error_rate") in flagged(found)


def test_failures_out_of_nothing_are_seen(service) -> None:
    base, cand = service(6, errors=0.0).duet(errors=0.02)
    found = compare(base, cand, paired=True)
    assert (ALL_ENDPOINTS, "error_rate") in flagged(found)
    assert row(found, ALL_ENDPOINTS, "error_rate").effect == pytest.approx(0.02, abs=0.005)


def test_one_failed_request_in_thousands_is_no_regression(service) -> None:
    player = service(7, errors=0.0)
    base, cand = player.duet()
    first = cand[0]
    endpoints = (dataclasses.replace(first.endpoints[0], failed=1), *first.endpoints[1:])
    found = compare(base, [dataclasses.replace(first, endpoints=endpoints), *cand[1:]], paired=True, gate=Gate(max_regression=0.0))
    assert not any(metric == "error_rate" for _, metric in flagged(found))


def test_swapping_the_sides_flips_the_sign(service) -> None:
    base, cand = service(8).duet(slower={"GET /1": 0.4})
    one, other = compare(base, cand, paired=True), compare(cand, base, paired=True)
    for r in one.rows:
        if r.unit == "s":
            mirrored = row(other, r.endpoint, r.metric)
            assert r.effect is not None
            assert mirrored.effect is not None
            assert (1 + r.effect) * (1 + mirrored.effect) == pytest.approx(1.0, abs=1e-9)
    assert row(other, "GET /1", "mean").row_verdict is RowVerdict.IMPROVEMENT
    assert other.verdict is Verdict.PASS


@pytest.mark.parametrize("unit", [1e-3, 1024.0])
def test_changing_the_unit_changes_nothing(service, unit: float) -> None:
    one = compare(*service(9).duet(slower=0.15), paired=True)
    player = service(9)
    pairs = []
    for r in range(6):
        luck = player.rng.normal(0, 0.1)
        b = player.run("baseline", round=r, host=luck + player.rng.normal(0, player.host), at=100.0 * r, unit=unit)
        c = player.run("candidate", round=r, host=luck + player.rng.normal(0, player.host), at=100.0 * r, slower=0.15, unit=unit)
        pairs.append((b, c))
    other = compare([b for b, _ in pairs], [c for _, c in pairs], paired=True)
    assert other.verdict is one.verdict
    for r in one.rows:
        scaled = row(other, r.endpoint, r.metric)
        assert r.effect is not None
        assert scaled.effect == pytest.approx(r.effect, abs=1e-2)  # a bin of the sketch or two
        assert scaled.row_verdict is r.row_verdict


def test_a_small_change_does_not_block_at_the_limit_but_is_detected_without_one(service) -> None:
    base, cand = service(10, host=0.005, requests=3000).duet(slower=0.05)
    assert compare(base, cand, paired=True).verdict is Verdict.PASS
    assert compare(base, cand, paired=True, gate=Gate(max_regression=0.0)).verdict is Verdict.REGRESSION


def test_a_change_below_the_absolute_minimum_never_blocks(service) -> None:
    base, cand = service(11, host=0.005).duet(slower=0.25)
    found = compare(base, cand, paired=True, gate=Gate(min_latency_effect=1.0))
    assert found.verdict is Verdict.PASS
    assert any("below the smallest that may block" in (r.note or "") for r in found.rows)


def test_an_endpoint_may_have_its_own_limit(service) -> None:
    base, cand = service(12, host=0.005, requests=4000).duet(slower={"GET /2": 0.15})
    assert compare(base, cand, paired=True, gate=Gate(endpoint_limits={"GET /2": 0.5})).verdict is Verdict.PASS
    assert compare(base, cand, paired=True, gate=Gate(endpoint_limits={"GET /1": 0.5})).verdict is Verdict.REGRESSION


def test_an_slo_blocks_without_a_baseline_effect(service) -> None:
    base, cand = service(13).duet()
    found = compare(base, cand, paired=True, gate=Gate(slo={"GET /3 p95": 0.05}))
    assert found.verdict is Verdict.REGRESSION
    assert "SLO" in (row(found, "GET /3", "p95").note or "")
    assert compare(base, cand, paired=True, gate=Gate(slo={"GET /3 p95": 5.0})).verdict is Verdict.PASS


def test_an_slo_without_samples_is_never_green(service) -> None:
    base, cand = service(14).duet()
    found = compare(base, cand, paired=True, gate=Gate(slo={"GET /nowhere p95": 5.0}))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("GET /nowhere p95" in reason for reason in found.reasons)


def test_a_vanished_endpoint_is_inconclusive_and_a_new_one_is_only_said(service) -> None:
    names = [f"GET /{i}" for i in range(5)]
    base, cand = service(15).duet(only=names)
    gone = compare(base, cand, paired=True)
    assert gone.verdict is Verdict.INCONCLUSIVE
    assert {r.row_verdict for r in gone.rows if r.endpoint == "GET /5"} == {RowVerdict.MISSING}
    new = compare(cand, base, paired=True)
    assert new.verdict is Verdict.PASS
    assert any("GET /5 is new" in reason for reason in new.reasons)


def test_a_failed_run_is_left_out_with_its_round_and_said(service) -> None:
    base, cand = service(16).duet()
    base[2] = dataclasses.replace(base[2], problems=("k6 was killed by signal 9",))
    found = compare(base, cand, paired=True)
    assert found.rounds == 5
    assert any("killed by signal 9" in reason for reason in found.reasons)


def test_too_few_usable_rounds_are_inconclusive_and_say_what_to_do(service) -> None:
    base, cand = service(17).duet(1)
    found = compare(base, cand, paired=True, gate=Gate(min_rounds=4))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("at least 4" in reason and "more rounds" in reason for reason in found.reasons)


def test_nothing_on_one_side_is_inconclusive(service) -> None:
    base, _ = service(18).duet()
    assert compare(base, [], paired=True).verdict is Verdict.INCONCLUSIVE
    assert compare([], [], paired=True).verdict is Verdict.INCONCLUSIVE


def test_noise_above_the_limit_is_inconclusive_and_says_what_could_have_been_seen(service) -> None:
    found = compare(*service(19, host=0.35).duet(3), paired=True)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("smallest change that would have been seen" in reason for reason in found.reasons)


def test_one_odd_round_does_not_hide_a_regression(service) -> None:
    player = service(20)
    base, cand = player.duet(slower=0.2)
    cand[3] = player.run("candidate", round=3, host=-0.6, at=300.0)
    assert compare(base, cand, paired=True).verdict is Verdict.REGRESSION


def test_only_the_named_metrics_block_when_the_gate_is_not_widened(service) -> None:
    base, cand = service(21, host=0.005, requests=2000).duet(tail=0.5)
    narrow = compare(base, cand, paired=True, gate=Gate(metrics=("p50",), widen=False))
    assert narrow.verdict is Verdict.PASS
    assert {r.metric for r in narrow.rows if r.gated} == {"p50"}


def test_evidence_has_p95_of_each_round(service) -> None:
    base, cand = service(22).duet(4)
    found = {e.id: e for e in compare(base, cand, paired=True).evidence}
    p95 = found["k6:p95-by-round:GET /0"]
    assert isinstance(p95.baseline, tuple)
    assert len(p95.baseline) == 4


def test_throughput_is_gated_under_an_open_model_only(service) -> None:
    base, cand = service(23).duet()
    closed = compare(base, cand, paired=True)
    assert not row(closed, ALL_ENDPOINTS, "throughput").gated
    base = [dataclasses.replace(r, open_model=True) for r in base]
    short = [dataclasses.replace(r, open_model=True, duration=90.0) for r in cand]
    opened = compare(base, short, paired=True, mode=Mode.DUET)
    lost = row(opened, ALL_ENDPOINTS, "throughput")
    assert lost.gated
    assert lost.effect == pytest.approx(-1 / 3, abs=0.05)
    assert lost.row_verdict is RowVerdict.REGRESSION


def test_an_slo_on_a_metric_that_is_not_gated_gates_its_own_row_only(service) -> None:
    base, cand = service(24).duet(slower=0.4)
    found = compare(base, cand, paired=True, gate=Gate(metrics=("error_rate",), widen=False, slo={"GET /3 p50": 5.0}))
    assert found.verdict is Verdict.PASS
    assert [(r.endpoint, r.metric) for r in found.rows if r.gated and r.metric != "error_rate"] == [("GET /3", "p50")]

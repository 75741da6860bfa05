from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.model.comparison import ALL_ENDPOINTS, Row, RowVerdict, Verdict
from perfagent.report import words
from perfagent.report.markdown import code
from tests.unit.report import examples


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.082, "82 ms"),
        (0.1104, "110 ms"),
        (0.0124, "12.4 ms"),
        (0.00123, "1.23 ms"),
        (0.00042, "420 µs"),
        (1.2, "1.2 s"),
        (0.99949, "999 ms"),
        (0.9996, "1 s"),
        (75.0, "75 s"),
        (372.0, "6.2 min"),
        (0.0, "0 ms"),
    ],
)
def test_seconds_are_scaled_to_the_unit_people_read(value: float, said: str) -> None:
    assert words.seconds(value) == said


@pytest.mark.parametrize(
    ("fraction", "signed", "said"),
    [
        (0.341, False, "34 %"),
        (0.341, True, "+34 %"),
        (-0.25, True, "−25 %"),
        (0.0214, True, "+2.1 %"),
        (0.0996, False, "10 %"),
        (0.07, True, "+7 %"),
        (0.0004, False, "0.04 %"),
        (0.0, True, "0 %"),
        (-0.00001, True, "0 %"),
        (None, False, "–"),
    ],
)
def test_percent_keeps_the_figures_that_matter(fraction: float | None, signed: bool, said: str) -> None:
    assert words.percent(fraction, signed=signed) == said


def test_regression_headline_is_the_sentence_of_the_contract() -> None:
    report = examples.single()
    assert words.headline(report) == "GET /cart p95 rose 34 % [28, 41], from 82 ms to 110 ms; suspect shop/db_query.py:45"
    assert words.headline(report, code).startswith(
        "`GET /cart` p95 rose 34 % [28, 41], from 82 ms to 110 ms; suspect `shop/db_query.py:45`"
    )


def test_headline_names_p95_of_the_worst_endpoint_where_it_regressed() -> None:
    rows = (
        examples.latency(ALL_ENDPOINTS, 0.1, 3.0, RowVerdict.REGRESSION, metric="mean"),
        examples.latency("GET /cart", 0.1, 2.0, RowVerdict.REGRESSION, metric="p99"),
        examples.latency("GET /cart", 0.1, 1.5, RowVerdict.REGRESSION),
        examples.latency("GET /products", 0.1, 1.9, RowVerdict.REGRESSION),
    )
    report = replace(examples.regression(), comparison=examples.comparison(rows, Verdict.REGRESSION), diagnosis=None)
    assert words.headline(report).startswith("GET /cart p95 rose 150 %")
    assert words.headline(report).endswith("; 1 more endpoint got worse")


def test_an_open_row_says_what_it_still_allows() -> None:
    row = examples.latency("x", 0.1, 0.11, RowVerdict.INCONCLUSIVE, width=0.24)
    assert words.span(row) == "between −13 and +37 %"


def test_headline_counts_other_endpoints_and_not_other_metrics_of_the_same() -> None:
    assert "1 more endpoint got worse" in words.headline(examples.regression())
    assert "15 more endpoints got worse" in words.headline(examples.many())


def test_a_row_of_all_requests_is_named_so() -> None:
    row = examples.latency(ALL_ENDPOINTS, 0.1, 0.2, RowVerdict.REGRESSION)
    assert words.sentence(row, code).startswith("all requests p95 rose 20 %")


def test_improvement_flips_the_interval_with_the_sign() -> None:
    assert "fell 25 % [20, 30], from 82 ms to 62 ms" in words.headline(examples.improvement())


def test_pass_says_what_could_have_been_seen() -> None:
    assert words.headline(examples.passed()) == "No regression in 6 endpoints; could have seen ≥ 6.4 % on each"


def test_inconclusive_says_what_is_open() -> None:
    said = words.headline(examples.inconclusive())
    assert said == "Too little or too noisy data to say: GET /reports p95 has no samples in the candidate; 2 more endpoints are open"


def test_a_run_without_a_verdict_says_what_broke_and_not_pass() -> None:
    said = words.headline(examples.broken())
    assert said.startswith("The load test did not run to its end: the candidate's target stopped answering")
    assert words.verdict_of(examples.broken()) is None


@pytest.mark.parametrize("code_", [2, 5, 6, 70])
def test_a_crash_code_never_carries_a_verdict_even_with_a_passing_comparison(code_: int) -> None:
    report = examples.passed()
    crashed = replace(report, outcome=replace(report.outcome, exit_code=code_))
    assert words.verdict_of(crashed) is None
    assert "No regression" not in words.headline(crashed)


def test_error_rate_that_was_zero_changes_in_points() -> None:
    row = Row(endpoint="GET /cart", metric="error_rate", baseline=0.0, candidate=0.021, effect=0.021, ci_low=0.012, ci_high=0.03)
    assert words.sentence(row) == "GET /cart error rate rose by 2.1 points [1.2, 3], from 0 % to 2.1 %"
    assert words.change(row) == "+2.1 points [1.2, 3]"


def test_large_effects_are_said_in_folds() -> None:
    row = examples.latency("GET /cart", 0.01, 12.4, RowVerdict.REGRESSION, width=1.5)
    assert words.sentence(row).startswith("GET /cart p95 rose 13.4-fold [11.9, 15.1]")


def test_throughput_loss_is_said_as_a_fall() -> None:
    row = Row(endpoint="GET /cart", metric="throughput", baseline=120.0, candidate=105.6, effect=-0.12, ci_low=-0.15, ci_high=-0.09)
    assert words.sentence(row) == "GET /cart throughput fell 12 % [9, 15], from 120/s to 106/s"


def test_an_open_end_of_an_interval_is_infinite_and_not_missing() -> None:
    row = Row(endpoint="x", metric="error_rate", baseline=0.01, candidate=0.5, effect=4.0, ci_low=2.0, ci_high=None)
    assert words.change(row) == "+400 % [200, ∞]"


def test_a_row_with_only_the_two_values_still_says_the_change() -> None:
    assert words.change(Row(endpoint="x", metric="p95", baseline=0.1, candidate=0.15)) == "+50 %"


def test_cause_without_suspect_is_said_in_words() -> None:
    report = examples.regression()
    assert report.diagnosis is not None
    from perfagent.model.diagnosis import Cause

    environment = replace(report.diagnosis, suspects=(), cause=Cause.ENVIRONMENT)
    assert words.headline(replace(report, diagnosis=environment)).endswith("the environment is the likely cause, not the code")


numbers = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


@given(st.sampled_from(["p95", "error_rate", "throughput", "bytes_received"]), numbers, numbers, numbers, numbers, numbers, numbers)
def test_no_number_breaks_a_sentence(
    metric: str, base: float | None, cand: float | None, effect: float | None, low: float | None, high: float | None, seen: float | None
) -> None:
    row = Row(
        endpoint="x", metric=metric, baseline=base, candidate=cand, effect=effect, ci_low=low, ci_high=high, min_detectable_effect=seen
    )
    for said in (words.sentence(row), words.change(row), words.could_have_seen(row)):
        assert "nan" not in said


@given(st.floats(min_value=1e-6, max_value=1e4))
def test_seconds_are_within_half_a_percent_of_the_value(value: float) -> None:
    number, unit = words.seconds(value).rsplit(" ", 1)
    scale = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}[unit]
    assert math.isclose(float(number.replace(" ", "")) * scale, value, rel_tol=0.03)


def test_accepted_regression_passes_visibly() -> None:
    report = examples.regression()
    assert report.comparison is not None
    rows = tuple(
        replace(r, row_verdict=RowVerdict.ACCEPTED) if r.row_verdict is RowVerdict.REGRESSION else r for r in report.comparison.rows
    )
    accepted = replace(
        report, comparison=replace(report.comparison, rows=rows, verdict=Verdict.PASS), outcome=examples.outcome(0, Verdict.PASS)
    )
    assert words.headline(accepted).startswith("Accepted: GET /cart p95 rose 34 %")

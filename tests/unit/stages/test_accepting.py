"""What an acceptance may do to a comparison, and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Row, RowVerdict, Verdict
from perfagent.ports.acceptance import Acceptance
from perfagent.stages.accepting import _said_after_the_push, applied

TODAY = date(2026, 11, 25)
ANN = Acceptance(by="ann", reason="tax rules", source="https://host.example/1", until=date(2026, 12, 31))


def row(endpoint: str = "GET /cart", metric: str = "p95", verdict: RowVerdict = RowVerdict.REGRESSION, **more: object) -> Row:
    return Row(endpoint=endpoint, metric=metric, baseline=0.08, candidate=0.11, effect=0.34, p_value=1e-6, row_verdict=verdict, **more)  # type: ignore[arg-type]


def comparison(*rows: Row) -> Comparison:
    return Comparison(rows=rows, verdict=Verdict.REGRESSION, reasons=("p95 of GET /cart: +34 %",), p_value=1e-6)


def test_a_covered_row_is_accepted_and_keeps_its_numbers() -> None:
    before = comparison(row(), row("GET /items", verdict=RowVerdict.PASS))
    after = applied(before, [ANN], today=TODAY)
    assert after.verdict is Verdict.PASS
    assert after.rows[0] == replace(
        before.rows[0],
        row_verdict=RowVerdict.ACCEPTED,
        note="accepted by ann until 2026-12-31: tax rules (https://host.example/1)",
    )
    assert after.rows[1] is before.rows[1]
    assert after.p_value == before.p_value
    assert after.reasons == (f"p95 of GET /cart is {after.rows[0].note}", "p95 of GET /cart: +34 %")


@pytest.mark.parametrize(
    "acceptance",
    [
        replace(ANN, endpoint="GET /items"),
        replace(ANN, endpoint="GET /cart", metric="p99"),
        replace(ANN, endpoint="get /cart"),
        replace(ANN, until=date(2026, 11, 24)),
    ],
    ids=["another endpoint", "another metric", "another spelling", "ended yesterday"],
)
def test_what_is_not_covered_is_the_same_comparison(acceptance: Acceptance) -> None:
    before = comparison(row())
    assert applied(before, [acceptance], today=TODAY) is before


def test_the_last_day_still_holds() -> None:
    assert applied(comparison(row()), [replace(ANN, until=TODAY)], today=TODAY).verdict is Verdict.PASS


def test_one_row_that_is_not_covered_still_blocks() -> None:
    after = applied(comparison(row(), row(metric="mean")), [replace(ANN, metric="p95")], today=TODAY)
    assert after.verdict is Verdict.REGRESSION
    assert [r.row_verdict for r in after.rows] == [RowVerdict.ACCEPTED, RowVerdict.REGRESSION]


def test_rows_for_context_and_rows_that_are_fine_are_never_touched() -> None:
    others = (row(gated=False), row("GET /a", verdict=RowVerdict.PASS), row("GET /b", verdict=RowVerdict.INCONCLUSIVE))
    after = applied(comparison(row("GET /c"), *others), [ANN], today=TODAY)
    assert after.rows[1:] == others


def test_an_endpoint_that_vanished_is_not_accepted_with_a_slow_one() -> None:
    gone = Row(endpoint="GET /gone", metric="p95", baseline=None, candidate=None, row_verdict=RowVerdict.MISSING, note="no request of it")
    new = replace(gone, endpoint="GET /new", note="new: the baseline has no request of this endpoint")
    assert applied(comparison(row(), gone), [ANN], today=TODAY).verdict is Verdict.INCONCLUSIVE
    assert applied(comparison(row(), new), [ANN], today=TODAY).verdict is Verdict.PASS


def test_noise_that_hides_the_level_of_all_is_not_accepted_either() -> None:
    blind = row(ALL_ENDPOINTS, "mean", RowVerdict.INCONCLUSIVE)
    assert applied(comparison(row(), blind), [ANN], today=TODAY).verdict is Verdict.INCONCLUSIVE


def test_all_requests_is_the_name_of_the_row_about_all() -> None:
    both = comparison(row(ALL_ENDPOINTS), row())
    after = applied(both, [replace(ANN, endpoint="all requests")], today=TODAY)
    assert [r.row_verdict for r in after.rows] == [RowVerdict.ACCEPTED, RowVerdict.REGRESSION]


def test_words_of_outsiders_are_one_line_of_bounded_length_and_redacted() -> None:
    long = replace(ANN, reason="line\nbreak " + "x" * 5000 + " hunter2")
    (only,) = applied(comparison(row()), [long], today=TODAY, redact=lambda text: text.replace("ann", "***")).rows
    assert only.note is not None
    assert "\n" not in only.note
    assert len(only.note) < 400
    assert "ann" not in only.note


def test_what_was_said_before_the_push_does_not_count() -> None:
    pushed = datetime(2026, 11, 25, 10, tzinfo=UTC)
    before, after = replace(ANN, at=datetime(2026, 11, 25, 9, tzinfo=UTC)), replace(ANN, at=datetime(2026, 11, 25, 11, tzinfo=UTC))
    fresh, outdated = _said_after_the_push([before, after, ANN], pushed)
    assert fresh == [after, ANN]
    assert len(outdated) == 1
    assert "before the last push" in outdated[0]


def test_where_git_does_not_know_the_commit_nothing_with_a_time_counts() -> None:
    fresh, outdated = _said_after_the_push([replace(ANN, at=datetime(2026, 11, 25, 9, tzinfo=UTC)), ANN], None)
    assert fresh == [ANN]
    assert "fetch the history" in outdated[0]

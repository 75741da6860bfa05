"""Sentences. Every report says a thing in the same words, with the numbers of `units`.

`quote` renders names that come from outside (endpoints, files): plain text by default, a code span in Markdown.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from perfagent.model.comparison import ALL_ENDPOINTS, Row, RowVerdict, Verdict
from perfagent.model.diagnosis import Cause, Diagnosis, Suspect
from perfagent.report import rows as pick
from perfagent.report.input import ReportInput
from perfagent.report.units import amount as amount
from perfagent.report.units import figures as figures
from perfagent.report.units import percent as percent
from perfagent.report.units import points
from perfagent.report.units import seconds as seconds

Quote = Callable[[str], str]

FOLD = 9.995  # from +1000 % on, "11-fold" is read faster than "1000 %"


def unit_of(row: Row) -> str:
    """The row's unit, else the one its metric is known to have."""
    if row.unit:
        return row.unit
    if row.metric == "error_rate":
        return "fraction"
    if row.metric.startswith("throughput"):
        return "1/s"
    return "B" if row.metric.startswith("bytes") else "s"


def is_absolute(row: Row) -> bool:
    """Whether the effect is a difference of fractions: an error rate that was zero has no relative change."""
    return row.metric == "error_rate" and not row.baseline


def endpoint_name(endpoint: str, quote: Quote = str) -> str:
    """The endpoint in its quotes; `all requests` for the row that speaks of all of them."""
    return "all requests" if endpoint == ALL_ENDPOINTS else quote(endpoint)


def metric_name(metric: str) -> str:
    """`waiting_p95` → `waiting p95`, `error_rate` → `error rate`."""
    return metric.replace("_", " ")


def interval(row: Row, *, flip: bool = False) -> str:
    """`[28, 41]` in percent (or points); `flip` turns the sign, for a sentence that already says "fell". Empty when not known."""
    if row.ci_low is None and row.ci_high is None:
        return ""
    low = -math.inf if row.ci_low is None else row.ci_low
    high = math.inf if row.ci_high is None else row.ci_high
    low, high = (-high, -low) if flip else (low, high)
    if row.effect is not None and row.effect >= FOLD and not is_absolute(row):
        return f"[{figures(1 + max(low, -1.0))}, {figures(1 + high) if math.isfinite(high) else '∞'}]"
    return f"[{_bound(low)}, {_bound(high)}]"


def _bound(value: float) -> str:
    return points(value).replace("-", "−")


def change(row: Row) -> str:
    """For tables: `+34 % [28, 41]`."""
    effect = pick.relative_effect(row)
    if effect is None:
        return "–"
    if is_absolute(row):
        first = f"{points(effect, signed=True)} points"
    elif effect >= FOLD:
        first = f"{figures(1 + effect)}-fold"
    else:
        first = percent(effect, signed=True)
    return f"{first} {interval(row)}".rstrip()


def span(row: Row) -> str:
    """`between −53 % and +196 %`: what an open row still allows; empty when the interval is not known."""
    if row.ci_low is None and row.ci_high is None:
        return ""
    low = -math.inf if row.ci_low is None else row.ci_low
    high = math.inf if row.ci_high is None else row.ci_high
    unit = "points" if is_absolute(row) else "%"
    return f"between {points(low, signed=True)} and {points(high, signed=True)} {unit}"


def could_have_seen(row: Row) -> str:
    """`could have seen ≥ 12 %`, or nothing when the row does not say."""
    if row.min_detectable_effect is None or not math.isfinite(row.min_detectable_effect):
        return ""
    return f"could have seen ≥ {points(abs(row.min_detectable_effect))} {'points' if is_absolute(row) else '%'}"


def sentence(row: Row, quote: Quote = str) -> str:
    """`GET /cart p95 rose 34 % [28, 41], from 82 ms to 110 ms`."""
    subject = f"{endpoint_name(row.endpoint, quote)} {metric_name(row.metric)}"
    unit = unit_of(row)
    effect = pick.relative_effect(row)
    if row.candidate is None and row.baseline is None:
        return f"{subject} has no samples{f' ({quote(row.note)})' if row.note else ''}"
    if row.candidate is None or row.baseline is None:
        side = "candidate" if row.candidate is None else "baseline"
        return f"{subject} has no samples in the {side}"
    span = f"from {amount(row.baseline, unit)} to {amount(row.candidate, unit)}"
    if effect is None or effect == 0:
        return f"{subject} went {span}" if effect is None else f"{subject} stayed at {amount(row.baseline, unit)}"
    return f"{subject} {_moved(row, effect)}, {span}"


def _moved(row: Row, effect: float) -> str:
    fell = effect < 0
    bracket = interval(row, flip=fell)
    if is_absolute(row):
        return f"{'fell' if fell else 'rose'} by {points(abs(effect))} points {bracket}".rstrip()
    if effect >= FOLD:
        return f"rose {figures(1 + effect)}-fold {bracket}".rstrip()
    return f"{'fell' if fell else 'rose'} {percent(abs(effect))} {bracket}".rstrip()


def place(suspect: Suspect) -> str:
    """`shop/db_query.py:45`."""
    return f"{suspect.file}:{suspect.start_line}"


def suspicion(diagnosis: Diagnosis | None, quote: Quote = str) -> str:
    """`suspect db_query.py:45`, or what kind of cause it is; empty when nothing is known."""
    if diagnosis is None:
        return ""
    if diagnosis.suspects:
        return f"suspect {quote(place(diagnosis.suspects[0]))}"
    return {
        Cause.CODE: "",
        Cause.CONFIGURATION: "a configuration change is the likely cause",
        Cause.DEPENDENCY: "a dependency is the likely cause",
        Cause.ENVIRONMENT: "the environment is the likely cause, not the code",
        Cause.UNKNOWN: "no cause found",
    }[diagnosis.cause]


def headline(report: ReportInput, quote: Quote = str) -> str:
    """The verdict in one sentence, without a full stop. The comment, the picture, the terminal, the status and the defect all use it."""
    match verdict_of(report):
        case Verdict.REGRESSION:
            return _regression(report, quote)
        case Verdict.INCONCLUSIVE:
            return _inconclusive(report, quote)
        case Verdict.PASS:
            return _passed(report, quote)
        case _:
            return _broken(report, quote)


def verdict_of(report: ReportInput) -> Verdict | None:
    """None when the run came to no verdict (codes 2, 5, 6, 70)."""
    if report.outcome.exit_code not in (0, 3, 4):
        return None
    if report.comparison is not None and report.comparison.verdict is not None:
        return report.comparison.verdict
    return report.outcome.verdict


def _regression(report: ReportInput, quote: Quote) -> str:
    found = pick.regressions(report.comparison)
    if not found:
        return "Slower than the baseline" + _first_reason(report, quote)
    first = pick.leading(found)
    parts = [sentence(first, quote)]
    others = pick.endpoints([row for row in found if row.endpoint != first.endpoint])
    if others > 0:
        parts.append(f"{others} {'more ' if first.endpoint != ALL_ENDPOINTS else ''}endpoint{'s' if others > 1 else ''} got worse")
    if suspected := suspicion(report.diagnosis, quote):
        parts.append(suspected)
    return "; ".join(parts)


def _inconclusive(report: ReportInput, quote: Quote) -> str:
    open_rows = pick.unmeasured(report.comparison)
    if not open_rows:
        return "Too little or too noisy data to say" + _first_reason(report, quote)
    row = pick.one_per_endpoint(open_rows)[0]
    if row.row_verdict is RowVerdict.MISSING:
        said = sentence(row, quote)
    else:
        seen = could_have_seen(row)
        limit = f", the limit is {percent(row.threshold)}" if seen and row.threshold is not None else ""
        said = (
            f"{endpoint_name(row.endpoint, quote)} {metric_name(row.metric)} {seen}{limit}"
            if seen
            else f"{sentence(row, quote)} is not clear enough"
        )
    others = len({r.endpoint for r in open_rows}) - 1
    more = f"; {others} more endpoint{'s are' if others > 1 else ' is'} open" if others else ""
    return f"Too little or too noisy data to say: {said}{more}"


def _passed(report: ReportInput, quote: Quote) -> str:
    rows = tuple(r for r in report.comparison.rows if r.gated) if report.comparison else ()
    if not rows:
        return "No regression" + _first_reason(report, quote)
    parts = [f"No regression in {pick.endpoints(rows)} endpoint{'s' if pick.endpoints(rows) != 1 else ''}"]
    accepted = pick.of(report.comparison, RowVerdict.ACCEPTED)
    improved = pick.of(report.comparison, RowVerdict.IMPROVEMENT)
    if accepted:
        parts = [f"Accepted: {sentence(pick.leading(accepted), quote)}" + (f" and {len(accepted) - 1} more" if len(accepted) > 1 else "")]
    elif improved:
        parts.append(sentence(improved[-1] if pick.badness(improved[-1]) < pick.badness(improved[0]) else improved[0], quote))
    else:
        parts.append(_sight(rows))
    return "; ".join(p for p in parts if p)


def _sight(rows: tuple[Row, ...]) -> str:
    """How small a change would have been seen: of all requests together, which decide; else of the endpoint that was seen worst."""
    overall = [r for r in rows if r.endpoint == ALL_ENDPOINTS and r.metric == "mean"]
    seen = max((r.min_detectable_effect or 0.0 for r in overall or rows if not is_absolute(r)), default=0.0)
    if not seen or not math.isfinite(seen):
        return ""
    return f"could have seen ≥ {points(seen)} % {'on all requests together' if overall else 'on each'}"


def _broken(report: ReportInput, quote: Quote) -> str:
    what = {
        2: "The configuration is wrong",
        5: "The load test did not run to its end",
        6: "Something that perfagent needs is down",
        70: "perfagent itself failed",
    }.get(report.outcome.exit_code, "No verdict")
    first = (report.outcome.error or "").strip().split("\n")[0]
    return f"{what}: {quote(first) if quote is not str else first}" if first else what


def _first_reason(report: ReportInput, quote: Quote) -> str:
    reasons = report.comparison.reasons if report.comparison else ()
    return f": {quote(reasons[0]) if quote is not str else reasons[0]}" if reasons else ""

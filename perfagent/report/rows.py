"""Which rows of a comparison matter, and in which order: failures first, the worst of them on top."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Row, RowVerdict

_RANK = {
    RowVerdict.REGRESSION: 0,
    RowVerdict.ACCEPTED: 1,
    RowVerdict.MISSING: 2,
    RowVerdict.INCONCLUSIVE: 3,
    RowVerdict.IMPROVEMENT: 4,
    RowVerdict.PASS: 5,
    None: 6,
}


def lower_is_worse(metric: str) -> bool:
    return metric.startswith("throughput")


def badness(row: Row) -> float:
    """The relative effect, turned so that larger is worse; 0 where it is not known."""
    effect = relative_effect(row)
    if effect is None:
        return 0.0
    return -effect if lower_is_worse(row.metric) else effect


def relative_effect(row: Row) -> float | None:
    """The row's own effect, else the one its two values give."""
    effect = row.effect
    if effect is None and row.baseline and row.candidate is not None:
        effect = row.candidate / row.baseline - 1
    return None if effect is None or math.isnan(effect) else effect


def worst_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda r: (_RANK[r.row_verdict], not r.gated, -badness(r), r.endpoint, r.metric)))


def of(comparison: Comparison | None, *verdicts: RowVerdict, gated: bool = True) -> tuple[Row, ...]:
    """Rows with one of `verdicts`, worst first. `gated` leaves out those shown for context only."""
    rows = comparison.rows if comparison else ()
    return worst_first(r for r in rows if r.row_verdict in verdicts and (r.gated or not gated))


def one_per_endpoint(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The most telling row of each endpoint, worst first: the gravest verdict, then p95, which people know, then the largest change."""
    best: dict[str, Row] = {}
    for row in worst_first(rows):
        held = best.get(row.endpoint)
        if held is None or (_grave(row) == _grave(held) and row.metric == "p95" and held.metric != "p95"):
            best[row.endpoint] = row
    return worst_first(best.values())


def _grave(row: Row) -> tuple[int, bool]:
    return _RANK[row.row_verdict], not row.gated


def leading(rows: Sequence[Row]) -> Row:
    """Of several rows, worst first, the one to name: of the endpoint that is worst off, its p95 where that is among them."""
    worst = next((row for row in rows if row.endpoint != ALL_ENDPOINTS), rows[0])
    return next(row for row in one_per_endpoint(rows) if row.endpoint == worst.endpoint)


def regressions(comparison: Comparison | None) -> tuple[Row, ...]:
    return of(comparison, RowVerdict.REGRESSION)


def changed(comparison: Comparison | None) -> tuple[Row, ...]:
    """What a reviewer must see: every gated row that is not a plain pass."""
    return of(comparison, RowVerdict.REGRESSION, RowVerdict.ACCEPTED, RowVerdict.IMPROVEMENT)


def unmeasured(comparison: Comparison | None) -> tuple[Row, ...]:
    return of(comparison, RowVerdict.MISSING, RowVerdict.INCONCLUSIVE)


def worst_endpoint(comparison: Comparison | None) -> str | None:
    """The endpoint that the picture is about: of the first row, worst first, that both sides have."""
    rows = worst_first(comparison.rows) if comparison else ()
    both = [r for r in rows if r.baseline is not None and r.candidate is not None]
    named = [r for r in both if r.endpoint != ALL_ENDPOINTS]
    return (named or both or rows)[0].endpoint if rows else None


def endpoints(rows: Sequence[Row]) -> int:
    """How many different ones; the row of all requests together is none."""
    return len({r.endpoint for r in rows if r.endpoint != ALL_ENDPOINTS})

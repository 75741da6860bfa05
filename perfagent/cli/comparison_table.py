"""A comparison as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Row, RowVerdict
from perfagent.report.rows import worst_first
from perfagent.report.words import amount, change, metric_name, unit_of

_NOTABLE = (RowVerdict.REGRESSION, RowVerdict.ACCEPTED, RowVerdict.IMPROVEMENT, RowVerdict.MISSING, RowVerdict.INCONCLUSIVE)
_WORDS = {
    RowVerdict.REGRESSION: "REGRESSION",
    RowVerdict.IMPROVEMENT: "improvement",
    RowVerdict.INCONCLUSIVE: "open",
    RowVerdict.MISSING: "missing",
    RowVerdict.ACCEPTED: "accepted",
    RowVerdict.PASS: "pass",
}
_LONGEST_NAME = 60


def comparison_table(comparison: Comparison, *, everything: bool = False) -> str:
    """Failures first. Without `everything`, rows that cannot block are only counted."""
    shown = [r for r in worst_first(comparison.rows) if everything or r.gated]
    left_out = len(comparison.rows) - len(shown)
    lines = aligned(
        ("ENDPOINT", "METRIC", "BASELINE", "CANDIDATE", "CHANGE [interval]", "VERDICT"),
        [_cells(row) for row in shown],
        right=(2, 3),
    )
    if left_out:
        lines.append(f"… and {left_out} rows that cannot block; --all shows them")
    return "\n".join([*lines, "", *_conclusion(comparison)])


def _cells(row: Row) -> tuple[str, ...]:
    unit = unit_of(row)
    verdict = _WORDS[row.row_verdict] if row.row_verdict else ""
    return (
        "all requests" if row.endpoint == ALL_ENDPOINTS else _short(row.endpoint),
        metric_name(row.metric),
        amount(row.baseline, unit),
        amount(row.candidate, unit),
        change(row),
        verdict if row.gated else f"({verdict})" if row.row_verdict in _NOTABLE else "",
    )


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _conclusion(comparison: Comparison) -> list[str]:
    verdict = comparison.verdict.upper() if comparison.verdict else "NO VERDICT"
    facts = [f"{comparison.rounds} rounds" if comparison.rounds else "", f"mode {comparison.mode}" if comparison.mode else ""]
    if comparison.p_value is not None:
        facts.append(f"p = {comparison.p_value:.2g} for “nothing got slower”")
    inside = ", ".join(fact for fact in facts if fact)
    return [f"{verdict}{f' ({inside})' if inside else ''}", *(f"  {reason}" for reason in comparison.reasons)]


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int]) -> list[str]:
    table = [header, *rows]
    widths = [max(_width(row[column]) for row in table) for column in range(len(header))]
    return ["  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(row)).rstrip() for row in table]


def _padded(text: str, width: int, right: bool) -> str:
    room = " " * (width - _width(text))
    return room + text if right else text + room


def _width(text: str) -> int:
    """Columns on a terminal: wide characters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)

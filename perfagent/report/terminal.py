"""The table that `perfagent run` and `perfagent compare` print: plain text, coloured on request, never wider than asked."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from perfagent.model.comparison import Row, RowVerdict, Verdict
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import plain
from perfagent.text.sanitise import for_terminal

VERDICT_WORDS = {
    RowVerdict.REGRESSION: "worse",
    RowVerdict.ACCEPTED: "accepted",
    RowVerdict.IMPROVEMENT: "better",
    RowVerdict.INCONCLUSIVE: "open",
    RowVerdict.MISSING: "missing",
    RowVerdict.PASS: "unchanged",
    None: "-",
}
_COLOURS = {
    RowVerdict.REGRESSION: "31",
    RowVerdict.ACCEPTED: "35",
    RowVerdict.IMPROVEMENT: "32",
    RowVerdict.INCONCLUSIVE: "33",
    RowVerdict.MISSING: "33",
}
_HEADLINE = {Verdict.REGRESSION: ("REGRESSION", "1;31"), Verdict.PASS: ("PASS", "1;32"), Verdict.INCONCLUSIVE: ("INCONCLUSIVE", "1;33")}
HEADER = ("ENDPOINT", "METRIC", "BASELINE", "CANDIDATE", "CHANGE", "LIMIT", "VERDICT")
SHORTEST_NAME = 16


def text(report: ReportInput, *, width: int = 100, colour: bool = False, most: int = 20, everything: bool = False) -> str:
    """Headline, then the gated rows (all rows with `everything`), worst first; `most` rows at the most. Ends with a line end."""
    rows = pick.worst_first(r for r in (report.comparison.rows if report.comparison else ()) if r.gated or everything)
    parts = [headline(report, colour=colour)]
    if rows:
        parts += ["", *_table(rows[:most], width, colour)]
    if len(rows) > most:
        parts.append(f"  and {len(rows) - most} more rows in report.html")
    parts += _suspects(report, width)
    if report.comparison and words.verdict_of(report) is Verdict.INCONCLUSIVE:  # elsewhere the rows are the reasons
        parts += [f"  {_line(reason)}" for reason in report.comparison.reasons]
    return "\n".join(parts) + "\n"


def headline(report: ReportInput, *, colour: bool = False) -> str:
    """`REGRESSION: GET /cart p95 rose 34 % [28, 41], …`, on one line."""
    verdict = words.verdict_of(report)
    word, code = _HEADLINE[verdict] if verdict else ("NO VERDICT", "1;31")
    return f"{_paint(word, code, colour)}: {_line(words.headline(report))}"


def _line(text: str) -> str:
    return for_terminal(plain(text, 500))


def _table(rows: Sequence[Row], width: int, colour: bool) -> list[str]:
    cells = [_cells(row) for row in rows]
    widths = [max(_width(line[i]) for line in (HEADER, *cells)) for i in range(len(HEADER))]
    others = sum(widths[1:]) + 2 * (len(widths) - 1)
    widths[0] = min(widths[0], max(SHORTEST_NAME, width - others))
    out = [_joined(HEADER, widths)]
    for row, line in zip(rows, cells, strict=True):
        joined = _joined(line, widths)
        out.append(_paint(joined, _COLOURS.get(row.row_verdict, ""), colour) if row.row_verdict else joined)
    return out


def _cells(row: Row) -> tuple[str, ...]:
    unit = words.unit_of(row)
    return (
        _line(words.endpoint_name(row.endpoint)),
        _line(words.metric_name(row.metric)),
        words.amount(row.baseline, unit),
        words.amount(row.candidate, unit),
        words.change(row),
        words.percent(row.threshold),
        VERDICT_WORDS[row.row_verdict] if row.gated else "for context",
    )


def _joined(line: Sequence[str], widths: Sequence[int]) -> str:
    out = []
    for at, (text, width) in enumerate(zip(line, widths, strict=True)):
        cut = _cut(text, width)
        space = " " * (width - _width(cut))
        out.append(space + cut if 2 <= at <= 5 else cut + space)
    return "  ".join(out).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: East Asian wide characters and emoji take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, width: int) -> str:
    """In the middle: the method and the end of a path tell endpoints apart."""
    if _width(text) <= width:
        return text
    head, tail = "", ""
    for left, right in zip(text, reversed(text), strict=True):
        if _width(head + tail) + 1 + _width(left) > width:
            break
        head += left
        if _width(head + tail) + 1 + _width(right) > width:
            break
        tail = right + tail
    return f"{head}…{tail}"


def _suspects(report: ReportInput, width: int) -> list[str]:
    found = report.diagnosis.suspects if report.diagnosis else ()
    lines = [_cut(f"  {_line(words.place(s))}  {_line(s.mechanism)} (score {s.score:.2f})", width) for s in found[:3]]
    return ["", f"Suspect{'s' if len(found) > 1 else ''}:", *lines] if lines else []


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code else text

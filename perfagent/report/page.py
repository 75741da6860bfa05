"""report.html: everything that was measured and concluded, in one file that fetches nothing and runs no script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

from perfagent.model.comparison import Row, RowVerdict
from perfagent.report import page_why as why
from perfagent.report import rows as pick
from perfagent.report import series, svg, words
from perfagent.report.comment import facts_line
from perfagent.report.input import ReportInput
from perfagent.report.markdown import plain, safe_address, shorten

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
MOST_CHARTS = 60  # endpoints with charts of their own: about 12 kB each
TITLES = {"regression": "Regression", "pass": "Pass", "inconclusive": "Inconclusive", "": "No verdict"}
LINK_WORDS = {
    "pull_request": "Pull request",
    "dashboard": "Dashboard",
    "defect": "Defect",
    "report": "Report",
    "job": "Job",
    "artifacts": "Artifacts",
}
HEADINGS = (
    "Endpoint", "Metric", "Verdict", "Change [interval]", "", "Baseline", "Candidate", "Limit", "p", "Would see",
)  # fmt: skip
LEGEND = (
    "Change is the candidate against the baseline; in brackets its confidence interval; dotted in the chart, the limit. "
    "p is adjusted for the number of rows. “Would see” is the smallest effect that this measurement would have found."
)
NUMERIC = frozenset({"Baseline", "Candidate", "Change [interval]", "Limit", "p", "Would see"})
VERDICT_WORDS = {
    RowVerdict.REGRESSION: "worse",
    RowVerdict.ACCEPTED: "accepted",
    RowVerdict.IMPROVEMENT: "better",
    RowVerdict.INCONCLUSIVE: "open",
    RowVerdict.MISSING: "missing",
    RowVerdict.PASS: "unchanged",
    None: "–",
}


def _style() -> str:
    return resources.files("perfagent.report").joinpath("page.css").read_text(encoding="utf-8")


def report_html(report: ReportInput) -> str:
    verdict = words.verdict_of(report)
    css = verdict.value if verdict else ""
    title = f"{TITLES[css]}: {plain(report.context.service) or 'perfagent'}"
    sections = (
        _policy(report),
        _table(report),
        why.explanation(report),
        _charts(report),
        why.evidence(report),
        why.dropped(report),
        _notes(report),
        _timings(report),
    )
    body = "\n".join(part for part in sections if part)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n"
        f"<body>\n{_header(report, css)}\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def code(text: str) -> str:
    return f"<code>{escape(plain(text))}</code>"


def _header(report: ReportInput, css: str) -> str:
    number = report.context.pull_request
    where = " · ".join(
        p for p in (plain(report.context.service), plain(report.context.repository) + (f" #{number}" if number else "")) if p.strip()
    )
    links = " · ".join(
        anchor(word, report.context.links.get(name, "")) for name, word in LINK_WORDS.items() if report.context.links.get(name)
    )
    return (
        f'<header class="{css}">\n<p><strong>{TITLES[css]}</strong> {escape(where)}</p>\n'
        f"<h1>{escape(words.headline(report, plain))}.</h1>\n"
        f"<p>{facts_line(report, code)}</p>\n{f'<p>{links}</p>' if links else ''}</header>"
    )


def anchor(word: str, address: str) -> str:
    safe = safe_address(address)
    return f'<a href="{escape(safe, quote=True)}" rel="noopener noreferrer">{escape(word)}</a>' if safe else escape(word)


def _policy(report: ReportInput) -> str:
    if not report.policy_changes:
        return ""
    files = ", ".join(code(name) for name in report.policy_changes)
    said = f"<strong>This change touches the gate’s own policy</strong> ({files}). The base revision’s policy was used."
    return f'<div class="card">{said}</div>'


def _table(report: ReportInput) -> str:
    rows = pick.worst_first(report.comparison.rows) if report.comparison else ()
    if not rows:
        return '<h2>Measurements</h2>\n<p class="soft">Nothing was compared.</p>'
    low, high = svg.effect_scale(rows)
    head = "".join(f"<th{' class=n' if name in NUMERIC else ''}>{name}</th>" for name in HEADINGS)
    body = "\n".join(_row(row, low, high) for row in rows)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    return f'<h2>Measurements</h2>\n<div class="scroll">{table}</div>\n<p class="note">{LEGEND}</p>'


def _row(row: Row, low: float, high: float) -> str:
    unit = words.unit_of(row)
    seen = words.could_have_seen(row).removeprefix("could have seen ≥ ")
    verdict = VERDICT_WORDS[row.row_verdict] if row.gated else "for context"
    note = f'<div class="note">{escape(plain(row.note))}</div>' if row.note else ""
    cells = (
        f'<td class="name">{words.endpoint_name(row.endpoint, lambda name: code(shorten(name, 90)))}{note}</td>',
        f"<td>{escape(words.metric_name(plain(row.metric)))}</td>",
        f'<td class="v {(row.row_verdict or "") if row.gated else ""}">{verdict}</td>',
        f'<td class="n">{escape(words.change(row))}</td>',
        f"<td>{svg.effect(row, low, high)}</td>",
        *(f'<td class="n">{escape(words.amount(value, unit))}</td>' for value in (row.baseline, row.candidate)),
        *(f'<td class="n">{escape(text)}</td>' for text in (words.percent(row.threshold), _p(row.p_adjusted), seen or "–")),
    )
    return f"<tr{'' if row.gated else ' class=context'}>{''.join(cells)}</tr>"


def _p(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}".rstrip("0").rstrip(".") or "0"


def _charts(report: ReportInput) -> str:
    names = list(dict.fromkeys(r.endpoint for r in pick.worst_first(report.comparison.rows))) if report.comparison else []
    blocks: list[str] = []
    for name in names[:MOST_CHARTS]:
        if block := _endpoint(report, name, first=not blocks):
            blocks.append(block)
    if not blocks:
        return '<h2>Distributions and rounds</h2>\n<p class="soft">No runs of both sides in the run folder.</p>' if names else ""
    rest = (
        f'<p class="soft">{len(names) - MOST_CHARTS} more endpoints have rows above but no chart here.</p>'
        if len(names) > MOST_CHARTS
        else ""
    )
    key = '<p class="soft"><span class="key baseline">baseline</span> <span class="key candidate">candidate</span></p>'
    return "\n".join(["<h2>Distributions and rounds</h2>", key, *blocks, rest])


def _endpoint(report: ReportInput, name: str, *, first: bool) -> str:
    shape, line = series.density(report, name), series.timeline(report, name)
    charts: Sequence[str] = [*([svg.density(shape, name)] if shape else []), *([svg.timeline(line, name)] if line else [])]
    if not charts:
        return ""
    requests = f' <span class="soft">{shape.requests} requests</span>' if shape else ""
    shown = f'<div class="charts">{"".join(charts)}</div>'
    return f"<details{' open' if first else ''}><summary>{words.endpoint_name(name, code)}{requests}</summary>\n{shown}</details>"


def _notes(report: ReportInput) -> str:
    reasons = report.comparison.reasons if report.comparison else ()
    unusable = [f"{r.side}, round {r.round if r.round is not None else '?'}: {p}" for r in report.runs for p in r.problems]
    parts = (
        ("Why this verdict", reasons),
        ("Warnings", (*report.outcome.warnings, *(report.diagnosis.warnings if report.diagnosis else ()))),
        ("Runs left out", unusable),
        ("Not in the run folder", report.missing),
    )
    error = f"<h2>Error</h2>\n<pre>{escape(why.lines(report.outcome.error))}</pre>" if report.outcome.error else ""
    return "\n".join(p for p in (error, *(_list(title, items) for title, items in parts)) if p)


def _list(title: str, items: Iterable[str]) -> str:
    lines = "\n".join(f"<li>{escape(plain(item, 1000))}</li>" for item in items)
    return f"<h2>{title}</h2>\n<ul>\n{lines}\n</ul>" if lines else ""


def _timings(report: ReportInput) -> str:
    if not report.outcome.timings:
        return ""
    items = "\n".join(f"<dt>{escape(plain(name))}</dt><dd>{words.seconds(value)}</dd>" for name, value in report.outcome.timings.items())
    return f"<h2>Time spent</h2>\n<dl>\n{items}\n</dl>"

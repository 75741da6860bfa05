"""The part of the page that explains: suspects, fix, evidence, and the claims that were dropped for want of evidence."""

from __future__ import annotations

from html import escape

from perfagent.model.diagnosis import Remediation, Suspect
from perfagent.model.evidence import Evidence
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import plain
from perfagent.report.sarif import plain_lines
from perfagent.report.suspects import CAUSES, evidence_of, values

MOST_VALUES = 40


def lines(text: str) -> str:
    """Outside text with its lines, secrets and invisible characters gone."""
    return "\n".join(plain_lines(text))


def _code(text: str) -> str:
    return f"<code>{escape(plain(text))}</code>"


def explanation(report: ReportInput) -> str:
    diagnosis = report.diagnosis
    if diagnosis is None:
        return ""
    said = f"{CAUSES[diagnosis.cause]} (confidence {words.percent(diagnosis.confidence)}, by {escape(plain(diagnosis.analyst))})."
    parts = [f"<h2>Why</h2>\n<p>{said} {escape(plain(diagnosis.summary, 2000))}</p>"]
    parts += [_suspect(suspect) for suspect in diagnosis.suspects]
    if diagnosis.remediation:
        parts.append(_fix(diagnosis.remediation))
    return "\n".join(parts)


def _suspect(suspect: Suspect) -> str:
    span = f"{suspect.start_line}" if suspect.start_line == suspect.end_line else f"{suspect.start_line}-{suspect.end_line}"
    inside = f" in {_code(suspect.function)}" if suspect.function else ""
    gone = ' <span class="soft">(removed lines, numbered in the baseline)</span>' if suspect.removed else ""
    cited = ", ".join(f'<a href="#e-{escape(plain(i), quote=True)}">{escape(plain(i))}</a>' for i in suspect.evidence)
    hits = ", ".join(_code(name) for name in suspect.endpoints)
    code = f"<pre>{escape(lines(suspect.code))}</pre>" if suspect.code else ""
    facts = "; ".join(p for p in (f"endpoints: {hits}" if hits else "", f"evidence: {cited}" if cited else "") if p)
    return (
        f'<div class="card"><strong>{_code(f"{suspect.file}:{span}")}</strong>{inside}: {escape(plain(suspect.mechanism))}'
        f' <span class="soft">score {suspect.score:.2f}</span>{gone}{code}<div class="note">{facts}</div></div>'
    )


def _fix(fix: Remediation) -> str:
    proof = f"Measured: {escape(plain(fix.result or 'yes', 600))}" if fix.measured else "Not measured."
    body = fix.patch if fix.patch else fix.replacement
    place = f"<p>Lines {fix.start_line}-{fix.end_line or fix.start_line} of {_code(fix.file)}</p>" if fix.file and not fix.patch else ""
    block = f"{place}<pre>{escape(lines(body))}</pre>" if body else ""
    return f"<h3>Suggested fix</h3>\n<p>{escape(plain(fix.summary, 2000))}</p>{block}\n<p class=soft>{proof}</p>"


def evidence(report: ReportInput) -> str:
    items = evidence_of(report)
    if not items:
        return ""
    body = "\n".join(_evidence_row(item) for item in items.values())
    head = "<tr><th>Id</th><th>Source</th><th>What</th><th class=n>Baseline → candidate</th><th>Each value, or the text</th></tr>"
    return f'<h2>Evidence</h2>\n<div class="scroll"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _evidence_row(item: Evidence) -> str:
    where = f"<div class=note>{_code(item.endpoint)}</div>" if item.endpoint else ""
    query = f"<div class=note>{_code(item.query)}</div>" if item.query else ""
    each = "<br>".join(p for p in (_each("baseline", item.baseline, item.unit), _each("candidate", item.candidate, item.unit)) if p)
    text = f"<pre>{escape(lines(item.text))}</pre>" if item.text else ""
    return (
        f'<tr id="e-{escape(plain(item.id), quote=True)}"><td>{escape(plain(item.id))}</td><td>{escape(plain(item.source))}</td>'
        f'<td class="name">{escape(plain(item.name))}{where}{query}</td>'
        f'<td class="n">{escape(values(item)) or "–"}</td><td>{each}{text}</td></tr>'
    )


def _each(side: str, value: float | tuple[float | None, ...] | None, unit: str | None) -> str:
    if not isinstance(value, tuple):
        return ""
    shown = ", ".join(words.amount(v, unit or "") for v in value[:MOST_VALUES])
    more = f" and {len(value) - MOST_VALUES} more" if len(value) > MOST_VALUES else ""
    return f'<span class="soft">{side}:</span> {escape(shown)}{more}'


def dropped(report: ReportInput) -> str:
    claims = report.diagnosis.dropped_claims if report.diagnosis else ()
    if not claims:
        return ""
    items = "\n".join(
        f"<li>{escape(plain(c.claim, 600))} <span class=soft>dropped: {escape(plain(c.reason, 300))}</span></li>" for c in claims
    )
    return f"<h2>Claims that were dropped</h2>\n<ul>\n{items}\n</ul>"

"""The comment on the pull request: the verdict in one sentence, what changed, why, what to do. A passing run is one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from perfagent.model.comparison import ALL_ENDPOINTS, Row, RowVerdict, Verdict
from perfagent.ports.acceptance import FILE_NAME, LABEL
from perfagent.report import findings as identity
from perfagent.report import markdown as md
from perfagent.report import rows as pick
from perfagent.report import suspects as why
from perfagent.report import words
from perfagent.report.input import Finding, FindingState, ReportInput

ICONS = {Verdict.REGRESSION: "❌", Verdict.INCONCLUSIVE: "⚠️", Verdict.PASS: "✅", None: "🛑"}
ROW_WORDS = {
    RowVerdict.REGRESSION: "❌ worse",
    RowVerdict.ACCEPTED: "☑️ accepted",
    RowVerdict.IMPROVEMENT: "✅ better",
    RowVerdict.INCONCLUSIVE: "❔ open",
    RowVerdict.MISSING: "❔ missing",
    RowVerdict.PASS: "unchanged",
    None: "–",
}
ACCEPTED_DAYS = 30  # how long the suggested acceptance holds: long enough for a fix, short enough to be looked at again
FIRST_ROWS = 12
ALL_ROWS = 120
_MARKS = str.maketrans("|`*~<>[]@#", "          ")
_ELSEWHERE = "_Cut to fit: the rest is in the full report._"


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of the comment. When room is short the parts with the highest `rank` go first; rank 0 always stays."""

    rank: int
    text: str
    shorter: tuple[str, ...] = ()
    """What may stand in its place, longest first, before it goes altogether."""


def marker(service: str, flavour: md.Flavour = "github") -> str:
    """The hidden line by which a comment is found again; one per service of a repository."""
    return md.hidden(f"perfagent:{re.sub(r'[^A-Za-z0-9._]+', '-', service)[:60].strip('-') or 'default'}", flavour)


def comment(report: ReportInput, *, limit: int | None = None, flavour: md.Flavour = "github", marker: str | None = None) -> str:
    """At most `limit` characters (by default the host's), failures first; `marker` is its first line."""
    room = min(limit or md.LIMITS[flavour], md.LIMITS[flavour])
    first = marker if marker is not None else _default_marker(report.context.service, flavour)
    found = identity.findings(report)
    return _fit(first, _parts(report, found, flavour), _state(found, flavour, room // 4), room)


def _state(found: tuple[Finding, ...], flavour: md.Flavour, room: int) -> str:
    """The block for the next run; where room is short it carries fewer findings, the worst of them first."""
    kept = found[: identity.KEPT]
    while kept and md.size(identity.pack(kept)) + 20 > room:
        kept = kept[:-1]
    return md.hidden(identity.pack(kept), flavour) if kept else ""


def _default_marker(service: str, flavour: md.Flavour) -> str:
    return marker(service, flavour)


def _parts(report: ReportInput, found: tuple[Finding, ...], flavour: md.Flavour) -> list[Part]:
    verdict = words.verdict_of(report)
    opening = Part(0, f"{ICONS[verdict]} **{words.headline(report, md.code)}.**")
    asides = [*_resolved(found), *_policy(report)]
    if verdict is Verdict.PASS and not _worth_more_than_a_line(report):
        return [Part(0, f"{opening.text}{_inline_links(report)}"), *asides]
    return [
        opening,
        *asides,
        *_accepted(report),
        *_picture(report, flavour),
        *_changed(report),
        *_why(report),
        *_fix(report, flavour),
        *_earlier(report),
        *_unmeasured(report),
        *_everything(report, flavour),
        *_warnings(report, flavour),
        *_footer(report, verdict, flavour),
    ]


def _worth_more_than_a_line(report: ReportInput) -> bool:
    """A pass that a reviewer should still look at: something was let through, not measured, or the policy itself changed."""
    return bool(pick.of(report.comparison, RowVerdict.ACCEPTED) or pick.unmeasured(report.comparison) or report.policy_changes)


def _resolved(found: tuple[Finding, ...]) -> Iterable[Part]:
    said = {FindingState.RESOLVED: "Resolved", FindingState.DISMISSED: "Dismissed", FindingState.UNCONFIRMED: "Not confirmed this time"}
    for state, word in said.items():
        names = [f"{words.endpoint_name(f.endpoint, md.code)} {_metric(f.metric)}" for f in found if f.state is state]
        if names:
            struck = [f"~~{name}~~" for name in names] if state is FindingState.RESOLVED else names
            yield Part(2, f"{word}: {', '.join(struck[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}.")


def _accepted(report: ReportInput) -> Iterable[Part]:
    """Who let a measured regression through, until when and why: one line for each act."""
    acts: dict[str, list[str]] = {}
    for row in pick.of(report.comparison, RowVerdict.ACCEPTED):
        _, by, said = (row.note or "").rpartition("accepted by ")
        acts.setdefault(f"{by}{said}" or "accepted", []).append(f"{words.endpoint_name(row.endpoint, md.code)} {_metric(row.metric)}")
    for act, names in list(acts.items())[:8]:
        more = f" and {len(names) - 4} more" if len(names) > 4 else ""
        yield Part(1, f"☑️ {', '.join(names[:4])}{more}: {md.sentence(act, 500)}")


def _policy(report: ReportInput) -> Iterable[Part]:
    if report.policy_changes:
        files = ", ".join(md.code(f, 160) for f in report.policy_changes[:8])
        yield Part(1, f"⚠️ **This change touches the gate's own policy** ({files}). The base revision's policy was used.")


def _picture(report: ReportInput, flavour: md.Flavour) -> Iterable[Part]:
    picture = report.context.links.get("picture", "")
    if address := md.safe_address(picture):
        yield Part(5, f"![Effects, distributions and timeline of both sides]({address})")
    elif flavour == "gitlab" and re.fullmatch(r"/uploads/[\w./-]{1,300}", picture):
        yield Part(5, f"![Effects, distributions and timeline of both sides]({picture})")


def _changed(report: ReportInput) -> Iterable[Part]:
    changed = pick.changed(report.comparison)
    if changed:
        first, *shorter = (_table_of(changed, most) for most in (FIRST_ROWS, 6, 3, 1))
        yield Part(3, first, tuple(shorter))


def _table_of(rows: tuple[Row, ...], most: int, elsewhere: str = "below") -> str:
    return results_table(rows[:most]) + (f"\n\n_{len(rows) - most} more {elsewhere}._" if len(rows) > most else "")


def _metric(name: str) -> str:
    return words.metric_name(md.plain(name, 40).translate(_MARKS))


def results_table(rows: Iterable[Row]) -> str:
    """Five columns: what a narrow screen shows without scrolling says enough."""
    lines = [
        (
            f"{words.endpoint_name(row.endpoint, lambda name: md.code(name, 80))} {_metric(row.metric)}",
            words.change(row),
            f"{words.amount(row.baseline, words.unit_of(row))} → {words.amount(row.candidate, words.unit_of(row))}",
            ROW_WORDS[row.row_verdict] if row.gated else "for context",
            words.percent(row.threshold),
        )
        for row in rows
    ]
    return md.table(("Endpoint, metric", "Change", "Baseline → candidate", "Verdict", "Limit"), "lrrlr", lines)


def _why(report: ReportInput) -> Iterable[Part]:
    diagnosis = report.diagnosis
    if diagnosis is None:
        return
    yield Part(4, f"### Why\n\n{why.cause_line(diagnosis)}")
    known = why.evidence_of(report)
    for rank, suspect in enumerate(diagnosis.suspects[: why.MOST_SUSPECTS]):
        yield Part(4 + 2 * rank, why.suspect_block(suspect, known, code=rank < 2))


def _fix(report: ReportInput, flavour: md.Flavour) -> Iterable[Part]:
    if report.diagnosis is not None and report.diagnosis.remediation is not None:
        yield Part(5, f"### Suggested fix\n\n{why.fix_block(report.diagnosis.remediation, flavour)}")


def _earlier(report: ReportInput) -> Iterable[Part]:
    like = why.earlier(report)
    if like:
        lines = "\n".join(f"- {md.prose(item.text or '', 300)}" for item in like[:3])
        yield Part(9, f"### Similar earlier regressions\n\n{lines}")


def _unmeasured(report: ReportInput) -> Iterable[Part]:
    """One line per endpoint; all the reasons only where they are the verdict."""
    verdict = words.verdict_of(report)
    most = 3 if verdict is Verdict.REGRESSION else 6
    open_rows = pick.one_per_endpoint(pick.unmeasured(report.comparison))
    lines = [_open_row(row) for row in open_rows[:most]]
    if len(open_rows) > most:
        lines.append(f"and {len(open_rows) - most} more endpoints")
    if verdict is Verdict.INCONCLUSIVE and report.comparison:
        lines += [md.prose(reason, 300) for reason in report.comparison.reasons[:4]]
    lines += [
        f"A run of the {run.side}, round {run.round if run.round is not None else '?'}, was left out: {md.prose(run.problems[0], 200)}"
        for run in report.runs
        if run.problems
    ][:4]
    if lines:
        yield Part(6, "### What could not be said\n\n" + "\n".join(f"- {line}" for line in lines))


def _open_row(row: Row) -> str:
    if row.row_verdict is RowVerdict.MISSING:
        return words.sentence(row, md.code)
    said = [words.span(row), words.could_have_seen(row), f"the limit is {words.percent(row.threshold)}" if row.threshold else ""]
    name = f"{words.endpoint_name(row.endpoint, md.code)} {_metric(row.metric)}"
    return f"{name}: {', '.join(part for part in said if part) or 'too little data'}"


def _everything(report: ReportInput, flavour: md.Flavour) -> Iterable[Part]:
    rows = pick.worst_first(report.comparison.rows) if report.comparison else ()
    if flavour == "bitbucket":  # it cannot fold, and report.csv has them
        return
    if rows and len(rows) > len(pick.changed(report.comparison)):
        title = f"All {len(rows)} measurements"
        first, *shorter = (md.details(title, _table_of(rows, most, "in the full report"), flavour) for most in (ALL_ROWS, 40, 20))
        yield Part(10, first, tuple(shorter))


def _warnings(report: ReportInput, flavour: md.Flavour) -> Iterable[Part]:
    said = [*report.outcome.warnings, *(report.diagnosis.warnings if report.diagnosis else ()), *report.missing]
    if said:
        lines = "\n".join(f"- {md.prose(text, 300)}" for text in dict.fromkeys(said[:20]))
        yield Part(11, md.details(f"{len(said)} warning{'s' if len(said) > 1 else ''}", lines, flavour))


def _footer(report: ReportInput, verdict: Verdict | None, flavour: md.Flavour) -> Iterable[Part]:
    links = _links(report)
    if links:
        yield Part(1, " · ".join(links))
    if verdict in (Verdict.REGRESSION, Verdict.INCONCLUSIVE):
        yield Part(2, _what_next(report, verdict, flavour))
    yield Part(7, f"{facts_line(report, md.code)}.")


def _what_next(report: ReportInput, verdict: Verdict, flavour: md.Flavour) -> str:
    job = report.context.links.get("job", "")
    job_again = md.link("run the job again", job) if job else "run the job again"
    if verdict is Verdict.REGRESSION:
        return f"**Intended?** {how_to_accept(report, flavour)}, then {job_again}. That measures anew, too."
    return f"**What to do:** {job_again} or push; more or longer rounds (`rounds.max`, `rounds.duration`) see smaller effects."


def how_to_accept(report: ReportInput, flavour: md.Flavour) -> str:
    """By what the host can tell of the right to do so: its comments and labels, its labels only, or neither; a reviewed file always."""
    here = report.context.pull_request is not None
    ways = []
    if here and flavour in ("github", "gitlab"):
        ways.append(f"with the comment {md.code(_command(report), 300)} or the label `{LABEL}` (from someone who may write)")
    if here and flavour == "azure":
        ways.append(f"with the label `{LABEL}`")
    ways.append(f"with an entry in `{FILE_NAME}`" + (" on the base branch" if here else ""))
    return f"Accept it {', or '.join(ways)}"


def _command(report: ReportInput) -> str:
    named = {row.endpoint for row in pick.regressions(report.comparison)}
    what = next(iter(named)) if len(named) == 1 and ALL_ENDPOINTS not in named else "everything"
    began = report.outcome.started_at
    day = (began + timedelta(days=ACCEPTED_DAYS)).date().isoformat() if began else "YYYY-MM-DD"
    return f"/perfagent accept {what} until {day} because …"


def facts_line(report: ReportInput, quote: Callable[[str], str]) -> str:
    """How it was measured: `duet, 8 rounds · 1a2b3c4 → 5d6e7f8 · run 20261125T…`."""
    mode = report.outcome.mode or (report.comparison.mode if report.comparison else None)
    rounds = report.comparison.rounds if report.comparison else None
    how = ", ".join(p for p in (str(mode) if mode else "", f"{rounds} rounds" if rounds else "") if p)
    ends = (report.context.baseline_revision, report.context.candidate_revision)
    revisions = " → ".join(quote(r[:12]) for r in ends) if all(ends) else ""
    return " · ".join(p for p in (f"Measured as {how}" if how else "", revisions, f"run {quote(report.outcome.run_id)}") if p)


LINK_WORDS = {
    "report": "Full report",
    "artifacts": "Artifacts",
    "dashboard": "Dashboard",
    "defect": "Defect",
    "job": "Job",
}


def _links(report: ReportInput) -> list[str]:
    links = report.context.links
    return [md.link(word, links[name]) for name, word in LINK_WORDS.items() if md.safe_address(links.get(name, ""))]


def _inline_links(report: ReportInput) -> str:
    links = report.context.links
    address = links.get("report") or links.get("job", "")
    return f" {md.link('Full report', address)}" if md.safe_address(address) else ""


def _fit(first: str, parts: list[Part], state: str, room: int) -> str:
    """Shorten, then drop, the parts of the highest rank until it fits; what stays keeps its order."""
    kept = list(parts)
    while (text := _joined(first, kept, state, cut=kept != parts)) and md.size(text) > room:
        droppable = [i for i, part in enumerate(kept) if part.rank > 0]
        if not droppable:
            return _hard_cut(text, room)
        at = max(droppable, key=lambda i: (kept[i].rank, i))
        part = kept.pop(at)
        if part.shorter:
            kept.insert(at, Part(part.rank, part.shorter[0], part.shorter[1:]))
    return text


def _joined(first: str, parts: list[Part], state: str, *, cut: bool) -> str:
    blocks = [first, *(p.text for p in parts), *([_ELSEWHERE] if cut else []), *([state] if state else [])]
    return "\n\n".join(blocks) + "\n"


def _hard_cut(text: str, room: int) -> str:
    while md.size(text) > room:
        text = text[: len(text) - max(1, (md.size(text) - room) // 2)]
    return text

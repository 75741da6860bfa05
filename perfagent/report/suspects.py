"""The part of a comment that explains: suspects with evidence and code, the fix, earlier regressions like it."""

from __future__ import annotations

from perfagent.model.diagnosis import Cause, Diagnosis, Remediation, Suspect
from perfagent.model.evidence import Evidence
from perfagent.report import markdown as md
from perfagent.report import words
from perfagent.report.input import ReportInput

MOST_SUSPECTS = 3
MOST_EVIDENCE = 4
CODE_LINES = 12

CAUSES = {
    Cause.CODE: "The cause is in the code of this change",
    Cause.CONFIGURATION: "The cause is a change of configuration",
    Cause.DEPENDENCY: "The cause is a change of a dependency",
    Cause.ENVIRONMENT: "The cause is the environment, not the code",
    Cause.UNKNOWN: "No cause was found in this change",
}


def evidence_of(report: ReportInput) -> dict[str, Evidence]:
    """By id; the diagnosis' own comes first."""
    both = (*(report.comparison.evidence if report.comparison else ()), *(report.diagnosis.evidence if report.diagnosis else ()))
    return {item.id: item for item in both}


def values(item: Evidence) -> str:
    """`from 3 to 61 queries`, or a list's ends; empty when the evidence is a text."""
    unit = item.unit or ""
    first, last = (words.amount(_single(v), unit) for v in (item.baseline, item.candidate))
    if item.baseline is None and item.candidate is None:
        return ""
    if item.baseline is None:
        return last
    return f"{first}" if item.candidate is None else f"{first} → {last}"


def _single(value: float | tuple[float | None, ...] | None) -> float | None:
    """The median of a list: one slow round must not stand for all."""
    if not isinstance(value, tuple):
        return value
    known = sorted(v for v in value if v is not None)
    return known[len(known) // 2] if known else None


def evidence_line(item: Evidence) -> str:
    said = values(item)
    where = f" of {md.code(item.endpoint)}" if item.endpoint else ""
    text = md.code(item.text, 200) if item.text else ""
    what = "; ".join(part for part in (said, text) if part)
    return f"{md.code(item.name, 80)}{where}{f': {what}' if what else ''} ({md.prose(item.source, 40)})"


def cause_line(diagnosis: Diagnosis) -> str:
    said = f"{CAUSES[diagnosis.cause]} (confidence {words.percent(diagnosis.confidence)}, by {md.prose(diagnosis.analyst, 60)})."
    return f"{said} {md.sentence(diagnosis.summary)}".rstrip()


def suspect_block(suspect: Suspect, known: dict[str, Evidence], *, code: bool = True) -> str:
    lines = f"{suspect.start_line}" if suspect.start_line == suspect.end_line else f"{suspect.start_line}-{suspect.end_line}"
    inside = f" in {md.code(suspect.function, 60)}" if suspect.function else ""
    gone = " (removed lines, numbered in the baseline)" if suspect.removed else ""
    head = f"{md.code(f'{suspect.file}:{lines}', 160)}{inside}: {md.bold(suspect.mechanism)}, score {suspect.score:.2f}{gone}"
    parts = [head]
    if code and suspect.code:
        shown = "\n".join(suspect.code.splitlines()[:CODE_LINES])
        parts.append(md.fence(shown, "diff" if suspect.removed and shown.startswith("-") else md.language_of(suspect.file)))
    found = [known[i] for i in suspect.evidence if i in known]
    if found:
        parts.append("\n".join(f"- {evidence_line(item)}" for item in found[:MOST_EVIDENCE]))
    return "\n\n".join(parts)


def fix_block(fix: Remediation, flavour: md.Flavour) -> str:
    """The host's suggestion block where the lines are known, else the patch, else the words."""
    proof = f"Measured: {md.sentence(fix.result or 'yes', 300)}" if fix.measured else "Not measured."
    parts = [f"{md.sentence(fix.summary)} {proof}".lstrip()]
    if fix.replacement is not None and fix.file and fix.start_line is not None:
        last = fix.end_line if fix.end_line is not None else fix.start_line
        span = f"line {fix.start_line}" if last == fix.start_line else f"lines {fix.start_line}-{last}"
        parts.append(f"Replace {span} of {md.code(fix.file, 160)} with:")
        parts.append(md.suggestion(fix.replacement, flavour, lines=last - fix.start_line + 1))
    elif fix.patch:
        parts.append(md.fence(fix.patch, "diff"))
    return "\n\n".join(parts)


def earlier(report: ReportInput) -> tuple[Evidence, ...]:
    """Similar regressions of the past, as the history found them."""
    return tuple(item for item in evidence_of(report).values() if item.source == "history" and item.text)

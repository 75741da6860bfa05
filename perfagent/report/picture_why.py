"""The lower part of the picture: suspects with their lines, the evidence for the first, the fix."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from perfagent.model.comparison import Verdict
from perfagent.model.diagnosis import Remediation, Suspect
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.picture_text import drawable, label, shorten_end, wrapped
from perfagent.report.suspects import evidence_of, values

INK, BLAMED, FIXED = "#222222", "#A33C00", "#00704F"


def suspects(axes: Any, report: ReportInput) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.axhline(1.0, color="#CFCFCF", linewidth=1)
    diagnosis = report.diagnosis
    if diagnosis is None or not diagnosis.suspects:
        said = f"{words.suspicion(diagnosis)}. {diagnosis.summary}".removeprefix(". ") if diagnosis else _no_diagnosis(report)
        axes.text(0, 0.93, "Why", size=13, weight="bold", color=INK, va="top")
        axes.text(0, 0.78, wrapped(said[:1].upper() + said[1:], 58, 4), size=12.5, color=INK, va="top", linespacing=1.4)
        _open(axes, report)
        return
    _suspect(axes, diagnosis.suspects[0], 0.0, 64, f"Suspect{'s' if len(diagnosis.suspects) > 1 else ''}", first=True)
    if len(diagnosis.suspects) > 1:
        _suspect(axes, diagnosis.suspects[1], 0.735, 42, "", first=False)
    _evidence(axes, report, diagnosis.suspects[0])
    if diagnosis.remediation is not None:
        axes.text(0, 0.04, wrapped(f"Fix: {_fix(diagnosis.remediation)}", 150, 1), size=12, color=FIXED, va="center")


def _open(axes: Any, report: ReportInput) -> None:
    """What could not be said, and how large an effect would have been seen."""
    rows = pick.one_per_endpoint(pick.unmeasured(report.comparison))
    if not rows:
        return
    axes.text(0.45, 0.93, "Still open", size=13, weight="bold", color=INK, va="top")
    for at, row in enumerate(rows[:4]):
        seen = words.could_have_seen(row) or "no samples on one side"
        axes.text(
            0.45,
            0.78 - 0.15 * at,
            f"{label(words.endpoint_name(row.endpoint), 34)}  {words.metric_name(drawable(row.metric, 14))}: {seen}",
            size=12.5,
            va="top",
        )
    if len(rows) > 4:
        axes.text(0.45, 0.17, f"and {len(rows) - 4} more", size=12.5, va="top")


def _suspect(axes: Any, suspect: Suspect, left: float, width: int, heading: str, *, first: bool) -> None:
    axes.text(left, 0.93, heading, size=13, weight="bold", color=INK, va="top")
    axes.text(left, 0.78, label(words.place(suspect), width - 4), size=13, weight="bold", color=BLAMED if first else INK, va="top")
    mechanism = f"{shorten_end(drawable(suspect.mechanism), width - 8)} (score {suspect.score:.2f})"
    axes.text(left, 0.64, mechanism, size=12.5, color=INK, va="top")
    lines = [shorten_end(line, width) for line in _code(suspect.code or "")]
    if lines:
        axes.text(
            left + 0.004, 0.49, "\n".join(lines), size=11, family="DejaVu Sans Mono", color=INK, va="top", linespacing=1.35,
            bbox={"boxstyle": "square,pad=0.35", "facecolor": "#F3F3F3", "edgecolor": "none"},
        )  # fmt: skip


def _evidence(axes: Any, report: ReportInput, suspect: Suspect) -> None:
    known = evidence_of(report)
    found = [known[i] for i in suspect.evidence if i in known and values(known[i])][:3]
    if found:
        axes.text(0.45, 0.93, "Evidence", size=13, weight="bold", color=INK, va="top")
    for at, item in enumerate(found):
        axes.text(0.45, 0.78 - 0.24 * at, label(item.name, 44), size=11.5, color="#444444", va="top")
        axes.text(0.45, 0.68 - 0.24 * at, label(values(item), 36), size=13, weight="bold", color=INK, va="top")


def _fix(fix: Remediation) -> str:
    proof = f" Measured: {fix.result}" if fix.measured and fix.result else " (measured)" if fix.measured else ""
    return f"{fix.summary.rstrip('. ')}.{proof}"


def _code(text: str) -> list[str]:
    """The first lines without their common indent."""
    return [drawable_code(line) for line in dedent(text.expandtabs(4)).splitlines() if line.strip()][:4]


def drawable_code(line: str) -> str:
    """Keeps the indent, which `drawable` would fold."""
    return " " * min(len(line) - len(line.lstrip()), 24) + drawable(line.strip(), 200)


def _no_diagnosis(report: ReportInput) -> str:
    if words.verdict_of(report) is Verdict.PASS:
        return "Nothing got slower, so there is nothing to explain."
    return "No diagnosis was made."

"""report.json and report.csv: every row for other programs, in base units."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from perfagent import documents
from perfagent.model.comparison import Row
from perfagent.report import findings as identity
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.text.redaction import Redactor

_redact = Redactor().redact
REPORT_SCHEMA_VERSION = 1
COLUMNS = (
    "run_id", "service", "endpoint", "metric", "unit", "baseline", "candidate", "effect", "ci_low", "ci_high", "p_value", "p_adjusted",
    "min_detectable_effect", "threshold", "gated", "row_verdict", "note", "fingerprint",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # how a spreadsheet recognises something to execute


def report_json(report: ReportInput) -> str:
    """One object with the headline, the rows (worst first, each with its fingerprint), the findings and the whole diagnosis."""
    verdict = words.verdict_of(report)
    data = {
        "schema_version": REPORT_SCHEMA_VERSION,
        "run_id": report.outcome.run_id,
        "verdict": verdict.value if verdict else None,
        "exit_code": report.outcome.exit_code,
        "headline": words.headline(report),
        "service": report.context.service,
        "repository": report.context.repository,
        "pull_request": report.context.pull_request,
        "baseline_revision": report.context.baseline_revision,
        "candidate_revision": report.context.candidate_revision,
        "mode": str(report.outcome.mode or (report.comparison.mode if report.comparison else None) or "") or None,
        "rounds": report.comparison.rounds if report.comparison else None,
        "p_value": report.comparison.p_value if report.comparison else None,
        "reasons": list(report.comparison.reasons) if report.comparison else [],
        "rows": [_row(report, row) for row in _rows(report)],
        "findings": [_plain(finding) for finding in identity.findings(report)],
        "diagnosis": _plain(report.diagnosis) if report.diagnosis else None,
        "policy_changes": list(report.policy_changes),
        "links": dict(report.context.links),
        "warnings": list(report.outcome.warnings),
        "missing": list(report.missing),
        "timings": dict(report.outcome.timings),
    }
    return json.dumps(_redacted(data), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _redacted(value: Any) -> Any:
    """By the shape of well-known tokens; what this process knows to be secret never reached the documents."""
    if isinstance(value, str):
        return _redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list) else value


def _rows(report: ReportInput) -> tuple[Row, ...]:
    return pick.worst_first(report.comparison.rows) if report.comparison else ()


def _plain(value: object) -> Any:
    return json.loads(documents.to_json(value))


def _row(report: ReportInput, row: Row) -> dict[str, Any]:
    key = identity.fingerprint(report.context.service, row.endpoint, row.metric)
    return {**_plain(row), "unit": words.unit_of(row), "fingerprint": key}


def report_csv(report: ReportInput) -> str:
    """One line per endpoint and metric, RFC 4180; a text that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(report):
        cells = {"run_id": report.outcome.run_id, "service": report.context.service, **_row(report, row)}
        writer.writerow({name: _cell(cells[name]) for name in COLUMNS})
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = _redact(value.replace("\x00", ""))
        return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
    return "" if value is None else value

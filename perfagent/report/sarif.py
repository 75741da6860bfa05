"""report.sarif (2.1.0): the suspects as results with locations, so that a code host marks the lines."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import quote

from perfagent import __version__
from perfagent.model.comparison import Row, Verdict
from perfagent.model.diagnosis import Suspect
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(report: ReportInput) -> str:
    """Suspects only: hosts refuse a result without a location. The first is an error when the verdict is a regression."""
    suspects = report.diagnosis.suspects if report.diagnosis else ()
    rules = {rule_id(s.mechanism): plain(s.mechanism, 200) for s in suspects}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "perfagent", "version": __version__, "rules": [_rule(key, text) for key, text in rules.items()]}},
        "automationDetails": {"id": f"perfagent/{_slug(report.context.service) or 'service'}/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": words.verdict_of(report) is not None, "exitCode": report.outcome.exit_code}],
        "results": [_result(s, rank, report, list(rules)) for rank, s in enumerate(suspects)],
    }
    if report.context.candidate_revision:
        run["properties"] = {"revision": report.context.candidate_revision, "runId": report.outcome.run_id}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def rule_id(mechanism: str) -> str:
    return f"perfagent/{_slug(mechanism)[:60] or 'suspect'}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", plain(text).lower()).strip("-")


def suspect_fingerprint(service: str, suspect: Suspect) -> str:
    """Survives moved lines: made of service, file, function, mechanism and the code without its blanks."""
    code = re.sub(r"\s+", "", suspect.code or "")
    parts = (service, suspect.file, suspect.function or "", suspect.mechanism, code)
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _rule(key: str, text: str) -> dict[str, Any]:
    return {
        "id": key,
        "shortDescription": {"text": text or "suspect"},
        "fullDescription": {"text": f"Lines suspected of a measured slowdown: {text or 'suspect'}."},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["performance"]},
    }


def message(suspect: Suspect, report: ReportInput) -> str:
    """`query in a loop (score 0.93). GET /cart p95 rose 34 % …`, plain text."""
    gone = ", removed lines, numbered in the baseline" if suspect.removed else ""
    slow = worst_row_of(suspect, report)
    said = f" {words.sentence(slow, plain)}." if slow else ""
    return f"{plain(suspect.mechanism, 200)} (score {suspect.score:.2f}{gone}).{said}"


def worst_row_of(suspect: Suspect, report: ReportInput) -> Row | None:
    """The worst regression among the suspect's own endpoints, else the worst of all."""
    found = pick.regressions(report.comparison)
    own = [row for row in found if row.endpoint in suspect.endpoints]
    return next(iter(own or found), None)


def _result(suspect: Suspect, rank: int, report: ReportInput, rules: list[str]) -> dict[str, Any]:
    failed = rank == 0 and words.verdict_of(report) is Verdict.REGRESSION
    start = max(1, suspect.start_line)
    region: dict[str, Any] = {"startLine": start, "endLine": max(start, suspect.end_line)}
    if suspect.code:
        region["snippet"] = {"text": "\n".join(plain_lines(suspect.code)[:40])}
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(suspect.file.lstrip("/"), safe="/"), "uriBaseId": "SRCROOT"},
            "region": region,
        }
    }
    if suspect.function:
        location["logicalLocations"] = [{"name": plain(suspect.function, 120), "kind": "function"}]
    return {
        "ruleId": rule_id(suspect.mechanism),
        "ruleIndex": rules.index(rule_id(suspect.mechanism)),
        "level": "error" if failed else "warning",
        "rank": round(100 * min(1.0, max(0.0, suspect.score)), 1),
        "message": {"text": message(suspect, report)},
        "locations": [location],
        "partialFingerprints": {"perfagentSuspect/v1": suspect_fingerprint(report.context.service, suspect)},
    }


def plain_lines(code: str) -> list[str]:
    """The lines of a snippet, secrets gone, with their indent."""
    return [line[: len(line) - len(line.lstrip())] + plain(line, 300) for line in code.splitlines()]

"""Reports that GitLab reads: code quality (lines of the merge request), load performance (its widget), annotations (links on the job)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from perfagent.model.comparison import Verdict
from perfagent.model.run import Run, Side
from perfagent.model.sketch import Sketch
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import safe_address
from perfagent.report.sarif import message, rule_id, suspect_fingerprint

LINK_WORDS = {"report": "Full report", "artifacts": "Artifacts", "dashboard": "Dashboard", "defect": "Defect"}
_ROOT_GROUP = {"name": "", "path": "", "id": hashlib.md5(b"", usedforsecurity=False).hexdigest(), "groups": {}, "checks": {}}


def codequality(report: ReportInput) -> str:
    """Suspects that stand in the candidate; removed lines have no place there."""
    failed = words.verdict_of(report) is Verdict.REGRESSION
    found = [s for s in (report.diagnosis.suspects if report.diagnosis else ()) if not s.removed]
    items = [
        {
            "description": message(suspect, report),
            "check_name": rule_id(suspect.mechanism),
            "fingerprint": suspect_fingerprint(report.context.service, suspect),
            "severity": ("critical" if rank == 0 else "major") if failed else "minor",
            "location": {"path": suspect.file, "lines": {"begin": max(1, suspect.start_line), "end": max(1, suspect.end_line)}},
        }
        for rank, suspect in enumerate(found)
    ]
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def load_performance(report: ReportInput) -> str:
    """The candidate's runs together, in the shape of k6's legacy `--summary-export`: milliseconds and per second."""
    runs = report.side(Side.CANDIDATE)
    metrics: dict[str, Any] = {}
    for phase, name in (("duration", "http_req_duration"), ("waiting", "http_req_waiting"), ("connecting", "http_req_connecting")):
        sketch = Sketch.merged([e.timings[phase] for run in runs for e in run.endpoints if phase in e.timings])
        if sketch.count:
            metrics[name] = _trend(sketch)
    count = sum(run.requests for run in runs)
    if count:
        failed = sum(e.failed for run in runs for e in run.endpoints)
        metrics["http_reqs"] = {"count": count, "rate": count / seconds if (seconds := _measured(runs)) else 0.0}
        metrics["http_req_failed"] = {"value": failed / count, "passes": failed, "fails": count - failed}
    return json.dumps({"metrics": metrics, "root_group": _ROOT_GROUP}, indent=2) + "\n"


def _measured(runs: tuple[Run, ...]) -> float:
    """Seconds in which requests were counted: warm-up is cut from them."""
    return sum(max(0.0, run.duration - run.warmup) for run in runs)


def _trend(sketch: Sketch) -> dict[str, float]:
    values = {
        "avg": sketch.mean,
        "min": sketch.minimum,
        "med": sketch.quantile(0.5),
        "max": sketch.maximum,
        "p(90)": sketch.quantile(0.9),
        "p(95)": sketch.quantile(0.95),
        "p(99)": sketch.quantile(0.99),
    }
    return {name: round(value * 1000, 6) for name, value in values.items()}


def job_links(report: ReportInput) -> str:
    """The `annotations` report: links on the job's page; needs no token."""
    links = [
        {"external_link": {"label": word, "url": address}}
        for name, word in LINK_WORDS.items()
        if (address := safe_address(report.context.links.get(name, "")))
    ]
    return json.dumps({"perfagent": links} if links else {}, indent=2) + "\n"

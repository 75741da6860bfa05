"""Remembered runs as tables for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from perfagent.adapters.stores.catalogue import Row
from perfagent.cli.comparison_table import aligned
from perfagent.ingest.merge import merge_endpoints
from perfagent.model.run import EndpointStats
from perfagent.ports.baseline_store import BaselineEntry
from perfagent.stats.fingerprint import k6_major


def entry_table(rows: Sequence[Row]) -> str:
    header = ("ID", "SERVICE", "REVISION", "RECORDED", "SCENARIO", "K6", "ACCEPTED")
    return "\n".join(aligned(header, [_cells(row) for row in rows], right=()))


def as_json(rows: Sequence[Row]) -> str:
    documents = [
        {
            "id": row.id,
            "service": row.service,
            "revision": row.revision,
            "recorded_at": row.recorded_at,
            "comparable": row.kind,
            "accepted": row.accepted,
            "expires_at": row.expires_at or None,
        }
        for row in rows
    ]
    return json.dumps(documents, indent=2, ensure_ascii=False)


def entry_page(entry: BaselineEntry) -> str:
    environment = entry.runs[0].environment
    facts = [
        ("id", entry.id),
        ("service", entry.service),
        ("revision", entry.revision or "not known"),
        ("recorded", f"{entry.recorded_at:%Y-%m-%d %H:%M} UTC, {len(entry.runs)} rounds"),
        ("machine", ", ".join(part for part in (environment.machine, environment.cpu, f"{environment.cores} cores") if part)),
        ("k6", environment.k6_version or "not known"),
    ]
    if entry.accepted_by:
        facts.append(("accepted", f"by {entry.accepted_by}{until(entry.expires_at)}: {entry.accepted_reason}"))
    lines = [f"{name + ':':10} {value}" for name, value in facts]
    endpoints = merge_endpoints([run.endpoints for run in entry.runs])
    header = ("ENDPOINT", "REQUESTS", "FAILED", "P50", "P95", "P99")
    return "\n".join([*lines, "", *aligned(header, [_latencies(stats) for stats in endpoints], right=(1, 2, 3, 4, 5))])


def until(expires_at: datetime | None) -> str:
    """The last day it holds, in words."""
    return f", until {expires_at.astimezone(UTC) - timedelta(seconds=1):%Y-%m-%d}" if expires_at else ""


def _cells(row: Row) -> tuple[str, ...]:
    scenario, major, _ = (*row.kind.split("/"), "", "")[:3]
    accepted = ("yes" + until(datetime.fromisoformat(row.expires_at) if row.expires_at else None)) if row.accepted else ""
    return row.id, row.service, row.revision[:12], row.recorded_at[:16].replace("T", " "), scenario[:8], k6_major(major), accepted


def _latencies(stats: EndpointStats) -> tuple[str, ...]:
    duration = stats.timings.get("duration")
    quantiles = [f"{duration.quantile(q) * 1000:.2f} ms" if duration and duration.count else "" for q in (0.5, 0.95, 0.99)]
    return stats.endpoint, f"{stats.requests:,}", f"{stats.failed:,}", *quantiles

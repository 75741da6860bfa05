"""Loki's HTTP API: log lines of a window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from perfagent.adapters.http import Http, Limits, Network
from perfagent.errors import OptionalServiceError
from perfagent.model.evidence import Evidence, Window

DEFAULT_QUERY = '{service_name="$service"} |~ `(?i)error|warn|timeout|exception`'
_LONGEST_LINE = 1000


class Loki:
    name = "loki"

    def __init__(self, url: str, *, tenant: str | None = None, network: Network | None = None, limits: Limits | None = None) -> None:
        headers = {"X-Scope-OrgID": tenant} if tenant else {}
        self._http = Http(url, service="Loki", headers=headers, network=network, limits=limits or Limits(read=15, deadline=40, attempts=3))

    def query_logs(self, query: str, start: datetime, end: datetime, *, limit: int = 100) -> Sequence[Evidence]:
        """Oldest first; `end` is exclusive. Raises OptionalServiceError with Loki's own words for a query that it refuses."""
        answer = self._http.json(
            "GET",
            "/loki/api/v1/query_range",
            params={
                "query": query,
                "start": _nanoseconds(start),
                "end": _nanoseconds(end),
                "limit": limit,
                "direction": "forward",
            },
        )
        data = answer.get("data", {}) if isinstance(answer, dict) else {}
        if data.get("resultType") != "streams":
            raise OptionalServiceError(
                f"Loki answered {query!r} with {data.get('resultType', 'no result')}, not with log lines",
                hint="leave out the metric functions (rate, count_over_time): this tool returns lines",
            )
        lines = sorted((int(entry[0]), str(entry[1]), _labels(stream)) for stream in data["result"] for entry in stream["values"])
        return [_evidence(number, *line, query, start, end) for number, line in enumerate(lines[:limit])]


def _evidence(number: int, nanoseconds: int, line: str, labels: str, query: str, start: datetime, end: datetime) -> Evidence:
    moment = datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="milliseconds")
    return Evidence(
        id=f"loki:{number}",
        source="loki",
        name=labels,
        text=f"{moment} {line[:_LONGEST_LINE]}",
        query=query,
        window=Window(start=start, end=end),
    )


def _labels(stream: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(stream.get("stream", {}).items()))


def _nanoseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1_000_000) * 1000)

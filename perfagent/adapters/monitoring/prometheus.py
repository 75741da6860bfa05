"""Prometheus' HTTP API; the same for Mimir, Thanos, VictoriaMetrics and Grafana Cloud."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from perfagent.adapters.http import Http, Limits, Network
from perfagent.errors import OptionalServiceError
from perfagent.model.evidence import Evidence, Window

DEFAULT_QUERIES = {
    "cpu_cores": 'sum(rate(process_cpu_seconds_total{job="$service"}[$window]))',
    "resident_memory_bytes": 'sum(process_resident_memory_bytes{job="$service"})',
    "open_fds": 'sum(process_open_fds{job="$service"})',
}
_MOST_POINTS = 240  # a window's course at a glance; Prometheus itself refuses more than 11 000
_MOST_SERIES = 20
_SCRAPE = timedelta(seconds=60)  # the last samples of a window arrive up to a scrape later
_UNITS = {"bytes": "bytes", "seconds": "s", "ratio": "fraction", "cores": "cores"}


class Prometheus:
    """`queries` maps a name to PromQL in which `$service` and `$window` (a rate's range) are filled in."""

    name = "prometheus"

    def __init__(
        self,
        url: str,
        *,
        queries: Mapping[str, str] | None = None,
        tenant: str | None = None,
        network: Network | None = None,
        limits: Limits | None = None,
    ) -> None:
        headers = {"X-Scope-OrgID": tenant} if tenant else {}
        self._http = Http(
            url, service="Prometheus", headers=headers, network=network, limits=limits or Limits(read=15, deadline=40, attempts=3)
        )
        self._queries = dict(queries or DEFAULT_QUERIES)

    def fetch(self, service: str, start: datetime, end: datetime) -> Sequence[Evidence]:
        """One piece of evidence per series, its values over time under `candidate`; absent series are left out."""
        found: list[Evidence] = []
        with self._http.within():
            for name, template in self._queries.items():
                query = _filled(template, service, start, end)
                for number, series in enumerate(self._range(query, start, end)[:_MOST_SERIES]):
                    values = _values(series)
                    if any(v is not None for v in values):
                        found.append(_evidence(name, number, series, values, query, start, end))
        return found

    def _range(self, query: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        until = end + _SCRAPE
        step = max(1, math.ceil((until - start).total_seconds() / _MOST_POINTS))
        form = {"query": query, "start": start.timestamp(), "end": until.timestamp(), "step": step}
        answer = self._http.json("GET", "/api/v1/query_range", params=form)
        if not isinstance(answer, dict) or answer.get("status") != "success":
            said = answer.get("error", "an answer that is not Prometheus'") if isinstance(answer, dict) else "no JSON object"
            raise OptionalServiceError(f"Prometheus refused the query {query!r}: {said}", hint="try it in Prometheus' own page")
        result = answer.get("data", {}).get("result", [])
        return [series for series in result if isinstance(series, dict)]


def _filled(template: str, service: str, start: datetime, end: datetime) -> str:
    """The range of a rate must hold several scrapes and fit into the window, else the result is empty."""
    seconds = int((end - start).total_seconds())
    window = f"{min(300, max(60, seconds // 2))}s"
    quoted = re.sub(r'(["\\])', r"\\\1", service)
    return template.replace("$service", quoted).replace("$window", window)


def _values(series: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Numbers come as text, among them NaN and +Inf, which no document can hold."""
    out: list[float | None] = []
    for pair in series.get("values", ()):
        try:
            value = float(pair[1])
        except (TypeError, ValueError, IndexError):
            continue
        out.append(value if math.isfinite(value) else None)
    return tuple(out)


def _evidence(
    name: str, number: int, series: Mapping[str, Any], values: tuple[float | None, ...], query: str, start: datetime, end: datetime
) -> Evidence:
    labels = {k: v for k, v in dict(series.get("metric", {})).items() if k != "__name__"}
    shown = f"{name}{{{', '.join(f'{k}={v}' for k, v in sorted(labels.items()))}}}" if labels else name
    return Evidence(
        id=f"prometheus:{name}:{number}",
        source="prometheus",
        name=shown,
        unit=next((unit for suffix, unit in _UNITS.items() if suffix in name), None),
        candidate=values,
        query=query,
        window=Window(start=start, end=end),
    )

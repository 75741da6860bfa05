"""What has no row: p95 of each round, a timeline, and the load generator's own health."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perfagent.model.comparison import ALL_ENDPOINTS
from perfagent.model.evidence import Evidence
from perfagent.model.run import CELL_SECONDS, Run
from perfagent.stats.material import Material
from perfagent.stats.summaries import bin_values, by_endpoint


def observed(material: Material) -> tuple[Evidence, ...]:
    if not material.baseline or not material.candidate:
        return ()
    out = [_p95_of_all(material), _timeline(material)]
    for endpoint in material.endpoints:
        out.append(
            Evidence(
                id=f"k6:p95-by-round:{endpoint}",
                source="k6",
                name="p95 of each round",
                endpoint=endpoint,
                unit="s",
                baseline=tuple(_p95(run, endpoint) for run in material.baseline),
                candidate=tuple(_p95(run, endpoint) for run in material.candidate),
            )
        )
    for name, unit, read in (
        ("dropped_iterations", "count", lambda r: float(r.health.dropped)),
        ("generator_cpu", "cores", lambda r: r.health.cpu),
        ("requests", "count", lambda r: float(r.requests)),
    ):
        values = tuple(tuple(read(run) for run in side) for side in (material.baseline, material.candidate))
        if any(v is not None for side in values for v in side):
            out.append(Evidence(id=f"k6:{name}", source="k6", name=name, unit=unit, baseline=values[0], candidate=values[1]))
    return tuple(out)


def _p95(run: Run, endpoint: str) -> float | None:
    stats = by_endpoint(run).get(endpoint)
    sketch = stats.timings.get("duration") if stats else None
    return sketch.quantile(0.95) if sketch is not None and sketch.count else None


def _p95_of_all(material: Material) -> Evidence:
    def one(run: Run) -> float | None:
        sketches = [e.timings["duration"] for e in run.endpoints if "duration" in e.timings]
        indices = np.concatenate([np.asarray(x.indices, dtype=np.int64) for x in sketches])
        counts = np.concatenate([np.asarray(x.counts, dtype=np.float64) for x in sketches])
        if not len(indices):
            return None
        order = np.argsort(indices, kind="stable")
        reached = np.searchsorted(np.cumsum(counts[order]), 0.95 * counts.sum())
        return float(bin_values(indices[order][min(int(reached), len(order) - 1)]))

    return Evidence(
        id="k6:p95-by-round",
        source="k6",
        name="p95 of each round, all requests",
        endpoint=ALL_ENDPOINTS,
        unit="s",
        baseline=tuple(one(run) for run in material.baseline),
        candidate=tuple(one(run) for run in material.candidate),
    )


def _timeline(material: Material) -> Evidence:
    """Mean duration of all requests in each 10-s cell of a run's time, over the rounds."""

    def side(runs: Sequence[Run]) -> tuple[float | None, ...]:
        total: dict[int, float] = {}
        count: dict[int, int] = {}
        for run in runs:
            for stats in run.endpoints:
                for cell in stats.cells:
                    at = int(cell.start // CELL_SECONDS)
                    total[at] = total.get(at, 0.0) + cell.duration.total
                    count[at] = count.get(at, 0) + cell.duration.count
        return tuple(total[i] / count[i] if count.get(i) else None for i in range(max(total, default=-1) + 1))

    return Evidence(
        id="k6:timeline",
        source="k6",
        name=f"mean duration in each {CELL_SECONDS:.0f} s of a run",
        endpoint=ALL_ENDPOINTS,
        unit="s",
        baseline=side(material.baseline),
        candidate=side(material.candidate),
    )

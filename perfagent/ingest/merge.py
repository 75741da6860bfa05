"""Parts put together: the same answer as one output that holds all their samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from perfagent.errors import InputError
from perfagent.model.run import CELL_SECONDS, Cell, EndpointStats, GeneratorHealth, Run
from perfagent.model.sketch import Sketch


def merge_runs(runs: Sequence[Run]) -> Run:
    """One run of several load generators that ran at the same time (same side and round).

    Their start times, where known, place their cells on one time line, to whole cells; counts and sketches are exact.
    """
    if not runs:
        raise InputError("no runs to merge")
    first = runs[0]
    for run in runs[1:]:
        if (run.side, run.round) != (first.side, first.round):
            raise InputError(
                f"runs {first.id} and {run.id} are not parts of one run: {first.side} round {first.round}, {run.side} round {run.round}",
                hint="merge only what parallel generators measured of the same side in the same round",
            )
    if len(runs) == 1:
        return first
    starts = [r.started_at for r in runs if r.started_at is not None]
    start = min(starts, default=None)
    offsets = [(r.started_at - start).total_seconds() if r.started_at and start else 0.0 for r in runs]
    warmups = [r.warmup + o for r, o in zip(runs, offsets, strict=True)]
    end = max(w + r.duration for r, w in zip(runs, warmups, strict=True))
    return replace(
        first,
        endpoints=merge_endpoints([_shifted(r.endpoints, offset) for r, offset in zip(runs, offsets, strict=True)]),
        started_at=start,
        duration=end - min(warmups),
        warmup=min(warmups),
        bytes_received=_sum(r.bytes_received for r in runs),
        bytes_sent=_sum(r.bytes_sent for r in runs),
        health=_health([r.health for r in runs]),
        exit_code=next((r.exit_code for r in runs if r.exit_code), first.exit_code),
        problems=_unique(p for r in runs for p in r.problems),
        notes=_unique(n for r in runs for n in r.notes),
    )


def merge_endpoints(parts: Sequence[Sequence[EndpointStats]]) -> tuple[EndpointStats, ...]:
    """By name, in order of name."""
    by_name: dict[str, list[EndpointStats]] = {}
    for part in parts:
        for stats in part:
            by_name.setdefault(stats.endpoint, []).append(stats)
    return tuple(_merged(by_name[name]) for name in sorted(by_name))


def merge_sketches(sketches: Iterable[Sketch]) -> Sketch:
    """As `Sketch.merged`, with the total summed in whole nanoseconds: exact, whatever the parts and their order."""
    parts = [s for s in sketches if s.count]
    if len(parts) == 1:
        return parts[0]
    return replace(Sketch.merged(parts), total=sum(round(p.total * 1e9) for p in parts) / 1e9)


def _merged(stats: Sequence[EndpointStats]) -> EndpointStats:
    if len(stats) == 1:
        return stats[0]
    cells: dict[float, list[Cell]] = {}
    for cell in (c for s in stats for c in s.cells):
        cells.setdefault(cell.start, []).append(cell)
    phases = dict.fromkeys(phase for s in stats for phase in s.timings)
    return EndpointStats(
        endpoint=stats[0].endpoint,
        requests=sum(s.requests for s in stats),
        failed=sum(s.failed for s in stats),
        timings={phase: merge_sketches(s.timings[phase] for s in stats if phase in s.timings) for phase in phases},
        cells=tuple(_merged_cell(start, cells[start]) for start in sorted(cells)),
    )


def _merged_cell(start: float, cells: Sequence[Cell]) -> Cell:
    return Cell(
        start=start,
        requests=sum(c.requests for c in cells),
        failed=sum(c.failed for c in cells),
        duration=merge_sketches(c.duration for c in cells),
    )


def _shifted(endpoints: Sequence[EndpointStats], offset: float) -> Sequence[EndpointStats]:
    cells = round(offset / CELL_SECONDS)
    if not cells:
        return endpoints
    return [replace(e, cells=tuple(replace(c, start=c.start + cells * CELL_SECONDS) for c in e.cells)) for e in endpoints]


def _health(parts: Sequence[GeneratorHealth]) -> GeneratorHealth:
    """Counts add up; CPU is that of the busiest generator, for one starved generator spoils the whole."""
    return GeneratorHealth(
        cpu=max((p.cpu for p in parts if p.cpu is not None), default=None),
        dropped=sum(p.dropped for p in parts),
        iterations=sum(p.iterations for p in parts),
        vus_max=sum(p.vus_max for p in parts),
        exceptions=sum(p.exceptions for p in parts),
        warnings=sum(p.warnings for p in parts),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))

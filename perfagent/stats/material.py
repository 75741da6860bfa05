"""Which runs are compared with which: usable ones only, paired by round, or as a history; with a reason for each that is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from perfagent.model.comparison import Mode
from perfagent.model.run import Run
from perfagent.stats.summaries import by_endpoint

_JOB_SECONDS = 6 * 3600.0  # the longest that hosted CI lets a job run


@dataclass(frozen=True, kw_only=True)
class Material:
    """In paired modes the n-th of both sides are one round. `order`: +1 where the candidate came second, -1 first, None: not known."""

    mode: Mode
    baseline: tuple[Run, ...]
    candidate: tuple[Run, ...]
    order: tuple[float, ...] | None
    notes: tuple[str, ...]
    jobs: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """History: for each run of both sides the number of the job it ran in. Runs of one job share its machine: they count as one."""

    @property
    def rounds(self) -> int:
        return len(self.baseline) if self.mode is not Mode.HISTORY else len(self.candidate)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """On both sides, sorted."""
        return tuple(sorted(_names(self.baseline) & _names(self.candidate)))

    @property
    def vanished(self) -> tuple[str, ...]:
        return tuple(sorted(_names(self.baseline) - _names(self.candidate)))

    @property
    def new(self) -> tuple[str, ...]:
        return tuple(sorted(_names(self.candidate) - _names(self.baseline)))


def _names(runs: Sequence[Run]) -> set[str]:
    return {name for run in runs for name in by_endpoint(run)}


def gather(baseline: Sequence[Run], candidate: Sequence[Run], *, paired: bool, mode: Mode | None) -> Material:
    notes: list[str] = []
    if not paired and mode in (None, Mode.HISTORY):
        old, new = (tuple(sorted(_usable(side, notes), key=_when)) for side in (baseline, candidate))
        jobs = _jobs(old), _jobs(new)
        if len(set(jobs[0])) < len(old):
            notes.append(f"{len(old)} baseline runs came from {len(set(jobs[0]))} jobs; runs of one job count as one")
        return Material(mode=Mode.HISTORY, baseline=old, candidate=new, order=None, notes=tuple(notes), jobs=jobs)
    pairs = []
    for b, c in _pairs(baseline, candidate, notes):
        if b.usable and c.usable and b.requests and c.requests:
            pairs.append((b, c))
        else:
            _usable((b, c), notes)
    inferred = mode if mode in (Mode.DUET, Mode.TURNS) else _infer(pairs)
    order = _order(pairs) if inferred is Mode.TURNS else None
    if inferred is Mode.TURNS and order is None:
        notes.append("the times at which the runs began are not known, so an effect of the order could not be removed")
    if order is not None and len(pairs) > 1 and abs(sum(order)) == len(order):
        notes.append("the order of the sides was the same in every round, so the interval allows for what the second place may cost")
    return Material(
        mode=inferred, baseline=tuple(b for b, _ in pairs), candidate=tuple(c for _, c in pairs), order=order, notes=tuple(notes)
    )


def _jobs(runs: Sequence[Run]) -> tuple[int, ...]:
    """Runs of one revision that began within hours of each other are one job's; runs without a revision stand alone."""
    numbers: list[int] = []
    for i, run in enumerate(runs):
        last = runs[i - 1] if i else None
        same = last is not None and run.revision and run.revision == last.revision and _when(run) - _when(last) < _JOB_SECONDS
        numbers.append(numbers[-1] if same else (numbers[-1] + 1 if numbers else 0))
    return tuple(numbers)


def _when(run: Run) -> float:
    return run.started_at.timestamp() if run.started_at else 0.0


def _usable(runs: Sequence[Run], notes: list[str]) -> list[Run]:
    good = []
    for run in runs:
        if run.usable and run.requests:
            good.append(run)
        else:
            notes.append(f"{_name(run)} was left out: {'; '.join(run.problems) or 'it has no requests'}")
    return good


def _name(run: Run) -> str:
    return f"{run.side} run {run.id}" + (f" (round {run.round})" if run.round is not None else "")


def _pairs(baseline: Sequence[Run], candidate: Sequence[Run], notes: list[str]) -> list[tuple[Run, Run]]:
    """By `round`; by position where rounds are not numbered."""
    if any(run.round is None for run in (*baseline, *candidate)):
        if len(baseline) != len(candidate):
            notes.append(f"{len(baseline)} baseline and {len(candidate)} candidate runs without round numbers: the surplus was left out")
        return list(zip(baseline, candidate, strict=False))
    ours = {run.round: run for run in baseline}
    theirs = {run.round: run for run in candidate}
    if len(ours) != len(baseline) or len(theirs) != len(candidate):
        notes.append("several runs of one side have the same round; the last of each was taken")
    if lonely := sorted(r for r in ours.keys() ^ theirs.keys() if r is not None):
        notes.append(f"round {', '.join(map(str, lonely))} has one side only and was left out")
    return [(ours[r], theirs[r]) for r in sorted(r for r in ours.keys() & theirs.keys() if r is not None)]


def _starts(pairs: Sequence[tuple[Run, Run]]) -> list[float]:
    return [_when(c) - _when(b) for b, c in pairs if b.started_at and c.started_at]


def _infer(pairs: Sequence[tuple[Run, Run]]) -> Mode:
    """Sides that began within half a run's length of each other ran at once."""
    gaps = _starts(pairs)
    length = median(b.duration for b, _ in pairs) if pairs else 0.0
    return Mode.TURNS if gaps and median(abs(g) for g in gaps) > 0.5 * length else Mode.DUET


def _order(pairs: Sequence[tuple[Run, Run]]) -> tuple[float, ...] | None:
    gaps = _starts(pairs)
    if len(gaps) < len(pairs) or not gaps:
        return None
    return tuple(1.0 if g > 0 else -1.0 for g in gaps)

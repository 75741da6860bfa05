"""What an ended k6 means: an error where nothing was measured, problems where the numbers must not be compared, notes for the rest."""

from __future__ import annotations

from dataclasses import dataclass

from perfagent.errors import LoadTestError
from perfagent.model.run import Side
from perfagent.steps.k6.exit_codes import THRESHOLDS_CROSSED, meaning
from perfagent.steps.k6.log import LogTally
from perfagent.steps.k6.player import Played

MAX_DROPPED = 0.01  # share of iterations that did not start; above it the load was not the one that was asked for
MAX_EXCEPTIONS = 0.01
MEANINGLESS = 0.5  # share of iterations that threw, or of requests that reached nobody
CPU_FULL = 0.9  # share of the machine's CPUs; a generator above it measures itself
WAIT_PER_CPU = 2.0  # seconds waited for a CPU for each second on one ...
WAIT_PER_WALL = 0.25  # ... and for each second of the run, so that an idle k6 on a busy machine is left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of one side. `requests` and `failed` with warm-up, `iterations` and `dropped` without; `exceptions` and `dead` of the whole run."""

    requests: int
    failed: int
    iterations: int
    dropped: int
    exceptions: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    error: LoadTestError | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def conclude(*, side: Side, script: str, target: str, played: Played, log: LogTally, counts: Counts, cores: float) -> Conclusion:
    """The first that holds of: k6 failed, the target was dead, the script threw, no request was made; then starvation."""
    error = _failure(script, played.exit_code, log) or _dead(side, target, counts, log)
    error = error or _throwing(script, counts, log) or _silent(script, counts, log)
    problems = [*_starved(played, counts, cores)]
    notes = [*log.crossed, *_crowded(played)]
    if counts.exceptions > 0 and error is None:
        text = f"{counts.exceptions} exceptions in {counts.iterations} iterations; the first: {log.first_exception}"
        # a target that answers badly makes scripts stumble: then the failed requests tell the story
        unexplained = counts.exceptions > MAX_EXCEPTIONS * max(1, counts.iterations) and counts.exceptions > counts.failed
        (problems if unexplained else notes).append(text)
    return Conclusion(error=error, problems=tuple(problems), notes=tuple(notes))


def _failure(script: str, code: int, log: LogTally) -> LoadTestError | None:
    if code in (0, THRESHOLDS_CROSSED):
        return None
    said = log.first_error or log.first_exception
    return LoadTestError(
        f"k6 did not play {script} to its end ({meaning(code)})" + (f": {said}" if said else ""), hint="k6's whole log is in the run folder"
    )


def _throwing(script: str, counts: Counts, log: LogTally) -> LoadTestError | None:
    if counts.exceptions == 0 or counts.exceptions < MEANINGLESS * max(1, counts.iterations):
        return None
    iterations = max(counts.iterations, counts.exceptions)
    return LoadTestError(
        f"{script} threw an exception in {counts.exceptions} of {iterations} iterations: {log.first_exception}",
        hint="try it alone: k6 run -e BASE_URL=... with the script",
    )


def _silent(script: str, counts: Counts, log: LogTally) -> LoadTestError | None:
    if counts.requests:
        return None
    said = f"; k6 warned: {log.messages[0]}" if log.messages else ""
    return LoadTestError(
        f"{script} made no request in {counts.iterations} iterations{said}",
        hint="is the request behind a condition, or the scenario too short?",
    )


def _dead(side: Side, target: str, counts: Counts, log: LogTally) -> LoadTestError | None:
    if counts.requests == 0 or counts.dead < MEANINGLESS * counts.requests:
        return None
    return LoadTestError(
        f"the {side} target at {target} is dead: {counts.dead} of {counts.requests} requests reached nobody; the first: {log.first_dead}",
        hint="is it up, and does the script take its address from __ENV.BASE_URL?",
    )


def _starved(played: Played, counts: Counts, cores: float) -> list[str]:
    out = []
    planned = counts.dropped + counts.iterations
    if planned and counts.dropped > MAX_DROPPED * planned:
        out.append(
            f"load generator starved: {counts.dropped} of {planned} iterations were dropped because no VU was free "
            "(more preAllocatedVUs or maxVUs, or a lower rate)"
        )
    if played.cpu is None or played.wall <= 0:
        return out
    used = played.cpu / played.wall
    if used >= CPU_FULL * cores:
        out.append(f"load generator starved: k6 used {used:.2f} of {cores:g} CPUs (a lower rate, or a larger machine)")
    return out


def _crowded(played: Played) -> list[str]:
    """Noise, not starvation: the load was played as asked, late by a little on both sides alike. Rounds and pairing are there for that."""
    if played.cpu is None or played.waited is None or played.wall <= 0:
        return []
    if played.waited <= WAIT_PER_CPU * played.cpu or played.waited <= WAIT_PER_WALL * played.wall:
        return []
    return [
        f"a busy machine: k6's threads waited {played.waited:.1f} s for a CPU and ran {played.cpu:.1f} s, which is noise in every latency"
    ]

"""After each round: go on, or is the answer clear? Valid under optional stopping, because alpha is spread over the planned looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Mode, Row, RowVerdict, Verdict
from perfagent.model.run import Run
from perfagent.stats.gate import compare
from perfagent.stats.policy import Gate

_HINT = 0.25  # a row whose p-value within the family is below this may still become significant
_HINT_OF_ANY_CHANGE = 0.8


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`comparison` is what `compare` gives on the same runs with `gate`; `reason` says why to stop or to go on."""

    comparison: Comparison
    stop: bool
    reason: str
    gate: Gate


def next_step(baseline: Sequence[Run], candidate: Sequence[Run], *, gate: Gate, mode: Mode, min_rounds: int, max_rounds: int) -> Decision:
    """Judge the rounds so far.

    `Decision.gate` carries the plan: `compare(..., gate=decision.gate)` on the saved runs repeats the answer.
    """
    planned = replace(gate, min_rounds=min_rounds, max_rounds=max_rounds)
    comparison = compare(baseline, candidate, paired=mode is not Mode.HISTORY, gate=planned, mode=mode)
    rounds = comparison.rounds or 0
    stop, reason = _decide(comparison, planned, rounds, attempts=max(len(baseline), len(candidate)))
    return Decision(comparison=comparison, stop=stop, reason=reason, gate=planned)


def _decide(comparison: Comparison, gate: Gate, rounds: int, attempts: int) -> tuple[bool, str]:
    last = gate.max_rounds or gate.min_rounds
    if rounds < gate.min_rounds and attempts < last:
        return False, f"{rounds} usable rounds, at least {gate.min_rounds} are planned"
    if comparison.verdict is Verdict.REGRESSION:
        return True, f"a regression is clear after {rounds} rounds"
    if attempts >= last:
        return True, f"all {last} planned rounds are measured"
    hopes = [row for row in comparison.rows if row.gated and not _settled(row)]
    if comparison.verdict is Verdict.PASS and not hopes:
        return True, f"after {rounds} rounds the data rule out a change as large as the limit"
    named = ", ".join(f"{r.metric} of {'all requests' if r.endpoint == ALL_ENDPOINTS else r.endpoint}" for r in hopes[:3])
    return False, f"still open after {rounds} rounds: {named or 'the verdict is inconclusive'}"


def _settled(row: Row) -> bool:
    """Nothing more can come of it: missing, or no sign of a change as large as half the limit."""
    if row.row_verdict in (RowVerdict.MISSING, RowVerdict.IMPROVEMENT, RowVerdict.ACCEPTED) or row.p_adjusted is None:
        return True
    if row.metric == "mean" and row.endpoint == ALL_ENDPOINTS and row.row_verdict is RowVerdict.INCONCLUSIVE:
        return False
    if not row.threshold:  # without a limit every true change counts, however small
        return row.p_adjusted > _HINT_OF_ANY_CHANGE
    return row.p_adjusted > _HINT or row.effect is None or abs(row.effect) < 0.5 * row.threshold

"""From the configured policy to the statistics' gate, and from a verdict to the exit code. `run` and `compare` both ask here."""

from __future__ import annotations

from perfagent.config.measuring import GatePolicy, OnDoubt
from perfagent.config.settings import Settings
from perfagent.errors import ExitCode
from perfagent.model.comparison import Comparison, Mode, Verdict
from perfagent.stats.policy import Gate

NO_BASELINE = "there is no baseline: no base revision could be measured, and the store holds no comparable run"


def gate_of(settings: Settings, mode: Mode) -> Gate:
    """The configured policy as the statistics take it. The default list of metrics may be widened by what sees changes of it early; a
    list that somebody wrote is taken by the letter."""
    policy = settings.gate
    return Gate(
        max_regression=policy.max_regression,
        alpha=round(1 - policy.confidence, 12),  # 1 - 0.99 is not 0.01 in binary
        metrics=policy.metrics,
        widen=policy.metrics == GatePolicy().metrics,
        endpoint_limits=policy.endpoints,
        slo={f"{o.endpoint} {o.metric}": o.limit for o in policy.objectives},
        min_latency_effect=policy.min_effect,
        min_error_increase=policy.min_error_increase,
        min_rounds=settings.rounds.min,
        max_rounds=settings.rounds.max if mode is not Mode.HISTORY else None,
    )


def exit_code(comparison: Comparison, policy: GatePolicy, *, no_baseline: bool) -> tuple[ExitCode, tuple[str, ...]]:
    """The contract's table; what the policy lets through is warned of."""
    if comparison.verdict is Verdict.REGRESSION:
        return ExitCode.REGRESSION, ()
    if comparison.verdict is Verdict.PASS:
        return ExitCode.PASS, ()
    on_doubt = policy.on_no_baseline if no_baseline else policy.on_inconclusive
    reason = NO_BASELINE if no_baseline else "the answer is open"
    if on_doubt is OnDoubt.WARN:
        key = "gate.on_no_baseline" if no_baseline else "gate.on_inconclusive"
        return ExitCode.PASS, (f"{reason}; let through by {key}: warn",)
    return ExitCode.INCONCLUSIVE, ()

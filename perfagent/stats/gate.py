"""`compare`: from the runs of both sides to a comparison. The whole verdict in one function, without I/O."""

from __future__ import annotations

from collections.abc import Sequence

from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Mode
from perfagent.model.run import Run
from perfagent.stats.family import share
from perfagent.stats.finding import Finding
from perfagent.stats.flow import bytes_finding, open_model, throughput_finding
from perfagent.stats.judgement import judge
from perfagent.stats.latency import latency_findings
from perfagent.stats.material import Material, gather
from perfagent.stats.observed import observed
from perfagent.stats.policy import LATENCY_METRICS, Gate
from perfagent.stats.rates import error_findings
from perfagent.stats.series import View
from perfagent.stats.spending import strictness

__all__ = ["Gate", "compare"]

TAIL_REQUESTS = 500  # of one run; the tail that p99 is told from (slowest 2.5 % to 0.3 %) then holds about ten


def compare(
    baseline: Sequence[Run], candidate: Sequence[Run], *, paired: bool = False, gate: Gate | None = None, mode: Mode | None = None
) -> Comparison:
    """Is the candidate slower?

    Paired: runs of the same `round` belong together; both sides at once (duet) or one after the other (turns) is read off the times at
    which they began, or given as `mode`. Not paired: several earlier runs of the baseline against one or a few of the candidate (history).
    The answer is a function of the runs and the gate alone, so saved runs give the rows that the run gave.
    """
    gate = gate or Gate()
    material = gather(baseline, candidate, paired=paired or mode in (Mode.DUET, Mode.TURNS), mode=mode)
    findings = _findings(material, gate) if material.baseline and material.candidate and material.endpoints else []
    look = strictness(gate, material.rounds) if material.mode is not Mode.HISTORY else 1.0
    judgement = judge(findings, material, gate, look=look)
    return Comparison(
        rows=judgement.rows,
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        mode=material.mode,
        p_value=judgement.p_value,
        rounds=material.rounds,
        evidence=observed(material),
        baseline_revision=_revision(baseline),
        candidate_revision=_revision(candidate),
    )


def _findings(material: Material, gate: Gate) -> list[Finding]:
    view = View(material)
    names = (ALL_ENDPOINTS, *material.endpoints)

    def weight(endpoint: str, metric: str) -> float:
        if metric not in gate.gated or (metric == "p99" and _too_few_for_a_tail(material, endpoint)):
            return 0.0
        return share(endpoint, metric, len(material.endpoints), material.mode)

    out: list[Finding] = []
    for metric in LATENCY_METRICS:
        if metric in ("mean", "p50", "p95", "p99") or _carried(material, metric):
            out += latency_findings(view, metric, [weight(n, metric) for n in names])
    out += error_findings(material, [weight(n, "error_rate") for n in names])
    by_load = weight(ALL_ENDPOINTS, "throughput") if open_model(material) else 0.0
    flows = throughput_finding(material, by_load), bytes_finding(material, weight(ALL_ENDPOINTS, "bytes_received"))
    return out + [f for f in flows if f is not None]


def _too_few_for_a_tail(material: Material, endpoint: str) -> bool:
    """In a history a run is alone with its tail: a handful of slow requests says nothing of how far tails of other runs lie apart."""
    if material.mode is not Mode.HISTORY:
        return False
    counts = [
        sum(stats.requests for stats in run.endpoints if endpoint in (ALL_ENDPOINTS, stats.endpoint))
        for run in (*material.baseline, *material.candidate)
    ]
    return min(counts, default=0) < TAIL_REQUESTS


def _carried(material: Material, metric: str) -> bool:
    phase = metric.removesuffix("_p95")
    return any(
        (sketch := stats.timings.get(phase)) is not None and sketch.maximum > 0
        for run in (*material.baseline, *material.candidate)
        for stats in run.endpoints
    )


def _revision(runs: Sequence[Run]) -> str:
    return next((run.revision for run in reversed(runs) if run.revision), "")

"""From findings to rows and a verdict, each said in a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfagent.model.comparison import ALL_ENDPOINTS, Mode, Row, RowVerdict, Verdict
from perfagent.stats.family import combined, holm, normalised
from perfagent.stats.finding import Finding, Interval
from perfagent.stats.material import Material
from perfagent.stats.policy import Gate, split_key

_SURE = 0.05  # one-sided level at which the data rule out an effect as large as the limit
_CLEARLY = 0.001  # an endpoint that moved with everything is named when its own p-value is below this


@dataclass(frozen=True, kw_only=True)
class Judgement:
    rows: tuple[Row, ...]
    verdict: Verdict
    reasons: tuple[str, ...]
    p_value: float


def judge(findings: Sequence[Finding], material: Material, gate: Gate, *, look: float) -> Judgement:
    """`look` is how much stricter this look at the data is than a single one (1: the only look)."""
    weights = normalised([f.weight for f in findings])
    adjusted, shares = holm([f.p for f in findings], weights, gate.alpha / look)
    p_value = min(1.0, combined([f.p for f in findings], weights) * look)
    rows = [_row(f, w, min(1.0, p * look), gate, look) for f, w, p in zip(findings, shares, adjusted, strict=True)]
    rows = _name_those_that_moved_with_all(rows, findings, gate)
    rows += _missing(material, gate, rows)
    verdict, reasons = _verdict(rows, material, gate)
    return Judgement(rows=tuple(rows), verdict=verdict, reasons=tuple(reasons), p_value=p_value)


def _row(finding: Finding, alpha_share: float, p_adjusted: float, gate: Gate, look: float) -> Row:
    in_family = alpha_share > 0
    gated = in_family or gate.absolute_limit(finding.endpoint, finding.metric) is not None
    limit = gate.limit(finding.endpoint, finding.metric)
    if finding.metric == "error_rate" and not finding.baseline:
        limit = gate.min_error_increase  # the effect is absolute there, and so is the limit
    alpha = gate.alpha / look * (alpha_share if in_family else 1.0)
    interval = finding.interval(alpha)
    row_verdict, note = _row_verdict(finding, interval, p_adjusted if in_family else None, limit, gate)
    notes = [n for n in (interval.note or finding.note, note) if n]
    return Row(
        endpoint=finding.endpoint,
        metric=finding.metric,
        unit=finding.unit,
        baseline=finding.baseline,
        candidate=finding.candidate,
        effect=interval.effect,
        ci_low=interval.low,
        ci_high=interval.high,
        p_value=finding.p,
        p_adjusted=p_adjusted if in_family else None,
        min_detectable_effect=interval.detectable,
        threshold=limit,
        gated=gated,
        row_verdict=row_verdict if gated else None,
        note="; ".join(notes) or None,
    )


def _row_verdict(finding: Finding, interval: Interval, p_adjusted: float | None, limit: float, gate: Gate) -> tuple[RowVerdict, str | None]:
    """Regression: significant within the family and at least as large as the limit. Improvement: the mirror image, for the reader only."""
    effect = interval.effect or 0.0
    worse = effect * finding.worse
    significant = p_adjusted is not None and p_adjusted <= gate.alpha
    slo = _slo(finding, gate)
    if slo is not None:
        return slo
    if significant and worse > 0 and worse >= limit:
        if small := _too_small(finding, gate):
            return RowVerdict.PASS, small
        if (
            finding.cautious is not None
            and finding.cautious > finding.p
            and finding.cautious * (p_adjusted or 0.0) > gate.alpha * finding.p
        ):
            return RowVerdict.INCONCLUSIVE, "one slow machine could look like this"
        return RowVerdict.REGRESSION, None
    outer = interval.low if finding.worse < 0 else interval.high
    if worse < 0 and outer is not None and outer * finding.worse < 0 and -worse >= limit:
        return RowVerdict.IMPROVEMENT, None
    seen = interval.detectable
    if limit > 0 and (seen is None or abs(seen) > limit) and finding.below(limit) > _SURE:
        return RowVerdict.INCONCLUSIVE, None
    return RowVerdict.PASS, None


def _too_small(finding: Finding, gate: Gate) -> str | None:
    """Why a significant effect does not block: smaller than the absolute minimum of the policy."""
    if finding.baseline is None or finding.candidate is None:
        return None
    change = abs(finding.candidate - finding.baseline)
    if finding.unit == "s" and change < gate.min_latency_effect:
        return f"the change of {change * 1000:.3g} ms is below the smallest that may block ({gate.min_latency_effect * 1000:.3g} ms)"
    if finding.metric == "error_rate" and change < gate.min_error_increase:
        return f"the change of {change:.2%} of requests is below the smallest that may block ({gate.min_error_increase:.2%})"
    return None


def _slo(finding: Finding, gate: Gate) -> tuple[RowVerdict, str] | None:
    """A breach blocks by itself: the limit is absolute, and what is compared with it is the candidate over all its rounds."""
    limit = gate.absolute_limit(finding.endpoint, finding.metric)
    if limit is None or finding.candidate is None or finding.candidate * finding.worse <= limit * finding.worse:
        return None
    both = finding.baseline is not None and finding.baseline * finding.worse > limit * finding.worse
    return RowVerdict.REGRESSION, f"above the SLO of {limit:g} {finding.unit}" + (" (so is the baseline)" if both else "")


def _name_those_that_moved_with_all(rows: list[Row], findings: Sequence[Finding], gate: Gate) -> list[Row]:
    """Where all requests together regressed, endpoints that clearly moved along are named too: the verdict does not depend on it."""
    moved = {r.metric for r in rows if r.endpoint == ALL_ENDPOINTS and r.row_verdict is RowVerdict.REGRESSION}
    out = []
    for row, finding in zip(rows, findings, strict=True):
        along = row.gated and row.metric in moved and row.row_verdict in (RowVerdict.PASS, RowVerdict.INCONCLUSIVE)
        large = row.effect is not None and row.effect * finding.worse >= max(row.threshold or 0.0, 1e-12)
        if along and large and finding.p <= max(_CLEARLY, gate.alpha) and not _too_small(finding, gate):
            row = replace(row, row_verdict=RowVerdict.REGRESSION, note="; ".join(n for n in (row.note, "moved with all requests") if n))
        out.append(row)
    return out


def _missing(material: Material, gate: Gate, rows: Sequence[Row]) -> list[Row]:
    out = []
    for endpoint, note in (
        *((e, "the candidate has no request of this endpoint") for e in material.vanished),
        *((e, "new: the baseline has no request of this endpoint") for e in material.new),
    ):
        out += [
            Row(endpoint=endpoint, metric=m, baseline=None, candidate=None, row_verdict=RowVerdict.MISSING, note=note) for m in gate.metrics
        ]
    present = {(r.endpoint, r.metric) for r in rows}
    for endpoint in material.endpoints:
        out += [
            Row(
                endpoint=endpoint, metric=m, baseline=None, candidate=None, row_verdict=RowVerdict.MISSING, note="no samples of this metric"
            )
            for m in gate.metrics
            if m not in ("throughput", "bytes_received") and (endpoint, m) not in present
        ]
    return out


def _verdict(rows: Sequence[Row], material: Material, gate: Gate) -> tuple[Verdict, list[str]]:
    slower = [r for r in rows if r.gated and r.row_verdict is RowVerdict.REGRESSION]
    reasons = [_regression_sentence(r) for r in slower]
    doubts = _doubts(rows, material, gate)
    better = [r for r in rows if r.gated and r.row_verdict is RowVerdict.IMPROVEMENT]
    said = [f"{_subject(r)} improved by {abs(r.effect or 0):.1%}" for r in better]
    if slower:
        return Verdict.REGRESSION, [*reasons, *doubts, *said, *material.notes]
    if doubts:
        return Verdict.INCONCLUSIVE, [*doubts, *said, *material.notes]
    overall = next((r for r in rows if r.endpoint == ALL_ENDPOINTS and r.metric == "mean"), None)
    if overall is not None and overall.effect is not None:
        reasons.append(f"nothing got slower by the limit: all requests together {overall.effect:+.1%}{_range(overall)}")
    unseen = [r for r in rows if r.gated and r.row_verdict is RowVerdict.INCONCLUSIVE]
    if unseen:
        reasons.append(
            f"{len(unseen)} rows alone could not have shown a change as small as the limit: {', '.join(_short(r) for r in unseen[:5])}"
        )
    return Verdict.PASS, [*reasons, *said, *_new(material), *material.notes]


def _doubts(rows: Sequence[Row], material: Material, gate: Gate) -> list[str]:
    """What keeps the verdict from being a pass."""
    doubts = []
    need = 1 if material.mode is Mode.HISTORY else gate.min_rounds
    if material.rounds < need or not material.baseline:
        have = f"{len(material.baseline)} baseline and {len(material.candidate)} candidate runs"
        doubts.append(f"too few usable runs: {have}, at least {need} of each are needed; run more rounds")
    if material.vanished:
        doubts.append(f"the candidate has no request of {', '.join(material.vanished)}: an endpoint that vanished cannot pass")
    missing = [r for r in rows if r.row_verdict is RowVerdict.MISSING and r.endpoint in material.endpoints]
    if missing:
        doubts.append(f"no samples of {', '.join(sorted({f'{r.metric} of {r.endpoint}' for r in missing}))}")
    known = {(r.endpoint, r.metric) for r in rows if r.row_verdict is not RowVerdict.MISSING}
    for key in gate.slo:
        endpoint, metric = split_key(key)
        if (endpoint, metric) not in known:
            doubts.append(f"the SLO {key!r} has no samples to be held against")
    if not known and material.baseline and material.candidate:
        doubts.append("no endpoint has requests on both sides")
    doubts += _blind(rows, material, gate)
    return doubts


def _blind(rows: Sequence[Row], material: Material, gate: Gate) -> list[str]:
    """The levels decide: where they could not have seen a change as large as the limit, nothing else could."""
    levels = [r for r in rows if r.gated and r.metric == "mean"] or [r for r in rows if r.gated and r.metric != "error_rate"]
    overall = [r for r in levels if r.endpoint == ALL_ENDPOINTS]
    each = [r for r in levels if r.endpoint != ALL_ENDPOINTS and r.row_verdict is not RowVerdict.MISSING]
    blind = [r for r in each if r.row_verdict is RowVerdict.INCONCLUSIVE]
    more = {
        Mode.HISTORY: "measure base and candidate in the same job (duet or turns), or collect more baseline runs",
        Mode.TURNS: "measure more rounds, or both sides at once (duet)",
        Mode.DUET: "measure more or longer rounds",
    }[material.mode]
    for row in overall:
        if row.row_verdict is RowVerdict.INCONCLUSIVE:
            seen = "none" if row.min_detectable_effect is None else f"{row.min_detectable_effect:.1%}"
            if (row.p_adjusted or 1.0) <= gate.alpha:
                remedy = "run the candidate again on another machine, or measure both sides in one job (duet or turns)"
                return [f"{_subject(row)} {row.effect or 0:+.1%}{_range(row)}: one slow machine could look like this; {remedy}"]
            found = f"{_subject(row)} {row.effect or 0:+.1%}{_range(row)}"
            blindness = f"the smallest change that would have been seen is {seen}, the limit {row.threshold:.1%}"
            return [f"too noisy to say: {found}; {blindness}. To see more, {more}"]
    if each and 2 * len(blind) > len(each):
        return [f"too noisy to say for {', '.join(_short(r) for r in blind[:8])}; to see more, {more}"]
    return []


def _new(material: Material) -> list[str]:
    return [f"{e} is new: there is nothing to compare it with" for e in material.new]


def _subject(row: Row) -> str:
    return f"{row.metric} of " + ("all requests together" if row.endpoint == ALL_ENDPOINTS else row.endpoint)


def _short(row: Row) -> str:
    seen = "" if row.min_detectable_effect is None else f" (from {abs(row.min_detectable_effect):.0%})"
    return f"{_subject(row)}{seen}"


def _range(row: Row) -> str:
    if row.ci_low is None or row.ci_high is None:
        return ""
    return f" [{row.ci_low:+.1%}, {row.ci_high:+.1%}]"


def _regression_sentence(row: Row) -> str:
    if row.metric == "error_rate":
        change = f"failures went from {row.baseline or 0:.2%} to {row.candidate or 0:.2%}"
    else:
        change = f"{row.effect or 0:+.1%}{_range(row)}"
    limit = f", limit {row.threshold:.1%}" if row.threshold else ""
    note = f" ({row.note})" if row.note else ""
    return f"{_subject(row)}: {change}{limit}{note}"

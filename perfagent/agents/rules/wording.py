"""Plain sentences with the measured figures in them."""

from __future__ import annotations

import math

from perfagent.agents.rules.affinity import SHOWN_BY
from perfagent.agents.rules.patterns import Family
from perfagent.agents.rules.ranking import Ranked
from perfagent.agents.rules.signals import Signals
from perfagent.agents.rules.symptom import Symptom, log_ratio
from perfagent.model.comparison import Row
from perfagent.model.diagnosis import Cause

_COUNTS = {"throughput": "/s", "error_rate": "", "bytes_received": " bytes"}


def figure(row: Row) -> str:
    """`p95 of GET /cart went from 41 ms to 96 ms (+134 %)`."""
    ratio = log_ratio(row)
    change = f" ({(math.exp(ratio) - 1) * 100:+.0f} %)" if ratio is not None else ""
    return f"{row.metric} of {row.endpoint} went from {_value(row, row.baseline)} to {_value(row, row.candidate)}{change}"


def _value(row: Row, value: float | None) -> str:
    if value is None:
        return "nothing"
    if row.metric in _COUNTS or row.unit not in (None, "s", "seconds"):
        return f"{value:.4g}{_COUNTS.get(row.metric, ' ' + row.unit if row.unit else '')}"
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s"


def mechanism(ranked: Ranked, symptom: Symptom, signals: Signals) -> str:
    """What the change does, how the endpoint gets there, what was measured."""
    where = f"in {ranked.site.name} " if ranked.site.name else ""
    if ranked.match is None:
        says = f"The change {where}is the one that the slower endpoints share words or calls with".replace("  ", " ")
    else:
        own = ranked.match.family in (Family.SETTING, Family.DEPENDENCY)
        says = ranked.match.says[:1].upper() + ranked.match.says[1:] if own else f"The change {where}{ranked.match.says}".replace("  ", " ")
    reached = sorted(ranked.features.reached.items(), key=lambda item: (-symptom.weight.get(item[0], 0.0), item[1].hops, item[0]))
    if reached:
        name, path = reached[0]
        chain = " → ".join(dict.fromkeys(part for part in path.via if part))
        says += f"; {name} reaches it" + (f" ({chain})" if chain else "")
    rows = [symptom.rows[name] for name in ([reached[0][0]] if reached else symptom.affected[:1]) if name in symptom.rows]
    measured = f": {figure(rows[0])}" if rows else ""
    return f"{says}{measured}{_shown(ranked, signals)}."


def _shown(ranked: Ranked, signals: Signals) -> str:
    if ranked.match is None:
        return ""
    ids = [i for factor in SHOWN_BY.get(ranked.match.family, ()) for i in signals.evidence.get(factor, ())]
    return f"; {ids[0]} shows it too" if ids else ""


def summary(cause: Cause, ranked: list[Ranked], symptom: Symptom, reason: str) -> str:
    worst = symptom.rows.get(symptom.affected[0]) if symptom.affected else None
    measured = f"{figure(worst)}" if worst is not None else "Nothing got measurably slower"
    breadth = f"{len(symptom.affected)} of {len(symptom.slowdown)} endpoints slower" if len(symptom.slowdown) > 1 else ""
    head = f"{measured}; {breadth}" if breadth and worst is not None else measured
    if ranked:
        top = ranked[0]
        lines = f"{top.start}" if top.start == top.end else f"{top.start}–{top.end}"
        return f"{head}. Most likely {cause.value}: {top.site.path}:{lines}."
    return f"{head}. {reason}"

"""Which kind of cause it is, and whether any change is to blame at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.patterns import Family
from perfagent.agents.rules.ranking import Ranked
from perfagent.agents.rules.signals import Signals
from perfagent.agents.rules.symptom import Symptom
from perfagent.model.diagnosis import Cause

ACCUSE = 0.5  # below this score no change is named
_CONFIGURATION_IN_CODE = re.compile(
    r"(?:^|/)(?:settings?|config\w*|conf|constants?|env|database|db|engine|session|pool|datasource)[\w\-]*\.\w+$|/(?:settings|config)/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`reason` says why no change is blamed, when none is. `environment` in [0, 1] is what speaks for the surroundings."""

    cause: Cause
    confidence: float
    suspects: tuple[Ranked, ...]
    reason: str = ""
    environment: float = 0.0


def judge(ranked: Sequence[Ranked], symptom: Symptom, signals: Signals) -> Judgement:
    environment, why = environment_of(symptom, signals)
    if not symptom.affected:
        return Judgement(cause=Cause.UNKNOWN, confidence=0.5, suspects=(), reason="No endpoint is slower, so there is nothing to explain.")
    bar = ACCUSE + 0.42 * environment
    suspects = [r for r in ranked if r.score >= bar]
    if not suspects:
        best = ranked[0].score if ranked else 0.0
        if environment >= 0.5 or (symptom.even and environment >= 0.3):
            return Judgement(
                cause=Cause.ENVIRONMENT, confidence=round(max(0.5, environment), 3), suspects=(), reason=why, environment=environment
            )
        if symptom.even and best < 0.35:
            return Judgement(
                cause=Cause.ENVIRONMENT,
                confidence=0.55,
                suspects=(),
                reason="Every endpoint is slower by about the same factor and no change explains that: the surroundings are likelier than the code.",
                environment=environment,
            )
        return Judgement(
            cause=Cause.UNKNOWN,
            confidence=round(max(0.3, 1 - best), 3),
            suspects=(),
            reason="No change in the diff explains the slowdown.",
            environment=environment,
        )
    top = suspects[0]
    return Judgement(
        cause=cause_of(top), confidence=round(top.score * (1 - 0.3 * environment), 3), suspects=tuple(suspects), environment=environment
    )


def cause_of(ranked: Ranked) -> Cause:
    family = ranked.match.family if ranked.match is not None else None
    kind = ranked.site.kind
    if family is Family.DEPENDENCY or kind in (Kind.MANIFEST, Kind.LOCK):
        return Cause.DEPENDENCY
    if kind is Kind.SETTINGS:
        return Cause.CONFIGURATION
    if family is Family.SETTING and _CONFIGURATION_IN_CODE.search(ranked.site.path):
        return Cause.CONFIGURATION
    return Cause.CODE


def environment_of(symptom: Symptom, signals: Signals) -> tuple[float, str]:
    """How much speaks for the surroundings, and in which words."""
    reasons: list[tuple[float, str]] = []

    def says(weight: float, text: str, factor: str = "") -> None:
        ids = signals.evidence.get(factor, ())
        reasons.append((weight, text + (f" ({', '.join(ids[:3])})" if ids else "")))

    if signals["drift"]:
        says(0.9 * signals["drift"] + 0.1, "The baseline itself is slower than its own history: the surroundings changed", "drift")
    if signals["generator"]:
        says(0.9, "The load generator was short of CPU: it measured itself", "generator")
    if signals["host"]:
        says(0.5 + 0.4 * signals["host"], "The machine shows pressure that no change of the service makes", "host")
    if signals["network"]:
        says(0.3 + 0.4 * signals["network"], "The network is slower", "network")
    if signals["upstream"] and not signals["upstream_calls"]:
        says(0.35 + 0.4 * signals["upstream"], "A service behind this one answers more slowly, while it is asked no more often", "upstream")
    if signals["database_busy"] and not (signals["queries"] or signals["rows"]):
        says(0.25 + 0.4 * signals["database_busy"], "The database is busy with something else", "database_busy")
    if signals["throttle"]:
        says(0.3 + 0.3 * signals["throttle"], "The container is throttled", "throttle")
    if symptom.only_connecting:
        says(0.6, "Connecting takes longer while the service's own time is unchanged")
    if symptom.even:
        says(0.35 if symptom.idle_endpoints_hit else 0.22, "Every endpoint is slower by about the same factor")
    if not reasons:
        return 0.0, ""
    rest = 1.0
    for weight, _ in reasons:
        rest *= 1 - weight
    return min(0.97, 1 - rest), max(reasons)[1] + "."

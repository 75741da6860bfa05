"""From features to ranked sites with a calibrated score.

A logistic sum whose weights were set by hand and then by the project's own cases (benchmarks/diagnosis): what the change does, whether the
slow endpoints reach it, whether it speaks of them, what kind of file it is in, and how well all that fits the symptom.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.affinity import affinity
from perfagent.agents.rules.changes import Site
from perfagent.agents.rules.features import Features
from perfagent.agents.rules.matching import Match, strength
from perfagent.agents.rules.patterns import Family
from perfagent.agents.rules.signals import Signals
from perfagent.agents.rules.symptom import Symptom
from perfagent.text.diff import FileStatus

_BIAS, _PATTERN, _RELATION, _BOTH, _EVIDENCE_WORDS = -3.9, 3.0, 2.2, 3.0, 0.8
_KIND = {
    Kind.SOURCE: 0.0,
    Kind.SETTINGS: 0.0,
    Kind.MIGRATION: 0.1,
    Kind.MANIFEST: -0.2,
    Kind.LOCK: -0.7,
    Kind.TEMPLATE: -0.8,
    Kind.FRONTEND: -2.2,
    Kind.SCRIPT: -2.2,
    Kind.OTHER: -1.5,
    Kind.CI: -4.0,
    Kind.GENERATED: -3.0,
    Kind.TEXT: -4.0,
    Kind.TEST: -5.0,
    Kind.DOCS: -6.0,
}
_ON_EVERY_REQUEST = re.compile(
    r"middleware|interceptor|filter|guard|auth|session|database|(?:^|/)db\b|logging|tracing"
    r"|(?:^|/)(?:main|app|server|program|startup|kernel|application_controller|bootstrap|wsgi|asgi)\w*\.\w+$",
    re.IGNORECASE,
)
_SHARED = (Family.SETTING, Family.LOST_INDEX, Family.DEPENDENCY)  # work without being called
_SPAN = 6  # a suspect points at a few lines, not at a function


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`score` in [0, 1]: how likely this site is the cause; `lines` of the candidate, 1-based and inclusive."""

    features: Features
    score: float
    logit: float
    match: Match | None
    start: int
    end: int

    @property
    def site(self) -> Site:
        return self.features.site


def rank(features: Sequence[Features], symptom: Symptom, signals: Signals) -> list[Ranked]:
    """Most likely first; equal ones in the diff's order."""
    found = [_rank(f, symptom, signals) for f in features]
    found = _without_echoes(_alone(found, symptom))
    return sorted(found, key=lambda r: -r.logit)


def _rank(f: Features, symptom: Symptom, signals: Signals) -> Ranked:
    fits = {id(m): affinity(m, symptom, signals) for m in f.matches}
    pattern = max(strength(f.matches, fits), _new_work(f))
    best = max(f.matches, key=lambda m: m.weight * fits[id(m)], default=None)
    shared = best is not None and best.family in _SHARED
    relation = 1 - (1 - max(f.reach, _shared_reach(f, symptom, pattern, best))) * (1 - 0.7 * f.words) * (1 - 0.4 * f.handler_words)
    if not f.mapped and f.site.kind is Kind.SOURCE and not f.elsewhere:
        relation = max(relation, _UNKNOWN_RELATION)
    logit = _BIAS + _KIND[f.site.kind] + _PATTERN * pattern + _RELATION * relation + _BOTH * pattern * relation
    logit += _EVIDENCE_WORDS * f.evidence_words
    if best is not None and best.family is Family.SLEEP and best.weight > 0.8 and f.site.kind is Kind.SOURCE:
        logit += 1.2  # nobody waits in a server by accident
    logit += 0.0 if shared else _unreachable(f, symptom)
    logit += _shape_of_change(f)
    start, end = _lines(f, best, fits)
    return Ranked(features=f, score=1 / (1 + math.exp(-logit)), logit=logit, match=best, start=start, end=end)


_CALLS = re.compile(r"[\w\])]\s*\(")
_UNKNOWN_RELATION = 0.25  # where the endpoints' handlers are not known, being unrelated cannot be told
_MOST_NEW_WORK = 0.2


def _new_work(f: Features) -> float:
    """Added calls are work, even where nothing about them is known: enough to rank by, hardly enough to accuse."""
    if f.site.kind not in (Kind.SOURCE, Kind.TEMPLATE):
        return 0.0
    calls = sum(1 for line in f.site.added if _CALLS.search(line.text)) - sum(1 for line in f.site.removed if _CALLS.search(line.text))
    return min(_MOST_NEW_WORK, 0.06 * max(0, calls))


def _shared_reach(f: Features, symptom: Symptom, pattern: float, best: Match | None) -> float:
    """Code and settings that all requests pass are reached by every endpoint, which counts when every endpoint is slower."""
    kind = f.site.kind
    if kind in (Kind.MANIFEST, Kind.LOCK):
        return min(0.7, 0.25 + 0.7 * symptom.share)
    if kind is Kind.SETTINGS or (best is not None and best.family is Family.SETTING and best.weight > 0.5):
        return min(0.75, 0.35 + 0.7 * symptom.share)
    if kind is Kind.MIGRATION or (best is not None and best.family is Family.LOST_INDEX):
        return 0.45 if f.words + 0.5 * f.handler_words > 0.15 else 0.12  # else it is another table's index
    if f.everywhere:
        by_all = 0.75 if _ON_EVERY_REQUEST.search(f.site.path) else 0.25
        return (by_all if symptom.everywhere else 0.3) if pattern > 0.3 else 0.1
    return 0.0


def _unreachable(f: Features, symptom: Symptom) -> float:
    """Code that no slow endpoint reaches, although their handlers are known."""
    if f.site.kind is not Kind.SOURCE or f.reached:
        return 0.0
    if f.elsewhere and f.mapped:
        return -1.3 if f.words < 0.3 else -0.3
    if f.everywhere and symptom.everywhere:
        return 0.0
    if f.mapped:
        return (-0.7 if f.words < 0.3 else -0.3) - (0.5 if f.site.file.status is FileStatus.ADDED else 0.0)
    return -0.3 if f.site.file.status is FileStatus.ADDED else 0.0


def _shape_of_change(f: Features) -> float:
    changed = len(f.site.added) + len(f.site.removed)
    if changed == 0:
        return -1.5 if not f.matches else 0.0
    if not f.matches:
        return -0.5 if changed > 1 else -0.9
    return 0.0


def _alone(found: list[Ranked], symptom: Symptom) -> list[Ranked]:
    """A single change that does anything known to cost time is likelier than one among many of its kind."""
    telling = [
        r
        for r in found
        if strength(r.features.matches) >= 0.5 and r.site.kind in (Kind.SOURCE, Kind.SETTINGS, Kind.MIGRATION, Kind.MANIFEST, Kind.TEMPLATE)
    ]
    if len(telling) != 1:
        return found
    return [_shifted(r, 0.4) if r is telling[0] and _related(r.features, symptom) else r for r in found]


def _related(f: Features, symptom: Symptom) -> bool:
    return not f.elsewhere and (
        f.words > 0.1 or f.reach > 0 or f.handler_words > 0.3 or (f.site.kind in (Kind.SETTINGS, Kind.MANIFEST) and symptom.share >= 0.5)
    )


def _shifted(r: Ranked, by: float) -> Ranked:
    return replace(r, logit=r.logit + by, score=1 / (1 + math.exp(-r.logit - by)))


def _without_echoes(found: list[Ranked]) -> list[Ranked]:
    """A lock file repeats what its manifest says: only the manifest stands."""
    manifests = {m.name for r in found if r.site.kind is Kind.MANIFEST for m in r.features.matches if m.family is Family.DEPENDENCY}
    out = []
    for r in found:
        if r.site.kind is Kind.LOCK and r.match is not None and r.match.name in manifests:
            r = _shifted(r, -1.2)
        out.append(r)
    return out


def _lines(f: Features, best: Match | None, fits: dict[int, float]) -> tuple[int, int]:
    """The strongest line, with the other telling lines that stand close to it."""
    site = f.site
    if best is None:
        changed = site.added or site.removed or list(site.lines)
        return _densest(sorted(line.number for line in changed))
    near = [
        m.line.number
        for m in f.matches
        if abs(m.line.number - best.line.number) < _SPAN and m.weight * fits[id(m)] >= 0.8 * best.weight * fits[id(best)]
    ]
    return min(near), max(near)


def _densest(numbers: Sequence[int]) -> tuple[int, int]:
    """The middle of the longest run of changed lines."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number - runs[-1][-1] <= 2:
            runs[-1].append(number)
        else:
            runs.append([number])
    longest = max(runs, key=len)
    middle = len(longest) // 2
    part = longest[max(0, middle - _SPAN // 2) : middle + _SPAN // 2 + 1]
    return part[0], part[-1]

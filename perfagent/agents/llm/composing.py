"""The rules' diagnosis with what the agents may add to it. The rules are the floor:

- every suspect of the rules stays;
- a model chooses among suspects that the rules hold for nearly as likely, and the rules' first one stays among three;
- a change that the rules did not name needs measured evidence beside k6's own figures, only one gets in, and behind what rules are sure of;
- where the rules blame the surroundings no change is accused, and no model clears a suspect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from perfagent.agents.code.endpoints import words
from perfagent.agents.code.kinds import Kind
from perfagent.agents.llm.dossier import Candidate, Dossier, moved
from perfagent.agents.llm.findings import Findings, Named
from perfagent.agents.rules.wording import figure
from perfagent.model.diagnosis import Cause, Diagnosis, DroppedClaim, Remediation, Suspect
from perfagent.model.evidence import Evidence

NEARLY = 0.25  # of score, within which a model may choose between suspects
OUTSIDER = 0.4  # score of a change that only a model names: below what the rules accuse at, so it leads where they doubt their own
FLOOR_SCORE = 0.5  # what is said of it where it stands alone
SURE = 0.7  # confidence that triage must have before a change is accused that the rules acquit
MOVED = 0.18  # log ratio (20 %) that makes a metric evidence of something
_BLAMES = frozenset({Cause.CODE, Cause.CONFIGURATION, Cause.DEPENDENCY})
_BY_KIND = {Kind.MANIFEST: Cause.DEPENDENCY, Kind.LOCK: Cause.DEPENDENCY, Kind.SETTINGS: Cause.CONFIGURATION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """`candidate` is None for a suspect of the rules whose lines are not in the diff's hunks."""

    suspect: Suspect
    candidate: Candidate | None


def arrange(dossier: Dossier, findings: Findings) -> list[Placed]:
    """All suspects, likeliest first."""
    rules = dossier.rules.suspects
    by_suspect = {id(c.suspect): c for c in dossier.candidates if c.suspect is not None}
    named_by_id = {named.candidate.id: named for named in findings.suspects}
    base = [_worded(suspect, by_suspect.get(id(suspect)), named_by_id) for suspect in rules]
    places = {p.candidate.id: p for p in base if p.candidate is not None}
    for named in findings.suspects:
        if named.candidate.id not in places and len(places) <= len(base) and _may_join(named, dossier, findings):
            places[named.candidate.id] = Placed(suspect=_suspect(named, dossier), candidate=named.candidate)
            break
    outsiders = [p for p in places.values() if all(p is not b for b in base)]
    wanted = [places[named.candidate.id] for named in findings.suspects if named.candidate.id in places]
    return _scored(_chosen(base, [*base, *outsiders], wanted), base)


def _chosen(base: Sequence[Placed], remaining: list[Placed], wanted: Sequence[Placed]) -> list[Placed]:
    """Place after place: the model's first wish among those nearly as likely as the likeliest that is left, else the rules' next."""
    out: list[Placed] = []
    while remaining:
        best = max(p.suspect.score for p in remaining)
        near = [w for w in wanted if any(w is p for p in remaining) and w.suspect.score >= best - NEARLY]
        pick = near[0] if near else remaining[0]
        if len(out) == 2 and base and any(base[0] is p for p in remaining):
            pick = base[0]
        out.append(pick)
        remaining = [p for p in remaining if p is not pick]
    return out


def _scored(placed: list[Placed], base: Sequence[Placed]) -> list[Placed]:
    """Scores belong to the ranks, which is what they were calibrated for. Untouched where the order is the rules' own."""
    if len(placed) == len(base) and all(a is b for a, b in zip(placed, base, strict=True)):
        return placed
    scores = sorted((FLOOR_SCORE if p.suspect.score == OUTSIDER else p.suspect.score for p in placed), reverse=True)
    return [replace(p, suspect=replace(p.suspect, score=score)) for p, score in zip(placed, scores, strict=True)]


def _worded(suspect: Suspect, candidate: Candidate | None, named_by_id: dict[str, Named]) -> Placed:
    named = named_by_id.get(candidate.id) if candidate is not None else None
    if named is None:
        return Placed(suspect=suspect, candidate=candidate)
    ids = tuple(dict.fromkeys((*suspect.evidence, *(item.id for item in named.evidence))))
    return Placed(suspect=replace(suspect, mechanism=named.mechanism, evidence=ids), candidate=candidate)


def _may_join(named: Named, dossier: Dossier, findings: Findings) -> bool:
    """Whether a change that the rules did not name is believed."""
    place = f"{named.candidate.path}:{named.candidate.start}: {named.mechanism}"
    measured = [item for item in named.evidence if not dossier.is_row(item) and item.text is None and moved(item) >= MOVED]
    if not measured:
        findings.drop(place, "the rules do not suspect it, and no measured change beside k6's own figures is cited for it")
        return False
    changed = " ".join(line.text[:300] for line in named.candidate.hunk.lines if line.kind != " ")
    if not set(words(named.mechanism)) & set(words(changed)):
        findings.drop(place, "the rules do not suspect it, and the sentence names nothing of the lines that it blames")
        return False
    if dossier.rules.suspects or (findings.cause in _BLAMES and findings.confidence >= SURE):
        return True
    findings.drop(place, "the rules acquit it, and triage is not sure")
    return False


def _suspect(named: Named, dossier: Dossier) -> Suspect:
    c = named.candidate
    lines = [line for line in c.hunk.lines if line.kind != " " and (line.new is None or c.start <= line.new <= c.end)]
    return Suspect(
        file=c.path,
        start_line=c.start,
        end_line=c.end,
        score=OUTSIDER,
        mechanism=named.mechanism,
        evidence=(c.evidence.id, *(item.id for item in named.evidence)),
        endpoints=dossier.symptom.affected[:3],
        removed=c.file.new_path is None,
        code="\n".join(f"{line.kind}{line.text}" for line in lines[:8]) or None,
    )


def compose(dossier: Dossier, findings: Findings, placed: Sequence[Placed], *, analyst: str) -> Diagnosis:
    rules = dossier.rules
    top = placed[0].suspect if placed else None
    own = rules.suspects[0] if rules.suspects else None
    same = top is None or (own is not None and (top.file, top.start_line) == (own.file, own.start_line))
    cause, confidence = rules.cause, rules.confidence
    if top is not None and not same:
        kind = placed[0].candidate.kind if placed[0].candidate is not None else None
        cause, confidence = _BY_KIND.get(kind, Cause.CODE) if kind is not None else rules.cause, top.score
    elif top is None and rules.cause is Cause.UNKNOWN and findings.environment:
        cause, confidence = Cause.ENVIRONMENT, min(0.6, findings.environment_confidence)
    if top is not None and findings.environment:
        findings.drop(f"environment: {findings.environment}", "a change explains it, and no model clears a suspect")
    return replace(
        rules,
        cause=cause,
        confidence=round(confidence, 3),
        summary=_summary(dossier, findings, None if same else top, cause),
        suspects=tuple(p.suspect for p in placed),
        remediation=_remediation(rules.remediation if same else None, findings.remediation, top),
        evidence=_evidence(dossier, findings, placed),
        analyst=analyst,
        dropped_claims=(*rules.dropped_claims, *_unique(findings.dropped)),
        warnings=(*rules.warnings, *findings.warnings),
    )


def _remediation(own: Remediation | None, made: Remediation | None, top: Suspect | None) -> Remediation | None:
    return made if made is not None and top is not None and made.file == top.file else own


def _summary(dossier: Dossier, findings: Findings, top: Suspect | None, cause: Cause) -> str:
    """The rules' own where the first suspect is theirs; and triage's reason where it agrees with what is concluded."""
    text = dossier.rules.summary
    if top is not None:
        worst = next((dossier.symptom.rows[n] for n in dossier.symptom.affected if n in dossier.symptom.rows), None)
        lines = f"{top.start_line}" if top.start_line == top.end_line else f"{top.start_line}–{top.end_line}"
        text = f"{figure(worst)}. " if worst is not None else ""
        text += f"Most likely {cause.value}: {top.file}:{lines}."
    said = findings.environment if cause is Cause.ENVIRONMENT else ""
    if not said and findings.cause is cause:
        said = findings.reason
    return f"{text} {said}".strip()


def _evidence(dossier: Dossier, findings: Findings, placed: Sequence[Placed]) -> tuple[Evidence, ...]:
    """The rules' own, then what is cited beside it (answers of tools, hunks that the rules did not name)."""
    out = {item.id: item for item in dossier.rules.evidence}
    for item in findings.cited:
        out.setdefault(item.id, item)
    for p in placed:
        if p.candidate is not None and p.candidate.suspect is None:
            out.setdefault(p.candidate.evidence.id, p.candidate.evidence)
    return tuple(out.values())


def _unique(dropped: Sequence[DroppedClaim]) -> tuple[DroppedClaim, ...]:
    return tuple({(d.claim, d.reason): d for d in dropped}.values())

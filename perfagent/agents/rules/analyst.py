"""The rules analyst: from a case to a diagnosis in one pass, without a model, without randomness, without the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from perfagent.agents.code.tree import SourceTree
from perfagent.agents.rules.changes import Site, sites_of
from perfagent.agents.rules.features import features_of
from perfagent.agents.rules.judgement import Judgement, judge
from perfagent.agents.rules.ranking import Ranked, rank
from perfagent.agents.rules.remediation import remediate
from perfagent.agents.rules.signals import Signals, read_signals
from perfagent.agents.rules.symptom import Symptom, read_symptom
from perfagent.agents.rules.wording import mechanism, summary
from perfagent.model.comparison import Comparison
from perfagent.model.diagnosis import Diagnosis, Suspect
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case
from perfagent.text.diff import parse_diff

_MAX_SUSPECTS = 8
_MAX_HUNK = 2_000  # characters of a hunk kept as evidence


class RulesAnalyst:
    name = "rules"

    def explain(self, case: Case) -> Diagnosis:
        given = (*case.comparison.evidence, *case.evidence)
        symptom = read_symptom(case.comparison)
        signals = read_signals(given)
        diff = parse_diff(case.diff)
        tree = SourceTree(case.repository) if case.repository is not None else None
        sites = sites_of(diff, tree)
        ranked = rank(features_of(sites, symptom, signals, tree), symptom, signals)
        judgement = judge(ranked, symptom, signals)
        shown = _one_a_file_first(judgement.suspects)[:_MAX_SUSPECTS]
        evidence = _evidence(case.comparison, given, [r.site for r in shown])
        return Diagnosis(
            cause=judgement.cause,
            confidence=judgement.confidence,
            summary=summary(judgement.cause, list(shown), symptom, judgement.reason),
            suspects=tuple(_suspect(r, symptom, signals, evidence) for r in shown),
            remediation=remediate(shown[0]) if shown else None,
            evidence=evidence,
            analyst=self.name,
            warnings=_warnings(diff.notes, judgement),
        )


def _one_a_file_first(ranked: Sequence[Ranked]) -> list[Ranked]:
    """The best of each file in order, then the rest: three suspects in one file help less than three files."""
    seen: set[str] = set()
    first: list[Ranked] = []
    rest: list[Ranked] = []
    for r in ranked:
        (rest if r.site.path in seen else first).append(r)
        seen.add(r.site.path)
    return first + rest


def _evidence(comparison: Comparison, given: Iterable[Evidence], sites: Iterable[Site]) -> tuple[Evidence, ...]:
    """Everything a claim may cite, each id once; the first one stands."""
    out: dict[str, Evidence] = {}
    for item in given:
        out.setdefault(item.id, item)
    for row in comparison.rows:
        item = Evidence(
            id=row_id(row.endpoint, row.metric),
            source="k6",
            name=row.metric,
            endpoint=row.endpoint,
            unit=row.unit,
            baseline=row.baseline,
            candidate=row.candidate,
        )
        out.setdefault(item.id, item)
    for site in sites:
        text = "\n".join(f"{line.kind}{line.text}" for line in site.hunk.lines)
        out.setdefault(site.id, Evidence(id=site.id, source="git", name=site.name or "hunk", text=text[:_MAX_HUNK]))
    return tuple(out.values())


def row_id(endpoint: str, metric: str) -> str:
    return f"k6:{endpoint}:{metric}"


def _suspect(ranked: Ranked, symptom: Symptom, signals: Signals, evidence: Sequence[Evidence]) -> Suspect:
    endpoints = tuple(name for name in symptom.affected if name in ranked.features.reached) or symptom.affected[:3]
    known = {item.id for item in evidence}
    ids = [ranked.site.id, *(row_id(symptom.rows[n].endpoint, symptom.rows[n].metric) for n in endpoints[:3] if n in symptom.rows)]
    ids += [i for ids_of in signals.evidence.values() for i in ids_of][:5]
    code = [line for line in ranked.site.lines if ranked.start <= line.number <= ranked.end and not line.moved]
    return Suspect(
        file=ranked.site.path,
        start_line=ranked.start,
        end_line=ranked.end,
        score=round(ranked.score, 3),
        mechanism=mechanism(ranked, symptom, signals),
        evidence=tuple(dict.fromkeys(i for i in ids if i in known)),
        function=ranked.site.name or None,
        endpoints=endpoints,
        removed=ranked.site.file.new_path is None,
        code="\n".join(f"{line.sign}{line.text}" for line in code[:8]) or None,
    )


def _warnings(notes: Sequence[str], judgement: Judgement) -> tuple[str, ...]:
    out = [f"The diff is incomplete: {note}" for note in notes]
    if judgement.suspects and judgement.environment >= 0.3:
        out.append("The surroundings also show signs of a slowdown; measure again before believing this.")
    return tuple(out)
